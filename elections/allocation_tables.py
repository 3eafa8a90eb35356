"""Writes into the database what elections/allocation.py makes of its votes: seats, steps, intervals, rules tried."""

import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlite_utils import Database

from elections.allocation import Allocation, Contestant, Rule, Step, allocate, first_divisors, votes_short
from elections.claims import Record

# Rules that are tried on general contests: those that allocate more than one seat.
NOT_TRIED = ("plurality", "unknown")


@dataclass(frozen=True)
class Contest:
    """A contest whose votes are known well enough, with the results that have votes, in the order of their ids."""

    id: str
    rule_id: str
    is_general: bool
    is_ready: bool  # its rule is known, too
    seats: int
    total: int | None
    remainder: int | None
    results: tuple[str, ...]
    contestants: tuple[Contestant, ...]
    official: tuple[int, ...]


def insert_allocations(db: Database) -> None:
    """Fill the tables allocations, allocation_steps, first_divisors and rule_trials."""
    rules = read_rules(db.conn)
    for contest in read_contests(db.conn):
        if contest.is_ready:
            found = allocate(rules[contest.rule_id], contest.seats, contest.contestants, contest.total)
            _insert_allocation(db, contest, rules[contest.rule_id], found)
        if contest.is_general:
            db.table("rule_trials").insert_all(
                _trial(contest, rule_id, rule)
                for rule_id, rule in rules.items()
                if rule.is_known and rule.method not in NOT_TRIED
            )


def read_rules(connection: sqlite3.Connection) -> dict[str, Rule]:
    """Read the rules of allocation by their ids."""
    rows = connection.execute(
        "select id, method, first_divisor_numerator, first_divisor_denominator, second_divisor, divisor_step, "
        "remainders from allocation_rules order by id"
    )
    return {
        identity: Rule(method, Fraction(top, bottom) if top else None, second, step, remainders)
        for identity, method, top, bottom, second, step, remainders in rows
    }


def read_contests(connection: sqlite3.Connection) -> list[Contest]:
    """Read the contests whose votes are known well enough."""
    standing: dict[str, list[Any]] = defaultdict(list)
    for contest_id, *row in connection.execute(
        "select contest_id, id, votes, list_id is null, coalesce(seats, 0) from results where votes > 0 order by id"
    ):
        standing[contest_id].append(row)
    contests = connection.execute(
        "select contest_id, rule_id, seat_type = 'general', status = 'ready', seats, total_votes, remainder "
        "from allocation_readiness where votes_status = 'ready' order by contest_id"
    )
    return [
        Contest(
            contest_id, rule_id, bool(general), bool(ready), seats, total, remainder,
            results=tuple(row[0] for row in standing[contest_id]),
            contestants=tuple(Contestant(row[1], is_person=bool(row[2])) for row in standing[contest_id]),
            official=tuple(row[3] for row in standing[contest_id]),
        )
        for contest_id, rule_id, general, ready, seats, total, remainder in contests
    ]  # fmt: skip


def _insert_allocation(db: Database, contest: Contest, rule: Rule, found: Allocation) -> None:
    quota = found.quotas[-1] if found.quotas else None
    db.table("allocations").insert(
        {
            "contest_id": contest.id,
            "rule_id": contest.rule_id,
            "votes": contest.total,
            "quota_numerator": quota and quota.numerator,
            "quota_denominator": quota and quota.denominator,
            "undecided": found.undecided,
            "remainder_can_matter": None if found.undecided else _remainder_can_matter(contest, rule),
        }
    )
    if found.undecided:
        return
    db.table("allocation_steps").insert_all(_step(contest, found.steps, step) for step in found.steps)
    if rule.method == "highest_averages":
        db.table("first_divisors").insert(_interval(contest, rule))


def _remainder_can_matter(contest: Contest, rule: Rule) -> bool | None:
    """Tell whether a single list with all the votes of lists not named would win a seat, None if it is not known."""
    if contest.remainder is None or contest.remainder < 0:
        return None
    unnamed = allocate(rule, contest.seats, [*contest.contestants, Contestant(contest.remainder)], contest.total)
    return unnamed.possible[-1] > 0


def _step(contest: Contest, steps: Sequence[Step], step: Step) -> Record:
    return {
        "contest_id": contest.id,
        "result_id": contest.results[step.contestant],
        "list_seat": step.list_seat,
        "kind": step.kind,
        "votes": contest.contestants[step.contestant].votes,
        "divisor_numerator": step.divisor and step.divisor.numerator,
        "divisor_denominator": step.divisor and step.divisor.denominator,
        "value_numerator": step.value.numerator,
        "value_denominator": step.value.denominator,
        "place": step.place,
        "tied_count": step.tied_count,
        "outcome": step.outcome,
        "votes_short": votes_short(contest.seats, contest.contestants, steps, step),
    }


def _interval(contest: Contest, rule: Rule) -> Record:
    found = first_divisors(rule, contest.seats, contest.contestants, contest.official)
    fits = found.obstacle is None
    pairs = list(zip(contest.contestants, contest.official, strict=True))
    seatless = max((one.votes for one, seats in pairs if seats == 0), default=0)
    known = contest.remainder is not None and 0 <= contest.remainder <= seatless
    return {
        "contest_id": contest.id,
        "lower_numerator": found.lower.numerator if fits else None,
        "lower_denominator": found.lower.denominator if fits else None,
        "upper_numerator": found.upper.numerator if fits else None,
        "upper_denominator": found.upper.denominator if fits else None,
        "lower_known": known if fits else None,
        "lower_by_lot": found.lower_by_lot if fits else None,
        "upper_by_lot": found.upper_by_lot if fits else None,
        "holds_law": rule.first_divisor is not None and found.holds(rule.first_divisor),
        "obstacle": found.obstacle,
        "smallest_last_id": None if found.smallest_last is None else contest.results[found.smallest_last],
        "greatest_next_id": None if found.greatest_next is None else contest.results[found.greatest_next],
    }


def _trial(contest: Contest, rule_id: str, rule: Rule) -> Record:
    found = allocate(rule, contest.seats, contest.contestants, contest.total)
    decided = found.undecided is None
    return {
        "contest_id": contest.id,
        "rule_id": rule_id,
        "undecided": found.undecided,
        "reproduces": found.gives(contest.official) if decided else None,
        "seats_apart": found.seats_apart(contest.official) if decided else None,
    }
