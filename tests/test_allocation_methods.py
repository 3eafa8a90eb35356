"""Does the one implementation of the methods of allocation give the seats, steps and ties that the methods define?"""

import itertools
from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up import (
    ALL_REMAINDERS,
    AVERAGES,
    DHONDT,
    FIRST_DIVISORS,
    PLURALITY,
    QUOTA_THEN_SEATS,
    QUOTAS,
    REMAINDERS_ABOVE_QUOTA,
    RULES,
    SAINTE_LAGUE,
    TWO_QUOTAS,
    all_first_divisors,
    by_apportionment,
    by_votelib,
    is_outcome,
    lists,
    outcomes,
    seats_apart,
    thousands,
    ways,
)

from elections.allocation import (
    NO_LIST_REACHES,
    RULE_UNKNOWN,
    SEATS_LEFT,
    TOTAL_EXCEEDED,
    TOTAL_UNKNOWN,
    Allocation,
    Contestant,
    Rule,
    allocate,
    first_divisors,
    votes_short,
)

THOUSANDS = thousands()
some_votes = st.lists(st.integers(0, 300), min_size=1, max_size=7).map(tuple)
some_seats = st.integers(1, 12)
some_rule = st.sampled_from(RULES)
examples = settings(max_examples=100, deadline=None)


def share_out(rule: Rule, votes: tuple[int, ...], seats: int, total: int | None = None) -> Allocation:
    return allocate(rule, seats, lists(votes), sum(votes) if total is None else total)


# Other implementations


@pytest.mark.parametrize(
    "rules", [AVERAGES, *([rule] for rule in QUOTAS), [PLURALITY]], ids=lambda rules: rules[0].method
)
def test_thousands_of_contests_a_method_get_the_seats_that_votelib_gives(rules: list[Rule]):
    tied = 0
    decided = 0
    for (votes, seats), rule in zip(THOUSANDS, itertools.cycle(rules)):
        found = share_out(rule, votes, seats)
        expected = by_votelib(rule, votes, seats)
        assert (None if found.undecided else (found.certain, found.possible)) == expected, (votes, seats)
        tied += found.is_tied
        decided += found.undecided is None
    assert decided > 700
    assert tied > 20, "too few ties to have tested them"


@pytest.mark.parametrize(
    ("method", "rule"),
    [("saintelague", SAINTE_LAGUE), ("dhondt", DHONDT), ("largest_remainder", ALL_REMAINDERS)],
)
def test_made_up_contests_get_the_seats_that_apportionment_gives(method: str, rule: Rule):
    compared = 0
    for votes, seats in THOUSANDS:
        expected = by_apportionment(method, votes, seats)
        found = share_out(rule, votes, seats)
        if expected is None:
            assert found.is_tied
        else:
            assert found.certain == found.possible == expected
            compared += 1
    assert compared > 1700


@pytest.mark.parametrize("rule", AVERAGES, ids=str)
def test_certain_and_possible_seats_are_the_fewest_and_most_over_all_outcomes_of_the_draws(rule: Rule):
    chance = Random(3)
    for _ in range(60):
        votes = tuple(chance.randint(1, 12) for _ in range(chance.randint(2, 4)))
        seats = chance.randint(1, 6)
        every = outcomes(rule, votes, seats)
        found = share_out(rule, votes, seats)
        assert found.certain == tuple(map(min, zip(*every, strict=True)))
        assert found.possible == tuple(map(max, zip(*every, strict=True)))
        assert [one for one in ways(seats, len(votes)) if found.gives(one)] == every
        for other in ways(seats, len(votes)):
            assert found.seats_apart(other) == min(seats_apart(one, other) for one in every)


# Real contests


@pytest.mark.parametrize(
    ("votes", "total", "seats", "official"),
    [
        # Dhi Qar, whose printed table lumps 150,415 votes of others
        ((107410, 61929, 51463, 34255, 27138, 12924, 8272), 453806, 31, (13, 7, 5, 4, 2, 0, 0)),
        # Najaf
        ((54907, 50146, 40186, 30219, 23377, 12766, 6640, 5341), 338540, 28, (7, 7, 6, 4, 2, 2, 0, 0)),
        # Wasit, whose printed table has the five lists with seats only
        ((47835, 30712, 18261, 14596, 12235), 310194, 28, (13, 6, 3, 3, 3)),
    ],
    ids=["Dhi Qar", "Najaf", "Wasit"],
)
def test_the_councils_of_2009_follow_quotas_then_seats_and_no_other_rule(votes, total, seats, official):
    assert share_out(QUOTA_THEN_SEATS, votes, seats, total).certain == official
    assert share_out(QUOTA_THEN_SEATS, votes, seats, total).gives(official)
    for rule in RULES:
        if rule != QUOTA_THEN_SEATS:
            assert not share_out(rule, votes, seats, total).gives(official), rule


