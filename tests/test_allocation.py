"""Do the tables and views of the allocation say what the one implementation finds, and only where it may be asked?"""

import sqlite3
from collections import defaultdict
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest
from allocation import Contest, Views
from made_up import (
    ALL_REMAINDERS,
    DHONDT,
    FIRST_DIVISORS,
    PLURALITY,
    QUOTA_THEN_SEATS,
    QUOTAS,
    RULES,
    SAINTE_LAGUE,
    TWO_QUOTAS,
    by_apportionment,
    by_votelib,
    lists,
    thousands,
)

from elections.allocation import Contestant, Rule, allocate
from elections.allocation_tables import read_contests, read_rules

WASIT = Contest(28, (47835, 30712, 18261, 14596, 12235), (13, 6, 3, 3, 3), QUOTA_THEN_SEATS, 310194)


@pytest.fixture(scope="module")
def views(project: Path) -> Views:
    return Views(project / "sql")


@pytest.fixture
def real(db: sqlite3.Connection) -> list:
    found = read_contests(db)
    assert len(found) >= 21
    return found


def allocations(views: Views, query: str = "") -> dict[int, dict[str, tuple[int, int]]]:
    """For each contest the certain and the possible seats of its lists, as the view seat_allocation has them."""
    found: dict[int, dict[str, tuple[int, int]]] = defaultdict(dict)
    for row in views.rows("select contest_id, list_id, seats_certain, seats_possible from seat_allocation"):
        found[int(row["contest_id"])][row["list_id"]] = (row["seats_certain"], row["seats_possible"])
    return found


# Real contests


def test_real_contests_get_the_seats_that_votelib_gives(db: sqlite3.Connection, real):
    rules = read_rules(db)
    for contest in real:
        found = {
            row["list_id"] or row["candidate_id"]: (row["seats_certain"], row["seats_possible"])
            for row in db.execute("select * from seat_allocation where contest_id = ?", [contest.id])
        }
        names = [
            row["list_id"] or row["candidate_id"]
            for row in db.execute("select * from results where contest_id = ? and votes > 0 order by id", [contest.id])
        ]
        if rules[contest.rule_id].method == "unknown":
            assert found == {}
            continue
        votes = [one.votes for one in contest.contestants]
        expected = by_votelib(rules[contest.rule_id], votes, contest.seats)
        assert found == dict(zip(names, zip(*expected, strict=True), strict=True)), contest.id


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_real_contests_get_under_each_rule_the_seats_that_votelib_gives(real, rule: Rule):
    for contest in real:
        votes = [one.votes for one in contest.contestants]
        total = sum(votes) if contest.total is None else max(contest.total, sum(votes))
        found = allocate(rule, contest.seats, lists(votes), total)
        expected = by_votelib(rule, votes, contest.seats, total)
        assert (None if found.undecided else (found.certain, found.possible)) == expected, contest.id


@pytest.mark.parametrize(("method", "rule"), [("saintelague", SAINTE_LAGUE), ("dhondt", DHONDT)])
def test_real_contests_get_the_seats_that_apportionment_gives(real, method: str, rule: Rule):
    for contest in real:
        votes = [one.votes for one in contest.contestants]
        assert allocate(rule, contest.seats, lists(votes)).certain == by_apportionment(method, votes, contest.seats)


def test_official_contests_with_known_seats(db: sqlite3.Connection):
    kirkuk = db.execute(
        "select seats from seat_allocation where contest_id = '2023-kirkuk-general' order by votes desc"
    ).fetchall()
    assert [seats for (seats,) in kirkuk] == [5, 3, 2, 2, 2, 1, 0, 0, 0, 0, 0, 0]
    anbar = db.execute(
        "select seats, official_seats from seat_allocation where contest_id = '2013-anbar-general' order by votes desc"
    ).fetchall()
    assert [tuple(row) for row in anbar] == [(n, n) for n in (8, 5, 4, 3, 3, 2, 2, 1, 1, 1)]


