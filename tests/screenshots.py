"""Takes the pictures of the main pages anew: make screenshots.

Two are shown in the README, one goes with links that are shared; the others land in build/screenshots to be looked at.
"""

from pathlib import Path

import pytest
from conftest import PROJECT
from playwright.sync_api import Page

MAIN = {
    "home": "/", "governorate": "/governorate/kirkuk", "baghdad": "/governorate/baghdad", "list": "/list/nabni-2023",
    "election": "/election/2023", "compare": "/compare", "audit": "/audit", "sources": "/sources",
    "source": "/source/wikipedia-2023", "figure": "/figure/2023-kirkuk-general-maalim-kirkuk-votes",
    "simulator": "/simulator?first_divisor=1.4", "download": "/download", "about": "/about",
    "search": "/search?q=takadum", "table": "/elections/seat_totals", "database": "/elections",
}  # fmt: skip
DATASETTE = ("table", "database")


def drawn(page: Page, address: str, width: int, height: int) -> None:
    """Open a page and scroll through it, so that every chart is drawn."""
    page.set_viewport_size({"width": width, "height": height})
    page.goto(address, wait_until="networkidle")
    for chart in page.locator("[data-chart]").all():
        chart.scroll_into_view_if_needed()
        chart.locator("svg").first.wait_for()
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(100)


def test_pictures_of_the_readme(page: Page, site: str) -> None:
    drawn(page, site, 1200, 1000)
    page.screenshot(path=PROJECT / "docs" / "home.png")
    drawn(page, f"{site}/ar/governorate/kirkuk", 390, 1100)
    page.screenshot(path=PROJECT / "docs" / "kirkuk-in-arabic.png")


def test_picture_of_a_shared_link(page: Page, site: str) -> None:
    drawn(page, site, 1200, 630)
    page.screenshot(path=PROJECT / "static" / "share.png")


@pytest.mark.parametrize("width", [1200, 390])
@pytest.mark.parametrize("language", ["", "/ar"])
@pytest.mark.parametrize("name", MAIN)
def test_main_page(name: str, language: str, width: int, page: Page, site: str) -> None:
    if language and name in DATASETTE:
        pytest.skip("Datasette's own pages are in English")
    drawn(page, f"{site}{language}{MAIN[name]}" if name != "home" else f"{site}{language}", width, 900)
    folder = PROJECT / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=Path(folder) / f"{name}{language.replace('/', '-')}-{width}.png", full_page=True)
