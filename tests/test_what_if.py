"""Do the questions about seats that could have gone elsewhere agree with an independent count, and say no more?"""

import json
import sqlite3
import time
from collections import defaultdict
from dataclasses import replace
from fractions import Fraction

import pytest
import yaml
from conftest import PROJECT
from made_up import by_votelib

from elections.allocation_function import allocate_seats
from elections.allocation_tables import read_contests, read_rules

QUERIES = yaml.safe_load((PROJECT / "metadata.yml").read_text(encoding="utf-8"))["databases"]["elections"]["queries"]
COUNCILS = (PROJECT / "sql/pages/simulator_councils.sql").read_text(encoding="utf-8")
LISTS = json.dumps([{"id": "a", "votes": 60}, {"id": "b", "votes": 40}])
RULE = json.dumps({"method": "highest_averages", "first_divisor": "1.7", "second_divisor": 3, "divisor_step": 2})


def ask(db: sqlite3.Connection, query: str, **words: str) -> list[sqlite3.Row]:
    return db.execute(QUERIES[query]["sql"], words).fetchall()


def what_if(db: sqlite3.Connection, first_divisor: str = "", rule: str = "", election: str = "") -> list[sqlite3.Row]:
    return ask(
        db, "what_if_divisor", first_divisor=first_divisor, rule=rule, election=election, governorate=""
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "first_divisor"),
    [
        *[("", first) for first in ("", "0.5", "1", "1.4", "1.7", "2.9999", "3")],
        ("dhondt", ""), ("dhondt", "1.7"), ("modified-sainte-lague-1-4", ""), ("quota-then-seats", ""),
        ("two-quotas", ""), ("largest-remainder", ""), ("largest-remainder-above-quota", ""),
    ],
)  # fmt: skip
def test_what_if_divisor_allocates_every_council_as_votelib_does(db, rule: str, first_divisor: str) -> None:
    answers: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for row in what_if(db, first_divisor, rule):
        place = f"{row['election_id']}-{row['governorate_id']}-general"
        answers[place].append((row["votes"], row["seats_certain"], row["seats_possible"]))
    rules = read_rules(db)
    counted = {}
    for contest in read_contests(db):
        if not contest.is_general:
            continue
        chosen = rules[rule or contest.rule_id]
        if first_divisor and (
            chosen.method != "highest_averages" or Fraction(first_divisor) > (chosen.second_divisor or 0)
        ):
            continue
        if first_divisor:
            chosen = replace(chosen, first_divisor=Fraction(first_divisor))
        votes = [one.votes for one in contest.contestants]
        has_total = contest.total is not None and contest.total >= sum(votes)
        if chosen.method == "highest_averages" or has_total:
            found = by_votelib(chosen, votes, contest.seats, contest.total)
            if found:
                counted[contest.id] = sorted(zip(votes, *found, strict=True))
    if first_divisor == "3":  # votelib takes a list's own equal quotients for a tie
        assert set(answers) == set(counted)
        return
    assert {place: sorted(found) for place, found in answers.items()} == counted


def test_what_if_divisor_adds_up_what_a_list_gains(db) -> None:
    gains = {
        (row["governorate"], row["list"]): (row["gain"], row["gain_in_all"])
        for row in what_if(db, "1.4", election="2023")
        if row["gain"]
    }
    # By hand: 25,910 / 1.4 = 18,507 is above 52,278 / 3 = 17,426, the quotient of the last seat of Kirkuk.
    assert gains["Kirkuk", "New Generation Movement"] == (1, 1)
    assert gains["Kirkuk", "Kurdistan Democratic Party"] == (-1, -1)


def test_the_rule_of_the_councils_themselves_changes_nothing_and_contradictions_stand_apart(db) -> None:
    rows = what_if(db)
    assert {row["gain"] for row in rows} == {0}
    contradicting = {row["governorate"] for row in rows if row["contradiction"]}
    assert contradicting == {"Muthanna", "Saladin"}
    assert sum(abs(row["contradiction"]) for row in rows) == 6  # three seats, each lost by one and won by another
    # They are the same under any other rule.
    others = what_if(db, rule="dhondt")
    own = {(row["list_id"], row["governorate_id"]): row["contradiction"] for row in rows}
    assert own.items() <= {(row["list_id"], row["governorate_id"]): row["contradiction"] for row in others}.items()


def test_a_list_has_one_row_in_a_governorate(db) -> None:
    rows = what_if(db, "1.4")
    assert len({(row["election_id"], row["list_id"], row["governorate_id"]) for row in rows}) == len(rows) > 100


@pytest.mark.parametrize("typed", ["1.4", "1,4", "١٫٤", "١.٤", "۱٫۴", " 1.4 ", "1.40", "01.4"])
def test_a_first_divisor_may_be_typed_in_the_ways_of_the_country(db, typed: str) -> None:
    assert [tuple(row) for row in what_if(db, typed)] == [tuple(row) for row in what_if(db, "7/5")]


@pytest.mark.parametrize(
    "nonsense",
    ["abc", "1,7,1", "-1", "0", "3.5", "1.2.3", "1e3", "0.00001", "' or 1", "1/0", "99999", "٣٣", "1 .4", "½"],
)
def test_what_if_divisor_answers_nothing_to_what_is_no_first_divisor(db, nonsense: str) -> None:
    assert what_if(db, nonsense) == []


