"""Are the five documents in the database as they are printed?

transcribed_digests.csv holds a digest of every printed column. It was worked out from a second transcription, typed by
hand by another reader and never compared with data/ while it was typed: it is a second witness of every cell, and no
copy of the first.
"""

import csv
import hashlib
import sqlite3
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

DIGESTS = Path(__file__).with_name("transcribed_digests.csv")
SUMS = Path(__file__).with_name("noted_sums.csv")
ROWS = {
    "wikipedia-2023": 51,
    "wikipedia-2023-assyrian": 15,
    "shafaq-2023-12-28": 108,
    "shafaq-2023-12-22": 19,
    "wikipedia-2013": 180,
}
ROWS_A_TABLE = {
    "wikipedia-2023": {"vote-participation": 17, "total-seats": 16, "kirkuk-general": 12, "kirkuk-christian": 6},
    "wikipedia-2023-assyrian": {"basra": 3, "baghdad": 3, "kirkuk": 5, "ninewa": 4},
    "shafaq-2023-12-28": {
        "kirkuk": 6, "al-anbar": 7, "al-qadisiyah": 6, "muthanna": 5, "najaf": 9, "babel": 9, "baghdad": 11,
        "diyala": 7, "dhi-qar": 9, "saladin": 6, "karbala": 5, "maysan": 5, "nineveh": 14, "wasit": 5, "basra": 4,
    },
    "shafaq-2023-12-22": {
        "baghdad": 3, "wasit": 1, "al-qadisiyah": 2, "najaf": 1, "al-anbar": 1, "kirkuk": 1, "diyala": 1, "karbala": 1,
        "babel": 1, "basra": 1, "dhi-qar": 1, "maysan": 1, "muthanna": 1, "saladin": 1, "nineveh": 2,
    },
    "wikipedia-2013": {
        "national": 16, "al-anbar": 12, "babil": 13, "baghdad": 19, "basra": 13, "dhi-qar": 9, "diyala": 8,
        "karbala": 11, "maysan": 9, "muthanna": 8, "najaf": 11, "nineveh": 16, "al-qadisiyyah": 11, "saladin": 12,
        "wasit": 12,
    },
}  # fmt: skip
# Seats that the lists of the announcement of 28 December add up to, counted in the document.
SEATS_OF_THE_ANNOUNCEMENT = {
    "kirkuk": 14, "al-anbar": 16, "al-qadisiyah": 14, "muthanna": 12, "najaf": 15, "babel": 18, "baghdad": 49,
    "diyala": 15, "dhi-qar": 18, "saladin": 15, "karbala": 13, "maysan": 14, "nineveh": 29, "wasit": 14, "basra": 21,
}  # fmt: skip
FIVE = ", ".join(f"'{source}'" for source in ROWS)


def read_digests() -> list[dict[str, str]]:
    with DIGESTS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def digest(cells: list[str]) -> str:
    return hashlib.sha256("\n".join(cells).encode()).hexdigest()


def printed_column(db: sqlite3.Connection, source: str, slug: str, column: str) -> list[sqlite3.Row]:
    """Return name, printed cell and value of each row in order; for the column of names the cell is the name."""
    rows = db.execute(
        """select row_number, name_as_printed, value_as_printed, value from claims
        where source_table_id = (select id from source_tables where source_id = ? and slug = ?)
            and column_as_printed = ? order by row_number""",
        (source, slug, column),
    ).fetchall()
    if rows:
        return rows
    return db.execute(
        """select distinct row_number, name_as_printed, name_as_printed as value_as_printed, null as value from claims
        where source_table_id = (select id from source_tables where source_id = ? and slug = ?) order by row_number""",
        (source, slug),
    ).fetchall()


Cell = Callable[[str, str, str, str], str]


@pytest.fixture
def cell(db: sqlite3.Connection) -> Cell:
    """The one printed cell of a table, by the row's name and the measure."""

    def look_up(source: str, slug: str, name: str, measure: str) -> str:
        found = db.execute(
            """select value_as_printed from claims inner join source_tables
            on claims.source_table_id = source_tables.id
            where claims.source_id = ? and slug = ? and name_as_printed = ? and measure = ?""",
            (source, slug, name, measure),
        ).fetchall()
        assert len(found) == 1, f"{name} has {len(found)} cells for {measure} in {source}/{slug}"
        return str(found[0][0])

    return look_up


