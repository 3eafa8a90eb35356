"""Does the interval of first divisors that a contest's seats imply hold just those that give its seats?"""

import math
import sqlite3
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest
from allocation import (
    Contest,
    Views,
    all_first_divisors,
    breakpoints,
    by_votelib,
    is_outcome,
    outcomes,
    real_contests,
    seats_apart,
    spans,
    ways,
)


@pytest.fixture(scope="module")
def views(project: Path) -> Views:
    return Views(project / "sql")


@pytest.fixture(scope="module")
def made_up() -> list[Contest]:
    """Small contests: official seats under some first divisor, by lot where it must be, and seats at random."""
    chance = Random(5)
    made = []
    for number in range(500):
        contest = Contest(
            chance.randint(1, 6),
            tuple(chance.randint(1, 30) for _ in range(chance.randint(2, 4))),
            first=chance.choice([Fraction(1), Fraction(7, 5), Fraction(17, 10), Fraction(3)]),
        )
        if number % 3:
            official = chance.choice(outcomes(contest, chance.choice(all_first_divisors(contest))))
        else:
            official = chance.choice(list(ways(contest.seats, len(contest.votes))))
        made.append(replace(contest, official=official))
    return made


@pytest.fixture
def real(db: sqlite3.Connection) -> list[tuple[Contest, sqlite3.Row]]:
    rows = {row["contest_id"]: row for row in db.execute("select * from implied_divisor")}
    contests = real_contests(db)
    assert {contest.id for contest in contests} == set(rows)
    return [(contest, rows[contest.id]) for contest in contests]


def judged(views: Views, contests: list[Contest]) -> list[sqlite3.Row]:
    views.fill(contests)
    return views.rows("select * from implied_divisor order by cast(contest_id as integer)")


def ends(row: sqlite3.Row) -> tuple[Fraction, Fraction]:
    return (
        Fraction(row["lower_numerator"], row["lower_denominator"]),
        Fraction(row["upper_numerator"], row["upper_denominator"]),
    )


def assert_holds_just_what_gives_the_seats(contest: Contest, row: sqlite3.Row, firsts: list[Fraction]) -> None:
    """Compare the interval with the definition at each of the first divisors."""
    gives = [first for first in firsts if is_outcome(contest, contest.official, first)]
    if not row["fits"]:
        assert gives == [], contest
        return
    lower, upper = ends(row)
    holds = [first for first in firsts if lower <= first <= upper]
    assert gives == holds, contest
    assert holds, contest


def test_the_divisors_that_kirkuk_implies_hold_1_7_and_rule_out_1_and_1_4(db: sqlite3.Connection):
    """New Generation's 25,910 / f must not pass 52,278 / 3, so f >= 77,730 / 52,278 = 12,955 / 8,713."""
    row = db.execute("select * from implied_divisor where contest_id = '2023-kirkuk-general'").fetchone()
    assert row["fits"] == row["holds_law"] == 1
    lower, upper = ends(row)
    assert (lower, upper) == (Fraction(77730, 52278), 3)
    assert (row["lower_numerator"], row["lower_denominator"]) == (12955, 8713)
    assert row["lower"] == pytest.approx(1.48686, abs=1e-5)
    assert lower <= Fraction(17, 10) <= upper
    assert not lower <= Fraction(1)
    assert not lower <= Fraction(7, 5)
    assert (row["lower_closed"], row["lower_by_lot"], row["upper_by_lot"], row["seats_differing"]) == (1, 1, 0, 0)


def test_the_divisors_that_anbar_implies_hold_1_and_rule_out_1_4(db: sqlite3.Connection):
    """The Valiants' 8,932 / f must not be less than Muttahidoon's 115,605 / 17, so f <= 151,844 / 115,605."""
    row = db.execute("select * from implied_divisor where contest_id = '2013-anbar-general'").fetchone()
    lower, upper = ends(row)
    assert (lower, upper) == (0, Fraction(8932 * 17, 115605))
    assert lower < 1 <= upper < Fraction(7, 5)
    assert (row["lower_closed"], row["upper_closed"], row["upper_by_lot"]) == (0, 1, 1)


