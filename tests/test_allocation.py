"""Do the votes, divided by the law's divisors, give the seats that the views say?"""

import sqlite3
from collections import defaultdict
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from random import Random

import apportionment.methods
import pytest
from allocation import (
    FIRST_DIVISORS,
    Contest,
    Views,
    by_votelib,
    outcomes,
    random_contests,
    real_contests,
    spans,
)
from hypothesis import given, settings
from hypothesis import strategies as st

BIG = 2**63 - 1

contests = st.builds(
    Contest,
    seats=st.integers(1, 12),
    votes=st.lists(st.integers(1, 300), min_size=2, max_size=7).map(tuple),
    first=st.sampled_from(FIRST_DIVISORS),
)
small_contests = st.builds(
    Contest,
    seats=st.integers(1, 6),
    votes=st.lists(st.integers(1, 12), min_size=2, max_size=4).map(tuple),
    first=st.sampled_from([*FIRST_DIVISORS, Fraction(3)]),
)
examples = settings(max_examples=200, deadline=None)


@pytest.fixture(scope="module")
def views(project: Path) -> Views:
    return Views(project / "sql")


@pytest.fixture(scope="module")
def thousands() -> list[Contest]:
    """Contests of every size: small ones in which ties are common, and ones like the real ones."""
    return random_contests(1500, 1, 25, 9, 5) + random_contests(700, 2, 300_000, 20) + random_contests(20, 3, 10**6, 60)


def test_random_contests_get_the_seats_that_votelib_gives(views: Views, thousands: list[Contest]):
    found = views.allocations(thousands)
    assert found == [by_votelib(contest) for contest in thousands]
    tied = sum(certain != possible for certain, possible in found)
    assert tied > 60, "too few ties to have tested them"


@pytest.mark.parametrize("first", ["own", *FIRST_DIVISORS], ids=str)
def test_real_contests_get_the_seats_that_votelib_gives(db: sqlite3.Connection, views: Views, first: Fraction | str):
    real = real_contests(db)
    assert len(real) >= 21
    if first != "own":
        real = [replace(contest, first=first) for contest in real]
    assert views.allocations(real) == [by_votelib(contest) for contest in real]


@pytest.mark.parametrize(("method", "second", "step"), [("saintelague", 3, 2), ("dhondt", 2, 1)])
def test_contests_get_the_seats_that_apportionment_gives(
    db: sqlite3.Connection, views: Views, thousands: list[Contest], method: str, second: int, step: int
):
    asked = [
        replace(contest, first=Fraction(1), second=second, step=step)
        for contest in [*real_contests(db), *thousands[::3]]
    ]
    compared = 0
    for contest, (certain, possible) in zip(asked, views.allocations(asked), strict=True):
        names = [str(place) for place in range(len(contest.votes))]
        try:
            seats = apportionment.methods.compute(
                method, list(contest.votes), contest.seats, fractions=True, parties=names, tiesallowed=False
            )
        except apportionment.methods.TiesException:
            assert certain != possible, contest
        else:
            assert certain == possible == tuple(seats), contest
            compared += 1
    assert compared > 300


@examples
@given(contest=small_contests)
def test_certain_and_possible_seats_are_the_fewest_and_most_over_all_outcomes_of_the_lots(
    views: Views, contest: Contest
):
    assert views.allocations([contest]) == [spans(outcomes(contest))]


def test_official_contests_with_known_seats(db: sqlite3.Connection):
    kirkuk = db.execute(
        "select seats from seat_allocation where contest_id = '2023-kirkuk-general' order by votes desc"
    ).fetchall()
    assert [seats for (seats,) in kirkuk] == [5, 3, 2, 2, 2, 1, 0, 0, 0, 0, 0, 0]
    anbar = db.execute(
        "select seats, official_seats from seat_allocation where contest_id = '2013-anbar-general' order by votes desc"
    ).fetchall()
    assert [tuple(row) for row in anbar] == [(n, n) for n in (8, 5, 4, 3, 3, 2, 2, 1, 1, 1)]


def test_anbar_in_2013_does_not_fit_the_divisor_1_4(db: sqlite3.Connection, views: Views):
    anbar = next(contest for contest in real_contests(db) if contest.id == "2013-anbar-general")
    one, modified = views.allocations([anbar, replace(anbar, first=Fraction(7, 5))])
    assert one == (anbar.official, anbar.official)
    assert modified[0] == modified[1] != anbar.official


@examples
@given(contest=contests)
def test_one_more_seat_takes_none_away(views: Views, contest: Contest):
    fewer, more = views.allocations([contest, replace(contest, seats=contest.seats + 1)])
    for kind in (0, 1):
        assert all(a <= b for a, b in zip(fewer[kind], more[kind], strict=True))


