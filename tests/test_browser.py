"""Do the pages draw in a real browser, on a desk and on a phone, and do the charts show something?

The fixture `page` fails a test on any error in the console, failed request or request to another host.
"""

import os
import re
from pathlib import Path

import pytest
from conftest import PROJECT, watching
from playwright.sync_api import BrowserContext, Page, expect

pytestmark = pytest.mark.browser

CHARTS = [
    link
    for link in re.findall(r"http://127\.0\.0\.1:8001(\S+#g\.mark=[^)]+)", (PROJECT / "README.md").read_text("utf-8"))
]
PAGES = {
    "database": "/elections",
    "claims": "/elections/claims",
    "results": "/elections/results",
    "seats_by_governorate": "/elections/seats_by_governorate?election_id=2023&governorate_id=kirkuk",
    "turnout_by_governorate": "/elections/turnout_by_governorate",
    "disagreements": "/elections/disagreements",
    "sources": "/elections/sources",
    "source": "/elections/sources/wikipedia-2023",
    "who_won": "/elections/who_won?election=2023&governorate=kirkuk",
    "what_a_source_prints": "/elections/what_a_source_prints?source=wikipedia-2013&heading=Baghdad",
    "printed_names": "/elections/printed_names?name=تقدم",
    "sql": "/elections?sql=select+*+from+seat_totals+limit+20",
}
DRAWN = """canvas => {
    const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    const seen = new Set();
    for (let i = 0; i < data.length; i += 4) seen.add(data[i] + ',' + data[i + 1] + ',' + data[i + 2]);
    return seen.size;
}"""


def picture(page: Page, name: str) -> None:
    """Keep a picture of the page in the folder that SHOTS names, for those who want to look."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def assert_fits(page: Page, name: str) -> None:
    """Look at a page on a desk and on a phone: nothing is wider than the screen."""
    fits = {}
    for width in (1200, 390):
        page.set_viewport_size({"width": width, "height": 900})
        picture(page, f"{name}-{width}")
        fits[width] = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert fits == {1200: True, 390: True}


def test_a_page_draws_and_fits_the_screen(desks: BrowserContext, site: str, subtests: pytest.Subtests) -> None:
    page = desks.new_page()
    for name, path in PAGES.items():
        with subtests.test(name), watching(page, site):
            page.goto(site + path)
            expect(page.locator("h1")).to_be_visible()
            assert_fits(page, name)
    page.close()


def test_a_chart_of_the_readme_draws(desks: BrowserContext, phones: BrowserContext, site: str, subtests) -> None:
    assert CHARTS
    for width, context in ((1200, desks), (390, phones)):
        page = context.new_page()
        for number, path in enumerate(CHARTS, 1):
            with subtests.test(f"{path} at {width}"), watching(page, site):
                page.goto("about:blank")  # the address of a chart differs in its fragment only
                page.goto(site + path)
                canvas = page.locator("canvas.marks")
                expect(canvas).to_be_visible()
                canvas.scroll_into_view_if_needed()
                picture(page, f"chart{number}-{width}")
                assert canvas.evaluate(DRAWN) > 3, "more than text on white"
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.close()


def test_links_go_from_a_result_to_its_claim_to_its_source(page: Page, site: str) -> None:
    page.goto(f"{site}/elections/results?contest_id=2023-kirkuk-general")
    page.locator("td.col-votes_claim_id a").first.click()
    expect(page).to_have_url(re.compile(r"/elections/claims/"))
    page.locator("td.col-source_table_id a").first.click()
    expect(page).to_have_url(re.compile(r"/elections/source_tables/"))
    page.locator("td.col-source_id a").first.click()
    expect(page).to_have_url(re.compile(r"/elections/sources/"))
    expect(page.locator("td.col-url a")).to_have_attribute("href", re.compile("^https?://"))


def test_from_an_answer_to_the_claim(page: Page, site: str) -> None:
    page.goto(f"{site}/elections/who_won?election=2023&governorate=kirkuk")
    page.locator("td.col-seats_claim_id a").first.click()
    expect(page).to_have_url(re.compile(r"/elections/claims/"))


def test_a_question_can_be_asked_again(page: Page, site: str) -> None:
    page.goto(f"{site}/elections/who_won?election=2023&governorate=kirkuk")
    page.get_by_role("textbox", name="governorate").fill("بابل")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("td.col-governorate").first).to_have_text("Babil")


def test_arabic_runs_from_the_right(page: Page, site: str) -> None:
    page.goto(f"{site}/elections/lists?name_ar__notblank=1")
    cell = page.locator("td.col-name_ar").first
    assert cell.evaluate("cell => getComputedStyle(cell).direction") == "rtl"
