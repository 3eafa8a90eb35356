"""Does the site come up where it is deployed, stay up while machines die and releases change, and serve what is new?"""

import asyncio
import fnmatch
import functools
import http.client
import importlib.util
import json
import os
import re
import shlex
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import httpx
import pytest
import serve
import yaml
from conftest import PROJECT, run_build
from elections.site.site import FrozenDatasette, ReadOnly

from elections.site import settings

NGINX = "/usr/sbin/nginx"
BIN = Path(sys.prefix) / "bin"
PAGES = ["/", "/ar", "/governorate/kirkuk", "/elections/seat_totals", "/elections/seat_totals.json", "/audit"]
# The votes of every result, of which a second release corrects one.
VOTES = "/elections/results.json?_shape=array&_size=max"


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def needs(tool: str) -> None:
    """Skip where a tool of Debian is missing; in CI, where it is to be there, fail."""
    if shutil.which(tool) is None:
        if os.environ.get("CI"):
            pytest.fail(f"there is no {tool}: run make nginx as root")
        pytest.skip(f"there is no {tool}")


def wait_for(address: str, server: subprocess.Popen[Any], seconds: float = 60) -> None:
    """Wait until an address answers 200; fail if the server ends or never does."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if server.poll() is not None:
            pytest.fail(f"the server ended with {server.returncode}")
        try:
            if httpx.get(address).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    pytest.fail(f"{address} does not answer")


def fresh_clone(folder: Path) -> Path:
    """Copy what a commit of all that is here would hold."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in listed.stdout.splitlines():
        if (PROJECT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, folder / name)
    return folder


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
            os.killpg(server.pid, signal.SIGTERM)
            try:
                server.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)
                server.wait(5)


