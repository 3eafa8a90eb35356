"""Random and real contests for the tests of the allocation, the views' own SQL to run on them, and oracles."""

import itertools
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from random import Random

from votelib.component.divisor import modified_first_coef
from votelib.evaluate.core import Tie
from votelib.evaluate.proportional import HighestAverages

FIRST_DIVISORS = [Fraction(text) for text in ("1", "1.4", "1.7", "2", "0.5", "2.99", "1.01", "5/3")]


@dataclass(frozen=True)
class Contest:
    """What the views read of a contest."""

    seats: int
    votes: tuple[int, ...]
    official: tuple[int | None, ...] = ()
    first: Fraction = Fraction(17, 10)
    second: int = 3
    step: int = 2
    total: int | None = None  # printed for the whole place
    others: int | None = None  # printed for the lists lumped as others
    id: str = ""

    def divisor(self, list_seat: int, first: Fraction | None = None) -> Fraction:
        if list_seat == 1:
            return self.first if first is None else first
        return Fraction(self.second + (list_seat - 2) * self.step)


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
        names = ("quotients", "quotients_to_pass")
        self.compute = [(sql / "computed" / f"{name}.sql").read_text(encoding="utf-8") for name in names]

    def fill(self, contests: Iterable[Contest]) -> None:
        """Replace what is there by these contests, called 0, 1, 2 …, whose lists are called 0-0, 0-1 …"""
        tables: dict[str, list[tuple]] = {
            name: [] for name in ("elections", "contests", "lists", "results", "place_totals")
        }
        day = "2000-01-01"
        for number, contest in enumerate(contests):
            name = str(number)
            divisors = (*contest.first.as_integer_ratio(), contest.second, contest.step)
            tables["elections"].append((name, name, name, day, None, *divisors, "", "", ""))
            tables["contests"].append((name, name, "g", "general", contest.seats, day, "printed", ""))
            tables["place_totals"].append(
                (name, name, "g", contest.total, None, None, contest.others, None, None, None, None, None)
            )
            official = contest.official or (contest.seats, *[0] * (len(contest.votes) - 1))
            for place, (votes, seats) in enumerate(zip(contest.votes, official, strict=True)):
                one = f"{name}-{place}"
                tables["lists"].append((one, name, one, None, None, None))
                tables["results"].append((one, name, one, None, votes, "claim", None, seats, "claim", None))
        self.db.execute("begin")
        for table, rows in tables.items():
            self.db.execute(f"delete from {table}")
            self.db.executemany(f"insert into {table} values ({', '.join('?' * len(rows[0]))})", rows)
        self.db.execute("delete from quotients")
        for statement in self.compute:
            self.db.execute(statement)
        self.db.execute("commit")

    def rows(self, query: str) -> list[sqlite3.Row]:
        return self.db.execute(query).fetchall()

    def allocations(self, contests: Sequence[Contest]) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
        """For each contest the certain and the possible seats of its lists, as the view seat_allocation has them."""
        self.fill(contests)
        found = {
            row["list_id"]: (row["seats_certain"], row["seats_possible"])
            for row in self.rows("select list_id, seats_certain, seats_possible from seat_allocation")
        }
        return [
            tuple(
                tuple(found.get(f"{number}-{place}", (0, 0))[kind] for place in range(len(contest.votes)))
                for kind in (0, 1)
            )
            for number, contest in enumerate(contests)
        ]


def real_contests(db: sqlite3.Connection) -> list[Contest]:
    """The contests of the database whose votes are known well enough."""
    contests = []
    for row in db.execute(
        "select * from allocation_readiness inner join elections on elections.id = election_id where status = 'ready'"
    ):
        results = db.execute(
            "select votes, seats from results where contest_id = ? and votes > 0 order by id", [row["contest_id"]]
        ).fetchall()
        contests.append(
            Contest(
                row["seats"],
                tuple(votes for votes, _ in results),
                tuple(seats or 0 for _, seats in results),
                Fraction(row["first_divisor_numerator"], row["first_divisor_denominator"]),
                row["second_divisor"],
                row["divisor_step"],
                id=row["contest_id"],
            )
        )
    return contests