@examples
@given(contest=contests, chance=st.randoms(use_true_random=False))
def test_names_do_not_matter(views: Views, contest: Contest, chance: Random):
    order = list(range(len(contest.votes)))
    chance.shuffle(order)
    named, renamed = views.allocations([contest, replace(contest, votes=tuple(contest.votes[i] for i in order))])
    for kind in (0, 1):
        assert tuple(named[kind][i] for i in order) == renamed[kind]


@examples
@given(contest=contests, times=st.integers(2, 5000))
def test_all_votes_multiplied_give_the_same_seats_and_the_same_ties(views: Views, contest: Contest, times: int):
    once, multiplied = views.allocations([contest, replace(contest, votes=tuple(v * times for v in contest.votes))])
    assert once == multiplied


@examples
@given(contest=contests, more=st.integers(1, 200))
def test_more_votes_for_one_list_take_no_seat_from_it_and_give_none_to_another(
    views: Views, contest: Contest, more: int
):
    before, after = views.allocations([contest, replace(contest, votes=(contest.votes[0] + more, *contest.votes[1:]))])
    for kind in (0, 1):
        assert before[kind][0] <= after[kind][0]
        assert all(a >= b for a, b in zip(before[kind][1:], after[kind][1:], strict=True))


def test_no_more_certain_seats_than_there_are_and_no_fewer_possible(views: Views, thousands: list[Contest]):
    for contest, (certain, possible) in zip(thousands, views.allocations(thousands), strict=True):
        assert sum(certain) <= contest.seats <= sum(possible)
        assert (sum(certain) == contest.seats) == (certain == possible)


def test_a_tie_is_reported_and_not_broken(views: Views):
    views.fill([Contest(3, (100, 100, 30), official=(2, 1, 0), first=Fraction(1))])
    rows = views.rows("select * from seat_allocation order by list_id")
    assert [(row["seats"], row["seats_certain"], row["seats_possible"], row["agrees"]) for row in rows] == [
        (None, 1, 2, 1), (None, 1, 2, 1), (0, 0, 0, 1),
    ]  # fmt: skip
    ladder = views.rows("select * from seat_ladder order by seat, list_id, list_seat")
    assert [(row["seat"], row["list_id"], row["list_seat"], row["awarded"], row["tied"]) for row in ladder][:4] == [
        (1, "0-0", 1, 1, 0), (1, "0-1", 1, 1, 0), (3, "0-0", 2, 0, 1), (3, "0-1", 2, 0, 1),
    ]  # fmt: skip
    assert {row["votes_short"] for row in ladder if row["tied"]} == {1}
    margin = views.rows("select * from seat_margins")[0]
    assert (margin["tied"], margin["last_winner"], margin["first_loser"], margin["votes_short"]) == (1, None, None, 1)
    assert margin["last_quotient"] == margin["first_lost_quotient"] == pytest.approx(100 / 3)


def test_equal_lists_that_both_win_are_no_tie(db: sqlite3.Connection, views: Views):
    """Two lists of Nineveh have 61,662 votes each in 2023, and there are seats for both."""
    rows = db.execute(
        "select seats, official_seats from seat_allocation where contest_id = '2023-nineveh-general' and votes = 61662"
    ).fetchall()
    assert [tuple(row) for row in rows] == [(2, 2), (2, 2)]
    assert views.allocations([Contest(4, (100, 100, 30), first=Fraction(1))]) == [((2, 2, 0), (2, 2, 0))]


def test_no_real_contest_is_tied(db: sqlite3.Connection):
    assert db.execute("select count(*) from seat_allocation where seats is null").fetchone()[0] == 0
    assert db.execute("select count(*) from seat_ladder where tied").fetchone()[0] == 0


def test_the_last_seat_of_a_contest_of_one_seat_can_be_tied(views: Views):
    views.fill([Contest(1, (7, 7, 3), official=(1, 0, 0))])
    margins = views.rows("select * from seat_margins")
    assert [(row["tied"], row["last_winner"], row["votes_short"]) for row in margins] == [(1, None, 1)]


def test_a_list_does_not_tie_with_itself_where_the_first_divisor_is_the_second(views: Views):
    one = Contest(3, (90, 30), official=(2, 1), first=Fraction(3))  # 30, 30, 18; 10
    views.fill([replace(one, seats=1, official=(1, 0)), one])
    assert views.rows("select * from seat_ladder where tied") == []
    assert [row["seats"] for row in views.rows("select * from seat_allocation order by list_id")] == [1, 0, 3, 0]


# Exactness


def parts_of(contest: Contest, votes: int, divisor: int) -> int:
    """The whole number by which the view quotients orders, in the arithmetic of the view."""
    numerator, denominator = contest.first.as_integer_ratio()
    greatest = denominator * (contest.second + contest.seats * contest.step) + numerator
    product = votes * (greatest * greatest + 1)
    assert product <= BIG
    return product // divisor