def test_a_document_has_as_many_rows_as_it_prints(db, subtests: pytest.Subtests) -> None:
    for source, rows in ROWS.items():
        with subtests.test(source):
            found = db.execute(
                """select count(distinct source_table_id || '/' || row_number) from claims
                inner join source_tables on claims.source_table_id = source_tables.id
                where claims.source_id = ? and source_tables.kind <> 'statements'""",
                (source,),
            ).fetchone()[0]
            assert found == rows


def test_a_table_has_as_many_rows_as_it_prints(db, subtests: pytest.Subtests) -> None:
    for source in ROWS:
        with subtests.test(source):
            found = db.execute(
                """select slug, row_count, count(distinct row_number), max(row_number) from claims
                inner join source_tables on claims.source_table_id = source_tables.id
                where claims.source_id = ? and source_tables.kind <> 'statements' group by slug""",
                (source,),
            ).fetchall()
            assert {row[0]: row[1] for row in found} == ROWS_A_TABLE[source]
            assert {row[0]: row[2] for row in found} == ROWS_A_TABLE[source]
            assert {row[0]: row[3] for row in found} == ROWS_A_TABLE[source]  # numbered without a hole
            assert sum(ROWS_A_TABLE[source].values()) == ROWS[source]


def test_the_digests_cover_every_column_of_the_five_documents(db) -> None:
    pinned = {(row["source_id"], row["slug"], row["column_as_printed"]) for row in read_digests()}
    shown = db.execute(
        f"""select distinct claims.source_id, slug, column_as_printed from claims
        inner join source_tables on claims.source_table_id = source_tables.id
        where source_tables.kind <> 'statements' and claims.source_id in ({FIVE})"""
    ).fetchall()
    names = pinned - {tuple(row) for row in shown}
    assert {tuple(row) for row in shown} <= pinned
    tables = {(source, slug) for source, tables in ROWS_A_TABLE.items() for slug in tables}
    assert sorted((source, slug) for source, slug, _ in names) == sorted(tables)  # one column of names a table


def test_every_printed_cell_is_a_claim_in_the_order_printed(db, subtests: pytest.Subtests) -> None:
    for source in ROWS:
        with subtests.test(source):
            wrong = [
                f"{row['slug']}, {row['column_as_printed']}: {cells}"
                for row in read_digests()
                if row["source_id"] == source
                for cells in [
                    [
                        cell["value_as_printed"]
                        for cell in printed_column(db, source, row["slug"], row["column_as_printed"])
                    ]
                ]
                if digest(cells) != row["sha256"]
                or len(cells) != int(row["rows"])
                or len([cell for cell in cells if cell]) != int(row["filled"])
            ]
            assert not wrong, "\n".join(wrong)


def test_the_values_add_up_to_what_the_second_reader_typed(db, subtests: pytest.Subtests) -> None:
    for source in ROWS:
        with subtests.test(source):
            for row in read_digests():
                if row["source_id"] != source:
                    continue
                values = [
                    cell["value"]
                    for cell in printed_column(db, source, row["slug"], row["column_as_printed"])
                    if cell["value"] is not None
                ]
                where = f"{row['slug']}, {row['column_as_printed']}"
                assert len(values) == int(row["figures"]), where
                # Through text: each value is then the decimal printed, and the sum has no binary rounding.
                assert sum((Decimal(str(value)) for value in values), Decimal(0)) == Decimal(row["total"] or 0), where


def test_the_figures_of_every_other_source_add_up_as_when_they_were_compared_with_it(
    db: sqlite3.Connection, subtests: pytest.Subtests
) -> None:
    """noted_sums.csv: who records another figure of these, compares it with the source once more and adds it."""
    with SUMS.open(encoding="utf-8", newline="") as file:
        noted = {row["source_id"]: (int(row["cells"]), Decimal(row["total"])) for row in csv.DictReader(file)}
    found: dict[str, tuple[int, Decimal]] = {}
    for source, value in db.execute(f"select source_id, value from claims where source_id not in ({FIVE})"):
        cells, total = found.get(source, (0, Decimal(0)))
        found[source] = cells + 1, total + Decimal(str(value or 0))
    for source, sums in noted.items():
        with subtests.test(source):
            assert found.get(source) == sums


