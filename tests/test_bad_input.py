"""Is every fault in data/ reported with its place and its fix, and nothing else, and does the last good database stay?

Faults that do not hide each other are put into one copy of data/, which is built once. To be quick, the command's own
main() runs inside the test; that the command as such behaves in the same way is tested at the end.
"""

import re
import subprocess
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import LAST_GOOD, build, build_here, run_build
from spoiling import (
    Place,
    Spoil,
    add,
    at_large,
    change,
    delete,
    files_of,
    locate,
    only,
    read_rows,
    rows_of,
    swap,
    take_out,
    where,
    write,
    write_rows,
)  # fmt: skip

BAGHDAD = "wikipedia-2013/04-baghdad.csv"
KIRKUK = "wikipedia-2023/08-kirkuk-general.csv"
MUTHANNA = "wikipedia-2013/10-muthanna.csv"
NINEVEH = "shafaq-2023-12-28/14-nineveh.csv"
CHRISTIAN = "wikipedia-2023/09-kirkuk-christian.csv"
SENTENCES = "wikipedia-2023/07-kirkuk-text.csv"


def votes(printed: str) -> Spoil:
    return change(KIRKUK, {"Party name": "Kirkuk Our Strength and Will"}, "Votes", printed)


WHOLE = "a whole number such as 1234 or 1,234"
PERCENT = "a percentage such as 41% or 27.89%"
TABLE = {"source_id": "wikipedia-2023", "slug": "kirkuk-general"}
INFOBOX = {"source_id": "wikipedia-2023", "slug": "infobox"}
HEADING = {"source_id": "wikipedia-2023", "column_as_printed": "Party Code"}
VOTES = {"source_id": "wikipedia-2023", "column_as_printed": "Votes"}
PROGRESS = {"name_as_printed": "Progress Party", "election_id": "2023"}
# Figures on which nothing is decided.
FIGURES = [
    "2013-maysan-general-liberal-coalition-votes", "2013-maysan-general-liberal-coalition-seats",
    "2013-anbar-general-muttahidoon-votes", "2013-anbar-general-muttahidoon-seats",
]  # fmt: skip
ANJEL = "Anjel Ziya Shiba Al-Barwari"
CLAIM = "wikipedia-2023-kirkuk-general-1-votes"


class Fault(NamedTuple):
    """A way to corrupt a copy of data/, and how it is reported: what was found, and the beginning of what to expect."""

    corrupt: Spoil
    found: str
    expected: str


def decision(number: int, column: str, **cells: str) -> Spoil:
    """Add a decision on the figure of a made-up number, with one fault."""
    made_up = {"id": f"made-up-{number}", "basis": "arithmetic", "adopted_claim_id": "", "adopted_value": "157650"}
    made_up |= {"figure_id": FIGURES[number], "reason": "Made up for a test.", "evidence": CLAIM}
    return add("decisions.csv", {"id": "kirkuk-uruba-votes"}, column, **made_up | cells)


# Cells that are no figures, each put into a row of its own of one table with 19 rows: column, what is printed, how it
# is reported, and what was expected.
BAD_FIGURES = {
    "commas in the wrong places": ("Total votes", "1,23,456", "'1,23,456'", WHOLE),
    "a group of two digits": ("Total votes", "157,64", "'157,64'", WHOLE),
    "the letter O in a number": ("Total votes", "1O5", "'1O5'", WHOLE),
    "Arabic-Indic digits undeclared": ("Total votes", "١٥٧٬٦٤٩", "'١٥٧٬٦٤٩'", WHOLE),
    "Persian digits": ("Total votes", "۱۵۷۶۴۹", "'۱۵۷۶۴۹'", WHOLE),
    "full-width digits": ("Total votes", "１５７６４９", "'１５７６４９'", WHOLE),
    "a superscript": ("Total votes", "157,649²", "'157,649²'", WHOLE),
    "a negative number": ("Total votes", "-157,649", "'-157,649'", WHOLE),
    "a negative number with a true minus sign": ("Total votes", "−157,649", "'−157,649'", WHOLE),
    "a plus sign": ("Total votes", "+157,649", "'+157,649'", WHOLE),
    "an exponent": ("Total votes", "1e5", "'1e5'", WHOLE),
    "an underscore": ("Total votes", "157_649", "'157_649'", WHOLE),
    "not a number": ("Total votes", "NaN", "'NaN'", WHOLE),
    "infinity": ("Total votes", "Infinity", "'Infinity'", WHOLE),
    "points for thousands": ("Total votes", "157.649", "'157.649'", WHOLE),
    "a word that stands for nothing here": ("Total votes", "None", "'None'", WHOLE),
    "a question mark": ("Total votes", "?", "'?'", WHOLE),
    "a footnote mark": ("Total votes", "157,649[1]", "'157,649[1]'", WHOLE),
    "two percent signs": ("Percentage", "12%%", "'12%%'", PERCENT),
    "a percentage with a comma": ("Percentage", "28,201%", "'28,201%'", PERCENT),
    "a negative percentage": ("Percentage", "-28.201%", "'-28.201%'", PERCENT),
    "a point and no digit": ("Percentage", "28.%", "'28.%'", PERCENT),
    "a seat count with a fraction": ("Seats", "5.5", "'5.5'", WHOLE),
    "more votes than people": ("Total votes", "99,999,999", "'99,999,999'", "at most 50,000,000"),
    "a council of a million": ("Seats", "1000000", "'1000000'", "at most 1,000"),
    "more percent than there can be": ("Percentage", "1001%", "'1001%'", "at most 1,000"),
    "thousands of digits": ("Seats", "9" * 4_500, "'" + "9" * 199 + "…", WHOLE),
}


