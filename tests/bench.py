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


def measure(address: str, connections: int, seconds: float, new: bool = False) -> Measured:
    """Ask for an address over and over with gzip; `new` asks for another each time, which no cache has."""
    # The first answers fill what can be filled; they may come from any of the processes.
    for _ in range(0 if new else 8):
        urllib.request.urlopen(urllib.request.Request(address, headers={"Accept-Encoding": "gzip"})).read()
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(SCRIPT % (time.time_ns() // 1_000_000 if new else 0))
        script.flush()
        said = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-H", "Accept-Encoding: gzip", "-s", script.name, address],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
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
    """Serve bytes, compressed already, as files with nginx, set up to be as fast as it can. Names are without a slash."""
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
    seconds: float = 2,
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


def first_answer(start: Callable[[], contextlib_instance]) -> float:
    """Return the seconds from the start of a server to its first answer."""
    raise NotImplementedError
