"""What does the site lose when it is attacked, and when its machine fails? make attack writes docs/attacks.md.

Each attack and each fault is a function with a count: make attack tries it often, tests/test_hold.py and
tests/test_faults.py try it a few times on every run. All of it stays on this machine.
"""

import argparse
import asyncio
import datetime
import hashlib
import os
import platform
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, quote_plus

import faults
from test_deploy import PROJECT, free_port, running, wait_for

from elections.site import settings

WORKERS = 2
CLIENTS = 32
# Asked for all the while, by one reader: nobody has asked for the first two before, so that no cache answers.
PAGES = ("/?_never_asked_before={}", "/governorate/kirkuk?_never_asked_before={}", "/", "/governorate/basra")
# What an answer may be; 0 is none, where the visitor is at fault.
ALLOWED = {200, 301, 302, 304, 400, 403, 404, 405, 408, 413, 414, 431, 503, 0}
# What no answer holds: a file of the machine or of the project, the inside of an error.
SECRETS = (b"root:x:0:0", b"[build-system]", b"[tool.ruff]", b"Traceback (most recent call last)", b"def main(")
READ_ONLY = 'mount --make-rprivate / && mount -t tmpfs none "$TMPDIR" && mount -o remount,ro,bind / && exec "$@"'


@dataclass
class Site:
    """A site to attack, and what may be asked of its machine."""

    port: int
    pid: int
    temporary: Path
    read_only: bool
    database: Path

    def processes(self) -> list[int]:
        """The process that was started and all that it started."""
        found, open_ones = [], [self.pid]
        while open_ones:
            found.append(open_ones.pop())
            for task in Path(f"/proc/{found[-1]}/task").glob("*/children"):
                open_ones += [int(one) for one in task.read_text().split()]
        return found

    def memory(self) -> float:
        """Megabytes of all processes, what they share counted once."""
        rolled = (Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in self.processes())
        return sum(int(re.findall(r"^Pss:\s+(\d+)", one, re.MULTILINE)[0]) for one in rolled) / 1024

    def digest(self) -> str:
        return hashlib.sha256(self.database.read_bytes()).hexdigest()

    def left_in_temporary_folder(self) -> list[str]:
        """What lies in the only folder on a disk that the site may write to."""
        return sorted(path.name for path in Path(f"/proc/{self.pid}/root{self.temporary}").iterdir())


def may_mount() -> bool:
    """Tell whether a process of ours may have a read-only view of the machine."""
    if os.geteuid() or not shutil.which("unshare"):
        return False
    tried = ["unshare", "--mount", "sh", "-c", "mount --make-rprivate / && mount -o remount,ro,bind /"]
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0


@contextmanager
def served(database: Path, folder: Path) -> Iterator[Site]:
    """Serve a database as the recipes do; where that is allowed, with nothing that can be written but TMPDIR."""
    port, temporary, read_only = free_port(), folder / "temporary", may_mount()
    temporary.mkdir()
    command = [sys.executable, "serve.py", str(database), "--workers", str(WORKERS)]
    if read_only:
        command = ["unshare", "--mount", "sh", "-c", READ_ONLY, "sh", *command]
    with running(command, PROJECT, HOST="127.0.0.1", PORT=str(port), TMPDIR=str(temporary)) as server:
        wait_for(f"http://127.0.0.1:{port}/-/health", server)
        yield Site(port, server.pid, temporary, read_only, database)


# Asking


@dataclass
class Answer:
    status: int
    seconds: float
    size: int = 0
    start: bytes = b""


async def talk(port: int, sent: bytes, seconds: float = 120) -> Answer:
    """Send some bytes over a new connection and read until it is closed. Status 0: closed without an answer."""
    began = time.perf_counter()
    head, size, start = b"", 0, b""
    writer = None
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(sent)
            head = await reader.readuntil(b"\r\n\r\n")
            while part := await reader.read(1 << 18):
                size += len(part)
                start += part[: max(0, 100_000 - len(start))]
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        pass
    except TimeoutError:
        return Answer(-1, seconds)
    finally:
        if writer is not None:
            writer.close()
    return Answer(int(head.split()[1]) if head else 0, time.perf_counter() - began, size, start)


