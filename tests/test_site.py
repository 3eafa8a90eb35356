"""Does the served site answer on every page, in every format, fast, and with links that lead somewhere?"""

import csv
import html
import io
import re
import sqlite3
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

PROJECT = Path(__file__).resolve().parent.parent
ELECTIONS: dict[str, Any] = yaml.safe_load((PROJECT / "metadata.yml").read_text(encoding="utf-8"))["databases"][
    "elections"
]
TABLES = sorted(ELECTIONS["tables"])
QUERIES = sorted(ELECTIONS["queries"])
PAGES = ["/elections", *(f"/elections/{name}" for name in [*TABLES, *QUERIES])]
SLOWEST = 0.2  # seconds
# Addresses with a host in tags that make a browser fetch something.
FETCHED = re.compile(
    r"""<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)=["']?((?:https?:)?//[^\s"'>]+)""", re.IGNORECASE
)


@pytest.fixture(scope="module")
def client(site: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=site, timeout=30) as client:
        yield client


def size(db: sqlite3.Connection, name: str) -> int:
    return int(db.execute(f"select count(*) from {name}").fetchone()[0])


@pytest.mark.parametrize("path", PAGES)
def test_a_page_answers_fast_and_asks_no_other_host(path: str, client: httpx.Client) -> None:
    took = []
    for _ in range(3):
        started = time.perf_counter()
        page = client.get(path)
        took.append(time.perf_counter() - started)
        assert page.status_code == 200
    assert "<title>" in page.text
    assert all(address.startswith(str(client.base_url)) for address in FETCHED.findall(page.text))
    for fault in ("message-error", "facets-timed-out"):
        assert fault not in page.text
    assert statistics.median(took) <= SLOWEST


@pytest.mark.parametrize("name", TABLES)
def test_a_table_gives_all_its_rows(name: str, client: httpx.Client, db: sqlite3.Connection) -> None:
    rows = size(db, name)
    assert rows <= 10_000, "more than max_returned_rows: the JSON of one page cannot hold them"
    assert len(client.get(f"/elections/{name}.json?_size=max&_shape=array").raise_for_status().json()) == rows
    streamed = client.get(f"/elections/{name}.csv?_stream=1").raise_for_status()
    assert len(list(csv.DictReader(io.StringIO(streamed.text)))) == rows


@pytest.mark.parametrize("name", TABLES)
def test_turning_the_pages_shows_every_row_once(name: str, client: httpx.Client, db: sqlite3.Connection) -> None:
    """Datasette 0.65 loses rows between pages where the column of the order has equal values."""
    address: str | None = f"/elections/{name}.json"
    shown: list[str] = []
    while address:
        page = client.get(address).raise_for_status().json()
        shown += [str(row) for row in page["rows"]]
        address = page.get("next_url")
    assert len(shown) == len(set(shown)) == size(db, name)


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_gives_the_same_rows_in_every_format(name: str, client: httpx.Client) -> None:
    rows = client.get(f"/elections/{name}.json?_shape=array").raise_for_status().json()
    streamed = client.get(f"/elections/{name}.csv").raise_for_status()
    assert len(list(csv.DictReader(io.StringIO(streamed.text)))) == len(rows)
    assert isinstance(rows, list)


@pytest.mark.parametrize("name", TABLES)
def test_the_page_of_a_row_answers(name: str, client: httpx.Client, db: sqlite3.Connection) -> None:
    keys = [row["name"] for row in db.execute(f"pragma table_info({name})") if row["pk"]]
    row = db.execute(f"select * from {name}").fetchone()
    if not keys or row is None:
        pytest.skip("a view, or empty")
    link = re.search(rf'href="(/elections/{name}/[^"?]+)"', client.get(f"/elections/{name}").text)
    assert link
    assert client.get(link[1]).status_code == 200


