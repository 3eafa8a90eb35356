"""Is every fault in data/ told with its place and its mend, and does the last good database then stay?

Each test spoils a copy of data/ in one way and builds from it; only bad figures and bad references stand in one copy
together. To be quick, the command's own main() runs inside the test; that the command as such behaves alike is tested
at the end.
"""

import re
import shutil
import subprocess
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from conftest import PROJECT, run_build
from spoiling import Place, Spoil, add, at_large, change, delete, read_rows, swap, take_out, where, write, write_rows

import build_db

BAGHDAD = "wikipedia-2013/04-baghdad.csv"
KIRKUK = "wikipedia-2023/08-kirkuk-general.csv"
NINEVEH = "shafaq-2023-12-28/14-nineveh.csv"
CHRISTIAN = "wikipedia-2023/09-kirkuk-christian.csv"
SENTENCES = "wikipedia-2023/07-kirkuk-text.csv"
LAST_GOOD = b"the last good database"


def votes(printed: str) -> Spoil:
    return change(KIRKUK, {"Party name": "Kirkuk Our Strength and Will"}, "Votes", printed)


WHOLE = "a whole number such as 1234 or 1,234"
PERCENT = "a percentage such as 41% or 27.89%"
TABLE = {"source_id": "wikipedia-2023", "slug": "kirkuk-general"}
HEADING = {"source_id": "wikipedia-2023", "column_as_printed": "Party Code"}
PROGRESS = {"name_as_printed": "Progress Party", "election_id": "2023"}
DECISION = (
    "id,figure_id,basis,adopted_claim_id,adopted_value,reason,evidence\n"
    "made-up,{figure},{basis},{claim},{value},Made up for a test.,{evidence}\n"
)
FIGURE = "2023-kirkuk-general-kirkuk-our-strength-and-will-votes"
CLAIM = "wikipedia-2023-kirkuk-general-1-votes"


def decision(column: str, **cells: str) -> Spoil:
    made_up = {"figure": FIGURE, "basis": "arithmetic", "claim": "", "value": "157650", "evidence": CLAIM} | cells
    return write("decisions.csv", DECISION.format(**made_up).encode(), 2, column)


# Figures that are none, each put into a cell of its own of one table with 19 rows: column, what is printed, how it is
# told, and what was expected.
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
    "a percentage without its sign": ("Percentage", "28.201", "'28.201'", PERCENT),
    "a percentage with a comma": ("Percentage", "28,201%", "'28,201%'", PERCENT),
    "a negative percentage": ("Percentage", "-28.201%", "'-28.201%'", PERCENT),
    "a point and no digit": ("Percentage", "28.%", "'28.%'", PERCENT),
    "a seat count with a fraction": ("Seats", "5.5", "'5.5'", WHOLE),
    "more votes than people": ("Total votes", "99,999,999", "'99,999,999'", "at most 50,000,000"),
    "a council of a million": ("Seats", "1000000", "'1000000'", "at most 1,000"),
    "more percent than there can be": ("Percentage", "1001%", "'1001%'", "at most 1,000"),
    "thousands of digits": ("Seats", "9" * 4_500, "'" + "9" * 199 + "…", WHOLE),
}