def test_anbar_in_2013_does_not_fit_the_divisor_1_4(db: sqlite3.Connection):
    tried = dict(db.execute("select rule_id, reproduces from rule_trials where contest_id = '2013-anbar-general'"))
    assert (tried["sainte-lague"], tried["modified-sainte-lague-1-4"]) == (1, 0)


def test_no_real_contest_is_tied(db: sqlite3.Connection):
    assert db.execute("select count(*) from seat_allocation where seats is null").fetchone()[0] == 0
    assert db.execute("select count(*) from seat_ladder where tied").fetchone()[0] == 0


def test_equal_lists_that_both_win_are_no_tie(db: sqlite3.Connection):
    """Two lists of Nineveh have 61,662 votes each in 2023, and there are seats for both."""
    rows = db.execute(
        "select seats, official_seats from seat_allocation where contest_id = '2023-nineveh-general' and votes = 61662"
    ).fetchall()
    assert [tuple(row) for row in rows] == [(2, 2), (2, 2)]


# Tables and views


def test_the_views_have_the_seats_and_steps_that_the_function_gives(views: Views):
    chance = Random(8)
    some = [
        Contest(seats, votes, rule=chance.choice(RULES), total=sum(votes) + chance.choice([0, 0, 5]))
        for votes, seats in thousands()[::12]
    ]
    views.fill(some)
    seats = allocations(views)
    ladders = defaultdict(list)
    for row in views.rows("select * from seat_ladder order by cast(contest_id as integer), seat, list_id, list_seat"):
        ladders[int(row["contest_id"])].append(row)
    decided = 0
    for number, contest in enumerate(some):
        found = allocate(contest.rule, contest.seats, lists(contest.votes), contest.total)
        if found.undecided:
            assert number not in seats
            assert number not in ladders
            continue
        decided += 1
        assert seats[number] == {
            f"{number}-{place}": pair for place, pair in enumerate(zip(found.certain, found.possible, strict=True))
        }
        steps = {
            (row["list_id"], row["list_seat"]): (
                row["seat"], row["kind"], Fraction(row["quotient_numerator"], row["quotient_denominator"]),
                "won" if row["awarded"] else "tied" if row["tied"] else "missed",
            )
            for row in ladders[number]
        }  # fmt: skip
        assert steps == {
            (f"{number}-{step.contestant}", step.list_seat): (step.place, step.kind, step.value, step.outcome)
            for step in found.steps
        }
    assert decided > 120


def test_a_tie_is_reported_and_not_broken(views: Views):
    views.fill([Contest(3, (100, 100, 30), official=(2, 1, 0))])
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


def test_the_last_seat_of_a_contest_of_one_seat_can_be_tied(views: Views):
    for rule in (SAINTE_LAGUE, PLURALITY):
        views.fill([Contest(1, (7, 7, 3), official=(1, 0, 0), rule=rule)])
        margins = views.rows("select * from seat_margins")
        assert [(row["tied"], row["last_winner"], row["votes_short"]) for row in margins] == [(1, None, 1)]


def test_a_list_does_not_tie_with_itself_where_the_first_divisor_is_the_second(views: Views):
    rule = replace(SAINTE_LAGUE, first_divisor=Fraction(3))
    one = Contest(3, (90, 30), official=(2, 1), rule=rule)  # 30, 30, 18; 10
    views.fill([replace(one, seats=1, official=(1, 0)), one])
    assert views.rows("select * from seat_ladder where tied") == []
    assert [row["seats"] for row in views.rows("select * from seat_allocation order by list_id")] == [1, 0, 3, 0]


def test_the_ladder_of_a_council_under_quotas(views: Views):
    """Wasit in 2009, as its rounded shares and its total have it."""
    views.fill([WASIT])
    rows = views.rows("select * from seat_ladder order by seat")
    assert [row["kind"] for row in rows] == ["quota"] * 9 + ["share"] * 18 + ["remainder"] * 5
    assert {row["divisor"] for row in rows} == {None}
    assert {row["votes_short"] for row in rows} == {None}
    margin = views.rows("select * from seat_margins")[0]
    assert (margin["last_winner"], margin["first_loser"], margin["remainder"]) == ("0-0", "0-1", 186555)
    assert margin["remainder_can_matter"] == 1
    assert [row["agrees"] for row in views.rows("select * from seat_allocation")] == [1] * 5
    assert views.rows("select * from implied_divisor") == []