def test_the_seats_of_the_announcement_as_counted_in_it(db) -> None:
    found = db.execute(
        """select slug, sum(value) from claims inner join source_tables on claims.source_table_id = source_tables.id
        where claims.source_id = 'shafaq-2023-12-28' and measure = 'seats' group by slug"""
    ).fetchall()
    assert dict(map(tuple, found)) == SEATS_OF_THE_ANNOUNCEMENT
    assert sum(SEATS_OF_THE_ANNOUNCEMENT.values()) == 277


SPOTS = [
    ("wikipedia-2023", "kirkuk-general", "Kirkuk Our Strength and Will", "votes", "157,649"),
    ("wikipedia-2023", "kirkuk-general", "Kirkuk Our Strength and Will", "vote_share", "28.201%"),
    ("wikipedia-2023", "kirkuk-general", "Command Party (Al-Qeyādah)", "vote_share", "10.990%"),
    ("wikipedia-2023", "kirkuk-general", "New Generation Movement", "seats", "None"),
    ("wikipedia-2023", "kirkuk-general", "Al-Thiqah Party", "list_number", "191"),
    ("wikipedia-2023", "kirkuk-general", "Al-Thiqah Party", "votes", "191"),
    ("wikipedia-2023", "kirkuk-christian", "Karam Ramiz Wastin Abhalad Wastin", "list_number", "154"),
    ("wikipedia-2023", "kirkuk-christian", "Karam Ramiz Wastin Abhalad Wastin", "votes", "154"),
    ("wikipedia-2023", "kirkuk-christian", "Karam Ramiz Wastin Abhalad Wastin", "vote_share", "0.028%"),
    ("wikipedia-2023", "kirkuk-christian", "Ismael Yahya Essa Dakhel Al Qaysi", "list_number", "154"),
    ("wikipedia-2023", "kirkuk-christian", "Babylon movement", "votes", "1,703"),
    ("wikipedia-2023", "total-seats", "Fatah Alliance", "vote_share", "%"),
    ("wikipedia-2023", "total-seats", "Alliance of National State Forces", "seats", "23"),
    ("wikipedia-2023", "total-seats", "Civil Democratic Alliance", "votes", "129,978"),
    ("wikipedia-2023", "vote-participation", "Wasit", "turnout", "36%"),
    ("wikipedia-2023", "vote-participation", "Baghdad (Rusafa)", "ballots_cast", "357,414"),
    ("wikipedia-2023", "vote-participation", "Saladin Governorate", "registered_voters", "703,563"),
    ("wikipedia-2023", "vote-participation", "Total", "registered_voters", "15,108,135"),
    ("wikipedia-2023-assyrian", "basra", "Fahram Hayek Agnateos Agheek", "votes", "1,375"),
    ("wikipedia-2023-assyrian", "basra", "Fahram Hayek Agnateos Agheek", "party", "Independent"),
    ("wikipedia-2023-assyrian", "basra", "Fahram Hayek Agnateos Agheek", "note", ""),
    ("wikipedia-2023-assyrian", "kirkuk", "Karam Ramez Ostin Ablahad Ostin", "votes", "235"),
    ("wikipedia-2023-assyrian", "ninewa", "Ma’rib Imad Elias Rafo Hanno", "votes", "1,272"),
    ("shafaq-2023-12-28", "basra", "Tasmeem Alliance", "seats", "12"),
    ("shafaq-2023-12-28", "al-anbar", "Qimam Alliance", "seats", "2"),
    ("shafaq-2023-12-28", "babel", "People’s Parliament", "seats", "2"),
    ("shafaq-2023-12-28", "nineveh", "Aidan Shivan Sharo Al-Yazidi", "seats", "1"),
    ("shafaq-2023-12-22", "kirkuk", '"Kirkuk Our Strength and Our Will" coalition', "votes", "139,373"),
    ("shafaq-2023-12-22", "wasit", '"Wasit Ajmal" list', "rank", "highest votes"),
    ("shafaq-2023-12-22", "baghdad", "Nai (We Build) Alliance", "rank", "Second"),
    ("shafaq-2023-12-22", "baghdad", "Nai (We Build) Alliance", "votes", ""),
    ("shafaq-2023-12-22", "baghdad", "Taqadum Alliance", "leader", "Mohamad Al-Halbousi and Khamis Khanjar"),
    ("shafaq-2023-12-22", "nineveh", "Kurdistan Democratic Party", "votes", "127,938"),
    ("wikipedia-2013", "national", "Total", "votes", "7,214,146"),
    ("wikipedia-2013", "national", "Other Parties", "leader", "-"),
    ("wikipedia-2013", "national", "Arabian Al Iraqia", "votes", ""),
    ("wikipedia-2013", "al-anbar", "Other parties", "seats", "-"),
    ("wikipedia-2013", "basra", "Al Barsa's Civil Alliance", "votes", "17,541"),
    ("wikipedia-2013", "diyala", "Al Iraqla National and United Coalition", "votes", "27,670"),
    ("wikipedia-2013", "karbala", "Other parties", "seats", "2"),
    ("wikipedia-2013", "najaf", "Islamic Daw'a Party – Iraq Organisation", "votes", "7,571"),
    ("wikipedia-2013", "nineveh", "Chaldean Syriac Assyrian Gathering Coalition", "votes", "8,635"),
    ("wikipedia-2013", "nineveh", "Iraqi People's Coalition", "votes", "8,633"),
    ("wikipedia-2013", "saladin", "Equality Front", "seats", ""),
    ("wikipedia-2013", "saladin", "Muttahidoon", "leader", "Osama al-Nujaiifi"),
    ("wikipedia-2013", "wasit", "Feylis Kurds Brotherhood List", "votes", "2,212"),
]


