"""Does the record say how far it knows an election, and nothing beyond that?

An election of 2031 is made up of which half is entered: Wasit wholly, Kirkuk with five of its eight seats, Najaf with
the votes of two of its three winners, Basra not at all. Its rule is not known.
"""

import csv
import json
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path

import pytest
from conftest import PROJECT, kept_views, site_of
from spoiling import add

import build_db
from elections.site.connections import add_functions

ELECTION = "2031"
LISTS = {"dawn": "Dawn List", "river": "River List", "palm": "Palm List"}
COUNCILS = {"wasit": 10, "kirkuk": 8, "najaf": 9, "basra": 12}
# Votes and seats as printed, an empty cell where nothing is.
TABLES = {
    "wasit": [
        ("Dawn List", "5000", "5"), ("River List", "3000", "3"), ("Palm List", "2000", "2"), ("Total", "12000", "10"),
    ],
    "kirkuk": [("Dawn List", "4000", "3"), ("River List", "2500", "2")],
    "najaf": [("Dawn List", "6000", "4"), ("River List", "5000", "3"), ("Palm List", "", "2")],
    None: [("Dawn List", "90000", "20")],
}  # fmt: skip


def add_election(data: Path) -> None:
    add(
        "elections.csv",
        {"id": "2023"},
        id=ELECTION,
        title="Election of 2031 (made up)",
        title_ar="انتخابات مختلقة",
        short_title="2031",
        short_title_ar="2031",
        note="",
        note_ar="",
        polling_date="2031-05-01",
    )(data)
    add("polling_days.csv", {"election_id": "2023", "vote": "general"}, election_id=ELECTION,
        date="2031-05-01")(data)  # fmt: skip
    for governorate, seats in COUNCILS.items():
        add("contests.csv", {"id": "2023-wasit-general"}, id=f"{ELECTION}-{governorate}-general", election_id=ELECTION,
            governorate_id=governorate, seats=str(seats), polling_date="2031-05-01", rule_id="unknown",
        )(data)  # fmt: skip
    add("contests.csv", {"id": "2023-basra-christian"}, id=f"{ELECTION}-basra-christian", election_id=ELECTION,
        polling_date="2031-05-01", rule_id="unknown")(data)  # fmt: skip
    for key, name in LISTS.items():
        add("lists.csv", {"id": "wasit-tent-2023"}, id=f"{key}-{ELECTION}", election_id=ELECTION, name=name, name_ar="",
            name_ar_basis="", party_id="")(data)  # fmt: skip
    add("list_names.csv", {"name_as_printed": "Absher Ya Iraq"}, name_as_printed="Total", election_id=ELECTION,
        denotes="total", list_id="")(data)  # fmt: skip
    add(
        "sources.csv",
        {"id": "shafaq-2023-12-28"},
        id="made-up",
        title="Made up",
        transcription="noted",
        election_id=ELECTION,
    )(data)
    for column, measure in (("list", ""), ("votes", "votes"), ("seats", "seats")):
        heading = {"source_id": "shafaq-2023-12-28", "column_as_printed": "list"}
        add(
            "source_columns.csv",
            heading,
            source_id="made-up",
            column_as_printed=column,
            measure=measure,
            election_id=ELECTION,
        )(data)
    (data / ELECTION / "made-up").mkdir()
    for position, (governorate, rows) in enumerate(TABLES.items(), 1):
        slug = governorate or "national"
        add("source_tables.csv", {"source_id": "shafaq-2023-12-28", "slug": "wasit"}, source_id="made-up",
            position=str(position), slug=slug, election_id=ELECTION, governorate_id=governorate or "", stage="final",
            row_count=str(len(rows)), locator=slug)(data)  # fmt: skip
        with (data / ELECTION / "made-up" / f"{position:02}-{slug}.csv").open(
            "w", newline="", encoding="utf-8"
        ) as file:
            csv.writer(file, lineterminator="\n").writerows([("list", "votes", "seats"), *rows])


