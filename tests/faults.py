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
from conftest import run_build
from test_deploy import PROJECT, free_port, instance

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
        return (
            f"| {self.name} | {self.tried} | {self.count:,} | {self.seen} | {'; '.join(self.lost[:3]) or 'nothing'} |"
        )


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def names(place: str) -> list[str]:
    return sorted(path.name for path in Path(place).iterdir())


def folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory()


def killed_builds(database: Path, count: int) -> Fault:
    """Kill a build at a random moment; what stands there is the old database or the whole new one."""
    fault = Fault("SIGKILL of a build", "at a random moment of it, over the last good database")
    chance = random.Random(count)
    new = digest(database)
    with folder() as place:
        target = Path(place) / "elections.db"
        began = time.perf_counter()
        subprocess.run([*BUILD, target], check=True)
        lasts = time.perf_counter() - began
        left = done = 0
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
            left += len(names(place)) > 1
        subprocess.run([*BUILD, target], check=True)
        if names(place) != ["elections.db"] or digest(target) != new:
            fault.lost.append(f"the next build left {names(place)}")
        fault.seen = (
            f"{count - done} times the old, {done} times the whole new one; {left} left a file, cleared by the next"
        )
    return fault


def builds_at_once(database: Path, count: int) -> Fault:
    """Build to the same place several times at once."""
    fault = Fault("a second build at the same time", "two and three builds to one place", seen="all succeed")
    with folder() as place:
        target = Path(place) / "elections.db"
        for number in range(count):
            builds = [subprocess.Popen([*BUILD, target]) for _ in range(2 + number % 2)]
            ends = [build.wait() for build in builds]
            fault.count += 1
            if any(ends) or digest(target) != digest(database) or names(place) != ["elections.db"]:
                fault.lost.append(f"round {number}: {ends}, {names(place)}")
    return fault


def in_mounted(options: str, then: str, place: str) -> tuple[int, str, bytes, list[str]]:
    """Build over the last good database in a folder mounted for it. Gives exit status, message, database and files."""
    script = (
        f'mount --make-rprivate / && mount -t tmpfs {options} none "$1" && '
        f'printf %s "$2" > "$1/elections.db" && {then} '
        '{ shift 2; "$@" 2> /dev/shm/said.$$; echo $?; cat /dev/shm/said.$$; rm /dev/shm/said.$$; }; '
        'echo ===; cat "$0/elections.db"; echo; echo ===; ls -A "$0"'
    )
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
    with folder() as place:
        most = database.stat().st_size - 65_536
        for number in range(count):
            room = 16_384 + most * number // count
            status, message, held, files = in_mounted(f"-o size={room}", "", place)
            fault.count += 1
            if (status, held, files) != (1, OLD, ["elections.db"]) or "Is there room on the disk" not in message:
                fault.lost.append(f"{room} bytes: {status}, {message}, {files}")
            if "Traceback" in message:
                fault.lost.append(f"{room} bytes: a traceback")
        fault.seen = "exit 1, “Is there room on the disk?”; the old database stays"
    return fault


def read_only_folders(database: Path, count: int) -> Fault:
    """Build to a folder that may only be read."""
    fault = Fault("a read-only folder", "a build to a disk mounted read-only")
    with folder() as place:
        for _ in range(count):
            status, message, held, files = in_mounted("-o size=9m", 'mount -o remount,ro "$1" &&', place)
            fault.count += 1
            if (status, held, files) != (1, OLD, ["elections.db"]) or "may you write to its folder" not in message:
                fault.lost.append(f"{status}, {message}, {files}")
        fault.seen = "exit 1, “may you write to its folder?”; the old database stays"
    return fault


