"""Serves the site as it is deployed, for the tests, attacks and measurements that need real processes."""

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import PROJECT, configuration

BIN = Path(sys.prefix) / "bin"
NGINX = "/usr/sbin/nginx"
# The folders in which nginx puts what it receives.
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
GUNICORN = [sys.executable, str(BIN / "gunicorn")]


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def needs(tool: str) -> None:
    """Skip where a tool of Debian is missing; in CI, where it should be there, fail."""
    if shutil.which(tool) is None:
        if os.environ.get("CI"):
            pytest.fail(f"there is no {tool}: run make nginx as root")
        pytest.skip(f"there is no {tool}")


@contextmanager
def running(command: list[str], folder: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server with nothing of our environment but what is named, and end it with all that it has started."""
    said = tempfile.TemporaryFile()  # noqa: SIM115
    server = subprocess.Popen(
        command,
        cwd=folder,
        env={"PATH": f"{BIN}:/usr/bin:/bin", "HOME": str(folder), **environment},
        stdout=said,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        yield server
    except BaseException:
        # pytest shows this with a test that fails.
        said.seek(0)
        print(shlex.join(command), said.read().decode()[-4000:], sep="\n")
        raise
    finally:
        said.close()
        if server.poll() is None:
            os.killpg(server.pid, 15)
            with suppress(subprocess.TimeoutExpired):
                server.wait(15)
        with suppress(ProcessLookupError):
            os.killpg(server.pid, 9)
        server.wait(5)


def until(true: Callable[[], bool], seconds: float = 30) -> bool:
    """Wait until something is true. Returns whether it was in time."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def wait_for(address: str, server: subprocess.Popen[Any], seconds: float = 60) -> None:
    """Wait until an address answers 200; fail if the server ends or never does."""

    def answers() -> bool:
        if server.poll() is not None:
            pytest.fail(f"the server ended with {server.returncode}")
        try:
            return httpx.get(address).status_code == 200
        except httpx.TransportError:
            return False

    if not until(answers, seconds):
        pytest.fail(f"{address} does not answer")


@contextmanager
def instance(
    database: Path, command: list[str] = GUNICORN, **environment: str
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Serve a database as the recipes do; yield the address and the process."""
    port = free_port()
    environment = {"HOST": "127.0.0.1", "PORT": str(port)} | environment
    with running(command, configuration(database), **environment) as server:
        wait_for(f"http://127.0.0.1:{port}/-/health", server)
        yield f"http://127.0.0.1:{port}", server


def children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    found = (path.read_text().split() for path in Path(f"/proc/{pid}/task").glob("*/children"))
    return [int(one) for some in found for one in some]


def family(pid: int) -> list[int]:
    """Return a process and all that it and those have started."""
    found, rest = [], [pid]
    while rest:
        found.append(rest.pop())
        rest += children(found[-1])
    return found


def is_running(pid: int) -> bool:
    """Tell whether a process runs. One that nobody has asked how it ended stays in the list of processes."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def memory(pid: int) -> float:
    """Return the megabytes of a process and all that it has started, what they share counted once."""
    total = 0
    for one in family(pid):
        try:
            rolled = Path(f"/proc/{one}/smaps_rollup").read_text(encoding="ascii")
        except OSError:  # it has ended meanwhile
            continue
        total += sum(map(int, re.findall(r"^Pss:\s+(\d+)", rolled, re.MULTILINE)))
    return total * 1024 / 1e6


def nginx(folder: Path, rest: str) -> list[str]:
    """Return the command of an nginx that serves what the rest of its configuration says."""
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in TEMPORARY)
    (folder / "main.conf").write_text(
        f"{'user root;' if os.getuid() == 0 else ''}\nworker_processes auto;\npid {folder}/pid;\n"
        f"error_log {folder}/error.log;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}{rest}\n}}\n",
        encoding="utf-8",
    )
    return [NGINX, "-c", f"{folder}/main.conf", "-g", "daemon off;"]


@contextmanager
def behind_nginx(address: str, folder: Path, limits: bool = True) -> Iterator[str]:
    """Run nginx with the files of deploy/ before an instance; yield its address.

    Only ports and folders are others; without limits, a visitor may send any number of requests.
    """
    port, upstream = free_port(), address.removeprefix("http://")
    for name in ("nginx.conf", "nginx-server.conf"):
        text = (PROJECT / "deploy" / name).read_text(encoding="utf-8").replace("/var/cache/nginx/", f"{folder}/cache/")
        if not limits:
            text = re.sub(r"^\s*limit_(req|conn) .*;$", "", text, flags=re.MULTILINE)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "cache").mkdir()
    command = nginx(
        folder,
        f"include {folder}/nginx.conf;\nkeepalive_requests 10000000;\nmap $host $elections_release {{ default 1; }}\n"
        f"upstream elections {{ server {upstream}; keepalive 16; }}\n"
        f"server {{ listen 127.0.0.1:{port}; include {folder}/nginx-server.conf; }}",
    )
    with running(command, folder) as server:
        wait_for(f"http://127.0.0.1:{port}/-/health", server)
        yield f"http://127.0.0.1:{port}"