@pytest.mark.parametrize("name", TABLES)
def test_every_link_of_a_page_leads_somewhere(name: str, client: httpx.Client) -> None:
    """Ids that plugins/linked_ids.py links are ids that exist. Twenty links a page are enough to see."""
    links = sorted(set(re.findall(r'<td[^>]*>(?:<a[^>]*>[^<]*</a><br>)*<a href="(/elections/[^"]+)"',
                                  client.get(f"/elections/{name}").text)))  # fmt: skip
    for link in links[:: max(1, len(links) // 20)]:
        assert client.get(link).status_code == 200, link


@pytest.mark.parametrize("path", ["/", "/about", "/elections"])
def test_every_link_of_an_opening_page_leads_somewhere(path: str, client: httpx.Client) -> None:
    links = {html.unescape(link) for link in re.findall(r'<a [^>]*href="(/[^"]*)"', client.get(path).text)}
    assert links
    for link in sorted(links):
        assert client.get(link).status_code == 200, link


def test_foreign_keys_show_labels(client: httpx.Client) -> None:
    page = client.get("/elections/lists?election_id=2023").text
    assert re.search(r'<a href="/elections/parties/[^"]+">[^<]*[A-Z][^<]*</a>&nbsp;<em>', page)
    page = client.get("/elections/results?contest_id=2023-kirkuk-general").text
    assert re.search(r'<a href="/elections/lists/[^"]+">[^<]+</a>&nbsp;<em>', page)
    assert re.search(r'<a href="/elections/claims/[^"]+">[\d,]+</a>&nbsp;<em>', page)


def test_numbers_are_readable_in_pages_only(client: httpx.Client) -> None:
    address = "/elections/turnout_by_governorate{}?election_id=2023&governorate_id=kirkuk&vote=general"
    row = client.get(address.format(".json") + "&_shape=array").json()[0]
    assert isinstance(row["ballots_cast"], int) and isinstance(row["turnout"], float)
    page = client.get(address.format("")).text
    assert f'<span class="number">{row["ballots_cast"]:,}</span>' in page
    assert f'<span class="number">{row["turnout"]:.2f}</span>' in page
    assert str(row["ballots_cast"]) in client.get(address.format(".csv")).text


def test_what_a_source_prints_is_not_padded(client: httpx.Client, db: sqlite3.Connection) -> None:
    claim = db.execute("select id, value from claims where typeof(value) = 'real' and decimals = 1").fetchone()
    assert f'<span class="number">{claim["value"]}</span>' in client.get(f"/elections/claims/{claim['id']}").text


def test_years_stay_as_they_are(client: httpx.Client) -> None:
    page = client.get("/elections/seat_totals?election_id=2023").text
    assert ">2023</a>" in page and "2,023" not in page


def test_a_json_list_of_ids_becomes_links(client: httpx.Client) -> None:
    page = client.get("/elections/turnout_by_governorate?election_id=2023&governorate_id=baghdad").text
    cell = re.search(r'<td class="col-ballots_cast_claim_ids[^"]*">(.*?)</td>', page, re.DOTALL)
    assert cell and len(re.findall(r'<a href="/elections/claims/', cell[1])) >= 2


@pytest.mark.parametrize(
    "name", ["Ma'alim", '"', "'", "%", "تقدم", "القانون", "a;b", "<script>alert(1)</script>", "", "😀"]
)
def test_a_search_takes_any_text(name: str, client: httpx.Client) -> None:
    for query in ("list_seats", "claims_about", "printed_names", "alliance_members"):
        page = client.get(f"/elections/{query}", params={"name": name})
        assert page.status_code == 200
        assert "message-error" not in page.text
        assert "<script>alert(1)" not in page.text


def test_a_search_in_arabic_finds_the_list(client: httpx.Client) -> None:
    rows = client.get("/elections/list_seats.json", params={"name": "دولة القانون", "_shape": "array"}).json()
    assert {row["election_id"] for row in rows} == {"2013", "2023"}


@pytest.mark.parametrize("query", QUERIES)
def test_an_unknown_place_or_list_is_an_empty_answer(query: str, client: httpx.Client) -> None:
    asked = re.findall(r"^([a-z_]+): ", ELECTIONS["queries"][query]["description"], re.MULTILINE)
    answer = client.get(f"/elections/{query}.json", params=dict.fromkeys(asked, "nowhere") | {"_shape": "array"})
    assert answer.status_code == 200
    assert answer.json() == []


@pytest.mark.parametrize("path", ["/nowhere", "/elections/nowhere", "/elections/claims/nowhere", "/static/nowhere"])
def test_what_is_not_there_is_not_found(path: str, client: httpx.Client) -> None:
    assert client.get(path).status_code == 404


def test_the_database_can_be_downloaded(client: httpx.Client, database: Path) -> None:
    assert client.get("/elections.db").content == database.read_bytes()


def test_other_sites_may_read_the_data(client: httpx.Client) -> None:
    answer = client.get("/elections/seat_totals.json", headers={"Origin": "https://example.org"})
    assert answer.headers["access-control-allow-origin"] == "*"


def test_nobody_can_write(client: httpx.Client) -> None:
    for statement in ("delete from claims", "attach 'x' as x", "pragma user_version = 1"):
        assert client.get("/elections.json", params={"sql": statement}).status_code == 400


def test_an_endless_query_is_stopped(client: httpx.Client) -> None:
    endless = "with recursive n as (select 1 as i union all select i + 1 from n) select max(i) from n"
    started = time.perf_counter()
    assert client.get("/elections.json", params={"sql": endless}).status_code == 400
    assert time.perf_counter() - started < 3