def bad_figures() -> dict[str, Fault]:
    """Put each bad figure into the next free row of its column."""
    free: Counter[str] = Counter()
    faults = {}
    for name, (column, printed, found, expected) in BAD_FIGURES.items():
        faults[name] = Fault(cell(BAGHDAD, free[column], column, printed), found, expected)
        free[column] += 1
    return faults


def cell(file: str, number: int, column: str, value: str) -> Spoil:
    """Put another value into a cell, by the number of its row."""

    def corrupt(data: Path) -> Place:
        name = only(data, file)
        rows = read_rows(data / name)
        rows[number][column] = value
        write_rows(data / name, rows)
        return Place(name, number + 2, column)

    return corrupt


def shared(file: str, like: dict[str, str], election_id: str, **cells: str) -> Spoil:
    """Add a row to the file of this name in data/ itself, where a column says the election."""

    def corrupt(data: Path) -> Place:
        name, number = locate(data, file, **like)
        row = read_rows(data / name)[number] | cells | {"election_id": election_id}
        write_rows(data / file, [row])
        return Place(file, 2, "election_id")

    return corrupt


REFERENCES = {
    "an unknown source in the manifest": Fault(
        add("source_tables.csv", TABLE, "source_id", source_id="nowhere-2023", position="1"),
        "'nowhere-2023'", "an id of data/2023/sources.csv",
    ),
    "an unknown governorate in the manifest": Fault(
        change("source_tables.csv", TABLE, "governorate_id", "atlantis"), "'atlantis'", "an id of data/governorates.csv"
    ),
    "an unknown election in the manifest": Fault(
        shared("source_tables.csv", INFOBOX, election_id="2024", slug="of-2024", position="98", kind="heading_only"),
        "'2024'", "an id of data/elections.csv",
    ),
    "an unknown stage in the manifest": Fault(
        change("source_tables.csv", TABLE, "stage", "finalish"), "'finalish'", "an id of data/stages.csv"
    ),
    "an unknown seat type in the manifest": Fault(
        change("source_tables.csv", TABLE, "seat_type", "generall"), "'generall'", "an id of data/seat_types.csv"
    ),
    "an unknown measure of a column": Fault(
        change("source_columns.csv", HEADING, "measure", "list_nomber"), "'list_nomber'", "an id of data/measures.csv"
    ),
    "an unknown measure in a sentence": Fault(
        change(SENTENCES, {"measure": "men_seats"}, "measure", "man_seats"),
        "'man_seats'", "a measure of data/measures.csv",
    ),
    "an unknown measure of a word": Fault(
        change("printed_words.csv", {"printed": "five"}, "measure", "fingers"),
        "'fingers'", "an id of data/measures.csv",
    ),
    "an unknown source of a column": Fault(
        add("source_columns.csv", VOTES, "source_id", source_id="nowhere"), "'nowhere'",
        "an id of data/2023/sources.csv",
    ),
    "an unknown list of a name": Fault(
        change("list_names.csv", PROGRESS, "list_id", "regress-2023"), "'regress-2023'", "an id of data/2023/lists.csv"
    ),
    "an unknown candidate of a name": Fault(
        change("list_names.csv", {"name_as_printed": "Riad Abdel Wahed"}, "candidate_id", "nobody"),
        "'nobody'", "an id of data/2023/candidates.csv",
    ),
    "an unknown governorate of a name": Fault(
        add("governorate_names.csv", {"name_as_printed": "Wasit"}, "governorate_id",
            name_as_printed="Waset", governorate_id="atlantis"),
        "'atlantis'", "an id of data/governorates.csv",
    ),
    "an unknown party of a list": Fault(
        change("lists.csv", {"id": "taqadum-2023"}, "party_id", "regress"), "'regress'", "an id of data/parties.csv"
    ),
    "an unknown election of a list": Fault(
        shared("lists.csv", {"id": "wasit-tent-2023"}, election_id="1999", id="wasit-tent-1999"),
        "'1999'", "an id of data/elections.csv",
    ),
    "an unknown contest of a candidate": Fault(
        change("candidates.csv", {"id": "karam-ramez-2023"}, "contest_id", "2023-erbil-general"),
        "'2023-erbil-general'", "an id of data/2023/contests.csv",
    ),
    "an unknown kind of source": Fault(
        change("sources.csv", {"id": "wikipedia-2013"}, "kind", "rumour"), "'rumour'", "an id of data/source_kinds.csv"
    ),
}  # fmt: skip


