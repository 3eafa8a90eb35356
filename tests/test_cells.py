"""Is each cell shown by the first plugin that has a way for it?"""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from datasette import hookimpl
from datasette.plugins import pm

import elections.site.changes_to_datasette  # noqa: F401  # what is tested is changed there


class First:
    @hookimpl(tryfirst=True)
    def render_cell(self, value: Any) -> str | None:
        return "first" if value == "both" else None


class Second:
    @hookimpl(trylast=True)
    def render_cell(self, value: Any, column: str) -> str | None:
        return f"second of {column}" if value in ("both", "one") else None


class Around:
    @hookimpl(hookwrapper=True)
    def render_cell(self) -> Iterator[None]:
        outcome = yield
        outcome.force_result([f"<{one}>" for one in outcome.get_result()])


@pytest.fixture(autouse=True)
def plugins() -> Iterator[None]:
    others = pm.hook.render_cell.get_hookimpls()
    for other in others:
        pm.unregister(other.plugin)
    ours = [First(), Second()]
    for plugin in ours:
        pm.register(plugin)
    yield
    for plugin in ours:
        pm.unregister(plugin)
    for other in others:
        pm.register(other.plugin, other.plugin_name)


def shown(value: Any) -> list[Any]:
    """Ask as Datasette does; of many cells the pause for others goes before."""
    named = {"row": None, "table": None, "database": "elections", "datasette": None}
    made = pm.hook.render_cell(value=value, column="seats", **named)
    return [one for one in made if not (asyncio.iscoroutine(one) and one.close() is None)]


def test_plugins_are_asked_in_their_order() -> None:
    assert shown("both") == ["first", "second of seats"]
    assert shown("one") == ["second of seats"]
    assert shown("none") == []


def test_a_plugin_may_still_change_what_others_make() -> None:
    around = Around()
    pm.register(around)
    try:
        assert shown("both") == ["<first>", "<second of seats>"]
    finally:
        pm.unregister(around)


def test_others_have_their_turn_now_and_then() -> None:
    pauses = 0
    for _ in range(2_000):
        for one in pm.hook.render_cell(
            value="none", column="x", row=None, table=None, database="elections", datasette=None
        ):
            assert asyncio.iscoroutine(one)
            one.close()
            pauses += 1
    assert pauses >= 3
