"""What does the site lose when it is attacked, and when its machine fails? `make attack` writes docs/attacks.md.

Each attack and each fault has a count: `make attack` tries it often, tests/test_storms.py less often. Nothing leaves
this machine. Those that a proxy is there to stop are tried without one and behind nginx with deploy/nginx.conf.
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
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence, Set
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, quote_plus

import faults
from conftest import PROJECT, configuration
from costly_sql import ENDLESS, GIANT_TEXTS, JOIN, LIKE, NOT_INTERRUPTIBLE, PRINTF, SORT, numbered
from made_up_addresses import Addresses
from serving import GUNICORN, NGINX, behind_nginx, free_port, memory, running, wait_for

from elections.site import bounds

WORKERS = 2
CLIENTS = 32
# One reader asks for these all the while. No cache has the first two: their address is another each time.
PAGES = ("/?_x={}", "/governorate/kirkuk?_x={}", "/", "/governorate/basra")
# Whoever reads has another address than whoever attacks, as nginx counts the requests of each.
READER, ATTACKER = "127.0.0.2", "127.0.0.1"
REST = 60  # seconds after an attack in which memory may come back
# What no answer holds: a file of the machine or of the project, the inside of an error.
SECRETS = (b"root:x:0:0", b"[build-system]", b"[tool.ruff]", b"Traceback (most recent call last)", b"def main(")
READ_ONLY = 'mount --make-rprivate / && mount -t tmpfs none "$TMPDIR" && mount -o remount,ro,bind / && exec "$@"'
# Statuses of our own: the connection was closed without an answer; there was none until we gave up.
CLOSED, NONE = 0, -1


@dataclass
class Site:
    """A site to attack, and what there is to know of its machine."""

    port: int
    pid: int
    temporary: Path
    read_only: bool
    database: Path
    proxied: int | None = None  # the port of nginx before it
    fresh: float = 0  # megabytes before the first attack

    def digest(self) -> str:
        return hashlib.sha256(self.database.read_bytes()).hexdigest()

    def left_in_temporary_folder(self) -> list[str]:
        """List what is in the only folder on a disk that the site may write to."""
        return sorted(path.name for path in Path(f"/proc/{self.pid}/root{self.temporary}").iterdir())


def may_mount() -> bool:
    """Tell whether a process of ours may have a read-only view of the machine."""
    if os.geteuid() or not shutil.which("unshare"):
        return False
    tried = ["unshare", "--mount", "sh", "-c", "mount --make-rprivate / && mount -o remount,ro,bind /"]
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0


def has_proxy() -> bool:
    """Tell whether nginx can be put before the site."""
    return Path(NGINX).exists() and (PROJECT / "deploy" / "nginx-server.conf").exists()


@contextmanager
def served(database: Path) -> Iterator[Site]:
    """Serve a database as the recipes do; where that is allowed, with nothing that can be written but TMPDIR."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        port, temporary, read_only = free_port(), folder / "temporary", may_mount()
        temporary.mkdir()
        command = ["unshare", "--mount", "sh", "-c", READ_ONLY, "sh", *GUNICORN] if read_only else GUNICORN
        environment = {
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "TMPDIR": str(temporary),
            "WEB_CONCURRENCY": str(WORKERS),
        }
        server = stack.enter_context(running(command, configuration(database), **environment))
        wait_for(f"http://127.0.0.1:{port}/-/health", server)
        site = Site(port, server.pid, temporary, read_only, database)
        if has_proxy():
            (folder / "nginx").mkdir()
            proxy = stack.enter_context(behind_nginx(f"http://127.0.0.1:{port}", folder / "nginx"))
            site.proxied = int(proxy.rpartition(":")[2])
        asyncio.run(warm_up(site))
        site.fresh = memory(site.pid)
        yield site


@dataclass
class Answer:
    """What came of one request."""

    status: int
    seconds: float
    start: bytes = b""


