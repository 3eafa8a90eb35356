"""How fast do station results load, in how much memory, and how fast are the questions then?

At each size a made-up election (tests/synthetic.py) is built, and the file of its counts is given to what people would
else use: the sqlite3 shell's .import into a bare table, sqlite-utils insert, csvs-to-sqlite. They only insert; the
build proves every row, adds it up, adopts, audits and computes: its first line is the time until all counts are proved,
added up and loaded, its second the whole. All take turns, several times; the middle of the times counts. Memory is the
most that the process held, as the kernel counts it.
"""

import argparse
import math
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import synthetic
import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from elections.search_names import fold, sounds
from elections.site.connections import add_functions as prepare_connection

PROJECT = Path(__file__).resolve().parent.parent
SIZES = (1_000, 100_000, 1_000_000, 10_000_000)
COUNTS = "synthetic-stations/03-counts.csv"
MOST_FOR_SQLITE_UTILS = 1_000_000  # it would take many minutes
QUESTIONS = 20  # times that each is asked
PARAMETERS = {
    "election": "2099", "governorate": "baghdad", "list": "synthetic-list-101-2099", "name": "synthetic list 101",
    "party": "synthetic-party-101", "source": "synthetic-results", "station": "20990011000101",
    "figure": "2099-baghdad-general-synthetic-list-101-votes", "result": "2099-baghdad-general-synthetic-list-101",
    "first_divisor": "1.4",
}  # fmt: skip


class Measured(NamedTuple):
    """One run of a command: seconds on the clock, seconds of the processor, and megabytes at most."""

    seconds: float
    processor: float
    megabytes: float


# A child's memory as the kernel counts it begins with that of its parent, which is therefore a small one.
LAUNCH = """
import os, sys, time
started = time.perf_counter()
process = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(process, 0)
sys.stderr.write(f"\\n{time.perf_counter() - started} {usage.ru_utime + usage.ru_stime} {usage.ru_maxrss}")
sys.exit(os.waitstatus_to_exitcode(status) != 0)
"""


def run(command: Sequence[str | Path], told: Path) -> Measured:
    """Run a command to its end, what it says into a file. Raises CalledProcessError if it fails."""
    program = shutil.which(str(command[0])) or str(command[0])
    launch = [sys.executable, "-I", "-S", "-c", LAUNCH, program, *command[1:]]
    with told.open("w") as file:
        done = subprocess.run(launch, stdout=file, stderr=subprocess.PIPE, text=True, check=True)
    seconds, processor, kilobytes = (float(one) for one in done.stderr.splitlines()[-1].split())
    return Measured(seconds, processor, kilobytes / 1024)


def ways(data: Path, rows: int, scratch: Path) -> dict[str, list[str | Path]]:
    """Return the commands that take turns, by what they are called; those that are not installed are left out."""
    counts = data / COUNTS
    build = [sys.executable, PROJECT / "build_db.py", "--data", data, "--database", scratch / "ours.db"]
    found: dict[str, list[str | Path]] = {"build_db.py, all of it": build}
    if shell := shutil.which("sqlite3"):
        bare = "create table counts (station, list, candidate, votes)"
        found["sqlite3 .import, bare table"] = [
            shell, scratch / "shell.db", bare, f".import --csv --skip 1 '{counts}' counts",
        ]  # fmt: skip
    if rows <= MOST_FOR_SQLITE_UTILS:
        found["sqlite-utils insert --csv"] = [
            sys.executable, "-m", "sqlite_utils", "insert", scratch / "utils.db", "counts", counts, "--csv",
        ]  # fmt: skip
        if other := shutil.which("csvs-to-sqlite"):
            found["csvs-to-sqlite"] = [other, counts, scratch / "csvs.db"]
    return found


def clear(scratch: Path) -> None:
    """Delete what the runs before have written."""
    for path in scratch.glob("*.db"):
        path.unlink()


def load_times(data: Path, rows: int, times: int) -> dict[str, Measured]:
    """Let all ways load one file in turn, several times. Returns the middle of each figure."""
    with tempfile.TemporaryDirectory(dir=data.parent) as folder:
        scratch = Path(folder)
        commands = ways(data, rows, scratch)
        runs: dict[str, list[Measured]] = {name: [] for name in ("build_db.py, loading", *commands)}
        for _ in range(times):
            for name, command in commands.items():
                clear(scratch)
                runs[name].append(run(command, scratch / "told"))
                if loaded := re.search(r"^loaded .* in ([0-9.]+) s$", (scratch / "told").read_text(), re.MULTILINE):
                    whole = runs[name][-1]
                    runs["build_db.py, loading"].append(whole._replace(seconds=float(loaded[1]), processor=math.nan))
    return {
        name: Measured(*(statistics.median(column) for column in zip(*measured, strict=True)))
        for name, measured in runs.items()
    }