def folder_instead(data: Path, file: str) -> Place:
    """Put a folder in the place of a file."""
    place = delete(file)(data)
    (data / place.file).mkdir()
    return place


# Each in a table of its own, or in a row of its own.
PRINTED_CELLS = {
    "a figure in a sentence": Fault(change(SENTENCES, {"measure": "men_seats"}, "value", "1l"), "'1l'", WHOLE),
    "a name that resolves to nothing": Fault(
        change(KIRKUK, {"Party name": "Al-Thiqah Party"}, "Party name", "Al-Thiqa Party"),
        "'Al-Thiqa Party'", "a name that data/2023/list_names.csv knows",
    ),
    "a name in a sentence that resolves to nothing": Fault(
        change(SENTENCES, {"measure": "women_seats"}, "name", "Nobody"),
        "'Nobody'", "a name that data/2023/list_names.csv knows",
    ),
    "a governorate's name that resolves to nothing": Fault(
        change("wikipedia-2023/04-vote-participation.csv", {"Governorate": "Maysan"}, "Governorate", "Mysan"),
        "'Mysan'", "a name that data/governorate_names.csv knows",
    ),
    "an empty name": Fault(
        change("wikipedia-2013/10-muthanna.csv", {"Party": "Citizens Alliance"}, "Party", ""), "''", "a name.",
    ),
    "a row twice in a printed table": Fault(
        change("wikipedia-2013/11-najaf.csv", {"Party": "Citizens Alliance"}, "Party", "Loyalty to Najaf"),
        "'Loyalty to Najaf'", "a name other than in line 2",
    ),
    "a ragged row": Fault(
        swap("wikipedia-2013/15-wasit.csv", "Citizens Alliance,", ""), "4 cells", "5 cells, as in the header",
    ),
    "an unquoted comma": Fault(
        swap("wikipedia-2013/07-diyala.csv", '"170,292"', "170,292"), "6 cells", "5 cells, as in the header",
    ),
    "a blank line": Fault(
        swap("wikipedia-2013/09-maysan.csv", "State of Law", "\nState of Law"),
        "a blank line", "5 cells, as in the header",
    ),
    "Latin-1 bytes": Fault(
        swap(NINEVEH, "Sovereignty", "Sovéreignty", encoding="latin-1"), "the byte 0xe9", "UTF-8",
    ),
    "a NUL byte": Fault(
        swap("shafaq-2023-12-28/05-muthanna.csv", "National", "Nati\0nal"), "a NUL byte", "text",
    ),
    "an unclosed quote": Fault(
        swap("shafaq-2023-12-28/15-wasit.csv", "Wasit Tent", '"Wasit Tent'),
        "a quoting error", "every opening quote to be",
    ),
    "a quote in the middle of a quoted cell": Fault(
        swap("wikipedia-2013/12-nineveh.csv", '"129,556"', '"129"556"'), "a quoting error", "every opening quote to be",
    ),
    "a row missing": Fault(
        take_out(
            "wikipedia-2013/13-al-qadisiyyah.csv", {"Party": "Citizens Alliance"},
            where("source_tables.csv", "row_count", source_id="wikipedia-2013", slug="al-qadisiyyah"),
        ),
        "11", "10, the rows of 13-al-qadisiyyah.csv",
    ),
    "an absurdly long cell": Fault(
        change("wikipedia-2013/08-karbala.csv", {"Party": "Liberal Coalition"}, "Party", "x" * 5_001),
        "'xxx", "at most 5,000 characters",
    ),
    "a space before a cell": Fault(
        change("wikipedia-2013/02-al-anbar.csv", {"Party": "Muttahidoon"}, "Total votes", " 115,605"),
        "' 115,605'", "no space around the text",
    ),
    "a no-break space after a name": Fault(
        change("wikipedia-2013/03-babil.csv", {"Party": "Citizens Alliance"}, "Party", "Citizens Alliance\u00a0"),
        "'Citizens Alliance\\xa0'", "no space around the text",
    ),
    "a control character": Fault(
        change("wikipedia-2013/05-basra.csv", {"Party": "Citizens Alliance"}, "Party", "Citizens\x1bAlliance"),
        "'Citizens\\x1bAlliance'", "printable characters",
    ),
    "a line break in a cell": Fault(
        change("wikipedia-2013/06-dhi-qar.csv", {"Party": "Citizens Alliance"}, "Party", "Citizens\nAlliance"),
        "'Citizens\\nAlliance'", "printable characters",
    ),
    "decomposed Unicode": Fault(
        change(
            KIRKUK, {"Party name": "Command Party (Al-Qeyādah)"}, "Party name",
            unicodedata.normalize("NFD", "Command Party (Al-Qeyādah)"),
        ),
        "'Command Party (Al-Qeya\u0304dah)'", "composed characters",
    ),
}  # fmt: skip

