"""Does Datasette answer for every table, view and query, in every format, whole, fast, with links that work?"""

import csv
import html
import io
import re
import sqlite3
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from conftest import PROJECT, Client

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


def size(db: sqlite3.Connection, name: str) -> int:
    return int(db.execute(f"select count(*) from {name}").fetchone()[0])


def is_fast(client: Client, path: str, seconds: float) -> bool:
    """Tell whether a page can be rendered in so many seconds; a busy machine may hold it up a few times."""
    for _ in range(5):
        started = time.perf_counter()
        client.get(path)
        if time.perf_counter() - started <= seconds:
            return True
    return False


def two_of_each_kind(links: list[str]) -> list[str]:
    """Return the first and the last link of each kind: to the same folder, with the same ending and parameters."""
    kinds: dict[tuple[str, ...], list[str]] = {}
    for link in links:
        path, _, query = link.partition("#")[0].partition("?")
        folder, _, name = path.rpartition("/")
        kinds.setdefault((folder, name.partition(".")[2], *re.findall(r"(?:^|&)(\w+)=", query)), []).append(link)
    return [link for kind in kinds.values() for link in dict.fromkeys([kind[0], kind[-1]])]


def rows_of_csv(answer: httpx.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.raise_for_status().text)))


def test_a_page_answers_fast_and_requests_no_other_host(client: Client, subtests: pytest.Subtests) -> None:
    for path in PAGES:
        with subtests.test(path):
            page = client.page(path)
            assert page.status_code == 200
            assert "<title>" in page.text
            assert all(address.startswith(client.base_url) for address in FETCHED.findall(page.text))
            for fault in ("message-error", "facets-timed-out"):
                assert fault not in page.text
            assert is_fast(client, path, SLOWEST)


def test_a_table_has_all_its_rows_as_json_and_csv(
    client: Client, db: sqlite3.Connection, subtests: pytest.Subtests
) -> None:
    for name in TABLES:
        with subtests.test(name):
            rows = size(db, name)
            assert rows <= 10_000, "more than max_returned_rows: the JSON of one page cannot hold them"
            assert len(client.rows(f"/elections/{name}.json", params={"_size": "max"})) == rows
            assert len(rows_of_csv(client.get(f"/elections/{name}.csv?_stream=1"))) == rows


def test_turning_the_pages_shows_every_row_once(
    client: Client, db: sqlite3.Connection, subtests: pytest.Subtests
) -> None:
    """Datasette 0.65 loses rows between pages where the column of the order has equal values."""
    for name in TABLES:
        with subtests.test(name):
            address: str | None = f"/elections/{name}.json"
            shown: list[str] = []
            while address:
                page = client.get(address).raise_for_status().json()
                shown += [str(row) for row in page["rows"]]
                address = page.get("next_url")
            assert len(shown) == len(set(shown)) == size(db, name)


def test_a_query_has_the_same_rows_as_json_and_csv(client: Client, subtests: pytest.Subtests) -> None:
    for name in QUERIES:
        with subtests.test(name):
            rows = client.rows(f"/elections/{name}.json")
            assert isinstance(rows, list)
            assert len(rows_of_csv(client.get(f"/elections/{name}.csv"))) == len(rows)


def test_the_page_of_a_row_answers(client: Client, db: sqlite3.Connection, subtests: pytest.Subtests) -> None:
    for name in TABLES:
        keys = [row["name"] for row in db.execute(f"pragma table_info({name})") if row["pk"]]
        if keys and size(db, name):  # else it is a view, or empty
            with subtests.test(name):
                link = re.search(rf'href="(/elections/{name}/[^"?]+)"', client.page(f"/elections/{name}").text)
                assert link
                assert client.get(link[1]).status_code == 200


def test_the_links_of_a_table_work(client: Client, subtests: pytest.Subtests) -> None:
    """Ids that plugins/linked_ids.py links are ids that exist. Two of each kind are enough to see."""
    cell = re.compile(r'<td[^>]*>(?:<a[^>]*>[^<]*</a><br>)*<a href="(/elections/[^"]+)"')
    for name in TABLES:
        links = sorted(set(cell.findall(client.page(f"/elections/{name}").text)))
        for link in two_of_each_kind(links):
            with subtests.test(f"{name}: {link}"):
                assert client.page(html.unescape(link)).status_code == 200


def test_the_links_of_an_opening_page_work(client: Client, subtests: pytest.Subtests) -> None:
    for path in ("/", "/about", "/elections"):
        links = {html.unescape(link) for link in re.findall(r'<a [^>]*href="(/[^"]*)"', client.page(path).text)}
        assert links
        for link in sorted(links):
            with subtests.test(f"{path}: {link}"):
                assert client.page(link).status_code == 200