def test_a_cell_reads_as_in_the_document(cell: Cell, subtests: pytest.Subtests) -> None:
    for source, slug, name, measure, printed in SPOTS:
        with subtests.test(f"{source}/{slug}: {name}, {measure}"):
            assert cell(source, slug, name, measure) == printed


def test_what_a_word_or_sign_in_place_of_a_figure_is_worth(db) -> None:
    """'None' says that no seat was won; '%', '-' and an empty cell say nothing."""
    for printed, measure, value in [("None", "seats", 0), ("%", "vote_share", None), ("-", "seats", None)]:
        values = {
            row[0]
            for row in db.execute(
                f"""select value from claims
                where value_as_printed = ? and measure = ? and source_id in ({FIVE})""",
                (printed, measure),
            )
        }
        assert values == {value}, printed
    assert (
        db.execute("select count(*) from claims where value_as_printed = '' and value is not null").fetchone()[0] == 0
    )


def test_a_percentage_keeps_the_digits_that_it_is_printed_with(db) -> None:
    found = db.execute(
        """select value, decimals from claims inner join source_tables on claims.source_table_id = source_tables.id
        where slug = 'kirkuk-general' and claims.source_id = 'wikipedia-2023'
            and name_as_printed = 'Command Party (Al-Qeyādah)' and measure = 'vote_share'"""
    ).fetchone()
    assert tuple(found) == (10.99, 3)


