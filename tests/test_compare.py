"""Does the page that compares two elections answer what is asked, and say what it cannot?"""

import contextlib
import html
import re
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import PROJECT, Client, site_of


def text(page: str) -> str:
    """The words of a page, without its markup."""
    body = re.sub(r"(?s)<(script|style|head)\b.*?</\1>", " ", page)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


@pytest.fixture
def default(db: sqlite3.Connection) -> sqlite3.Row:
    """The two elections that are compared where nobody chooses."""
    row: sqlite3.Row = db.execute("select * from election_pairs where is_latest").fetchone()
    return row


def chosen(page: str) -> list[str]:
    """The two elections that the menus show."""
    return re.findall(r'<option value="([^"]+)" selected>', page)


@pytest.mark.parametrize("language", ["", "/ar"])
def test_the_latest_two_elections_are_compared_if_nobody_chooses(
    client: Client, default: sqlite3.Row, language: str
) -> None:
    page = client.page(f"{language}/compare").text
    assert chosen(page) == [default["earlier_election_id"], default["later_election_id"]]
    suffix = "_ar" if language else ""
    for when in ("earlier", "later"):
        assert default[f"{when}_election{suffix}"] in text(page.partition("<h1>")[2].partition("</h1>")[0])


def test_the_menus_offer_every_election(client: Client, db: sqlite3.Connection) -> None:
    held = {row[0] for row in db.execute("select distinct election_id from contests")}
    for menu in re.findall(r"(?s)<select.*?</select>", client.page("/compare").text):
        assert set(re.findall(r'value="([^"]+)"', menu)) == held


def test_two_elections_asked_for_the_wrong_way_round_are_compared_all_the_same(
    client: Client, default: sqlite3.Row
) -> None:
    earlier, later = default["earlier_election_id"], default["later_election_id"]
    for asked in (f"earlier={earlier}&later={later}", f"earlier={later}&later={earlier}", f"earlier={later}"):
        page = client.page(f"/compare?{asked}").text
        assert chosen(page) == [earlier, later]
        assert 'role="alert"' not in page


@pytest.mark.parametrize("language", ["", "/ar"])
@pytest.mark.parametrize("asked", ["earlier=1999", "later=x'--", "earlier=1999&later=1999", "earlier=<b>&later="])
def test_an_election_that_is_not_there_gives_a_sentence(client: Client, language: str, asked: str) -> None:
    answer = client.page(f"{language}/compare?{asked}")
    wrong = re.findall(r"=([^&]+)", asked)[0]
    assert answer.status_code == 200
    (said,) = re.findall(r'(?s)<p class="problem" role="alert">(.*?)</p>', answer.text)
    assert wrong in text(html.unescape(said).replace("<b>", "&lt;b&gt;")) and len(chosen(answer.text)) == 2


def test_an_election_is_not_compared_with_itself(client: Client, db: sqlite3.Connection) -> None:
    for (election,) in db.execute("select id from elections").fetchall():
        page = client.page(f"/compare?earlier={election}&later={election}").text
        assert "cannot be compared with itself" in text(page)
        assert len(set(chosen(page))) == 2


@pytest.mark.parametrize("language", ["", "/ar"])
def test_what_cannot_be_compared_is_named(client: Client, db: sqlite3.Connection, language: str) -> None:
    """Of every pair: the governorates that elected a council in one of the elections only."""
    for pair in db.execute("select * from election_pairs").fetchall():
        ids = [pair["earlier_election_id"], pair["later_election_id"]]
        voted = [
            {row[0] for row in db.execute("select governorate_id from contests where election_id = ?", [one])}
            for one in ids
        ]
        page = client.page(f"{language}/compare?earlier={ids[0]}&later={ids[1]}").text
        beginning = page.partition('id="councils-title"')[0].partition('id="elections-title"')[2]
        named = set(re.findall(r'/governorate/([^"?]+)"', beginning))
        assert named == voted[0] ^ voted[1]


def test_each_council_has_its_size_in_both_elections_and_the_change(client: Client, db: sqlite3.Connection) -> None:
    for pair in db.execute("select * from election_pairs").fetchall():
        ids = {"earlier": pair["earlier_election_id"], "later": pair["later_election_id"]}
        sizes = {
            when: dict(
                db.execute("select governorate_id, seats from council_sizes where election_id = ?", [one]).fetchall()
            )
            for when, one in ids.items()
        }
        rows = client.rows("/elections/councils_compared.json", params=ids)
        assert {row["governorate_id"] for row in rows} == sizes["earlier"].keys() | sizes["later"].keys()
        for row in rows:
            before, after = (sizes[when].get(row["governorate_id"]) for when in ids)
            assert (row["earlier_seats"], row["later_seats"]) == (before, after)
            assert row["seats_change"] == (after - before if before and after else None)


