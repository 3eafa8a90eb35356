"""Does what is printed of a part stay apart from what is adopted for the whole?

A source may print votes by division of a governorate, or those of a single candidate of a list. Both are figures of
their own; neither is the result of the list, nor the total of the place.
"""

import contextlib
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import PROJECT, build_here
from spoiling import add, state

BuildWith = Callable[[], subprocess.CompletedProcess[str]]
OpenBuilt = Callable[[], sqlite3.Connection]
SOURCE = "shafaq-2023-12-28"
KARKH, RUSAFA = "Baghdad (Karkh)", "Baghdad (Rusafa)"


@pytest.fixture(scope="module")
def by_division(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """A database with a source that prints Baghdad by division: a total and two lists in each, in text and by name."""
    data = Path(shutil.copytree(PROJECT / "data", tmp_path_factory.mktemp("divisions") / "data"))
    state(
        data, SOURCE, "baghdad",
        f"{KARKH},,votes,500", f"{KARKH},Nabni Alliance,votes,300", f"{KARKH},Azm Alliance,votes,200",
        f"{RUSAFA},,votes,700", f"{RUSAFA},Nabni Alliance,votes,400", f"{RUSAFA},Azm Alliance,votes,300",
        f"{KARKH},,seats,30", f"{KARKH},Nabni Alliance,rank,First",
        f"{KARKH},Nabni Alliance,list_number,7", f"{RUSAFA},Nabni Alliance,list_number,7",
    )  # fmt: skip
    built = build_here("--data", data, "--database", data.parent / "elections.db", "--quiet")
    assert built.returncode == 0, built.stderr
    with contextlib.closing(sqlite3.connect(f"file:{data.parent / 'elections.db'}?mode=ro", uri=True)) as db:
        db.row_factory = sqlite3.Row
        yield db


def test_each_division_has_a_figure_of_its_own(by_division: sqlite3.Connection) -> None:
    found = by_division.execute(
        """select figures.reporting_unit_id, figures.list_id, adopted.value from figures
        inner join adopted on figures.id = adopted.figure_id
        where figures.election_id = '2023' and figures.governorate_id = 'baghdad' and figures.measure = 'votes'
            and figures.reporting_unit_id is not null order by figures.id"""
    ).fetchall()
    assert [tuple(row) for row in found] == [
        ("baghdad-karkh", "azm-2023", 200), ("baghdad-karkh", "nabni-2023", 300), ("baghdad-karkh", None, 500),
        ("baghdad-rusafa", "azm-2023", 300), ("baghdad-rusafa", "nabni-2023", 400), ("baghdad-rusafa", None, 700),
    ]  # fmt: skip


def test_a_division_is_no_result_and_no_total(by_division: sqlite3.Connection, db: sqlite3.Connection) -> None:
    for table in ("results", "place_totals", "national_totals", "seat_totals", "preliminary_vs_final", "council_sizes"):
        query = f"select * from {table}"
        assert set(map(tuple, by_division.execute(query))) == set(map(tuple, db.execute(query))), table


def test_a_division_is_checked_against_itself(by_division: sqlite3.Connection) -> None:
    """Karkh: 300 and 200 are 500, and 300 are the most; Rusafa: 400 and 300. Its seats are no council's."""
    made_up = by_division.execute("select * from checks where instr(id, 'made-up')").fetchall()
    found = {(row["code"], row["subject"].partition(",")[0], row["status"], row["found"]) for row in made_up}
    assert found == {
        ("W02", "All", "holds", 500),
        ("W02", "All", "holds", 700),
        ("W16", "Nabni (We Build) Alliance", "holds", 1),
    }


def test_a_list_in_divisions_adds_up_once(data: Path, build_with: BuildWith, open_built: OpenBuilt) -> None:
    """Whether or not the governorate stands beside its divisions: 300 and 400 in Baghdad and 100 in Basra are 800."""
    name = "Nabni Alliance"
    state(data, SOURCE, "", f"{KARKH},{name},votes,300", f"{RUSAFA},{name},votes,400", f"Basra,{name},votes,100",
          f",{name},votes,800")  # fmt: skip
    state(data, "shafaq-2023-12-22", "", f"{KARKH},{name},votes,300", f"Baghdad,{name},votes,700",
          f"Basra,{name},votes,100", f",{name},votes,800")  # fmt: skip
    built = build_with()
    assert built.returncode == 0, built.stderr
    found = open_built().execute("select status, expected from checks where code = 'W12' and instr(id, 'made-up')")
    assert [tuple(row) for row in found] == [("holds", 800), ("holds", 800)]


def test_a_reader_sees_that_a_figure_is_of_a_division(
    data: Path, build_with: BuildWith, ask_built: Callable[[str], str]
) -> None:
    state(data, SOURCE, "baghdad", f"{KARKH},Nabni Alliance,votes,300")
    state(data, "shafaq-2023-12-22", "baghdad", f"{KARKH},Nabni Alliance,votes,301")
    built = build_with()
    assert built.returncode == 0, built.stderr
    figure = "/figure/2023-baghdad-karkh-general-nabni-votes"
    assert "Votes: Nabni (We Build) Alliance, Baghdad/Karkh, 2023</h1>" in ask_built(figure)
    assert "A figure of a part of the governorate." in ask_built(figure)
    assert "رقم لجزء من المحافظة" in ask_built(f"/ar{figure}")
    assert "A figure of a part" not in ask_built("/figure/2023-baghdad-general-nabni-votes")
    assert "Baghdad/Karkh</a> 2023</td>" in ask_built("/audit")  # in the table of disagreements
    assert "<td>Baghdad/Karkh, Nabni (We Build) Alliance, Votes</td>" in ask_built("/governorate/baghdad")
    assert '"Baghdad/Karkh"' in ask_built("/elections/claims_about.json?_shape=array&name=nabni")


# A candidate of Tasmim in Basra, where the list has 266,999 votes; and a second one of Babylon for the Christian seat
# of Nineveh, which a source gives to the list and its votes to the candidate.
PERSONAL = {
    "one of a list's many": ("2023-basra-general", "tasmim-2023", 266999, 12),
    "one of two for a component's seat": ("2023-nineveh-christian", "babylon-2023", None, 1),
}


@pytest.mark.parametrize(("contest", "its_list", "votes", "seats"), PERSONAL.values(), ids=PERSONAL)
def test_the_votes_of_a_candidate_are_not_those_of_the_list(
    data: Path, build_with: BuildWith, open_built: OpenBuilt, contest: str, its_list: str, votes: int | None, seats: int
) -> None:
    add(
        "candidates.csv", {"id": "nael-ghanem-2023"},
        id="somebody-2023", name="Somebody", name_ar="", contest_id=contest, list_id=its_list,
    )(data)  # fmt: skip
    add("list_names.csv", {"name_as_printed": "Tasmim"}, name_as_printed="Somebody", denotes="candidate",
        list_id="", candidate_id="somebody-2023")(data)  # fmt: skip
    state(
        data, SOURCE, contest.split("-")[1], ",Somebody,votes,4321", ",Somebody,seats,1", ",Somebody,list_number,7",
        ",Azm Alliance,list_number,7",
    )  # fmt: skip
    built = build_with()
    assert built.returncode == 0, built.stderr
    db = open_built()
    results = db.execute("select * from results where contest_id = ?", [contest]).fetchall()
    assert [(row["votes"], row["seats"], row["candidate_id"]) for row in results if row["list_id"] == its_list] == [
        (votes, seats, None)
    ]
    assert "somebody-2023" not in {row["candidate_id"] for row in results}
    figure = db.execute("select * from figures where candidate_id = 'somebody-2023' and measure = 'votes'").fetchone()
    assert (figure["id"], figure["subject"]) == (f"{contest}-somebody-votes", "candidate")
    assert db.execute("select value from adopted where figure_id = ?", [figure["id"]]).fetchone()[0] == 4321
    assert not db.execute("select id from checks where code = 'W10' and instr(id, 'made-up')").fetchall()


def test_the_only_candidate_for_a_component_is_the_list(db: sqlite3.Connection) -> None:
    found = db.execute("select list_id, candidate_id, votes from results where id = '2023-kirkuk-christian-babylon'")
    assert tuple(found.fetchone()) == ("babylon-2023", "anjel-ziya-2023", 1703)
