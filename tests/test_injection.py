"""Is a name that is markup, code or a formula shown as the text that it is, on every page and in every export?"""

import csv
import io
import re
import shutil
import sqlite3
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import openpyxl
import pytest
from conftest import PROJECT, Client, build_here, site_of
from injected import FORMULAS, MARKUP, inject
from playwright.sync_api import Browser, Route

from elections import release

# What the answer was compressed with is undone.
ENCODED = {"content-encoding": "identity"}
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database built from the injected copy of data/."""
    folder = tmp_path_factory.mktemp("injected")
    data = Path(shutil.copytree(PROJECT / "data", folder / "data"))
    inject(data)
    built = build_here("--data", data, "--database", folder / "site" / "elections.db", "--quiet")
    assert built.returncode == 0, built.stderr
    return folder / "site" / "elections.db"


@pytest.fixture(scope="module")
def injected(spoilt: Path) -> Iterator[Client]:
    """The site of that database."""
    with site_of(spoilt) as client:
        yield client


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


def addresses(spoilt: Path, most: int) -> list[str]:
    """Every kind of page, up to so many of each, in both languages; every table, and so many rows of some."""
    connection = sqlite3.connect(f"file:{spoilt}?mode=ro", uri=True)

    def ids(table: str) -> list[str]:
        return [quote(one) for (one,) in connection.execute(f"select id from {table} order by id limit {most}")]

    pages = ["/", "/governorates", "/lists", "/compare", "/audit", "/sources", "/simulator", "/download", "/about"]
    kinds = {
        "governorate": "governorates", "list": "lists", "party": "parties", "source": "sources",
        "election": "elections", "figure": "figures",
    }  # fmt: skip
    pages += ["/nothing", *(f"/{kind}/{one}" for kind, table in kinds.items() for one in ids(table))]
    pages += [f"/search?q={quote(one)}" for one in (*MARKUP, *FORMULAS, "takadum")]
    pages += [f"/governorate/kirkuk?election={quote(one)}&list={quote(one)}&code={quote(one)}" for one in MARKUP]
    pages += [f"/{quote(one, safe='')}" for one in MARKUP]
    relations = connection.execute(
        "select name from sqlite_master where type in ('table', 'view') and name not like '%\\_%fts%' escape '\\'"
    )
    tables = [f"/elections/{name}?_size={min(most, 200)}" for (name,) in relations]
    tables += [f"/elections/{table}/{one}" for table in ("claims", "lists") for one in ids(table)]
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


# Twelve of each kind carry each markup and each formula at least once.
@pytest.mark.parametrize("most", [12, pytest.param(1_000, marks=pytest.mark.storm)])
def test_no_page_runs_what_the_data_say(injected: Client, spoilt: Path, most: int, subtests: pytest.Subtests) -> None:
    shown = ""
    for address in addresses(spoilt, most):
        with subtests.test(address):
            reply = injected.get(address)
            assert reply.status_code in (200, 302, 400, 404)
            seen = read(reply.text)
            assert not seen.runs
            shown += " ".join(seen.text)
    for one in (*MARKUP, *(formula.strip() for formula in FORMULAS)):
        assert one in shown, f"{one} is shown nowhere, so that this tests nothing"


def test_the_reader_of_this_test_sees_what_runs() -> None:
    for one in ("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<a href='java\nscript:alert(1)'>x</a>"):
        assert read(one).runs
    assert not read('<script type="application/json">"alert(1)"</script>&lt;script&gt;alert(1)&lt;/script&gt;').runs


def test_an_address_of_a_source_that_is_code_is_refused_by_the_build(data: Path, tmp_path: Path) -> None:
    sources = data / "2023/sources.csv"
    text = sources.read_text(encoding="utf-8")
    sources.write_text(re.sub(r"https?://[^,\"]+", "javascript:alert(1)", text, count=1), encoding="utf-8")
    refused = build_here("--data", data, "--database", tmp_path / "elections.db")
    assert refused.returncode == 1 and "javascript" in refused.stderr


def test_a_program_gets_exact_csv_and_a_spreadsheet_no_formula(injected: Client) -> None:
    exact = injected.get("/elections/lists.csv?_stream=1").text
    rows = list(csv.DictReader(io.StringIO(exact)))
    assert any(row["name"].startswith("=cmd|") for row in rows) and any(row["name"].startswith("@") for row in rows)
    for address in (
        "/elections/lists.csv?_stream=1&_dl=1",
        "/elections/governorate_results.csv?_dl=1&governorate=kirkuk&election=2023",
    ):
        file = injected.get(address).content.decode("utf-8-sig")
        cells = [cell for row in csv.reader(io.StringIO(file)) for cell in row]
        assert any(cell.startswith(("'=", "'@", "'+", "'-")) for cell in cells)
        assert not [cell for cell in cells if cell.startswith(FORMULA) and not re.fullmatch(r"-?[0-9.]+", cell)]
    same = [
        row["name"]
        for row in csv.DictReader(
            io.StringIO(injected.get("/elections/lists.csv?_stream=1&_dl=1").content.decode("utf-8-sig"))
        )
    ]
    assert [one.removeprefix("'") for one in same] == [row["name"] for row in rows]


def test_numbers_below_zero_stay_numbers_in_a_spreadsheet(client: Client) -> None:
    file = client.get("/elections.csv", params={"sql": "select -5 as a, -1.5 as b, '-5 x' as c", "_dl": "1"})
    assert file.content.decode("utf-8-sig").splitlines()[1] == "-5,-1.5,'-5 x"


def test_no_cell_of_an_excel_file_is_a_formula(injected: Client) -> None:
    for address in ("/elections/lists.xlsx", "/elections/claims.xlsx", "/elections.xlsx?sql=select+'=1%2B1'+as+[=x]"):
        book = openpyxl.load_workbook(io.BytesIO(injected.get(address).content))
        cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
        assert any(str(cell.value).startswith("=") for cell in cells)
        assert {cell.data_type for cell in cells if str(cell.value).startswith(FORMULA)} <= {"s", "n"}


def test_the_json_is_exact_and_no_page(injected: Client) -> None:
    reply = injected.get("/elections/lists.json?_shape=array&_size=max")
    assert reply.headers["content-type"].startswith("application/json")
    assert any("<script>alert(1)</script>" in row["name"] for row in reply.json())


def test_the_release_shows_it_as_text(spoilt: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release, "validate", lambda descriptor: None)  # test_release.py validates a release
    out = tmp_path / "dist"
    assert release.main(["--database", str(spoilt), "--out", str(out)]) == 0
    pages = list(out.rglob("*.html"))
    assert pages and not any(read(page.read_text(encoding="utf-8")).runs for page in pages)
    for page in out.rglob("*.md"):
        assert "<script" not in page.read_text(encoding="utf-8")
    (book,) = out.rglob("*.xlsx")
    with zipfile.ZipFile(book) as parts:
        sheets = [parts.read(name) for name in parts.namelist() if name.startswith("xl/worksheets/")]
    assert len(sheets) > 20
    assert b"=cmd|" in b"".join(sheets) or b"=cmd|" in zipfile.Path(book, "xl/sharedStrings.xml").read_bytes()
    assert not [sheet for sheet in sheets if re.search(rb"<f[ >/]", sheet)], "a cell is a formula"


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
# Once a page has loaded, so have its pictures, or they have failed; a chart is drawn later.
DRAWN = """async () => {
    for (const place of document.querySelectorAll('[data-chart], .chart-container')) {
        place.scrollIntoView();
        for (const end = Date.now() + 5000; !place.querySelector('svg'); await new Promise(requestAnimationFrame))
            if (Date.now() > end) throw new Error(place.id + ' is not drawn');
    }
    await new Promise(done => setTimeout(done, 50));
}"""


@pytest.mark.browser
def test_nothing_runs_in_a_browser(browser: Browser, injected: Client, subtests: pytest.Subtests) -> None:
    def fulfil(route: Route) -> None:
        """Answer for the site of this process, as a server would."""
        reply = injected.page(route.request.url, follow_redirects=True)
        route.fulfill(status=reply.status_code, headers=dict(reply.headers) | ENCODED, body=reply.content)

    with browser.new_context() as context:
        context.route(f"{injected.base_url}/**", fulfil)
        tab = context.new_page()
        ran: list[str] = []
        tab.on("dialog", lambda dialog: (ran.append(dialog.message), dialog.dismiss()))
        for address in PAGES:
            with subtests.test(address):
                tab.goto(f"{injected.base_url}{address}", wait_until="load")
                tab.evaluate(DRAWN)
                marked = "document.querySelectorAll('img[src=x], [onmouseover], svg[onload]').length"
                assert tab.evaluate(marked) == 0
                assert not ran
                ran.clear()


@pytest.mark.browser
def test_the_browser_would_see_it(browser: Browser) -> None:
    """Otherwise the test above would pass on a browser that runs nothing."""
    with browser.new_context() as context:
        tab = context.new_page()
        ran: list[str] = []
        tab.on("dialog", lambda dialog: (ran.append(dialog.message), dialog.dismiss()))
        with tab.expect_event("dialog"):
            tab.set_content("<img src=x onerror=alert(1)>")
        assert ran
