"""Is every page usable by everyone: in English or Arabic, on a desk or a phone, without JavaScript, in the dark,
with a screen reader, over a slow line, on paper, shared as a link?
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from conftest import DESK, PHONE, PROJECT, watching
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from test_browser import picture

pytestmark = pytest.mark.browser

# Pages by their template.
PAGES = {
    "home": ["/", "/?election=2013"],
    "governorates": ["/governorates"],
    "governorate": ["/governorate/kirkuk", "/governorate/basra?election=2013", "/governorate/erbil"],
    "lists": ["/lists"],
    "list": ["/list/nabni-2023", "/list/state-of-law-2013"],
    "party": ["/party/state-of-law-coalition"],
    "election": ["/election/2023", "/election/2013"],
    "compare": ["/compare"],
    "audit": ["/audit?governorate=kirkuk", "/audit"],
    "sources": ["/sources"],
    "source": ["/source/alamssar-2023", "/source/wikipedia-2023", "/source/wikipedia-2013"],
    "figure": ["/figure/2023-kirkuk-general-maalim-kirkuk-votes"],
    "simulator": ["/simulator", "/simulator?first_divisor=1.4", "/simulator?first_divisor=abc"],
    "download": ["/download"],
    "about": ["/about"],
    "search": ["/search?q=takadum", "/search?q=zzzzzz"],
    "404": ["/nowhere", "/governorate/kirkukk"],
}
# Those on which axe-core looks for what is inaccessible, with the colours in which it sees them: each template in light
# and in dark; in both languages where it differs between them; again where it has a part that its others have not.
LOOKED_AT = {
    "/": "light", "/ar": "dark",
    "/ar/governorates": "light dark",
    "/governorate/kirkuk": "light", "/ar/governorate/kirkuk": "dark", "/governorate/erbil": "light",
    "/lists": "light dark",
    "/list/state-of-law-2013": "light", "/ar/list/nabni-2023": "dark",
    "/party/state-of-law-coalition": "light", "/ar/party/state-of-law-coalition": "dark",
    "/ar/election/2023": "light dark",
    "/compare": "light dark",
    "/ar/audit?governorate=kirkuk": "light dark",
    "/sources": "light dark",
    "/source/alamssar-2023": "light", "/ar/source/wikipedia-2023": "dark",
    "/figure/2023-kirkuk-general-maalim-kirkuk-votes": "light dark",
    "/ar/simulator?first_divisor=1.4": "light dark", "/simulator?first_divisor=abc": "light",
    "/download": "light dark",
    "/about": "light", "/ar/about": "dark",
    "/search?q=takadum": "light", "/ar/search?q=zzzzzz": "dark",
    "/governorate/kirkukk": "light", "/ar/nowhere": "dark",
}  # fmt: skip
LANGUAGES = {"en": "ltr", "ar": "rtl"}
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
# What is wrong in the markup of Datasette's own templates, which neither the frame of the page nor the style can fix:
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


def violations(page: Page, rules: dict[str, Any], scope: dict[str, Any]) -> list[str]:
    """Run rules of axe-core on a page into which it is loaded, and return what it finds against it."""
    options = {"resultTypes": ["violations"], "preload": False} | rules
    found = page.evaluate(f"axe.run({json.dumps(scope)}, {json.dumps(options)})")
    return [
        f"{violation['id']}: {node['target'][0]}: {(node['any'] or node['all'] or node['none'])[0]['message']}"
        for violation in found["violations"]
        for node in violation["nodes"]
        if not page.locator(node["target"][0]).first.evaluate(
            "(found, known) => known && found.matches(known)", FAULTS_OF_DATASETTE.get(violation["id"], "")
        )
    ]


def inaccessible(page: Page, schemes: str) -> list[str]:
    """Return what axe-core finds against a page by any of its rules, with the contrast of colours in light or dark.

    Contrast, its slowest rule, is measured on the first rows of a table: the others look the same.
    """
    page.evaluate(AXE_SCRIPT)
    found = violations(page, {"rules": {"color-contrast": {"enabled": False}}}, {"include": [["html"]]})
    for scheme in schemes.split():
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        contrast = violations(page, {"runOnly": ["color-contrast"]}, {"exclude": [[LATER_ROWS]]})
        found += [f"in {scheme}: {one}" for one in contrast]
    return found


def test_every_template_is_looked_at_in_light_and_in_dark() -> None:
    templates = {path.stem for path in (PROJECT / "templates" / "site").glob("*.html")} - {"page"}
    assert templates == PAGES.keys()
    left = dict(LOOKED_AT)
    for template, paths in PAGES.items():
        schemes = [left.pop(address(path, one), "") for path in paths for one in LANGUAGES]
        assert set(" ".join(schemes).split()) == {"light", "dark"}, template
    assert not left


@pytest.mark.parametrize("template", PAGES)
def test_a_page_fits_a_phone_and_a_desk_and_is_accessible(
    template: str, phones: BrowserContext, site: str, subtests: pytest.Subtests
) -> None:
    tab = phones.new_page()
    for path in PAGES[template]:
        for language, direction in LANGUAGES.items():
            here = address(path, language)
            with subtests.test(here), watching(tab, site, template == "404"):
                tab.set_viewport_size(PHONE)
                reply = tab.goto(site + here)
                assert reply is not None and reply.status == (404 if template == "404" else 200)
                expect(tab.locator("html")).to_have_attribute("lang", language)
                expect(tab.locator("html")).to_have_attribute("dir", direction)
                expect(tab.locator("h1")).to_be_visible()
                tab.evaluate(DRAW)
                name = f"{language}-{re.sub(r'[^a-z0-9]+', '-', path)}"
                picture(tab, f"{name}-390")
                fits = {"phone": tab.evaluate(FITS)}
                found = inaccessible(tab, LOOKED_AT[here]) if here in LOOKED_AT else []
                tab.set_viewport_size(DESK)
                picture(tab, f"{name}-1200")
                assert fits | {"desk": tab.evaluate(FITS)} == {"phone": True, "desk": True}
                assert not found, "\n".join(found)
    tab.close()


@pytest.mark.parametrize(
    "path", ["/elections/seat_totals?_size=5", "/elections", "/elections/who_won?election=2023&governorate=kirkuk"]
)
def test_a_page_of_datasette_is_accessible(path: str, page: Page, site: str) -> None:
    page.goto(site + path)
    picture(page, f"axe{re.sub(r'[^a-z0-9]+', '-', path)}")
    found = inaccessible(page, "light dark")
    assert not found, "\n".join(found)


def test_axe_sees_what_is_inaccessible(phones: BrowserContext) -> None:
    """Otherwise the test above would pass on anything."""
    tab = phones.new_page()
    tab.set_content(
        "<style>@media (prefers-color-scheme: dark) { p { color: #333; background: #222 } }</style>"
        "<img src='data:,'><p>Kirkuk</p>"
    )
    found = " ".join(inaccessible(tab, "light dark"))
    tab.close()
    assert "image-alt" in found and "html-has-lang" in found
    assert "in dark: color-contrast" in found and "in light: color-contrast" not in found


def test_a_page_fits_a_phone_without_javascript(
    phones_without_script: BrowserContext, site: str, subtests: pytest.Subtests
) -> None:
    tab = phones_without_script.new_page()
    for path in [path for template, paths in PAGES.items() if template != "404" for path in paths]:
        for language, direction in LANGUAGES.items():
            with subtests.test(address(path, language)), watching(tab, site):
                tab.goto(site + address(path, language))
                expect(tab.locator("h1")).to_be_visible()
                expect(tab.locator("html")).to_have_attribute("dir", direction)
                assert tab.evaluate(FITS)
    tab.close()


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
def test_paper_shows_the_figures_and_not_what_only_a_screen_can_use(
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
