"""Allocates the seats of a contest from its votes: every method of the record, exactly, with every step and every draw.

The only implementation of allocation. The build writes its steps into tables; the simulator and the question "what
would another rule have changed" call it as the SQL function allocate_seats (allocation_function.py).

Numbers are integers and fractions.Fraction, so two quotients are equal only if they are equal. A tie is reported, never
broken: a list then has fewer certain than possible seats. A list with no votes wins nothing. A person can hold one seat
only. Lists that a source lumps together as others are many lists; they count only in the total.
"""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from heapq import heapify, heapreplace
from itertools import groupby
from math import floor
from typing import Literal

METHODS = ("highest_averages", "quota_then_seats", "two_quotas", "largest_remainder", "plurality", "unknown")
QUOTA_METHODS = ("quota_then_seats", "two_quotas", "largest_remainder")

Kind = Literal["quotient", "quota", "share", "remainder", "votes"]
Outcome = Literal["won", "tied", "missed"]


@dataclass(frozen=True)
class Rule:
    """A method and its parameters. None: the parameter is unknown, or the method has no such parameter."""

    method: str
    first_divisor: Fraction | None = None
    second_divisor: int | None = None
    divisor_step: int | None = None
    remainders: str | None = None  # of largest_remainder: for 'all' lists, or for those 'above_quota'

    def __post_init__(self) -> None:
        """Refuse what is no rule."""
        if self.method not in METHODS:
            raise ValueError(f"{self.method!r} is none of the methods {', '.join(METHODS)}")
        if self.first_divisor is not None and self.first_divisor <= 0:
            raise ValueError("a first divisor must be greater than 0")
        if (self.second_divisor is not None and self.second_divisor <= 0) or (
            self.divisor_step is not None and self.divisor_step <= 0
        ):
            raise ValueError("the second divisor and the step must be greater than 0")
        if self.first_divisor and self.second_divisor and self.first_divisor > self.second_divisor:
            raise ValueError("the first divisor must not be greater than the second")
        if self.remainders not in (None, "all", "above_quota"):
            raise ValueError("remainders are for 'all' lists or for those 'above_quota'")
        if self.method != "highest_averages" and (self.first_divisor or self.second_divisor or self.divisor_step):
            raise ValueError("only a rule of highest averages has divisors")
        if self.method != "largest_remainder" and self.remainders:
            raise ValueError("only a rule of largest remainder says whose remainders win")

    @property
    def is_known(self) -> bool:
        """Tell whether the method and all its parameters are known."""
        if self.method == "highest_averages":
            return None not in (self.first_divisor, self.second_divisor, self.divisor_step)
        if self.method == "largest_remainder":
            return self.remainders is not None
        return self.method != "unknown"

    def divisor(self, list_seat: int) -> Fraction:
        """Return the divisor for a list's seat with this number, from 1."""
        if self.first_divisor is None or self.second_divisor is None or self.divisor_step is None:
            raise ValueError("the divisors are not known")
        if list_seat == 1:
            return self.first_divisor
        return Fraction(self.second_divisor + (list_seat - 2) * self.divisor_step)


@dataclass(frozen=True)
class Contestant:
    """A list, or a person who stands alone."""

    votes: int
    is_person: bool = False

    def limit(self, seats: int) -> int:
        """Return the most of these seats that it can win."""
        return 0 if self.votes == 0 else 1 if self.is_person else seats


@dataclass(frozen=True)
class Step:
    """One comparison: the number by which a contestant wins a seat of its own, or not.

    `place` is the best place that it can take in the order of award, and `tied_count` how many compete for that place;
    more than one is a tie, which matters only at the last seat.
    """

    kind: Kind  # a quotient, quotas filled, a share of the seats left over, a remainder, or the votes themselves
    contestant: int
    list_seat: int
    value: Fraction
    place: int
    tied_count: int
    outcome: Outcome
    divisor: Fraction | None = None


