"""Can an election be added by data alone, as CONTRIBUTING says? Followed three times, with elections that are made up.

One is complete, under largest remainder, and stands in CONTRIBUTING; one has an unknown rule and half of its councils;
one is of two governorates only, one of which has two component seats of one type.
"""

import csv
import io
import re
import shutil
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import closing
from html import unescape
from pathlib import Path

import pytest
from conftest import PROJECT, Client, build_here, copy_of_project, site_of

from elections.curated import SHARED
from elections.site.connections import add_functions

RECIPE = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Add an election\n")[2]
COMPLETE = {
    path: textwrap.dedent(content).lstrip()
    for path, content in re.findall(r"```csv (\S+)\n(.*?) *```", RECIPE.partition("\n## ")[0], re.DOTALL)
}
NOTE = "figures cited as facts"

# Half known: no rule, results of Anbar whole and of Basra in part, of Najaf only the size, of Diyala nothing.
HALF = {
    "spring/elections.csv": """
        title,title_ar,short_title,short_title_ar,polling_date
        Spring elections,انتخابات الربيع,Spring,الربيع,1927-03-01
        """,
    "spring/polling_days.csv": """
        date,vote
        1927-03-01,general
        1927-03-08,general
        """,
    "spring/contests.csv": """
        id,governorate_id,seat_type,seats,polling_date,rule_id,seats_basis,evidence
        spring-anbar-general,anbar,general,8,1927-03-01,unknown,printed,Printed.
        spring-basra-general,basra,general,10,1927-03-01,unknown,printed,Printed.
        spring-najaf-general,najaf,general,,1927-03-08,unknown,,Not found.
        spring-najaf-christian,najaf,christian,,1927-03-08,unknown,,Not found.
        spring-diyala-general,diyala,general,,1927-03-08,unknown,,Not found.
        """,
    "spring/councils.csv": """
        governorate_id,seats,seats_basis,evidence
        najaf,12,printed,Printed.
        """,
    "spring/lists.csv": """
        id,name,party_id
        rain-spring,Rain List,
        wind-spring,Wind List,state-of-law-coalition
        """,
    "spring/sources.csv": f"""
        id,title,publisher,kind,language,digits,transcription,licence,licence_ar
        study-spring,A study,A Research Institute,research,en,western,noted,{NOTE},الأرقام مستشهد بها بوصفها وقائع
        """,
    "spring/source_tables.csv": """
        source_id,position,slug,locator,governorate_id,stage,kind,row_count
        study-spring,1,anbar,Anbar,anbar,final,results,2
        study-spring,2,basra,Basra,basra,final,results,1
        study-spring,3,all,Councils,,final,statements,2
        """,
    "spring/source_columns.csv": """
        source_id,column_as_printed,measure,unit
        study-spring,List,,
        study-spring,Votes,votes,
        study-spring,Share,vote_share,percent
        study-spring,Seats,seats,
        """,
    "spring/study-spring/01-anbar.csv": """
        List,Votes,Share,Seats
        Rain List,5000,62.5,5
        Wind List,3000,37.5,3
        """,
    "spring/study-spring/02-basra.csv": """
        List,Votes,Share,Seats
        Rain List,4000,,6
        """,
    "spring/study-spring/03-all.csv": """
        label,place,name,measure,value
        sentence,,Rain List,seats,30
        sentence,Basra,,valid_votes,"9,000"
        """,
}

