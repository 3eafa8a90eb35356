"""Do the commands of the documentation work, as written?"""

import os
import re
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from conftest import PROJECT, Client, copy_of_project

DOCUMENTS = ["README.md", "CONTRIBUTING.md"]
# make test is what runs these tests, make lint runs before them, and test_release.py runs make release.
RUN_ELSEWHERE = {"make test", "make test-all", "make lint", "make release"}


def commands(document: str) -> list[str]:
    """The commands in a document's sh blocks, a line each."""
    text = (PROJECT / document).read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_of_project(tmp_path_factory.mktemp("clone") / "project")


@pytest.fixture(scope="module")
def served(clone: Path) -> Iterator[str]:
    """The site that make serve serves from the copy."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        ["make", "serve", f"PORT={port}"],
        cwd=clone,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    address = f"http://127.0.0.1:{port}"
    for _ in range(300):
        if server.poll() is not None:
            pytest.fail(f"make serve ends: {server.stdout.read() if server.stdout else ''}")
        try:
            httpx.get(address)
            break
        except httpx.TransportError:
            time.sleep(0.1)
    yield address
    os.killpg(server.pid, 15)
    server.wait(10)


def test_make_serve_builds_and_serves_the_site(served: str) -> None:
    assert "make serve" in commands("README.md")
    assert "Iraqi governorate elections" in httpx.get(served).text


def test_make_help_lists_the_commands(clone: Path) -> None:
    shown = subprocess.run(["make", "help"], cwd=clone, capture_output=True, text=True, check=True).stdout
    for target in ("serve", "test", "build", "lint", "format", "lock"):
        assert f"make {target}" in shown


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(line, id=f"{document}: {line[:60]}")
        for document in DOCUMENTS
        for line in commands(document)
        if line not in RUN_ELSEWHERE | {"make serve"}
    ],
)
def test_a_command_of_the_documentation_works(command: str, clone: Path, served: str) -> None:
    # One picture shows that the command works; taking all would double the time of the tests.
    line = command.replace("make screenshots", "make screenshots ONLY=shared")
    line = line.replace("http://127.0.0.1:8001", served).replace("curl ", "curl --fail --silent --show-error ")
    done = subprocess.run(line, shell=True, cwd=clone, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    if command.startswith("curl") and "--output" not in command:
        assert len(done.stdout.splitlines()) > 1 or done.stdout.startswith("[{")


def test_links_within_the_documentation_lead_somewhere(subtests: pytest.Subtests) -> None:
    for document in (*DOCUMENTS, "CHANGELOG.md", "data/LICENSE.md"):
        path = PROJECT / document
        for target in re.findall(r"\]\(([^)#]+)", path.read_text(encoding="utf-8")):
            if not target.startswith(("http://", "https://")):
                with subtests.test(f"{document}: {target}"):
                    assert (path.parent / target).exists()


def test_links_to_the_site_answer(client: Client, subtests: pytest.Subtests) -> None:
    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"http://127\.0\.0\.1:8001([^\s)>\"]*)", text)
    assert len(links) >= 6
    for link in links:
        with subtests.test(link):
            assert client.get(link.partition("#")[0] or "/", follow_redirects=True).status_code == 200


def test_addresses_named_in_the_documentation_answer(client: Client, subtests: pytest.Subtests) -> None:
    for document in DOCUMENTS:
        text = (PROJECT / document).read_text(encoding="utf-8")
        for address in re.findall(r"`(/(?:elections|figure|claim|governorate)/[^`]+)`", text):
            with subtests.test(f"{document}: {address}"):
                assert client.get(address, follow_redirects=True).status_code == 200


def test_the_number_of_names_from_general_knowledge_is_that_of_the_data(db: sqlite3.Connection) -> None:
    parties, lists = (
        db.execute(f"select count(*) from {table} where name_ar_basis = 'general_knowledge'").fetchone()[0]
        for table in ("parties", "lists")
    )
    text = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"Arabic names of {parties} parties and {lists} lists from general knowledge" in text
