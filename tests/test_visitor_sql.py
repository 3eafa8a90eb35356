"""Is a visitor's SQL bounded in time, memory and rights, whatever it is and however its address is spelled?"""

import asyncio
import io
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import httpx
import openpyxl
import pytest
from anyio import to_process
from conftest import PROJECT, Client, make_site
from costly_sql import ENDLESS as ENDLESS_OF
from costly_sql import GIANT_TEXTS, JOIN, LIKE, PRINTF, SORT, numbered
from datasette.database import Database, QueryInterrupted

from elections.site import bounds
from elections.site.connections import prepare
from elections.site.database import ElectionsDatabase
from elections.site.requests import Asked, current, read

ENDLESS = numbered(ENDLESS_OF)
TOO_SLOW = "took too long"
TOO_LARGE = "result is too large"
NOT_ALLOWED = "not authorized|prohibited|SELECT"
LARGE = "select hex(zeroblob(40000)) from claims limit 60"
MANY = "with recursive n (i) as (select 1 union all select i + 1 from n where i < 20000) select i from n"
# What SQLite cannot interrupt.
STUCK = [numbered(PRINTF[0]), numbered(LIKE[0])]


@pytest.fixture(autouse=True)
def in_no_hurry(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start the processes that earlier tests killed: on a busy machine that takes longer than a visitor waits."""
    with monkeypatch.context() as patch:
        patch.setattr(bounds, "KILL_AFTER", 60)
        client.run(client.datasette.get_database("elections").start_processes)


def ask(client: Client, sql: str, suffix: str = ".json", **more: Any) -> httpx.Response:
    """Send a query as a visitor would, with a time limit of 50 ms."""
    return client.get(f"/elections{suffix}", params={"sql": sql, "_timelimit": "50", **more})


def rows(client: Client, sql: str, **more: Any) -> list[dict[str, Any]]:
    """Send a query that succeeds, and return its rows."""
    return client.rows("/elections.json", params={"sql": sql, **more})


# What is refused, and why

REFUSED = {
    "endless recursion": (ENDLESS, TOO_SLOW),
    "cartesian join": (numbered(JOIN), TOO_SLOW),
    "huge sort": (numbered(SORT), TOO_SLOW),
    **{one: (numbered(one), f"too big|{TOO_LARGE}|{TOO_SLOW}") for one in GIANT_TEXTS},
    "large result": (LARGE, TOO_LARGE),
    "long LIKE pattern": (f"select 'a' like '{'_' * 201}'", "pattern too complex"),
    "long SQL": (f"select '{'a' * 20_000}'", "too big|too large"),
    "many columns": (f"select {', '.join('1' * 201)}", "too many columns"),
    "deep expression": (f"select {'-(' * 201}1{')' * 201}", "Expression tree is too large|parser stack"),
    "long compound": (" union all ".join(["select 1"] * 51), "too many terms"),
    "insert": ("with x as (select 'x' as id) insert into elections (id) select id from x", "readonly"),
    "update": ("update elections set id = 1", NOT_ALLOWED),
    "delete": ("delete from elections", NOT_ALLOWED),
    "drop": ("drop table elections", NOT_ALLOWED),
    "attach": ("attach ':memory:' as other", NOT_ALLOWED),
    "explained attach": ("explain attach 'stolen.db' as other", NOT_ALLOWED),
    "vacuum": ("vacuum into 'stolen.db'", NOT_ALLOWED),
    "pragma": ("pragma writable_schema = 1", NOT_ALLOWED),
    "load_extension": ("select load_extension('x')", NOT_ALLOWED),
    "writefile": ("select writefile('stolen', 'x')", NOT_ALLOWED + "|no such function"),
    "readfile": ("select readfile('settings.json')", NOT_ALLOWED + "|no such function"),
    "sqlite_dbpage": ("select * from sqlite_dbpage", NOT_ALLOWED + "|no such table"),
    "sqlite_stmt": ("select * from sqlite_stmt", NOT_ALLOWED + "|no such table"),
    "dbstat": ("select * from dbstat", NOT_ALLOWED + "|no such table"),
    "two statements": ("select 1; select 2", "one statement"),
    "unknown column": ("select missing", "no such column"),
}  # fmt: skip


def test_costly_and_forbidden_queries_are_refused_with_the_reason(
    client: Client, subtests: pytest.Subtests, database: Path
) -> None:
    before = database.read_bytes()
    for name, (sql, reason) in REFUSED.items():
        with subtests.test(name):
            answer = ask(client, sql)
            assert answer.status_code == 400, answer.text[:300]
            said = answer.json()["error"]
            assert any(one in said for one in reason.split("|")), said
            assert "etag" not in answer.headers
    assert (client.datasette.config_dir / "elections.db").read_bytes() == before
    assert not list(Path.cwd().glob("stolen*"))


@pytest.mark.parametrize("action", [sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH])
def test_each_connection_forbids_what_reaches_other_files_or_memory(action: int) -> None:
    """Some SQLites lack these functions, tables and their errors; the authorizer is asked all the same."""
    from elections.site import connections

    assert connections.authorize(action, None, None, None, None) == sqlite3.SQLITE_DENY
    for name in ("fts3_tokenizer", "FTS3_TOKENIZER", "load_extension", "readfile", "writefile", "edit"):
        assert connections.authorize(sqlite3.SQLITE_FUNCTION, None, name, None, None) == sqlite3.SQLITE_DENY
    for name in ("sqlite_stmt", "sqlite_dbpage", "DBSTAT", "bytecode", "tables_used"):
        assert connections.authorize(sqlite3.SQLITE_READ, name, "x", None, None) == sqlite3.SQLITE_DENY
    assert connections.authorize(sqlite3.SQLITE_READ, "claims", "id", "main", None) == sqlite3.SQLITE_OK
    connection = sqlite3.connect(":memory:")
    prepare(connection)
    with pytest.raises(sqlite3.DatabaseError, match="not authorized"):
        connection.execute("attach ':memory:' as other")


def test_results_are_cut_after_as_many_rows_as_a_page_or_a_file_may_have(client: Client) -> None:
    answer = client.get("/elections.json", params={"sql": MANY}).json()
    assert len(answer["rows"]) == client.datasette.setting("max_returned_rows") and answer["truncated"]
    for suffix in ("", ".html", ".nothing"):
        page = client.get(f"/elections{suffix}", params={"sql": MANY}).raise_for_status().text
        assert page.count("<tr>") - 1 == bounds.PAGE_ROWS, suffix


# However it is spelled

SPELLINGS = [
    "/elections.json?sql={}",
    "/elections.json?%73ql={}",
    "/elections.json?s%71%6C={}",
    "/~65lections.json?sql={}",
    "/~65~6C~65ctions.json?_shape=array&%73ql={}",
    "/elections.json?sql={}&sql=",
    "/elections.csv?sql={}&sql=",
    "/elections.xlsx?sql={}",
    "/elections.nothing?sql={}",
    "/elections?sql={}&_hide_sql=1",
    "/elections.jsono?sql={}",
]


def test_sql_is_bounded_however_its_address_is_spelled(client: Client, subtests: pytest.Subtests) -> None:
    for spelling in SPELLINGS:
        with subtests.test(spelling):
            answer = client.get(spelling.format(quote_plus(LARGE)), follow_redirects=True)
            # Only a process bounds a result in bytes.
            assert answer.status_code == 400 and TOO_LARGE in answer.text


def test_an_address_in_percent_signs_leads_to_no_data(client: Client) -> None:
    """Datasette redirects to its own spelling, in which the dot belongs to the name."""
    answer = client.get("/%65lections.json?%73ql=select+1", follow_redirects=True)
    assert answer.status_code == 404 and answer.history[0].status_code == 302


def asked(address: str) -> Asked:
    path, _, query = address.partition("?")
    return read({"path": path, "raw_path": path.encode(), "query_string": query.encode()}, {"select ours"})


def test_a_request_is_known_to_bring_sql_or_a_pattern() -> None:
    for address in (
        "/elections?sql=select+1", "/elections?sql=", "/elections?sql=select+ours%20",
        "/elections?sql=select+ours&sql=select+1", "/elections?sql=select+ours&_where=1",
        "/elections/claims?_where=1", "/elections/claims?%5Fwhere=1", "/~65lections/claims.json?_%77here=",
        "/elections/claims?id__like=a", "/elections/claims?id%5F%5Fglob=a*", "/elections/claims?id__contains=a",
        "/elections/claims?id__notcontains=a", "/elections/claims?id__startswith=a", "/elections/claims?id__endswith=a",
        "/elections/claims?id__notlike=a",
    ):  # fmt: skip
        assert asked(address).is_visitor_sql, address
    for address in (
        "/elections?sql=select+ours", "/elections?sql=select+ours&election=2023", "/search?q=sql=1",
        "/elections/claims?sql_=1&where=1&_sql=2", "/elections?a=%26sql=1", "/elections/claims?id__exact=a", "/",
    ):  # fmt: skip
        assert not asked(address).is_visitor_sql, address


def test_the_charts_of_our_pages_run_as_our_own_sql(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    dashboards = client.datasette.plugin_config("datasette-dashboards")
    queries = [chart["query"] for one in dashboards.values() for chart in one["charts"].values()]
    assert queries

    async def refuse(*_: Any) -> None:
        raise AssertionError("a chart runs in a process")

    monkeypatch.setattr(ElectionsDatabase, "run_in_process", refuse)
    for query in queries:
        # As the pages write it: spaces as %20.
        address = f"/elections.json?sql={quote(query, safe='')}&_shape=objects&election=2023"
        assert client.get(address).status_code == 200, query


# Where it runs

VISITORS = "'the visitor''s own text'"
# Each address of Datasette that takes SQL or a pattern. {} is an expression of the visitor's.
TAKE_SQL = [
    "/elections{}?sql=select+EXPRESSION",
    "/elections{}?sql=select+EXPRESSION,+:named&named=EXPRESSION",
    "/elections/claims{}?_where=EXPRESSION=EXPRESSION&_size=1",
    "/elections/claims{}?_where=EXPRESSION!=1&_facet=measure&_facet_size=2&_size=1",
    "/elections/claims{}?_where=EXPRESSION!=1&_facet_array=note&_facet_date=note&_size=1",
    "/elections/seat_totals{}?_where=EXPRESSION!=1&_size=1",
    "/elections/claims{}?id__like=%25EXPRESSION&_size=1",
    "/elections/claims{}?id__glob=*EXPRESSION&_facet=measure&_size=1",
    "/elections/search_names{}?_search=kirkuk&_where=EXPRESSION!=1",
    "/elections/governorates/kirkuk{}?_where=EXPRESSION",
    "/elections/who_won{}?election=2023&governorate=kirkuk&sql=select+EXPRESSION",
    "/elections/who_won{}?election=2023&governorate=kirkuk&_where=EXPRESSION",
    "/-/dashboards/election?sql=select+EXPRESSION&_where=EXPRESSION",
    "/_internal{}?sql=select+EXPRESSION",
    "/_memory{}?sql=select+EXPRESSION",
    "/:memory:{}?sql=select+EXPRESSION",
]


def test_no_sql_of_a_visitor_runs_in_the_server_process(
    database: Path, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Datasette's execute is the one way for it, and the only method that ElectionsDatabase overrides."""
    ran: list[str] = []
    connect = Database.connect
    in_processes: list[str] = []
    in_process = ElectionsDatabase.run_in_process

    def connect_and_listen(self: Database, *arguments: Any, **named: Any) -> sqlite3.Connection:
        connection = connect(self, *arguments, **named)
        connection.set_trace_callback(ran.append)
        return connection

    async def run_and_tell(self: ElectionsDatabase, sql: str, params: Any, *rest: Any) -> Any:
        in_processes.append(f"{sql} {params}")
        return await in_process(self, sql, params, *rest)

    monkeypatch.setattr(Database, "connect", connect_and_listen)
    monkeypatch.setattr(ElectionsDatabase, "run_in_process", run_and_tell)
    expression = quote_plus(VISITORS)

    async def walk() -> dict[str, int]:
        site = make_site(database)
        await site.invoke_startup()
        formats = {"", ".csv", *(f".{one}" for one in site.renderers)}
        addresses = {
            one.replace("{}", suffix).replace("EXPRESSION", expression) for one in TAKE_SQL for suffix in formats
        }
        answers = {one: (await site.client.get(one, follow_redirects=True)).status_code for one in addresses}
        await site.client.get("/elections/claims?_size=1")
        return answers

    statuses = client.run(walk)
    assert {200, 400, 403, 404} >= set(statuses.values()), statuses
    assert sum(status == 200 for status in statuses.values()) > 40
    assert any("claims" in one for one in ran), "the connections of the server are not listened to"
    assert not [one for one in ran if "own text" in one]
    assert len([one for one in in_processes if "own text" in one]) > 40


def test_datasette_runs_no_sql_past_execute() -> None:
    """Database.execute_fn lends a connection to a function. Each of these runs SQL of its own, none a visitor's."""
    import inspect
    import re

    import datasette

    folder = Path(inspect.getfile(datasette)).parent
    found = {
        (path.relative_to(folder).as_posix(), line.strip())
        for path in folder.rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"\.(execute_fn|execute_isolated_fn)\(", line)
    }
    assert {file for file, _ in found} == {"database.py", "cli.py", "utils/internal_db.py"}, (
        "do these take a visitor's SQL?"
    )