# References to what is not there, all in one copy of data/: none hides another.
REFERENCES: dict[str, tuple[Spoil, str, str]] = {
    "an unknown source in the manifest": (
        add("source_tables.csv", TABLE, "source_id", source_id="nowhere-2023", position="1"),
        "'nowhere-2023'", "an id of data/sources.csv",
    ),
    "an unknown governorate in the manifest": (
        change("source_tables.csv", TABLE, "governorate_id", "atlantis"), "'atlantis'", "an id of data/governorates.csv"
    ),
    "an unknown election in the manifest": (
        change("source_tables.csv", TABLE, "election_id", "2024"), "'2024'", "an id of data/elections.csv"
    ),
    "an unknown stage in the manifest": (
        change("source_tables.csv", TABLE, "stage", "finalish"), "'finalish'", "an id of data/stages.csv"
    ),
    "an unknown seat type in the manifest": (
        change("source_tables.csv", TABLE, "seat_type", "generall"), "'generall'", "an id of data/seat_types.csv"
    ),
    "an unknown measure of a column": (
        change("source_columns.csv", HEADING, "measure", "list_nomber"), "'list_nomber'", "an id of data/measures.csv"
    ),
    "an unknown measure in a sentence": (
        change(SENTENCES, {"measure": "men_seats"}, "measure", "man_seats"),
        "'man_seats'", "a measure of data/measures.csv",
    ),
    "an unknown measure of a word": (
        change("printed_words.csv", {"printed": "five"}, "measure", "fingers"),
        "'fingers'", "an id of data/measures.csv",
    ),
    "an unknown source of a column": (
        add("source_columns.csv", HEADING, "source_id", source_id="nowhere"), "'nowhere'", "an id of data/sources.csv"
    ),
    "an unknown list of a name": (
        change("list_names.csv", PROGRESS, "list_id", "regress-2023"), "'regress-2023'", "an id of data/lists.csv"
    ),
    "an unknown candidate of a name": (
        change("list_names.csv", {"name_as_printed": "Riad Abdel Wahed"}, "candidate_id", "nobody"),
        "'nobody'", "an id of data/candidates.csv",
    ),
    "an unknown governorate of a name": (
        add("governorate_names.csv", {"name_as_printed": "Wasit"}, "governorate_id",
            name_as_printed="Waset", governorate_id="atlantis"),
        "'atlantis'", "an id of data/governorates.csv",
    ),
    "an unknown party of a list": (
        change("lists.csv", {"id": "taqadum-2023"}, "party_id", "regress"), "'regress'", "an id of data/parties.csv"
    ),
    "an unknown election of a list": (
        change("lists.csv", {"id": "wasit-tent-2023"}, "election_id", "1999"), "'1999'", "an id of data/elections.csv"
    ),
    "an unknown contest of a candidate": (
        change("candidates.csv", {"id": "karam-ramez-2023"}, "contest_id", "2023-erbil-general"),
        "'2023-erbil-general'", "an id of data/contests.csv",
    ),
    "an unknown kind of source": (
        change("sources.csv", {"id": "wikipedia-2013"}, "kind", "rumour"), "'rumour'", "an id of data/source_kinds.csv"
    ),
}  # fmt: skip

