"""Does an election follow from the data alone, and is its id just a name?

No SQL, code, template, chart or text of the site names an election of the data. A record in which an election has
another id, without a year, shows the same.
"""

import contextlib
import html
import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import PROJECT, Client, site_of

FOLDERS = {"sql": "*.sql", "elections": "*", "plugins": "*.py", "templates": "*.html", "static": "*.js"}
FILES = ["build_db.py", "charts.yml", "metadata.yml", "words/en.yml", "words/ar.yml", "sql/pages/pages.yml"]


def read_by_the_site() -> Iterator[tuple[str, int, str]]:
    """Every line of what the database and the site are made of but for the data: file, number, text."""
    paths = [PROJECT / name for name in FILES]
    paths += [path for folder, ending in FOLDERS.items() for path in sorted((PROJECT / folder).rglob(ending))]
    for path in paths:
        if path.suffix not in (".pyc", ".topojson") and path.is_file():
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                yield str(path.relative_to(PROJECT)), number, line


def test_no_election_is_named(db: sqlite3.Connection) -> None:
    """Neither by its id nor by the year of its vote."""
    names = {row[0] for row in db.execute("select id from elections")}
    names |= {row[0] for row in db.execute("select distinct substr(polling_date, 1, 4) from elections")}
    named = re.compile("|".join(rf"(?<![0-9A-Za-z]){re.escape(name)}(?![0-9A-Za-z])" for name in sorted(names)))
    found = [f"{path}:{number}: {line.strip()}" for path, number, line in read_by_the_site() if named.search(line)]
    assert not found, "\n".join(found)


# An id is just a name

OLD, NEW = "2013", "vote-one"


@pytest.fixture(scope="module")
def renamed(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database with another id for an election, and nothing else changed."""
    path = tmp_path_factory.mktemp("renamed") / "elections.db"
    shutil.copyfile(database, path)
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("pragma foreign_keys = off")
        tables = (
            "select name from pragma_table_list where schema = 'main' and type = 'table' and name not like 'sqlite%'"
        )
        for (table,) in db.execute(tables).fetchall():
            for _, column, *_ in db.execute(f"pragma table_info([{table}])").fetchall():
                if column == "election_id" or column.endswith("_election_id") or (table, column) == ("elections", "id"):
                    db.execute(f"update [{table}] set [{column}] = ? where [{column}] = ?", [NEW, OLD])
        titles = {"title": "Earlier elections", "title_ar": "الانتخابات الأولى", "note": None, "note_ar": None}
        titles |= {"short_title": "The First", "short_title_ar": "الأولى"}
        columns = ", ".join(f"{column} = :{column}" for column in titles)
        db.execute(f"update elections set {columns} where id = :id", titles | {"id": NEW})
        db.commit()
        assert not db.execute("pragma foreign_key_check").fetchall()
    return path


@pytest.fixture(scope="module")
def site_renamed(renamed: Path) -> Iterator[Client]:
    with site_of(renamed) as client:
        yield client


def text(page: str) -> str:
    body = re.sub(r"(?s)<(script|style|head)\b.*?</\1>", " ", page)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


PAGES = [
    f"/?election={NEW}", f"/election/{NEW}", f"/compare?earlier={NEW}", "/compare", f"/lists?election={NEW}",
    f"/governorates?election={NEW}", f"/governorate/basra?election={NEW}", f"/governorate/kirkuk?election={NEW}",
    f"/simulator?election={NEW}", f"/audit?election={NEW}", "/search?q=state+of+law", "/party/state-of-law-coalition",
    "/sources", "/download", "/about",
]  # fmt: skip
DASHBOARDS = [
    "/-/dashboards/election{}?election=" + NEW, "/-/dashboards/governorate{}?governorate=basra&election=" + NEW,
    "/-/dashboards/compare{}", "/-/dashboards/simulator{}?election=" + NEW,
]  # fmt: skip


@pytest.mark.parametrize("language", ["", "/ar"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_calls_an_election_by_its_title_whatever_its_id(site_renamed: Client, path: str, language: str) -> None:
    address = f"{language}{path}".replace("/ar/?", "/ar?")
    page = site_renamed.page(address)
    assert page.status_code == 200
    said = text(page.text.partition('<details class="cite">')[0])
    assert ("الأولى" if language else "The First") in said
    assert NEW not in said
    for part in re.findall(r'(?s)<nav class="(?:ways|choose)".*?</nav>|<select name="e.*?</select>', page.text):
        assert OLD not in text(part)
    for heading in re.findall(r"(?s)<(?:caption|h[1-3]|th scope=\"col\")[^>]*>.*?</(?:caption|h[1-3]|th)>", page.text):
        assert OLD not in text(heading)


@pytest.mark.parametrize("language", ["", "-ar"])
@pytest.mark.parametrize("path", DASHBOARDS)
def test_a_dashboard_takes_an_election_by_any_id(site_renamed: Client, path: str, language: str) -> None:
    page = site_renamed.get(path.format(language), follow_redirects=True)
    assert page.status_code == 200
    assert f'<option value="{NEW}"' in page.text and f'<option value="{OLD}"' not in page.text


@pytest.mark.parametrize("language", ["", "/ar"])
def test_an_election_with_any_id_shows_the_same_figures(client: Client, site_renamed: Client, language: str) -> None:
    for path in ("/election/{}", "/governorate/basra?election={}", "/lists?election={}", "/audit?election={}"):
        rows = []
        for site, election in ((client, OLD), (site_renamed, NEW)):
            page = site.page(f"{language}{path.format(election)}").text
            rows.append([text(row) for row in re.findall(r'(?s)<td class="n">.*?</td>', page)])
        assert rows[0] == rows[1] and rows[0]


@pytest.mark.parametrize("query, election", [("State of Law 2013", NEW), ("State of Law 2023", "2023")])
def test_a_search_takes_the_year_of_the_vote_for_an_election(site_renamed: Client, query: str, election: str) -> None:
    found = json.loads(site_renamed.get("/search.json", params={"q": query}).text)
    lists = next(group["hits"] for group in found["groups"] if group["kind"] == "list")
    assert lists[0]["election_id"] == election and lists[0]["id"].startswith("state-of-law")