def test_what_datasette_asks_by_itself_waits_in_no_line(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupted, it would be an error of the server."""
    client.get("/elections")  # with the first request it reads the schema
    sent: list[str] = []
    run_in_process = ElectionsDatabase.run_in_process

    async def recorded(self: ElectionsDatabase, sql: str, *more: Any) -> Any:
        sent.append(sql)
        return await run_in_process(self, sql, *more)

    monkeypatch.setattr(ElectionsDatabase, "run_in_process", recorded)
    assert rows(client, "select 1 as one") == [{"one": 1}]
    assert sent == ["select 1 as one"]


# What it finds there


def test_the_functions_are_those_of_sqlite(client: Client) -> None:
    """Nine were once written again in Python to be interrupted; an index cannot serve those."""
    ours = rows(client, "select distinct name from pragma_function_list where builtin = 0 and name not like 'fts%'")
    assert {row["name"] for row in ours} <= {
        "fold", "sounds", "escape_fts", "rank", "bm25", "highlight", "snippet", "match", "matchinfo", "offsets",
        "optimize", "rtreenode", "rtreedepth", "rtreecheck", "allocate_seats",
    }  # fmt: skip
    names = "'printf', 'format', 'like', 'glob', 'trim', 'ltrim', 'rtrim', 'replace', 'instr'"
    builtin = rows(
        client, f"select name, min(builtin) as b from pragma_function_list where name in ({names}) group by 1"
    )
    assert len(builtin) == 9 and all(row["b"] == 1 for row in builtin)


def test_an_index_serves_glob(client: Client) -> None:
    (plan,) = rows(client, "explain query plan select * from claims where id glob 'iec*'")
    assert "SEARCH claims USING INDEX" in plan["detail"] and "id>" in plan["detail"]


def test_our_functions_are_there_and_read_no_endless_text(client: Client) -> None:
    (row,) = rows(client, "select fold('الأنبار') a, fold(null) b, length(fold(hex(zeroblob(40000)))) c, sounds(1) d")
    assert row["a"] and row["b"] is None and row["c"] <= 1_000 and row["d"] is not None


def test_rows_answer_to_names_and_numbers(client: Client) -> None:
    async def fetch_one() -> Any:
        token = current.set(Asked("/elections.json", is_visitor_sql=True))
        try:
            sql = """select 1 as a, 'x' as "a ""quoted"" name", null as "الاسم", x'00' as b, 2 as a"""
            return await client.datasette.get_database("elections").execute(sql, truncate=True)
        finally:
            current.reset(token)

    result = client.run(fetch_one)
    (row,) = result.rows
    assert row["a"] == 1 and row['a "quoted" name'] == "x" and row["الاسم"] is None and row[3] == b"\0"
    assert tuple(row) == (1, "x", None, b"\0", 2) and row.keys()[1] == 'a "quoted" name'
    assert result.columns == row.keys() and not result.truncated
    assert rows(client, "select 1 as one where 0") == []


def test_named_parameters_are_values_and_not_sql(client: Client) -> None:
    (row,) = rows(client, "select :one as a, :two as b", one="'; drop table claims", two="الأنبار")
    assert row == {"a": "'; drop table claims", "b": "الأنبار"}
    assert 'name="one"' in client.get("/elections?sql=select+:one").text
    assert ask(client, "select :a limit :a", a="x").status_code == 400


def test_the_files_of_a_query_hold_its_rows(client: Client) -> None:
    sql = "select id, seats from contests order by id limit 3"
    expected = [[str(value) for value in row.values()] for row in rows(client, sql)]
    assert len(expected) == 3
    csv = client.get("/elections.csv", params={"sql": sql}).raise_for_status().text.splitlines()
    assert [line.split(",") for line in csv] == [["id", "seats"], *expected]
    sheet = openpyxl.load_workbook(io.BytesIO(client.get("/elections.xlsx", params={"sql": sql}).content)).worksheets[0]
    assert [[str(value) for value in row] for row in sheet.values] == [["id", "seats"], *expected]


def test_filters_of_tables_take_conditions_and_patterns_within_the_bounds(client: Client) -> None:
    found = client.rows("/elections/governorates.json", params={"_where": "id = 'kirkuk'"})
    assert [row["id"] for row in found] == ["kirkuk"]
    assert client.rows("/elections/governorates.json", params={"id__glob": "kirk*"}) == found
    endless = quote_plus(f"({ENDLESS}) > 0")
    for suffix in ("", ".json", ".csv", ".xlsx"):
        answer = client.get(f"/elections/claims{suffix}?_where={endless}&_timelimit=50")
        assert answer.status_code == 400 and TOO_SLOW in answer.text, suffix
    assert client.get(f"/elections/claims.json?id__like={'%25a' * 101}").status_code == 400


# Killing


def process_of(client: Client) -> int:
    """Return the process that would run the next query."""
    return client.run(to_process.run_sync, os.getpid)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_query_that_sqlite_cannot_interrupt_ends_with_its_process(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = process_of(client)
    with monkeypatch.context() as patch:
        patch.setattr(bounds, "KILL_AFTER", 0.2)
        began = time.monotonic()
        answer = ask(client, STUCK[0])
    assert answer.status_code == 400 and TOO_SLOW in answer.text
    assert 0.2 < time.monotonic() - began < 5
    assert not is_alive(old)
    assert rows(client, "select 1 as one") == [{"one": 1}]
    assert process_of(client) != old


def test_a_process_that_dies_is_replaced_before_anybody_notices(client: Client) -> None:
    old = process_of(client)
    os.kill(old, 9)
    assert rows(client, "select 1 as one") == [{"one": 1}]
    assert process_of(client) != old


def test_pages_are_answered_while_queries_are_stuck(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "KILL_AFTER", 1.5)

    async def both() -> int:
        get = client.datasette.client.get
        stuck = asyncio.gather(*(get(f"/elections.json?sql={quote_plus(one)}") for one in STUCK))
        answered = 0
        while not stuck.done():
            assert (await get(f"/governorate/kirkuk?_x={answered}")).status_code == 200
            answered += not stuck.done()
        assert {answer.status_code for answer in await stuck} == {400}
        return answered

    assert client.run(both) >= 3


# In the process itself


def alone(script: str, *, folder: Path = PROJECT) -> subprocess.CompletedProcess[str]:
    """Run some Python in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False, cwd=folder
    )