async def talk(port: int, sent: bytes, seconds: float = 120, source: str = ATTACKER, pause: float = 0) -> Answer:
    """Send some bytes, or with a pause each by itself, over a new connection and read until it is closed."""
    began = time.perf_counter()
    head = start = b""
    writer = sending = None
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
            sending = asyncio.create_task(
                send(writer, [sent[i : i + 1] for i in range(len(sent))] if pause else [sent], pause)
            )
            head = await reader.readuntil(b"\r\n\r\n")
            while part := await reader.read(1 << 18):
                start += part[: max(0, 100_000 - len(start))]
    except TimeoutError:
        return Answer(NONE, seconds)
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        pass
    finally:
        if sending is not None:
            sending.cancel()
        if writer is not None:
            writer.close()
    return Answer(int(head.split()[1]) if head else CLOSED, time.perf_counter() - began, start)


async def send(writer: asyncio.StreamWriter, pieces: Sequence[bytes], pause: float) -> None:
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)
    except OSError:
        pass  # the site has hung up, and whoever reads learns it


async def get(port: int, address: str, source: str = ATTACKER) -> Answer:
    request = f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
    return await talk(port, request.encode(), source=source)


async def warm_up(site: Site) -> None:
    """Ask for the usual, and for one of each costly kind, so that what is loaded once is loaded."""
    for address in [
        *PAGES, "/ar", "/lists", "/audit", "/elections/results", "/elections/claims?_size=max",
        "/elections/claims.csv?_stream=1", "/elections/claims.xlsx", "/elections.json?sql=select+1",
    ]:  # fmt: skip
        answers = await asyncio.gather(*(get(site.port, address) for _ in range(8)))
        assert {answer.status for answer in answers} == {200}, (address, answers)


# Attacks: what each asks for, the first time, the second ...

OneAttack = Callable[[int, int], Awaitable[Answer]]


@dataclass(frozen=True)
class Attack:
    """What is asked for, and which answers come of it: each of `must`, and no others but those of `may`.

    `bare`: further answers of a site without a proxy, where stopping the attack is the proxy's trade.
    """

    tried: str
    one: OneAttack
    must: Set[int] = frozenset()
    may: Set[int] = frozenset({503})
    bare: Set[int] | None = None
    count: int = 320  # of `make attack`


def asking(address: Callable[[int], str]) -> OneAttack:
    return lambda port, number: get(port, address(number))


def sql(*statements: str, suffix: str = ".json") -> OneAttack:
    """Ask questions, one after the other."""
    made = lambda number: quote_plus(numbered(statements[number % len(statements)], number))  # noqa: E731
    return asking(lambda number: f"/elections{suffix}?sql={made(number)}")


def any_of(*addresses: str) -> OneAttack:
    """Ask for one after the other; {} and {0}, as they are or quoted, are another number each time."""
    return asking(lambda number: re.sub(r"\{0?\}|%7B0?%7D", str(number), addresses[number % len(addresses)]))


def nonsense(number: int) -> str:
    pieces = ['"', "*", "AND", "NEAR(", ")", "^", "-", "col:", "{", "ال", "😀", "%00", "a" * 500, ":", "OR OR"]
    place = ("/search?q=", "/search.json?q=", "/elections/search_names?_search=")[number % 3]
    return place + quote(" ".join(random.Random(number).choices(pieces, k=6)), safe="%")


PLACES = ("static/", "-/static/", "-/static-plugins/datasette_vega/", "", "elections/", "governorate/", "ar/")
DOTS = ("../", "%2e%2e/", "..%2f", "%2e%2e%2f", "..%5c", "....//", "..;/", "%252e%252e%252f", "~2E~2E~2F", "..%00/",
        "%c0%ae%c0%ae/", "/")  # fmt: skip