@pytest.fixture(scope="module")
def partial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the election of which half is entered."""
    folder = tmp_path_factory.mktemp("partial")
    data = Path(shutil.copytree(PROJECT / "data", folder / "data"))
    add_election(data)
    database = folder / "elections.db"
    assert build_db.main(["--data", str(data), "--database", str(database), "--quiet"]) == 0
    return database


@pytest.fixture
def half(partial: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f"file:{partial}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    add_functions(connection)
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def read(partial: Path) -> Iterator[Callable[[str], str]]:
    """Ask the site for a page; its text, without markup and with single spaces."""
    with site_of(partial) as client:

        def text_of(path: str) -> str:
            answer = client.page(path)
            assert answer.status_code == 200, path
            body = re.sub(r"(?s)<(script|style|head)\b.*?</\1>", " ", answer.text)
            return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())

        yield text_of


# The views


def test_each_contest_says_how_far_it_is_known(half: sqlite3.Connection):
    rows = {
        row["contest_id"]: (
            row["seats_filled"], row["seats_unfilled"], row["names_with_votes"], row["votes_known"], row["votes_status"]
        )
        for row in half.execute("select * from completeness where election_id = ?", [ELECTION])
    }  # fmt: skip
    assert rows == {
        "2031-wasit-general": (10, 0, 3, "a remainder", "ready"),
        "2031-kirkuk-general": (5, 3, 2, "no total", "winners of some seats missing"),
        "2031-najaf-general": (9, 0, 2, "some names", "votes of winners missing"),
        "2031-basra-general": (None, 12, 0, "none", "no votes known"),
        "2031-basra-christian": (None, 1, 0, "none", "no votes known"),
    }
    wasit = half.execute("select * from completeness where contest_id = '2031-wasit-general'").fetchone()
    assert (wasit["remainder"], wasit["total_votes"], wasit["rule_known"], wasit["stages_mixed"]) == (2000, 12000, 0, 0)


def test_each_election_says_how_many_of_its_contests_are_entered_and_how_far(half: sqlite3.Connection):
    row = half.execute("select * from completeness_of_elections where election_id = ?", [ELECTION]).fetchone()
    assert (row["contests"], row["contests_entered"], row["contests_filled"]) == (5, 3, 2)
    assert (row["governorates"], row["governorates_entered"]) == (4, 3)
    assert (row["seats"], row["seats_filled"], row["seats_unfilled"]) == (40, 24, 16)
    assert (row["contests_with_rule"], row["general_contests_recomputed"]) == (0, 0)
    assert json.loads(row["contests_unfilled"]) == [
        "2031-basra-christian", "2031-basra-general", "2031-kirkuk-general",
    ]  # fmt: skip


def test_the_elections_of_the_record(db: sqlite3.Connection):
    rows = {row["election_id"]: row for row in db.execute("select * from completeness_of_elections")}
    assert (rows["2013"]["seats_filled"], rows["2013"]["seats"], rows["2013"]["contests_unfilled"]) == (
        446, 447, '["2013-basra-christian"]',
    )  # fmt: skip
    assert (rows["2023"]["seats_filled"], rows["2023"]["seats"], rows["2023"]["seats_unfilled"]) == (285, 285, 0)
    # In Baghdad and in Basra the votes are partly preliminary.
    assert rows["2023"]["contests_of_mixed_stages"] == 2
    assert rows["2023"]["general_contests_recomputed"] == 3


def test_no_recomputation_of_a_contest_whose_rule_or_votes_are_not_known(half: sqlite3.Connection):
    for view in ("seat_allocation", "seat_ladder", "seat_margins", "implied_divisor"):
        found = half.execute(f"select count(*) from {view} where election_id = ?", [ELECTION]).fetchone()[0]
        assert found == 0, view
    # What the rule may be is asked of the one council whose votes are known.
    tried = half.execute("select * from rule_evidence where election_id = ?", [ELECTION]).fetchall()
    assert {row["contests_compared"] for row in tried} <= {0, 1}
    assert {row["contests_of_election"] for row in tried} == {4}
    assert {row["contests_referring"] for row in tried} == {0}


def test_sums_over_a_part_say_so_and_are_no_totals(half: sqlite3.Connection):
    rows = {row["list_id"]: row for row in half.execute("select * from seat_totals where election_id = ?", [ELECTION])}
    dawn, river = rows["dawn-2031"], rows["river-2031"]
    assert {row["seats_unfilled"] for row in rows.values()} == {16}
    # The printed national figures and our sum are two columns.
    assert (dawn["seats"], dawn["seats_printed"], dawn["votes"], dawn["votes_basis"]) == (12, 20, 90000, "printed")
    assert (dawn["votes_summed"], river["votes_summed"], river["votes"], river["votes_basis"]) == (None,) * 4


def test_indices_of_a_part_have_bounds_or_are_null(half: sqlite3.Connection):
    rows = {row["contest_id"]: row for row in half.execute("select * from indices where election_id = ?", [ELECTION])}
    whole = rows[None]
    assert whole["seats_unfilled"] == 16
    # 12, 8 and 4 seats: 40² / (28² + 8² + 4²), and 40² / (12² + 8² + 4² + 16)
    assert whole["effective_parties_seats_low"] == pytest.approx(1600 / (784 + 64 + 16))
    assert whole["effective_parties_seats_high"] == pytest.approx(1600 / (144 + 64 + 16 + 16))
    kirkuk = rows["2031-kirkuk-general"]
    assert kirkuk["effective_parties_seats_low"] < kirkuk["effective_parties_seats_high"]
    for contest in ("2031-kirkuk-general", "2031-najaf-general", "2031-basra-general"):
        assert rows[contest]["wasted_share"] is rows[contest]["gallagher_low"] is rows[contest]["votes"] is None
    assert rows["2031-basra-general"]["effective_parties_seats_high"] is None
    wasit = rows["2031-wasit-general"]
    assert (wasit["wasted_share_low"], wasit["wasted_share"]) == (0, pytest.approx(100 * 2000 / 12000))
    assert wasit["entry_price"] is None


def test_no_list_is_the_strongest_where_unknown_winners_could_change_it(half: sqlite3.Connection):
    """Wasit and Najaf are filled; in Kirkuk the three seats left could be the second list's."""
    rows = half.execute("select governorate_id, list, seats from strongest_lists where election_id = ?", [ELECTION])
    assert {tuple(row) for row in rows} == {("wasit", "Dawn List", 5), ("najaf", "Dawn List", 4)}


