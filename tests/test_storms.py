"""Does the site hold when many attack it, and is nothing lost when the machine fails? Storms are for the night."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from attack import ASKED, MADE_UP, PROXYS, Site, Storm, attack, made_up, may_mount, rest, served
from faults import ALL, NEED_MOUNTS, Fault
from made_up_addresses import Addresses

# On a busy machine; `make attack` measures what it is on a quiet one.
LATEST_MS = 2_500


@pytest.mark.parametrize("bring_about", ALL, ids=lambda one: one.__name__)
def test_nothing_is_lost(bring_about: Callable[[Path, int], Fault], database: Path) -> None:
    lost(bring_about, database, 1)


@pytest.mark.storm
@pytest.mark.parametrize("bring_about", ALL, ids=lambda one: one.__name__)
def test_nothing_is_lost_in_many_tries(bring_about: Callable[[Path, int], Fault], database: Path) -> None:
    lost(bring_about, database, ALL[bring_about])


def lost(bring_about: Callable[[Path, int], Fault], database: Path, count: int) -> None:
    if bring_about in NEED_MOUNTS and not may_mount():
        pytest.skip("only root may mount a small or read-only disk")
    fault = bring_about(database, count)
    assert fault.count and not fault.lost, fault.row()


def test_made_up_addresses_reach_all_kinds_of_pages(database: Path) -> None:
    addresses = Addresses(database)
    made = [addresses.make(number) for number in range(3_000)]
    for part in ("/ar/governorate/", "/elections/claims", ".csv", ".xlsx", ".json", "_facet=", "sql=", "/-/dashboards"):
        # Of some seventy tables each gets its share.
        assert sum(part in one for one in made) > 5, part


@pytest.fixture(scope="module")
def target(database: Path) -> Iterator[Site]:
    with served(database) as site:
        yield site


def holds(storm: Storm) -> None:
    assert not storm.lost, storm.row()
    assert max(storm.late(page) for page in storm.times) < LATEST_MS, storm.row()


@pytest.mark.storm
@pytest.mark.parametrize("name", ASKED)
def test_what_costs_too_much_is_refused_and_the_pages_are_served_meanwhile(name: str, target: Site) -> None:
    storm = asyncio.run(attack(target, name, ASKED[name], 96))
    holds(storm)
    rest(target, storm)
    assert storm.rested < max(target.fresh, storm.before) * 1.2, storm.row()


@pytest.mark.storm
@pytest.mark.parametrize("proxied", [False, True], ids=["alone", "behind nginx"])
@pytest.mark.parametrize("name", PROXYS)
def test_clients_that_no_browser_is_keep_nobody_waiting(name: str, proxied: bool, target: Site) -> None:
    if proxied and not target.proxied:
        pytest.skip("there is no nginx, or no configuration for it")
    holds(asyncio.run(attack(target, name, PROXYS[name], 64, proxied=proxied)))


@pytest.mark.storm
def test_ten_thousand_addresses_that_make_no_sense_are_answered_without_an_error(target: Site, database: Path) -> None:
    holds(asyncio.run(attack(target, MADE_UP, made_up(database), 10_000, first=1_000_000)))


@pytest.mark.storm
def test_a_crowd_with_questions_of_its_own_is_told_to_come_back(target: Site) -> None:
    async def crowd() -> set[int]:
        endless = ASKED["endless recursion"].one
        return {one.status for one in await asyncio.gather(*(endless(target.port, number) for number in range(200)))}

    assert asyncio.run(crowd()) == {400, 503}


@pytest.mark.storm
def test_the_machine_that_serves_is_read_only(target: Site) -> None:
    if not target.read_only:
        pytest.skip("only root may have a read-only view of the machine")
    with pytest.raises(OSError, match="Read-only"):
        Path(f"/proc/{target.pid}/root{Path(__file__).parent}/written").write_text("x", encoding="utf-8")
