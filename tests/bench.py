"""How fast is the site, beside what else serves the same? make bench writes docs/bench.md, test_speed.py guards ratios.

In one run the same database is served by a bare `datasette elections.db`, by the site, and by roapi (JSON only); the
same bytes are served by nginx from files, which is the limit of the machine. They are measured in turn, several times,
so that what else the machine does falls on all of them. wrk asks, and shares the machine with who answers.
"""

import argparse
import datetime
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from test_deploy import NGINX, PROJECT, free_port, instance, running, wait_for

KIRKUK = "election_id=2023&governorate_id=kirkuk"
WHO_WON = "select+*+from+seats_by_governorate+where+election_id='2023'+and+governorate_id='kirkuk'+and+seats+>+0"


@dataclass(frozen=True)
class Asked:
    """What is asked for: of the site, and what comes nearest in a bare Datasette, which has no pages or questions."""

    name: str
    path: str
    nearest: str


ASKED = (
    Asked("home page", "/", "/"),
    Asked("page of a governorate", "/governorate/kirkuk", f"/elections/seats_by_governorate?{KIRKUK}"),
    Asked("page of a table", "/elections/results", "/elections/results"),
    Asked("JSON of a view", *(f"/elections/seats_by_governorate.json?_shape=array&{KIRKUK}",) * 2),
    Asked("CSV of a view", *(f"/elections/seats_by_governorate.csv?{KIRKUK}",) * 2),
    Asked("a question", "/elections/who_won?election=2023&governorate=kirkuk", f"/elections?sql={WHO_WON}"),
)
# Only wrk's own script tells the 95th percentile. An address that was never asked before is in no cache.
SCRIPT = """
local number, mark = %d, string.find(wrk.path, "?", 1, true) and "&" or "?"
if number > 0 then
  function request()
    number = number + 1
    return wrk.format("GET", wrk.path .. mark .. "_asked=" .. number)
  end
end
function done(summary, latency)
  local errors = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  io.write(string.format("RESULT %%f %%f %%f %%d\\n", summary.requests / (summary.duration / 1e6),
    latency:percentile(50) / 1e3, latency:percentile(95) / 1e3, errors))
end
"""


@dataclass(frozen=True)
class Measured:
    """One measurement: answers a second, median and 95th percentile of the time in ms, errors."""

    rate: float
    median: float
    late: float
    errors: int