def test_a_national_figure_that_unknown_winners_may_explain_is_no_contradiction(half: sqlite3.Connection):
    """20 seats printed for the country, 12 found, 16 unknown."""
    rows = half.execute("select * from checks where code = 'W11' and election_id = ?", [ELECTION]).fetchall()
    assert {row["status"] for row in rows} == {"not_checkable"}
    assert len(rows) == 2


def test_the_audit_has_no_finding_about_what_is_not_entered(half: sqlite3.Connection):
    failing = half.execute(
        "select * from checks where status = 'fails' and code <> 'W23' and election_id = ?", [ELECTION]
    ).fetchall()
    # Kirkuk lacks seats and Wasit's rows lack votes of its total (for which W23 tries slips of a digit).
    assert {row["id"] for row in failing} == {"W04-2031-kirkuk-general", "W01-made-up-wasit-4-votes"}


def test_every_view_that_counts_the_election_says_how_much_it_has_seen(half: sqlite3.Connection):
    """A view with a sum or a count over an election has a column for what is left out, or counts places by name."""
    says = {
        "completeness_of_elections": "seats_unfilled", "seat_totals": "seats_unfilled", "indices": "seats_unfilled",
        "turnout_by_election": "governorates_weighted", "rule_evidence": "contests_of_election",
        "election_pairs": "governorates_entered_in_both",
    }  # fmt: skip
    for (view,) in half.execute("select name from sqlite_schema where type = 'view'").fetchall():
        columns = [row["name"] for row in half.execute(f"pragma table_info([{view}])")]
        names_a_part = {"governorate_id", "contest_id", "figure_id", "total_claim_id", "reporting_unit_id"} & set(
            columns
        )
        # texts has sentences and no figures.
        assert names_a_part or view in says or view == "texts", view
        assert says.get(view, columns[0]) in columns