def test_a_person_holds_one_seat_and_takes_no_part_in_the_second_step():
    """Karbala in 2009, with the total that its rounded shares imply: Yousef al-Habboubi stood alone."""
    votes = (37864, 26967, 25469, 19364, 19215, 7826, 6175)
    standing = [Contestant(one, is_person=place == 0) for place, one in enumerate(votes)]
    found = allocate(QUOTA_THEN_SEATS, 27, standing, 291_500)
    assert found.certain == found.possible == (1, 9, 9, 4, 4, 0, 0)
    assert allocate(SAINTE_LAGUE, 3, [Contestant(100, is_person=True), Contestant(5)]).certain == (1, 2)


def test_each_step_of_wasit_by_hand():
    """A quota is 310,194 / 28 = 11,078 4/14; 9 seats by quota, 18 whole shares of the 19 left, one by remainder."""
    votes = (47835, 30712, 18261, 14596, 12235)
    found = share_out(QUOTA_THEN_SEATS, votes, 28, 310194)
    assert found.quotas == (Fraction(310194, 28),)
    kinds = [step.kind for step in found.steps if step.outcome == "won"]
    assert [kinds.count(kind) for kind in ("quota", "share", "remainder")] == [9, 18, 1]
    assert [step.place for step in found.steps] == list(range(1, len(found.steps) + 1))
    last = found.steps[27]
    # Four of nine seats: 19 × 4 / 9 = 8 4/9, and 19 × 2 / 9 = 4 2/9, 19 / 9 = 2 1/9.
    assert (last.kind, last.contestant, last.list_seat, last.value) == ("remainder", 0, 13, Fraction(4, 9))
    assert [step.value for step in found.steps[28:]] == [Fraction(2, 9), *[Fraction(1, 9)] * 3]


def test_two_quotas_by_hand():
    """1,000 votes for 10 seats: 90 are below the first quota of 100; the second is 910 / 10 = 91."""
    found = share_out(TWO_QUOTAS, (480, 300, 130, 90), 10)
    assert found.quotas == (100, 91)
    # 480 / 91 = 5 and 25/91, 300 / 91 = 3 and 27/91, 130 / 91 = 1 and 39/91: one seat is left, for 39/91.
    assert found.certain == found.possible == (5, 3, 2, 0)
    assert share_out(ALL_REMAINDERS, (480, 300, 130, 90), 10).certain == (5, 3, 1, 1)


# What every method must do


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.method != "unknown"], ids=str)
def test_three_lists_with_equal_votes_and_two_seats_are_a_draw_and_never_a_choice(rule: Rule):
    found = share_out(rule, (100, 100, 100), 2)
    if found.undecided:  # none of them has 150 votes
        assert rule.method in ("quota_then_seats", "two_quotas") or rule == REMAINDERS_ABOVE_QUOTA
        assert found.undecided == NO_LIST_REACHES
        found = share_out(rule, (101, 101, 101), 4) if rule == TWO_QUOTAS else share_out(rule, (100, 100, 100), 3)
        assert sum(found.possible) >= 3
        return
    assert (found.certain, found.possible) == ((0, 0, 0), (1, 1, 1))
    assert [(step.place, step.tied_count, step.outcome) for step in found.steps if step.list_seat == 1] == [
        (1, 3, "tied")
    ] * 3
    assert not found.gives((1, 0, 0))
    assert found.gives((1, 0, 1))


@examples
@given(rule=some_rule, votes=some_votes, seats=some_seats)
def test_a_list_with_no_votes_wins_nothing(rule: Rule, votes: tuple[int, ...], seats: int):
    found = share_out(rule, (*votes, 0), seats)
    assert found.possible[-1] == 0
    assert all(step.contestant != len(votes) for step in found.steps)
    assert share_out(rule, votes, seats).possible == found.possible[:-1]


