"""How fast is the site, compared with what else serves the same? `make bench` writes docs/bench.md.

The same database is served by a bare `datasette elections.db` and by the site, alone and behind nginx; nginx also
serves the same bytes from files, which is the limit of the machine. All are measured in turn, several times, so that
what else the machine does falls on all of them. wrk sends the requests.
"""

import argparse
import datetime
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from conftest import PROJECT, configuration
from faults import built
from serving import GUNICORN, behind_nginx, free_port, instance, memory, nginx, running, until, wait_for

KIRKUK = "election_id=2023&governorate_id=kirkuk"
WHO_WON = "select+*+from+seats_by_governorate+where+election_id='2023'+and+governorate_id='kirkuk'+and+seats+>+0"
RUNS, SECONDS = 5, 2
WORKERS = "2"


@dataclass(frozen=True)
class Page:
    """What is asked for: of the site, and what comes nearest in a bare Datasette, which has no pages of ours."""

    name: str
    path: str
    nearest: str
    connections: Sequence[int] = (8,)


PAGES = (
    Page("home page", "/", "/", (1, 8, 32)),
    Page("page of a governorate", "/governorate/kirkuk", f"/elections/seats_by_governorate?{KIRKUK}", (1, 8, 32)),
    Page("page of a table", "/elections/results", "/elections/results"),
    Page("JSON of a view", *(f"/elections/seats_by_governorate.json?_shape=array&{KIRKUK}",) * 2),
    Page("CSV of a view", *(f"/elections/seats_by_governorate.csv?{KIRKUK}",) * 2),
    Page("canned question", "/elections/who_won?election=2023&governorate=kirkuk", f"/elections?sql={WHO_WON}"),
)
# No cache has an address that nobody has asked for. Datasette would take a name without underscore for a column.
SCRIPT = """
local number, mark = %d, string.find(wrk.path, "?", 1, true) and "&" or "?"
if number > 0 then
  function request()
    number = number + 1
    return wrk.format("GET", wrk.path .. mark .. "_x=" .. number)
  end
end
function done(summary, latency)
  local errors = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  io.write(string.format("RESULT %%f %%f %%d\\n", summary.requests / (summary.duration / 1e6),
    latency:percentile(95) / 1e3, errors))
end
"""


@dataclass(frozen=True)
class Measured:
    """One measurement: answers per second, 95th percentile of the time in ms, errors."""

    rate: float
    late: float
    errors: int