PRINTED_FILES = {
    "a column twice": Fault(
        swap("wikipedia-2013/02-al-anbar.csv", "Percentage", "Seats", "Seats"), "the column twice", "each column once",
    ),
    "a heading that is unknown": Fault(
        swap("wikipedia-2013/09-maysan.csv", "Seats", "Chairs", "Chairs"),
        "a column without a meaning", "a column that data/2013/source_columns.csv knows",
    ),
    "a heading with a comma after it": Fault(
        swap("wikipedia-2013/03-babil.csv", "Party leader", "Party leader,"),
        "a column without a meaning", "a column that data/2013/source_columns.csv knows",
    ),
    "a file that no manifest names": Fault(
        write("wikipedia-2023/77-wasit.csv", b"Party,Votes\n"), "a file that no manifest names", "a line for it in",
    ),
    "a line of the manifest without its file": Fault(
        delete("wikipedia-2013/08-karbala.csv"), "No such file", "a file that can be read",
    ),
    "a folder where a file should be": Fault(
        lambda data: folder_instead(data, MUTHANNA), "Is a directory", "a file that can be",
    ),
    "UTF-16": Fault(write("wikipedia-2013/11-najaf.csv", "Party".encode("utf-16-be"), 1), "a NUL byte", "text"),
    "an empty file": Fault(write("wikipedia-2013/05-basra.csv", b""), "an empty file", "a header line and the rows"),
    "a header and no rows": Fault(
        lambda data: (
            write(KIRKUK, b"Party name,Party Code,Votes,Percentage,15 Out of 16\n")(data)
            and where("source_tables.csv", "row_count", **TABLE)(data)
        ),
        "12", "0, the rows of 08-kirkuk-general.csv",
    ),
    "an absurd size": Fault(
        write("wikipedia-2013/06-dhi-qar.csv", b"x" * 5_000_001), "5,000,001 bytes", "at most 5,000,000",
    ),
}  # fmt: skip