@examples
@given(rule=some_rule, votes=some_votes, seats=some_seats, chance=st.randoms(use_true_random=False))
def test_names_do_not_matter(rule: Rule, votes: tuple[int, ...], seats: int, chance: Random):
    order = list(range(len(votes)))
    chance.shuffle(order)
    named, renamed = share_out(rule, votes, seats), share_out(rule, tuple(votes[i] for i in order), seats)
    assert tuple(named.certain[i] for i in order) == renamed.certain
    assert tuple(named.possible[i] for i in order) == renamed.possible
    assert named.undecided == renamed.undecided


@examples
@given(rule=some_rule, votes=some_votes, seats=some_seats, times=st.integers(2, 5000))
def test_all_votes_multiplied_give_the_same_seats_and_the_same_ties(rule, votes, seats, times: int):
    once, multiplied = share_out(rule, votes, seats), share_out(rule, tuple(v * times for v in votes), seats)
    assert (once.certain, once.possible, once.undecided) == (
        multiplied.certain, multiplied.possible, multiplied.undecided,
    )  # fmt: skip


@examples
@given(rule=st.sampled_from([*AVERAGES, PLURALITY]), votes=some_votes, seats=some_seats)
def test_one_more_seat_takes_none_away(rule: Rule, votes: tuple[int, ...], seats: int):
    """House monotonicity. Methods of largest remainder do not have it: that is the Alabama paradox."""
    fewer, more = share_out(rule, votes, seats), share_out(rule, votes, seats + 1)
    for kind in ("certain", "possible"):
        assert all(a <= b for a, b in zip(getattr(fewer, kind), getattr(more, kind), strict=True))


def test_largest_remainder_shows_the_alabama_paradox():
    votes = (6, 6, 2)
    assert share_out(ALL_REMAINDERS, votes, 10).certain == (4, 4, 2)
    assert share_out(ALL_REMAINDERS, votes, 11).certain == (5, 5, 1)


@examples
@given(rule=st.sampled_from([*AVERAGES, PLURALITY]), votes=some_votes, seats=some_seats, more=st.integers(1, 200))
def test_more_votes_for_one_list_take_no_seat_from_it_and_give_none_to_another(rule, votes, seats, more: int):
    before, after = share_out(rule, votes, seats), share_out(rule, (votes[0] + more, *votes[1:]), seats)
    for kind in ("certain", "possible"):
        one, two = getattr(before, kind), getattr(after, kind)
        assert one[0] <= two[0]
        assert all(a >= b for a, b in zip(one[1:], two[1:], strict=True))


@examples
@given(rule=some_rule, votes=some_votes, seats=some_seats)
def test_a_list_with_more_votes_has_no_fewer_seats(rule: Rule, votes: tuple[int, ...], seats: int):
    found = share_out(rule, votes, seats)
    ordered = sorted(range(len(votes)), key=lambda one: votes[one])
    for kind in ("certain", "possible"):
        given_seats = [getattr(found, kind)[one] for one in ordered]
        assert given_seats == sorted(given_seats)


@examples
@given(rule=some_rule, votes=some_votes, seats=some_seats)
def test_seats_are_given_once_and_the_steps_add_up_to_them(rule: Rule, votes: tuple[int, ...], seats: int):
    found = share_out(rule, votes, seats)
    assert sum(found.certain) <= seats
    if not found.undecided:
        assert sum(found.possible) >= seats
        assert (sum(found.certain) == seats) == (not found.is_tied)
    won = [step for step in found.steps if step.outcome == "won"]
    for index, step in enumerate(sorted(won, key=lambda step: step.place)):
        assert step.place <= index + 1 < step.place + step.tied_count
    assert len({(step.contestant, step.list_seat) for step in found.steps}) == len(found.steps)
    for number in range(len(votes)):
        own = sorted(step.list_seat for step in found.steps if step.contestant == number)
        assert own == list(range(1, len(own) + 1))
    for step in found.steps:
        if step.outcome == "tied":
            assert step.place <= seats < step.place + step.tied_count - 1
        elif step.outcome == "missed" and not found.undecided:
            assert step.place > seats


