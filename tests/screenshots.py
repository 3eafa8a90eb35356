"""Takes the pictures of the README anew: make screenshots."""

from conftest import CHROMIUM, CHROMIUM_FLAGS, PROJECT
from playwright.sync_api import sync_playwright

PICTURES = {
    "home": "/",
    "seat_totals": (
        "/elections/seat_totals?election_id=2023&seats__gte=5&_size=max&_nofacet=1"
        "#g.mark=bar&g.x_column=seats&g.x_type=quantitative&g.y_column=list&g.y_type=ordinal"
    ),
}


def take(site: str) -> None:
    """Take every picture from a served site and keep it in docs/."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        for name, path in PICTURES.items():
            page = chromium.new_page(viewport={"width": 1000, "height": 900})
            page.goto(site + path, wait_until="networkidle")
            if "#" in path:
                page.wait_for_selector("canvas.marks")
                page.wait_for_timeout(500)
            page.screenshot(path=PROJECT / "docs" / f"{name}.png")
        chromium.close()


def test_pictures(site: str) -> None:
    take(site)