FAULTS: dict[str, tuple[Spoil, str, str]] = {
    "a figure in a sentence": (
        change(SENTENCES, {"measure": "votes"}, "value", "559,O22"), "'559,O22'", WHOLE,
    ),
    # Names
    "a name that resolves to nothing": (
        change(KIRKUK, {"Party name": "Al-Thiqah Party"}, "Party name", "Al-Thiqa Party"),
        "'Al-Thiqa Party'", "a name that data/list_names.csv knows",
    ),
    "a name in a sentence that resolves to nothing": (
        change(SENTENCES, {"measure": "votes"}, "name", "Nobody"), "'Nobody'", "a name that data/list_names.csv knows",
    ),
    "a governorate's name that resolves to nothing": (
        change("wikipedia-2023/04-vote-participation.csv", {"Governorate": "Wasit"}, "Governorate", "Waset"),
        "'Waset'", "a name that data/governorate_names.csv knows",
    ),
    "a name with two meanings": (
        add("list_names.csv", PROGRESS, "name_as_printed", list_id="siyada-2023"),
        "'Progress Party'", "one meaning for a name in one place; line ",
    ),
    "a governorate's name with two meanings": (
        add("governorate_names.csv", {"name_as_printed": "Wasit"}, "name_as_printed", governorate_id="maysan"),
        "'Wasit'", "one meaning for a name in one place; line ",
    ),
    "a name that no table prints": (
        add("list_names.csv", PROGRESS, "name_as_printed", name_as_printed="Regress Party"),
        "'Regress Party'", "a name that a table of that election and governorate prints",
    ),
    "an empty name": (change(KIRKUK, {"Party name": "Al-Thiqah Party"}, "Party name", ""), "''", "a name."),
    "a candidate who stands elsewhere": (
        lambda data: (
            change("candidates.csv", {"id": "karam-ramez-2023"}, "contest_id", "2023-basra-christian")(data)
            and where(CHRISTIAN, "Party name", **{"Party name": "Karam Ramiz Wastin Abhalad Wastin"})(data)
        ),
        "'Karam Ramiz Wastin Abhalad Wastin'", "a candidate of kirkuk",
    ),
    # References, but for those that stand above
    "a contest missing": (
        take_out(
            "contests.csv", {"id": "2023-kirkuk-general"},
            where(KIRKUK, "Party name", **{"Party name": "Al-Thiqah Party"}),
        ),
        "'Al-Thiqah Party'", "a contest for general seats in kirkuk in 2023",
    ),
    "a contest missing in which candidates stand": (
        take_out(
            "contests.csv", {"id": "2023-kirkuk-christian"},
            where("candidates.csv", "contest_id", id="karam-ramez-2023"),
        ),
        "'2023-kirkuk-christian'", "an id of data/contests.csv",
    ),
    "a decision on no figure": (
        decision("figure_id", figure="2023-kirkuk-nonsense"), "'2023-kirkuk-nonsense'", "an id of the table figures",
    ),
    "a decision for no claim": (
        decision("adopted_claim_id", basis="witness", claim="hearsay", value=""),
        "'hearsay'", "an id of the table claims",
    ),
    "a decision without evidence that is there": (
        decision("evidence", evidence=f"{CLAIM} hearsay"), "'hearsay'", "ids of claims, separated by spaces",
    ),
    "a decision with a value and a claim": (
        decision("", basis="witness", claim=CLAIM), "'witness', '157650'", "a row for which this holds: ",
    ),
    # Rows twice, and rules of the schema
    "a row twice in a printed table": (
        change(KIRKUK, {"Party name": "Al-Thiqah Party"}, "Party name", "Arab Alliance in Kirkuk"),
        "'Arab Alliance in Kirkuk'", "a name other than in line 3",
    ),
    "an id twice in a curated file": (
        add("parties.csv", {"id": "azm"}, "id", name="Another Azm"), "'azm' a second time", "id once",
    ),
    "a table twice in the manifest": (
        add("source_tables.csv", TABLE, position="99"),
        "'wikipedia-2023', 'kirkuk-general' a second time", "source_id and slug once",
    ),
    "a place in a document twice": (
        add("source_tables.csv", {"source_id": "wikipedia-2023", "slug": "diyala"}, slug="diyala-again"),
        "'wikipedia-2023', '6' a second time", "source_id and position once",
    ),
    "an empty cell that must be filled": (
        change("lists.csv", {"id": "wasit-tent-2023"}, "name", ""), "an empty cell", "a value",
    ),
    "a word for a whole number": (
        change("contests.csv", {"id": "2023-wasit-general"}, "seats", "a dozen"), "'a dozen'", "a whole number",
    ),
    "a council without seats": (
        change("contests.csv", {"id": "2023-wasit-general"}, "seats", "0"), "'0'", "seats > 0",
    ),
    "a name that is neither list nor candidate": (
        change("list_names.csv", PROGRESS, "denotes", "rumour"), "'rumour'", "denotes in (",
    ),
    "a name said to be a candidate and no candidate given": (
        at_large(change("list_names.csv", {"name_as_printed": "Riad Abdel Wahed"}, "candidate_id", "")),
        "'candidate', ''", "(denotes = 'candidate') = (candidate_id is not null)",
    ),
    "a day that the calendar does not have": (
        change("contests.csv", {"id": "2023-wasit-general"}, "polling_date", "2023-02-30"),
        "'2023-02-30'", "polling_date is date(",
    ),
    "an unknown kind of value": (
        change("measures.csv", {"id": "list_number"}, "value_type", "number"), "'number'", "value_type in (",
    ),
    # The form of a file
    "a missing column": (swap("lists.csv", ",party_id", "", "party_id"), "no such column", "id, election_id, name"),
    "an extra column": (swap("lists.csv", ",party_id", ",party_id,colour", "colour"), "an extra column", "id, elec"),
    "a column twice": (swap("lists.csv", ",name_ar,", ",name,", "name"), "the column twice", "each column once"),
    "a column twice in a printed table": (
        swap(KIRKUK, "Percentage", "Votes", "Votes"), "the column twice", "each column once",
    ),
    "a heading that is unknown": (
        swap(KIRKUK, ",Votes,", ",Voters,", "Voters"),
        "a column without a meaning", "a column that data/source_columns.csv knows",
    ),
    "a heading with a comma after it": (
        swap(KIRKUK, "15 Out of 16", "15 Out of 16,"), "a column without a meaning", "source_columns.csv knows",
    ),
    "a ragged row": (swap(KIRKUK, "Al-Thiqah Party,191,", "Al-Thiqah Party,"), "4 cells", "5 cells, as in the header"),
    "an unquoted comma": (swap(KIRKUK, '"157,649"', "157,649"), "6 cells", "5 cells, as in the header"),
    "a blank line": (swap(KIRKUK, "Al-Thiqah", "\nAl-Thiqah"), "a blank line", "5 cells, as in the header"),
    "a file that no manifest names": (
        write("wikipedia-2023/77-wasit.csv", b"Party,Votes\n"), "a file that no manifest names", "a line for it in",
    ),
    "a curated file by another name": (
        write("lists-old.csv", b"id\n"), "a file that no manifest names", "a line for it in data/source_tables.csv",
    ),
    "a line of the manifest without its file": (delete(KIRKUK), "No such file", "a file that can be read"),
    "a curated file missing": (delete("lists.csv"), "No such file", "a file that can be read"),
    "a folder where a file should be": (
        lambda data: (delete(KIRKUK)(data), (data / KIRKUK).mkdir())[0], "Is a directory", "a file that can be read",
    ),
    "Latin-1 bytes": (swap(NINEVEH, "Sovereignty", "Sovéreignty", encoding="latin-1"), "the byte 0xe9", "UTF-8"),
    "UTF-16": (write(KIRKUK, "Party name".encode("utf-16-be"), 1), "a NUL byte", "text"),
    "a NUL byte": (swap(KIRKUK, "Al-Thiqah", "Al-Thi\0ah"), "a NUL byte", "text"),
    "an unclosed quote": (swap(KIRKUK, "Al-Thiqah", '"Al-Thiqah'), "a quoting error", "every opening quote to be"),
    "a quote in the middle of a quoted cell": (
        swap(KIRKUK, '"157,649"', '"157"649"'), "a quoting error", "inner quotes doubled",
    ),
    "an empty file": (write(KIRKUK, b""), "an empty file", "a header line and the rows"),
    "an empty curated file": (write("decisions.csv", b"\n\n"), "an empty file", "a header line and the rows"),
    "nothing but a byte order mark": (write("decisions.csv", b"\xef\xbb\xbf"), "an empty file", "a header line"),
    "a header and no rows": (
        lambda data: (
            write(KIRKUK, b"Party name,Party Code,Votes,Percentage,15 Out of 16\n")(data)
            and where("source_tables.csv", "row_count", **TABLE)(data)
        ),
        "12", "0, the rows of 08-kirkuk-general.csv",
    ),
    "a row missing": (
        take_out(KIRKUK, {"Party name": "Al-Thiqah Party"}, where("source_tables.csv", "row_count", **TABLE)),
        "12", "11, the rows of 08-kirkuk-general.csv",
    ),
    "an absurd size": (write(KIRKUK, b"x" * 5_000_001), "5,000,001 bytes", "at most 5,000,000"),
    "an absurdly long cell": (
        change(KIRKUK, {"Party name": "Al-Thiqah Party"}, "Party name", "x" * 5_001),
        "'xxx", "at most 5,000 characters",
    ),
    "a space before a cell": (votes(" 157,649"), "' 157,649'", "no space around the text"),
    "a no-break space after a name": (
        change(KIRKUK, {"Party name": "Al-Thiqah Party"}, "Party name", "Al-Thiqah Party\u00a0"),
        "'Al-Thiqah Party\\xa0'", "no space around the text",
    ),
    "a space in a curated file": (
        change("lists.csv", {"id": "wasit-tent-2023"}, "name", "Wasit Tent "), "'Wasit Tent '", "no space around",
    ),
    "a control character": (
        change(KIRKUK, {"Party name": "Al-Thiqah Party"}, "Party name", "Al-Thiqah\x1bParty"),
        "'Al-Thiqah\\x1bParty'", "printable characters",
    ),
    "a line break in a cell": (
        change(KIRKUK, {"Party name": "Al-Thiqah Party"}, "Party name", "Al-Thiqah\nParty"),
        "'Al-Thiqah\\nParty'", "printable characters",
    ),
    "decomposed Unicode": (
        change(
            KIRKUK, {"Party name": "Command Party (Al-Qeyādah)"}, "Party name",
            unicodedata.normalize("NFD", "Command Party (Al-Qeyādah)"),
        ),
        "'Command Party (Al-Qeya\u0304dah)'", "composed characters",
    ),
}  # fmt: skip