def test_the_ends_of_real_contests_hold_just_the_divisors_that_give_their_seats(
    real: list[tuple[Contest, sqlite3.Row]],
):
    """At the ends, just inside and just outside them, and at a hundred others; all of them where none fits."""
    fits = 0
    for contest, row in real:
        points = breakpoints(contest)
        firsts = all_first_divisors(contest) if not row["fits"] else points[:: max(1, len(points) // 100)]
        if row["fits"]:
            fits += 1
            lower, upper = ends(row)
            below = max((point for point in points if point < lower), default=Fraction(0))
            above = min((point for point in points if point > upper), default=Fraction(contest.second))
            inside = min((point for point in points if point > lower), default=upper)
            inside_too = max((point for point in points if point < upper), default=lower)
            outside = [(below + lower) / 2, (above + upper) / 2]
            firsts = [*firsts, *outside, (lower + inside) / 2, (inside_too + upper) / 2, upper, lower or upper]
            assert by_votelib(contest, (lower + inside) / 2) == (contest.official, contest.official)
            assert by_votelib(contest, (inside_too + upper) / 2) == (contest.official, contest.official)
            if lower > 0:
                assert by_votelib(contest, outside[0])[0] != contest.official
            if upper < contest.second:
                assert by_votelib(contest, outside[1])[0] != contest.official
        assert_holds_just_what_gives_the_seats(
            contest, row, sorted({first for first in firsts if 0 < first <= contest.second})
        )
    assert fits == 18


def test_the_ends_of_random_contests_hold_just_the_divisors_that_give_their_seats(views: Views, made_up: list[Contest]):
    """Against the definition, at every first divisor at which anything changes and at one between each two."""
    rows = judged(views, made_up)
    assert len(rows) == len(made_up)
    assert 50 < sum(row["fits"] for row in rows) < len(made_up) - 50
    for contest, row in zip(made_up, rows, strict=True):
        assert_holds_just_what_gives_the_seats(contest, row, all_first_divisors(contest))


def test_reallocating_inside_the_ends_gives_the_seats_and_at_an_end_by_lot_a_tie(views: Views, made_up: list[Contest]):
    """With the view seat_allocation itself, under other first divisors."""
    asked, wanted = [], []
    for contest, row in zip(made_up, judged(views, made_up), strict=True):
        if not row["fits"]:
            continue
        lower, upper = ends(row)
        inner = [point for point in breakpoints(contest) if lower < point < upper]
        # Between two ends by lot there may be a draw too, or not; from an open end at 0 there is one throughout.
        within = (row["lower_by_lot"] and row["upper_by_lot"]) and (None if lower > 0 else 1)
        for first, by_lot in (
            (lower, row["lower_by_lot"]),
            (upper, row["upper_by_lot"]),
            ((lower + min(inner, default=upper)) / 2, within),
        ):
            if first > 0:
                asked.append(replace(contest, first=first))
                wanted.append(by_lot)
    lots = set()
    for contest, by_lot, (certain, possible) in zip(asked, wanted, views.allocations(asked), strict=True):
        assert all(c <= o <= p for c, o, p in zip(certain, contest.official, possible, strict=True)), contest
        if by_lot is not None:
            assert by_lot == (certain != possible), contest
        lots.add(by_lot)
    assert lots >= {0, 1}


def test_the_first_divisor_of_the_law_is_in_the_interval_just_where_the_view_says_so(
    views: Views, made_up: list[Contest], real: list[tuple[Contest, sqlite3.Row]]
):
    for contest, row in [*zip(made_up, judged(views, made_up), strict=True), *real]:
        assert row["holds_law"] == is_outcome(contest, contest.official)


def test_ends_are_fractions_in_lowest_terms_and_their_decimals(
    views: Views, made_up: list[Contest], real: list[tuple[Contest, sqlite3.Row]]
):
    for contest, row in [*zip(made_up, judged(views, made_up), strict=True), *real]:
        for end in ("lower", "upper"):
            top, bottom = row[f"{end}_numerator"], row[f"{end}_denominator"]
            if row["fits"]:
                assert math.gcd(top, bottom) == 1
                assert 0 <= Fraction(top, bottom) <= contest.second
                assert row[end] == pytest.approx(top / bottom)
            else:
                assert (top, bottom, row[end], row[f"{end}_closed"], row[f"{end}_by_lot"]) == (None,) * 5
        assert (row["obstacle"] is None) == row["fits"]


def test_seats_differing_are_the_fewest_over_the_outcomes_under_the_law(
    views: Views, made_up: list[Contest], real: list[tuple[Contest, sqlite3.Row]]
):
    for contest, row in zip(made_up, judged(views, made_up), strict=True):
        assert row["seats_differing"] == min(seats_apart(found, contest.official) for found in outcomes(contest))
    for contest, row in real:
        certain, possible = by_votelib(contest)
        assert certain == possible
        assert row["seats_differing"] == seats_apart(certain, contest.official)


def test_seats_differing_in_the_contests_that_no_first_divisor_fits(real: list[tuple[Contest, sqlite3.Row]]):
    """Under the law's divisor, and the fewest under any first divisor up to the second one."""
    found = {
        contest.id: (
            row["seats_differing"],
            min(
                seats_apart(seats, contest.official)
                for first in all_first_divisors(contest)
                for seats in by_votelib(contest, first)[:1]
                if sum(seats) == contest.seats
            ),
        )
        for contest, row in real
        if not row["fits"]
    }
    assert found == {
        "2013-muthanna-general": (1, 1),
        "2013-saladin-general": (2, 2),
        "2023-basra-christian": (1, 1),
    }


def test_seats_that_do_not_fill_the_contest_fit_nothing(views: Views):
    row = judged(views, [Contest(4, (40, 30, 10), official=(2, 1, 0))])[0]
    assert (row["fits"], row["holds_law"]) == (0, 0)
    assert row["obstacle"] == "the official seats do not fill the contest"


def test_each_obstacle_is_told(views: Views):
    asked = [
        Contest(4, (40, 90), official=(2, 2)),  # 40 / 3 against 90 / 5
        Contest(1, (40, 90), official=(1, 0)),
        Contest(2, (40, 90), official=(2, 0)),  # 90 / f must not pass 40 / 3, so f >= 27/4
    ]
    assert [row["obstacle"] for row in judged(views, asked)] == [
        "a list with several seats has a smaller last quotient than another list's next one",
        "a list with no seat has more votes than a list with one",
        "a list with no seat has so many votes that the first divisor would have to pass the second",
    ]


def test_a_draw_that_no_first_divisor_spares_makes_both_ends_by_lot(views: Views):
    """The last seat lies between two lists with equal votes, whatever the first divisor."""
    contest = Contest(3, (100, 40, 40), official=(2, 1, 0), first=Fraction(3, 2))
    row = judged(views, [contest])[0]
    assert (row["fits"], row["holds_law"], row["lower_by_lot"], row["upper_by_lot"]) == (1, 1, 1, 1)
    assert ends(row) == (Fraction(6, 5), 2)
    for first in (Fraction(6, 5), Fraction(3, 2), Fraction(2)):
        certain, possible = spans(outcomes(contest, first))
        assert certain != possible


def test_an_interval_of_a_single_first_divisor_is_by_lot_at_both_ends(views: Views):
    """30 / f must not pass 30 / 3, so only 3 is left, which is the second divisor too."""
    row = judged(views, [Contest(2, (8, 6, 30, 30), official=(0, 0, 2, 0), first=Fraction(3))])[0]
    assert ends(row) == (3, 3)
    assert (row["holds_law"], row["lower_by_lot"], row["upper_by_lot"]) == (1, 1, 1)
