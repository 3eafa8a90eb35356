"""Is a name that is markup, code or a formula shown as the text that it is, on every page and in every export?"""

import csv
import io
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import httpx
import openpyxl
import pytest
from conftest import PROJECT, run_build
from injected import FORMULAS, MARKUP, inject
from playwright.sync_api import Browser
from test_deploy import instance

FORMULA = ("=", "+", "-", "@", "\t", "\r")


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database built from the spoilt copy of data/."""
    folder = tmp_path_factory.mktemp("injected")
    data = Path(shutil.copytree(PROJECT / "data", folder / "data"))
    inject(data)
    built = run_build("--data", data, "--database", folder / "elections.db", "--quiet")
    assert built.returncode == 0, built.stderr
    return folder / "elections.db"


@pytest.fixture(scope="module")
def client(spoilt: Path) -> Iterator[httpx.Client]:
    with instance(spoilt) as (address, _), httpx.Client(base_url=f"http://{address}", timeout=60) as asking:
        yield asking


class Seen(HTMLParser):
    """What a browser makes of a page: its text, and what it would run."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.runs: list[str] = []
        self.script: str | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        said = dict(attributes)
        if tag == "script":
            self.script = said.get("type") or "text/javascript"
        if tag in ("svg", "img") and {"onload", "onerror"} & said.keys():
            self.runs.append(f"<{tag}>")
        for name, value in attributes:
            address = re.sub(r"[\s\x00-\x1f]", "", value or "").lower()
            if (name.startswith("on") and "alert" in (value or "")) or (
                name in ("href", "src", "action", "formaction") and address.startswith(("javascript:", "data:text"))
            ):
                self.runs.append(f"{name}={value}")

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self.script = None

    def handle_data(self, data: str) -> None:
        if self.script is None:
            self.text.append(data)
        elif "alert(1)" in data and "json" not in self.script:
            self.runs.append(data)


def read(page: str) -> Seen:
    seen = Seen()
    seen.feed(page)
    seen.close()
    return seen


def addresses(spoilt: Path) -> list[str]:
    """Every page, but of figures, rows and claims only some, in both languages, and every table."""
    connection = sqlite3.connect(f"file:{spoilt}?mode=ro", uri=True)

    def ids(table: str, most: int = 1_000) -> list[str]:
        return [quote(one) for (one,) in connection.execute(f"select id from {table} order by id limit {most}")]

    pages = [
        "/",
        "/governorates",
        "/lists",
        "/compare",
        "/audit",
        "/sources",
        "/simulator",
        "/download",
        "/about",
        "/nothing",
    ]
    for kind, table, most in (
        ("governorate", "governorates", 30),
        ("list", "lists", 40),
        ("party", "parties", 40),
        ("source", "sources", 60),
        ("election", "elections", 9),
        ("figure", "figures", 40),
    ):
        pages += [f"/{kind}/{one}" for one in ids(table, most)]
    pages += [f"/search?q={quote(one)}" for one in (*MARKUP, *FORMULAS, "takadum")]
    pages += [f"/governorate/kirkuk?election={quote(one)}&list={quote(one)}&code={quote(one)}" for one in MARKUP]
    pages += [f"/{quote(one, safe='')}" for one in MARKUP]
    relations = connection.execute(
        "select name from sqlite_master where type in ('table', 'view') and name not like '%\\_%fts%' escape '\\'"
    )
    tables = [f"/elections/{name}?_size=200" for (name,) in relations]
    tables += [f"/elections/claims/{one}" for one in ids("claims", 20)] + [
        f"/elections/lists/{one}" for one in ids("lists", 20)
    ]
    tables += [
        f"/elections?sql=select+{quote(repr(one))}+as+[{quote(one)}]"
        for one in MARKUP
        if "'" not in one and "]" not in one
    ]
    connection.close()
    arabic = ["/ar" + page.rstrip("/") if page == "/" else f"/ar{page}" for page in pages]
    return [
        *pages,
        *arabic,
        *tables,
        "/elections",
        "/-/dashboards",
        "/-/dashboards/election",
        "/-/dashboards/election-ar",
    ]


@pytest.mark.slow
def test_no_page_runs_what_the_data_say(client: httpx.Client, spoilt: Path) -> None:
    shown = ""
    for address in addresses(spoilt):
        reply = client.get(address)
        assert reply.status_code in (200, 302, 400, 404), address
        seen = read(reply.text)
        assert not seen.runs, (address, seen.runs)
        shown += " ".join(seen.text)
    for one in (*MARKUP, *(formula.strip() for formula in FORMULAS)):
        assert one in shown, f"{one} is shown nowhere, so that this tests nothing"