def test_a_rule_of_quotas_has_no_first_divisor(db) -> None:
    assert what_if(db, "1.4", "two-quotas") == []
    assert what_if(db, rule="no-such-rule") == []


def test_each_council_is_computed_or_says_why_not(db) -> None:
    def councils(**words: str) -> dict[str, tuple[int, str | None]]:
        rows = db.execute(COUNCILS, {"rule": "", "first_divisor": "", "election": "2023"} | words)
        return {row["governorate"]: (row["is_computed"], row["why_not"]) for row in rows}

    own = councils()
    assert len(own) == 15
    assert {name for name, (computed, _) in own.items() if computed} == {"Anbar", "Kirkuk", "Nineveh"}
    assert own["Baghdad"] == (0, "votes of winners missing")
    by_quota = councils(rule="two-quotas")
    assert by_quota["Kirkuk"] == (1, None)
    assert by_quota["Anbar"] == (0, "total of votes unknown")
    # What is asked is no rule, and nothing is wrong with the council.
    assert councils(rule="two-quotas", first_divisor="1.4")["Kirkuk"] == (0, None)
    for words in ({}, {"rule": "two-quotas"}, {"rule": "dhondt"}):
        computed = {row["governorate"] for row in what_if(db, election="2023", **words)}
        assert computed == {name for name, (is_computed, _) in councils(**words).items() if is_computed}


def test_why_this_seat_shows_the_last_seat_of_kirkuk_and_who_came_next(db) -> None:
    rows = ask(db, "why_this_seat", election="2023", governorate="Kirkuk", seat="")
    assert (rows[0]["seat"], rows[0]["list"], rows[0]["quotient"]) == (15, "Kurdistan Democratic Party", 52278 / 3)
    assert rows[0]["votes_short"] is None
    # (47,919 + x) / 3 above 17,426 needs x = 4,360; (25,910 + x) / 1.7 above it needs x = 3,715.
    assert [(row["list"], row["votes_short"]) for row in rows[1:3]] == [
        ("Al-Uruba Alliance", 4360),
        ("New Generation Movement", 3715),
    ]


def test_closest_seats_starts_with_the_closest(db) -> None:
    rows = ask(db, "closest_seats", election="", governorate="")
    known = [row["votes_short"] for row in rows if row["votes_short"] is not None]
    assert [row["votes_short"] for row in rows][: len(known)] == sorted(known)
    # 118,310 / 17 = 6,959.4 took the last seat of Najaf in 2013; 76,519 / 11 = 6,956.3 missed it by 35 votes.
    assert (rows[0]["governorate"], rows[0]["first_loser"], rows[0]["votes_short"]) == (
        "Najaf",
        "State of Law Coalition",
        35,
    )


# The function of SQL


def test_allocate_seats_tells_seats_and_steps(db) -> None:
    answer = json.loads(db.execute("select allocate_seats(?, 3, ?, null)", [RULE, LISTS]).fetchone()[0])
    assert (answer["undecided"], answer["quotas"]) == (None, [])
    assert answer["seats"] == [{"id": "a", "certain": 2, "possible": 2}, {"id": "b", "certain": 1, "possible": 1}]
    # 60 / 1.7, 40 / 1.7, 60 / 3, 40 / 3
    assert [(step["id"], step["value"], step["outcome"]) for step in answer["steps"]] == [
        ("a", "600/17", "won"), ("b", "400/17", "won"), ("a", "20", "won"), ("b", "40/3", "missed"),
        ("a", "12", "missed"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "arguments",
    [
        (None, 3, LISTS, None), ("{}", 3, LISTS, None), ("[]", 3, LISTS, None), (RULE, None, LISTS, None),
        (RULE, 0, LISTS, None), (RULE, 10**6, LISTS, None), (RULE, "3", LISTS, None), (RULE, 3, "nonsense", None),
        (RULE, 3, '{"id": 1}', None), (RULE, 3, '[{"id": 1, "votes": -1}]', None), (RULE, 3, "[1]", None),
        (RULE, 3, '[{"id": 1, "votes": 1e99}]', None), (RULE, 3, LISTS, -1), (RULE, 3, LISTS, "many"),
        (RULE, 3, LISTS, 10**30), (RULE.replace("1.7", "9" * 50), 3, LISTS, None), ("[" * 10**5, 3, LISTS, None),
        (RULE.replace("3", "true"), 3, LISTS, None), (b"\xff", 3, LISTS, None),
        (RULE, 3, json.dumps([{"id": n, "votes": 1} for n in range(201)]), None),
    ],
    ids=lambda value: str(value)[:60],
)  # fmt: skip
def test_allocate_seats_answers_null_to_what_is_no_contest(arguments: tuple) -> None:
    assert allocate_seats(*arguments) is None


@pytest.mark.parametrize("method", ["highest_averages", "quota_then_seats", "two_quotas", "plurality"])
def test_the_largest_contest_that_allocate_seats_takes_is_answered_at_once(method: str) -> None:
    rule = RULE if method == "highest_averages" else json.dumps({"method": method})
    standing = json.dumps([{"id": n, "votes": 10**9 - n} for n in range(200)])
    started = time.perf_counter()
    assert allocate_seats(rule, 1000, standing, 200 * 10**9) is not None
    assert time.perf_counter() - started < 1