def test_a_query_ends_at_its_limit_and_tells_too_much_memory_as_an_error(database: Path) -> None:
    """As the process runs it, but here."""
    ours = database.resolve().as_uri()
    script = f"""
import sqlite3
from elections.site import sql_process
sql_process.bound_process = lambda: None
sort = "select a.id from claims a, claims b order by random()"
for limit, sql in (50, {ENDLESS!r}), (60_000, sort), (60_000, {LARGE!r}):
    try:
        sql_process.run({ours!r}, sql, {{}}, limit, 10_000)
    except sqlite3.OperationalError as error:
        print(error)
rows, truncated, description = sql_process.run({ours!r}, "select id from claims", {{}}, 5_000, 10)
print(len(rows), truncated, description[0][0])
print(sql_process.run({ours!r}, "select :a as a", {{"a": 1}}, 5_000, None)[0])
"""
    done = alone(script)
    said = done.stdout.splitlines()
    assert said[0] == "interrupted" and said[1] == "the query takes too much memory", done
    assert TOO_LARGE in said[2] and said[3:] == ["10 True id", "[(1,)]"], done


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds a process")
def test_a_process_has_as_little_memory_and_priority_as_it_is_given(database: Path) -> None:
    done = alone(
        f"""
import os, resource
from elections.site import bounds, sql_process
sql_process.connect({database.resolve().as_uri()!r})
print(os.nice(0), resource.getrlimit(resource.RLIMIT_DATA)[0] == bounds.PROCESS_MEMORY)
try:
    bytearray(bounds.PROCESS_MEMORY)
except MemoryError:
    print("too much")
sql_process.fetch = lambda *_: bytearray(bounds.PROCESS_MEMORY)
try:
    sql_process.run({database.resolve().as_uri()!r}, "select 1", {{}}, 500, 1)
except sql_process.sqlite3.OperationalError as error:
    print(error)
"""
    )
    assert done.stdout.splitlines() == ["10 True", "too much", "the query takes too much memory"], done