def test_the_reader_of_this_test_sees_what_runs() -> None:
    for one in ("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<a href='java\nscript:alert(1)'>x</a>"):
        assert read(one).runs
    assert not read('<script type="application/json">"alert(1)"</script>&lt;script&gt;alert(1)&lt;/script&gt;').runs


def test_an_address_of_a_source_that_is_code_is_refused_by_the_build(data: Path, tmp_path: Path) -> None:
    sources = data / "sources.csv"
    text = sources.read_text(encoding="utf-8")
    sources.write_text(re.sub(r"https?://[^,\"]+", "javascript:alert(1)", text, count=1), encoding="utf-8")
    refused = run_build("--data", data, "--database", tmp_path / "elections.db")
    assert refused.returncode == 1 and "javascript" in refused.stderr


def test_a_program_gets_exact_csv_and_a_spreadsheet_no_formula(client: httpx.Client) -> None:
    exact = client.get("/elections/lists.csv?_stream=1").text
    rows = list(csv.DictReader(io.StringIO(exact)))
    assert any(row["name"].startswith("=cmd|") for row in rows) and any(row["name"].startswith("@") for row in rows)
    for address in (
        "/elections/lists.csv?_stream=1&_dl=1",
        "/elections/governorate_results.csv?_dl=1&governorate=kirkuk&election=2023",
    ):
        file = client.get(address).content.decode("utf-8-sig")
        cells = [cell for row in csv.reader(io.StringIO(file)) for cell in row]
        assert any(cell.startswith(("'=", "'@", "'+", "'-")) for cell in cells)
        assert not [cell for cell in cells if cell.startswith(FORMULA) and not re.fullmatch(r"-?[0-9.]+", cell)]
    same = [
        row["name"]
        for row in csv.DictReader(
            io.StringIO(client.get("/elections/lists.csv?_stream=1&_dl=1").content.decode("utf-8-sig"))
        )
    ]
    assert [one.removeprefix("'") for one in same] == [row["name"] for row in rows]


def test_numbers_below_zero_stay_numbers_in_a_spreadsheet(site: str) -> None:
    file = httpx.get(f"{site}/elections.csv", params={"sql": "select -5 as a, -1.5 as b, '-5 x' as c", "_dl": "1"})
    assert file.content.decode("utf-8-sig").splitlines()[1] == "-5,-1.5,'-5 x"


def test_no_cell_of_an_excel_file_is_a_formula(client: httpx.Client) -> None:
    for address in ("/elections/lists.xlsx", "/elections/claims.xlsx", "/elections.xlsx?sql=select+'=1%2B1'+as+[=x]"):
        book = openpyxl.load_workbook(io.BytesIO(client.get(address).content))
        cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
        assert any(str(cell.value).startswith("=") for cell in cells)
        assert {cell.data_type for cell in cells if str(cell.value).startswith(FORMULA)} <= {"s", "n"}


def test_the_json_is_exact_and_no_page(client: httpx.Client) -> None:
    reply = client.get("/elections/lists.json?_shape=array&_size=max")
    assert reply.headers["content-type"].startswith("application/json")
    assert any("<script>alert(1)</script>" in row["name"] for row in reply.json())


@pytest.mark.slow
def test_the_release_shows_it_as_text(spoilt: Path, tmp_path: Path) -> None:
    out = tmp_path / "dist"
    made = subprocess.run(
        [sys.executable, "-m", "elections.release", "--database", spoilt, "--out", out],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    pages = list(out.rglob("*.html"))
    assert pages and not any(read(page.read_text(encoding="utf-8")).runs for page in pages)
    for page in out.rglob("*.md"):
        assert "<script" not in page.read_text(encoding="utf-8")
    for path in out.rglob("*.xlsx"):
        book = openpyxl.load_workbook(path, read_only=True)
        assert not [1 for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


PAGES = (
    "/",
    "/ar",
    "/governorate/kirkuk",
    "/ar/governorate/kirkuk",
    "/audit",
    "/lists",
    "/election/2023",
    "/sources",
    "/search?q=%3Cscript%3Ealert(1)%3C/script%3E",
    "/elections/seat_totals",
    "/-/dashboards/election",
)


@pytest.mark.browser
@pytest.mark.slow
def test_nothing_runs_in_a_browser(browser: Browser, client: httpx.Client) -> None:
    with browser.new_context() as context:
        tab = context.new_page()
        ran: list[str] = []
        tab.on("dialog", lambda dialog: (ran.append(dialog.message), dialog.dismiss()))
        for address in PAGES:
            tab.goto(f"{client.base_url}{address}".replace("//-", "/-"), wait_until="load")
            tab.wait_for_timeout(700)
            assert tab.evaluate("document.querySelectorAll('img[src=x], [onmouseover], svg[onload]').length") == 0, (
                address
            )
        assert not ran