# A part of the country: two governorates, two Christian seats in one contest.
NORTH = {
    "1935-north/elections.csv": """
        title,title_ar,short_title,short_title_ar,polling_date,electorate_id
        Northern elections of 1935,انتخابات الشمال 1935,North 1935,الشمال 1935,1935-06-01,the-north
        """,
    "1935-north/polling_days.csv": """
        date,vote
        1935-06-01,general
        """,
    "1935-north/reporting_units.csv": """
        id,kind,name,name_ar
        the-north,group,The North,الشمال
        """,
    "1935-north/group_members.csv": """
        reporting_unit_id,governorate_id
        the-north,duhok
        the-north,erbil
        """,
    "1935-north/contests.csv": """
        id,governorate_id,seat_type,seats,polling_date,rule_id,seats_basis,evidence
        1935-north-duhok-general,duhok,general,3,1935-06-01,dhondt,printed,Printed.
        1935-north-erbil-general,erbil,general,4,1935-06-01,dhondt,printed,Printed.
        1935-north-erbil-christian,erbil,christian,2,1935-06-01,plurality,printed,Printed.
        """,
    "1935-north/lists.csv": """
        id,name
        snow-1935-north,Snow List
        rock-1935-north,Rock List
        cross-1935-north,Cross List
        bell-1935-north,Bell List
        star-1935-north,Star List
        """,
    "1935-north/sources.csv": f"""
        id,title,publisher,kind,language,digits,transcription,licence,licence_ar
        blog-1935-north,A post,A Blog,blog,en,western,noted,{NOTE},الأرقام مستشهد بها بوصفها وقائع
        """,
    "1935-north/source_tables.csv": """
        source_id,position,slug,locator,governorate_id,seat_type,stage,kind,row_count
        blog-1935-north,1,duhok,Duhok,duhok,,final,results,2
        blog-1935-north,2,erbil,Erbil,erbil,,final,results,2
        blog-1935-north,3,christian,The Christian seats,erbil,christian,final,results,3
        blog-1935-north,4,all,All,,,final,statements,2
        """,
    "1935-north/source_columns.csv": """
        source_id,column_as_printed,measure
        blog-1935-north,List,
        blog-1935-north,Votes,votes
        blog-1935-north,Seats,seats
        """,
    "1935-north/blog-1935-north/01-duhok.csv": """
        List,Votes,Seats
        Snow List,200,2
        Rock List,110,1
        """,
    "1935-north/blog-1935-north/02-erbil.csv": """
        List,Votes,Seats
        Snow List,300,3
        Rock List,150,1
        """,
    "1935-north/blog-1935-north/03-christian.csv": """
        List,Votes,Seats
        Cross List,50,1
        Bell List,40,1
        Star List,5,0
        """,
    "1935-north/blog-1935-north/04-all.csv": """
        label,place,name,measure,value
        sentence,,,seats,9
        sentence,,Snow List,seats,5
        """,
}
ELECTIONS = {"1931": COMPLETE, "spring": HALF, "1935-north": NORTH}


def enter(data: Path, files: dict[str, str]) -> None:
    """Write the files of an election."""
    for name, content in files.items():
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_text(textwrap.dedent(content).lstrip(), encoding="utf-8")


@pytest.fixture(scope="module")
def entered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """The real data with the three elections: the database, and what each build said."""
    folder = tmp_path_factory.mktemp("added")
    data = Path(shutil.copytree(PROJECT / "data", folder / "data"))
    database = folder / "elections.db"
    build_here("--data", data, "--database", database)
    said = {}
    for election, files in ELECTIONS.items():
        enter(data, files)
        built = build_here("--data", data, "--database", database)
        assert built.returncode == 0, built.stderr
        said[election] = built.stdout
    return database, said


@pytest.fixture
def added(entered: tuple[Path, dict[str, str]]) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"file:{entered[0]}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        add_functions(connection)
        yield connection


@pytest.fixture(scope="module")
def pages(entered: tuple[Path, dict[str, str]]) -> Iterator[Client]:
    with site_of(entered[0]) as client:
        yield client


@pytest.fixture(scope="module")
def read(pages: Client) -> Callable[[str], str]:
    """Ask for a page; its text, without markup and with single spaces."""

    def text_of(path: str) -> str:
        answer = pages.page(path)
        assert answer.status_code == 200, path
        body = re.sub(r"(?s)<(script|style|head)\b.*?</\1>", " ", answer.text)
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())

    return text_of


def test_the_recipe_has_the_files_of_an_election() -> None:
    assert {path.partition("/")[0] for path in COMPLETE} == {"1931"}
    assert "1931/contests.csv" in COMPLETE and len(COMPLETE) >= 10
    assert not {Path(path).stem for path in COMPLETE} & {*SHARED} - {"reporting_units"}


def test_only_the_folder_is_touched(entered: tuple[Path, dict[str, str]]) -> None:
    for path in (entered[0].parent / "data").glob("*.csv"):
        assert path.read_bytes() == (PROJECT / "data" / path.name).read_bytes()


def test_the_build_tells_what_is_new(entered: tuple[Path, dict[str, str]]) -> None:
    _, said = entered
    assert "The audit finds what it found before." in said["1931"]
    news = [line.split(":")[0] for line in said["spring"].splitlines() if line.startswith(("  new", "  gone"))]
    assert news == ["  new   W04-spring-basra-general"], (
        "what is not entered is no contradiction, a gap in a table is one"
    )
    assert "The audit finds what it found before." in said["1935-north"]