# The pages


PAGES = [
    "/election/2031", "/?election=2031", "/lists?election=2031", "/governorates?election=2031", "/compare", "/audit",
    "/governorate/wasit?election=2031", "/governorate/kirkuk?election=2031", "/governorate/najaf?election=2031",
    "/governorate/basra?election=2031", "/list/dawn-2031", "/list/river-2031", "/simulator?election=2031",
    "/simulator?election=2031&rule=dhondt", "/search?q=dawn", "/sources", "/download", "/about", "/source/made-up",
]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_no_page_shows_a_word_of_the_program(read, path: str):
    for language in ("", "/ar"):
        text = read(f"{language}{path}")
        assert not re.search(r"\b(None(?! of)|nan|undefined|null|NULL)\b", text), text


@pytest.mark.parametrize(
    "path", ["/election/2031", "/?election=2031", "/lists?election=2031", "/governorates?election=2031"]
)
def test_pages_that_add_up_name_the_seats_that_they_leave_out(read, path: str):
    said = "Seats whose winners are not known are in no sum: 16 (Basra (Christian) 1, Basra 12, Kirkuk 3)."
    assert said in read(path)
    assert "16 (البصرة (" in read(f"/ar{path}")


def test_a_comparison_names_what_was_entered_in_part(read):
    """The latest two elections are compared: of 2031 four councils were held and three entered."""
    page = read("/compare")
    assert "Elections compared: 2023 and 2031" in page
    assert "2031 4 3 40 24 0" in page, "councils, those with results, seats, those with a winner, all votes known"
    assert "no council was elected there (2031): Anbar" in page
    assert "not known: winners of 13 seats are missing" in page
    assert "مقارنة الانتخابات: 2013 و2031" in read("/ar/compare?earlier=2013&later=2031")


def test_no_turnout_no_map(read):
    for path in ("/election/2031", "/?election=2031", "/governorates?election=2031"):
        assert "Turnout of the general vote is known for 0 of 4 governorates" in read(path)
        assert "Map:" not in read(path)


def test_the_page_of_a_list_says_that_it_may_have_won_more(read):
    said = "It may have won more: the winners of 16 seats of the election are not known."
    assert said in read("/list/dawn-2031")
    assert said not in read("/list/nabni-2023")


def test_the_strongest_list_of_a_council_known_in_part_is_not_named(read):
    text = read("/governorates?election=2031")
    assert "Kirkuk 8 not known: winners of 3 seats are missing ?" in text
    assert "Wasit 10 Dawn List 5" in text


def test_a_council_says_what_is_not_known_of_it(read):
    kirkuk = read("/governorate/kirkuk?election=2031")
    assert "Winners found for 5 seats only" in kirkuk
    assert "cannot be recomputed from the votes: winners of some seats missing." in kirkuk
    wasit = read("/governorate/wasit?election=2031")
    assert "Of them 2,000 are votes of no named list." in wasit
    assert "cannot be recomputed from the votes: rule unknown." in wasit
    assert "Votes are known for 2 of 3 lists." in read("/governorate/najaf?election=2031")
    assert "No winners known" in read("/governorate/basra?election=2031")


def test_the_election_says_that_its_rule_is_not_known_and_what_speaks_for_which(read):
    text = read("/election/2031")
    assert "General seats, Component seats Unknown. No source of this record prints the rule" in text
    assert "Which rules give the official seats?" in text
    assert "1 of 1" in text
    assert "First divisors that fit" not in text


def test_the_simulator_names_what_it_computes_and_what_not(read):
    own = read("/simulator?election=2031")
    assert "None of the 4 councils can be computed by this rule." in own
    assert "rule unknown: Wasit." in own
    dhondt = read("/simulator?election=2031&rule=dhondt")
    assert "Computed: 1 of 4 councils: Wasit." in dhondt
    assert "Nothing is known of the others." in dhondt
    assert "no votes known: Basra." in dhondt
    assert "winners of some seats missing: Kirkuk." in dhondt
    assert "The rule of these councils is not known, so the official seats stand in for it: Wasit." in dhondt
    assert "Votes that belong to no named list: Wasit 2,000." in dhondt