STATEMENTS = [
    ("shafaq-2023-12-28", "announcement", None, "ballots_cast", "6,599,668", 6599668),
    ("shafaq-2023-12-28", "announcement", None, "turnout", "41%", 41),
    ("shafaq-2023-12-28", "announcement", None, "date", "2023-12-28 23:15:05", None),
    ("shafaq-2023-12-28", "announcement", None, "note", "final results", None),
    ("shafaq-2023-12-22", "report", None, "results_counted", "94.4%", 94.4),
    ("shafaq-2023-12-22", "report", None, "governorates_audited", "10", 10),
    ("shafaq-2023-12-22", "report", None, "governorates_voting", "15", 15),
    ("shafaq-2023-12-22", "report", None, "governorates_pending", "five", 5),
    ("shafaq-2023-12-22", "report", None, "conformity_rate", "100%", 100),
    ("shafaq-2023-12-22", "report", None, "date", "2023-12-22 21:30:06", None),
    ("wikipedia-2023", "infobox", None, "seats", "447", 447),
    ("wikipedia-2023", "infobox", None, "governorates_voting", "15", 15),
    ("wikipedia-2023", "infobox", None, "governorates", "18", 18),
    ("wikipedia-2023", "infobox", None, "date", "18 December 2023", None),
    ("wikipedia-2023", "infobox", "Fatah Alliance", "seats", "43", 43),
    ("wikipedia-2023", "infobox", "Fatah Alliance", "votes", "681,413", 681413),
    ("wikipedia-2023", "infobox", "Fatah Alliance", "seats_last_election", "New", None),
    ("wikipedia-2023", "infobox", "Fatah Alliance", "seat_change", "New", None),
    ("wikipedia-2023", "infobox", "Fatah Alliance", "leader", "109px|Hadi Al-Amiri", None),
    ("wikipedia-2023", "infobox", "Fatah Alliance", "colour", "ECB021", None),
    ("wikipedia-2023", "infobox", "State of Law Coalition", "seats", "35", 35),
    ("wikipedia-2023", "infobox", "State of Law Coalition", "votes", "576,776", 576776),
    ("wikipedia-2023", "infobox", "State of Law Coalition", "seats_last_election", "102", 102),
    ("wikipedia-2023", "infobox", "State of Law Coalition", "seat_change", "67", 67),
    ("wikipedia-2023", "infobox", "State of Law Coalition", "leader", "125px|Nouri al-Maliki", None),
    ("wikipedia-2023", "infobox", "State of Law Coalition", "colour", "FF0000", None),
    ("wikipedia-2023", "infobox", "National Wisdom Movement", "seats", "23", 23),
    # The infobox gives this party the votes that the table of lists gives Progress.
    ("wikipedia-2023", "infobox", "National Wisdom Movement", "votes", "509,172", 509172),
    ("wikipedia-2023", "infobox", "National Wisdom Movement", "seats_last_election", "New", None),
    ("wikipedia-2023", "infobox", "National Wisdom Movement", "leader", "128px|Ammar al-Hakim", None),
    ("wikipedia-2023", "infobox", "National Wisdom Movement", "colour", "274698", None),
    ("wikipedia-2023", "vote-participation-text", None, "turnout", "39%", 39),
    ("wikipedia-2023", "kirkuk-text", None, "votes", "559,022", 559022),
    ("wikipedia-2023", "kirkuk-text", None, "turnout", "65%", 65),
    ("wikipedia-2023", "kirkuk-text", None, "seats", "16", 16),
    ("wikipedia-2023", "kirkuk-text", None, "men_seats", "11", 11),
    ("wikipedia-2023", "kirkuk-text", None, "women_seats", "4", 4),
    ("wikipedia-2023", "kirkuk-text", None, "component_seats", "1", 1),
    ("wikipedia-2023-assyrian", "introduction", "Athra Alliance", "leader", "Assyrian Democratic Movement (ADM)", None),
    ("wikipedia-2023-assyrian", "introduction", "Hammurabi Coalition", "leader", "Ano Abdoka", None),
]


def test_a_statement_is_a_claim_too(db, subtests: pytest.Subtests) -> None:
    for source, slug, name, measure, printed, value in STATEMENTS:
        with subtests.test(f"{source}/{slug}: {name}, {measure}"):
            found = db.execute(
                """select value_as_printed, value from claims inner join source_tables
                on claims.source_table_id = source_tables.id
                where claims.source_id = ? and slug = ? and name_as_printed is ? and measure = ?""",
                (source, slug, name, measure),
            ).fetchall()
            assert (printed, value) in [tuple(row) for row in found]


COALITIONS = [
    ("Athra Alliance", {
    "Chaldean Syriac Assyrian Popular Council", "Assyrian Patriotic Party", "Beth Nahrin Patriotic Union",
    "Sons of Mesopotamia",
    }),
    ("Hammurabi Coalition", {
    "Chaldean League", "Chaldean National Council", "Chaldean Democratic Union Party",
    "Syriac Assembly Movement",
    }),
]  # fmt: skip


def test_the_parties_that_joined_a_coalition(db, subtests: pytest.Subtests) -> None:
    for alliance, members in COALITIONS:
        with subtests.test(alliance):
            found = db.execute(
                """select name_as_printed from claims
                where source_id = 'wikipedia-2023-assyrian' and measure = 'member_of' and value_as_printed = ?""",
                (alliance,),
            ).fetchall()
            assert {row[0] for row in found} == members
            assert len(found) == len(members)


def test_a_heading_without_a_table_is_kept_as_such(db) -> None:
    found = db.execute(
        """select locator from source_tables
        where kind = 'heading_only' and source_id = 'wikipedia-2023' order by position"""
    ).fetchall()
    assert [row[0] for row in found] == ["Diyala Governorate", "Wasit Governorate"]


def test_the_documents_are_ordered_as_printed(db) -> None:
    for source, tables in ROWS_A_TABLE.items():
        found = db.execute(
            """select slug from source_tables where source_id = ? and kind in ('results', 'turnout')
            order by position""",
            (source,),
        ).fetchall()
        assert [row[0] for row in found] == list(tables)
