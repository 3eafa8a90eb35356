"""Can visitors fill the memory with what the site remembers of their requests?"""

import sqlite3
import tracemalloc
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from test_deploy import plugin

from elections.site import protocol, settings
from elections.site.memory import remember_short


def taken(function: Callable[[Any], object], asked: Callable[[int], Any], times: int = 3_000) -> int:
    """Return the bytes that stay with the process after a function was asked so often."""
    function(asked(0))
    tracemalloc.start()
    try:
        for number in range(times):
            function(asked(number))
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("size", [100, 900, 3_000, 30_000])
def test_requests_that_are_remembered_take_little_room(size: int) -> None:
    def request(number: int) -> bytes:
        return b"GET /%d%b HTTP/1.1\r\nHost: x\r\n\r\n" % (number, b"a" * size)

    assert taken(protocol.understood, request) < 4_000_000
    assert taken(protocol.understood, lambda number: b"x" * size + b"%d" % number) < 1_000_000


def test_a_request_is_understood_the_same_whether_it_is_remembered_or_not() -> None:
    for size in (10, protocol.SHORT, protocol.PLAIN - 50):
        asked = b"GET /%b HTTP/1.1\r\nHost: x\r\n\r\n" % (b"a" * size)
        assert protocol.understood(asked) == (b"x", b"/" + b"a" * size, False, b"")
    assert protocol.understood(b"GET /%b HTTP/1.1\r\nHost: x\r\n\r\n" % (b"a" * protocol.PLAIN)) is None


def test_long_texts_are_not_remembered() -> None:
    given = remember_short(str.upper, 10_000)
    long = "a" * settings.LONGEST_REMEMBERED
    assert taken(given, lambda number: f"{long}{number}") < 100_000
    assert given("abc") == "ABC" and given(f"{long}b") == f"{long}b".upper()


def test_every_id_is_short_enough_to_be_a_link(db: sqlite3.Connection) -> None:
    tables = [name for (name,) in db.execute("select name from sqlite_master where type in ('table', 'view')")]
    linked = plugin("linked_ids").COLUMN
    for table in tables:
        for column in (row["name"] for row in db.execute(f"pragma table_info([{table}])")):
            if (found := linked.fullmatch(column)) and not found["many"]:
                (longest,) = db.execute(f"select max(length([{column}])) from [{table}]").fetchone()
                assert (longest or 0) <= settings.LONGEST_REMEMBERED / 1.5, (table, column)


@pytest.mark.parametrize("column", ["claim_id", "figure_id", "claim_ids"])
def test_a_text_too_long_for_an_id_becomes_no_link(column: str, site: str) -> None:
    """Datasette makes each part of an address anew, and remembers it."""

    def cell(letters: int) -> str:
        text = f"hex(zeroblob({letters // 2}))"
        made = f"json_array({text})" if column.endswith("s") else text
        reply = httpx.get(f"{site}/elections", params={"sql": f"select {made} as {column}", "_hide_sql": "1"})
        assert reply.status_code == 200
        return reply.text

    assert 'href="/elections/claims' in cell(100)
    assert 'href="/elections/claims' not in cell(300)
