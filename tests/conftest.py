"""What the tests share: the project, a database built from it, a served site and a real browser."""

import asyncio
import os
import shlex
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import yaml
from datasette.app import Datasette
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

import build_db
from build_db import is_kept
from elections.site import settings
from plugins.allocation import prepare_connection

# SQLite has one such limit for the whole process, and it cannot be lifted again: a site that a test serves within this
# process would take the memory from the builds of others. Sites that are served by themselves have it.
settings.LARGEST_HEAP = 0

PROJECT = Path(__file__).resolve().parent.parent
LAST_GOOD = b"the last good database"
CHROMIUM = Path("/usr/bin/chromium")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Drive the browser last: from then on Playwright keeps an event loop running, and no test can start its own."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


def run_build(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run build_db.py as a user would."""
    return subprocess.run(
        [sys.executable, PROJECT / "build_db.py", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def build(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    """Build in this process, which is quick. Returns the exit status and what was said of faults."""
    database = folder.parent / "elections.db"
    database.write_bytes(LAST_GOOD)
    status = build_db.main(["--data", str(folder), "--database", str(database), "--quiet"])
    said = capsys.readouterr().err.splitlines()
    assert "Traceback" not in "\n".join(said)
    if status:
        assert database.read_bytes() == LAST_GOOD
        assert said[-1] == f"{database} is unchanged."
    assert sorted(path.name for path in folder.parent.iterdir()) == ["data", "elections.db"], (
        "something was left beside the database"
    )
    return status, said


@pytest.fixture(scope="session")
def project() -> Path:
    return PROJECT


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Path of a database built once for the whole run."""
    path = tmp_path_factory.mktemp("built") / "elections.db"
    built = run_build("--database", path, "--quiet")
    assert built.returncode == 0, built.stderr
    return path


@pytest.fixture
def db(database: Path) -> Iterator[sqlite3.Connection]:
    """A read-only connection whose rows can be read by column name."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    prepare_connection(connection)
    yield connection
    connection.close()


def kept_views() -> list[Path]:
    """The files of the views whose rows are kept when the database is built."""
    found = [path for path in sorted((PROJECT / "sql" / "views").glob("*.sql")) if is_kept(path)]
    assert found
    return found


@pytest.fixture
def scratch(database: Path) -> Iterator[sqlite3.Connection]:
    """A copy of the database in memory, to change; its views are computed as it is changed, none is kept as rows."""
    with sqlite3.connect(database) as built:
        copy = sqlite3.connect(":memory:")
        built.backup(copy)
    for path in kept_views():
        copy.executescript(f"drop view {path.stem}; drop table kept_{path.stem}; {path.read_text(encoding='utf-8')}")
    copy.row_factory = sqlite3.Row
    yield copy
    copy.close()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A copy of data/ to spoil."""
    return Path(shutil.copytree(PROJECT / "data", tmp_path / "data"))


@pytest.fixture
def build_with(data: Path, tmp_path: Path) -> Callable[[], subprocess.CompletedProcess[str]]:
    """Build from the copy of data/ into tmp_path/elections.db."""
    return lambda: run_build("--data", data, "--database", tmp_path / "elections.db")


@pytest.fixture
def open_built(tmp_path: Path) -> Iterator[Callable[[], sqlite3.Connection]]:
    """Open the database that build_with built."""
    connections: list[sqlite3.Connection] = []

    def connect() -> sqlite3.Connection:
        connections.append(sqlite3.connect(f"file:{tmp_path / 'elections.db'}?mode=ro", uri=True))
        connections[-1].row_factory = sqlite3.Row
        return connections[-1]

    yield connect
    for connection in connections:
        connection.close()


@pytest.fixture
def ask_built(tmp_path: Path) -> Callable[[str], str]:
    """Ask the site of the database that build_with built for a page."""

    async def get(path: str) -> str:
        site = Datasette(
            [str(tmp_path / "elections.db")],
            metadata=yaml.safe_load((PROJECT / "metadata.yml").read_text(encoding="utf-8")),
            plugins_dir=str(PROJECT / "plugins"),
            template_dir=str(PROJECT / "templates"),
        )
        await site.invoke_startup()
        answer = await site.client.get(path)
        assert answer.status_code == 200, path
        return str(answer.text)

    return lambda path: asyncio.run(get(path))


@contextmanager
def served(database: Path) -> Iterator[str]:
    """Serve a database as the Procfile does; the address of the site."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "serve.py", str(database), "--host", "127.0.0.1", "--port", str(port)]
    # What the site says goes nowhere: a pipe that nobody empties would stop it.
    server = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    for _ in range(100):
        if server.poll() is not None:
            pytest.fail(f"the site does not start: {shlex.join(command)}")
        try:
            httpx.get(f"{address}/-/versions.json")
            break
        except httpx.TransportError:
            time.sleep(0.1)
    try:
        yield address
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture(scope="session")
def site(database: Path) -> Iterator[str]:
    """Address of a site served from the database built for the tests."""
    with served(database) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; where it is missing the tests are skipped, in CI they fail."""
    if not CHROMIUM.exists():
        if os.environ.get("CI"):
            pytest.fail(f"there is no {CHROMIUM}: run make browser as root")
        pytest.skip(f"there is no {CHROMIUM}")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@contextmanager
def watched(context: BrowserContext, site: str) -> Iterator[Page]:
    """Open a tab that fails the test on an error in its console, a failed request, or a request to another host."""
    tab = context.new_page()
    faults: list[str] = []
    tab.on("console", lambda message: faults.append(f"console: {message.text}") if message.type == "error" else None)
    tab.on("pageerror", lambda error: faults.append(f"error: {error}"))
    tab.on("response", lambda reply: faults.append(f"{reply.status} {reply.url}") if reply.status >= 400 else None)
    tab.on(
        "request",
        lambda request: (
            faults.append(f"outside: {request.url}") if not request.url.startswith((site, "data:", "blob:")) else None
        ),
    )
    yield tab
    tab.close()
    assert not faults, "\n".join(faults)


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    """A watched tab on a desk."""
    with browser.new_context(viewport={"width": 1200, "height": 900}) as context, watched(context, site) as tab:
        yield tab