def measure(address: str, connections: int, seconds: float = SECONDS, cached: bool = True) -> Measured:
    """Ask for an address over and over with gzip, or each time for another one that no cache has."""
    # The first answers fill the caches, of each worker its own.
    for _ in range(8 if cached else 0):
        fetched(address)
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(SCRIPT % (0 if cached else time.time_ns() // 1_000_000))
        script.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-H", "Accept-Encoding: gzip", "-s", script.name]
        said = subprocess.run([*command, address], capture_output=True, text=True, check=True).stdout
    rate, late, errors = next(line for line in said.splitlines() if line.startswith("RESULT")).split()[1:]
    return Measured(float(rate), float(late), int(errors))


def fetched(address: str) -> bytes:
    """Return the body of an answer as it comes over the wire."""
    body: bytes = urllib.request.urlopen(urllib.request.Request(address, headers={"Accept-Encoding": "gzip"})).read()
    return body


def bare_command(database: Path, port: str) -> list[str]:
    return [sys.executable, "-m", "datasette", "serve", str(database), "--port", port]


@contextmanager
def bare(database: Path) -> Iterator[str]:
    """Serve a database with Datasette alone: no plugin, no setting, no description."""
    port = str(free_port())
    with running(bare_command(database, port), database.parent, DATASETTE_LOAD_PLUGINS="") as server:
        wait_for(f"http://127.0.0.1:{port}/-/versions.json", server)
        yield f"http://127.0.0.1:{port}"


@contextmanager
def files(folder: Path, bodies: Mapping[str, bytes]) -> Iterator[str]:
    """Serve bytes, compressed already, as files with nginx, set up to be as fast as it can."""
    address = f"127.0.0.1:{free_port()}"
    for name, body in bodies.items():
        (folder / name).write_bytes(body)
    rest = (
        "sendfile on;\ntcp_nopush on;\nkeepalive_requests 10000000;\nopen_file_cache max=100;\n"
        f"server {{\nlisten {address};\nroot {folder};\nadd_header Content-Encoding gzip;\n}}"
    )
    with running(nginx(folder, rest), folder) as server:
        wait_for(f"http://{address}/{next(iter(bodies))}", server)
        yield f"http://{address}"


Found = dict[str, list[Measured]]


def serving(database: Path, pages: Sequence[Page] = PAGES, runs: int = RUNS) -> Iterator[tuple[Page, int, Found]]:
    """Measure each page with each number of connections: by name of who serves, the runs."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for name in ("files", "proxy"):
            (folder / name).mkdir()
        plain = stack.enter_context(bare(database))
        ours, _ = stack.enter_context(instance(database, WEB_CONCURRENCY=WORKERS))
        proxy = stack.enter_context(behind_nginx(ours, folder / "proxy", limits=False))
        bodies = {f"{number}": fetched(ours + page.path) for number, page in enumerate(pages)}
        limit = stack.enter_context(files(folder / "files", bodies))
        for number, page in enumerate(pages):
            addresses = {
                "bare": (plain + page.nearest, False),
                "uncached": (ours + page.path, False),
                "cached": (ours + page.path, True),
                "proxy": (proxy + page.path, True),
                "files": (f"{limit}/{number}", True),
            }
            for many in page.connections:
                found: Found = {name: [] for name in addresses}
                for _ in range(runs):
                    for name, (address, cached) in addresses.items():
                        found[name].append(measure(address, many, cached=cached))
                yield page, many, found


def start_of(command: Sequence[str], folder: Path, port: int, **environment: str) -> tuple[float, float]:
    """Start a server; return the seconds until it answers, and the MB of its processes once all have started."""
    environment |= {"HOST": "127.0.0.1", "PORT": str(port)}
    before = time.monotonic()
    with running(list(command), folder, **environment) as server:

        def answers() -> bool:
            try:
                return bool(fetched(f"http://127.0.0.1:{port}/"))
            except OSError:
                assert server.poll() is None, "it does not start"
                return False

        assert until(answers), "it does not answer"
        seconds = time.monotonic() - before
        time.sleep(3)
        return seconds, memory(server.pid)


def starting(database: Path, runs: int = RUNS) -> dict[str, list[tuple[float, float]]]:
    """Start each server several times in turn."""
    found: dict[str, list[tuple[float, float]]] = {}
    for _ in range(runs):
        for name, workers in {"bare Datasette": "", "the site, 1 worker": "1", "the site, 2 workers": "2"}.items():
            port, folder = free_port(), configuration(database)
            command = GUNICORN if workers else bare_command(database, str(port))
            started = start_of(command, folder if workers else folder.parent, port, WEB_CONCURRENCY=workers)
            found.setdefault(name, []).append(started)
    return found


def median(measured: Sequence[Measured]) -> float:
    """Return the median of the answers per second."""
    return statistics.median(one.rate for one in measured)


def ratio(found: Found, one: str, other: str) -> float:
    """Return how many times as many answers one gave, the median of the pairs; 0 where the other gave none."""
    pairs = zip(found[one], found[other], strict=True)
    return statistics.median(mine.rate / theirs.rate if theirs.rate else 0 for mine, theirs in pairs)


def spread(values: Sequence[float], form: str = ",.0f") -> str:
    """Write the median with the least and the greatest."""
    low, middle, high = (format(value, form) for value in (min(values), statistics.median(values), max(values)))
    return f"{middle} ({low}–{high})"


def table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a Markdown table whose first column is words and the others numbers."""
    lines = [heading, ["---", *["---:"] * (len(heading) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def rates(database: Path) -> str:
    """Measure and write how many answers per second each server gives."""
    rows = []
    for page, many, found in serving(database):
        rows.append([
            page.name,
            str(many),
            *(spread([one.rate for one in found[name]]) for name in found),
            f"{statistics.median(one.late for one in found['uncached']):,.0f}",
            f"{ratio(found, 'uncached', 'bare'):,.1f}",
            *(f"{ratio(found, one, 'files'):.2f}" for one in ("cached", "proxy")),
            str(sum(one.errors for name in ("uncached", "cached", "proxy") for one in found[name])),
        ])  # fmt: skip
        print(" | ".join(rows[-1]), flush=True)
    heading = [
        "page or file", "connections", "bare Datasette", "uncached", "cached", "cached, behind nginx", "nginx, files",
        "p95 uncached, ms", "uncached : bare", "cached : files", "behind nginx : files", "errors",
    ]  # fmt: skip
    return table(heading, rows)


def starts(database: Path) -> str:
    """Measure and write how soon servers answer, and what memory they take."""
    rows = [
        [name, spread([seconds for seconds, _ in runs], ".2f"), spread([mb for _, mb in runs])]
        for name, runs in starting(database).items()
    ]
    return table(["server", "first answer after, s", "memory then, MB"], rows)


def main() -> None:
    """Measure, print each figure as it comes, and write docs/bench.md."""
    parser = argparse.ArgumentParser(description="Measure the site and the build into docs/bench.md.")
    parser.add_argument("--serving-only", action="store_true", help="leave out the build of large databases")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = built(Path(folder))
        parts = [
            INTRODUCTION.format(
                date=datetime.date.today().isoformat(), cores=os.cpu_count(), machine=platform.machine(),
                system=platform.system(), python=platform.python_version(), runs=RUNS,
            ),
            "## Answers per second\n", SERVING, rates(database), "## Start and memory\n", STARTING, starts(database),
        ]  # fmt: skip
    if not options.serving_only:
        import bench_build

        with tempfile.TemporaryDirectory() as folder:
            loading, asking = bench_build.measure(bench_build.SIZES, 3, Path(folder))
        parts += ["## Station results\n", BUILDING, *loading, "", *asking, ""]
    (PROJECT / "docs" / "bench.md").write_text("\n".join(parts), encoding="utf-8")


INTRODUCTION = """# Speed and memory

`make bench` wrote this on {date}, on {cores} cores of {machine} with {system} and Python {python}. Client and server
share the machine. Each figure is the median of {runs} runs, with the least and the greatest in brackets; servers that
are compared were measured in turn. Ratios are medians of pairs. They tell more than the figures, which depend on the
machine.
"""
SERVING = """- *Bare Datasette* is `datasette elections.db`: the same file without plugins. It has none of our
  pages; the test asks it for the table or the SQL that comes nearest, uncached.
- *Uncached*: each request has another address, so that no cache serves it. *Cached*: the same address again.
- *Behind nginx*: with `deploy/nginx.conf`, without its limits of requests per visitor.
- *nginx, files*: nginx serves the bytes of the answer from a file. That is the limit of the machine.
- *p95*: 95 % of the answers came within so many milliseconds. *Errors*: requests to the site that had no good answer
  within two seconds.
"""
STARTING = """Memory is the proportional set size of all processes after the first answer. It includes the two
processes for visitors' SQL that each worker of the site has.
"""
BUILDING = """For each size, a made-up election (`tests/synthetic.py`) is built. The file of its counts is also given to
other tools, which only insert the rows; the build also checks every row, adds up the counts, adopts figures, audits
them and computes the views. Each figure is the median of three runs in turn. Then every view and every question is
asked; the slowest are listed.
"""


if __name__ == "__main__":
    main()
