"""Does the site come up where it is deployed, stay up while machines die and releases change, and serve what is new?"""

import asyncio
import fnmatch
import functools
import http.client
import json
import os
import re
import runpy
import shlex
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import threading
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote_plus

import httpx
import pytest
import yaml
from click.testing import CliRunner
from conftest import PROJECT, Client, configuration, copy_of_project
from costly_sql import ENDLESS, LIKE
from datasette.cli import cli
from datasette.database import QueryInterrupted
from serving import BIN, NGINX, children, free_port, needs, running, until, wait_for
from serving import nginx as nginx_command

from elections.site import bounds
from elections.site.database import ElectionsDatabase

DEPLOY = PROJECT / "deploy"
MANUAL = (PROJECT / "docs" / "deploy.md").read_text(encoding="utf-8")
PAGES = ["/", "/ar", "/governorate/kirkuk", "/elections/seat_totals", "/elections/seat_totals.json", "/about"]
TABLES = "/elections/seat_totals.json"
# The votes of every result, of which a second release corrects one.
VOTES = "/elections/results.json?_shape=array&_size=max"
LIMITS = json.loads((PROJECT / "settings.json").read_text(encoding="utf-8"))


def get(address: str, **named: Any) -> httpx.Response:
    """Ask, and be patient: other tests may keep the machine busy."""
    return httpx.get(address, **{"timeout": 30} | named)


def fresh_clone(folder: Path) -> Path:
    """Copy what a commit of all that is here would hold."""
    copy_of_project(folder)
    (folder / ".venv").unlink(missing_ok=True)
    return folder


@contextmanager
def instance(database: Path, wait: bool = True, **environment: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Serve a database as the recipes do; give HOST:PORT and the process."""
    environment = {"HOST": "127.0.0.1", "PORT": str(free_port()), "WEB_CONCURRENCY": "2"} | environment
    host = environment["HOST"]
    address = f"[{host.strip('[]')}]:{environment['PORT']}" if ":" in host else f"{host}:{environment['PORT']}"
    with running(["gunicorn"], configuration(database), **environment) as server:
        if wait:
            wait_for(f"http://{address}/-/health", server)
        yield address, server


def processes(server: subprocess.Popen[bytes]) -> set[int]:
    """The living processes of a server's session, whoever their parent is by now."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, _, session = path.read_text(encoding="utf-8").rpartition(")")[2].split()[:4]
            if int(session) == server.pid and state not in "ZX":
                found.add(int(path.parent.name))
    return found


def sql(query: str, **more: str) -> str:
    """The address of a query."""
    return "/elections.json?sql=" + quote_plus(query) + "".join(f"&{name}={value}" for name, value in more.items())


def in_lines(path: Path) -> list[str]:
    """The lines of a file without comments."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]


class Machines(NamedTuple):
    """Two instances of one release that run during all tests, by HOST:PORT."""

    one: str
    two: str


@contextmanager
def instances(*each: tuple[Path, dict[str, str]]) -> Iterator[list[tuple[str, subprocess.Popen[bytes]]]]:
    """Start several instances at once."""
    with ExitStack() as stack:
        started = [stack.enter_context(instance(path, wait=False, **environment)) for path, environment in each]
        for address, server in started:
            wait_for(f"http://{address}/-/health", server)
        yield started


@pytest.fixture(scope="session")
def machines(database: Path) -> Iterator[Machines]:
    """One with two workers, one that listens at an address of IPv6."""
    environments: list[dict[str, str]] = [{"KEEP_ALIVE": "30"}, {"HOST": "::1", "WEB_CONCURRENCY": "1"}]
    with instances(*((database, environment) for environment in environments)) as started:
        yield Machines(*(address for address, _ in started))


# How it is started


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A fresh clone that the Procfile builds and serves as Heroku does: packages, and nothing of ours among them."""
    folder = fresh_clone(tmp_path_factory.mktemp("heroku") / "clone")
    assert not list(folder.rglob("*.db"))
    venv = folder.parent / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    ours, its = (next(Path(one).glob("lib/python*/site-packages")) for one in (sys.prefix, venv))
    # Python follows no path file within a path file, so the package that is installed in place here is not there.
    (its / "packages.pth").write_text(f"{ours}\n", encoding="utf-8")
    script = (BIN / "gunicorn").read_text(encoding="utf-8").partition("\n")[2]
    (venv / "bin" / "gunicorn").write_text(f"#!{venv}/bin/python\n{script}", encoding="utf-8")
    (venv / "bin" / "gunicorn").chmod(0o755)
    there = subprocess.run(
        [venv / "bin" / "python", "-c", "import elections"], cwd="/", capture_output=True, check=False
    )
    assert there.returncode != 0
    port = str(free_port())
    path = f"{venv / 'bin'}:/usr/bin:/bin"
    with running([str(BIN / "honcho"), "start"], folder, PATH=path, PORT=port, HOST="127.0.0.1") as server:
        wait_for(f"http://127.0.0.1:{port}/-/health", server)
        yield folder, f"http://127.0.0.1:{port}"


def test_the_procfile_serves_a_fresh_clone(clone: tuple[Path, str]) -> None:
    folder, site = clone
    assert "Iraqi governorate elections" in get(site).text
    # The processes for visitors' SQL find the package, too.
    assert get(site + sql("select fold('Kirkūk') as name", _shape="array")).json() == [{"name": "kirkuk"}]
    assert {path.name for path in folder.glob("*") if path.suffix == ".db" or path.name == "inspect-data.json"} == {
        "elections.db",
        "inspect-data.json",
    }


@pytest.mark.storm
def test_the_procfile_needs_nothing_but_the_pinned_packages(tmp_path: Path) -> None:
    folder = fresh_clone(tmp_path / "clone")
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    pip = [folder / "venv" / "bin" / "python", "-m", "pip", "install", "-q", "--require-hashes", "-r"]
    installed = subprocess.run(
        [*pip, "requirements.txt"], cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )
    if re.search(r"No matching distribution|NewConnectionError|Temporary failure", installed.stderr):
        pytest.skip("no package index can be reached")
    assert installed.returncode == 0, installed.stderr
    port = str(free_port())
    path = f"{folder / 'venv' / 'bin'}:/usr/bin:/bin"
    with running([str(BIN / "honcho"), "start"], folder, PATH=path, PORT=port, HOST="127.0.0.1") as server:
        wait_for(f"http://127.0.0.1:{port}/-/health", server)
        assert get(f"http://127.0.0.1:{port}" + sql("select 1")).status_code == 200


def test_datasette_alone_serves_the_whole_site(clone: tuple[Path, str]) -> None:
    """In a clone that was built: `datasette .`, no server of ours, no options."""
    folder, _ = clone
    port = str(free_port())
    environment = {"PYTHONPATH": str(folder), "SITE_ADDRESS": "https://elections.example"}
    with running(["datasette", ".", "--port", port], folder, **environment) as server:
        site = f"http://127.0.0.1:{port}"
        wait_for(f"{site}/-/health", server)
        home = get(site)
        assert "Who won" in home.text and home.headers["access-control-allow-origin"] == "*"
        assert "default-src 'self'" in home.headers["content-security-policy"] and "etag" in home.headers
        assert 'dir="rtl"' in get(f"{site}/ar").text
        assert "Kirkuk" in get(f"{site}/governorate/kirkuk").text
        assert "/list/taqadum-2023" in get(f"{site}/search?q=takadum").text
        assert "vega" in get(f"{site}/-/dashboards/election?election=2023").text
        chart = get(site + sql("select list, seats from seat_totals where election_id = '2023'", _shape="array"))
        assert sum(row["seats"] or 0 for row in chart.json()) == 285
        assert get(f"{site}/elections/seat_totals.csv?_stream=1").text.startswith("election_id,")
        assert get(f"{site}/elections/seat_totals.xlsx").content.startswith(b"PK")
        assert httpx.post(site).status_code == 405
        endless = get(site + sql(ENDLESS.format(1)))
        assert endless.status_code == 400 and "too long" in endless.text and endless.elapsed.total_seconds() < 5
        # Of immutable data the number of rows is known, and nobody else's name gets in.
        assert get(f"{site}/-/databases.json").json()[0]["is_mutable"] is False
        cited = get(f"{site}/about", headers={"Host": "evil.example"}).text
        assert "https://elections.example/about" in cited and "evil.example" not in cited


def broken(fault: str, database: Path, folder: Path) -> Path:
    """Make a folder of the site in which something is wrong."""
    (folder / fault).mkdir()
    place = configuration(Path(shutil.copy(database, folder / fault / "elections.db")))
    served, facts = place / "elections.db", place / "inspect-data.json"
    if fault == "no database":
        served.unlink()
    elif fault == "no facts":
        facts.unlink()
    elif fault == "facts of another database":
        other = json.loads(facts.read_text(encoding="utf-8"))
        other["elections"]["hash"] = "0" * 64
        facts.write_text(json.dumps(other), encoding="utf-8")
    elif fault == "facts of no database":
        facts.write_text("{}", encoding="utf-8")
    elif fault == "damaged":
        with (folder / fault / "elections.db").open("r+b") as file:
            file.seek(5_000)
            file.write(bytes(3_000))
    elif fault == "cut short":
        os.truncate(folder / fault / "elections.db", 1_000_000)
    elif fault == "empty":
        os.truncate(folder / fault / "elections.db", 0)
    elif fault == "unreadable":
        (folder / fault / "elections.db").chmod(0)
    return place


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch, database: Path) -> Callable[..., dict[str, Any]]:
    """Read gunicorn.conf.py as gunicorn does, in a folder and with some environment; its settings."""

    def read(folder: Path | None = None, **environment: str) -> dict[str, Any]:
        monkeypatch.chdir(folder or configuration(database))
        for name in ("HOST", "PORT", "WEB_CONCURRENCY", "KEEP_ALIVE", "FORWARDED_ALLOW_IPS"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(PROJECT / "gunicorn.conf.py"))

    return read


