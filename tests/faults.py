"""Faults of the machine: each is brought about so often, and told with what was lost."""

import hashlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from conftest import PROJECT, configuration, run_build
from serving import GUNICORN, children, family, free_port, instance, is_running, until

OLD = b"the last good database"
BUILD = [sys.executable, str(PROJECT / "build_db.py"), "--quiet", "--database"]
# The clock of a process goes back by a day, now and then.
CLOCK = """
import random, runpy, sys, time
real = time.time
time.time = lambda: real() - random.choice([0, 86_400])
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@dataclass
class Fault:
    """What came of a fault."""

    name: str
    tried: str
    count: int = 0
    lost: list[str] = field(default_factory=list)
    seen: str = ""

    def row(self) -> str:
        lost = "; ".join(self.lost[:3]) or "nothing"
        return f"| {self.name} | {self.tried} | {self.count:,} | {self.seen} | {lost} |"


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def is_left(place: Path, *expected: str) -> bool:
    """Tell whether a folder holds anything but what is expected."""
    return sorted(path.name for path in place.iterdir()) != sorted(expected)


def killed_builds(database: Path, count: int) -> Fault:
    """Kill a build at a random moment; the database is then the old one or the whole new one."""
    fault = Fault("SIGKILL of a build", "at a random moment, over the last good database")
    chance, new = random.Random(count), digest(database)
    left = done = 0
    with tempfile.TemporaryDirectory() as place:
        target = Path(place) / "elections.db"
        began = time.perf_counter()
        subprocess.run([*BUILD, target], check=True)
        lasts = time.perf_counter() - began
        for number in range(count):
            target.write_bytes(OLD)
            build = subprocess.Popen([*BUILD, target], stderr=subprocess.DEVNULL)
            time.sleep(chance.uniform(0, lasts * 1.05))
            build.kill()
            build.wait()
            fault.count += 1
            if target.read_bytes() != OLD:
                done += 1
                if digest(target) != new:
                    fault.lost.append(f"kill {number}: neither the old nor the new database")
            left += is_left(Path(place), "elections.db", "inspect-data.json")
        subprocess.run([*BUILD, target], check=True)
        if is_left(Path(place), "elections.db", "inspect-data.json") or digest(target) != new:
            fault.lost.append("the next build left a file or made another database")
    fault.seen = f"{count - done} times the old database, {done} times the new one; {left} left a file, "
    fault.seen += "which the next build deleted"
    return fault


def builds_at_once(database: Path, count: int) -> Fault:
    """Build to the same place several times at once."""
    fault = Fault("two builds at the same time", "two or three builds to one place", seen="all succeed")
    with tempfile.TemporaryDirectory() as place:
        target = Path(place) / "elections.db"
        for number in range(count):
            builds = [subprocess.Popen([*BUILD, target]) for _ in range(2 + number % 2)]
            ends = [build.wait() for build in builds]
            fault.count += 1
            if any(ends) or digest(target) != digest(database):
                fault.lost.append(f"round {number}: {ends}")
            if is_left(Path(place), "elections.db", "inspect-data.json"):
                fault.lost.append(f"round {number}: a file was left")
    return fault


def in_mounted(options: str, then: str) -> tuple[int, str, bytes, list[str]]:
    """Build over the last good database in a folder mounted for it: exit status, message, database and files."""
    script = (
        f'mount --make-rprivate / && mount -t tmpfs {options} none "$1" && '
        f'printf %s "$2" > "$1/elections.db" && {then} '
        '{ shift 2; "$@" 2> /dev/shm/said.$$; echo $?; cat /dev/shm/said.$$; rm /dev/shm/said.$$; }; '
        'echo ===; cat "$0/elections.db"; echo; echo ===; ls -A "$0"'
    )
    with tempfile.TemporaryDirectory() as place:
        run = subprocess.run(
            ["unshare", "--mount", "sh", "-c", script, place, place, OLD.decode(), *BUILD, f"{place}/elections.db"],
            capture_output=True,
            check=True,
        )
    told, held, files = run.stdout.split(b"===\n")
    status, _, message = told.decode().partition("\n")
    return int(status), message, held.rstrip(b"\n"), files.decode().split()


def full_disks(database: Path, count: int) -> Fault:
    """Build to a disk on which there is less and less room."""
    fault = Fault("a full disk", "a disk with 16 kB to all but 64 kB of the room needed")
    fault.seen = "exit 1, “Is there room on the disk?”; the old database stays"
    most = database.stat().st_size - 65_536
    for number in range(count):
        room = 16_384 + most * number // count
        status, message, held, files = in_mounted(f"-o size={room}", "")
        fault.count += 1
        if (status, held, files) != (1, OLD, ["elections.db"]) or "Is there room on the disk" not in message:
            fault.lost.append(f"{room} bytes: {status}, {message}, {files}")
    return fault


def read_only_folders(database: Path, count: int) -> Fault:
    """Build to a folder that may only be read."""
    fault = Fault("a read-only folder", "a build to a disk mounted read-only")
    fault.seen = "exit 1, “may you write to its folder?”; the old database stays"
    for _ in range(count):
        status, message, held, files = in_mounted("-o size=9m", 'mount -o remount,ro "$1" &&')
        fault.count += 1
        if (status, held, files) != (1, OLD, ["elections.db"]) or "may you write to its folder" not in message:
            fault.lost.append(f"{status}, {message}, {files}")
    return fault


def spoilt_databases(database: Path) -> Iterator[tuple[str, bytes | None]]:
    """Make what is no database to serve: what it is, and its bytes."""
    whole = database.read_bytes()
    flipped = bytearray(whole)
    for place in range(len(flipped) // 3, len(flipped) // 3 + 20_000):
        flipped[place] ^= 0xFF
    other = sqlite3.connect(":memory:")
    other.execute("create table music (title)")
    other.commit()
    yield "a missing file", None
    yield "a database of something else", other.serialize()
    other.close()
    yield "an empty file", b""
    yield "a text", b"governorate,votes\nkirkuk,1\n" * 1_000
    yield "a file cut short", whole[: len(whole) * 2 // 3]
    yield "a file cut within a page", whole[:-100]
    yield "flipped bytes in the middle", bytes(flipped)
    yield "a spoilt beginning", b"x" * 100 + whole[100:]
    yield "zeros", bytes(len(whole))


def start(folder: Path, port: int) -> subprocess.CompletedProcess[str]:
    """Start the site, which is to fail."""
    return subprocess.run(
        GUNICORN, cwd=folder, capture_output=True, text=True, timeout=60, check=False,
        env=os.environ | {"HOST": "127.0.0.1", "PORT": str(port), "WEB_CONCURRENCY": "1"},
    )  # fmt: skip


def bad_starts(database: Path, count: int) -> Fault:
    """Start the site with what is no database of ours."""
    fault = Fault("a damaged or missing database at start", "", seen="exit 1, one line that says what to do")
    tried = list(spoilt_databases(database))
    for what, held in tried:
        with tempfile.TemporaryDirectory() as place:
            copy = Path(place) / "elections.db"
            copy.write_bytes(database.read_bytes())
            folder = configuration(copy)
            copy.unlink()
            if held is not None:
                copy.write_bytes(held)
            for _ in range(count):
                ended = start(folder, free_port())
                fault.count += 1
                lines = ended.stderr.splitlines()
                if ended.returncode != 1 or len(lines) != 1 or "Build it with `python build_db.py`" not in lines[0]:
                    fault.lost.append(f"{what}: {ended.returncode}, {ended.stderr[-300:]}")
    fault.tried = ", ".join(what for what, _ in tried)
    return fault


def ports_in_use(database: Path, count: int) -> Fault:
    """Start the site where another one serves."""
    fault = Fault("a port that is in use", "a second site on the port of the first")
    fault.seen = "the second site ends with an error; the first is served"
    with instance(database) as (address, _):
        for _ in range(count):
            ended = start(configuration(database), int(address.rpartition(":")[2]))
            fault.count += 1
            if ended.returncode != 1 or "Traceback" in ended.stderr or "in use" not in ended.stderr:
                fault.lost.append(f"{ended.returncode}: {ended.stderr[-300:]}")
            if httpx.get(f"{address}/-/health").status_code != 200:
                fault.lost.append("the first site stopped")
    return fault


def killed_workers(database: Path, count: int) -> Fault:
    """Kill the processes that answer, one after the other, while pages are asked for."""
    fault = Fault("SIGKILL of a worker", "one of two, at a random moment, while pages are asked for")
    chance, before = random.Random(count), digest(database)
    asked = failed = 0
    with instance(database, WEB_CONCURRENCY="2") as (address, server):
        # The first of them answers before the second has started.
        if not until(lambda: len(children(server.pid)) == 2):
            fault.lost.append("only one worker was started")
        for number in range(count):
            old = children(server.pid)
            killed = chance.choice(old)
            processes = set(family(killed))
            os.kill(killed, signal.SIGKILL)
            fault.count += 1
            for _ in range(20):
                asked += 1
                try:
                    failed += httpx.get(f"{address}/governorate/kirkuk?_x={number}").status_code != 200
                except httpx.TransportError:
                    failed += 1
            if not until(lambda old=old: len(children(server.pid)) == 2 and children(server.pid) != old):  # type: ignore[misc]
                fault.lost.append("the worker was not started again")
            # Whatever ran a visitor's SQL for it ends with it.
            if not until(lambda gone=processes: not any(map(is_running, gone))):  # type: ignore[misc]
                fault.lost.append("a process of the killed worker goes on")
            time.sleep(chance.uniform(0, 0.5))
        if httpx.get(f"{address}/-/health").json()["digest"] != before:
            fault.lost.append("another database is served")
    fault.seen = f"started again each time; {failed} of {asked} requests cut off"
    if failed > count * 2 or digest(database) != before:
        fault.lost.append(f"{failed} requests, or the database was changed")
    return fault


def killed_sql_processes(database: Path, count: int) -> Fault:
    """Kill the processes that run visitors' SQL, one after the other, while queries are sent."""
    fault = Fault("SIGKILL of a process for visitors' SQL", "one of two, at a random moment, while queries are sent")
    chance, answered = random.Random(count), 0
    with instance(database, WEB_CONCURRENCY="1") as (address, server):
        for number in range(count):
            (worker,) = children(server.pid)
            if not until(lambda worker=worker: len(children(worker)) > 0):  # type: ignore[misc]
                fault.lost.append("no process was started")
                break
            os.kill(chance.choice(children(worker)), signal.SIGKILL)
            fault.count += 1
            for more in range(3):
                reply = httpx.get(f"{address}/elections.json?sql=select+{number}+%2B+{more}&_shape=arrays", timeout=30)
                answered += reply.status_code == 200
            time.sleep(chance.uniform(0, 0.1))
    fault.seen = f"{answered} of {3 * count} queries answered"
    if answered < 3 * count:
        fault.lost.append(f"{3 * count - answered} queries")
    return fault


