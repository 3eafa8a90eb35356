"""Is a fault of the machine or of our code an error of the server (500), and one of the address not (400)?"""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from conftest import PROJECT
from test_deploy import free_port, fresh_clone, running, wait_for


@contextmanager
def one_worker(folder: Path, database: Path) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "serve.py", str(database), "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    with running(command, folder) as server:
        wait_for(f"http://127.0.0.1:{port}/-/health", server)
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def faulty(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site with a plugin that has faults."""
    folder = fresh_clone(tmp_path_factory.mktemp("faulty"))
    (folder / "plugins" / "faulty.py").write_text(
        "import json\n"
        "from datasette import hookimpl\n"
        "@hookimpl(tryfirst=True)\n"
        "def render_cell(value):\n"
        "    if value == 'a bug':\n"
        "        return None + 1\n"
        "    if value == 'a bug in a call':\n"
        "        return json.loads('no JSON')\n"
        "    if value == 'no memory':\n"
        "        raise MemoryError\n"
        "    if value == 'a failing disk':\n"
        "        raise OSError(5, 'Input/output error')\n",
        encoding="utf-8",
    )
    with one_worker(folder, database) as address:
        yield address


@pytest.mark.parametrize("fault", ["a bug", "a bug in a call", "no memory", "a failing disk"])
def test_a_fault_of_our_code_is_an_error_of_the_server(fault: str, faulty: str) -> None:
    assert httpx.get(f"{faulty}/elections", params={"sql": "select 'a word'"}).status_code == 200
    assert httpx.get(f"{faulty}/elections", params={"sql": f"select '{fault}'"}).status_code == 500


def test_a_database_that_cannot_be_read_is_an_error_of_the_server(database: Path, tmp_path: Path) -> None:
    """Whether it is asked for as a page, as a file, or by a visitor's SQL."""
    copy = Path(shutil.copy(database, tmp_path / "spoilt.db"))
    with one_worker(PROJECT, copy) as address:
        with copy.open("r+b") as file:
            size = copy.stat().st_size
            file.seek(size // 2)
            file.write(b"\x5a" * (size // 2))
        for asked in (
            "/elections/claims?_size=max",
            "/elections/claims.json?_size=max&_shape=array",
            "/elections/claims.csv?_size=max",
            "/elections/claims.xlsx",
            "/elections.json?sql=select+sum(length(locator))+from+claims",
            "/elections.csv?sql=select+sum(length(locator))+from+claims",
        ):
            reply = httpx.get(address + asked)
            assert reply.status_code == 500, (asked, reply.text[:500])
            assert "etag" not in reply.headers and "spoilt.db" not in reply.text


MISTAKES = [
    "/elections/claims?_size=x",
    "/elections/claims.json?_next=a&_sort=nothing",
    "/elections/claims.json?_facet=nothing",
    "/elections/claims?_where=nothing",
    "/elections/claims.xlsx?_where=nothing",
    "/elections/seat_totals?_next=x",
    "/elections.json?sql=select+nothing",
    "/elections.xlsx?sql=select+nothing",
    "/elections.json?sql=select+load_extension('x')",
    "/elections.json?sql=select+:a+limit+:a&a=x",
    "/elections.json?sql=select+zeroblob(1000000000)",
    "/elections.json?sql=with+a+as+(select+1)+insert+into+elections+select+*+from+a",
    "/elections.json?sql=select+1&_timelimit=x",
]


@pytest.mark.parametrize("address", MISTAKES)
def test_a_mistake_in_an_address_is_no_error_of_the_server(address: str, site: str) -> None:
    reply = httpx.get(site + address)
    assert reply.status_code == 400, reply.text[:500]
    assert reply.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("place", ["/-/static", "/static", "/-/static-plugins/datasette_vega"])
def test_a_file_that_cannot_be_there_is_no_error_of_the_server(place: str, site: str) -> None:
    for name in ("a" * 300, "app.css/more", "site.css/more", "%00"):
        reply = httpx.get(f"{site}{place}/{name}")
        assert reply.status_code in (400, 403, 404) and str(PROJECT) not in reply.text, name


def test_a_cell_that_only_begins_like_a_list_of_ids_is_shown_as_it_is(site: str) -> None:
    for cell in ("'[['", "replace(hex(zeroblob(20000)), '0', '[')", "'{}'", "'[1, null]'"):
        reply = httpx.get(f"{site}/elections", params={"sql": f"select {cell} as claim_ids"})
        assert reply.status_code == 200, cell
