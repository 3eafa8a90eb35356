"""Is every page whole for whoever opens it: in English or Arabic, on a desk or a phone, without a script, in the dark,
with a screen reader, over a slow line, on paper, shared as a link?
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import watched
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from test_browser import picture

pytestmark = pytest.mark.browser

PAGES = (
    "/",
    "/governorates",
    "/governorate/kirkuk",
    "/list/nabni-2023",
    "/compare",
    "/audit?governorate=kirkuk",
    "/source/alamssar-2023",
    "/figure/2023-kirkuk-general-maalim-kirkuk-votes",
    "/simulator?first_divisor=1.4",
    "/simulator?first_divisor=abc",
    "/search?q=takadum",
    "/?election=2013",
    "/governorate/basra?election=2013",
    "/governorate/erbil",
    "/lists",
    "/list/state-of-law-2013",
    "/party/state-of-law-coalition",
    "/election/2023",
    "/election/2013",
    "/audit",
    "/sources",
    "/source/wikipedia-2023",
    "/source/wikipedia-2013",
    "/simulator",
    "/download",
    "/about",
    "/search?q=zzzzzz",
)
LANGUAGES = {"en": "ltr", "ar": "rtl"}
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1200, "height": 900}
FITS = "document.documentElement.scrollWidth <= innerWidth"
# A chart is drawn once its place comes near the screen.
DRAW = """async () => {
    for (const place of document.querySelectorAll('[data-chart]')) {
        place.scrollIntoView();
        for (const end = Date.now() + 5000; !place.querySelector('svg.marks'); await new Promise(requestAnimationFrame))
            if (Date.now() > end) throw new Error(place.id + ' is not drawn');
    }
    scrollTo(0, 0);
}"""
# What is wrong in the markup of Datasette's own templates, which neither the frame of the page nor the style can mend:
# the boxes of its filters and of its SQL editor have no label, and its headings skip from the first level to the third.
FAULTS_OF_DATASETTE = {
    "label": "#content .filter-value, #content .cm-editor *, #content .CodeMirror textarea",
    "select-name": "#content form.filters select",
    "heading-order": "#content h3",
}
LATER_ROWS = "tbody tr:nth-child(n + 16)"
BUDGET = 300_000


def address(path: str, language: str) -> str:
    """Return where a page is in a language."""
    return path if language == "en" else re.sub(r"^/(?=\?|$)", "", f"/ar{path}").replace("/ar/?", "/ar?").rstrip("/")


def complaints(page: Page) -> list[str]:
    """Return what axe-core finds against the page by any of its rules.

    The contrast of colours, its slowest rule, is measured on the first rows of a table: the others look the same.
    """
    options: dict[str, Any] = {"resultTypes": ["violations"], "preload": False}
    found = Axe().run(page, options=options | {"rules": {"color-contrast": {"enabled": False}}})
    contrast = Axe().run(page, {"exclude": [[LATER_ROWS]]}, options | {"runOnly": ["color-contrast"]})
    return [
        f"{violation['id']}: {node['target'][0]}: {(node['any'] or node['all'] or node['none'])[0]['message']}"
        for violation in found.response["violations"] + contrast.response["violations"]
        for node in violation["nodes"]
        if not page.locator(node["target"][0]).first.evaluate(
            "(found, known) => known && found.matches(known)", FAULTS_OF_DATASETTE.get(violation["id"], "")
        )
    ]


@pytest.fixture(scope="module")
def phones(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context(viewport=PHONE) as context:
        yield context


@pytest.fixture(scope="module")
def phones_without_script(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context(viewport=PHONE, java_script_enabled=False) as context:
        yield context


@pytest.fixture
def phone(phones: BrowserContext, site: str) -> Iterator[Page]:
    with watched(phones, site) as tab:
        yield tab


@pytest.fixture
def phone_without_script(phones_without_script: BrowserContext, site: str) -> Iterator[Page]:
    with watched(phones_without_script, site) as tab:
        yield tab


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_fits_a_phone_and_a_desk_and_is_open_to_everyone(
    language: str, path: str, phone: Page, site: str
) -> None:
    # The colours are the same in either language, so each language is looked at in one light.
    phone.emulate_media(color_scheme="dark" if language == "ar" else "light")
    phone.goto(site + address(path, language))
    html = phone.locator("html")
    expect(html).to_have_attribute("lang", language)
    expect(html).to_have_attribute("dir", LANGUAGES[language])
    expect(phone.locator("h1")).to_be_visible()
    phone.evaluate(DRAW)
    name = f"{language}-{re.sub(r'[^a-z0-9]+', '-', path)}"
    picture(phone, f"{name}-390")
    fits = {"phone": phone.evaluate(FITS)}
    found = complaints(phone)
    phone.set_viewport_size(DESK)
    picture(phone, f"{name}-1200")
    fits["desk"] = phone.evaluate(FITS)
    assert all(fits.values()), fits
    assert not found, "\n".join(found)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_stands_without_javascript_and_leads_to_pages_in_its_language(
    language: str, path: str, phone_without_script: Page, site: str
) -> None:
    phone_without_script.goto(site + address(path, language))
    expect(phone_without_script.locator("h1")).to_be_visible()
    expect(phone_without_script.locator("html")).to_have_attribute("dir", LANGUAGES[language])
    assert phone_without_script.evaluate(FITS)
    led: list[str] = phone_without_script.locator("a:not(.language), form").evaluate_all(
        "all => all.map(one => one.getAttribute('href') ?? one.getAttribute('action') ?? '')"
    )
    # Tables, files and the charts to embed have an address of their own, in no language.
    pages = [one for one in (one.removeprefix(site) for one in led) if re.match(r"/(?!elections\b|-/|static/)", one)]
    assert pages
    assert not [one for one in pages if bool(re.match(r"/ar(/|\?|#|$)", one)) != (language == "ar")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "path", ["/elections/seat_totals?_size=5", "/elections", "/elections/who_won?election=2023&governorate=kirkuk"]
)
def test_a_page_of_datasette_is_open_to_everyone(path: str, scheme: str, page: Page, site: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(site + path)
    picture(page, f"{scheme}{re.sub(r'[^a-z0-9]+', '-', path)}")
    found = complaints(page)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("path", ["/nowhere", "/governorate/kirkukk"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_address_that_is_not_there_is_answered_in_the_language_asked(
    language: str, path: str, browser: Browser, site: str
) -> None:
    with browser.new_context(viewport=PHONE) as context:
        tab = context.new_page()
        reply = tab.goto(site + address(path, language))
        assert reply is not None and reply.status == 404
        expect(tab.locator("html")).to_have_attribute("lang", language)
        expect(tab.locator("h1")).to_be_visible()
        assert tab.evaluate(FITS)
        found = complaints(tab)
        assert not found, "\n".join(found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_result_can_be_read_before_any_script_has_come(language: str, browser: Browser, site: str) -> None:
    with browser.new_context(viewport=PHONE) as context:
        tab = context.new_page()
        waiting: list[Route] = []
        tab.route(re.compile(r"\.js(\?|$)"), lambda route: waiting.append(route))
        tab.goto(site + address("/governorate/kirkuk", language), wait_until="commit")
        expect(tab.locator("h1")).to_be_visible()
        expect(tab.locator("table.results")).to_contain_text("157,649")
        expect(tab.locator("table.results")).to_be_visible()
        assert waiting, "the scripts were asked for and have not come"
        for route in waiting:
            route.abort()


@pytest.fixture
def bytes_of(browser: Browser) -> Iterator[Callable[[str], int]]:
    """Open a page as for the first time, scroll to its end, and return how many bytes came over the wire."""
    with browser.new_context(viewport=PHONE) as context:
        tab = context.new_page()
        session = context.new_cdp_session(tab)
        sizes: list[int] = []
        session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))

        def weigh(url: str) -> int:
            session.send("Network.enable")
            session.send("Network.setCacheDisabled", {"cacheDisabled": True})
            sizes.clear()
            tab.goto(url)
            tab.evaluate(DRAW)
            tab.evaluate("scrollTo(0, document.body.scrollHeight)")
            tab.wait_for_load_state("networkidle")
            return int(sum(sizes))

        yield weigh


@pytest.mark.parametrize("path", ["/", "/governorate/kirkuk"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_is_light_with_all_its_charts(
    language: str, path: str, bytes_of: Callable[[str], int], site: str
) -> None:
    assert bytes_of(site + address(path, language)) < BUDGET


def test_the_next_page_does_not_load_the_drawing_of_charts_again(browser: Browser, site: str) -> None:
    with browser.new_context(viewport=PHONE) as context:
        tab = context.new_page()
        tab.goto(site)
        tab.evaluate(DRAW)
        session = context.new_cdp_session(tab)
        session.send("Network.enable")
        sizes: list[int] = []
        session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
        tab.goto(f"{site}/governorate/kirkuk")
        tab.evaluate(DRAW)
        tab.wait_for_load_state("networkidle")
        assert sum(sizes) < BUDGET / 6


@pytest.mark.parametrize("path", ["/governorate/kirkuk", "/list/nabni-2023"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_paper_holds_the_figures_and_not_what_only_a_screen_can_use(
    language: str, path: str, page: Page, site: str
) -> None:
    page.goto(site + address(path, language))
    page.evaluate(DRAW)
    page.emulate_media(media="print")
    picture(page, f"{language}{path.replace('/', '-')}-print")
    for useless in ("form.search", "nav.ways", "a.language", ".exports", "nav.choose", ".vega-embed details"):
        assert not [one for one in page.locator(useless).all() if one.is_visible()], useless
    for kept in ("h1", "table.results", "table.results .figure", "#chart-seats svg, #chart-votes svg", "footer"):
        expect(page.locator(kept).first).to_be_visible()


@pytest.mark.parametrize("path", ["/", "/?election=2013", "/governorate/kirkuk", "/list/nabni-2023", "/about"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_shared_link_shows_what_it_leads_to(language: str, path: str, phone_without_script: Page, site: str) -> None:
    phone_without_script.goto(site + address(path, language))

    def head(selector: str, attribute: str = "content") -> str:
        found = phone_without_script.locator(f"head {selector}")
        expect(found).to_have_count(1)
        return found.get_attribute(attribute) or ""

    assert head('meta[property="og:title"]') == phone_without_script.locator("h1").inner_text()
    arabic = bool(re.search(r"[\u0600-\u06ff]", head('meta[property="og:description"]')))
    assert arabic == (language == "ar"), "described in the language of the page"
    assert head('meta[property="og:url"]') == site + address(path, language)
    assert head('link[rel="canonical"]', "href") == site + address(path, language)
    for other in LANGUAGES:
        assert head(f'link[rel="alternate"][hreflang="{other}"]', "href") == site + address(path, other)
        assert httpx.get(site + address(path, other)).status_code == 200
    picture_of_it = httpx.get(head('meta[property="og:image"]'))
    assert picture_of_it.status_code == 200
    assert picture_of_it.headers["content-type"].startswith("image/")