@dataclass(frozen=True)
class Allocation:
    """What a rule gives: for each contestant its certain and its possible seats, and how they came about.

    `undecided` says why the rule gives no seats, or not all of them.
    """

    seats: int
    certain: tuple[int, ...]
    possible: tuple[int, ...]
    steps: tuple[Step, ...] = ()
    quotas: tuple[Fraction, ...] = ()
    undecided: str | None = None

    @property
    def is_tied(self) -> bool:
        """Tell whether a lot must be drawn."""
        return self.certain != self.possible

    def gives(self, official: Sequence[int]) -> bool:
        """Tell whether these seats are what the rule gives, or one outcome of its draw."""
        within = all(c <= o <= p for c, o, p in zip(self.certain, official, self.possible, strict=True))
        return self.undecided is None and within and sum(official) == self.seats

    def seats_apart(self, official: Sequence[int]) -> int:
        """Count the seats that must change hands to make these seats the ones given, or the nearest outcome."""
        gained = sum(max(c - o, 0) for c, o in zip(self.certain, official, strict=True))
        lost = sum(max(o - p, 0) for o, p in zip(official, self.possible, strict=True))
        return max(gained, lost)


RULE_UNKNOWN = "rule unknown"
TOTAL_UNKNOWN = "total of votes unknown"
NO_LIST_REACHES = "no list reaches the quota"
SEATS_LEFT = "more seats are left over than lists take part"
TOTAL_EXCEEDED = "the lists have more votes than the total"


def allocate(rule: Rule, seats: int, contestants: Sequence[Contestant], total: int | None = None) -> Allocation:
    """Allocate seats. total: all valid votes of the contest, those of contestants not given included."""
    if seats < 1:
        raise ValueError("there must be a seat to allocate")
    steps: list[Step] = []
    quotas: list[Fraction] = []
    undecided = why_undecided(rule, contestants, total)
    if undecided is None and rule.method == "highest_averages":
        steps = _highest_averages(rule, seats, contestants)
    elif undecided is None and rule.method == "plurality":
        steps = _plurality(seats, contestants)
    elif undecided is None:
        quotas, steps, undecided = _by_quota(rule, seats, contestants, total or 0)
    if undecided is None and not any(step.outcome == "tied" for step in steps):
        undecided = SEATS_LEFT if sum(step.outcome == "won" for step in steps) < seats else None
    certain, possible = (_count(steps, len(contestants), kinds) for kinds in ({"won"}, {"won", "tied"}))
    return Allocation(seats, certain, possible, tuple(steps), tuple(quotas), undecided)


def why_undecided(rule: Rule, contestants: Sequence[Contestant], total: int | None) -> str | None:
    """Say what must be known before the rule can be applied, None where all of it is."""
    if not rule.is_known:
        return RULE_UNKNOWN
    if rule.method in QUOTA_METHODS and total is None:
        return TOTAL_UNKNOWN
    if rule.method in QUOTA_METHODS and sum(one.votes for one in contestants) > (total or 0):
        return TOTAL_EXCEEDED
    return None


def _count(steps: Sequence[Step], contestants: int, outcomes: Container[str]) -> tuple[int, ...]:
    seats = [0] * contestants
    for step in steps:
        seats[step.contestant] += step.outcome in outcomes
    return tuple(seats)


def _outcome(place: int, tied_count: int, seats: int) -> Outcome:
    return "missed" if place > seats else "won" if place + tied_count - 1 <= seats else "tied"


# Highest averages


def _highest_averages(rule: Rule, seats: int, contestants: Sequence[Contestant]) -> list[Step]:
    """Award the seats to the highest quotients; then give the next quotient of each list, which wins nothing."""
    quotients = _at_the_top(rule, seats, contestants)
    steps = []
    place = 1
    for value, equal in groupby(quotients, key=lambda quotient: quotient[0]):
        group = list(equal)
        for contestant, own in groupby(group, key=lambda quotient: quotient[1]):
            mine = list(own)
            # A list's own equal quotients, where the first divisor is the second, take their turns: no draw by itself.
            for turn, (_, _, list_seat) in enumerate(mine):
                tied = len(group) - len(mine) + 1
                outcome = _outcome(place + turn, tied, seats)
                steps.append(
                    Step("quotient", contestant, list_seat, value, place + turn, tied, outcome, rule.divisor(list_seat))
                )
        place += len(group)
    shown = [step for step in steps if step.outcome != "missed"]
    return shown + _next_quotients(rule, seats, contestants, shown)