CURATED_ROWS = {
    "a name with two meanings": Fault(
        add("list_names.csv", PROGRESS, "name_as_printed", list_id="siyada-2023"),
        "'Progress Party'", "one meaning for a name in one place; data/",
    ),
    "a governorate's name with two meanings": Fault(
        add("governorate_names.csv", {"name_as_printed": "Wasit"}, "name_as_printed", governorate_id="maysan"),
        "'Wasit'", "one meaning for a name in one place; data/",
    ),
    "a name that no table prints": Fault(
        add("list_names.csv", {"name_as_printed": "Absher Ya Iraq"}, "name_as_printed", name_as_printed="Regress"),
        "'Regress'", "a name that a table of that election and governorate prints",
    ),
    "an id twice": Fault(
        add("parties.csv", {"id": "azm"}, "id", name="Another Azm"), "'azm' a second time", "id once",
    ),
    "a table twice in the manifest": Fault(
        add("source_tables.csv", TABLE, position="99"),
        "'wikipedia-2023', 'kirkuk-general' a second time", "source_id and slug once",
    ),
    "a place in a document twice": Fault(
        add("source_tables.csv", {"source_id": "wikipedia-2023", "slug": "diyala"}, slug="diyala-again"),
        "'wikipedia-2023', '6' a second time", "source_id and position once",
    ),
    "an empty cell that must be filled": Fault(
        change("parties.csv", {"id": "siyada"}, "name", ""), "an empty cell", "a value",
    ),
    "a word for a whole number": Fault(
        change("contests.csv", {"id": "2023-maysan-general"}, "seats", "a dozen"), "'a dozen'", "a whole number",
    ),
    "a council without seats": Fault(
        change("contests.csv", {"id": "2023-wasit-general"}, "seats", "0"),
        "'0'", "a row for which this holds: seats > 0",
    ),
    "a name that is neither list nor candidate": Fault(
        change("list_names.csv", {"name_as_printed": "Absher Ya Iraq"}, "denotes", "rumour"),
        "'rumour'", "a row for which this holds: denotes in (",
    ),
    "a name said to be a candidate and no candidate given": Fault(
        at_large(change("list_names.csv", {"name_as_printed": "Riad Abdel Wahed"}, "candidate_id", "")),
        "'candidate', ''", "a row for which this holds: (denotes = 'candidate') = (candidate_id is not null)",
    ),
    "a day that the calendar does not have": Fault(
        change("contests.csv", {"id": "2023-basra-general"}, "polling_date", "2023-02-30"),
        "'2023-02-30'", "a row for which this holds: polling_date is date(",
    ),
    "an unknown kind of value": Fault(
        change("measures.csv", {"id": "list_number"}, "value_type", "number"),
        "'number'", "a row for which this holds: value_type in (",
    ),
    "a space around a text": Fault(
        change("lists.csv", {"id": "wasit-tent-2023"}, "name", "Wasit Tent "), "'Wasit Tent '", "no space around",
    ),
    "a decision on no figure": Fault(
        decision(0, "figure_id", figure_id="2023-kirkuk-nonsense"),
        "'2023-kirkuk-nonsense'", "an id of the table figures",
    ),
    "a decision for no claim": Fault(
        decision(1, "adopted_claim_id", basis="witness", adopted_claim_id="hearsay", adopted_value=""),
        "'hearsay'", "an id of the table claims",
    ),
    "a decision without evidence that is there": Fault(
        decision(2, "evidence", evidence=f"{CLAIM} rumour"), "'rumour'", "ids of claims, separated by spaces",
    ),
    "a decision with a value and a claim": Fault(
        decision(3, "", basis="witness", adopted_claim_id=CLAIM),
        "'witness', '157650'", "a row for which this holds: ",
    ),
}  # fmt: skip

CURATED_FILES = {
    "a missing column": Fault(
        swap("explanations.csv", ",explanation", "", "explanation"), "no such column", "finding, explanation",
    ),
    "an extra column": Fault(
        swap("list_colours.csv", "list_id,colour", "list_id,colour,shade", "shade"),
        "an extra column", "list_id, colour",
    ),
    "a column twice": Fault(
        swap("search_aliases.csv", ",party_id", ",list_id", "list_id"), "the column twice", "each column once",
    ),
    "a file by another name": Fault(
        write("lists-old.csv", b"id\n"), "a file that no manifest names", "a line for it in data/source_tables.csv",
    ),
    "a file missing": Fault(delete("governorate_neighbours.csv"), "No such file", "a file that can be read"),
    "an empty file": Fault(write("decisions.csv", b"\n\n"), "an empty file", "a header line and the rows"),
    "nothing but a byte order mark": Fault(
        write("list_members.csv", b"\xef\xbb\xbf"), "an empty file", "a header line and the rows",
    ),
}  # fmt: skip

CONTESTS = {
    "a candidate who stands elsewhere": Fault(
        lambda data: (
            change("candidates.csv", {"id": "anjel-ziya-2023"}, "contest_id", "2023-basra-christian")(data)
            and where("wikipedia-2023-assyrian/04-kirkuk.csv", "Candidate", Candidate=ANJEL)(data)
        ),
        f"'{ANJEL}'", "a candidate of kirkuk",
    ),
    "a contest missing": Fault(
        take_out(
            "contests.csv", {"id": "2023-kirkuk-general"},
            where(KIRKUK, "Party name", **{"Party name": "Kirkuk Our Strength and Will"}),
        ),
        "'Kirkuk Our Strength and Will'", "a contest for general seats in kirkuk in 2023",
    ),
    "a contest missing in which candidates stand": Fault(
        take_out(
            "contests.csv", {"id": "2023-nineveh-christian"},
            where("candidates.csv", "contest_id", id="marib-imad-2023"),
        ),
        "'2023-nineveh-christian'", "an id of data/2023/contests.csv",
    ),
}  # fmt: skip