FAULTS = {
    "no database": "There is no file .*elections.db. Build it with `python build_db.py`",
    "no facts": "There is no file .*inspect-data.json. Build it with `python build_db.py`",
    "facts of another database": "damaged, cut short or of another build.* Build it with `python build_db.py`",
    "facts of no database": "is not what the build writes .* Build it with `python build_db.py`",
    "damaged": "damaged, cut short or of another build.* Build it with `python build_db.py`",
    "cut short": "damaged, cut short or of another build.* Build it with `python build_db.py`",
    "empty": "damaged, cut short or of another build.* Build it with `python build_db.py`",
}


def test_a_start_that_must_fail_says_why(
    database: Path, tmp_path: Path, configured: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch,
    subtests: pytest.Subtests,
) -> None:  # fmt: skip
    """Both ways to start, within this process."""
    for fault, message in FAULTS.items():
        place = broken(fault, database, tmp_path)
        with subtests.test(fault=fault, way="gunicorn"), pytest.raises(SystemExit, match=message):
            configured(place)
        with subtests.test(fault=fault, way="datasette ."):
            # It would ask for one page and end; without that it would serve for ever.
            done = CliRunner().invoke(cli, [str(place), "--get", "/-/health"])
            assert done.exit_code == 1 and re.match(f"Error: .*{message}", done.output), done.output
            assert done.output.count("\n") == 1


