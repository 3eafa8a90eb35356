"""Does the view of the first divisors that official seats imply say what the function finds, on real contests?

tests/test_allocation_methods.py compares the function with the definition.
"""

import math
import sqlite3
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from allocation import Contest, Views
from made_up import SAINTE_LAGUE, all_first_divisors, breakpoints, by_votelib, is_outcome, seats_apart

from elections.allocation_tables import read_contests, read_rules


@pytest.fixture(scope="module")
def views(project: Path) -> Views:
    return Views(project / "sql")


@pytest.fixture
def real(db: sqlite3.Connection) -> list:
    """Each contest under a rule of highest averages, with its rule, its votes and its row."""
    rows = {row["contest_id"]: row for row in db.execute("select * from implied_divisor")}
    rules = read_rules(db)
    found = [
        (one, rules[one.rule_id], [each.votes for each in one.contestants], rows[one.id])
        for one in read_contests(db)
        if rules[one.rule_id].method == "highest_averages"
    ]
    assert {one.id for one, *_ in found} == set(rows)
    assert len([one for one, *_ in found if one.id.startswith(("2013", "2023"))]) == 17
    return found


def judged(views: Views, contests: list[Contest]) -> list[sqlite3.Row]:
    views.fill(contests)
    return views.rows("select * from implied_divisor order by cast(contest_id as integer)")


def ends(row: sqlite3.Row) -> tuple[Fraction, Fraction]:
    return (
        Fraction(row["lower_numerator"], row["lower_denominator"]),
        Fraction(row["upper_numerator"], row["upper_denominator"]),
    )


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


def test_the_ends_of_real_contests_hold_just_the_divisors_that_give_their_seats(real):
    """At the ends, just inside and just outside them, and at a hundred others; all of them where none fits."""
    fits = 0
    for contest, rule, votes, row in real:
        points = breakpoints(votes, contest.seats, rule)
        firsts = (
            all_first_divisors(votes, contest.seats, rule) if not row["fits"] else points[:: len(points) // 100 or 1]
        )
        if row["fits"]:
            fits += 1
            lower, upper = ends(row)
            below = max((point for point in points if point < lower), default=Fraction(0))
            above = min((point for point in points if point > upper), default=rule.divisor(2))
            inside = min((point for point in points if point > lower), default=upper)
            inside_too = max((point for point in points if point < upper), default=lower)
            outside = [(below + lower) / 2, (above + upper) / 2]
            firsts = [*firsts, *outside, (lower + inside) / 2, (inside_too + upper) / 2, upper, lower or upper]
            for first in ((lower + inside) / 2, (inside_too + upper) / 2):
                other = replace(rule, first_divisor=first)
                assert by_votelib(other, votes, contest.seats) == (contest.official, contest.official)
        for first in {first for first in firsts if 0 < first <= rule.divisor(2)}:
            gives = is_outcome(replace(rule, first_divisor=first), votes, contest.seats, contest.official)
            assert gives == bool(row["fits"] and lower <= first <= upper), (contest.id, first)
    assert fits >= 15


def test_the_divisor_of_the_rule_is_in_the_interval_just_where_the_view_says_so(real):
    for contest, rule, votes, row in real:
        assert row["holds_law"] == is_outcome(rule, votes, contest.seats, contest.official)


def test_ends_are_fractions_in_lowest_terms_and_their_decimals(real):
    for _, rule, _, row in real:
        for end in ("lower", "upper"):
            top, bottom = row[f"{end}_numerator"], row[f"{end}_denominator"]
            if row["fits"]:
                assert math.gcd(top, bottom) == 1
                assert 0 <= Fraction(top, bottom) <= rule.divisor(2)
                assert row[end] == pytest.approx(top / bottom)
            else:
                assert (top, bottom, row[end], row[f"{end}_closed"], row[f"{end}_by_lot"]) == (None,) * 5
        assert (row["obstacle"] is None) == row["fits"]


def test_seats_differing_in_the_contests_that_no_first_divisor_fits(real):
    """Under the first divisor of the rule, and the fewest under any first divisor up to the second one."""
    found = {
        contest.id: (
            row["seats_differing"],
            min(
                seats_apart(seats, contest.official)
                for first in all_first_divisors(votes, contest.seats, rule)
                for seats in by_votelib(replace(rule, first_divisor=first), votes, contest.seats)[:1]
                if sum(seats) == contest.seats
            ),
        )
        for contest, rule, votes, row in real
        if not row["fits"]
    }
    assert found == {"2013-muthanna-general": (1, 1), "2013-saladin-general": (2, 2)}


def test_each_obstacle_is_told(views: Views):
    asked = [
        Contest(4, (40, 90), official=(2, 2)),  # 40 / 3 against 90 / 5
        Contest(1, (40, 90), official=(1, 0)),
        Contest(2, (40, 90), official=(2, 0)),  # 90 / f must not pass 40 / 3, so f >= 27/4
        Contest(4, (40, 30, 10), official=(3, 2, 0)),
    ]
    assert [row["obstacle"] for row in judged(views, asked)] == [
        "a list with several seats has a smaller last quotient than another list's next one",
        "a list with no seat has more votes than a list with one",
        "a list with no seat has so many votes that the first divisor would have to pass the second",
        "the official seats do not fill the contest",
    ]


def test_a_draw_that_no_first_divisor_spares_makes_both_ends_by_lot(views: Views):
    """The last seat lies between two lists with equal votes, whatever the first divisor."""
    rule = replace(SAINTE_LAGUE, first_divisor=Fraction(3, 2))
    row = judged(views, [Contest(3, (100, 40, 40), (2, 1, 0), rule)])[0]
    assert (row["fits"], row["holds_law"], row["lower_by_lot"], row["upper_by_lot"]) == (1, 1, 1, 1)
    assert ends(row) == (Fraction(6, 5), 2)


def test_an_interval_of_a_single_first_divisor_is_by_lot_at_both_ends(views: Views):
    """30 / f must not pass 30 / 3, so only 3 is left, which is the second divisor too."""
    rule = replace(SAINTE_LAGUE, first_divisor=Fraction(3))
    row = judged(views, [Contest(2, (8, 6, 30, 30), (0, 0, 2, 0), rule)])[0]
    assert ends(row) == (3, 3)
    assert (row["holds_law"], row["lower_by_lot"], row["upper_by_lot"]) == (1, 1, 1)