FILES = ("etc/passwd", "pyproject.toml", "gunicorn.conf.py", "proc/self/environ")
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
MANY = quote_plus("select a.id, b.id from claims a, claims b where {0} = {0}")
WRITING = (
    "insert into elections (id) values ('{}')", "update elections set id = {}", "delete from elections",
    "attach 'file:/tmp/stolen{}.db' as stolen", "vacuum into '/tmp/stolen{}.db'", "pragma writable_schema = 1",
    "select load_extension('x{}')", "select fts3_tokenizer('simple', x'{}')", "select writefile('/tmp/stolen{}', 'x')",
    "with x as (select 1) insert into elections select * from x",
)  # fmt: skip

ASKED: dict[str, Attack] = {
    "endless recursion": Attack("a recursive query without end", sql(ENDLESS), {400}),
    "other spellings": Attack(
        "the same, and a long text in each row, at addresses with %73ql, %5Fwhere and ~65lections",
        any_of(
            f"/elections.json?%73ql={quote_plus(ENDLESS)}",
            f"/~65lections.json?sql={quote_plus(ENDLESS)}",
            f"/~65lections?s%71l={quote_plus(GIANT_TEXTS[3])}",
            f"/elections/claims.json?%5Fwhere={quote_plus(f'({ENDLESS}) > 0')}",
            f"/elections/~63laims?_%77here={quote_plus(f'({ENDLESS}) > 0')}",
        ),
        {400},
    ),
    "giant strings": Attack("blobs of 100 to 900 MB, group_concat without end, long texts in each row",
                            sql(*GIANT_TEXTS), {400}),
    "printf": Attack("printf and format of 500 million letters", sql(*PRINTF), {400}, {200, 503}),
    "LIKE chains": Attack("200 LIKE or GLOB of the longest texts and patterns in one row", sql(*LIKE), {400}),
    "functions that cannot be interrupted": Attack(
        "200 searches and trims of the longest texts, a thousand readings of them as JSON and dates, in one row",
        sql(*NOT_INTERRUPTIBLE), {400}, {200, 503},
    ),
    "huge sorts": Attack("a sort of two million rows of random texts", sql(SORT), {400}),
    "cartesian joins": Attack("five tables of claims joined without a condition", sql(JOIN), {400}),
    "many rows as HTML": Attack(
        f"pages of {bounds.PAGE_ROWS} rows of the widest table, as .html, and of a question with millions",
        any_of("/elections/claims?_size=max&_x={}", "/elections/claims.html?_size=max&_x={}", f"/elections?sql={MANY}"),
        {200}, {400, 503},
    ),
    "many rows by conditions": Attack(
        "the same pages with _where, which wait for a process and not for a turn",
        any_of("/elections/claims?_size=max&_where={}={}", "/elections/claims?_size=max&id__glob=*&_x={}"), {200},
    ),
    "many rows as JSON and CSV": Attack(
        "the widest table, whole, and a question with 10,000 rows",
        any_of("/elections/claims.json?_size=max&_x={}", "/elections/claims.csv?_stream=1&_x={}",
               f"/elections.csv?sql={MANY}"),
        {200}, {400, 503},
    ),
    "Excel files": Attack(
        "the widest table, and a question with a million rows",
        any_of("/elections/claims.xlsx?_x={}", f"/elections.xlsx?sql={MANY}"), {200}, {400, 503}, count=96,
    ),
    "many facets": Attack(
        "eight facets with all their values; eight of arrays; a hundred facets",
        any_of(
            "/elections/claims?" + "&".join(f"_facet={one}" for one in COLUMNS) + "&_facet_size=max&_x={}",
            "/elections/claims?" + "&".join(f"_facet={one}" for one in COLUMNS * 12) + "&_x={}",
            "/elections/claims?" + "&".join(f"_facet_array={one}" for one in COLUMNS) + "&_x={}",
        ),
        {200, 400},
    ),
    "nonsense to search for": Attack("quotes, operators and signs of full-text search", asking(nonsense), {200},
                                     count=1_000),
    "path traversal": Attack(
        "../ in twelve spellings under pages, files, tables and plugins",
        asking(lambda n: f"/{PLACES[n % 7]}{DOTS[n // 7 % 12] * 8}{FILES[n // 84 % 4]}"),
        {404}, {302, 400, 503}, count=1_000,
    ),
    "writing by SQL": Attack("insert, update, delete, attach, vacuum into, pragma, load_extension, fts3_tokenizer",
                             sql(*WRITING), {400}, count=1_000),
}  # fmt: skip