def _at_the_top(rule: Rule, seats: int, contestants: Sequence[Contestant]) -> list[tuple[Fraction, int, int]]:
    """Return the highest quotients with their lists and seats, as many as there are seats and all equal to the last."""
    heap = [(-one.votes / rule.divisor(1), number, 1) for number, one in enumerate(contestants) if one.limit(seats)]
    heapify(heap)
    found: list[tuple[Fraction, int, int]] = []
    spent = (Fraction(0), 0, 0)  # sorts after every quotient
    while heap and heap[0] < spent:
        negative, number, list_seat = heap[0]
        if len(found) >= seats and -negative < found[-1][0]:
            break
        found.append((-negative, number, list_seat))
        one = contestants[number]
        more = list_seat < one.limit(seats)
        heapreplace(heap, (-one.votes / rule.divisor(list_seat + 1), number, list_seat + 1) if more else spent)
    return sorted(found, key=lambda quotient: (-quotient[0], quotient[1], quotient[2]))


def _next_quotients(rule: Rule, seats: int, contestants: Sequence[Contestant], shown: Sequence[Step]) -> list[Step]:
    reached = [0] * len(contestants)
    for step in shown:
        reached[step.contestant] = max(reached[step.contestant], step.list_seat)
    following = [
        (contestants[number].votes / rule.divisor(last + 1), number, last + 1)
        for number, last in enumerate(reached)
        if last < contestants[number].limit(seats)
    ]
    steps = []
    for value, number, list_seat in sorted(following, key=lambda quotient: (-quotient[0], quotient[1])):
        greater, equal = 0, 1
        for other, one in enumerate(contestants):
            above, level = _ahead(rule, one, seats, value)
            greater += above
            equal += level if other != number else 0
        steps.append(Step("quotient", number, list_seat, value, greater + 1, equal, "missed", rule.divisor(list_seat)))
    return steps