def test_seats_follow_from_the_votes_where_the_rule_is_known(added: sqlite3.Connection) -> None:
    rows = added.execute(
        "select contest_id, min(agrees) as reproduced, count(*) as lists from seat_allocation group by contest_id"
    )
    reproduced = {row["contest_id"]: (row["reproduced"], row["lists"]) for row in rows}
    assert reproduced["1931-wasit-general"] == (1, 4)
    assert reproduced["1931-kirkuk-general"] == (1, 3)
    assert reproduced["1931-kirkuk-turkmen"] == (1, 2)
    assert reproduced["1935-north-erbil-general"] == (1, 2)
    assert reproduced["1935-north-erbil-christian"] == (1, 3)
    kinds = added.execute("select distinct kind from allocation_steps where contest_id = '1931-wasit-general'")
    assert {row["kind"] for row in kinds} == {"quota", "remainder"}


def test_nothing_is_computed_where_the_rule_is_not_known(added: sqlite3.Connection) -> None:
    for relation in ("allocations", "allocation_steps", "seat_ladder", "seat_margins", "implied_divisor"):
        assert not added.execute(f"select 1 from {relation} where contest_id like 'spring%'").fetchall(), relation
    statuses = added.execute("select contest_id, status from allocation_readiness where contest_id like 'spring%'")
    assert {row["status"] for row in statuses} and not [row for row in statuses if row["status"] == "ready"]


def test_a_size_that_is_not_known_is_in_no_sum(added: sqlite3.Connection) -> None:
    sizes = {row["governorate_id"]: row for row in added.execute("select * from council_sizes")
             if row["election_id"] == "spring"}  # fmt: skip
    assert {place: row["seats"] for place, row in sizes.items()} == {
        "anbar": 8, "basra": 10, "najaf": 12, "diyala": None
    }  # fmt: skip
    assert sizes["najaf"]["general_seats"] is None and sizes["najaf"]["component_seats"] is None
    whole = added.execute("select * from completeness_of_elections where election_id = 'spring'").fetchone()
    assert (whole["governorates"], whole["seats"], whole["seats_filled"], whole["seats_unfilled"]) == (
        4,
        None,
        14,
        None,
    )


def test_valid_votes_of_a_place_are_its_total(added: sqlite3.Connection) -> None:
    row = added.execute("select * from completeness where contest_id = 'spring-basra-general'").fetchone()
    assert (row["named_votes"], row["total_votes"], row["remainder"]) == (4000, 9000, 5000)
    (share,) = added.execute(
        "select vote_share from seats_by_governorate where contest_id = 'spring-basra-general'"
    ).fetchone()
    assert share == pytest.approx(100 * 4 / 9)


def test_all_winners_of_several_component_seats_are_there(added: sqlite3.Connection) -> None:
    rows = added.execute("select * from component_seats where contest_id = '1935-north-erbil-christian'").fetchall()
    told = " ".join(str(value) for row in rows for value in tuple(row))
    assert "Cross List" in told and "Bell List" in told


def test_figures_of_an_electorate_say_whose_it_is(added: sqlite3.Connection) -> None:
    (name,) = added.execute("select name from figure_names where figure_id = '1935-north-all-seats'").fetchone()
    assert name == "All, The North, 1935-north"
    (status,) = added.execute("select status from checks where id = 'W05-blog-1935-north-all-1-seats'").fetchone()
    assert status == "holds"


def test_parties_are_followed_into_the_new_election(added: sqlite3.Connection) -> None:
    query = "select earlier_election_id, later_election_id from swing where party_id = 'national-wisdom-movement'"
    pairs = {tuple(row) for row in added.execute(query)}
    assert ("1931", "2023") in pairs


