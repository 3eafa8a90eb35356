"""Do the questions about seats that could have gone elsewhere agree with an independent count?"""

import sqlite3
from collections import defaultdict
from fractions import Fraction

import pytest
import yaml
from allocation import by_votelib, real_contests
from conftest import PROJECT

QUERIES = yaml.safe_load((PROJECT / "metadata.yml").read_text(encoding="utf-8"))["databases"]["elections"]["queries"]


def ask(db: sqlite3.Connection, query: str, **words: str) -> list[sqlite3.Row]:
    return db.execute(QUERIES[query]["sql"], words).fetchall()


@pytest.mark.parametrize("first_divisor", ["", "0.5", "1", "1.4", "1.7", "2.9999", "3"])
@pytest.mark.parametrize("next_divisors", ["", "dhondt"])
def test_what_if_divisor_shares_out_every_council_as_votelib_does(db, first_divisor: str, next_divisors: str) -> None:
    if next_divisors and first_divisor in ("2.9999", "3"):
        pytest.skip("above d'Hondt's second divisor")
    answers: dict[tuple[str, str], list[tuple[int, int, int]]] = defaultdict(list)
    rows = ask(
        db,
        "what_if_divisor",
        first_divisor=first_divisor,
        next_divisors=next_divisors,
        election="",
        governorate="",
    )
    for row in rows:
        answers[row["election_id"], row["governorate_id"]].append(
            (row["votes"], row["seats_certain"], row["seats_possible"])
        )
    counted: dict[tuple[str, str], list[tuple[int, int, int]]] = defaultdict(list)
    for contest in real_contests(db):
        place = db.execute("select election_id, governorate_id from contests where id = ?", [contest.id]).fetchone()
        if next_divisors:
            contest = type(contest)(**{**vars(contest), "second": 2, "step": 1})
        certain, possible = by_votelib(contest, Fraction(first_divisor) if first_divisor else None)
        counted[tuple(place)] += zip(contest.votes, certain, possible, strict=True)
    assert {place: sorted(found) for place, found in answers.items()} == {
        place: sorted(found) for place, found in counted.items()
    }


def test_what_if_divisor_adds_up_what_a_list_gains(db) -> None:
    words = {"first_divisor": "1.4", "next_divisors": "", "election": "2023", "governorate": ""}
    gains = {
        (row["governorate"], row["list"]): (row["gain"], row["gain_in_all"])
        for row in ask(db, "what_if_divisor", **words)
        if row["gain"]
    }
    # By hand: 25,910 / 1.4 = 18,507 is above 52,278 / 3 = 17,426, the quotient of the last seat of Kirkuk.
    assert gains["Kirkuk", "New Generation Movement"] == (1, 1)
    assert gains["Kirkuk", "Kurdistan Democratic Party"] == (-1, -1)


@pytest.mark.parametrize("nonsense", ["abc", "1,7", "-1", "0", "3.5", "1.2.3", "1e3", "0.00001", "' or 1", "٣"])
def test_what_if_divisor_answers_nothing_to_what_is_no_first_divisor(db, nonsense: str) -> None:
    words = {"first_divisor": nonsense, "next_divisors": "", "election": "", "governorate": ""}
    assert ask(db, "what_if_divisor", **words) == []


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
    assert [row["votes_short"] for row in rows] == sorted(row["votes_short"] for row in rows)
    # 118,310 / 17 = 6,959.4 took the last seat of Najaf in 2013; 76,519 / 11 = 6,956.3 missed it by 35 votes.
    assert (rows[0]["governorate"], rows[0]["first_loser"], rows[0]["votes_short"]) == (
        "Najaf",
        "State of Law Coalition",
        35,
    )