async def get(port: int, address: str, headers: str = "") -> Answer:
    request = f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n{headers}\r\n"
    return await talk(port, request.encode("utf-8"))


# Attacks: what each asks for, the first time, the second ...

OneAttack = Callable[[int, int], Awaitable[Answer]]


@dataclass(frozen=True)
class Attack:
    """What is asked for, and which answers come of it: each of `must`, and no others but those of `may`."""

    tried: str
    one: OneAttack
    must: Set[int] = frozenset()
    may: Set[int] = frozenset({503})


def asking(address: Callable[[int], str]) -> OneAttack:
    async def one(port: int, number: int) -> Answer:
        return await get(port, address(number))

    return one


def sql(statement: str, suffix: str = ".json") -> Callable[[int], str]:
    """Ask a question of one's own; {} is another number each time."""
    return lambda number: f"/elections{suffix}?sql={quote_plus(statement.replace('{}', str(number)))}"


def any_of(*addresses: str) -> Callable[[int], str]:
    """Ask for one after the other; {}, as it stands or quoted, is another number each time."""
    return lambda number: re.sub(r"\{\}|%7B%7D", str(number), addresses[number % len(addresses)])


def fts_nonsense(number: int) -> str:
    pieces = [
        '"',
        "*",
        "AND",
        "NEAR(",
        ")",
        "^",
        "-",
        "col:",
        "{",
        "\u0627\u0644",
        "\U0001f600",
        "%00",
        "a" * 500,
        ":",
        "OR OR",
    ]
    nonsense = " ".join(random.Random(number).choices(pieces, k=6))
    return random.Random(-number).choice(["/search?q=", "/search.json?q=", "/elections/search_names?_search="]) + quote(
        nonsense, safe="%"
    )


COLUMNS = (
    "id",
    "source_table_id",
    "row_number",
    "column_as_printed",
    "name_as_printed",
    "value",
    "measure",
    "figure_id",
)
ENDLESS = "with recursive n (i) as (select {} union all select i + 1 from n) select count(*) from n"
# Texts as long as they may be. Only the last letter of the first keeps it from fitting the patterns below.
AS = "replace(hex(zeroblob(49900)), '0', 'a')"
NUMBERS = "'[' || replace(hex(zeroblob(24000)), '0', '1,') || '1]'"
FORMATS = "replace(hex(zeroblob(9900)), '0', '%99d')"
DAYS = "replace(hex(zeroblob(16000)), '0', '%j')"
ALPHABET = (
    "(with recursive n (i) as (select 20000 union all select i + 1 from n where i < 51000)"
    " select group_concat(char(i), '') from n)"
)
LAST_LETTERS = "replace(hex(zeroblob(16000)), '0', char(51000))"
KEYS = (
    "(with recursive n (i) as (select 1 union all select i + 1 from n where i < 7500)"
    " select json_group_object('k' || i, 1) from n)"
)


def with_texts(a: str, b: str = "1") -> str:
    """Write the beginning of a query of one row with two texts, each worked out once."""
    return f"with t as materialized (select {a} as a limit 1), u as materialized (select {b} as b limit 1) "


def in_one_row(expression: str, a: str, b: str = "1") -> str:
    """Write a query that has an expression two hundred times, and no loop, in which SQLite would look at the clock."""
    columns = ", ".join([" + ".join([expression] * 10)] * 20)
    return f"{with_texts(a, b)} select {columns}, {{}} from t, u"


def written_out(expression: str, a: str) -> str:
    """Write a query that names an expression four times, and that four times, and so on: SQLite writes all out."""
    query = f"select {expression} as x from t"
    for _ in range(5):
        query = f"select x + x + x + x as x from ({query})"
    return f"{with_texts(a)} select x, {{}} from ({query})"


