"""Made-up contests for the tests of the allocation, and other implementations of its methods to compare with."""

import itertools
from collections.abc import Iterator, Sequence
from fractions import Fraction
from random import Random

import apportionment.methods
from votelib.component.divisor import modified_first_coef
from votelib.evaluate.core import Plurality, Tie
from votelib.evaluate.proportional import HighestAverages, LargestRemainder

from elections.allocation import Contestant, Rule

Seats = tuple[int, ...]
Votes = Sequence[int]

SAINTE_LAGUE = Rule("highest_averages", Fraction(1), 3, 2)
DHONDT = Rule("highest_averages", Fraction(1), 2, 1)
QUOTA_THEN_SEATS = Rule("quota_then_seats")
TWO_QUOTAS = Rule("two_quotas")
ALL_REMAINDERS = Rule("largest_remainder", remainders="all")
REMAINDERS_ABOVE_QUOTA = Rule("largest_remainder", remainders="above_quota")
PLURALITY = Rule("plurality")
FIRST_DIVISORS = [Fraction(text) for text in ("1", "1.4", "1.7", "2", "0.5", "2.99", "1.01", "5/3")]
AVERAGES = [Rule("highest_averages", first, 3, 2) for first in FIRST_DIVISORS] + [DHONDT]
QUOTAS = [QUOTA_THEN_SEATS, TWO_QUOTAS, ALL_REMAINDERS, REMAINDERS_ABOVE_QUOTA]
RULES = [*AVERAGES, *QUOTAS, PLURALITY]


def lists(votes: Votes) -> list[Contestant]:
    """Contestants with these votes, none of them a person."""
    return [Contestant(one) for one in votes]


def contests(count: int, seed: int, most_votes: int, most_seats: int, most_lists: int = 9) -> list[tuple[Votes, int]]:
    """Votes and seats at random."""
    chance = Random(seed)
    return [
        (
            tuple(chance.randint(1, most_votes) for _ in range(chance.randint(2, most_lists))),
            chance.randint(1, most_seats),
        )
        for _ in range(count)
    ]


def thousands() -> list[tuple[Votes, int]]:
    """Small contests, in which ties are common, and ones as large as the real ones and larger."""
    return contests(1500, 1, 25, 9, 5) + contests(700, 2, 300_000, 20) + contests(20, 3, 10**6, 60)


def by_votelib(rule: Rule, votes: Votes, seats: int, total: int | None = None) -> tuple[Seats, Seats] | None:
    """Certain and possible seats as votelib gives them, None where the rule gives nobody all seats."""
    total = sum(votes) if total is None else total
    standing = dict(enumerate(votes))
    quota = Fraction(total, seats)
    above = {name: count for name, count in standing.items() if count >= quota}
    if rule.method == "highest_averages":
        coefficient = modified_first_coef(
            lambda order: rule.second_divisor + (order - 1) * rule.divisor_step, rule.first_divisor
        )
        return _spans(HighestAverages(coefficient).evaluate(standing, seats), len(votes))
    if rule.method == "plurality":
        elected = Plurality().evaluate(standing, seats)
        return _spans({name: elected.count(name) for name in set(elected)}, len(votes)) if len(votes) >= seats else None
    if rule == ALL_REMAINDERS:
        above = standing
    if not above:
        return None
    if rule.method != "quota_then_seats":
        chosen = "hare" if rule.method == "two_quotas" else lambda *_: quota
        found = LargestRemainder(chosen).evaluate(above, seats)
        return _spans(found, len(votes)) if sum(found.values()) == seats else None
    first = {name: count // quota for name, count in above.items()}
    left = seats - sum(first.values())
    second = LargestRemainder("hare").evaluate(first, left) if left else {}
    # Equal remainders go to the list with more votes.
    won = {name: first[name] + second.get(name, 0) for name in first}
    drawn: dict = {}
    for tie, count in second.items():
        if isinstance(tie, Tie):
            by_votes = Plurality().evaluate({name: above[name] for name in tie}, count)
            for one in by_votes:
                if isinstance(one, Tie):
                    drawn[one] = by_votes.count(one)
                else:
                    won[one] += 1
    return _spans(won | drawn, len(votes))


def _spans(found: dict, names: int) -> tuple[Seats, Seats]:
    certain = [found.get(name, 0) for name in range(names)]
    possible = certain.copy()
    for tie in found:
        if isinstance(tie, Tie):
            for name in tie:
                possible[name] += 1
    return tuple(certain), tuple(possible)


def by_apportionment(method: str, votes: Votes, seats: int) -> Seats | None:
    """Return the seats as the package apportionment gives them, None where it finds a tie."""
    names = [str(place) for place in range(len(votes))]
    try:
        return tuple(
            apportionment.methods.compute(method, list(votes), seats, fractions=True, parties=names, tiesallowed=False)
        )
    except apportionment.methods.TiesException:
        return None


def is_outcome(rule: Rule, votes: Votes, seats: int, given: Sequence[int]) -> bool:
    """Tell whether seats are what a rule of highest averages gives, or one outcome of its draws, by the definition.

    No list's next quotient is greater than the last one of any list.
    """
    if sum(given) != seats:
        return False
    last = [Fraction(v) / rule.divisor(s) for v, s in zip(votes, given, strict=True) if s]
    following = [Fraction(v) / rule.divisor(s + 1) for v, s in zip(votes, given, strict=True)]
    return min(last) >= max(following)


def ways(seats: int, names: int) -> Iterator[Seats]:
    """Every way to divide the seats among the lists."""
    for bars in itertools.combinations(range(seats + names - 1), names - 1):
        edges = (-1, *bars, seats + names - 1)
        yield tuple(right - left - 1 for left, right in itertools.pairwise(edges))


def outcomes(rule: Rule, votes: Votes, seats: int) -> list[Seats]:
    """Every outcome of a rule of highest averages, found by trying every way to divide the seats."""
    return [given for given in ways(seats, len(votes)) if is_outcome(rule, votes, seats, given)]


def breakpoints(votes: Votes, seats: int, rule: Rule) -> list[Fraction]:
    """Every first divisor up to the second at which a list's first quotient equals some quotient of another list."""
    found = set()
    for mine, other in itertools.permutations(votes, 2):
        for list_seat in range(2, seats + 2):
            point = mine * rule.divisor(list_seat) / other
            if point > rule.divisor(2):
                break
            found.add(point)
    return sorted(found)


def all_first_divisors(votes: Votes, seats: int, rule: Rule) -> list[Fraction]:
    """First divisors of which one stands for each that could be chosen: the breakpoints and one between each two."""
    edges = sorted({Fraction(0), *breakpoints(votes, seats, rule), rule.divisor(2)})
    return [edges[1] / 2, *(point for a, b in itertools.pairwise(edges[1:]) for point in (a, (a + b) / 2)), edges[-1]]


def seats_apart(one: Sequence[int], other: Sequence[int]) -> int:
    """Count the seats that must pass from one list to another to make the one the other."""
    return sum(max(a - b, 0) for a, b in zip(one, other, strict=True))
