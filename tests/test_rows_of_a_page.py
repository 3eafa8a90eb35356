"""Is a page as long as a page may be, whatever is asked for, and a file whole?"""

import io
import sqlite3
from urllib.parse import quote_plus

import httpx
import openpyxl
import pytest

from elections.site import settings

MANY = quote_plus("with recursive n (i) as (select 1 union all select i + 1 from n where i < 20000) select i from n")
# Longer than our own SQL is run where it is asked (AT_ONCE_MS), so that it goes on in a thread.
LONG = "_where=" + quote_plus("(select count(*) from results as a, results as b where a.votes > b.votes) > 0")


def rows(reply: httpx.Response) -> int:
    return reply.raise_for_status().text.count("<tr>") - 1


@pytest.mark.parametrize("suffix", ["", ".html", ".nothing"])
def test_a_page_of_sql_has_no_more_rows_than_a_page(suffix: str, site: str) -> None:
    assert rows(httpx.get(f"{site}/elections{suffix}?sql={MANY}")) == settings.ROWS_OF_A_PAGE


@pytest.mark.parametrize("suffix", ["", ".html", ".nothing"])
def test_a_page_of_a_table_has_no_more_rows_than_a_page(suffix: str, site: str) -> None:
    assert httpx.get(f"{site}/elections/claims{suffix}?_size=1000").status_code == 400
    for more in ("", f"&{LONG}"):
        assert rows(httpx.get(f"{site}/elections/claims{suffix}?_size=max&_nofacet=1{more}")) <= settings.ROWS_OF_A_PAGE


@pytest.mark.parametrize("suffix", [".json", ".csv", ".xlsx"])
def test_a_file_has_all_its_rows(suffix: str, site: str, db: sqlite3.Connection) -> None:
    (count,) = db.execute("select count(*) from figures").fetchone()
    assert count > settings.ROWS_OF_A_PAGE
    reply = httpx.get(f"{site}/elections/figures{suffix}?_size=max&_shape=array").raise_for_status()
    if suffix == ".json":
        assert len(reply.json()) == count
        assert len(httpx.get(f"{site}/elections.json?sql={MANY}").json()["rows"]) == 10_000
    elif suffix == ".csv":
        assert len(reply.text.splitlines()) == count + 1
    else:
        sheet = openpyxl.load_workbook(io.BytesIO(reply.content), read_only=True).worksheets[0]
        assert sum(1 for _ in sheet.iter_rows()) == count + 1