async def slow_head(port: int, number: int) -> Answer:
    head = b"GET /?_x=%d HTTP/1.1\r\nHost: x\r\nX-Slow: %b" % (number, b"a" * 100)
    return await talk(port, head, 25, pause=1)


async def half_open(port: int, number: int) -> Answer:
    return await talk(port, b"", 25)


async def slow_reader(port: int, number: int) -> Answer:
    """Ask for much again and again and take nothing of it, until the site hangs up."""
    began = time.perf_counter()
    request = b"GET /elections.db?%d HTTP/1.1\r\nHost: x\r\n\r\n" % number
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.bind((ATTACKER, 0))
        connection.connect(("127.0.0.1", port))
        connection.setblocking(False)
        while time.perf_counter() - began < 40:
            try:
                # It is noticed that the site has hung up only when something is sent.
                connection.send(request)
            except BlockingIOError:
                pass
            except OSError:
                return Answer(CLOSED, time.perf_counter() - began)
            await asyncio.sleep(1)
    return Answer(NONE, time.perf_counter() - began)


async def gigabyte(port: int, number: int) -> Answer:
    """Send a body of a gigabyte, said to be one, or in pieces without an end, by POST and GET."""
    length = b"Content-Length: 1000000000" if number % 2 else b"Transfer-Encoding: chunked"
    head = b"%b /elections?%d HTTP/1.1\r\nHost: x\r\n%b\r\n\r\n" % ((b"POST", b"GET")[number // 2 % 2], number, length)
    piece = b"x" * 100_000 if number % 2 else b"186a0\r\n" + b"x" * 100_000 + b"\r\n"
    return await talk(port, head + piece * 100, 60)


FLOODS = (b"".join(b"X-%d: a\r\n" % one for one in range(100_000)), b"X-Long: " + b"a" * 10_000_000 + b"\r\n")


async def headers_without_end(port: int, number: int) -> Answer:
    if number % 3 == 2:
        return await talk(port, b"GET /%b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % (b"a" * 1_000_000))
    return await talk(port, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + FLOODS[number % 3] + b"\r\n")


async def invalid_http(port: int, number: int) -> Answer:
    noise = random.Random(number)
    sent = (
        noise.randbytes(2_000),
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + noise.randbytes(500),
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\nGET /x",
        b"FETCH / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET /\xff\xfe\xfd HTTP/1.1\r\nHost: \xff\r\nConnection: close\r\n\r\n",
    )[number % 7]
    return await talk(port, sent, 20)


# Stopping these is the trade of a proxy: they are tried without one, and behind nginx.
PROXYS: dict[str, Attack] = {
    "slow clients": Attack("a request that comes a byte per second", slow_head, may={CLOSED, 408, NONE}, count=96),
    "half-open connections": Attack("200 connections over which nothing comes", half_open, may={CLOSED, 408, NONE},
                                    count=200),
    "slow readers": Attack("the database, asked for and not read", slow_reader, may={CLOSED, NONE}, count=32),
    # Whoever goes on sending while the site hangs up may find the connection gone before the answer.
    "bodies of a gigabyte": Attack("POST and GET with content of a gigabyte, and in pieces without end", gigabyte,
                                   may={CLOSED, 405, 413, 503}),
    "header floods": Attack("100,000 headers; one of 10 MB; an address of 1 MB", headers_without_end,
                            may={CLOSED, 400, 404, 414, 431, 494, 503}, bare={200}, count=96),
    "request floods": Attack("pages that no cache has, by 32 clients without a pause",
                             any_of("/governorate/basra?_x={}", "/?_x=flood{}"), may={200, 429, 503}, count=2_000),
    "invalid HTTP": Attack("noise, TLS, wrong lengths, unknown methods and versions", invalid_http,
                           {400}, {200, 404, 405, 408, 413, 501, 505, CLOSED, NONE}, count=320),
}  # fmt: skip


def made_up(database: Path) -> Attack:
    tried = "real routes, tables, columns and parameters with values that make no sense"
    may = frozenset({301, 302, 304, 403, 405, 414, 431, 503, CLOSED})
    return Attack(tried, asking(Addresses(database).make), {200, 400, 404}, may, count=10_000)


MADE_UP = "made-up addresses"


# A storm, and what it leaves


@dataclass
class Storm:
    """What came of an attack."""

    name: str
    tried: str
    count: int
    proxied: bool
    statuses: Counter[int] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    times: dict[str, list[float]] = field(default_factory=dict)
    before: float = 0
    after: float = 0
    rested: float = 0

    def late(self, *pages: str) -> float:
        """Return the milliseconds within which 95 % of some pages came."""
        times = sorted(time for page in pages for time in self.times.get(page, [0]))
        return times[int(len(times) * 0.95)] * 1_000

    def row(self) -> str:
        named = {CLOSED: "closed", NONE: "no answer"}
        answers = ", ".join(f"{named.get(one, one)}" for one, _ in self.statuses.most_common())
        times = " / ".join(f"{self.late(*pages):.0f}" for pages in (PAGES[:1], PAGES[1:2], PAGES[2:]))
        name = f"{self.name}, behind nginx" if self.proxied else self.name
        return (
            f"| {name} | {self.tried} | {self.count:,} | {answers} | {times} "
            f"| {self.before:.0f} / {self.after:.0f} / {self.rested:.0f} | {'; '.join(self.lost[:3]) or 'nothing'} |"
        )


async def read_on(port: int, stop: asyncio.Event, storm: Storm) -> None:
    """Read the pages one after the other, as somebody would who knows nothing of the attack."""
    number = random.randrange(10**9)
    while not stop.is_set():
        for page in PAGES:
            number += 1
            answer = await get(port, page.format(number), READER)
            storm.times.setdefault(page, []).append(answer.seconds)
            if answer.status != 200:
                storm.lost.append(f"{page} answered {answer.status} meanwhile")
            await asyncio.sleep(0.02)


async def attack(site: Site, name: str, tried: Attack, count: int, first: int = 0, proxied: bool = False) -> Storm:
    """Try an attack so often, CLIENTS at a time, while somebody reads the pages."""
    storm = Storm(name, tried.tried, count, proxied, before=memory(site.pid))
    port = site.proxied if proxied and site.proxied else site.port
    allowed = tried.must | tried.may | (set() if proxied else tried.bare or set()) | ({429} if proxied else set())
    digest, stop = site.digest(), asyncio.Event()
    reading = asyncio.create_task(read_on(port, stop, storm))
    numbers = iter(range(first, first + count))

    async def client() -> None:
        for number in numbers:
            answer = await tried.one(port, number)
            storm.statuses[answer.status] += 1
            if answer.status not in allowed or any(secret in answer.start for secret in SECRETS):
                storm.lost.append(f"number {number}: {answer.status}")

    await asyncio.gather(*(client() for _ in range(min(200 if tried.one is half_open else CLIENTS, count))))
    stop.set()
    await reading
    storm.after = storm.rested = memory(site.pid)
    if missing := tried.must - storm.statuses.keys():
        storm.lost.append(f"no answer was {missing}")
    if site.digest() != digest:
        storm.lost.append("the database was changed")
    if left := site.left_in_temporary_folder():
        storm.lost.append(f"files were left: {left}")
    return storm


def rest(site: Site, storm: Storm, seconds: float = REST) -> Storm:
    """Wait until memory is back within a tenth, a minute at most."""
    end = time.monotonic() + seconds
    # Before an attack, the processes that the one before has ended may be missing.
    most = max(site.fresh, storm.before) * 1.1
    while (now := memory(site.pid)) > most and time.monotonic() < end:
        time.sleep(1)
    storm.rested = now
    return storm


def run(database: Path, chosen: Sequence[str], part: float = 1) -> Iterator[Storm]:
    """Try attacks on one site, one after the other: so often as they are to be tried, or a part of it."""
    with served(database) as site:
        for name, tried in (ASKED | PROXYS | {MADE_UP: made_up(database)}).items():
            for proxied in (False, True) if name in PROXYS and site.proxied else (False,):
                if name in chosen:
                    count = max(CLIENTS, int(tried.count * part))
                    yield rest(site, asyncio.run(attack(site, name, tried, count, proxied=proxied)))


def main() -> int:
    """Try everything, print each row as it comes, and write docs/attacks.md. Returns 1 if anything was lost."""
    attacks, machines = [*ASKED, *PROXYS, MADE_UP], {one.__name__: one for one in faults.ALL}
    parser = argparse.ArgumentParser(
        description="Try to bring the site and the build down, on this machine only, and write docs/attacks.md.",
        epilog=f"The names: {', '.join([*attacks, *machines])}.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="try these alone, print their rows and write nothing")
    parser.add_argument("--part", type=float, default=1, help="try each this part as often, and write nothing")
    options = parser.parse_args()
    if unknown := set(options.names) - {*attacks, *machines}:
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    storms, broken = [], []
    with tempfile.TemporaryDirectory() as place:
        database = faults.built(Path(place))
        chosen = [one for one in attacks if one in options.names or not options.names]
        for storm in run(database, chosen, options.part) if chosen else ():
            print(storm.row(), flush=True)
            storms.append(storm)
        for name, one in machines.items():
            if (name in options.names or not options.names) and (one not in faults.NEED_MOUNTS or may_mount()):
                broken.append(one(database, max(1, int(faults.ALL[one] * options.part))))
                print(broken[-1].row(), flush=True)
    if not options.names and options.part == 1:
        (PROJECT / "docs" / "attacks.md").write_text(document(storms, broken), encoding="utf-8")
    return int(any(one.lost for one in [*storms, *broken]))


def document(storms: list[Storm], broken: list[faults.Fault]) -> str:
    """Write what was tried, as Markdown."""
    return TEXT.format(
        date=datetime.date.today().isoformat(),
        machine=f"{os.cpu_count()} cores of {platform.machine()} with {platform.system()}",
        python=platform.python_version(),
        workers=WORKERS,
        clients=CLIENTS,
        view="could write only to" if may_mount() else "had",
        before=storms[0].before,
        after=storms[-1].rested,
        attacks="\n".join(storm.row() for storm in storms),
        faults="\n".join(fault.row() for fault in broken),
    )


TEXT = """# Attacks and faults

`make attack` wrote this on {date}, on {machine} and Python {python}. The site had {workers} workers. Each
attack came from {clients} clients at a time. Client and server share the machine.

## Attacks

All attacks were tried on one site, one after the other. The site {view} a folder for temporary files, which was empty
after each. Meanwhile one reader asked for the home page and the page of a governorate, uncached, and for two pages from
the cache. Each of these answers had status 200, or the last column says so. The SHA-256 of the database was the same
after each attack.

- p95: 95 % of these pages came within so many milliseconds.
- 400 tells the visitor what is wrong with the request. 503 and 429 say *come back later*.
- *Closed*: the server closed the connection. *No answer*: the connection was still open when the client gave up, after
  20 to 40 seconds. Without a proxy a slow client costs the site a connection; nginx closes it.
- Memory is the proportional set size of all processes of the site: before the attack, right after it, and later, a
  minute at most. It was {before:.0f} MB before the first attack and {after:.0f} MB after the last.

| attack | what was tried | times | answers, most frequent first | p95 of home / governorate / cached page, ms \
| memory before / after / later, MB | lost |
| --- | --- | ---: | --- | ---: | ---: | --- |
{attacks}

## Faults

| fault | what was tried | times | what came of it | lost |
| --- | --- | ---: | --- | --- |
{faults}
"""


if __name__ == "__main__":
    sys.exit(main())