def questions(db: sqlite3.Connection) -> dict[str, tuple[str, Mapping[str, str]]]:
    """Return the first page of every table and view, and every canned query, with parameters that the data know."""
    asked: dict[str, tuple[str, Mapping[str, str]]] = {}
    metadata = yaml.safe_load((PROJECT / "metadata.yml").read_text(encoding="utf-8"))["databases"]["elections"]
    relations = db.execute(
        "select name, type from pragma_table_list where schema = 'main' and type in ('table', 'view')"
        " and name not like 'sqlite%'"
    )
    for name, kind in relations.fetchall():
        asked[f"{kind} {name}"] = f"select * from [{name}] limit 101", {}
    queries = {name: query["sql"] for name, query in metadata["queries"].items()}
    for path in sorted((PROJECT / "sql" / "pages").glob("*.sql")):
        queries[path.stem] = re.sub("^--.*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE).rstrip("\n;")
    for name, sql in queries.items():
        named = set(re.findall(r"(?<!:):([a-z_]+)\b", re.sub("--.*", "", sql)))
        asked[f"query {name}"] = sql, {key: PARAMETERS.get(key, "") for key in named}
    return asked


def answer_times(database: Path) -> dict[str, float]:
    """Ask every question several times, each time over a new connection. Returns the 95th percentile in ms."""
    with sqlite3.connect(database) as db:
        asked = questions(db)
    took: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(QUESTIONS):
        for name, (sql, parameters) in asked.items():
            db = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
            for function in (fold, sounds):
                db.create_function(function.__name__, 1, function, deterministic=True)
            prepare_connection(db)
            db.execute("select count(*) from sqlite_schema").fetchone()  # opening the file is no part of the question
            started = time.perf_counter()
            db.execute(sql, parameters).fetchmany(1000)
            took[name].append(1000 * (time.perf_counter() - started))
            db.close()
    return {name: statistics.quantiles(times, n=20)[-1] for name, times in took.items()}


def measure(sizes: Sequence[int], times: int, folder: Path) -> tuple[list[str], list[str]]:
    """Measure loading and asking at each size. Returns two Markdown tables, line by line."""
    loading = [
        "| rows | by | seconds | rows a second | processor, s | memory, MB |",
        "| ---: | --- | ---: | ---: | ---: | ---: |",
    ]
    asking = ["| rows | slowest questions, 95% within, ms |", "| ---: | --- |"]
    for rows in sizes:
        data = folder / f"synthetic-{rows}"
        synthetic.write(data, rows)
        for name, middle in load_times(data, rows, times).items():
            loading.append(
                f"| {rows:,} | {name} | {middle.seconds:.2f} | {rows / middle.seconds:,.0f} | "
                f"{'' if math.isnan(middle.processor) else f'{middle.processor:.1f}'} | {middle.megabytes:.0f} |"
            )
            print(loading[-1], file=sys.stderr, flush=True)
        database = folder / f"{rows}.db"
        run([sys.executable, PROJECT / "build_db.py", "--data", data, "--database", database], folder / "told")
        slowest = sorted(answer_times(database).items(), key=lambda pair: -pair[1])[:8]
        asking.append(f"| {rows:,} | {', '.join(f'{name} {late:.0f}' for name, late in slowest)} |")
        print(asking[-1], file=sys.stderr, flush=True)
        shutil.rmtree(data)
        database.unlink()
    return loading, asking


def main() -> None:
    """Measure from the command line and print the tables."""
    parser = argparse.ArgumentParser(description="Measure how station results load, and how fast questions are then.")
    parser.add_argument("--rows", type=int, nargs="+", default=SIZES, help="sizes to measure (%(default)s)")
    parser.add_argument("--times", type=int, default=3, help="runs of each, of which the middle counts (%(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for table in measure(options.rows, options.times, Path(folder)):
            print("\n".join(table), end="\n\n")


if __name__ == "__main__":
    main()