@pytest.mark.parametrize(
    ("command", "fault"), [("datasette .", "no database"), ("gunicorn", "damaged"), ("gunicorn", "unreadable")]
)
def test_a_start_that_must_fail_says_a_sentence_and_ends(
    command: str, fault: str, database: Path, tmp_path: Path
) -> None:
    place = broken(fault, database, tmp_path)
    # Root reads everything, unless it gives up the right to.
    plain = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    done = subprocess.run(
        [*(plain if fault == "unreadable" and os.geteuid() == 0 else []), *command.split()],
        cwd=place, env={"PATH": f"{BIN}:/usr/bin:/bin", "HOST": "127.0.0.1", "PORT": str(free_port())},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr
    assert re.search(FAULTS.get(fault, "elections.db cannot be read: Permission denied.$"), done.stderr)


def test_the_server_follows_the_environment(configured: Callable[..., dict[str, Any]]) -> None:
    default = configured()
    assert default["bind"] == "0.0.0.0:8001" and 1 <= default["workers"] <= 4
    assert (default["keepalive"], default["forwarded_allow_ips"]) == (5, "127.0.0.1")
    for host in ("::1", "[::1]"):
        assert configured(HOST=host, PORT="80")["bind"] == "[::1]:80"
    # What a platform sets without a value is as if it were not set.
    assert configured(WEB_CONCURRENCY="", KEEP_ALIVE="")["keepalive"] == 5
    other = configured(WEB_CONCURRENCY="7", KEEP_ALIVE="100", FORWARDED_ALLOW_IPS="*")
    assert (other["workers"], other["keepalive"], other["forwarded_allow_ips"]) == (7, 100, "*")
    for workers in ("0", "-1"):
        with pytest.raises(SystemExit, match="WEB_CONCURRENCY to 1 or more"):
            configured(WEB_CONCURRENCY=workers)


def test_it_listens_at_an_address_of_ipv6(machines: Machines) -> None:
    assert machines.two.startswith("[::1]:")
    assert get(f"http://{machines.two}/-/health").status_code == 200


# Health and version, and what both say of the data


def test_health_says_which_data_and_software_answer(machines: Machines, database: Path) -> None:
    site = f"http://{machines.one}"
    reply = get(f"{site}/-/health")
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert reply.status_code == 200 and reply.headers["cache-control"] == "no-store" and "etag" not in reply.headers
    digest = subprocess.run(["sha256sum", database], capture_output=True, text=True, check=True).stdout.split()[0]
    assert reply.json() == {"status": "ok", "digest": digest, "version": project["version"]}
    version = get(f"{site}/-/version")
    assert version.headers["cache-control"] == "no-store"
    assert version.json() == {
        "name": project["name"],
        "version": project["version"],
        "digest": digest,
        "datasette": "0.65.5",
        "sqlite": sqlite3.sqlite_version,
    }
    assert digest[:12] in get(site).text


@pytest.mark.parametrize(
    "error",
    [sqlite3.OperationalError("no such table"), QueryInterrupted(None, "", None), MemoryError(), OSError(), KeyError()],
    ids=repr,
)
def test_health_is_503_if_the_database_cannot_answer(
    error: Exception, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def execute(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(ElectionsDatabase, "execute", execute)
    reply = client.get("/-/health")
    assert reply.status_code == 503 and reply.json()["status"] == "unavailable"
    assert reply.headers["Cache-Control"] == "no-store"


def test_a_validated_answer_costs_no_query(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has asked for it before, and HEAD leaves nothing in the cache."""
    address = "/elections/seat_ladder?_never_asked_before=1"
    etag = client.request("HEAD", address).headers["etag"]

    async def execute(*_: Any, **__: Any) -> None:
        raise AssertionError("a query was run")

    monkeypatch.setattr(ElectionsDatabase, "execute", execute)
    assert client.get(address, headers={"If-None-Match": etag}).status_code == 304


# What is ended, and what ends with it


def test_who_is_killed_leaves_no_process_behind(database: Path, machines: Machines) -> None:
    """A worker and then gunicorn itself are killed, each while SQLite is busy with what it cannot interrupt."""
    busy = sql(LIKE[0].format(1))
    with instance(database, KEEP_ALIVE="1", GUNICORN_CMD_ARGS="--timeout 3") as (address, server):
        # An idle connection is closed after as many seconds as are set.
        short, long = (http.client.HTTPConnection(one, timeout=5) for one in (address, machines.one))
        for one in (short, long):
            one.request("GET", "/-/health")
            assert one.getresponse().read()
        assert short.sock.recv(1) == b""
        long.sock.setblocking(False)
        with pytest.raises(BlockingIOError):
            long.sock.recv(1)
        short.close()
        long.close()
        assert until(lambda: len(processes(server)) == 7)
        with ThreadPoolExecutor(4) as visitors:

            def ask() -> None:
                with suppress(httpx.TransportError):
                    get(f"http://{address}{busy}", timeout=20)

            for victim in (children(server.pid)[0], server.pid):
                for _ in range(4):
                    visitors.submit(ask)
                time.sleep(0.3)
                its = {victim, *children(victim)} if victim != server.pid else processes(server)
                assert len(its) >= 3
                os.kill(victim, signal.SIGKILL)
                assert until(lambda its=its: not its & processes(server))
                if victim != server.pid:
                    assert until(lambda: len(children(server.pid)) == 2)
                    assert get(f"http://{address}/").status_code == 200
        assert not processes(server)


def test_who_is_asked_to_end_first_gives_the_answers_that_are_asked_for(database: Path) -> None:
    with instance(database) as (address, server), ThreadPoolExecutor(6) as visitors:
        site = f"http://{address}"
        slow = [visitors.submit(get, site + sql(ENDLESS.format(n)), timeout=20) for n in range(4)]
        # A file that is being read.
        with httpx.stream("GET", f"{site}/elections/claims.csv?_stream=1") as file:
            lines = file.iter_lines()
            assert next(lines).startswith("id,")
            time.sleep(0.1)
            # Docker and systemd tell gunicorn alone, Heroku every process.
            os.killpg(server.pid, signal.SIGTERM)
            assert sum(1 for _ in lines) == 1498
        assert {one.result().status_code for one in slow} == {400}
        assert server.wait(15) == 0
        assert until(lambda: not processes(server), 5)
        with pytest.raises(httpx.ConnectError):
            get(site)


# The Dockerfile and the other recipes


def steps(dockerfile: str) -> list[tuple[str, str]]:
    """The instructions of a Dockerfile with what they say, lines put together."""
    lines = [line for line in dockerfile.splitlines() if line.strip() and not line.startswith("#")]
    whole = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [(line.partition(" ")[0], line.partition(" ")[2].strip()) for line in whole.splitlines()]


def leave_out(context: Path) -> None:
    """Delete from a folder what .dockerignore keeps from the image, by the few kinds of patterns that it has."""
    patterns = in_lines(PROJECT / ".dockerignore")

    def fits(path: Path, pattern: str) -> bool:
        if pattern.startswith("**/"):
            return any(fnmatch.fnmatch(part, pattern.removeprefix("**/")) for part in path.parts)
        assert "/" not in pattern
        return fnmatch.fnmatch(path.parts[0], pattern)

    for path in sorted(context.rglob("*")):
        within = path.relative_to(context)
        # The last pattern that fits decides.
        last = next(one for one in reversed(patterns) if fits(within, one.lstrip("!")))
        if not last.startswith("!") and path.is_file():
            path.unlink()


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    done = subprocess.run([BIN / "hadolint", PROJECT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_steps_of_the_dockerfile_give_a_healthy_site(tmp_path: Path) -> None:
    """The steps in order, each stage a folder. Not tested: the base image, the user, the limits of a container."""
    dockerfile = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
    context = fresh_clone(tmp_path / "context")
    # What lies about on a machine where somebody works.
    strays = [
        ".venv/bin/python",
        ".git/config",
        "build/x",
        "elections.db",
        "inspect-data.json",
        "plugins/__pycache__/x.pyc",
        "elections/site/.x.swp",
    ]
    for stray in strays:
        (context / stray).parent.mkdir(parents=True, exist_ok=True)
        (context / stray).write_text("stray", encoding="utf-8")
    leave_out(context)
    sent = {path.relative_to(context).as_posix() for path in context.rglob("*") if path.is_file()}
    copied = [said.split()[:-1] for step, said in steps(dockerfile) if step == "COPY" and "--from" not in said]
    assert not sent & set(strays) and {one.split("/")[0] for one in sent} == {one for names in copied for one in names}
    # Each stage is the same folder in turn, as its place in the image is the same.
    site = tmp_path / "site"
    stages: dict[str, Path] = {}
    workdir, environment, served = "", {}, False
    health: list[str] = []
    # What is /site in the image is a folder here.
    local = functools.partial(re.sub, r"(?<![\w.])/site\b", str(site))
    path = f"{BIN}:/usr/bin:/bin"
    for number, (step, said) in enumerate(steps(dockerfile)):
        if step == "FROM":
            if site.exists():
                stages[next(reversed(stages))] = site.rename(tmp_path / f"stage{number}")
            stages[said.rpartition(" AS ")[2]] = site
            site.mkdir()
            workdir, environment = "", {}
        elif step == "WORKDIR":
            workdir = said
            assert workdir == "/site"
        elif step == "COPY":
            *sources, target = [word for word in said.split() if not word.startswith("--")]
            origin = re.match(r"--from=(\w+)", said)
            for source in sources:
                found = stages[origin[1]] if origin else context / source
                assert not origin or source == workdir
                to = site / found.name if target.endswith("/") and not origin else site / target
                if found.is_dir():
                    shutil.copytree(found, to, symlinks=True, dirs_exist_ok=True)
                else:
                    shutil.copy2(found, to)
        elif step == "RUN":
            # The packages are those of the tests; that the pinned ones install is another test.
            line = said.replace("python -m venv .venv", "python -m venv .venv --without-pip")
            if "--require-hashes" in line:
                line = line.partition(" && ")[0]
            env = {"PATH": path, "HOME": str(tmp_path)}
            subprocess.run(["sh", "-ec", line], cwd=site, env=env, capture_output=True, timeout=120, check=True)
            if "-m venv" in said:
                packages = next((site / ".venv" / "lib").glob("python*/site-packages"))
                ours = next(Path(sys.prefix).glob("lib/python*/site-packages"))
                (packages / "packages.pth").write_text(f"{ours}\n", encoding="utf-8")
                script = (BIN / "gunicorn").read_text(encoding="utf-8").partition("\n")[2]
                (site / ".venv" / "bin" / "gunicorn").write_text(f"#!{site}/.venv/bin/python\n{script}")
                (site / ".venv" / "bin" / "gunicorn").chmod(0o755)
        elif step == "ENV":
            environment |= dict(word.split("=", 1) for word in shlex.split(local(said)))
        elif step == "USER":
            assert int(said.split(":")[0]) > 0
        elif step == "HEALTHCHECK":
            health = json.loads(said.partition("CMD ")[2])
        elif step == "CMD":
            env = environment | {"PORT": str(free_port()), "PATH": environment["PATH"].replace("$PATH", path)}
            here = f"http://127.0.0.1:{env['PORT']}"
            assert not (site / "tests").exists() and not (site / ".git").exists()
            where = [site / ".venv" / "bin" / "python", "-c", "import elections; print(elections.__file__)"]
            installed = subprocess.run(where, cwd="/", capture_output=True, text=True, check=True)
            assert installed.stdout.startswith(str(site))
            with running(json.loads(said), site, **env) as server:
                wait_for(f"{here}/-/health", server)
                check = subprocess.run(health, cwd=site, env=env, timeout=10, check=False)
                assert check.returncode == 0
                for address in [*PAGES, sql("select 1")]:
                    assert get(here + address).status_code == 200
                served = True
            gone = subprocess.run(health, cwd=site, env=env, capture_output=True, timeout=10, check=False)
            assert gone.returncode != 0
        else:
            assert step == "EXPOSE", f"the test does not know {step}"
    assert served


def test_systemd_takes_the_unit_and_finds_it_confined(tmp_path: Path) -> None:
    needs("systemd-analyze")
    # The unit names executables that are there once the site is installed.
    unit = (DEPLOY / "elections@.service").read_text(encoding="utf-8")
    (tmp_path / "8001" / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / "8001" / ".venv" / "bin" / "gunicorn").symlink_to(BIN / "gunicorn")
    path = tmp_path / "elections@8001.service"
    assert "/srv/elections/%i" in unit
    path.write_text(unit.replace("/srv/elections/", f"{tmp_path}/"), encoding="utf-8")
    done = subprocess.run(["systemd-analyze", "verify", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "elections@" not in done.stderr, done.stderr
    judged = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", path],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert judged.returncode == 0, judged.stdout
    # It stops for longer than gunicorn lets its workers finish.
    assert int(re.findall(r"TimeoutStopSec=(\d+)", unit)[0]) > 10


def test_the_recipes_for_platforms_hold_together() -> None:
    fly = tomllib.loads((PROJECT / "fly.toml").read_text(encoding="utf-8"))
    assert fly["http_service"]["internal_port"] == int(fly["env"]["PORT"])
    assert [check["path"] for check in fly["http_service"]["checks"]] == ["/-/health"]
    app = json.loads((PROJECT / "app.json").read_text(encoding="utf-8"))
    procfile = (PROJECT / "Procfile").read_text(encoding="utf-8")
    assert app["buildpacks"] == [{"url": "heroku/python"}]
    # The router of Heroku keeps a connection for 90 seconds.
    assert int(app["env"]["KEEP_ALIVE"]["value"]) > 90
    assert set(app["env"]) | set(fly["env"]) <= environment_of_the_site()
    assert set(app["formation"]) == set(re.findall(r"^(\w+):", procfile, re.MULTILINE))
    series = (PROJECT / ".python-version").read_text(encoding="utf-8").strip()
    assert set(re.findall(r"^FROM python:([\d.]+)-", (PROJECT / "Dockerfile").read_text(), re.MULTILINE)) == {series}
    # make serve runs the line of the Procfile, and the image the same server.
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    assert "sed -n 's/^web: //p' Procfile" in makefile and procfile.endswith("exec gunicorn\n")
    assert 'CMD ["gunicorn"]' in (PROJECT / "Dockerfile").read_text(encoding="utf-8")
    assert "/.venv/bin/gunicorn\n" in (DEPLOY / "elections@.service").read_text(encoding="utf-8")


# More than one machine


class Front:
    """nginx with our configuration, before instances that a test names."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.tls_port = free_port(), free_port()
        self.address = f"http://localhost:{self.port}"

    def roll(self, *instances: str, script: Path = DEPLOY / "roll") -> subprocess.CompletedProcess[str]:
        """Lead nginx to other instances as an operator does."""
        nginx = f"{NGINX} -c {self.folder}/main.conf -g 'error_log stderr;'"
        reload = f"{nginx} -t -q && if [ -s {self.folder}/pid ]; then {nginx} -s reload; fi"
        return subprocess.run(
            ["sh", script, *instances],
            env=os.environ | {"CONF": str(self.folder / "conf.d" / "elections-release.conf"), "RELOAD": reload},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip


def certificate(folder: Path) -> None:
    """Make a certificate for localhost, in the place of Let's Encrypt."""
    command = f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -days 2 \
        -addext subjectAltName=DNS:localhost -keyout {folder}/key.pem -out {folder}/cert.pem"
    subprocess.run(shlex.split(command), capture_output=True, check=True)


@contextmanager
def nginx(folder: Path, *instances: str, **other: str) -> Iterator[Front]:
    """Run nginx on free ports with deploy/*.conf, changed in ports, the folder of the cache, and what a test names."""
    for tool in (NGINX, "curl", "openssl"):
        needs(tool)
    front = Front(folder)
    certificate(folder)
    places = {
        "nginx.conf": "conf.d/elections.conf",
        "nginx-name.conf": "conf.d/elections-name.conf",
        "nginx-release.conf": "conf.d/elections-release.conf",
        "nginx-server.conf": "snippets/elections.conf",
    }
    tls = f"listen 127.0.0.1:{front.tls_port} ssl"
    changes = {
        "/var/cache/nginx/": f"{folder}/cache/",
        " 80 default_server": f" 127.0.0.1:{front.port} default_server",
        " [::]:80 default_server": f" [::1]:{front.port} default_server",
        "listen 443 ssl": tls,
        "listen [::]:443 ssl": f"listen [::1]:{front.tls_port} ssl",
        # What certbot adds for HTTPS.
        "listen 80;": f"listen 127.0.0.1:{front.port}; {tls}; ssl_certificate {folder}/cert.pem;",
        "listen [::]:80;": f"listen [::1]:{front.port}; ssl_certificate_key {folder}/key.pem;",
    } | other
    (folder / "cache").mkdir()
    done = set()
    for source, target in places.items():
        text = (DEPLOY / source).read_text(encoding="utf-8")
        for stands, put in changes.items():
            if stands in text:
                done.add(stands)
                text = text.replace(stands, put)
        (folder / target).parent.mkdir(exist_ok=True)
        (folder / target).write_text(text, encoding="utf-8")
    assert done == set(changes), set(changes) - done
    command = nginx_command(folder, f"include {folder}/conf.d/*.conf;")
    # nginx takes it before the first roll, as it comes.
    as_it_comes = subprocess.run([NGINX, "-t", "-q", "-c", f"{folder}/main.conf"], capture_output=True, text=True)
    assert as_it_comes.returncode == 0, as_it_comes.stderr
    led = front.roll(*instances)
    assert led.returncode == 0, led.stderr
    with running(command, folder) as server:
        wait_for(f"{front.address}/-/health", server)
        yield front


@pytest.fixture(scope="session")
def front(machines: Machines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """nginx before two instances, with short time-outs."""
    short = {"client_header_timeout 10s": "client_header_timeout 1s", "send_timeout 20s": "send_timeout 1s",
             "client_body_timeout 10s": "client_body_timeout 1s"}  # fmt: skip
    with nginx(tmp_path_factory.mktemp("front"), machines.one, machines.two, **short) as front:
        yield front


# So that a test may send as much as it likes, and a second is as long as the minute for which an answer holds.
NO_LIMITS = {"rate=100r/s": "rate=9999r/s", "rate=10r/s": "rate=9999r/s", "connections 200": "connections 9999",
             "table_connections 32": "table_connections 9999"}  # fmt: skip
SHORT_LIVED = {
    "proxy_ignore_headers Vary;": "proxy_ignore_headers Vary Cache-Control; proxy_cache_valid 200 1s;",
    "background_update on": "background_update off",
}


@contextmanager
def load(address: str, threads: int = 3) -> Iterator[list[tuple[float, int, str]]]:
    """Ask without pause while the block runs, half of it for what no cache has; gather time, status and path.

    Each request has a connection of its own: a client that keeps one must ask again when a server closes it.
    """
    answers: list[tuple[float, int, str]] = []
    stop = threading.Event()

    def ask(thread: int) -> None:
        with httpx.Client(limits=httpx.Limits(max_keepalive_connections=0), timeout=30) as client:
            number = 0
            while not stop.is_set():
                number += 1
                path = PAGES[number // 2 % len(PAGES)]
                if number % 2:
                    path += f"?_never_asked_before={thread}-{number}"
                try:
                    status = client.get(address + path).status_code
                except httpx.HTTPError as error:
                    answers.append((time.monotonic(), 0, f"{path}: {error!r}"))
                else:
                    answers.append((time.monotonic(), status, path))

    workers = [threading.Thread(target=ask, args=[one]) for one in range(threads)]
    for worker in workers:
        worker.start()
    try:
        yield answers
    finally:
        stop.set()
        for worker in workers:
            worker.join(60)


def more(answers: list[Any], count: int) -> None:
    """Wait until so many more answers have come."""
    target = len(answers) + count
    assert until(lambda: len(answers) >= target, 120), f"{len(answers)} answers of {target}"


def failed(answers: list[tuple[float, int, str]]) -> list[tuple[int, str]]:
    return [(status, path) for _, status, path in answers if status != 200]


def test_the_cache_answers_again_and_asks_whether_it_still_holds(front: Front, machines: Machines) -> None:
    for encoding in ("gzip", "identity", "gzip, deflate, br, zstd"):
        for address in ("/", "/ar", TABLES):
            replies = [get(front.address + address, headers={"Accept-Encoding": encoding}) for _ in range(2)]
            # A validator is of an address, its host included: links in an answer begin with it.
            direct = get(f"http://{machines.one}{address}", headers={"Host": "localhost"})
            expected = {"HIT"} if encoding.startswith("gzip,") else {"MISS", "HIT"}
            assert {reply.headers["x-cache-status"] for reply in replies[:1]} <= expected
            assert replies[1].headers["x-cache-status"] == "HIT"
            assert all(reply.status_code == 200 for reply in replies) and replies[0].text == replies[1].text
            assert replies[0].headers.get("content-encoding") == ("gzip" if "gzip" in encoding else None)
            assert replies[1].headers["etag"] == direct.headers["etag"]
            etag = {"If-None-Match": replies[0].headers["etag"], "Accept-Encoding": encoding}
            assert get(front.address + address, headers=etag).status_code == 304
            head = httpx.head(front.address + address, headers={"Accept-Encoding": encoding})
            assert head.headers["x-cache-status"] == "HIT" and head.headers["etag"] == direct.headers["etag"]
    # A cookie of another site on the domain, a browser's own wishes: the cache serves them all the same.
    cookie = get(front.address, headers={"Cookie": "a=b", "Authorization": "Basic eDp4"})
    assert cookie.headers["x-cache-status"] == "HIT" and "public" in cookie.headers["cache-control"]
    for address in ("/-/health", "/nothing-here", sql("select random()"), sql("select nonsense")):
        assert [get(front.address + address).headers["x-cache-status"] for _ in range(2)] == ["MISS"] * 2
    # Tables cannot push out pages: each kind has a folder of its own.
    kinds = {
        folder.name: sum(1 for file in folder.rglob("*") if file.is_file())
        for folder in (front.folder / "cache").iterdir()
    }
    assert set(kinds) == {"elections-pages", "elections-tables"} and all(kinds.values())


def test_of_many_who_ask_for_the_same_one_request_reaches_an_instance(front: Front) -> None:
    with ThreadPoolExecutor(12) as crowd:
        replies = list(crowd.map(get, [f"{front.address}/governorate/kirkuk?_asked_by_many"] * 12))
    assert Counter(reply.headers["x-cache-status"] for reply in replies) == {"MISS": 1, "HIT": 11}
    assert len({reply.text for reply in replies}) == 1


def test_only_its_own_name_is_answered(front: Front) -> None:
    for name in ("evil.example", "127.0.0.1", "localhost.evil.example"):
        with pytest.raises(httpx.TransportError):
            get(front.address, headers={"Host": name})
    # Over HTTPS as well: neither the name that is called nor the one that is asked for.
    with pytest.raises(httpx.ConnectError), httpx.Client(verify=False) as client:
        client.get(f"https://127.0.0.1:{front.tls_port}/")
    context = ssl.create_default_context(cafile=str(front.folder / "cert.pem"))
    with httpx.Client(verify=context) as client:
        secure = client.get(f"https://localhost:{front.tls_port}/about")
        assert "https://localhost/about" in secure.text and "max-age" in secure.headers["strict-transport-security"]
        with pytest.raises(httpx.TransportError):
            client.get(f"https://localhost:{front.tls_port}/about", headers={"Host": "evil.example"})
    plain = get(f"{front.address}/about")
    assert "http://localhost/about" in plain.text and "strict-transport-security" not in plain.headers


def test_a_browser_that_says_it_comes_from_elsewhere_is_not_believed(front: Front) -> None:
    forged = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "10.0.0.1", "X-Forwarded-Host": "evil.example"}
    answer = get(f"{front.address}/compare", headers=forged)
    assert "evil.example" not in answer.text and "https://localhost" not in answer.text


def spoken(
    front: Front, said: bytes, more: Callable[[socket.socket], None] = lambda _: None, buffer: int = 1_000_000
) -> bytes:
    """Say something to nginx, and return what it answers until it closes the connection."""
    answer = b""
    with socket.socket() as visitor, suppress(ConnectionResetError):
        visitor.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        visitor.settimeout(10)
        visitor.connect(("127.0.0.1", front.port))
        visitor.sendall(said)
        more(visitor)
        while part := visitor.recv(65536):
            answer += part
    return answer


def test_slow_requests_and_readers_end_at_nginx(front: Front, database: Path) -> None:
    """The seconds that they have are set to one here."""
    beginning = b"GET / HTTP/1.1\r\nHost: localhost\r\n"

    def drip(visitor: socket.socket) -> None:
        """Send a letter now and then."""
        with suppress(OSError):
            for _ in range(6):
                time.sleep(0.3)
                visitor.sendall(b"X")

    def read_nothing(visitor: socket.socket) -> None:
        time.sleep(2.5)

    # One file may fit into the buffers of the system.
    whole = 4 * b"GET /elections.db HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: identity\r\n\r\n"
    post = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n\r\nx"
    with ThreadPoolExecutor(4) as visitors:
        half, letters, content = (
            visitors.submit(spoken, front, *said) for said in ((beginning,), (beginning, drip), (post,))
        )
        reader = visitors.submit(spoken, front, whole, read_nothing, 4096)
    assert (half.result(), letters.result(), content.result()) == (b"", b"", b"")
    assert len(reader.result()) < 4 * database.stat().st_size


def test_large_requests_end_at_nginx(front: Front) -> None:
    beginning = b"GET / HTTP/1.1\r\nHost: localhost\r\n"
    assert b" 413 " in spoken(
        front, b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000\r\n\r\n" + bytes(2000)
    )
    assert b" 400 " in spoken(front, beginning + b"X: " + b"x" * 40_000 + b"\r\n\r\n")
    assert b" 414 " in spoken(front, b"GET /?" + b"x" * 40_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert httpx.post(front.address).status_code == 405
    # The longest SQL that the site takes passes.
    longest = "select '" + "ب" * 4_900 + "' as x"
    assert get(front.address + sql(longest, _shape="array")).json() == [{"x": "ب" * 4_900}]


def pipelined(front: Front, address: str, count: int, visitor: str = "198.51.100.1") -> tuple[Counter[int], str]:
    """Send many requests in one go, as a visitor with this address: how many answers of each status, the last one."""
    one = f"HEAD {address} HTTP/1.1\r\nHost: localhost\r\nX-Visitor: {visitor}\r\n"
    said = f"{one}\r\n" * (count - 1) + f"{one}Connection: close\r\n\r\n"
    answers = spoken(front, said.encode()).decode().split("HTTP/1.1 ")[1:]
    return Counter(int(answer[:3]) for answer in answers), answers[-1]


def test_one_visitor_is_limited_and_the_others_are_not(machines: Machines, tmp_path: Path) -> None:
    """nginx is told here to believe a header about the visitor's address, as it is behind a CDN."""
    cdn = {"client_max_body_size 1k;": "client_max_body_size 1k; set_real_ip_from 127.0.0.1; real_ip_header X-Visitor;"}
    with nginx(tmp_path, machines.one, machines.two, **cdn) as front:
        for address in ("/", TABLES):
            assert get(front.address + address).status_code == 200
        before = time.monotonic()
        pages, last = pipelined(front, "/", 900)
        seconds = time.monotonic() - before
        assert 500 <= pages[200] <= 502 + 100 * seconds and pages[200] + pages[429] == 900
        assert "Retry-After: 5" in last and "Cache-Control: no-store" in last and last.startswith("429")
        # However tables are spelled, they are counted together, and pages beside them.
        reader = "2001:db8:1:2::7"
        before = time.monotonic()
        counts = [
            pipelined(front, address, 60, reader)[0]
            for address in (TABLES, "/%65lections/seat_totals.json", "/~65lections/seat_totals.json", TABLES)
        ]
        seconds = time.monotonic() - before
        answered = sum(count.total() - count[429] for count in counts)
        assert 150 <= answered <= 152 + 10 * seconds and sum(count.total() for count in counts) == 240
        assert pipelined(front, "/", 100, reader)[0] == {200: 100}
        # The network of an IPv6 customer counts as one visitor.
        assert 429 in pipelined(front, TABLES, 100, "2001:db8:1:2:ffff::1")[0]
        assert pipelined(front, TABLES, 30, "2001:db8:1:3::1")[0] == {200: 30}


def test_a_line_that_is_full_keeps_nobody_from_the_pages(machines: Machines, tmp_path: Path) -> None:
    """Visitors ask long questions at once, more than may wait: some are told to come back, all others answered."""

    async def crowd(front: Front, visitors: int, each: int, limit: int) -> tuple[Counter[int], list[int]]:
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(base_url=front.address, limits=limits, timeout=60) as client:

            async def ask(number: int) -> int:
                address = sql(ENDLESS.format(number), _timelimit=str(limit))
                return (await client.get(address, headers={"X-Visitor": f"198.51.100.{number // each}"})).status_code

            asking, pages = [asyncio.create_task(ask(number)) for number in range(visitors * each)], []
            while not all(one.done() for one in asking):
                # Nobody has asked for it before, so it comes from an instance.
                for address in (f"/about?_never_asked_before={visitors}-{len(pages)}", "/-/health"):
                    pages.append((await client.get(address, headers={"X-Visitor": "198.51.100.99"})).status_code)
                await asyncio.sleep(0.05)
            return Counter(one.result() for one in asking), pages

    cdn = {"client_max_body_size 1k;": "client_max_body_size 1k; set_real_ip_from 127.0.0.1; real_ip_header X-Visitor;"}
    with nginx(tmp_path, machines.one, machines.two, **cdn) as front:
        # One visitor has half of the places, and no more. On a busy machine some places are free again before the last
        # of the crowd has come, so fewer are told to slow down; the longer limit keeps that rare.
        answers, pages = asyncio.run(crowd(front, 1, 45, 300))
        assert 1 <= answers[429] <= 13 and set(answers) <= {400, 429, 503}
        assert set(pages) == {200}
        # Three have all of them: 3 workers of 2 processes each.
        answers, pages = asyncio.run(crowd(front, 3, 30, 100))
        places = 3 * (bounds.SQL_PROCESSES + bounds.SQL_QUEUE)
        assert set(answers) == {400, 503} and answers[400] >= places / 2, answers
        assert set(pages) == {200}


def test_what_the_cache_holds_is_asked_for_anew_and_served_stale(machines: Machines, tmp_path: Path) -> None:
    """A minute is a second here. Then the only instance is gone."""
    with nginx(tmp_path, machines.one, **SHORT_LIVED) as front:
        two = [f"{front.address}/{page}" for page in ("governorates", "lists")]
        assert [get(address).headers["x-cache-status"] for address in two] == ["MISS"] * 2
        time.sleep(2.1)
        assert get(two[0]).headers["x-cache-status"] == "REVALIDATED"
        conf = tmp_path / "conf.d" / "elections-release.conf"
        gone = conf.read_text(encoding="utf-8").replace(machines.one, f"127.0.0.1:{free_port()}")
        conf.write_text(gone, encoding="utf-8")
        subprocess.run([NGINX, "-c", f"{tmp_path}/main.conf", "-s", "reload"], check=True)
        assert until(lambda: get(f"{front.address}/about?{time.monotonic()}").status_code == 502)
        stale = get(two[1])
        assert (stale.status_code, stale.headers["x-cache-status"]) == (200, "STALE")
        # What was never asked for is an honest error.
        assert get(f"{front.address}/governorate/basra").status_code == 502


def correct(database: Path) -> tuple[str, int]:
    """Make a second release of the data: correct the votes of a result. Returns its id and its new votes."""
    with closing(sqlite3.connect(database)) as connection, connection:
        result, votes = connection.execute("select id, votes from results where votes > 9 order by votes").fetchone()
        connection.execute("update results set votes = votes + 1 where id = ?", [result])
    return result, votes + 1


def test_kills_stops_and_a_new_release_under_load_lose_no_request(
    machines: Machines, database: Path, tmp_path: Path
) -> None:
    """Instances are killed and stopped, workers make way, a corrected figure is rolled out, and back again."""
    (tmp_path / "new").mkdir()
    new = Path(shutil.copy(database, tmp_path / "new" / "elections.db"))
    result, votes = correct(new)

    def served() -> tuple[int, str]:
        reply = get(front.address + VOTES)
        return next(row["votes"] for row in reply.json() if row["id"] == result), reply.headers["etag"]

    def rolled_to(*several: str) -> None:
        rolled = front.roll(*several)
        assert rolled.returncode == 0, rolled.stderr
        digest = get(f"http://{several[0]}/-/health").json()["digest"]
        assert until(lambda: get(f"{front.address}/-/health").json()["digest"] == digest)

    single = {"WEB_CONCURRENCY": "1"}
    # The worker of the second makes way for a fresh one all the time.
    short_lived = single | {"GUNICORN_CMD_ARGS": "--max-requests 12 --max-requests-jitter 1"}
    with (
        instances((database, single), (database, short_lived), (new, single)) as started,
        nginx(tmp_path, started[0][0], started[1][0], machines.one, **NO_LIMITS) as front,
    ):
        (_, first), (_, second), (corrected, _) = started
        before = served()
        assert served() == before and before[0] == votes - 1
        workers = set(children(second.pid))
        with load(front.address) as answers:
            assert until(lambda: not workers & set(children(second.pid)), 60)
            os.killpg(first.pid, signal.SIGKILL)
            more(answers, 25)
            second.terminate()
            assert second.wait(20) == 0
            more(answers, 25)
            # Half of the new and half of the old would show two truths.
            mixed = front.roll(machines.one, corrected)
            assert mixed.returncode == 1 and "another release" in mixed.stderr
            assert served() == before
            rolled_to(corrected)
            # The cache had the old answer for most of a minute to come.
            after = served()
            more(answers, 25)
            rolled_to(machines.one, machines.two)
            assert served() == before
            more(answers, 25)
        assert not failed(answers)
        assert not processes(first) and not processes(second)
        assert after[0] == votes and after[1] != before[1]
        rolled_to(corrected)
        asked = get(front.address + VOTES, headers={"If-None-Match": before[1]})
        assert asked.status_code == 200 and str(votes) in asked.text


@pytest.mark.storm
def test_ten_instances_killed_under_load_lose_no_request(machines: Machines, database: Path, tmp_path: Path) -> None:
    with nginx(tmp_path, machines.one, **NO_LIMITS) as front, load(front.address) as answers:
        for number in range(10):
            with instance(database) as (address, server):
                assert front.roll(machines.one, address).returncode == 0
                more(answers, 100)
                os.killpg(server.pid, signal.SIGKILL if number % 2 else signal.SIGTERM)
                more(answers, 100)
                assert until(lambda server=server: not processes(server))
    assert len(answers) > 2000 and not failed(answers)


def test_a_roll_to_an_instance_that_is_not_there_changes_nothing(front: Front, tmp_path: Path) -> None:
    conf = front.folder / "conf.d" / "elections-release.conf"
    before = conf.read_text(encoding="utf-8")
    script = (DEPLOY / "roll").read_text(encoding="utf-8")
    assert "--retry 30" in script
    hasty = tmp_path / "roll"
    hasty.write_text(script.replace("--retry 30", "--retry 0"), encoding="utf-8")
    done = front.roll(f"127.0.0.1:{free_port()}", script=hasty)
    assert done.returncode == 1 and "Nothing was changed" in done.stderr
    assert front.roll().returncode == 2
    assert conf.read_text(encoding="utf-8") == before
    assert get(f"{front.address}/-/health").status_code == 200
    # What it writes is what comes with the project, but for the release.
    written, comes = (
        re.sub(r"default \w+;", "", "\n".join(in_lines(path))) for path in (conf, DEPLOY / "nginx-release.conf")
    )
    assert re.sub(r"server [\[\]\d.:]+", "server", written) == re.sub(r"server [\d.:]+", "server", comes)


def test_a_configuration_that_nginx_refuses_changes_nothing(machines: Machines, front: Front) -> None:
    conf = front.folder / "conf.d" / "elections-release.conf"
    before = conf.read_text(encoding="utf-8")
    refused = subprocess.run(
        [DEPLOY / "roll", machines.one],
        env=os.environ | {"CONF": str(conf), "RELOAD": "false"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert refused.returncode == 1 and "goes on with the instances it had" in refused.stderr
    assert conf.read_text(encoding="utf-8") == before


def test_nginx_waits_for_longer_than_the_line_is_and_lets_go_first(configured: Callable[..., dict[str, Any]]) -> None:
    conf = (DEPLOY / "nginx-server.conf").read_text(encoding="utf-8")
    seconds = {name: int(value) for name, value in re.findall(r"^ *proxy_(\w+_timeout) (\d+)s;", conf, re.MULTILINE)}
    limit = LIMITS["sql_time_limit_ms"] / 1_000
    last_query = bounds.SQL_QUEUE / bounds.SQL_PROCESSES * (limit + bounds.KILL_AFTER)
    last_table = bounds.TABLE_QUEUE / bounds.TABLES_AT_ONCE * limit
    assert seconds["read_timeout"] > 2 * max(last_query, last_table)
    assert seconds["connect_timeout"] < seconds["next_upstream_timeout"] < seconds["read_timeout"]
    # nginx must let go of a connection before an instance does.
    for path in (DEPLOY / "roll", DEPLOY / "nginx-release.conf"):
        kept = re.search(r"keepalive_timeout (\d+)s", path.read_text(encoding="utf-8"))
        assert kept and int(kept[1]) < configured()["keepalive"]
    # One visitor may have half of the places for queries in two instances of two workers.
    places = 4 * (bounds.SQL_PROCESSES + bounds.SQL_QUEUE)
    assert f"limit_conn elections_table_connections {places // 2};" in conf


# What the manual says


def table_of(heading: str) -> dict[str, list[str]]:
    """The rows of the table under a heading of docs/deploy.md, by what stands in code in their first cell."""
    section = MANUAL.partition(f"\n{heading}\n")[2].partition("\n#")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]
    return {row[0].strip("`"): row[1:] for row in rows if row[0].startswith("`")}


def environment_of_the_site() -> set[str]:
    """The variables of the environment that the site reads, or gunicorn for it."""
    server = (PROJECT / "gunicorn.conf.py").read_text(encoding="utf-8")
    metadata = (PROJECT / "metadata.yml").read_text(encoding="utf-8")
    return set(re.findall(r'environ\.get\("(\w+)"', server)) | set(re.findall(r"\$env: (\w+)", metadata))


def test_each_variable_of_the_environment_is_explained() -> None:
    assert set(table_of("### Environment")) == environment_of_the_site() | {"GUNICORN_CMD_ARGS"}


def test_each_setting_has_its_value_and_its_reason() -> None:
    told = table_of("### settings.json")
    assert {name: json.loads(value.strip("`")) for name, (value, _) in told.items()} == LIMITS
    assert all(len(reason) > 20 for _, reason in told.values())


def test_each_limit_of_nginx_is_told_as_it_is() -> None:
    conf = "".join((DEPLOY / name).read_text(encoding="utf-8") for name in ("nginx.conf", "nginx-server.conf"))
    told = table_of("### Limits of nginx")
    assert len(told) > 8
    assert not [directive for directive in told if directive not in conf]
    limits = re.findall(r"^(?:limit_req|limit_conn|client_\w+|send_timeout|large_\w+) [^;]+", conf, re.MULTILINE)
    assert set(limits) <= set(told), set(limits) - set(told)


def test_the_limits_of_the_site_are_told_as_they_are() -> None:
    for told in (
        f"runs {bounds.SQL_PROCESSES} and lets {bounds.SQL_QUEUE} wait",
        f"renders {bounds.TABLES_AT_ONCE} tables and lets {bounds.TABLE_QUEUE} wait",
        f"{LIMITS['sql_time_limit_ms'] / 1_000} s, {bounds.SQLITE_MEMORY // 10**6} MB, "
        f"{bounds.RESULT_SIZE // 10**6} MB of result; killed {bounds.KILL_AFTER} s later",
        f"each process for visitors' SQL to {bounds.PROCESS_MEMORY // 10**6} MB",
        f"SQLite's own limit of {bounds.SQLITE_MEMORY // 10**6} MB",
        f"{bounds.CACHE_SIZE // 10**6} MB of compressed answers",
        f"after {bounds.LONGEST_TURN:.0f} s; the connection stays",
    ):
        assert told in " ".join(MANUAL.split()), told


def test_the_files_and_targets_that_the_manual_names_are_there() -> None:
    named = set(re.findall(r"(?<![\w/-])((?:deploy|docs|plugins|elections|tests)/[\w@./-]*\w)", MANUAL))
    assert named and not [name for name in named if not (PROJECT / name).exists()]
    targets = set(re.findall(r"^([\w-]+):", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"`make ([\w-]+)", MANUAL)) <= targets


# The workflow


def test_the_workflow_runs_what_a_developer_runs_and_may_do_little() -> None:
    text = (PROJECT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {"contents": "read"}
    jobs = workflow["jobs"]
    granted = {name: job["permissions"] for name, job in jobs.items() if "permissions" in job}
    assert granted == {"publish": {"contents": "write"}}
    every = [step for job in jobs.values() for step in job["steps"]]
    used = [step["uses"] for step in every if "uses" in step]
    assert used and all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", one) for one in used)
    assert all(re.search(rf"{one} # v\d", text) for one in used)
    assert all(
        step["with"]["persist-credentials"] is False for step in every if "actions/checkout" in step.get("uses", "")
    )
    commands = "\n".join(step["run"] for step in every if "run" in step)
    assert ".ci/run" in commands.splitlines()
    # Nothing that others write, such as a title or the name of a branch, gets into a command.
    assert "${{" not in commands
    # What may write checks nothing out.
    assert not any("checkout" in step.get("uses", "") for step in jobs["publish"]["steps"])
    targets = set(re.findall(r"^([\w-]+):", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"make ([\w-]+)", commands)) <= targets