def killed_servers(database: Path, count: int) -> Fault:
    """Kill the whole site while it serves, and start it again."""
    fault = Fault("SIGKILL of the site", "the main process while it serves, then a new start")
    fault.seen = "its workers and their processes end by themselves; the next start serves; the database is as it was"
    before = digest(database)
    for _ in range(count):
        with instance(database) as (address, server):
            if httpx.get(f"{address}/governorate/kirkuk").status_code != 200:
                fault.lost.append("it does not serve after a kill")
            processes = family(server.pid)
            server.kill()
            server.wait()
            fault.count += 1
            if not until(lambda gone=processes: not any(map(is_running, gone))):  # type: ignore[misc]
                fault.lost.append("processes go on without it")
                os.killpg(server.pid, signal.SIGKILL)
        if digest(database) != before or list(database.parent.glob(f"{database.name}-*")):
            fault.lost.append("the database was changed")
    return fault


def clocks_set_back(database: Path, count: int) -> Fault:
    """Build and serve with a clock that jumps back and forth by a day."""
    fault = Fault("a clock set back", "a clock that jumps by a day at every look, for builds and for the site")
    fault.seen = "the same database; every page answered"
    with tempfile.TemporaryDirectory() as place:
        target = Path(place) / "elections.db"
        for _ in range(count):
            subprocess.run([sys.executable, "-c", CLOCK, *BUILD[1:], target], check=True, cwd=PROJECT)
            fault.count += 1
            if digest(target) != digest(database):
                fault.lost.append("another database was built")
    with instance(database, command=[sys.executable, "-c", CLOCK, *GUNICORN[1:]]) as (address, _):
        for number in range(count * 10):
            asked = ("/", "/governorate/kirkuk", f"/elections/results?_x={number}", "/elections.json?sql=select+1")
            statuses = [httpx.get(address + one, timeout=30).status_code for one in asked]
            if statuses != [200] * 4:
                fault.lost.append(f"answers {statuses}")
    return fault


# How often `make attack` brings each about.
ALL: dict[Callable[[Path, int], Fault], int] = {
    killed_builds: 100,
    builds_at_once: 10,
    full_disks: 20,
    read_only_folders: 3,
    bad_starts: 1,
    ports_in_use: 3,
    killed_workers: 20,
    killed_sql_processes: 100,
    killed_servers: 5,
    clocks_set_back: 5,
}
NEED_MOUNTS = (full_disks, read_only_folders)


def built(place: Path) -> Path:
    """Build a database to work with."""
    target = place / "elections.db"
    made = run_build("--database", target, "--quiet")
    assert made.returncode == 0, made.stderr
    return target
