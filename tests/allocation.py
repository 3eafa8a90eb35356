"""A database with the project's own schema and views, filled with made-up contests, for the tests of the allocation."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from made_up import SAINTE_LAGUE
from sqlite_utils import Database

from elections.allocation import Rule
from elections.allocation_tables import insert_allocations


@dataclass(frozen=True)
class Contest:
    """What the views read of a contest."""

    seats: int
    votes: tuple[int | None, ...]
    official: tuple[int | None, ...] = ()
    rule: Rule = SAINTE_LAGUE
    total: int | None = None  # printed for the whole place
    others: int | None = None  # printed for the lists lumped as others
    persons: frozenset[int] = field(default_factory=frozenset)  # those of the results that are a person, no list


class Views:
    """A database with the project's own schema and views, filled with contests made up by a test."""

    def __init__(self, sql: Path) -> None:
        self.db = sqlite3.connect(":memory:", isolation_level=None, cached_statements=500)
        self.db.row_factory = sqlite3.Row
        self.db.executescript((sql / "schema.sql").read_text(encoding="utf-8"))
        self.db.executescript((sql / "adoption" / "2_adopted.sql").read_text(encoding="utf-8"))
        for path in sorted((sql / "views").glob("*.sql")):
            self.db.executescript(path.read_text(encoding="utf-8"))
        self.db.execute("insert into governorates values ('g', 'G', 'G', null, null, 'IQ-GG', 'IQG99')")
        self.db.execute("pragma foreign_keys = off")

    def fill(self, contests: Iterable[Contest]) -> None:
        """Replace what is there by these contests, called 0, 1, 2 …, whose lists are called 0-0, 0-1 …"""
        made = ("elections", "allocation_rules", "contests", "lists", "candidates", "results", "place_totals")
        tables: dict[str, list[dict]] = {name: [] for name in made}
        contests = list(contests)
        rules = list(dict.fromkeys(contest.rule for contest in contests))
        tables["allocation_rules"] = [_rule_row(str(number), rule) for number, rule in enumerate(rules)]
        for number, contest in enumerate(contests):
            name = str(number)
            self._add(tables, name, str(rules.index(contest.rule)), contest)
            official = contest.official or (contest.seats, *[0] * (len(contest.votes) - 1))
            for place, (votes, seats) in enumerate(zip(contest.votes, official, strict=True)):
                one = f"{name}-{place}"
                kind = "candidate" if place in contest.persons else "list"
                thing = {"id": one, "name": one} | (
                    {"contest_id": name} if kind == "candidate" else {"election_id": name}
                )
                tables[f"{kind}s"].append(thing)
                claims = {"votes_claim_id": "claim", "seats_claim_id": "claim"}
                claims["seats_basis"] = None if seats is None else "printed"
                tables["results"].append(
                    {"id": one, "contest_id": name, f"{kind}_id": one, "votes": votes, "seats": seats} | claims
                )
        db = Database(self.db)
        self.db.execute("begin")
        for table in ("allocations", "allocation_steps", "first_divisors", "rule_trials"):
            self.db.execute(f"delete from {table}")
        for table, rows in tables.items():
            self.db.execute(f"delete from {table}")
            for row in rows:
                self.db.execute(
                    f"insert into {table} ({', '.join(row)}) values ({', '.join('?' * len(row))})", list(row.values())
                )
        insert_allocations(db)
        if self.db.in_transaction:
            self.db.execute("commit")

    def _add(self, tables: dict[str, list[dict]], name: str, rule_id: str, contest: Contest) -> None:
        day = "2000-01-01"
        titles = dict.fromkeys(("id", "title", "title_ar", "short_title", "short_title_ar"), name)
        tables["elections"].append(titles | {"polling_date": day})
        tables["contests"].append(
            {
                "id": name, "election_id": name, "governorate_id": "g", "seat_type": "general", "seats": contest.seats,
                "polling_date": day, "rule_id": rule_id, "seats_basis": "printed", "evidence": "",
            }
        )  # fmt: skip
        tables["place_totals"].append(
            {
                "id": name, "election_id": name, "governorate_id": "g", "votes": contest.total,
                "other_votes": contest.others,
            }
        )  # fmt: skip

    def rows(self, query: str) -> list[sqlite3.Row]:
        return self.db.execute(query).fetchall()


def _rule_row(name: str, rule: Rule) -> dict:
    top, bottom = rule.first_divisor.as_integer_ratio() if rule.first_divisor else (None, None)
    return {
        "id": name, "title": name, "title_ar": name, "method": rule.method, "first_divisor_numerator": top,
        "first_divisor_denominator": bottom, "second_divisor": rule.second_divisor, "divisor_step": rule.divisor_step,
        "remainders": rule.remainders, "description": "", "basis": "unknown", "evidence": "",
    }  # fmt: skip