def random_contests(count: int, seed: int, most_votes: int, most_seats: int, most_lists: int = 9) -> list[Contest]:
    chance = Random(seed)
    return [
        Contest(
            chance.randint(1, most_seats),
            tuple(chance.randint(1, most_votes) for _ in range(chance.randint(2, most_lists))),
            first=chance.choice(FIRST_DIVISORS),
        )
        for _ in range(count)
    ]


def by_votelib(contest: Contest, first: Fraction | None = None) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Certain and possible seats as votelib gives them: a tie counts as possible for each list in it."""
    method = HighestAverages(
        modified_first_coef(
            lambda order: contest.second + (order - 1) * contest.step,
            contest.first if first is None else first,
        )
    )
    seats = method.evaluate(dict(enumerate(contest.votes)), contest.seats)
    certain = [seats.get(place, 0) for place in range(len(contest.votes))]
    possible = certain.copy()
    for tie in seats:
        if isinstance(tie, Tie):
            for place in tie:
                possible[place] += 1
    return tuple(certain), tuple(possible)


def is_outcome(contest: Contest, seats: Sequence[int], first: Fraction | None = None) -> bool:
    """Whether these seats are what the method gives, or one outcome of its lots.

    By the definition of a highest average: no list's next quotient is greater than the last one of any list.
    """
    if sum(seats) != contest.seats:
        return False
    last = [Fraction(v) / contest.divisor(s, first) for v, s in zip(contest.votes, seats, strict=True) if s]
    following = [Fraction(v) / contest.divisor(s + 1, first) for v, s in zip(contest.votes, seats, strict=True)]
    return min(last) >= max(following)


def outcomes(contest: Contest, first: Fraction | None = None) -> list[tuple[int, ...]]:
    """Every outcome, found by trying every way to share out the seats."""
    return [seats for seats in ways(contest.seats, len(contest.votes)) if is_outcome(contest, seats, first)]


def ways(seats: int, lists: int) -> Iterator[tuple[int, ...]]:
    """Every way to share out the seats among the lists."""
    for bars in itertools.combinations(range(seats + lists - 1), lists - 1):
        edges = (-1, *bars, seats + lists - 1)
        yield tuple(right - left - 1 for left, right in itertools.pairwise(edges))


def spans(found: Sequence[tuple[int, ...]]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The fewest and the most seats of each list over all outcomes."""
    return tuple(map(min, zip(*found, strict=True))), tuple(map(max, zip(*found, strict=True)))


def breakpoints(contest: Contest) -> list[Fraction]:
    """Every first divisor up to the second at which a list's first quotient equals some quotient of another list."""
    found = set()
    for mine, other in itertools.permutations(contest.votes, 2):
        for list_seat in range(2, contest.seats + 2):
            point = Fraction(mine * contest.divisor(list_seat), other)
            if point > contest.second:
                break
            found.add(point)
    return sorted(found)


def all_first_divisors(contest: Contest) -> list[Fraction]:
    """First divisors of which one stands for each that could be chosen: the breakpoints and one between each two."""
    edges = sorted({Fraction(0), *breakpoints(contest), Fraction(contest.second)})
    return [edges[1] / 2, *(point for a, b in itertools.pairwise(edges[1:]) for point in (a, (a + b) / 2)), edges[-1]]


def seats_apart(one: Sequence[int], other: Sequence[int]) -> int:
    """How many seats must pass from one list to another to make the one the other."""
    gains = Counter(dict(enumerate(one)))
    gains.subtract(dict(enumerate(other)))
    return max(sum(gain for gain in gains.values() if gain > 0), -sum(gain for gain in gains.values() if gain < 0))