# The record


def test_an_election_that_was_not_held_is_said_and_not_replaced(read):
    text = read("/governorate/kirkuk?election=2013")
    assert "No council was elected in Kirkuk in the election 2013." in text
    assert "Our Strength" not in text
    assert "لم يُنتخب مجلس في كركوك في انتخابات 2013." in read("/ar/governorate/kirkuk?election=2013")
    assert "No council was elected in Kirkuk in the election 1999." in read("/governorate/kirkuk?election=1999")
    assert "This record has no election 1999; the page shows the latest one." in read("/lists?election=1999")
    assert "no election" not in read("/lists?election=2013")
    assert "Kirkuk: council, 2031 election" in read("/governorate/kirkuk")


def test_a_turnout_of_two_governorates_is_not_mapped_and_its_vote_is_not_guessed(read):
    text = read("/?election=2013")
    assert "Turnout of the general vote is known for 0 of 14 governorates" in text
    assert "Nineveh 37.5% (vote not stated)" in text
    assert "Map:" not in text
    assert "known for 0" not in read("/?election=2023")


def test_bars_are_drawn_only_where_the_votes_of_all_lists_are_known(half: sqlite3.Connection):
    query = (PROJECT / "sql/pages/governorate_results.sql").read_text(encoding="utf-8")
    for governorate, charted in (("kirkuk", 12), ("baghdad", 0), ("karbala", 0), ("anbar", 7)):
        rows = half.execute(query, {"governorate": governorate, "election": "2023"}).fetchall()
        assert sum(row["votes_charted"] is not None for row in rows) == charted


def test_votes_that_a_decision_derives_are_not_called_printed(db: sqlite3.Connection, read):
    query = "select votes, votes_basis, votes_decision_id from seat_totals where list_id = ?"
    assert tuple(db.execute(query, ["kurdistan-democratic-party-2023"]).fetchone()) == (
        201120,
        "arithmetic",
        "kdp-2023-national-votes",
    )
    assert "calculated; not in any source" in read("/list/kurdistan-democratic-party-2023")


def test_an_empty_seat_column_in_a_full_contest_is_none(db: sqlite3.Connection):
    rows = db.execute("select * from results where seats_basis = 'arithmetic' and seats_decision_id is null").fetchall()
    assert len(rows) == 23
    assert {(row["seats"], row["seats_claim_id"]) for row in rows} == {(0, None)}
    per_contest = {row["contest_id"] for row in rows}
    assert {
        "2013-babil-general",
        "2013-dhi-qar-general",
        "2013-qadisiyyah-general",
        "2023-basra-christian",
    } <= per_contest
    left = db.execute("select count(*) from results where seats is null").fetchone()[0]
    assert left == 0


def test_shares_name_what_they_are_of(db: sqlite3.Connection, read):
    row = db.execute(
        "select * from seats_by_governorate where contest_id = '2023-kirkuk-general' and votes = 157649"
    ).fetchone()
    assert (row["vote_share_of"], row["seat_share_of"]) == (559022, 16)
    assert row["vote_share"] == pytest.approx(100 * 157649 / 559022)
    assert "Share of the governorate’s votes" in read("/governorate/kirkuk?election=2023")
    index = db.execute("select * from indices where contest_id = '2023-kirkuk-general'").fetchone()
    assert (index["votes"], index["seats"]) == (553867, 15)


def test_the_registered_voters_of_the_governorates_add_up_to_those_of_the_country(db: sqlite3.Connection):
    query = "select sum(registered_voters) from turnout where election_id = '2023' and vote = 'general'"
    country = "select registered_voters from national_turnout where id = '2023-all-general'"
    assert db.execute(query).fetchone()[0] == db.execute(country).fetchone()[0] == 15108135


def test_completeness_is_kept_as_rows():
    """Pages ask it often."""
    assert {"completeness", "indices"} <= {path.stem for path in kept_views()}
