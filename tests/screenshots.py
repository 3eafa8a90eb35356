"""Takes the picture of the README anew: make screenshots."""

from conftest import PROJECT
from playwright.sync_api import Page


def test_home(page: Page, site: str) -> None:
    page.set_viewport_size({"width": 1000, "height": 900})
    page.goto(site, wait_until="networkidle")
    page.screenshot(path=PROJECT / "docs" / "home.png")