def measure(address: str, connections: int, seconds: int, new: bool = False) -> Measured:
    """Ask for an address over and over with gzip; `new` asks for another each time, which no cache has."""
    # The first answers fill what can be filled; they may come from any of the processes.
    for _ in range(0 if new else 8):
        urllib.request.urlopen(urllib.request.Request(address, headers={"Accept-Encoding": "gzip"})).read()
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(SCRIPT % (time.time_ns() // 1_000_000 if new else 0))
        script.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-H", "Accept-Encoding: gzip", "-s", script.name]
        said = subprocess.run([*command, address], capture_output=True, text=True, check=True).stdout
    result = next(line for line in said.splitlines() if line.startswith("RESULT")).split()[1:]
    return Measured(float(result[0]), float(result[1]), float(result[2]), int(result[3]))


@contextmanager
def bare(database: Path) -> Iterator[str]:
    """Serve a database with Datasette alone: no plugin, no setting, no description."""
    address = f"127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "datasette", "serve", str(database), "--port", address.partition(":")[2]]
    with running(command, PROJECT.parent, DATASETTE_LOAD_PLUGINS="") as server:
        wait_for(f"http://{address}/-/versions.json", server)
        yield f"http://{address}"


@contextmanager
def files(folder: Path, bodies: Mapping[str, bytes]) -> Iterator[str]:
    """Serve bytes, compressed already, as files with nginx, set up to be as fast as it can."""
    address = f"127.0.0.1:{free_port()}"
    for name, body in bodies.items():
        (folder / name).write_bytes(body)
    temporary = "".join(f"{kind}_temp_path {folder}/t-{kind};\n" for kind in TEMPORARY)
    user = "user root;" if os.getuid() == 0 else ""
    (folder / "files.conf").write_text(
        f"{user}\nworker_processes auto;\npid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{}}\n"
        f"http {{\naccess_log off;\nsendfile on;\ntcp_nopush on;\nkeepalive_requests 10000000;\n"
        f"open_file_cache max=100;\n{temporary}"
        f"server {{\nlisten {address};\nroot {folder};\nadd_header Content-Encoding gzip;\n}}\n}}\n",
        encoding="utf-8",
    )
    with running([NGINX, "-c", f"{folder}/files.conf", "-g", "daemon off;"], folder) as server:
        wait_for(f"http://{address}/{next(iter(bodies))}", server)
        yield f"http://{address}"


TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@contextmanager
def roapi(folder: Path, rows: bytes) -> Iterator[str | None]:
    """Serve rows, given as a JSON array, with roapi; None where there is none (make bench installs it)."""
    program = shutil.which("roapi", path=str(PROJECT / "build" / "bench" / "bin"))
    if program is None:
        yield None
        return
    (folder / "rows.json").write_bytes(rows)
    address = f"127.0.0.1:{free_port()}"
    command = [program, "--table", f"rows={folder}/rows.json", "--addr-http", address]
    command += ["--addr-postgres", f"127.0.0.1:{free_port()}"]
    with running(command, folder) as server:
        wait_for(f"http://{address}/api/tables/rows", server)
        yield f"http://{address}/api/tables/rows"


def fetched(address: str, encoding: str = "gzip") -> bytes:
    """Return the body of an answer as it comes over the wire."""
    body: bytes = urllib.request.urlopen(urllib.request.Request(address, headers={"Accept-Encoding": encoding})).read()
    return body


def in_turn(runs: int, measurements: Mapping[str, Callable[[], Measured]]) -> dict[str, list[Measured]]:
    """Measure each in turn, several times."""
    found: dict[str, list[Measured]] = {name: [] for name in measurements}
    for _ in range(runs):
        for name, take in measurements.items():
            found[name].append(take())
    return found


def rate(measured: Sequence[Measured]) -> float:
    """Return the median of the answers a second."""
    return statistics.median(one.rate for one in measured)


def serving(
    database: Path, asked: Sequence[Asked] = ASKED, connections: Sequence[int] = (1, 8, 32), runs: int = 3,
    seconds: int = 2,
) -> Iterator[tuple[Asked, int, dict[str, list[Measured]]]]:  # fmt: skip
    """Measure each address with each number of connections: by name of who serves, the runs."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        plain = stack.enter_context(bare(database))
        ours = f"http://{stack.enter_context(instance(database))[0]}"
        bodies = {f"{number}": fetched(ours + one.path) for number, one in enumerate(asked)}
        limit = stack.enter_context(files(folder, bodies))
        json = next((one for one in asked if ".json" in one.path), None)
        rows = fetched(ours + json.path, "identity") if json else b"[]"
        peer = stack.enter_context(roapi(folder, rows)) if json else None
        for number, one in enumerate(asked):
            for many in connections:
                who: dict[str, Callable[[], Measured]] = {
                    "bare": lambda: measure(plain + one.nearest, many, seconds, new=True),  # noqa: B023
                    "new": lambda: measure(ours + one.path, many, seconds, new=True),  # noqa: B023
                    "kept": lambda: measure(ours + one.path, many, seconds),  # noqa: B023
                    "files": lambda: measure(f"{limit}/{number}", many, seconds),  # noqa: B023
                }
                if one is json and peer is not None:
                    address = peer
                    who["roapi"] = lambda: measure(address, many, seconds)  # noqa: B023
                yield one, many, in_turn(runs, who)


def start_of(command: Sequence[str], address: str, path: str = "/") -> tuple[float, float]:
    """Start a server and ask until it answers. Returns the seconds, and the memory of all its processes in MB."""
    before = time.monotonic()
    with running(list(command), PROJECT) as server:
        while True:
            try:
                urllib.request.urlopen(address + path, timeout=10).read()
                break
            except OSError:
                assert server.poll() is None and time.monotonic() - before < 60, "it does not answer"
                time.sleep(0.005)
        return time.monotonic() - before, memory(server.pid)


def memory(process: int) -> float:
    """Return the memory of a process and all that it has started in MB, what they share counted once."""
    taken = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            group = os.getpgid(int(folder.name))
            if group == os.getpgid(process):
                rolled = (folder / "smaps_rollup").read_text(encoding="ascii")
                taken += next(int(line.split()[1]) for line in rolled.splitlines() if line.startswith("Pss:"))
        except (OSError, StopIteration):  # it has ended meanwhile
            continue
    return taken * 1024 / 1e6


def starting(database: Path, runs: int = 5) -> dict[str, list[tuple[float, float]]]:
    """Start each server several times in turn: seconds to the first answer, and MB after it."""
    found: dict[str, list[tuple[float, float]]] = {}
    for _ in range(runs):
        for name, command in {
            "bare Datasette": ["-m", "datasette", "serve", str(database)],
            "the site, one process": ["serve.py", str(database), "--host", "127.0.0.1", "--workers", "1"],
            "the site": ["serve.py", str(database), "--host", "127.0.0.1"],
        }.items():
            port = str(free_port())
            address = f"http://127.0.0.1:{port}"
            found.setdefault(name, []).append(start_of([sys.executable, *command, "--port", port], address))
    return found


def spread(values: Sequence[float], form: str = ",.0f") -> str:
    """Write the median with the least and the greatest."""
    low, middle, high = (format(value, form) for value in (min(values), statistics.median(values), max(values)))
    return f"{middle} ({low}–{high})"


def ratio(one: float, other: float, form: str) -> str:
    """Write how many times as much one is; nothing where the other has answered nobody in time."""
    return format(one / other, form) if other else ""


def table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a Markdown table whose first two columns are words and the others numbers."""
    lines = [heading, ["---" if number < 2 else "---:" for number in range(len(heading))], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def served(database: Path) -> str:
    """Measure and write how fast the site answers."""
    rows = []
    for asked, connections, found in serving(database):
        bare, new, kept, limit = (rate(found[who]) for who in ("bare", "new", "kept", "files"))
        errors = sum(one.errors for runs in found.values() for one in runs)
        rows.append([
            asked.name,
            str(connections),
            *(spread([one.rate for one in found[who]]) for who in ("bare", "new", "kept", "files")),
            spread([one.rate for one in found["roapi"]]) if "roapi" in found else "",
            f"{statistics.median(one.late for one in found['new']):,.1f}",
            ratio(new, bare, ".1f"),
            ratio(kept, bare, ",.0f"),
            ratio(kept, limit, ".2f"),
            str(errors),
        ])  # fmt: skip
        print(" | ".join(rows[-1]), flush=True)
    heading = [
        "asked for", "connections", "bare Datasette", "the site, asked anew", "the site, kept", "nginx, files", "roapi",
        "anew: 95% within, ms", "anew : bare", "kept : bare", "kept : nginx", "no answer, of all",
    ]  # fmt: skip
    return table(heading, rows)


def started(database: Path) -> str:
    """Measure and write how fast servers start, and what memory they take."""
    rows = [
        [name, "", spread([seconds for seconds, _ in runs], ".2f"), spread([mb for _, mb in runs])]
        for name, runs in starting(database).items()
    ]
    return table(["served by", "", "first answer after, s", "memory then, MB"], rows)


def main() -> None:
    """Measure, print each figure as it comes, and write docs/bench.md."""
    parser = argparse.ArgumentParser(description="Measure the site and the build into docs/bench.md.")
    parser.add_argument("--serving-only", action="store_true", help="leave out the build of large databases")
    options = parser.parse_args()
    database = PROJECT / "elections.db"
    parts = [
        INTRODUCTION.format(
            date=datetime.date.today().isoformat(), cores=os.cpu_count(), machine=platform.machine(),
            system=platform.system(), python=platform.python_version(),
        ),
        "## Answers a second\n", SERVING, served(database), "## Starting\n", started(database),
    ]  # fmt: skip
    if not options.serving_only:
        import bench_build

        with tempfile.TemporaryDirectory() as folder:
            loading, asking = bench_build.measure(bench_build.SIZES, 3, Path(folder))
        parts += ["## Station results\n", BUILDING, *loading, "", *asking, ""]
    (PROJECT / "docs" / "bench.md").write_text("\n".join(parts), encoding="utf-8")


INTRODUCTION = """# How fast it is

`make bench` wrote this on {date}, on {cores} cores of {machine} with {system} and Python {python}. Each figure is the
median of several runs, least and greatest in brackets; what is compared was measured in turn, in the same run. Take the
ratios; the seconds are this machine's.
"""
SERVING = """Who asks shares the machine with who answers. *Bare Datasette* is `datasette elections.db`, the same file
without plugins. It has no pages and no questions, so it is asked for the table or the SQL that comes nearest. *Asked
anew*: another address each time, so that nothing kept serves. *Kept*: the same address again. *nginx, files* serves the
very bytes of the answer from a file and is the limit of the machine. *roapi* answers from the same rows, JSON only. The
last column counts requests to any of them that had no good answer within two seconds: a bare Datasette that is asked by
32 at once takes longer.
"""
BUILDING = """A made-up election (`tests/synthetic.py`) of each size is built, and the file of its counts is given to
what people would else use, which only insert. The build also proves every row, adds it up, adopts, audits and computes.
The middle of three runs in turn. Then every view and every question is asked; the slowest are shown.
"""


if __name__ == "__main__":
    main()
