"""What the tests share: the project, a database built from it, the site in this process, a served one and a browser."""

import asyncio
import contextlib
import functools
import io
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx
import hypothesis
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from datasette.app import Datasette
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

import build_db
from elections.site.connections import add_functions

Result = TypeVar("Result")
PROJECT = Path(__file__).resolve().parent.parent
LAST_GOOD = b"the last good database"
CHROMIUM = Path("/usr/bin/chromium")
DESK: ViewportSize = {"width": 1200, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# A slow machine is no fault. make test tries some examples of each property, make test-all many.
hypothesis.settings.register_profile("short", deadline=None, max_examples=50)
hypothesis.settings.register_profile("storm", deadline=None, max_examples=500)
hypothesis.settings.load_profile("short")


def configuration(database: Path) -> Path:
    """Return a configuration directory for Datasette: the files of the project, and this database among them."""
    folder = database.with_name("site")
    if not folder.exists():
        folder.mkdir()
        for name in ("gunicorn.conf.py", "metadata.yml", "plugins", "settings.json", "static", "templates"):
            (folder / name).symlink_to(PROJECT / name)
        (folder / "elections.db").symlink_to(database)
        (folder / "inspect-data.json").write_text(json.dumps(build_db.inspect_data(database)), encoding="utf-8")
    return folder


def make_site(database: Path) -> Datasette:
    """Make the site as it is deployed, but for the server. The one place of the tests that knows how."""
    return Datasette(config_dir=configuration(database))


class Client:
    """Sends requests to a site in this process: client.get("/governorate/kirkuk").

    The site runs on an event loop of its own in another thread, so that neither a test nor Playwright is in its way.
    """

    base_url = "http://localhost"

    def __init__(self, portal: BlockingPortal, datasette: Datasette) -> None:
        self.portal = portal
        self.datasette = datasette
        # A page does not change while the site runs: a test that only reads it need not render it again.
        self.page = functools.cache(self.get)

    def run(self, function: Callable[..., Awaitable[Result]], *arguments: Any, **named: Any) -> Result:
        """Await a function on the loop of the site, and return its result."""
        return self.portal.call(functools.partial(function, *arguments, **named))

    def request(self, method: str, path: str, **named: Any) -> httpx.Response:
        """Send a request. Named arguments are those of httpx: params, headers, follow_redirects."""
        answer: httpx.Response = self.run(
            self.datasette.client.request, method, path, avoid_path_rewrites=True, **named
        )
        return answer

    def get(self, path: str, **named: Any) -> httpx.Response:
        """Send a GET request."""
        return self.request("GET", path, **named)

    def rows(self, path: str, **named: Any) -> list[dict[str, Any]]:
        """Return the rows that a table, query or SQL has as JSON."""
        parameters = {"_shape": "array"} | named.pop("params", {})
        rows: list[dict[str, Any]] = self.get(path, params=parameters, **named).raise_for_status().json()
        return rows


@contextmanager
def site_of(database: Path) -> Iterator[Client]:
    """Make the site of a database in this process."""

    async def start() -> Datasette:
        datasette = make_site(database)
        await datasette.invoke_startup()
        return datasette

    with start_blocking_portal() as portal:
        yield Client(portal, portal.call(start))


def run_build(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run build_db.py as a user would."""
    return subprocess.run(
        [sys.executable, PROJECT / "build_db.py", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def build_here(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Build in this process, which takes half the time: the same exit status and the same texts."""
    output, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        status = build_db.main(list(map(str, arguments)))
    assert "Traceback" not in errors.getvalue()
    return subprocess.CompletedProcess(arguments, status, output.getvalue(), errors.getvalue())


def build(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    """Build from a copy of data/ over the last good database. Returns the exit status and what was said of faults."""
    del capsys  # nothing is printed past build_here
    database = folder.parent / "elections.db"
    database.write_bytes(LAST_GOOD)
    built = build_here("--data", folder, "--database", database, "--quiet")
    said = built.stderr.splitlines()
    if built.returncode:
        assert database.read_bytes() == LAST_GOOD
        assert said[-1] == f"{database} is unchanged."
    # The facts about the last good database stay, too; a test may build more than once.
    left = {path.name for path in folder.parent.iterdir()} - {"inspect-data.json"}
    assert left == {"data", "elections.db"}, "something was left beside the database"
    return built.returncode, said


def copy_of_project(folder: Path) -> Path:
    """Copy what git tracks or would track, with the virtual environment at hand so that nothing is installed again."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        if (PROJECT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, folder / name)
    if Path(sys.prefix) == PROJECT / ".venv":
        (folder / ".venv").symlink_to(PROJECT / ".venv")
        for name in ("pyproject.toml", "requirements.txt", "requirements-dev.txt"):
            # Older than the environment: make would install the package of the copy into it.
            os.utime(folder / name, (0, 0))
    return folder


@pytest.fixture(scope="session")
def project() -> Path:
    return PROJECT


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Path of a database built once a session."""
    path = tmp_path_factory.mktemp("built") / "elections.db"
    built = build_here("--database", path, "--quiet")
    assert built.returncode == 0, built.stderr
    return path


@pytest.fixture
def db(database: Path) -> Iterator[sqlite3.Connection]:
    """A read-only connection whose rows can be read by column name."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    add_functions(connection)
    yield connection
    connection.close()


def kept_views() -> list[Path]:
    """The files of the views whose rows are kept when the database is built."""
    found = [path for path in sorted((PROJECT / "sql" / "views").glob("*.sql")) if build_db.is_kept(path)]
    assert found
    return found


@pytest.fixture(scope="session")
def changeable(database: Path) -> bytes:
    """The database as bytes, with views that are computed when they are asked: none is kept as rows."""
    with contextlib.closing(sqlite3.connect(":memory:")) as copy:
        copy.deserialize(database.read_bytes())
        for path in kept_views():
            definition = path.read_text(encoding="utf-8")
            copy.executescript(f"drop view {path.stem}; drop table kept_{path.stem}; {definition}")
        return copy.serialize()


@pytest.fixture
def scratch(changeable: bytes) -> Iterator[sqlite3.Connection]:
    """The database in memory, to change; its views follow. A test may do with it what it likes, commit included."""
    connection = sqlite3.connect(":memory:")
    connection.deserialize(changeable)
    connection.row_factory = sqlite3.Row
    yield connection
    connection.close()


@contextmanager
def rolled_back(connection: sqlite3.Connection) -> Iterator[None]:
    """Undo at the end whatever is changed meanwhile. Several cases can then use one database."""
    connection.execute("savepoint before")
    try:
        yield
    finally:
        connection.execute("rollback to before")
        connection.execute("release before")


def execute_all(connection: sqlite3.Connection, script: str) -> None:
    """Execute the statements of a script; executescript() would commit what is to be rolled back."""
    statement = ""
    for part in script.split(";"):
        statement += f"{part};"
        if sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A copy of data/ to spoil."""
    return Path(shutil.copytree(PROJECT / "data", tmp_path / "data"))


@pytest.fixture
def build_with(data: Path, tmp_path: Path) -> Callable[[], subprocess.CompletedProcess[str]]:
    """Build from the copy of data/ into tmp_path/elections.db."""
    return lambda: build_here("--data", data, "--database", tmp_path / "elections.db")


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


@pytest.fixture(scope="session")
def client(database: Path) -> Iterator[Client]:
    """The site of the shared database, in this process."""
    with site_of(database) as client:
        yield client


@pytest.fixture
def ask_built(tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Ask the site of the database that build_with built for a page."""
    with contextlib.ExitStack() as stack:

        @functools.cache
        def built() -> Client:
            return stack.enter_context(site_of(tmp_path / "elections.db"))

        yield lambda path: built().get(path).raise_for_status().text


@contextmanager
def served(database: Path) -> Iterator[str]:
    """Serve a database as the Procfile does, by a process of its own; the address of the site."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [Path(sys.executable).with_name("gunicorn")]
    # What the site says goes nowhere: a pipe that nobody empties would stop it.
    server = subprocess.Popen(
        command,
        cwd=configuration(database),
        env=os.environ | {"HOST": "127.0.0.1", "PORT": str(port), "WEB_CONCURRENCY": "2"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    for _ in range(100):
        if server.poll() is not None:
            pytest.fail("the site does not start")
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
    """Address of the site of the shared database, served by a process of its own."""
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


@pytest.fixture(autouse=True)
def out_of_the_loop(request: pytest.FixtureRequest) -> Iterator[None]:
    """Hide the event loop of Playwright, which it leaves running in this thread, from tests that start their own."""
    loop = None if "browser" in request.fixturenames else asyncio._get_running_loop()
    if loop is None:
        yield
        return
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(loop)


@contextmanager
def watching(tab: Page, site: str, not_found: bool = False) -> Iterator[None]:
    """Fail the test on an error in the console of a tab, a failed request, or a request to another host.

    not_found: the page itself is to be answered with 404, which the console reports too.
    """
    faults: list[str] = []
    listeners: dict[str, Callable[[Any], None]] = {
        "console": lambda said: faults.append(f"console: {said.text}") if said.type == "error" else None,
        "pageerror": lambda error: faults.append(f"error: {error}"),
        "response": lambda reply: faults.append(f"{reply.status} {reply.url}") if reply.status >= 400 else None,
        "request": lambda request: (
            faults.append(f"outside: {request.url}") if not request.url.startswith((site, "data:", "blob:")) else None
        ),
    }
    for event, listener in listeners.items():
        tab.on(event, listener)  # type: ignore[call-overload]
    try:
        yield
    finally:
        for event, listener in listeners.items():
            tab.remove_listener(event, listener)
    expected = 2 * not_found
    assert len(faults) == expected and all("404" in fault for fault in faults[:expected]), "\n".join(faults)


@contextmanager
def watched(context: BrowserContext, site: str) -> Iterator[Page]:
    """Open a tab and watch it."""
    tab = context.new_page()
    try:
        with watching(tab, site):
            yield tab
    finally:
        tab.close()


@pytest.fixture(scope="session")
def desks(browser: Browser) -> Iterator[BrowserContext]:
    """A browser on a desk. What its pages load stays in its cache, as with a reader who looks at several."""
    with browser.new_context(viewport=DESK) as context:
        yield context


@pytest.fixture(scope="session")
def phones(browser: Browser) -> Iterator[BrowserContext]:
    """A browser on a phone. It does not zoom out (is_mobile), which would hide what is too wide."""
    with browser.new_context(viewport=PHONE) as context:
        yield context


@pytest.fixture(scope="session")
def phones_without_script(browser: Browser) -> Iterator[BrowserContext]:
    """A browser on a phone that runs no JavaScript."""
    with browser.new_context(viewport=PHONE, java_script_enabled=False) as context:
        yield context


@pytest.fixture
def page(desks: BrowserContext, site: str) -> Iterator[Page]:
    """A watched tab on a desk."""
    with watched(desks, site) as tab:
        yield tab


@pytest.fixture
def phone(phones: BrowserContext, site: str) -> Iterator[Page]:
    """A watched tab on a phone."""
    with watched(phones, site) as tab:
        yield tab


@pytest.fixture
def reader(phones_without_script: BrowserContext, site: str) -> Iterator[Page]:
    """A watched tab without JavaScript."""
    with watched(phones_without_script, site) as tab:
        yield tab