# What no clock stops: SQLite looks at it between the steps of a loop only.
UNSTOPPABLE = (
    "select printf('%.*c', 500000000 + {}, 'x')",
    "select format('%500000000d', {})",
    in_one_row("length(printf(a, 1))", FORMATS),
    in_one_row("instr(a, substr(a, 1, 40000) || 'b')", AS),
    in_one_row("length(trim(a, b))", LAST_LETTERS, ALPHABET),
    in_one_row("(a like '%' || substr(a, 1, 180) || 'b')", AS),
    in_one_row("(a like '%' || substr(a, 1, 180) || '_b' escape '!')", AS),
    in_one_row("(a glob '*' || replace(substr(a, 1, 60), 'a', '[a]') || 'b')", AS),
    in_one_row("(json_patch(a, a) is null)", KEYS),
    written_out("length(json(a))", NUMBERS),
    written_out("length(strftime(a, 0))", DAYS),
    written_out("(a collate nocase = a || 'b')", AS),
)
ASKED: dict[str, Attack] = {
    "endless recursion": Attack(
        "a recursive query without end",
        asking(sql(ENDLESS)),
        {400},
    ),
    "SQL in other spellings": Attack(
        "a recursive query without end, and a long text in each row, at addresses with %73ql, %5Fwhere and ~65lections",
        asking(
            any_of(
                f"/elections.json?%73ql={quote_plus(ENDLESS)}",
                f"/~65lections.json?sql={quote_plus(ENDLESS)}",
                f"/~65lections?s%71l={quote_plus('select hex(zeroblob(40000)) as x from claims where {} = {}')}",
                f"/elections/claims.json?%5Fwhere={quote_plus(f'({ENDLESS}) > 0')}",
                f"/elections/~63laims?_%77here={quote_plus(f'({ENDLESS}) > 0')}",
            )
        ),
        {400},
    ),
    "giant strings": Attack(
        "hex(randomblob(100000000)), zeroblob, group_concat and printf of as much; 4 MB of long texts in many rows",
        asking(
            lambda number: sql(
                [
                    "select hex(randomblob(100000000 + {}))",
                    "select length(zeroblob(900000000 + {}))",
                    "select printf('%.*c', 500000000 + {}, 'x')",
                    "select group_concat(a.id || b.id) from claims a, claims b where {} = {}",
                    "select hex(randomblob(40000)) as x from claims where {} = {}",
                    "select replace(hex(zeroblob(40000)), '0', hex(zeroblob(40000))) where {} = {}",
                ][number % 6]
            )(number)
        ),
        {400},
    ),
    "functions that cannot be stopped": Attack(
        "printf of 500 million letters; in one row 200 searches, trims, comparisons with patterns of the longest "
        "texts, and a thousand readings of them as JSON and as dates",
        asking(lambda number: sql(UNSTOPPABLE[number % len(UNSTOPPABLE)])(number)),
        {400},
        {200, 503},
    ),
    "huge sorts": Attack(
        "a sort of a million rows of random texts",
        asking(sql("select a.id, hex(randomblob(60)) as x from claims a, claims b where {} = {} order by x, random()")),
        {400},
    ),
    "cartesian joins": Attack(
        "five tables of claims joined without a condition",
        asking(sql("select count(*) from claims a, claims b, claims c, claims d, claims e where {} = {}")),
        {400},
    ),
    "many rows as HTML": Attack(
        f"{settings.ROWS_OF_A_PAGE} rows of the widest table, 1,000 of it as .html, and a question with 10,000",
        asking(
            any_of(
                "/elections/claims?_size=max&_x={}",
                "/elections/claims.html?_size=1000&_x={}",
                f"/elections?sql={quote_plus('select a.id, b.id from claims a, claims b where {} = {}')}",
            )
        ),
        {200},
        {400, 503},
    ),
    "many rows as JSON and CSV": Attack(
        "the widest table, whole, and a question with 10,000 rows",
        asking(
            any_of(
                "/elections/claims.json?_size=max&_x={}",
                "/elections/claims.csv?_stream=1&_x={}",
                f"/elections.csv?sql={quote_plus('select a.id, b.id from claims a, claims b where {} = {}')}",
            )
        ),
        {200},
        {400, 503},
    ),
    "Excel files": Attack(
        "the widest table, and a question with a million rows",
        asking(
            any_of(
                "/elections/claims.xlsx?_x={}",
                f"/elections.xlsx?sql={quote_plus('select a.id, b.id from claims a, claims b where {} = {}')}",
            )
        ),
        {200, 400},
    ),
    "many facets": Attack(
        "eight facets with all their values; eight of arrays; a hundred facets",
        asking(
            any_of(
                "/elections/claims?" + "&".join(f"_facet={one}" for one in COLUMNS) + "&_facet_size=max&_x={}",
                "/elections/claims?" + "&".join(f"_facet={one}" for one in COLUMNS * 12) + "&_x={}",
                "/elections/claims?" + "&".join(f"_facet_array={one}" for one in COLUMNS) + "&_x={}",
            )
        ),
        {200, 400},
    ),
    "nonsense to search for": Attack(
        "quotes, operators and signs of full-text search",
        asking(fts_nonsense),
        {200},
    ),
    "path traversal": Attack(
        "../ in twelve spellings under pages, files, tables, plugins",
        asking(
            lambda number: "".join(
                (
                    [
                        "/static/",
                        "/-/static/",
                        "/-/static-plugins/datasette_vega/",
                        "/",
                        "/elections/",
                        "/governorate/",
                        "/ar/",
                    ][number % 7],
                    [
                        "../",
                        "%2e%2e/",
                        "..%2f",
                        "%2e%2e%2f",
                        "..%5c",
                        "....//",
                        "..;/",
                        "%252e%252e%252f",
                        "~2E~2E~2F",
                        "..%00/",
                        "%c0%ae%c0%ae/",
                        "/",
                    ][number // 7 % 12]
                    * 8,
                    ["etc/passwd", "pyproject.toml", "serve.py", "proc/self/environ"][number // 84 % 4],
                )
            )
        ),
        {404},
        {302, 400, 503},
    ),
    "writing by SQL": Attack(
        "insert, update, delete, attach, vacuum into, pragma, load_extension, fts3_tokenizer",
        asking(
            lambda number: sql(
                [
                    "insert into elections (id) values ('{}')",
                    "update elections set id = {}",
                    "delete from elections",
                    "attach 'file:/tmp/stolen{}.db' as stolen",
                    "vacuum into '/tmp/stolen{}.db'",
                    "pragma writable_schema = 1",
                    "select load_extension('x{}')",
                    "select fts3_tokenizer('simple', x'{}')",
                    "with x as (select 1) insert into elections select * from x",
                    "select writefile('/tmp/stolen{}', 'x')",
                ][number % 10]
            )(number)
        ),
        {400},
    ),
}


async def slow_head(port: int, number: int) -> Answer:
    """Send a request a byte a second."""
    return await in_pieces(port, b"GET /?%d HTTP/1.1\r\nHost: x\r\nX-Slow: %b" % (number, b"a" * 100), 1.0)


async def in_pieces(port: int, sent: bytes, pause: float) -> Answer:
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def send() -> None:
        for byte in sent:
            writer.write(bytes([byte]))
            await asyncio.sleep(pause)

    sending = asyncio.create_task(send())
    try:
        async with asyncio.timeout(60):
            said = await reader.read(1 << 16)
    except OSError:
        said = b""
    except TimeoutError:
        return Answer(-1, 60)
    finally:
        sending.cancel()
        writer.close()
    return Answer(int(said.split()[1]) if said else 0, time.perf_counter() - began, len(said), said)


async def half_open(port: int, number: int) -> Answer:
    """Connect and say nothing."""
    return await talk(port, b"", 60)


async def slow_reader(port: int, number: int) -> Answer:
    """Ask for much and take nothing of it; the site hangs up."""
    began = time.perf_counter()
    _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
    writer.write(b"GET /elections.db?%d HTTP/1.1\r\nHost: x\r\n\r\n" % number)
    try:
        async with asyncio.timeout(60):
            # Only the end of the connection is noticed, not what comes.
            await writer.drain()
            while not writer.transport.is_closing():
                await asyncio.sleep(0.5)
                # A byte more than the site would read is refused once it has hung up.
                if time.perf_counter() - began > 25:
                    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    except TimeoutError:
        return Answer(-1, 60)
    except OSError:
        pass
    finally:
        writer.close()
    return Answer(0, time.perf_counter() - began)


async def gigabyte(port: int, number: int) -> Answer:
    """Send a body of a gigabyte, said to be one, or in pieces without an end."""
    length = b"Content-Length: 1000000000" if number % 2 else b"Transfer-Encoding: chunked"
    head = b"POST /elections?%d HTTP/1.1\r\nHost: x\r\n%b\r\n\r\n" % (number, length)
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head)
    said = asyncio.create_task(reader.read(1 << 16))
    piece = b"x" * 100_000 if number % 2 else b"186a0\r\n" + b"x" * 100_000 + b"\r\n"
    sent = 0
    try:
        async with asyncio.timeout(60):
            while sent < 1_000_000_000:
                writer.write(piece)
                await writer.drain()
                sent += len(piece)
    except OSError:
        pass
    except TimeoutError:
        return Answer(-1, 60)
    try:
        answer = await said
    except OSError:
        answer = b""
    writer.close()
    assert sent < 100_000_000, "the site took the whole of it"
    return Answer(int(answer.split()[1]) if answer else 0, time.perf_counter() - began, len(answer), answer)


FLOODS = (b"".join(b"X-%d: a\r\n" % one for one in range(100_000)), b"X-Long: " + b"a" * 10_000_000 + b"\r\n")


async def headers_without_end(port: int, number: int) -> Answer:
    """Send a hundred thousand headers, or one of ten megabytes, or an address of a megabyte."""
    if number % 3 == 2:
        return await talk(port, b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    return await talk(port, b"GET / HTTP/1.1\r\nHost: x\r\n" + FLOODS[number % 3] + b"\r\n")


async def no_http(port: int, number: int) -> Answer:
    """Send what is no HTTP."""
    noise = random.Random(number)
    sent = [
        noise.randbytes(2_000),
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + noise.randbytes(500),
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\nGET /x",
        b"FETCH / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET /\xff\xfe\xfd HTTP/1.1\r\nHost: \xff\r\nConnection: close\r\n\r\n",
    ][number % 7]
    return await talk(port, sent, 60)


SOCKETS: dict[str, Attack] = {
    "slow clients": Attack("a request that comes a byte a second", slow_head, {408}),
    "half-open connections": Attack("a connection over which nothing comes", half_open, {408}),
    "slow readers": Attack("the database asked for and not read", slow_reader, {0}),
    # Who goes on sending while the site hangs up may find the connection gone before reading why: so TCP is.
    "a body of a gigabyte": Attack("POST with a length of a gigabyte, and in pieces", gigabyte, may={0, 405}),
    "header floods": Attack("100,000 headers; one of 10 MB; an address of 1 MB", headers_without_end, {431}, {0}),
    "what is no HTTP": Attack("noise, TLS, wrong lengths, unknown methods and versions", no_http, {400}),
}

# Addresses made up from the real ones

VALUES = (
    "",
    "0",
    "-1",
    "2023",
    "kirkuk",
    "max",
    "on",
    "1e309",
    "9" * 30,
    "NaN",
    "None",
    "null",
    "\x00",
    "\ufeff",
    "\U0001f600",
    "\u0643\u0631\u0643\u0648\u0643",
    "' or 1=1 --",
    '"><script>alert(1)</script>',
    "{{7*7}}",
    "%",
    "%%",
    "%zz",
    "../..",
    "a" * 3_000,
    "[]",
    "{}",
    '["a"]',
    "id",
    "-",
    ",",
    "~2E",
    "a,b",
    "1 2",
    "\r\nX: y",
    "*",
    "\\",
    "id desc",
    "rowid",
)
PARAMETERS = (
    "_size",
    "_next",
    "_sort",
    "_sort_desc",
    "_facet",
    "_facet_array",
    "_facet_date",
    "_facet_size",
    "_nofacet",
    "_col",
    "_nocol",
    "_shape",
    "_json",
    "_json_infinity",
    "_labels",
    "_label",
    "_search",
    "_searchmode",
    "_where",
    "_through",
    "_trace",
    "_stream",
    "_header",
    "_dl",
    "_ttl",
    "_timelimit",
    "_nl",
    "_extra",
    "_hide_sql",
    "_show_sql",
    "_filter_column",
    "_filter_op",
    "_filter_value",
    "_nocount",
    "_next_url",
    "_sort_by_desc",
    "_nosuggest",
    "sql",
    "q",
    "election",
    "governorate",
    "list",
    "party",
    "code",
    "first_divisor",
    "rule",
    "name",
    "_blob_column",
    "_blob_hash",
    "_r",
)
OPERATORS = (
    "exact",
    "not",
    "contains",
    "endswith",
    "startswith",
    "gt",
    "gte",
    "lt",
    "lte",
    "like",
    "notlike",
    "glob",
    "in",
    "notin",
    "arraycontains",
    "arraynotcontains",
    "date",
    "isnull",
    "notnull",
    "isblank",
    "notblank",
    "nothing",
)
SUFFIXES = ("", "", "", ".json", ".csv", ".xlsx", ".blob", ".nothing", ".jsono", ".db")


class Addresses:
    """Makes addresses up from the routes, tables, columns and questions that there are."""

    def __init__(self, database: Path) -> None:
        connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        names = connection.execute("select name from sqlite_master where type in ('table', 'view') order by 1")
        self.columns = {
            name: [row[1] for row in connection.execute(f"pragma table_info([{name}])")] for (name,) in names.fetchall()
        }
        self.ids = [
            row[0]
            for table in ("governorates", "lists", "parties", "sources", "claims", "figures", "elections")
            for row in connection.execute(f"select id from {table} order by id limit 40")
        ]
        connection.close()
        self.questions = sorted(path.stem for path in (PROJECT / "sql" / "pages").glob("*.sql"))
        self.pages = (
            "",
            "governorates",
            "governorate/{}",
            "lists",
            "list/{}",
            "party/{}",
            "election/{}",
            "compare",
            "audit",
            "sources",
            "source/{}",
            "figure/{}",
            "simulator",
            "download",
            "about",
            "search",
            "claim/{}",
            "method",
        )
        self.own = (
            "/-/health",
            "/-/version",
            "/-/versions",
            "/-/metadata",
            "/-/plugins",
            "/-/settings",
            "/-/threads",
            "/-/config",
            "/-/databases",
            "/-/actor",
            "/-/permissions",
            "/-/allow-debug",
            "/-/messages",
            "/-/patterns",
            "/-/logout",
            "/-/auth-token",
            "/-/search",
            "/-/static/app.css",
            "/-/dashboards",
            "/-/dashboards/{}",
            "/-/dashboards/{}/{}",
            "/-/dashboards/election/embed",
            "/robots.txt",
            "/sitemap.xml",
            "/favicon.ico",
            "/static/site.css",
            "/_memory",
            "/_internal",
            "/elections/-/{}",
            "/elections.db",
            "/-/{}",
            "/{}",
            "/elections/sqlite_master",
            "/-/jump",
        )

    def make(self, number: int) -> str:
        """Return the address of a number, always the same."""
        chance = random.Random(number)
        value = lambda: chance.choice([*VALUES, *chance.sample(self.ids, 5)])  # noqa: E731
        kind = chance.random()
        if kind < 0.3:
            language = chance.choice(["/", "/ar/"])
            path = language + self.filled(chance.choice(self.pages), value)
        elif kind < 0.75:
            table = chance.choice([*self.columns, *self.questions])
            row = f"/{quote(value(), safe='')}" if chance.random() < 0.25 else ""
            path = f"/elections/{table}{row}"
        elif kind < 0.85:
            path = "/elections"
        else:
            path = self.filled(chance.choice(self.own), value)
        path += chance.choice(SUFFIXES)
        columns = [one for names in self.columns.values() for one in names]
        asked = []
        for _ in range(chance.choice([0, 1, 1, 2, 3, 6])):
            if chance.random() < 0.6:
                name = chance.choice(PARAMETERS)
            else:
                name = chance.choice(columns) + chance.choice(["", f"__{chance.choice(OPERATORS)}"])
            worth = chance.choice([value(), chance.choice(columns)])
            raw = chance.random() < 0.1
            asked.append(f"{name}={quote(worth, safe='%&=+') if raw else quote_plus(worth)}")
        address = path + ("?" + "&".join(asked) if asked else "")
        return re.sub(r"[\s\x00-\x1f]", "+", address)

    @staticmethod
    def filled(pattern: str, value: Callable[[], str]) -> str:
        return re.sub(r"\{\}", lambda _: quote(value(), safe=""), pattern)


# A storm, and what it leaves


@dataclass
class Storm:
    """What came of an attack."""

    name: str
    tried: str
    count: int
    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    slowest: float = 0
    late: dict[str, float] = field(default_factory=dict)
    before: float = 0
    after: float = 0

    @property
    def worst(self) -> str:
        """The answers, the most frequent first."""
        named = {0: "closed", -1: "no answer"}
        return ", ".join(f"{named.get(one, one)}" for one, _ in self.statuses.most_common())

    def row(self) -> str:
        home, place = (self.late.get(page, 0) for page in PAGES[:2])
        kept = max((self.late.get(page, 0) for page in PAGES[2:]), default=0)
        lost = "; ".join(self.faults[:3]) or "nothing"
        times = f"{home * 1000:.0f} / {place * 1000:.0f} / {kept * 1000:.0f}"
        return (
            f"| {self.name} | {self.tried} | {self.count:,} | {self.worst} | {times} "
            f"| {self.before:.0f} → {self.after:.0f} | {lost} |"
        )


async def read_on(port: int, stop: asyncio.Event, times: dict[str, list[float]], faults_found: list[str]) -> None:
    """Read the pages one after the other, as somebody would who knows nothing of the attack."""
    number = random.randrange(10**9)
    while not stop.is_set():
        for page in PAGES:
            number += 1
            answer = await get(port, page.format(number))
            times.setdefault(page, []).append(answer.seconds)
            if answer.status != 200:
                faults_found.append(f"{page} answered {answer.status} meanwhile")
            await asyncio.sleep(0.02)


async def attack(site: Site, name: str, tried: Attack, count: int, first: int = 0) -> Storm:
    """Try an attack so often, CLIENTS at a time, while somebody reads the pages."""
    storm = Storm(name, tried.tried, count, before=site.memory())
    digest = site.digest()
    stop = asyncio.Event()
    times: dict[str, list[float]] = {}
    reading = asyncio.create_task(read_on(site.port, stop, times, storm.faults))
    numbers = iter(range(first, first + count))

    async def client() -> None:
        for number in numbers:
            answer = await tried.one(site.port, number)
            storm.statuses[answer.status] += 1
            storm.slowest = max(storm.slowest, answer.seconds)
            if answer.status not in tried.must | tried.may or any(secret in answer.start for secret in SECRETS):
                storm.faults.append(f"number {number}: {answer.status}")

    await asyncio.gather(*(client() for _ in range(min(CLIENTS, count))))
    stop.set()
    await reading
    storm.late = {page: sorted(each)[int(len(each) * 0.95)] for page, each in times.items()}
    await asyncio.sleep(1)
    storm.after = site.memory()
    if missing := tried.must - storm.statuses.keys():
        storm.faults.append(f"no answer was {missing}")
    if site.digest() != digest:
        storm.faults.append("the database was changed")
    if left := site.left_in_temporary_folder():
        storm.faults.append(f"files were left: {left}")
    return storm


def fuzz(database: Path) -> Attack:
    tried = "real routes, tables, columns, parameters with values that make no sense"
    return Attack(tried, asking(Addresses(database).make), {200, 400, 404}, ALLOWED)


async def warm_up(site: Site) -> None:
    """Ask for the usual once, and for one of each costly kind, so that what is loaded once is loaded."""
    for address in [
        *PAGES,
        "/ar",
        "/lists",
        "/audit",
        "/elections/results",
        "/elections/claims?_size=max",
        "/elections/claims.csv?_stream=1",
        "/elections/claims.xlsx",
        "/elections.json?sql=select+1",
    ]:
        answers = await asyncio.gather(*(get(site.port, address) for _ in range(8)))
        assert {answer.status for answer in answers} == {200}, address


MADE_UP = "made-up addresses"
# How often make attack tries each; what is not named, a thousand times.
COUNTS = {
    "endless recursion": 320,
    "SQL in other spellings": 320,
    "huge sorts": 320,
    "cartesian joins": 320,
    "giant strings": 320,
    "functions that cannot be stopped": 320,
    "Excel files": 96,
    "many rows as HTML": 320,
    "many rows as JSON and CSV": 320,
    "many facets": 320,
    "slow clients": 96,
    "half-open connections": 96,
    "slow readers": 32,
    "a body of a gigabyte": 320,
    "header floods": 160,
    MADE_UP: 10_000,
}


def run(database: Path, chosen: Sequence[str]) -> Iterator[Storm]:
    """Try attacks on one site, one after the other."""
    with tempfile.TemporaryDirectory() as folder, served(database, Path(folder)) as site:
        asyncio.run(warm_up(site))
        for name, tried in (ASKED | SOCKETS | {MADE_UP: fuzz(database)}).items():
            if name in chosen:
                storm = asyncio.run(attack(site, name, tried, COUNTS.get(name, 1_000)))
                if name == MADE_UP:
                    storm.after = rested(site, storm.before)
                yield storm


def rested(site: Site, before: float) -> float:
    """Wait until the memory is as it was, at most as long as a worker that has grown lives. Returns what it is then."""
    end = time.monotonic() + settings.SHORTEST_LIFE + 40
    while site.memory() > before and time.monotonic() < end:
        time.sleep(2)
    return site.memory()


def machine() -> str:
    return (
        f"{os.cpu_count()} cores of {platform.machine()} with {platform.system()}, Python {platform.python_version()}, "
        f"{WORKERS} workers, {CLIENTS} clients at a time; who attacks shares the machine with who answers"
    )


def main() -> int:
    """Try everything, print each row as it comes, and write docs/attacks.md. Returns 1 if anything was lost."""
    attacks, bring_about = [*ASKED, *SOCKETS, MADE_UP], {one.__name__: one for one in faults.ALL}
    parser = argparse.ArgumentParser(
        description="Try to bring the site and the build down, on this machine only, and write docs/attacks.md.",
        epilog=f"The names: {', '.join([*attacks, *bring_about])}.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="try these alone, print their rows and write nothing")
    names = parser.parse_args().names
    if unknown := set(names) - {*attacks, *bring_about}:
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    storms, broken = [], []
    with tempfile.TemporaryDirectory() as place:
        database = faults.built(Path(place))
        chosen = [one for one in attacks if one in names or not names]
        for storm in run(database, chosen) if chosen else ():
            print(storm.row(), flush=True)
            storms.append(storm)
        for name, one in bring_about.items():
            if (name in names or not names) and (one not in faults.NEED_MOUNTS or may_mount()):
                broken.append(one(database, faults.ALL[one]))
                print(broken[-1].row(), flush=True)
    if not names:
        (PROJECT / "docs" / "attacks.md").write_text(document(storms, broken), encoding="utf-8")
    return int(any(storm.faults for storm in storms) or any(fault.lost for fault in broken))


def document(storms: list[Storm], broken: list[faults.Fault]) -> str:
    """Write what was tried, as Markdown."""
    start = storms[0].before if storms else 0
    end = storms[-1].after if storms else 0
    view = (
        "could write nowhere but to a folder of temporary files" if may_mount() else "had a folder of temporary files"
    )
    return (
        "# What the site loses when it is attacked, and when its machine fails\n\n"
        f"`make attack` wrote this on {datetime.date.today().isoformat()}, on {machine()}. "
        "`tests/test_hold.py` and `tests/test_faults.py` try the same a few times on every run.\n\n"
        "## Attacks\n\n"
        f"All on one site, one after the other, which {view}; that was empty after each. "
        "Meanwhile somebody reads pages: the home page and that of a governorate at addresses that nobody has "
        "asked for before, so that no cache "
        "answers, and pages from the cache. No answer was an error of the server but 503 (*come back later*), and the "
        "SHA-256 of the database was the same after each. "
        "*Closed* means that the site hung up on a visitor at fault.\n\n"
        f"Memory of all processes was {start:.0f} MB after each kind of answer had been asked for once, "
        f"and {end:.0f} MB after the last attack and a rest of {settings.SHORTEST_LIFE + 40:.0f} s at most: a worker "
        "that has grown gives way to a fresh one.\n\n"
        "| attack | what was tried | how often | answers, the most frequent first | 95% of pages within, ms: "
        "home / governorate / cached | memory before and after, MB | lost |\n"
        "| --- | --- | ---: | --- | ---: | ---: | --- |\n"
        + "\n".join(storm.row() for storm in storms)
        + "\n\n## Faults\n\n"
        "| fault | what was tried | how often | what came of it | lost |\n"
        "| --- | --- | ---: | --- | --- |\n" + "\n".join(fault.row() for fault in broken) + "\n"
    )


if __name__ == "__main__":
    sys.exit(main())