def spoilt_databases(database: Path, folder_of_them: Path) -> Iterator[tuple[str, Path, str]]:
    """Make files that are no database to serve: what it is, where, and what the message says."""
    whole = database.read_bytes()
    flipped = bytearray(whole)
    for place in range(len(flipped) // 3, len(flipped) // 3 + 20_000):
        flipped[place] ^= 0xFF
    other = folder_of_them / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("create table music (title)")
    connection.close()
    contents = {
        "an empty file": b"",
        "a text": b"governorate,votes\nkirkuk,1\n" * 1_000,
        "a file cut short": whole[: len(whole) * 2 // 3],
        "a file cut within a page": whole[:-100],
        "flipped bytes in the middle": bytes(flipped),
        "a spoilt beginning": b"x" * 100 + whole[100:],
        "zeros": bytes(len(whole)),
    }
    yield "a missing file", folder_of_them / "missing.db", "There is no file"
    yield "a folder", folder_of_them, "There is no file"
    yield "a database of something else", other, "cannot be read as a database of elections"
    for number, (what, held) in enumerate(contents.items()):
        path = folder_of_them / f"{number}.db"
        path.write_bytes(held)
        yield what, path, "Build it with `python build_db.py`"


def serve_on(path: Path, port: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "serve.py", str(path), "--host", "127.0.0.1", "--port", str(port), "--workers", "1"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def bad_starts(database: Path, count: int) -> Fault:
    """Start the site from what is no database."""
    fault = Fault("a corrupted or missing database at start", "", seen="exit 1, one line that says what to do")
    names = []
    with folder() as place:
        for what, path, said in spoilt_databases(database, Path(place)):
            names.append(what)
            for _ in range(count):
                ended = serve_on(path, free_port())
                fault.count += 1
                lines = ended.stderr.splitlines()
                if ended.returncode != 1 or len(lines) != 1 or said not in ended.stderr or "Traceback" in ended.stderr:
                    fault.lost.append(f"{what}: {ended.returncode}, {ended.stderr[-300:]}")
    fault.tried = ", ".join(names)
    return fault


def ports_in_use(database: Path, count: int) -> Fault:
    """Start the site where another one serves."""
    fault = Fault("a port that is in use", "a second site on the port of the first", seen="exit 1; the first serves on")
    with instance(database) as (address, _):
        for _ in range(count):
            ended = serve_on(database, int(address.rpartition(":")[2]))
            fault.count += 1
            if ended.returncode != 1 or "Traceback" in ended.stderr or "in use" not in ended.stderr:
                fault.lost.append(f"{ended.returncode}: {ended.stderr[-300:]}")
            if httpx.get(f"http://{address}/-/health").status_code != 200:
                fault.lost.append("the first site stopped")
    return fault


def children(pid: int) -> list[int]:
    found = (path.read_text().split() for path in Path(f"/proc/{pid}/task").glob("*/children"))
    return [int(one) for some in found for one in some]


def until(true: Callable[[], bool], seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return False


def killed_workers(database: Path, count: int) -> Fault:
    """Kill the processes that answer, one after the other, while pages are asked for."""
    fault = Fault("SIGKILL of a worker while it serves", "one of two, at a random moment, pages asked for meanwhile")
    chance = random.Random(count)
    asked = failed = 0
    before = digest(database)
    with instance(database, WEB_CONCURRENCY="2") as (address, server):
        # The first of them answers before the second has started.
        if not until(lambda: len(children(server.pid)) == 2):
            fault.lost.append("only one worker was started")
        for number in range(count):
            old = children(server.pid)
            os.kill(chance.choice(old), signal.SIGKILL)
            fault.count += 1
            for _ in range(20):
                asked += 1
                try:
                    failed += httpx.get(f"http://{address}/governorate/kirkuk?{number}").status_code != 200
                except httpx.TransportError:
                    failed += 1
            if not until(lambda old=old: len(children(server.pid)) == len(old) and children(server.pid) != old):  # type: ignore[misc]
                fault.lost.append("the worker was not started again")
            time.sleep(chance.uniform(0, 0.5))
        if httpx.get(f"http://{address}/-/health").json()["digest"] != before:
            fault.lost.append("another database is served")
    if digest(database) != before:
        fault.lost.append("the database was changed")
    fault.seen = f"started again each time; {failed} of {asked} requests cut off"
    if failed > count * 2:
        fault.lost.append(f"{failed} requests")
    return fault


def killed_servers(database: Path, count: int) -> Fault:
    """Kill the whole site while it serves, and start it again."""
    fault = Fault("SIGKILL of the site while it serves", "all processes at once, then a new start")
    before = digest(database)
    for _ in range(count):
        with instance(database) as (address, server):
            if httpx.get(f"http://{address}/governorate/kirkuk").status_code != 200:
                fault.lost.append("it does not serve after a kill")
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()
            fault.count += 1
        if digest(database) != before or [
            one for one in database.parent.iterdir() if one.name.startswith(database.name + "-")
        ]:
            fault.lost.append("the database was changed")
    fault.seen = "serves again at once; the database is as it was"
    return fault


def clocks_set_back(database: Path, count: int) -> Fault:
    """Build and serve with a clock that jumps back and forth by a day."""
    fault = Fault("a clock set back", "a clock that jumps by a day at every look, during builds and while serving")
    with folder() as place:
        target = Path(place) / "elections.db"
        for _ in range(count):
            subprocess.run([sys.executable, "-c", CLOCK, *BUILD[1:], target], check=True, cwd=PROJECT)
            fault.count += 1
            if digest(target) != digest(database):
                fault.lost.append("another database was built")
    port = free_port()
    command = [
        sys.executable,
        "-c",
        CLOCK,
        "serve.py",
        str(database),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--workers",
        "1",
    ]
    with subprocess.Popen(command, cwd=PROJECT, stderr=subprocess.DEVNULL) as server:
        try:
            address = f"http://127.0.0.1:{port}"

            def answers() -> bool:
                try:
                    return httpx.get(f"{address}/-/health").status_code == 200
                except httpx.TransportError:
                    return False

            if not until(answers):
                fault.lost.append("the site does not start")
            for number in range(count * 10):
                asked = ("/", "/governorate/kirkuk", f"/elections/results?_x={number}", "/elections.json?sql=select+1")
                replies = [httpx.get(address + one) for one in asked]
                if any(reply.status_code != 200 for reply in replies):
                    fault.lost.append(f"answers {[reply.status_code for reply in replies]}")
        finally:
            server.terminate()
    fault.seen = "the same database; every page answered"
    return fault


ALL: dict[Callable[[Path, int], Fault], int] = {
    killed_builds: 100,
    builds_at_once: 10,
    full_disks: 20,
    read_only_folders: 3,
    bad_starts: 1,
    ports_in_use: 3,
    killed_workers: 20,
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