def build(data: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    """Build beside the data over the last good database. Returns the exit status and what was said on stderr."""
    database = data.parent / "elections.db"
    database.write_bytes(LAST_GOOD)
    status = build_db.main(["--data", str(data), "--database", str(database), "--quiet"])
    return status, capsys.readouterr().err.splitlines()


@pytest.fixture(scope="module")
def bad_figures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What is said of each bad figure, when all of them stand in one copy of data/ and it is built once."""
    data = Path(shutil.copytree(PROJECT / "data", tmp_path_factory.mktemp("figures") / "data"))
    rows = read_rows(data / BAGHDAD)
    places: dict[str, Place] = {}
    free: Counter[str] = Counter()
    for fault, (column, printed, _, _) in BAD_FIGURES.items():
        number = free[column]
        free[column] += 1
        rows[number][column] = printed
        places[fault] = Place(BAGHDAD, number + 2, column)
    write_rows(data / BAGHDAD, rows)
    failed = run_build("--data", data, "--database", data.parent / "elections.db")
    assert failed.returncode == 1
    assert "Traceback" not in failed.stderr
    said = failed.stderr.splitlines()
    return {fault: [line for line in said if line.startswith(str(place))] for fault, place in places.items()}


@pytest.mark.parametrize("fault", BAD_FIGURES)
def test_a_figure_that_is_none_is_told(bad_figures: dict[str, list[str]], fault: str) -> None:
    _, _, found, expected = BAD_FIGURES[fault]
    assert len(bad_figures[fault]) == 1
    assert f"found {found}; expected {expected}. Write the figure as the source prints it" in bad_figures[fault][0]


@pytest.fixture(scope="module")
def bad_references(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What is said of each bad reference."""
    data = Path(shutil.copytree(PROJECT / "data", tmp_path_factory.mktemp("references") / "data"))
    places = {fault: spoil(data) for fault, (spoil, _, _) in REFERENCES.items()}
    failed = run_build("--data", data, "--database", data.parent / "elections.db")
    assert failed.returncode == 1
    assert "Traceback" not in failed.stderr
    said = failed.stderr.splitlines()
    return {fault: [line for line in said if line.startswith(str(place))] for fault, place in places.items()}


@pytest.mark.parametrize("fault", REFERENCES)
def test_a_reference_to_what_is_not_there_is_told(bad_references: dict[str, list[str]], fault: str) -> None:
    _, found, expected = REFERENCES[fault]
    assert [line for line in bad_references[fault] if f"found {found}; expected {expected}. Mend the " in line]


@pytest.mark.parametrize(("spoil", "found", "expected"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_is_told_with_its_place_and_mend(
    data: Path, capsys: pytest.CaptureFixture[str], spoil: Spoil, found: str, expected: str
) -> None:
    place = spoil(data)
    status, said = build(data, capsys)
    assert status == 1
    told = [line for line in said if line.startswith(str(place)) and found in line.partition("; expected ")[0]]
    assert told, f"not told: {place}{found}\n" + "\n".join(said[:20])
    assert any(expected in line.partition("; expected ")[2] for line in told), told
    assert all(re.search(r"; expected .+\. ([A-Z]|data/).+[.?]$", line) for line in told), f"no mend: {told}"
    assert (data.parent / "elections.db").read_bytes() == LAST_GOOD
    assert sorted(path.name for path in data.parent.iterdir()) == ["data", "elections.db"]
    assert said[-1] == f"{data.parent / 'elections.db'} is unchanged."


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


@pytest.mark.parametrize("file", NUMBERED)
@pytest.mark.parametrize("later", [1, -1], ids=["in the next line", "in the last line"])
def test_a_reference_below_a_row_that_breaks_a_rule_is_told_by_its_own_line(
    data: Path, capsys: pytest.CaptureFixture[str], file: str, later: int
) -> None:
    rows = read_rows(data / file)
    rows[0] |= NUMBERED[file]
    rows[later] |= {key: "" for key in NUMBERED[file] if key.endswith("_id")} | {"governorate_id": "atlantis"}
    write_rows(data / file, rows)
    status, said = build(data, capsys)
    assert status == 1
    told = [one for one in said if "found 'atlantis'; expected an id of data/governorates.csv" in one]
    assert [one.partition(",")[0] for one in told] == [f"data/{file}:{later % len(rows) + 2}"]
    assert any(one.startswith((f"data/{file}:2,", f"data/{file}:2:")) for one in said)


# Spoiled one after the other in one copy; none hides another.
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


def spoil_in_many_ways(data: Path) -> list[str]:
    """Return what should be said."""
    return [f"{spoil(data)}{found}" for spoil, found in TOGETHER]


def in_order(lines: Iterable[str]) -> list[tuple[str, int]]:
    places = [re.match(r"(.+?\.csv)(?::(\d+))?[,:]", line) for line in lines]
    return [(place[1], int(place[2] or 0)) for place in places if place]


def test_many_faults_in_many_files_are_all_told_in_one_run(
    data: Path, build_with: Callable[[], subprocess.CompletedProcess[str]]
) -> None:
    """The real command, as a user runs it."""
    (data.parent / "elections.db").write_bytes(LAST_GOOD)
    wanted = spoil_in_many_ways(data)
    built = build_with()
    assert built.returncode == 1
    assert "Traceback" not in built.stderr
    said = built.stderr.splitlines()
    missing = [start for start in wanted if not any(line.startswith(start) for line in said)]
    assert not missing, "\n".join(missing)
    places = in_order(line for line in said if line.startswith("data/"))
    assert places == sorted(places)
    assert len(places) == len([line for line in said if line.startswith("data/")]) >= len(TOGETHER)
    assert f"{len(places)} faults in the data." in said
    assert (data.parent / "elections.db").read_bytes() == LAST_GOOD


def test_the_command_fails_where_nothing_was_built_before(
    data: Path, build_with: Callable[[], subprocess.CompletedProcess[str]]
) -> None:
    votes("1O5")(data)
    built = build_with()
    assert built.returncode == 1
    assert "Traceback" not in built.stderr
    assert f'data/{KIRKUK}:2, column "Votes": found ' in built.stderr
    assert not (data.parent / "elections.db").exists()


def test_a_folder_of_data_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = build_db.main(["--data", str(tmp_path / "nowhere"), "--database", str(tmp_path / "elections.db")])
    assert status == 1
    assert "nowhere/lists.csv: found No such file" in capsys.readouterr().err


def test_a_folder_of_sql_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = build_db.main(["--sql", str(tmp_path / "nowhere"), "--database", str(tmp_path / "elections.db")])
    assert status == 1
    assert "schema.sql" in capsys.readouterr().err
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
        taken = [row["name_as_printed"] for row in read_rows(data / "list_names.csv") if row["election_id"] == "2023"]
        if name not in taken:
            add("list_names.csv", PROGRESS, name_as_printed=name, list_id=which)(data)
    (data / "made-up").mkdir()
    (data / "made-up/01-wasit.csv").write_text(table, encoding="utf-8")


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
    told = [line for line in said if line.startswith("data/made-up/01-wasit.csv:")]
    assert len(told) == 4
    assert any(line.startswith('data/made-up/01-wasit.csv:2, column "الأصوات": found ') for line in told)
    assert all("in the column digits of data/sources.csv" in line for line in told)


def test_a_figure_that_mixes_both_kinds_of_digits_badly_is_refused(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_a_source_of_our_own(data, "arabic_indic", ARABIC.replace("٩٣٬٨٣٧", "٩٣٬٨٣"))
    status, said = build(data, capsys)
    assert status == 1
    assert [line for line in said if line.startswith('data/made-up/01-wasit.csv:2, column "الأصوات": found ')]
