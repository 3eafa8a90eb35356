"""Does a contest of several component seats show all its winners, in the view and on the pages?

The Christian contest of Kirkuk in 2023 is made to fill three seats: Babylon has two, Ameel Putros one.
"""

import contextlib
import html
import re
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import PROJECT, Client, site_of

CONTEST = "2023-kirkuk-christian"
SEATS = {"babylon-2023": 2, "ameel-putros-2023": 1}


def fill(db: sqlite3.Connection, seats: dict[str, int]) -> None:
    """Let the contest fill three seats, and these have won them."""
    db.execute("update contests set seats = 3 where id = ?", [CONTEST])
    db.execute("update results set seats = 0, seats_basis = 'printed', seats_claim_id = coalesce(seats_claim_id, 'x')"
               " where contest_id = ?", [CONTEST])  # fmt: skip
    for name, number in seats.items():
        db.execute(
            "update results set seats = ? where contest_id = ? and (list_id = ? or candidate_id = ?)",
            [number, CONTEST, name, name],
        )


def winners(db: sqlite3.Connection) -> list[sqlite3.Row]:
    return db.execute(
        "select * from component_seats where contest_id = ? order by winner_seats desc, winner_votes desc", [CONTEST]
    ).fetchall()


def test_each_winner_has_a_row_with_its_seats(scratch: sqlite3.Connection) -> None:
    (alone,) = winners(scratch)
    assert (alone["seats"], alone["winner_seats"], alone["seats_unfilled"]) == (1, 1, 0)
    fill(scratch, SEATS)
    rows = winners(scratch)
    found = {row["winner_candidate_id"] or row["winner_list_id"]: row["winner_seats"] for row in rows}
    assert sorted(found.values()) == [1, 2]
    assert {(row["seats"], row["seats_unfilled"], row["candidates"]) for row in rows} == {(3, 0, alone["candidates"])}
    assert {row["accounts"] for row in rows} == {alone["accounts"]}
    assert {row["most_votes"] for row in rows} == {alone["most_votes"]}
    assert sum(row["winner_seats"] for row in rows) == 3


def test_three_winners_of_three_seats_are_all_named(scratch: sqlite3.Connection) -> None:
    fill(scratch, {"babylon-2023": 1, "ameel-putros-2023": 1, "athra-2023": 1})
    assert [row["winner_votes"] for row in winners(scratch)] == [1703, 1566, 816]
    assert {row["unseated"] for row in winners(scratch)} == {None}


def test_somebody_with_more_votes_than_a_winner_is_named(scratch: sqlite3.Connection) -> None:
    """Ameel Putros has the second most votes, and no seat; the third has one."""
    fill(scratch, {"babylon-2023": 1, "hammurabi-2023": 1, "athra-2023": 1})
    assert {row["unseated_votes"] for row in winners(scratch)} == {1566}
    assert all("Putros" in row["unseated"] for row in winners(scratch))


def test_seats_whose_winners_are_not_known_are_counted(scratch: sqlite3.Connection) -> None:
    fill(scratch, {"babylon-2023": 1})
    (row,) = winners(scratch)
    assert (row["winner_seats"], row["seats"], row["seats_unfilled"]) == (1, 3, 2)
    fill(scratch, {})
    (row,) = winners(scratch)
    assert (row["winner"], row["winner_seats"], row["seats_unfilled"]) == (None, None, 3)


def test_every_contest_for_components_is_there_and_its_winners_fill_it(db: sqlite3.Connection) -> None:
    contests = {row[0] for row in db.execute("select id from contests where seat_type <> 'general'")}
    rows = db.execute("select * from component_seats").fetchall()
    assert {row["contest_id"] for row in rows} == contests
    for contest in contests:
        of_it = [row for row in rows if row["contest_id"] == contest]
        if of_it[0]["seats"] is not None:
            assert sum(row["winner_seats"] or 0 for row in of_it) + of_it[0]["seats_unfilled"] == of_it[0]["seats"]


@pytest.fixture(scope="module")
def several(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """The site of a database in which the contest fills three seats."""
    path = tmp_path_factory.mktemp("several") / "elections.db"
    shutil.copyfile(database, path)
    with contextlib.closing(sqlite3.connect(path)) as db:
        fill(db, SEATS)
        view = (PROJECT / "sql" / "views" / "component_seats.sql").read_text(encoding="utf-8")
        db.executescript(f"create temp view computed as {view.partition('create view component_seats as')[2]}")
        db.execute("delete from kept_component_seats")
        db.execute("insert into kept_component_seats select * from computed")
        db.commit()
    with site_of(path) as client:
        yield client


def text(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.mark.parametrize("language", ["", "/ar"])
def test_the_pages_show_every_winner_and_the_seats(several: Client, language: str) -> None:
    page = several.page(f"{language}/governorate/kirkuk?election=2023").text
    part = page.partition('id="component-title"')[2].partition("</section>")[0]
    assert part.count("<h3>") == 1 and part.count("<details>") == 1
    assert text(part).count("الفائز:" if language else "Winner:") == 2
    for said in ("2 of these seats", "1 of these seats") if not language else ("عدد المقاعد: 3",):
        assert said in text(part)
    page = several.page(f"{language}/election/2023").text
    rows = re.findall(r"(?s)<tr>.*?</tr>", page.partition('id="component-title"')[2].partition("</table>")[0])
    kirkuk = [text(row) for row in rows if "/governorate/kirkuk?" in row]
    assert len(kirkuk) == 2
    assert ("2 من 3" if language else "2 of 3") in kirkuk[0] and ("1 من 3" if language else "1 of 3") in kirkuk[1]