@pytest.mark.parametrize("rule", AVERAGES, ids=str)
def test_quotients_that_miss_have_the_place_that_they_have_among_all_quotients(rule: Rule):
    for votes, seats in THOUSANDS[::80]:
        every = sorted((v / rule.divisor(n) for v in votes for n in range(1, seats + 1)), reverse=True)
        for step in share_out(rule, votes, seats).steps:
            own_equal = sum(votes[step.contestant] / rule.divisor(n) == step.value for n in range(1, seats + 1))
            assert step.value == votes[step.contestant] / step.divisor
            assert every.index(step.value) + 1 <= step.place <= every.index(step.value) + own_equal
            assert step.tied_count == every.count(step.value) - own_equal + 1


@pytest.mark.parametrize("rule", [*AVERAGES, PLURALITY], ids=str)
def test_the_votes_short_are_the_fewest_with_which_the_list_has_the_seat_outright(rule: Rule):
    told = 0
    for votes, seats in THOUSANDS[::90]:
        found = share_out(rule, votes, seats)
        for step in found.steps:
            short = votes_short(seats, lists(votes), found.steps, step)
            if short is None:
                assert step.outcome == "won" or len(votes) < seats
                continue
            for more, has_it in ((short, True), (short - 1, False)):
                changed = tuple(v + more * (place == step.contestant) for place, v in enumerate(votes))
                certain = share_out(rule, changed, seats).certain[step.contestant]
                assert (certain >= step.list_seat) == has_it, (votes, seats, step)
            told += 1
    assert told > 20


# What cannot be decided


def test_an_unknown_rule_or_parameter_gives_nothing():
    for rule in (Rule("unknown"), Rule("highest_averages", None, 3, 2), Rule("largest_remainder")):
        found = share_out(rule, (30, 20), 2)
        assert (found.undecided, found.certain, found.steps) == (RULE_UNKNOWN, (0, 0), ())
        assert not found.gives((1, 1))


@pytest.mark.parametrize("rule", QUOTAS, ids=str)
def test_a_quota_needs_the_total_of_votes(rule: Rule):
    assert allocate(rule, 2, lists((30, 20))).undecided == TOTAL_UNKNOWN
    assert allocate(rule, 2, lists((30, 20)), 49).undecided == TOTAL_EXCEEDED


@pytest.mark.parametrize("rule", [QUOTA_THEN_SEATS, TWO_QUOTAS, REMAINDERS_ABOVE_QUOTA], ids=str)
def test_where_no_list_reaches_the_quota_it_is_undecided(rule: Rule):
    found = share_out(rule, (30, 20), 2, 100)
    assert (found.undecided, found.possible) == (NO_LIST_REACHES, (0, 0))
    assert {step.outcome for step in found.steps} == {"missed"}


def test_seats_that_remainders_do_not_fill_are_left_open():
    found = share_out(REMAINDERS_ABOVE_QUOTA, (55, 15, 15, 15), 4)
    assert (found.undecided, found.certain) == (SEATS_LEFT, (3, 0, 0, 0))


@pytest.mark.parametrize(
    "parameters",
    [
        ("lottery",), ("highest_averages", Fraction(0), 3, 2), ("highest_averages", Fraction(4), 3, 2),
        ("highest_averages", Fraction(1), 3, 0), ("largest_remainder", None, None, None, "some"),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_rule_is_refused(parameters: tuple):
    with pytest.raises(ValueError, match=r"."):
        Rule(*parameters)


# The other way round


def test_the_ends_hold_just_the_first_divisors_that_give_the_seats():
    """At every first divisor at which anything changes and at one between each two."""
    chance = Random(5)
    fits = 0
    for number in range(500):
        votes = tuple(chance.randint(1, 30) for _ in range(chance.randint(2, 4)))
        seats = chance.randint(1, 6)
        rule = replace(SAINTE_LAGUE, first_divisor=chance.choice(FIRST_DIVISORS))
        firsts = all_first_divisors(votes, seats, rule)
        if number % 3:
            own = replace(rule, first_divisor=chance.choice(firsts))
            official = chance.choice(outcomes(own, votes, seats))
        else:
            official = chance.choice(list(ways(seats, len(votes))))
        found = first_divisors(rule, seats, lists(votes), official)
        fits += found.obstacle is None
        for first in firsts:
            other = replace(rule, first_divisor=first)
            assert found.holds(first) == is_outcome(other, votes, seats, official), (votes, seats, official)
            if found.holds(first) and first == found.upper:
                assert found.upper_by_lot == share_out(other, votes, seats).is_tied
            if found.holds(first) and first == found.lower:
                assert found.lower_by_lot == share_out(other, votes, seats).is_tied
    assert 50 < fits < 450