# One copy of data/ and one build each.
BUILDS: dict[str, dict[str, Fault]] = {
    "figures": bad_figures(),
    "printed cells": PRINTED_CELLS,
    "printed files": PRINTED_FILES,
    "references": REFERENCES,
    "curated rows": CURATED_ROWS,
    "curated files": CURATED_FILES,
    "contests": CONTESTS,
}


@pytest.mark.parametrize("faults", BUILDS)
def test_every_fault_is_reported_with_its_place_and_fix_and_nothing_else(
    data: Path, capsys: pytest.CaptureFixture[str], faults: str, subtests: pytest.Subtests
) -> None:
    places = {name: fault.corrupt(data) for name, fault in BUILDS[faults].items()}
    status, said = build(data, capsys)
    assert status == 1
    reports = [line for line in said if line.startswith("data/")]
    assert said[-2].startswith(f"{len(reports)} faults in the data")
    causes = said[: next((n for n, line in enumerate(said) if line.startswith("The faults below")), len(said))]
    explained: set[str] = set()
    for name, (_, found, expected) in BUILDS[faults].items():
        with subtests.test(name):
            start = f"{places[name]}{found}"
            told = [line for line in reports if line.startswith(start) and f"; expected {expected}" in line]
            assert len(told) == 1, f"not reported once: {start}; expected {expected}"
            assert re.search(r"; expected .+\. ([A-Z]|data/).+[.?]$", told[0]), "no fix"
            explained.update(told)
    with subtests.test("nothing else, but for what may follow from these"):
        # A contest is missed by its candidates and other tables, too; a column with the name of another is missing.
        again = "; expected (an id of data/2023/contests|a candidate of|a contest for christian)|found no such column"
        rest = [line for line in causes if line.startswith("data/") and line not in explained]
        rest = [line for line in rest if not re.search(again, line)]
        assert not rest, "\n".join(rest)