def test_a_person_holds_one_seat(views: Views):
    """Karbala in 2009: one who stood alone has more votes than any list, and one seat."""
    votes = (37864, 26967, 25469, 19364, 19215, 7826, 6175)
    contest = Contest(27, votes, (1, 9, 9, 4, 4, 0, 0), QUOTA_THEN_SEATS, 291_500, persons=frozenset([0]))
    views.fill([contest])
    assert {row["agrees"] for row in views.rows("select * from seat_allocation")} == {1}


# What cannot be computed


@pytest.mark.parametrize(
    ("contest", "status"),
    [
        (replace(WASIT, rule=Rule("unknown")), "rule unknown"),
        (replace(WASIT, rule=Rule("highest_averages", None, 3, 2)), "rule unknown"),
        (replace(WASIT, rule=Rule("largest_remainder")), "rule unknown"),
        (replace(WASIT, total=None), "total of votes unknown"),
        (replace(WASIT, votes=(47835, None, 18261, 14596, 12235)), "votes of winners missing"),
        (replace(WASIT, official=(13, 6, 3, 3, 2)), "winners of some seats missing"),
        (replace(WASIT, official=(None,) * 5), "no seats known"),
        (replace(WASIT, votes=(None,) * 5), "no votes known"),
        (replace(WASIT, votes=(47835,), official=(28,)), "only the winner named"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_nothing_is_said_of_a_contest_whose_rule_or_votes_are_not_known(views: Views, contest: Contest, status: str):
    views.fill([contest])
    assert [row["status"] for row in views.rows("select * from allocation_readiness")] == [status]
    for view in ("seat_allocation", "seat_ladder", "seat_margins", "implied_divisor"):
        assert views.rows(f"select * from {view}") == [], view
    about_the_rule = status in ("rule unknown", "total of votes unknown")
    assert bool(views.rows("select * from allocation_inputs")) == about_the_rule, "other rules can be tried"


def test_a_rule_that_gives_no_seats_says_why_and_has_no_ladder(views: Views):
    views.fill([Contest(2, (30, 20), (1, 1), QUOTA_THEN_SEATS, 100)])
    assert [row["undecided"] for row in views.rows("select * from allocations")] == ["no list reaches the quota"]
    assert views.rows("select * from seat_allocation") == []


# What the rules of the record explain


def test_each_rule_is_tried_on_each_council_and_counted(db: sqlite3.Connection):
    rows = {(row["election_id"], row["rule_id"]): row for row in db.execute("select * from rule_evidence")}
    own = rows["2013", "sainte-lague"]
    assert (own["contests_compared"], own["contests_reproduced"], own["contests_of_election"]) == (14, 12, 14)
    assert own["contests_against"] == '["2013-muthanna-general","2013-saladin-general"]'
    assert own["contests_referring"] == 14
    own = rows["2023", "modified-sainte-lague-1-7"]
    assert (own["contests_compared"], own["contests_reproduced"], own["contests_of_election"]) == (3, 3, 15)
    # 1.4 would give New Generation a seat in Kirkuk; and a rule of quotas needs a total, which Kirkuk alone has.
    assert rows["2023", "modified-sainte-lague-1-4"]["contests_against"] == '["2023-kirkuk-general"]'
    assert rows["2023", "quota-then-seats"]["contests_compared"] == 1
    assert rows["2023", "quota-then-seats"]["contests_undecided"] == '["2023-anbar-general","2023-nineveh-general"]'


def test_the_evidence_tells_the_rule_of_2009_from_others(views: Views):
    dhi_qar = Contest(
        31, (107410, 61929, 51463, 34255, 27138, 12924, 8272), (13, 7, 5, 4, 2, 0, 0), QUOTA_THEN_SEATS, 453806, 150415
    )
    najaf = Contest(
        28, (54907, 50146, 40186, 30219, 23377, 12766, 6640, 5341), (7, 7, 6, 4, 2, 2, 0, 0), SAINTE_LAGUE, 338540
    )
    views.fill([dhi_qar, najaf, replace(WASIT, rule=TWO_QUOTAS), replace(WASIT, rule=ALL_REMAINDERS)])
    reproduced = {
        rule: sum(
            row["contests_reproduced"] for row in views.rows(f"select * from rule_evidence where rule_id = '{rule}'")
        )
        for rule in "0123"
    }
    assert reproduced == {"0": 4, "1": 0, "2": 0, "3": 0}


# The ladder


def test_the_ladder_awards_every_seat_in_the_order_of_exact_quotients(views: Views):
    some = [
        Contest(seats, votes, rule=replace(SAINTE_LAGUE, first_divisor=FIRST_DIVISORS[number % len(FIRST_DIVISORS)]))
        for number, (votes, seats) in enumerate(thousands()[::20])
    ]
    views.fill(some)
    ladders = defaultdict(list)
    for row in views.rows("select * from seat_ladder order by cast(contest_id as integer), seat, list_id"):
        ladders[int(row["contest_id"])].append(row)
    assert len(ladders) == len(some)
    for number, rows in ladders.items():
        contest = some[number]
        quotients = [Fraction(row["quotient_numerator"], row["quotient_denominator"]) for row in rows]
        every = sorted(
            (v / contest.rule.divisor(s) for v in contest.votes for s in range(1, contest.seats + 1)), reverse=True
        )
        assert quotients == sorted(quotients, reverse=True)
        at_the_top = [row for row in rows if row["awarded"] or row["tied"]]
        assert quotients[: contest.seats] == every[: contest.seats]
        assert len(at_the_top) == sum(quotient >= every[contest.seats - 1] for quotient in every)
        for row, quotient in zip(rows, quotients, strict=True):
            votes = contest.votes[int(row["list_id"].partition("-")[2])]
            assert row["votes"] == votes
            assert quotient == votes / contest.rule.divisor(row["list_seat"])
            assert row["divisor"] == pytest.approx(float(contest.rule.divisor(row["list_seat"])))


def test_the_last_seat_and_who_missed_it_are_those_of_the_ladder(db: sqlite3.Connection):
    margins = db.execute(
        "select seat_margins.* from seat_margins inner join allocations using (contest_id)"
        " inner join allocation_rules on allocations.rule_id = allocation_rules.id"
        " where method in ('highest_averages', 'plurality')"
    ).fetchall()
    assert len(margins) >= 21
    for margin in margins:
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


def test_the_remainder_can_matter_just_where_a_single_list_of_it_would_win_or_tie(db: sqlite3.Connection, views: Views):
    chance = Random(7)
    made_up = [
        Contest(seats, votes, rule=chance.choice([SAINTE_LAGUE, DHONDT, *QUOTAS]), total=sum(votes) + remainder)
        for votes, seats in thousands()[:150]
        for remainder in [chance.randint(1, max(votes))]
    ]
    views.fill(made_up)
    rows = views.rows("select * from allocations where undecided is null")
    assert {row["remainder_can_matter"] for row in rows} == {0, 1}
    for row in rows:
        contest = made_up[int(row["contest_id"])]
        extended = [*lists(contest.votes), Contestant(contest.total - sum(contest.votes))]
        possible = allocate(contest.rule, contest.seats, extended, contest.total).possible[-1]
        assert row["remainder_can_matter"] == (possible > 0)
    told = dict(db.execute("select contest_id, remainder_can_matter from seat_margins"))
    # A list with all 112,580 votes of others in Baghdad would have won seats; Kirkuk leaves 645 votes.
    assert (told["2013-baghdad-general"], told["2023-kirkuk-general"]) == (1, 0)
    assert told["2013-nineveh-general"] is None


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
