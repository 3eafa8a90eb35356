"""How many requests a second does the site answer, and how fast? make bench writes docs/bench.md.

The same file is served in the same run by a bare `datasette elections.db`, by the site as the recipes serve it, without
compression and with it, and from behind nginx with its cache full. wrk asks; it shares the machine with all of them.
"""

import datetime
import os
import platform
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from test_deploy import PROJECT, free_port, instance, nginx, running, wait_for

SECONDS, CONNECTIONS = 4, 8
KIRKUK = "election_id=2023&governorate_id=kirkuk"
WHO_WON = "select+*+from+seats_by_governorate+where+election_id='2023'+and+governorate_id='kirkuk'+and+seats+>+0"
# What is asked for: of the site, and what comes nearest in a bare Datasette, which has no pages and no questions.
ASKED = {
    "home page": ("/", "/"),
    "page of a governorate": ("/governorate/kirkuk", f"/elections/seats_by_governorate?{KIRKUK}"),
    "JSON of a table": (f"/elections/seats_by_governorate.json?_shape=array&{KIRKUK}",) * 2,
    "a question": ("/elections/who_won?election=2023&governorate=kirkuk", f"/elections?sql={WHO_WON}"),
}
# Only wrk's own script tells the 95th percentile; a non-2xx answer counts as an error.
REPORT = """
done = function(summary, latency)
  local errors = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  io.write(string.format("RESULT %f %f %f %d\\n", summary.requests / (summary.duration / 1e6),
    latency:percentile(50) / 1e3, latency:percentile(95) / 1e3, errors))
end
"""


@contextmanager
def bare(database: Path) -> Iterator[str]:
    """Serve a database with Datasette alone: no plugin, no setting, no description."""
    address = f"127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "datasette", "serve", str(database), "--port", address.partition(":")[2]]
    with running(command, PROJECT.parent, DATASETTE_LOAD_PLUGINS="") as server:
        wait_for(f"http://{address}/-/versions.json", server)
        yield address


def measure(address: str, encoding: str) -> tuple[float, float, float, int]:
    """Ask for an address over and over. Returns requests a second, median and 95th percentile in ms, and errors."""
    # The first answer fills caches, and templates are compiled for it.
    urllib.request.urlopen(urllib.request.Request(address, headers={"Accept-Encoding": encoding})).read()
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(REPORT)
        script.flush()
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-H", f"Accept-Encoding: {encoding}"]
        said = subprocess.run([*command, "-s", script.name, address], capture_output=True, text=True, check=True).stdout
    result = next(line for line in said.splitlines() if line.startswith("RESULT")).split()[1:]
    return float(result[0]), float(result[1]), float(result[2]), int(result[3])


def main() -> None:
    """Measure, print each figure as it comes, and write docs/bench.md."""
    database = PROJECT / "elections.db"
    rows = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        plain = stack.enter_context(bare(database))
        ours, _ = stack.enter_context(instance(database))
        front = stack.enter_context(nginx(folder, ours)).address
        for name, (path, nearest) in ASKED.items():
            for served, address, encoding in (
                ("bare Datasette", f"http://{plain}{nearest}", "identity"),
                ("the site", f"http://{ours}{path}", "identity"),
                ("the site, gzip", f"http://{ours}{path}", "gzip"),
                ("behind the cache, gzip", f"{front}{path}", "gzip"),
            ):
                rate, median, late, errors = measure(address, encoding)
                row = f"| {name} | {served} | {rate:,.0f} | {median:.1f} | {late:.1f} | {errors} |"
                print(row, flush=True)
                rows.append(row)
    (PROJECT / "docs" / "bench.md").write_text(
        "# What the site answers in a second\n\n"
        f"`make bench` wrote this on {datetime.date.today().isoformat()}, on {os.cpu_count()} cores of "
        f"{platform.machine()} with {platform.system()} and Python {platform.python_version()}. "
        f"{CONNECTIONS} connections ask for {SECONDS} seconds each; who asks shares the machine with who answers.\n"
        "A bare `datasette elections.db` serves the same file in the same run, without plugins. It has no pages and no "
        "questions, so it is asked for the table or the SQL that comes nearest; its home page is a list of one "
        "database.\n\n"
        "| asked for | served by | answers a second | median, ms | 95% within, ms | errors |\n"
        "| --- | --- | ---: | ---: | ---: | ---: |\n" + "\n".join(rows) + "\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