def _ahead(rule: Rule, one: Contestant, seats: int, value: Fraction) -> tuple[int, int]:
    """Count the quotients of a list that are greater than a value, and those that equal it."""
    most = one.limit(seats)
    first, second, step = rule.first_divisor or Fraction(1), rule.second_divisor or 1, rule.divisor_step or 1
    # A quotient is greater if its divisor is less than votes / value, which is top / bottom. Integers are fast.
    top, bottom = one.votes * value.denominator, value.numerator
    is_less = first.numerator * bottom < top * first.denominator
    is_equal = first.numerator * bottom == top * first.denominator
    beyond = top - second * bottom
    less = int(is_less) + (-(-beyond // (step * bottom)) if beyond > 0 else 0)
    equal = int(is_equal) + (beyond >= 0 and beyond % (step * bottom) == 0)
    return min(less, most), min(equal, max(most - less, 0))


def votes_short(seats: int, contestants: Sequence[Contestant], steps: Sequence[Step], step: Step) -> int | None:
    """Return the fewest further votes with which a list would have had a seat outright, all other votes unchanged.

    A list that is to have its n-th seat leaves so many fewer to the others, and must pass the first of their quotients
    that this leaves out. None where it has the seat, and under rules that compare remainders: further votes would
    change the quota of all.
    """
    if step.outcome == "won" or step.kind not in ("quotient", "votes"):
        return None
    rivals = sorted(
        (other.value for other in steps if other.outcome != "missed" and other.contestant != step.contestant),
        reverse=True,
    )
    left_out = seats - step.list_seat
    if left_out >= len(rivals):
        return None
    return floor(rivals[left_out] * (step.divisor or 1)) + 1 - contestants[step.contestant].votes


# Plurality


def _plurality(seats: int, contestants: Sequence[Contestant]) -> list[Step]:
    """Award one seat each to those with most votes."""
    standing = [(number, one.votes) for number, one in enumerate(contestants) if one.limit(seats)]
    return _ranked("votes", standing, 0, seats)


def _ranked(kind: Kind, standing: Sequence[tuple[int, int | Fraction]], filled: int, seats: int) -> list[Step]:
    """Give the seats that are not filled, one each, to those with the greatest values."""
    steps = []
    place = filled + 1
    for value, equal in groupby(sorted(standing, key=lambda one: (-one[1], one[0])), key=lambda one: one[1]):
        group = list(equal)
        outcome = _outcome(place, len(group), seats)
        steps += [Step(kind, number, 1, Fraction(value), place, len(group), outcome) for number, _ in group]
        place += len(group)
    return steps


# Quotas and remainders


def _by_quota(
    rule: Rule, seats: int, contestants: Sequence[Contestant], total: int
) -> tuple[list[Fraction], list[Step], str | None]:
    """Award whole quotas, then the seats left over as the method says. Returns the quotas, the steps, and why none."""
    quotas = [Fraction(total, seats)]
    standing = [number for number, one in enumerate(contestants) if one.limit(seats)]
    taking_part = standing
    if rule.method != "largest_remainder" or rule.remainders == "above_quota":
        taking_part = [number for number in standing if contestants[number].votes >= quotas[0]]
    missed = [
        (number, contestants[number].votes / quotas[0])
        for number in sorted(set(standing) - set(taking_part), key=lambda number: (-contestants[number].votes, number))
    ]
    if not taking_part:
        return quotas, _below(missed, seats), NO_LIST_REACHES
    if rule.method == "two_quotas":
        quotas.append(Fraction(sum(contestants[number].votes for number in taking_part), seats))
    filled = {number: contestants[number].votes / quotas[-1] for number in taking_part}
    won = {number: min(floor(value), contestants[number].limit(seats)) for number, value in filled.items()}
    steps = _whole("quota", filled, won, {}, 0)
    if rule.method == "quota_then_seats":
        steps += _in_proportion_to_seats(contestants, won, seats)
    else:
        open_to_more = [number for number in taking_part if won[number] < contestants[number].limit(seats)]
        remainders = [(number, filled[number] - won[number]) for number in open_to_more]
        steps += _remainders(remainders, won, sum(won.values()), seats)
    return quotas, steps + _below(missed, max(seats, len(steps))), None


def _below(missed: Sequence[tuple[int, Fraction]], places: int) -> list[Step]:
    """Return a step for each list below the quota, after all other places."""
    return [
        Step("quota", number, 1, value, place, 1, "missed") for place, (number, value) in enumerate(missed, places + 1)
    ]


def _whole(
    kind: Kind, shares: Mapping[int, Fraction], won: Mapping[int, int], had: Mapping[int, int], filled: int
) -> list[Step]:
    """Award the whole numbers of the shares, a step a seat. had: seats that each list has; filled: those of all."""
    rows = [(shares[number] - seat, number, seat + 1) for number in shares for seat in range(won[number])]
    return [
        Step(kind, number, had.get(number, 0) + seat, value, place, 1, "won")
        for place, (value, number, seat) in enumerate(sorted(rows, key=lambda row: (-row[0], row[1])), filled + 1)
    ]


def _in_proportion_to_seats(contestants: Sequence[Contestant], won: Mapping[int, int], seats: int) -> list[Step]:
    """Award the seats left over in proportion to the seats won by quota; equal remainders go to more votes."""
    had = {number: count for number, count in won.items() if count < contestants[number].limit(seats)}
    filled = sum(won.values())
    left = seats - filled
    shares = {number: Fraction(left * count, sum(had.values())) for number, count in had.items()}
    whole = {number: floor(share) for number, share in shares.items()}
    steps = _whole("share", shares, whole, had, filled)
    now = {number: had[number] + whole[number] for number in had}
    remainders = [(number, shares[number] - whole[number]) for number in had]
    return steps + _remainders(remainders, now, filled + len(steps), seats, lambda number: contestants[number].votes)


def _remainders(
    remainders: Sequence[tuple[int, Fraction]],
    had: Mapping[int, int],
    filled: int,
    seats: int,
    breaks_ties: Callable[[int], int] = lambda _: 0,
) -> list[Step]:
    """Award the seats left over, one each, to the largest remainders. had: seats that each list has already."""
    ordered = sorted(remainders, key=lambda one: (-one[1], -breaks_ties(one[0]), one[0]))
    steps = []
    place = filled + 1
    for _, equal in groupby(ordered, key=lambda one: (one[1], breaks_ties(one[0]))):
        group = list(equal)
        outcome = _outcome(place, len(group), seats)
        steps += [
            Step("remainder", number, had[number] + 1, value, place, len(group), outcome) for number, value in group
        ]
        place += len(group)
    return steps


# The other way round: which first divisors give the official seats


@dataclass(frozen=True)
class FirstDivisors:
    """The first divisors under which the votes give the official seats, both ends included, or why none does.

    The lower end is 0, and not itself included, where nobody with votes has no seat. An end by lot is one at which two
    quotients of different lists are equal: the official seats are then one outcome of a draw.
    """

    lower: Fraction = Fraction(0)
    upper: Fraction = Fraction(0)
    lower_by_lot: bool = False
    upper_by_lot: bool = False
    obstacle: str | None = None
    smallest_last: int | None = None  # the list with the smallest last quotient of those with two seats or more
    greatest_next: int | None = None  # the list with the greatest next quotient of those with a seat

    def holds(self, first_divisor: Fraction) -> bool:
        """Tell whether a first divisor gives the official seats."""
        return self.obstacle is None and self.lower <= first_divisor <= self.upper


def first_divisors(rule: Rule, seats: int, contestants: Sequence[Contestant], official: Sequence[int]) -> FirstDivisors:
    """Find the first divisors that give the official seats; the later divisors are those of the rule.

    The official seats come about just when no list's next quotient is greater than any list's last one:
    of lists with two seats or more, the smallest last quotient is not below any next one; of lists with none,
    votes / first divisor is not above that quotient, which gives the lower end; of lists with one, votes / first
    divisor is not below the greatest next quotient, which gives the upper end. The first divisor cannot be greater
    than the second, or the method would not be one of highest averages.
    """
    votes = [one.votes for one in contestants]
    second = rule.divisor(2)
    last = {n: votes[n] / rule.divisor(won) for n, won in enumerate(official) if won >= 2}
    following = {
        n: votes[n] / rule.divisor(won + 1)
        for n, won in enumerate(official)
        if 1 <= won < contestants[n].limit(seats + 1)
    }
    single = min((votes[n] for n, won in enumerate(official) if won == 1), default=None)
    seatless = max((votes[n] for n, won in enumerate(official) if won == 0), default=0)
    smallest = min(last, key=lambda n: last[n], default=None)
    greatest = max(following, key=lambda n: following[n], default=None)
    smallest_last = None if smallest is None else last[smallest]
    greatest_next = None if greatest is None else following[greatest]

    lower = seatless / smallest_last if smallest_last else Fraction(0)
    upper = second
    if single is not None and greatest_next:
        upper = min(second, single / greatest_next)
    obstacle = None
    if sum(official) != seats:
        obstacle = "the official seats do not fill the contest"
    elif smallest_last and greatest_next and smallest_last < greatest_next:
        obstacle = "a list with several seats has a smaller last quotient than another list's next one"
    elif single is not None and single < seatless:
        obstacle = "a list with no seat has more votes than a list with one"
    elif lower > upper:
        obstacle = "a list with no seat has so many votes that the first divisor would have to pass the second"
    always = (smallest_last is not None and smallest_last == greatest_next) or (seatless > 0 and single == seatless)
    equal = [n for n, value in following.items() if value == greatest_next]
    # A list's own second quotient equals its first where the first divisor is the second: no draw by itself.
    reached = single is not None and greatest_next is not None and single / greatest_next <= second
    by_itself = (
        upper == second and single == upper * (greatest_next or 0) and len(equal) == 1 and official[equal[0]] == 1
    )
    return FirstDivisors(
        lower,
        upper,
        lower_by_lot=lower > 0 or always,
        upper_by_lot=(reached and not by_itself) or always or lower == upper,
        obstacle=obstacle,
        smallest_last=smallest,
        greatest_next=greatest,
    )