def test_foreign_keys_show_labels(client: Client) -> None:
    page = client.get("/elections/lists?election_id=2023").text
    assert re.search(r'<a href="/elections/parties/[^"]+">[^<]*[A-Z][^<]*</a>&nbsp;<em>', page)
    page = client.get("/elections/results?contest_id=2023-kirkuk-general").text
    assert re.search(r'<a href="/elections/lists/[^"]+">[^<]+</a>&nbsp;<em>', page)
    assert re.search(r'<a href="/elections/claims/[^"]+">[\d,]+</a>&nbsp;<em>', page)


def test_numbers_have_commas_in_pages_only(client: Client) -> None:
    address = "/elections/turnout_by_governorate{}?election_id=2023&governorate_id=kirkuk&vote=general"
    row = client.get(address.format(".json") + "&_shape=array").json()[0]
    assert isinstance(row["ballots_cast"], int) and isinstance(row["turnout"], float)
    page = client.get(address.format("")).text
    assert f'<span class="number">{row["ballots_cast"]:,}</span>' in page
    assert f'<span class="number">{row["turnout"]:.2f}</span>' in page
    assert str(row["ballots_cast"]) in client.get(address.format(".csv")).text


def test_a_printed_number_keeps_its_decimals(client: Client, db: sqlite3.Connection) -> None:
    claim = db.execute("select id, value from claims where typeof(value) = 'real' and decimals = 1").fetchone()
    assert f'<span class="number">{claim["value"]}</span>' in client.get(f"/elections/claims/{claim['id']}").text


def test_years_have_no_comma(client: Client) -> None:
    page = client.get("/elections/seat_totals?election_id=2023").text
    assert ">2023</a>" in page and "2,023" not in page


def test_a_json_list_of_ids_becomes_links(client: Client) -> None:
    page = client.get("/elections/turnout_by_governorate?election_id=2023&governorate_id=baghdad").text
    cell = re.search(r'<td class="col-ballots_cast_claim_ids[^"]*">(.*?)</td>', page, re.DOTALL)
    assert cell and len(re.findall(r'<a href="/elections/claims/', cell[1])) >= 2


def test_a_query_accepts_any_text(client: Client, subtests: pytest.Subtests) -> None:
    names = ["Ma'alim", '"', "'", "%", "تقدم", "القانون", "a;b", "<script>alert(1)</script>", "", "😀"]
    for name in names:
        for query in ("list_seats", "claims_about", "printed_names", "alliance_members"):
            with subtests.test(f"{query}: {name}"):
                page = client.get(f"/elections/{query}", params={"name": name})
                assert page.status_code == 200
                assert "message-error" not in page.text
                assert "<script>alert(1)" not in page.text


def test_a_query_in_arabic_finds_the_list(client: Client) -> None:
    rows = client.rows("/elections/list_seats.json", params={"name": "دولة القانون"})
    assert {row["election_id"] for row in rows} >= {"2013", "2023"}


def test_an_unknown_place_or_list_has_no_rows(client: Client, subtests: pytest.Subtests) -> None:
    for query in QUERIES:
        with subtests.test(query):
            asked = re.findall(r"^([a-z_]+): ", ELECTIONS["queries"][query]["description"], re.MULTILINE)
            assert client.rows(f"/elections/{query}.json", params=dict.fromkeys(asked, "nowhere")) == []


def test_what_does_not_exist_is_not_found(client: Client, subtests: pytest.Subtests) -> None:
    for path in ("/nowhere", "/elections/nowhere", "/elections/claims/nowhere", "/static/nowhere"):
        with subtests.test(path):
            assert client.get(path).status_code == 404


def test_the_database_can_be_downloaded(client: Client, database: Path) -> None:
    assert client.get("/elections.db").content == database.read_bytes()


def test_scripts_of_other_sites_may_read_the_data(client: Client) -> None:
    answer = client.get("/elections/seat_totals.json", headers={"Origin": "https://example.org"})
    assert answer.headers["access-control-allow-origin"] == "*"


def test_nobody_can_write(client: Client) -> None:
    for statement in ("delete from claims", "attach 'x' as x", "pragma user_version = 1"):
        assert client.get("/elections.json", params={"sql": statement}).status_code == 400


def test_an_endless_query_is_stopped(client: Client) -> None:
    endless = "with recursive n as (select 1 as i union all select i + 1 from n) select max(i) from n"
    started = time.perf_counter()
    assert client.get("/elections.json", params={"sql": endless}).status_code == 400
    assert time.perf_counter() - started < 3