def test_a_party_is_added_up_only_where_both_elections_are_known_and_says_of_how_many(
    client: Client, db: sqlite3.Connection, default: sqlite3.Row
) -> None:
    ids = {"earlier": default["earlier_election_id"], "later": default["later_election_id"]}
    rows = client.rows("/elections/parties_compared.json", params=ids)
    assert {row["mapping"] for row in rows} == {"strict", "lenient"}
    for row in rows:
        known = [
            one
            for one in client.rows("/elections/party_swing.json", params=ids | {"party": row["party_id"]})
            if one["mapping"] == row["mapping"] and "no vote" not in (one["earlier_status"], one["later_status"])
        ]
        both = [one for one in known if None not in (one["earlier_seats"], one["later_seats"])]
        assert (row["governorates_compared"], row["governorates_stood"]) == (len(both), len(known))
        for when in ids:
            assert (row[f"{when}_seats"] or 0) == sum(one[f"{when}_seats"] for one in both)
    shown = client.page("/compare").text
    compared = [row for row in rows if row["governorates_compared"]]
    for row in compared:
        assert f"{row['governorates_compared']} of {row['governorates_stood']}" in text(shown)


def test_the_page_of_a_party_compares_elections_that_follow_each_other(client: Client, db: sqlite3.Connection) -> None:
    for party in db.execute("select distinct party_id from swing").fetchall():
        rows = client.rows("/elections/party_swing.json", params={"party": party[0], "earlier": "", "later": ""})
        page = client.page(f"/party/{party[0]}").text
        swing = page.partition('id="swing-title"')[2]
        for row in rows:
            if row["is_consecutive"]:
                assert f'/governorate/{row["governorate_id"]}"' in swing


def test_a_dashboard_offers_the_elections_of_the_data(client: Client, default: sqlite3.Row) -> None:
    for language in ("", "-ar"):
        first = client.get(f"/-/dashboards/compare{language}")
        assert first.headers["location"].endswith(
            f"?earlier={default['earlier_election_id']}&later={default['later_election_id']}"
        )
        page = client.get(first.headers["location"])
        assert page.status_code == 200
        assert page.text.count(f'<option value="{default["later_election_id"]}"') == 2


# A party that became another


@pytest.fixture(scope="module")
def linked(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """The site of a database in which, made up, Muttahidoon became Taqadum."""
    path = tmp_path_factory.mktemp("linked") / "elections.db"
    shutil.copyfile(database, path)
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("insert into party_links values ('muttahidoon', 'taqadum', 'renamed', 'likely', 'made up')")
        view = (PROJECT / "sql" / "views" / "swing.sql").read_text(encoding="utf-8")
        db.executescript(f"create temp view computed as {view.partition('create view swing as')[2]}")
        db.execute("delete from kept_swing")
        db.execute("insert into kept_swing select * from computed")
        db.commit()
    with site_of(path) as client:
        yield client


@pytest.mark.parametrize("language, said", [("", "Counted under the name of"), ("/ar", "يُحتسب باسم ما صار إليه")])
def test_the_page_of_a_party_follows_it_under_its_later_name(linked: Client, language: str, said: str) -> None:
    """Anbar: 8 seats of Muttahidoon in 2013, 6 of Taqadum in 2023."""
    for party, follows in (("muttahidoon", True), ("taqadum", False)):
        swing = linked.page(f"{language}/party/{party}").text.partition('id="swing-title"')[2]
        assert (said in text(swing)) == follows and (f'href="{language}/party/taqadum"' in swing) == follows
        rows = re.findall(r'(?s)<tr><th scope="row"><a href="[^"]*/governorate/anbar">.*?</tr>', swing)
        assert ["8", "6"] in [re.findall(r'(?s)<td class="n">(.*?)</td>', row)[:2] for row in rows]
    rows = linked.page(f"{language}/compare").text.partition('id="strict-title"')[2].partition("</table>")[0]
    assert f"{language}/party/taqadum" in rows and f"{language}/party/muttahidoon" not in rows