@settings(max_examples=400, deadline=None)
@given(
    votes=st.tuples(st.integers(1, 2_000_000), st.integers(1, 2_000_000)),
    seats=st.tuples(st.integers(1, 60), st.integers(1, 60)),
    denominator=st.integers(1, 100),
    data=st.data(),
)
def test_parts_order_as_fractions_do(
    votes: tuple[int, int], seats: tuple[int, int], denominator: int, data: st.DataObject
):
    contest = Contest(60, votes, first=Fraction(data.draw(st.integers(1, 3 * denominator)), denominator))
    divisors = [int(contest.divisor(seat) * contest.first.denominator) for seat in seats]
    # The nearest rival there can be: the fewest votes whose quotient is no less.
    nearest = -(-votes[0] * divisors[1] // divisors[0])
    for other in (votes[1], nearest, nearest - 1):
        mine, theirs = Fraction(votes[0], divisors[0]), Fraction(other, divisors[1])
        parts = parts_of(contest, votes[0], divisors[0]), parts_of(contest, other, divisors[1])
        assert (mine < theirs, mine == theirs) == (parts[0] < parts[1], parts[0] == parts[1])


def test_parts_fit_in_64_bits_at_the_limits_of_the_project(db: sqlite3.Connection):
    votes, seats = (
        db.execute("select maximum from measures where id = ?", [measure]).fetchone()[0]
        for measure in ("votes", "seats")
    )
    for first in (Fraction(299, 100), Fraction(1), Fraction(17, 10)):
        parts_of(Contest(seats, (votes,), first=first), votes, 1)


def test_views_are_exact_with_millions_of_votes_and_awkward_divisors(views: Views):
    chance = Random(4)
    asked = []
    for _ in range(60):
        first = Fraction(chance.randint(50, 299), chance.choice([89, 97, 99, 100]))
        votes = [chance.randint(1_900_000, 2_000_000) for _ in range(5)]
        # Rivals one vote apart from a quotient that equals another list's.
        seat = chance.randint(2, 12)
        votes += [votes[0] * (2 * seat - 1) // (2 * seat + 1) + slip for slip in (-1, 0, 1)]
        asked.append(Contest(60, tuple(votes), first=first))
    views.fill(asked)
    placed = defaultdict(list)
    for row in views.rows("select contest_id, votes, divisor, denominator, place, equals from quotients"):
        placed[row["contest_id"]].append(
            (Fraction(row["votes"] * row["denominator"], row["divisor"]), row["place"], row["equals"])
        )
    assert len(placed) == len(asked)
    for rows in placed.values():
        rows.sort(reverse=True)
        fractions = [fraction for fraction, _, _ in rows]
        first_place = {}
        for place, fraction in enumerate(fractions, 1):
            first_place.setdefault(fraction, place)
        counts = defaultdict(int)
        for fraction in fractions:
            counts[fraction] += 1
        assert all((place, equals) == (first_place[f], counts[f]) for f, place, equals in rows)
    assert views.allocations(asked) == [by_votelib(contest) for contest in asked]


# The ladder


def ladders(views: Views) -> dict[int, list[sqlite3.Row]]:
    found = defaultdict(list)
    for row in views.rows("select * from seat_ladder order by cast(contest_id as integer), seat, list_id"):
        found[int(row["contest_id"])].append(row)
    return found


def test_the_ladder_awards_every_seat_in_the_order_of_exact_quotients(views: Views, thousands: list[Contest]):
    some = thousands[::3]
    views.fill(some)
    for number, rows in ladders(views).items():
        contest = some[number]
        quotients = [Fraction(row["quotient_numerator"], row["quotient_denominator"]) for row in rows]
        every = sorted(
            (v / contest.divisor(s) for v in contest.votes for s in range(1, contest.seats + 1)), reverse=True
        )
        assert quotients == sorted(quotients, reverse=True)
        at_the_top = [row for row in rows if row["awarded"] or row["tied"]]
        assert quotients[: contest.seats] == every[: contest.seats]
        assert len(at_the_top) == sum(quotient >= every[contest.seats - 1] for quotient in every)
        for row, quotient in zip(rows, quotients, strict=True):
            votes = contest.votes[int(row["list_id"].partition("-")[2])]
            assert row["votes"] == votes
            assert quotient == votes / contest.divisor(row["list_seat"])
            assert row["quotient"] == pytest.approx(float(quotient))
            assert row["seat"] == 1 + sum(other > quotient for other in every)
            assert row["awarded"] == (sum(other >= quotient for other in every) <= contest.seats)
            assert row["tied"] == (not row["awarded"] and row["seat"] <= contest.seats)
            assert (row["votes_short"] is None) == row["awarded"]


def test_each_list_has_one_next_quotient_that_won_nothing(views: Views, thousands: list[Contest]):
    some = thousands[::3]
    views.fill(some)
    possible = {row["list_id"]: row["seats_possible"] for row in views.rows("select * from seat_allocation")}
    for number, rows in ladders(views).items():
        lost = {row["list_id"]: row["list_seat"] for row in rows if not row["awarded"] and not row["tied"]}
        assert len(lost) == sum(not row["awarded"] and not row["tied"] for row in rows)
        assert lost == {
            f"{number}-{place}": possible[f"{number}-{place}"] + 1
            for place in range(len(some[number].votes))
            if possible[f"{number}-{place}"] < some[number].seats
        }


def test_votes_short_is_the_smallest_number_of_votes_that_wins_the_seat_outright(
    db: sqlite3.Connection, views: Views, thousands: list[Contest]
):
    asked = [*real_contests(db), *thousands[::8]]
    views.fill(asked)
    enough, too_few, wanted = [], [], []
    for number, rows in ladders(views).items():
        for row in rows:
            if row["votes_short"] is None:
                continue
            place = int(row["list_id"].partition("-")[2])
            for slip, into in ((0, enough), (-1, too_few)):
                votes = list(asked[number].votes)
                votes[place] += row["votes_short"] + slip
                into.append(replace(asked[number], votes=tuple(votes), official=()))
            wanted.append((place, row["list_seat"]))
            assert row["votes_short"] >= 1
    assert len(wanted) > 1000
    for (place, seat), (certain, _), (almost, _) in zip(
        wanted, views.allocations(enough), views.allocations(too_few), strict=True
    ):
        assert almost[place] < seat <= certain[place]


def test_margins_repeat_the_ladder(db: sqlite3.Connection):
    for margin in db.execute("select * from seat_margins").fetchall():
        ladder = db.execute("select * from seat_ladder where contest_id = ?", [margin["contest_id"]]).fetchall()
        last = max((row for row in ladder if row["awarded"]), key=lambda row: row["seat"])
        lost = min(
            (row for row in ladder if not row["awarded"] and row["list"] != last["list"]), key=lambda row: row["seat"]
        )
        assert last["seat"] == margin["seats"]
        assert (margin["last_winner"], margin["first_loser"], margin["votes_short"]) == (
            last["list"], lost["list"], lost["votes_short"],
        )  # fmt: skip
        assert margin["tied"] == 0


def test_the_remainder_can_matter_just_where_a_single_list_of_it_would_win_or_tie(
    db: sqlite3.Connection, views: Views, thousands: list[Contest]
):
    remainders = {
        row["contest_id"]: (row["remainder"], row["remainder_can_matter"])
        for row in db.execute("select * from seat_margins where remainder > 0")
    }
    asked = [contest for contest in real_contests(db) if contest.id in remainders]
    told = [remainders[contest.id] for contest in asked]
    assert len(told) > 8
    chance = Random(7)
    made_up = [
        replace(contest, total=sum(contest.votes) + chance.randint(1, max(contest.votes)))
        for contest in thousands[:500]
    ]
    views.fill(made_up)
    asked += made_up
    told += [
        (row["remainder"], row["remainder_can_matter"])
        for row in views.rows("select * from seat_margins order by cast(contest_id as integer)")
    ]
    extended = [
        replace(contest, votes=(*contest.votes, remainder), official=())
        for contest, (remainder, _) in zip(asked, told, strict=True)
    ]
    assert {matters for _, matters in told} == {0, 1}
    for (_, matters), (_, possible) in zip(told, views.allocations(extended), strict=True):
        assert matters == (possible[-1] > 0)


def test_the_last_seat_of_kirkuk_in_2023(db: sqlite3.Connection):
    """The Kurdistan Democratic Party's 52,278 / 3 = 17,426 is the fifteenth quotient.

    New Generation has 25,910 / 1.7 = 15,241; it needs more than 17,426 × 1.7 = 29,624.2 votes, so 3,715 more.
    """
    margin = db.execute("select * from seat_margins where contest_id = '2023-kirkuk-general'").fetchone()
    assert margin["last_winner_list_id"] == "kurdistan-democratic-party-2023"
    assert margin["last_quotient"] == 17426
    ladder = dict(
        db.execute(
            "select list_id, votes_short from seat_ladder where contest_id = '2023-kirkuk-general' and seat > 15"
        )
    )
    assert ladder["new-generation-2023"] == 29625 - 25910
    # Its own third quotient must pass the fourteenth, Our Strength's 157,649 / 9 = 17,516.6 (× 5 = 87,582.8).
    assert ladder["kurdistan-democratic-party-2023"] == 87583 - 52278