@contextmanager
def instance(database: Path, **environment: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Serve a database as the recipes do; give HOST:PORT and the process."""
    port = free_port()
    environment = {"HOST": "127.0.0.1", "PORT": str(port)} | environment
    with running([sys.executable, "serve.py", str(database)], PROJECT, **environment) as server:
        wait_for(f"http://127.0.0.1:{port}/-/health", server)
        yield f"127.0.0.1:{port}", server


# How it is started


@pytest.mark.parametrize("workers", ["0", "-1"])
def test_a_site_with_nobody_to_answer_is_not_started(workers: str, database: Path) -> None:
    for arguments, environment in ((["--workers", workers], {}), ([], {"WEB_CONCURRENCY": workers})):
        done = subprocess.run(
            [sys.executable, "serve.py", database, "--port", str(free_port()), *arguments],
            cwd=PROJECT, env=os.environ | environment, capture_output=True, text=True, timeout=20, check=False,
        )  # fmt: skip
        assert done.returncode == 1 and not done.stdout
        assert done.stderr.count("\n") == 1 and "WEB_CONCURRENCY to 1 or more" in done.stderr


@pytest.mark.parametrize("host", ["::1", "[::1]"])
def test_it_listens_at_an_address_of_ipv6(host: str, database: Path) -> None:
    port = free_port()
    with running([sys.executable, "serve.py", str(database)], PROJECT, HOST=host, PORT=str(port)) as server:
        wait_for(f"http://[::1]:{port}/-/health", server)


@pytest.mark.parametrize(("seconds", "kept"), [("1", False), ("30", True)])
def test_a_connection_stays_open_for_as_long_as_it_is_told(seconds: str, kept: bool, database: Path) -> None:
    with instance(database, KEEP_ALIVE=seconds) as (address, _):
        visitor = http.client.HTTPConnection(address, timeout=4)
        visitor.request("GET", "/-/health")
        assert visitor.getresponse().read()
        try:
            closed = visitor.sock.recv(1) == b""
        except TimeoutError:
            closed = False
        assert closed != kept
        visitor.close()


# Health, version, validators


def plugin(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, PROJECT / "plugins" / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_health_says_which_data_and_software_answer(site: str, database: Path) -> None:
    reply = httpx.get(f"{site}/-/health")
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert reply.status_code == 200 and reply.headers["cache-control"] == "no-store" and "etag" not in reply.headers
    digest = subprocess.run(["sha256sum", database], capture_output=True, text=True, check=True).stdout.split()[0]
    assert reply.json() == {"status": "ok", "digest": digest, "version": project["version"]}
    version = httpx.get(f"{site}/-/version")
    assert version.headers["cache-control"] == "no-store"
    assert version.json() == {
        "name": project["name"],
        "version": project["version"],
        "digest": digest,
        "datasette": "0.65.5",
        "sqlite": sqlite3.sqlite_version,
    }
    assert digest[:12] in httpx.get(site).text


@pytest.mark.parametrize("spoilt", ["no table", "no database", "no rows", "no end", "no memory"])
def test_health_is_503_if_the_database_cannot_answer(
    spoilt: str, database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    health = plugin("health")
    copy = Path(shutil.copy(database, tmp_path / "elections.db"))
    with sqlite3.connect(copy) as connection:
        if spoilt == "no table":
            connection.execute("alter table elections rename to spoilt")
        if spoilt == "no rows":
            connection.executescript("pragma foreign_keys = off; delete from elections")
    connection.close()
    if spoilt == "no end":
        endless = "with recursive n (i) as (select 1 union all select i + 1 from n) select count(*) from n"
        monkeypatch.setattr(health, "QUESTION", endless)
    if spoilt == "no memory":

        async def execute(*_: Any, **__: Any) -> None:
            raise MemoryError

        monkeypatch.setattr(ReadOnly, "execute", execute)
    served = FrozenDatasette(immutables=[] if spoilt == "no database" else [str(copy)], settings=settings.DATASETTE)
    before = time.monotonic()
    reply = asyncio.run(health.health(served))
    assert reply.status == 503 and json.loads(reply.body)["status"] != "ok"
    assert reply.headers["Cache-Control"] == "no-store"
    assert time.monotonic() - before < 2


@pytest.mark.parametrize(
    "address",
    [
        *PAGES,
        "/search?q=takadum",
        "/elections/seat_totals.csv?_stream=1",
        "/elections.json?sql=select+1",
        "/-/dashboards/election?election=2023",
        "/static/site.css",
        "/elections/seat_totals?_ttl=99999999",
    ],
)
@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_who_has_an_answer_is_told_that_it_still_holds(site: str, address: str, encoding: str) -> None:
    first = httpx.get(site + address, headers={"Accept-Encoding": encoding})
    etag = first.headers["etag"]
    assert first.status_code == 200 and re.fullmatch(r'W/"[0-9a-f]{32}"', etag)
    assert first.headers.get_list("cache-control") == [
        "public, max-age=60, stale-while-revalidate=60, stale-if-error=86400"
    ]
    assert "content-encoding" not in first.headers or "Accept-Encoding" in first.headers["vary"]
    for asked in (etag, etag.removeprefix("W/"), f'"other", {etag}'):
        again = httpx.get(site + address, headers={"Accept-Encoding": encoding, "If-None-Match": asked})
        assert again.status_code == 304 and not again.content and again.headers["etag"] == etag
        assert again.headers["cache-control"] == first.headers["cache-control"]
    # A validator is of one address.
    other = httpx.get(f"{site}/about", headers={"If-None-Match": etag})
    assert other.status_code == 200 and other.headers["etag"] != etag
    assert httpx.get(site + address, headers={"If-None-Match": "*"}).status_code == 200


def test_a_validated_answer_costs_no_query(site: str) -> None:
    """Each address is asked for the first time: no process of the site has its answer, and HEAD leaves none there."""
    times = []
    for validated in (False, True):
        slow = [f"{site}/elections/seat_ladder?_asked={validated}-{number}" for number in range(5)]
        etags = [httpx.head(address).headers["etag"] if validated else "" for address in slow]
        with httpx.Client() as client:
            client.get(f"{site}/-/health")
            before = time.monotonic()
            for address, etag in zip(slow, etags, strict=True):
                reply = client.get(address, headers={"If-None-Match": etag})
                assert reply.status_code == (304 if validated else 200)
            times.append(time.monotonic() - before)
    assert times[1] < times[0] / 3


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/nothing-here", 404),
        ("/elections?sql=select+nonsense", 400),
        ("/-/health", 200),
        ("/-/version", 200),
        ("/-/versions.json", 200),
        ("/elections.json?sql=select+random()", 200),
        ("/elections.json?sql=select+datetime(:at)&at=now", 200),
        ("/claim/wikipedia-2023-kirkuk-general-1-votes", 302),
    ],
)
def test_what_does_not_last_is_not_kept(site: str, address: str, status: int) -> None:
    reply = httpx.get(site + address)
    assert reply.status_code == status and "etag" not in reply.headers
    assert "public" not in reply.headers.get("cache-control", "")


@pytest.mark.parametrize("address", ["/", "/elections/results", "/elections/results.json?_size=1"])
def test_an_answer_whose_links_begin_otherwise_is_another(site: str, address: str) -> None:
    """Who first forgets FORWARDED_ALLOW_IPS, or moves to another name, has readers who hold answers with old links."""
    ways: list[dict[str, str]] = [{}, {"Host": "elections.example"}, {"X-Forwarded-Proto": "https"}]
    replies = [httpx.get(site + address, headers=way) for way in ways]
    assert len({reply.headers["etag"] for reply in replies}) == len(ways)
    for way in ways[1:]:
        asked = way | {"If-None-Match": replies[0].headers["etag"]}
        assert httpx.get(site + address, headers=asked).status_code == 200
        asked = way | {"If-None-Match": httpx.get(site + address, headers=way).headers["etag"]}
        assert httpx.get(site + address, headers=asked).status_code == 304


def test_an_answer_to_a_visitor_with_a_cookie_is_theirs_alone(site: str) -> None:
    etag = httpx.get(site).headers["etag"]
    reply = httpx.get(site, headers={"Cookie": "a=b", "If-None-Match": etag})
    assert reply.status_code == 200 and "etag" not in reply.headers
    assert reply.headers["cache-control"] == "private, no-store"


def test_an_address_with_a_digest_is_kept_for_ever(site: str) -> None:
    found = re.search(r"/-/static/app\.css\?\w+", httpx.get(f"{site}/elections").text)
    assert found
    assert "immutable" in httpx.get(site + found[0]).headers["cache-control"]
    assert "immutable" not in httpx.get(f"{site}/-/static/app.css?other").headers["cache-control"]


def test_the_database_as_a_file_keeps_its_own_digest(site: str, database: Path) -> None:
    reply = httpx.get(f"{site}/elections.db")
    assert reply.headers["etag"].strip('"') == httpx.get(f"{site}/-/health").json()["digest"]
    assert "max-age=60" in reply.headers["cache-control"] and reply.content == database.read_bytes()


def test_a_changed_template_changes_the_digest_of_the_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    etag = plugin("etag")
    for name in ("static", "templates", "words"):
        shutil.copytree(PROJECT / name, tmp_path / name)
    shutil.copy2(PROJECT / "requirements.txt", tmp_path)
    monkeypatch.setattr(etag, "HERE", tmp_path)
    monkeypatch.setattr(etag, "SITE", ("static", "templates", "words"))
    digest = etag.digest_of_site.__wrapped__
    before = digest()
    assert digest() == before
    (tmp_path / "templates" / "_foot.html").write_text("another", encoding="utf-8")
    assert digest() != before


def test_the_packages_that_the_site_needs_are_in_its_digest_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two machines with one release have one digest, whatever else is installed on one of them."""
    etag = plugin("etag")
    (tmp_path / "requirements.txt").write_text("datasette-gzip==0.3 \\\n    --hash=sha256:00\n", encoding="utf-8")
    monkeypatch.setattr(etag, "HERE", tmp_path)
    monkeypatch.setattr(etag, "SITE", ())

    def digest(*installed: tuple[str, str]) -> Any:
        named = [SimpleNamespace(name=name, version=version) for name, version in installed]
        monkeypatch.setattr(etag, "distributions", lambda: named)
        return etag.digest_of_site.__wrapped__()

    alone = digest(("datasette-gzip", "0.3"))
    assert digest(("pytest", "9.2"), ("datasette_gzip", "0.3")) == alone
    assert digest(("datasette-gzip", "0.4")) != alone


# The Procfile, the Dockerfile and the other recipes


@pytest.mark.slow
def test_the_procfile_serves_a_fresh_clone_with_nothing_but_the_pinned_packages(tmp_path: Path) -> None:
    clone = fresh_clone(tmp_path / "clone")
    assert not list(clone.rglob("*.db"))
    subprocess.run([sys.executable, "-m", "venv", clone / "venv"], check=True)
    pip = [clone / "venv" / "bin" / "python", "-m", "pip", "install", "-q", "--require-hashes", "-r"]
    installed = subprocess.run(
        [*pip, "requirements.txt"], cwd=clone, capture_output=True, text=True, timeout=300, check=False
    )
    if re.search(r"No matching distribution|NewConnectionError|Temporary failure", installed.stderr):
        pytest.skip("no package index can be reached")
    assert installed.returncode == 0, installed.stderr
    port = free_port()
    path = f"{clone / 'venv' / 'bin'}:/usr/bin:/bin"
    honcho = [str(BIN / "honcho"), "start"]
    with running(honcho, clone, PATH=path, PORT=str(port), HOST="127.0.0.1") as server:
        wait_for(f"http://127.0.0.1:{port}/-/health", server)
        assert "Iraqi governorate elections" in httpx.get(f"http://127.0.0.1:{port}/").text
        assert (clone / "elections.db").exists()


def steps(dockerfile: str) -> list[tuple[str, str]]:
    """The instructions of a Dockerfile with what they say, lines put together."""
    lines = [line for line in dockerfile.splitlines() if line.strip() and not line.startswith("#")]
    whole = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [(line.partition(" ")[0], line.partition(" ")[2].strip()) for line in whole.splitlines()]


def leave_out(context: Path) -> None:
    """Delete from a folder what .dockerignore keeps from the image, by the few kinds of patterns that it has."""
    lines = (PROJECT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]

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
    stages: dict[str, Path] = {}
    root, workdir, environment, served = tmp_path, "/", {}, False
    health: list[str] = []
    for number, (step, said) in enumerate(steps(dockerfile)):
        here = root / workdir.strip("/")
        # What is /site in the image is a folder here.
        local = functools.partial(re.sub, r"(?<![\w.])/site\b", str(here))
        path = f"{BIN}:/usr/bin:/bin"
        if step == "FROM":
            root, workdir, environment = tmp_path / f"stage{number}", "/", {}
            stages[said.rpartition(" AS ")[2]] = root
        elif step == "WORKDIR":
            workdir = said
            (root / said.strip("/")).mkdir(parents=True)
        elif step == "COPY":
            *sources, target = [word for word in said.split() if not word.startswith("--")]
            origin = re.match(r"--from=(\w+)", said)
            for source in sources:
                found = stages[origin[1]] / source.strip("/") if origin else context / source
                to = here / target / found.name if target.endswith("/") and not origin else here / target
                to.parent.mkdir(parents=True, exist_ok=True)
                if found.is_dir():
                    shutil.copytree(found, to, symlinks=True, dirs_exist_ok=True)
                else:
                    shutil.copy2(found, to)
        elif step == "RUN":
            # The packages are those of the tests; that the pinned ones install is the test above.
            line = said.replace("python -m venv .venv", "python -m venv --system-site-packages .venv")
            line = line.replace("-m pip install", "-m pip install --no-index --no-deps --dry-run --quiet")
            if ".venv/bin/python -m pip" in said:
                line = line.partition(" && ")[0]
            env = {"PATH": path, "HOME": str(tmp_path)}
            subprocess.run(["sh", "-ec", line], cwd=here, env=env, timeout=120, check=True)
            if (here / ".venv").exists():
                packages = next((here / ".venv" / "lib").glob("python*/site-packages"))
                ours = next(Path(sys.prefix).glob("lib/python*/site-packages"))
                (packages / "ours.pth").write_text(f"{ours}\n", encoding="utf-8")
        elif step == "ENV":
            environment |= dict(word.split("=", 1) for word in shlex.split(local(said)))
        elif step == "USER":
            assert int(said.split(":")[0]) > 0
        elif step == "HEALTHCHECK":
            health = json.loads(said.partition("CMD ")[2])
        elif step == "CMD":
            port = str(free_port())
            env = environment | {"PORT": port, "PATH": environment["PATH"].replace("$PATH", path)}
            assert not (here / "tests").exists() and not (here / ".git").exists()
            with running(json.loads(said), here, **env) as server:
                wait_for(f"http://127.0.0.1:{port}/-/health", server)
                check = subprocess.run(health, cwd=here, env=env, timeout=10, check=False)
                assert check.returncode == 0
                for address in PAGES:
                    assert httpx.get(f"http://127.0.0.1:{port}{address}").status_code == 200
                served = True
            gone = subprocess.run(health, cwd=here, env=env, capture_output=True, timeout=10, check=False)
            assert gone.returncode != 0
        else:
            assert step == "EXPOSE", f"the test does not know {step}"
    assert served


def test_systemd_takes_the_unit_and_finds_it_confined(tmp_path: Path) -> None:
    needs("systemd-analyze")
    # The unit names executables that are there once the site is installed.
    unit = (PROJECT / "deploy" / "elections@.service").read_text(encoding="utf-8")
    home = tmp_path / "8001"
    shutil.copytree(PROJECT / "deploy", home / "deploy")
    (home / ".venv" / "bin").mkdir(parents=True)
    (home / ".venv" / "bin" / "python").symlink_to(sys.executable)
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


def test_the_recipes_for_platforms_hold_together() -> None:
    fly = tomllib.loads((PROJECT / "fly.toml").read_text(encoding="utf-8"))
    assert fly["http_service"]["internal_port"] == int(fly["env"]["PORT"])
    assert [check["path"] for check in fly["http_service"]["checks"]] == ["/-/health"]
    app = json.loads((PROJECT / "app.json").read_text(encoding="utf-8"))
    procfile = (PROJECT / "Procfile").read_text(encoding="utf-8")
    assert app["buildpacks"] == [{"url": "heroku/python"}]
    # The router of Heroku keeps a connection for 90 seconds.
    assert int(app["env"]["KEEP_ALIVE"]["value"]) > 90
    assert set(app["formation"]) == set(re.findall(r"^(\w+):", procfile, re.MULTILINE))
    series = (PROJECT / ".python-version").read_text(encoding="utf-8").strip()
    assert f"FROM python:{series}-" in (PROJECT / "Dockerfile").read_text(encoding="utf-8")


# More than one machine


@pytest.fixture(scope="module")
def corrected(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, int]:
    """A second release of the data, in which one result has another number of votes: its id and that number."""
    folder = tmp_path_factory.mktemp("corrected")
    path = folder / "elections.db"
    assert run_build("--database", path, "--quiet").returncode == 0
    with sqlite3.connect(path) as connection:
        result, votes = connection.execute("select id, votes from results where votes > 9 order by votes").fetchone()
        connection.execute("update results set votes = votes + 1 where id = ?", [result])
    connection.close()
    return path, result, votes + 1


class Front:
    """nginx with our configuration, before instances that a test names."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder, self.address = folder, address

    def roll(self, *instances: str) -> subprocess.CompletedProcess[str]:
        """Lead nginx to other instances as an operator does."""
        nginx = f"{NGINX} -c {self.folder}/main.conf -g 'error_log stderr;'"
        reload = f"{nginx} -t -q && if [ -s {self.folder}/pid ]; then {nginx} -s reload; fi"
        return subprocess.run(
            [PROJECT / "deploy" / "roll", *instances],
            env=os.environ | {"CONF": str(self.folder / "elections-release.conf"), "RELOAD": reload},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip


@contextmanager
def nginx(folder: Path, *instances: str) -> Iterator[Front]:
    """Run nginx on a free port with deploy/nginx.conf, changed in nothing but the port and the cache's folder."""
    needs(NGINX)
    needs("curl")
    port = free_port()
    front = Front(folder, f"http://127.0.0.1:{port}")
    ours = (PROJECT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    for stands, put in (("listen 80;", f"listen 127.0.0.1:{port};"), ("/var/cache/nginx/", f"{folder}/cache/")):
        assert ours.count(stands) == 1
        ours = ours.replace(stands, put)
    (folder / "cache").mkdir()
    (folder / "elections.conf").write_text(ours, encoding="utf-8")
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.getuid() == 0 else ""
    (folder / "main.conf").write_text(
        f"{user}\nworker_processes 2;\npid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}\ninclude {folder}/elections*.conf;\n}}\n",
        encoding="utf-8",
    )
    led = front.roll(*instances)
    assert led.returncode == 0, led.stderr
    with running([NGINX, "-c", f"{folder}/main.conf", "-g", "daemon off;"], folder) as server:
        wait_for(f"{front.address}/-/health", server)
        yield front


@contextmanager
def load(address: str, threads: int = 4) -> Iterator[list[tuple[float, int, str]]]:
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


def until(answers: list[Any], count: int) -> None:
    """Wait until so many more answers have come."""
    target, end = len(answers) + count, time.monotonic() + 120
    while len(answers) < target:
        assert time.monotonic() < end, f"{len(answers)} answers of {target}"
        time.sleep(0.02)


def failed(answers: list[tuple[float, int, str]]) -> list[tuple[int, str]]:
    return [(status, path) for _, status, path in answers if status != 200]


def test_the_cache_answers_again_and_asks_whether_it_still_holds(database: Path, tmp_path: Path) -> None:
    with instance(database) as (one, _), nginx(tmp_path, one) as front:
        for encoding in ("gzip", "identity", "gzip, deflate, br, zstd"):
            for address in PAGES:
                replies = [httpx.get(front.address + address, headers={"Accept-Encoding": encoding}) for _ in range(2)]
                # A validator is of an address, its host included: links in an answer begin with it.
                direct = httpx.get(f"http://{one}{address}", headers={"Host": "127.0.0.1"})
                expected = "HIT" if encoding.startswith("gzip,") else "MISS"
                assert [reply.headers["x-cache-status"] for reply in replies] == [expected, "HIT"]
                assert all(reply.status_code == 200 for reply in replies) and replies[0].text == replies[1].text
                assert replies[0].headers.get("content-encoding") == ("gzip" if "gzip" in encoding else None)
                assert replies[1].headers["etag"] == direct.headers["etag"]
                etag = {"If-None-Match": replies[0].headers["etag"], "Accept-Encoding": encoding}
                assert httpx.get(front.address + address, headers=etag).status_code == 304
        # A cookie of another site on the domain, a browser's own wishes: the cache serves them all the same.
        cookie = httpx.get(front.address, headers={"Cookie": "a=b", "Authorization": "Basic eDp4"})
        assert cookie.headers["x-cache-status"] == "HIT" and "public" in cookie.headers["cache-control"]
        for address in ("/-/health", "/nothing-here"):
            assert [httpx.get(front.address + address).headers["x-cache-status"] for _ in range(2)] == ["MISS"] * 2


def test_what_the_cache_holds_is_asked_for_anew_when_its_time_is_over(database: Path, tmp_path: Path) -> None:
    """The minute that the instance gives is cut to a second by nginx, so that the test need not wait."""
    with instance(database) as (one, _), nginx(tmp_path, one) as front:
        conf = tmp_path / "elections.conf"
        text = conf.read_text(encoding="utf-8")
        assert "proxy_ignore_headers Vary;" in text
        text = text.replace("proxy_ignore_headers Vary;", "proxy_ignore_headers Vary Cache-Control;")
        text = text.replace("proxy_cache elections;", "proxy_cache elections; proxy_cache_valid 200 1s;")
        conf.write_text(text.replace("background_update on", "background_update off"), encoding="utf-8")
        assert front.roll(one).returncode == 0
        time.sleep(1)
        seen = []
        for _ in range(3):
            seen.append(httpx.get(f"{front.address}/governorates").headers["x-cache-status"])
            time.sleep(2.1)
        assert seen == ["MISS", "REVALIDATED", "REVALIDATED"]


@pytest.mark.slow
def test_an_instance_killed_under_load_loses_no_request(database: Path, tmp_path: Path) -> None:
    with ExitStack() as stack:
        (one, first), (two, second) = (stack.enter_context(instance(database)) for _ in range(2))
        front = stack.enter_context(nginx(tmp_path, one, two))
        with load(front.address) as answers:
            until(answers, 100)
            os.killpg(first.pid, signal.SIGKILL)
            until(answers, 200)
        assert len(answers) > 300 and not failed(answers)
        # With none left, what was asked for before is still answered, and what was not is an honest error.
        os.killpg(second.pid, signal.SIGKILL)
        second.wait(5)
        assert httpx.get(f"{front.address}/governorate/kirkuk").status_code == 200
        assert httpx.get(f"{front.address}/governorate/basra").status_code in (502, 504)


@pytest.mark.slow
def test_a_new_release_of_the_data_rolls_over_without_a_failed_request(
    database: Path, corrected: tuple[Path, str, int], tmp_path: Path
) -> None:
    new, result, votes = corrected

    def served(front: Front) -> tuple[int, str]:
        reply = httpx.get(front.address + VOTES)
        row = next(row for row in reply.json() if row["id"] == result)
        return row["votes"], reply.headers["etag"]

    with ExitStack() as stack:
        old = [stack.enter_context(instance(database)) for _ in range(2)]
        front = stack.enter_context(nginx(tmp_path, *(address for address, _ in old)))
        before = served(front)
        assert served(front) == before and before[0] == votes - 1
        with load(front.address) as answers:
            until(answers, 50)
            fresh = [stack.enter_context(instance(new))[0] for _ in range(2)]
            digest = httpx.get(f"http://{fresh[0]}/-/health").json()["digest"]
            # Half of the new and half of the old would show two truths.
            mixed = front.roll(old[0][0], fresh[0])
            assert mixed.returncode == 1 and "another release" in mixed.stderr
            rolled = front.roll(*fresh)
            assert rolled.returncode == 0, rolled.stderr
            end = time.monotonic() + 10
            while httpx.get(f"{front.address}/-/health").json()["digest"] != digest and time.monotonic() < end:
                time.sleep(0.05)
            # The cache had the old answer for most of a minute to come.
            after = served(front)
            until(answers, 50)
            for _, process in old:
                process.terminate()
            until(answers, 100)
            assert served(front) == after
        assert not failed(answers)
        assert after[0] == votes and after[1] != before[1]
        stale = httpx.get(front.address + VOTES, headers={"If-None-Match": before[1]})
        assert stale.status_code == 200 and str(votes) in stale.text


@pytest.mark.slow
def test_a_line_that_is_full_keeps_nobody_from_the_pages(database: Path, tmp_path: Path) -> None:
    """More visitors ask long questions of their own than may wait: some are told to come back, all others answered."""
    endless = "with recursive n (i) as (select {} union all select i + 1 from n) select count(*) from n"

    async def crowd(front: Front) -> tuple[list[int], list[int]]:
        many = 2 * (settings.TURNS + settings.WAITING) + 20
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(base_url=front.address, limits=limits, timeout=120) as client:

            async def ask(number: int) -> int:
                return (await client.get("/elections.json", params={"sql": endless.format(number)})).status_code

            asking, pages = [asyncio.create_task(ask(number)) for number in range(many)], []
            while not all(one.done() for one in asking):
                # Nobody has asked for it before, so it comes from an instance.
                for address in (f"/about?_never_asked_before={len(pages)}", "/-/health"):
                    pages.append((await client.get(address)).status_code)
                await asyncio.sleep(0.2)
            return [one.result() for one in asking], pages

    with ExitStack() as stack:
        both = [stack.enter_context(instance(database, WEB_CONCURRENCY="1"))[0] for _ in range(2)]
        front = stack.enter_context(nginx(tmp_path, *both))
        answers, pages = asyncio.run(crowd(front))
    assert set(answers) == {400, 503} and answers.count(503) <= 20 + 5, answers
    assert len(pages) > 10 and set(pages) == {200}, pages


def test_nginx_waits_for_longer_than_the_line_is_and_then_asks_no_other_instance() -> None:
    conf = (PROJECT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    seconds = {name: int(value) for name, value in re.findall(r"^ *proxy_(\w+_timeout) (\d+)s;", conf, re.MULTILINE)}
    last_turn = settings.WAITING / settings.TURNS * settings.DATASETTE["sql_time_limit_ms"] / 1_000
    assert seconds["read_timeout"] > 2 * last_turn
    assert seconds["connect_timeout"] < seconds["next_upstream_timeout"] < seconds["read_timeout"]
    # nginx must let go of a connection before an instance does.
    roll = (PROJECT / "deploy" / "roll").read_text(encoding="utf-8")
    kept = re.search(r"keepalive_timeout (\d+)s", roll)
    assert kept and int(kept[1]) < int(serve.command_line().get_default("keep_alive"))


def test_a_roll_to_an_instance_that_is_not_there_changes_nothing(database: Path, tmp_path: Path) -> None:
    with instance(database) as (one, _), nginx(tmp_path, one) as front:
        conf = (tmp_path / "elections-release.conf").read_text(encoding="utf-8")
        script = (PROJECT / "deploy" / "roll").read_text(encoding="utf-8")
        assert "--retry 30" in script
        hasty = tmp_path / "roll"
        hasty.write_text(script.replace("--retry 30", "--retry 0"), encoding="utf-8")
        done = subprocess.run(
            ["sh", hasty, f"127.0.0.1:{free_port()}"],
            env=os.environ | {"CONF": str(tmp_path / "elections-release.conf"), "RELOAD": "false"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode != 0
        assert (tmp_path / "elections-release.conf").read_text(encoding="utf-8") == conf
        assert httpx.get(f"{front.address}/-/health").status_code == 200


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
    targets = set(re.findall(r"^(\w+):", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"make (\w+)", commands)) <= targets