@pytest.mark.skipif(sys.platform != "linux", reason="the memory is read from /proc")
def test_a_process_that_has_grown_ends_once_nobody_asks(database: Path) -> None:
    done = alone(
        f"""
import time
from elections.site import bounds, sql_process
bounds.GROWN_PROCESS, bounds.IDLE_SECONDS = 0, 0.4
for _ in range(4):
    sql_process.run({database.resolve().as_uri()!r}, "select 1", {{}}, 500, 1)
    time.sleep(0.2)
print("asked again in time", flush=True)
time.sleep(20)
print("still there", flush=True)
"""
    )
    assert done.stdout.splitlines() == ["asked again in time"] and done.returncode == 0, done


def test_where_the_system_bounds_nothing_it_works_and_says_so(database: Path) -> None:
    done = alone(
        f"""
import asyncio, sys
from pathlib import Path
sys.modules["resource"] = None
sys.path.insert(0, {str(PROJECT / "tests")!r})
from elections.site import sql_process
from conftest import make_site

async def serve():
    site = make_site(Path({str(database)!r}))
    print((await site.client.get("/elections.json?sql=select+count(*)>9+from+claims&_shape=arrays")).json()["rows"])

print(sql_process.run({database.resolve().as_uri()!r}, "select 1", {{}}, 500, 1)[0], sql_process.memory())
asyncio.run(serve())
"""
    )
    assert done.stdout.splitlines() == ["[(1,)] 0", "[[1]]"], done
    assert "cannot bound a process" in done.stderr and "Traceback" not in done.stderr


def test_the_module_of_the_process_loads_little() -> None:
    """Each of the processes has a copy of what it loads."""
    done = alone("import sys, elections.site.sql_process; print('datasette' in sys.modules, 'jinja2' in sys.modules)")
    assert done.stdout.split() == ["False", "False"], done


def test_queries_that_fail_fail_as_datasette_has_it(client: Client) -> None:
    """Datasette and its plugins catch these."""

    async def fail(sql: str) -> BaseException:
        token = current.set(Asked("/elections.json", is_visitor_sql=True))
        try:
            await client.datasette.get_database("elections").execute(sql, custom_time_limit=20)
        except Exception as error:
            return error
        finally:
            current.reset(token)
        raise AssertionError("nothing failed")

    assert isinstance(client.run(fail, ENDLESS), QueryInterrupted)
    assert isinstance(client.run(fail, "select missing"), sqlite3.OperationalError)