PAGES = [
    "/", "/?election={id}", "/election/{id}", "/governorates?election={id}", "/lists?election={id}",
    "/governorate/{place}?election={id}", "/governorate/baghdad?election={id}", "/governorate/najaf?election={id}",
    "/governorate/diyala?election={id}", "/list/{list}", "/audit?election={id}",
    "/simulator?election={id}", "/simulator?election={id}&rule=dhondt", "/sources", "/source/{source}",
    "/compare?earlier=2023&later={id}", "/compare?earlier={id}&later=1935-north", "/search?q={name}", "/download",
    "/party/national-wisdom-movement", "/party/state-of-law-coalition", "/figure/{figure}",
]  # fmt: skip
OF = {
    "1931": {"place": "wasit", "list": "river-1931", "source": "river-gazette-1931", "name": "River Alliance",
             "figure": "1931-wasit-general-river-votes"},
    "spring": {"place": "anbar", "list": "rain-spring", "source": "study-spring", "name": "Rain List",
               "figure": "spring-anbar-general-rain-votes"},
    "1935-north": {"place": "erbil", "list": "snow-1935-north", "source": "blog-1935-north", "name": "Snow List",
                   "figure": "1935-north-erbil-general-snow-votes"},
}  # fmt: skip


@pytest.mark.parametrize("election", ELECTIONS)
def test_every_page_answers_in_both_languages(
    election: str, read: Callable[[str], str], subtests: pytest.Subtests
) -> None:
    for page in PAGES:
        path = page.format(id=election, **OF[election])
        if path == "/compare?earlier=1935-north&later=1935-north":
            continue
        for language in ("", "/ar"):
            with subtests.test(f"{language}{path}"):
                text = read(f"{language}{path}")
                assert not re.search(r"\b(None(?! of)|nan|undefined|null|NULL)\b", text), text


def test_menus_and_choices_have_the_election(pages: Client, read: Callable[[str], str]) -> None:
    home = pages.page("/").text
    for election in ELECTIONS:
        assert f'href="/election/{election}"' in home
        assert f'<option value="{election}"' in pages.page("/compare").text
    assert "North 1935" in read("/") and "الشمال 1935" in read("/ar")
    dashboard = pages.page("/-/dashboards/election?election=spring")
    assert dashboard.status_code == 200 and 'value="spring"' in dashboard.text


def test_pages_say_what_is_known(read: Callable[[str], str]) -> None:
    assert "Governorates: 2. Seats: 14." in read("/election/1931")
    assert "Seats: ?" in read("/election/spring")
    assert "Later, on 8 March 1927: " in read("/election/spring")
    assert "held in The North only" in read("/election/1935-north") and "شمل الانتخاب الشمال فقط" in read(
        "/ar/election/1935-north"
    )
    assert all(place in read("/election/spring") for place in ("Anbar", "Basra", "Najaf", "Diyala"))
    assert "Seats in the council: 12, of them general ? and component ?" in read("/governorate/najaf?election=spring")
    erbil = read("/governorate/erbil?election=1935-north")
    assert "Cross List" in erbil and "Bell List" in erbil


def test_the_simulator_names_what_it_cannot_compute(read: Callable[[str], str]) -> None:
    text = read("/simulator?election=spring&rule=dhondt")
    for place in ("Basra", "Najaf", "Diyala"):
        assert place in text
    assert "Wasit" in read("/simulator?election=1931&rule=dhondt")


@pytest.mark.parametrize(("name", "found"), [("River Alliance", "river-1931"), ("تحالف النهر", "river-1931"),
                                             ("Snow", "snow-1935-north"), ("rain list", "rain-spring")])  # fmt: skip
def test_the_search_finds_its_lists(name: str, found: str, pages: Client) -> None:
    hits = pages.get("/search.json", params={"q": name}).json()["groups"]
    assert found in {hit["id"] for group in hits for hit in group["hits"]}


@pytest.mark.parametrize("election", ELECTIONS)
def test_it_can_be_exported(election: str, pages: Client) -> None:
    for relation in ("seat_totals", "seats_by_governorate", "completeness"):
        text = pages.get(f"/elections/{relation}.csv", params={"election_id": election, "_size": "max"}).text
        rows = list(csv.DictReader(io.StringIO(text)))
        assert rows and {row["election_id"] for row in rows} == {election}


@pytest.mark.storm
def test_the_tests_of_the_record_pass_with_the_elections_in_it(tmp_path: Path) -> None:
    """All but those of deployment, storms and documents, which are not about the data."""
    project = copy_of_project(tmp_path / "project")
    for files in ELECTIONS.values():
        enter(project / "data", files)
    (project / "tests" / "test_add_election.py").unlink()
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)  # a test copies what git would track
    left_out = ("deploy", "storms", "docs", "upstream", "speed")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "2", *(f"--ignore=tests/test_{name}.py" for name in left_out)],
        cwd=project, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-5000:]