def test_one_fault_in_a_figure_is_told_once(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = votes("1O5")(data)
    _, said = build(data, capsys)
    assert [line for line in said if line.startswith("data/")] == [line for line in said if line.startswith(str(place))]
    assert "1 faults in the data." in said


def test_a_name_that_resolves_to_nothing_is_told_once_for_its_row(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The row has four figures; the name is wrong once."""
    change(KIRKUK, {"Party name": "Al-Thiqah Party"}, "Party name", "Al-Thiqa Party")(data)
    _, said = build(data, capsys)
    assert len([line for line in said if "'Al-Thiqa Party'" in line]) == 1


# Tables whose rows are numbered by the build, with cells that break a rule of the row.
NUMBERED = {
    "list_members.csv": {"certainty": "perhaps"},
    "list_names.csv": {"certainty": "perhaps"},
    "governorate_names.csv": {"certainty": "perhaps"},
    "search_aliases.csv": {"governorate_id": "", "party_id": "", "list_id": "", "candidate_id": ""},
}


@pytest.mark.parametrize("later", [1, -1], ids=["in the next line", "in the last line"])
def test_a_reference_below_a_row_that_breaks_a_rule_is_told_by_its_own_line(
    data: Path, capsys: pytest.CaptureFixture[str], later: int, subtests: pytest.Subtests
) -> None:
    lines = {}
    for file, cells in NUMBERED.items():
        path = max(files_of(data, file), key=lambda one: one.stat().st_size)
        name = path.relative_to(data).as_posix()
        rows = read_rows(path)
        rows[0] |= cells
        rows[later] |= {key: "" for key in cells if key.endswith("_id")} | {"governorate_id": "atlantis"}
        write_rows(path, rows)
        lines[name] = later % len(rows) + 2
    status, said = build(data, capsys)
    assert status == 1
    for file, line in lines.items():
        with subtests.test(file):
            unknown = "found 'atlantis'; expected an id of data/governorates.csv"
            told = [one for one in said if one.startswith(f"data/{file}:") and unknown in one]
            assert [one.partition(",")[0] for one in told] == [f"data/{file}:{line}"]
            assert any(one.startswith((f"data/{file}:2,", f"data/{file}:2:")) for one in said)


# Put into one copy one after the other; none hides another.
TOGETHER: list[tuple[Spoil, str]] = [
    (votes("1,23,456"), "'1,23,456'"),
    (change(KIRKUK, {"Party name": "Arab Alliance in Kirkuk"}, "Percentage", "12%%"), "'12%%'"),
    (change(KIRKUK, {"Party name": "Al-Thiqah Party"}, "Party name", "Al-Thiqa Party"), "'Al-Thiqa Party'"),
    (change(CHRISTIAN, {"Party name": "Ethra Alliance"}, "Votes", "-816"), "'-816'"),
    (swap("wikipedia-2013/15-wasit.csv", "Loyal Hands' Gathering,", ""), "4 cells"),
    (swap("wikipedia-2013/09-maysan.csv", "Seats", "Chairs", "Chairs"), "a column without a meaning"),
    (delete("wikipedia-2013/08-karbala.csv"), "No such file"),
    (write("wikipedia-2013/77-erbil.csv", b"Party\n"), "a file that no manifest names"),
    (swap(NINEVEH, "The Sovereignty", "The Sovér", "", "latin-1"), "the byte 0xe9"),
    (swap("shafaq-2023-12-28/15-wasit.csv", "Wasit Tent", '"Wasit Tent'), "a quoting error"),
    (change("lists.csv", {"id": "taqadum-2023"}, "party_id", "regress"), "'regress'"),
    (change("contests.csv", {"id": "2023-maysan-general"}, "seats", "a dozen"), "'a dozen'"),
    (add("parties.csv", {"id": "azm"}, "id", name="Another Azm"), "'azm' a second time"),
    (add("list_names.csv", PROGRESS, "name_as_printed", name_as_printed="Regress Party"), "'Regress Party'"),
    (change("printed_words.csv", {"printed": "five"}, "measure", "fingers"), "'fingers'"),
    (write("wikipedia-2013/05-basra.csv", b""), "an empty file"),
]


def in_order(lines: Iterable[str]) -> list[tuple[str, int]]:
    places = [re.match(r"(.+?\.csv)(?::(\d+))?[,:]", line) for line in lines]
    return [(place[1], int(place[2] or 0)) for place in places if place]


def test_the_command_lists_many_faults_in_many_files_in_the_order_of_the_files(data: Path) -> None:
    """The real command, as a user runs it."""
    (data.parent / "elections.db").write_bytes(LAST_GOOD)
    wanted = [f"{corrupt(data)}{found}" for corrupt, found in TOGETHER]
    built = run_build("--data", data, "--database", data.parent / "elections.db")
    assert built.returncode == 1
    assert "Traceback" not in built.stderr
    said = built.stderr.splitlines()
    missing = [start for start in wanted if not any(line.startswith(start) for line in said)]
    assert not missing, "\n".join(missing)
    places = in_order(line for line in said if line.startswith("data/"))
    ends = next(number for number, line in enumerate(said) if line.startswith("The faults below"))
    assert places[:ends] == sorted(places[:ends]) and places[ends:] == sorted(places[ends:])
    assert len(places) == len([line for line in said if line.startswith("data/")]) >= len(TOGETHER)
    assert (
        said[-2] == f"{len(places)} faults in the data; {len(places) - ends} of them may only follow from the others."
    )
    assert (data.parent / "elections.db").read_bytes() == LAST_GOOD


def test_the_command_fails_where_nothing_was_built_before(
    data: Path, build_with: Callable[[], subprocess.CompletedProcess[str]]
) -> None:
    votes("1O5")(data)
    built = build_with()
    assert built.returncode == 1
    assert "Traceback" not in built.stderr
    assert f'data/2023/{KIRKUK}:2, column "Votes": found ' in built.stderr
    assert not (data.parent / "elections.db").exists()


def test_a_folder_of_data_that_is_not_there(tmp_path: Path) -> None:
    failed = build_here("--data", tmp_path / "nowhere", "--database", tmp_path / "elections.db")
    assert failed.returncode == 1
    assert "nowhere/governorates.csv: found No such file" in failed.stderr


def test_a_folder_of_sql_that_is_not_there(tmp_path: Path) -> None:
    failed = build_here("--sql", tmp_path / "nowhere", "--database", tmp_path / "elections.db")
    assert failed.returncode == 1
    assert "schema.sql" in failed.stderr
    assert not (tmp_path / "elections.db").exists()


def add_a_source_of_our_own(data: Path, digits: str, table: str) -> None:
    """Add a made-up source with one table of two lists in Wasit."""
    add("sources.csv", {"id": "wikipedia-2013"}, id="made-up", title="Made up", digits=digits, copied_from="")(data)
    add(
        "source_tables.csv", {"source_id": "wikipedia-2013", "slug": "wasit"},
        source_id="made-up", position="1", slug="wasit", election_id="2023", row_count="2",
    )(data)  # fmt: skip
    rows = [("القائمة", ""), ("الأصوات", "votes"), ("النسبة", "vote_share")]
    for column, measure in rows:
        add(
            "source_columns.csv", HEADING, source_id="made-up", column_as_printed=column, measure=measure
        )(data)  # fmt: skip
    for name, which in [("واسط أجمل", "wasit-ajmal-2023"), ("نبني", "nabni-2023")]:
        taken = [row["name_as_printed"] for row in rows_of(data, "list_names") if row["election_id"] == "2023"]
        if name not in taken:
            add("list_names.csv", PROGRESS, name_as_printed=name, list_id=which)(data)
    (data / "2023/made-up").mkdir()
    (data / "2023/made-up/01-wasit.csv").write_text(table, encoding="utf-8")


ARABIC = "القائمة,الأصوات,النسبة\nواسط أجمل,٩٣٬٨٣٧,٢٧٫٨٩٪\nنبني,١٢٣٤,٣٪\n"


def test_arabic_indic_digits_are_read_where_the_source_declares_them(
    data: Path, build_with: Callable[[], subprocess.CompletedProcess[str]], open_built: Callable
) -> None:
    add_a_source_of_our_own(data, "arabic_indic", ARABIC)
    built = build_with()
    assert built.returncode == 0, built.stderr
    found = open_built().execute(
        """select name_as_printed, measure, value_as_printed, value, decimals from claims
        where source_id = 'made-up' order by row_number, measure desc"""
    )
    assert [tuple(row) for row in found] == [
        ("واسط أجمل", "votes", "٩٣٬٨٣٧", 93837, 0),
        ("واسط أجمل", "vote_share", "٢٧٫٨٩٪", 27.89, 2),
        ("نبني", "votes", "١٢٣٤", 1234, 0),
        ("نبني", "vote_share", "٣٪", 3, 0),
    ]


def test_arabic_indic_digits_are_refused_where_the_source_declares_western_ones(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_a_source_of_our_own(data, "western", ARABIC)
    status, said = build(data, capsys)
    assert status == 1
    told = [line for line in said if line.startswith("data/2023/made-up/01-wasit.csv:")]
    assert len(told) == 4
    assert any(line.startswith('data/2023/made-up/01-wasit.csv:2, column "الأصوات": found ') for line in told)
    assert all("in the column digits of sources.csv" in line for line in told)


def test_a_figure_that_mixes_both_kinds_of_digits_badly_is_refused(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_a_source_of_our_own(data, "arabic_indic", ARABIC.replace("٩٣٬٨٣٧", "٩٣٬٨٣"))
    status, said = build(data, capsys)
    assert status == 1
    assert [line for line in said if line.startswith('data/2023/made-up/01-wasit.csv:2, column "الأصوات": found ')]


TURNOUT = "wikipedia-2023/04-vote-participation.csv"


def test_a_percentage_needs_no_sign_where_the_heading_or_the_manifest_says_percent(
    data: Path, capsys: pytest.CaptureFixture[str], open_built: Callable, build_with: Callable
) -> None:
    change(BAGHDAD, {"Party": "Muttahidoon"}, "Percentage", "11.721")(data)
    change(TURNOUT, {"Governorate": "Maysan"}, "Turnout", "41")(data)
    _, (told, *_) = build(data, capsys)
    assert f"data/2023/{TURNOUT}:" in told and "found '41'; expected a percentage such as 41%" in told
    assert "a percentage without its sign wants percent in the column unit of source_columns.csv" in told
    change("source_columns.csv", {"source_id": "wikipedia-2023", "column_as_printed": "Turnout"}, "unit", "percent")(
        data
    )
    built = build_with()
    assert built.returncode == 0, built.stderr
    found = open_built().execute(
        """select value_as_printed, value, decimals from claims where value_as_printed in ('11.721', '41')
        and measure in ('turnout', 'vote_share') order by 1"""
    )
    assert [tuple(row) for row in found] == [("11.721", 11.721, 3), ("41", 41, 0)]
