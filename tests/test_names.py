"""Does each printed name denote what it should: one list under many names, two lists under like names?"""

import sqlite3
from pathlib import Path

import pytest
from spoiling import add, read_rows, rows_of

# Names of the five documents that denote one list, by the list.
ONE_LIST = {
    "nabni-2023": [
        "Nabni (We Build) Alliance", "Nabni (We Build) Coalition", "Nabni (We Build) coalition", "Nabni Alliance",
        "Nabni coalition", "We Build coalition", "Nai (We Build) Alliance", "Fatah Alliance",
    ],
    "taqadum-2023": ["Taqadum Party", "Taqadum Alliance", "Takadum Alliance", "Taqadum", "Progress Party"],
    "azm-2023": ["Azm Alliance", "Azem"],
    "tasmim-2023": ["Tasmim", "Tasmeem Alliance", "Tasmeem coalition"],
    "absher-ya-iraq-2023": ["Absher Ya Iraq", "Good News, Iraq"],
    "hasm-2023": [
        "Al-Hasm", "Al-Hasm Al-Watani", "Al-Hasm Alliance", "Al-Hasm Party", "National Determination Alliance",
    ],
    "national-state-forces-2023": [
        "National State Forces Alliance", "National State Forces coalition", "State Forces Alliance",
        "State Forces Coalition", "Alliance of National State Forces", "Civil State Forces Alliance",
    ],
    "siyada-2023": ["Sovereignty Party", "Sovereignty Alliance", "The Sovereignty", "National Sovereignty Alliance"],
    "state-of-law-2023": ["State of Law Coalition", "State of Law coalition"],
    "asas-2023": ["Al-Asas Al-Iraqi Coalition", "Al-Asas Alliance"],
    "ishraqat-kanoun-2023": ["Ishraqat Kanoun", "Ishraqat Kanoon"],
    "qiyam-2023": ["Kiyam Alliance", "Kiyam Coalition", "Civil Democratic Alliance"],
    "kirkuk-our-strength-and-will-2023": [
        "Kirkuk Our Strength and Our Will coalition", "Kirkuk Our Strength and Will",
        '"Kirkuk Our Strength and Our Will" coalition',
    ],
    "arab-alliance-in-kirkuk-2023": ["Arab Alliance", "Arab Alliance in Kirkuk"],
    "united-iraqi-turkmen-front-2023": ["United Iraqi Turkmen Front", "Iraqi Turkmen Front"],
    "uruba-2023": ["Al-Ourouba Alliance", "Al-Uruba Alliance"],
    "wasit-ajmal-2023": ["Wasit Ajmal Alliance", '"Wasit Ajmal" list'],
    "ibdaa-karbala-2023": ["Ibdaa Karbala", "Ibdaa Karbala coalition"],
    "jamaheer-2023": [
        "Al-Jamaheer Al-Wataniya Party", "National Party of the Masses", "National Masses Coalition Party",
    ],
    "nineveh-for-its-people-2023": [
        "Nineveh for its People Alliance", "Nineveh, For Its People Coalition", "Nineveh for Its People",
    ],
    "babylon-2023": ["Babylon Movement", "Babylon movement"],
    "athra-2023": ["Athra Alliance", "Ethra Alliance"],
    "hammurabi-2023": ["Hammurabi Coalition", "Hamurabi Coalition"],
    "dawa-iraq-organisation-2013": [
        "Islamic Dawa Party – Iraq Organisation", "Islamic Daw'a Party – Iraq Organisation",
    ],
    "al-iraqia-national-and-united-2013": [
        "Al Iraqia National and United Coalition", "Al Iraqla National and United Coalition",
    ],
}  # fmt: skip

# Like names that are two lists. The last one is of the same words and stood in the other election.
TWO_LISTS = [
    ("Qimam Alliance", "2023", "Kiyam Alliance", "2023"),
    ("Civic Democratic Alliance", "2023", "Civil Democratic Alliance", "2023"),
    ("Civil Democratic Alliance in Wasit", "2013", "Civil Democratic Coalition", "2013"),
    ("Babil Civil Alliance", "2013", "Al Diwaniyah's Civil Alliance", "2013"),
    ("National Diyala Alliance", "2023", "Istihqaq Diyala", "2023"),
    ("Diyala's National Alliance", "2013", "Diyala's New Coalition", "2013"),
    ("Nineveh for Its People", "2023", "Union of the People of Nineveh", "2023"),
    ("Nineveh's National Alliance", "2013", "Nineveh's Bravery Coalition", "2013"),
    ("Loyalty to Najaf", "2013", "Loyalty to Nineveh List", "2013"),
    ("Al Anbar United Coalition", "2013", "United Al-Anbar Alliance", "2023"),
    ("Al-Anbar Our Identity", "2023", "United Al-Anbar Alliance", "2023"),
    ("Iraqi Turkmen Front", "2023", "Kurdistan Democratic Party", "2023"),
    ("Aabiroun Coalition", "2013", "Amiroun Coalition", "2013"),
    ("National State Forces Alliance", "2023", "National Framework Alliance", "2023"),
    ("Kurdistan Democratic Party", "2023", "Patriotic Union of Kurdistan", "2023"),
    ("Salahuddine National Alliance", "2013", "Salahuddine Unified Coalition", "2013"),
    ("State of Law Coalition", "2013", "State of Law Coalition", "2023"),
]

# Names that denote a candidate: two spellings of one person, or one who stood alone.
ONE_CANDIDATE = {
    "ameel-putros-2023": ["Ameel Putros Qanstantin Ibrahim Agha", "Amel Butrus Kostantin Ibrahim Agha"],
    "karam-ramez-2023": ["Karam Ramez Ostin Ablahad Ostin", "Karam Ramiz Wastin Abhalad Wastin"],
    "ismael-yahya-2023": ["Ismael Yahya Essa Dakhel Al Qaysi"],
    "riad-abdel-wahed-2023": ["Riad Abdel Wahed"],
    "raed-jabar-saleh-2013": ["Raed Jabar Saleh Sabean Minority seat"],
}

COMPONENT_CONTESTS = {
    "2013-baghdad-feyli-kurd", "2013-baghdad-turkmen", "2013-baghdad-christian", "2013-baghdad-sabean-mandaean",
    "2013-basra-christian", "2013-nineveh-christian", "2013-nineveh-shabak", "2013-nineveh-yazidi",
    "2013-wasit-feyli-kurd",
    "2023-baghdad-feyli-kurd", "2023-baghdad-christian", "2023-baghdad-sabean-mandaean", "2023-basra-christian",
    "2023-kirkuk-christian", "2023-maysan-sabean-mandaean", "2023-nineveh-shabak", "2023-nineveh-yazidi",
    "2023-nineveh-christian", "2023-wasit-feyli-kurd",
}  # fmt: skip


def denoted(db: sqlite3.Connection, name: str, election: str, column: str = "list_id") -> set[str]:
    found = db.execute(
        f"select distinct {column} from list_names where name_as_printed = ? and election_id = ?", (name, election)
    )
    return {row[0] for row in found}


def test_the_names_of_one_list(db, subtests: pytest.Subtests) -> None:
    for list_id in ONE_LIST:
        with subtests.test(list_id):
            for name in ONE_LIST[list_id]:
                assert denoted(db, name, list_id[-4:]) == {list_id}, name
            printed = {
                row[0]
                for row in db.execute(
                    """select distinct name_as_printed from claims where list_id = ? and candidate_id is null
                    and (source_id like 'wikipedia-20%' or source_id in ('shafaq-2023-12-22', 'shafaq-2023-12-28'))""",
                    (list_id,),
                )
            }
            assert printed >= set(ONE_LIST[list_id])


def test_like_names_that_are_two_lists(db, subtests: pytest.Subtests) -> None:
    for one, election, other, other_election in TWO_LISTS:
        with subtests.test(f"{one}, {other}"):
            first, second = denoted(db, one, election), denoted(db, other, other_election)
            assert first and second and None not in first | second
            assert not first & second


def test_the_names_of_one_candidate(db, subtests: pytest.Subtests) -> None:
    for candidate in ONE_CANDIDATE:
        with subtests.test(candidate):
            for name in ONE_CANDIDATE[candidate]:
                assert denoted(db, name, candidate[-4:], "candidate_id") == {candidate}, name


def test_two_candidates_with_one_number_stay_two(db) -> None:
    """Wikipedia prints number 154 for both; whichever is the slip, they are two people."""
    found = db.execute(
        """select distinct candidate_id from claims
        where source_id = 'wikipedia-2023' and measure = 'list_number' and value = 154"""
    ).fetchall()
    assert {row[0] for row in found} == {"karam-ramez-2023", "ismael-yahya-2023"}


def test_the_civil_state_forces_are_the_state_forces_in_qadisiyyah_only(db) -> None:
    found = db.execute(
        "select governorate_id, list_id from list_names where name_as_printed = 'Civil State Forces Alliance'"
    ).fetchall()
    assert [tuple(row) for row in found] == [("qadisiyyah", "national-state-forces-2023")]
    result = db.execute(
        """select seats from results
        where contest_id = '2023-qadisiyyah-general' and list_id = 'national-state-forces-2023'"""
    ).fetchone()
    assert result["seats"] == 2


def test_the_wisdom_movement_is_a_party_and_no_list(db) -> None:
    found = db.execute("select * from list_names where name_as_printed = 'National Wisdom Movement'").fetchone()
    assert (found["denotes"], found["list_id"], found["party_id"]) == ("party", None, "national-wisdom-movement")
    assert not db.execute(
        "select id from lists where party_id = 'national-wisdom-movement' and id like '%-2023'"
    ).fetchall()
    member = db.execute("select list_id from list_members where party_id = 'national-wisdom-movement'").fetchall()
    assert [row[0] for row in member] == ["national-state-forces-2023"]


def test_what_the_infobox_gives_the_wisdom_movement_is_given_to_no_list(db) -> None:
    """23 seats and 509,172 votes: the votes are those that the table of the same page gives Progress."""
    claims = db.execute(
        """select claims.measure, claims.value, figures.subject, figures.list_id from claims
        inner join figures on claims.figure_id = figures.id
        where claims.name_as_printed = 'National Wisdom Movement' and claims.source_id = 'wikipedia-2023'
            and claims.measure in ('seats', 'votes') order by 1"""
    ).fetchall()
    assert [tuple(row) for row in claims] == [("seats", 23, "party", None), ("votes", 509172, "party", None)]
    assert not db.execute("select id from results where votes = 509172").fetchall()


def test_a_name_of_one_place_means_something_else_elsewhere(db) -> None:
    """The Feyli list of Baghdad and Wasit; in Diyala the name stands for the list of the Kurdish parties."""
    found = db.execute(
        """select governorate_id, list_id, seat_type from list_names
        where name_as_printed = 'Feylis Kurds Brotherhood List' order by 1"""
    ).fetchall()
    assert [tuple(row) for row in found] == [
        ("diyala", "brotherhood-and-coexistence-2013", None),
        ("wasit", "feyli-kurds-brotherhood-2013", "feyli_kurd"),
    ]


def test_every_printed_name_resolves(db) -> None:
    """A name denotes a list, a candidate, a party or a place: its claims say which."""
    lost = db.execute(
        """select claims.id from claims
        inner join source_tables on claims.source_table_id = source_tables.id
        where claims.name_as_printed is not null and source_tables.kind <> 'turnout'
            and not exists (
                select 1 from list_names
                where list_names.name_as_printed = claims.name_as_printed
                    and list_names.election_id = claims.election_id
                    and coalesce(list_names.governorate_id, claims.governorate_id, '')
                    = coalesce(claims.governorate_id, '')
            )"""
    ).fetchall()
    assert not lost, [row[0] for row in lost]
    places = db.execute(
        """select claims.id from claims inner join source_tables on claims.source_table_id = source_tables.id
        where source_tables.kind = 'turnout' and name_as_printed not in (
            select name_as_printed from governorate_names
        )"""
    ).fetchall()
    assert not places, [row[0] for row in places]


def test_every_heading_of_a_governorate_is_a_name_of_it(db) -> None:
    headings = db.execute(
        """select source_tables.id, source_tables.locator, source_tables.governorate_id from source_tables
        where governorate_id is not null and kind = 'results'
            and source_id in ('wikipedia-2023', 'wikipedia-2023-assyrian', 'wikipedia-2013', 'shafaq-2023-12-28',
                'shafaq-2023-12-22')"""
    ).fetchall()
    names = {row["name_as_printed"]: row["governorate_id"] for row in db.execute("select * from governorate_names")}
    assert len(headings) == 14 + 15 + 15 + 2 + 4
    for row in headings:
        assert names[row["locator"]] == row["governorate_id"], row["id"]


def test_the_two_parts_of_baghdad(db) -> None:
    found = db.execute(
        """select name_as_printed, governorate_id, reporting_unit_id from governorate_names
        where name_as_printed in ('Baghdad (Rusafa)', 'Baghdad (Karkh)') order by 1"""
    ).fetchall()
    assert [tuple(row) for row in found] == [
        ("Baghdad (Karkh)", "baghdad", "baghdad-karkh"),
        ("Baghdad (Rusafa)", "baghdad", "baghdad-rusafa"),
    ]


def test_every_name_says_how_sure_it_is_and_why(db) -> None:
    for table in ("list_names", "governorate_names", "list_members"):
        assert not db.execute(
            f"""select rowid from {table}
            where certainty not in ('certain', 'likely') or length(trim(coalesce(evidence, ''))) < 10"""
        ).fetchall(), table


DOUBTFUL = [
    "Fatah Alliance", "National Determination Alliance", "Civil Democratic Alliance", "Civil State Forces Alliance",
    "Kurdistan List", "Karam Ramiz Wastin Abhalad Wastin",
]  # fmt: skip


def test_a_doubtful_meaning_is_called_likely(db, subtests: pytest.Subtests) -> None:
    for name in DOUBTFUL:
        with subtests.test(name):
            found = db.execute("select certainty from list_names where name_as_printed = ?", (name,)).fetchall()
            assert {row[0] for row in found} == {"likely"}


def test_the_name_in_the_database_is_the_name_in_the_file(db, project: Path) -> None:
    """Nothing is folded: no capital, accent or apostrophe is changed on the way."""
    typed = [row["name_as_printed"] for row in rows_of(project / "data", "list_names")]
    assert typed == [row[0] for row in db.execute("select name_as_printed from list_names order by id")][: len(typed)]
    assert {"People’s Parliament", "Ma'ālim Kerkūk Alliance", "Our Kirkuk (Kerkūkunā)"} <= set(typed)


def test_a_list_stands_in_one_election(db) -> None:
    assert not db.execute(
        """select list_names.name_as_printed from list_names inner join lists on list_names.list_id = lists.id
        where list_names.election_id <> lists.election_id"""
    ).fetchall()
    assert not db.execute("select id from lists where id not like '%-' || election_id").fetchall()


def test_no_list_has_two_rows_in_one_contest(db) -> None:
    assert not db.execute(
        """select contest_id, list_id from results where list_id is not null
        group by contest_id, list_id having count(*) > 1"""
    ).fetchall()


def test_the_minority_seats_are_contests_of_their_own(db) -> None:
    query = "select id, seats from contests where seat_type <> 'general' and election_id in ('2013', '2023')"
    found = db.execute(query).fetchall()
    assert {row["id"] for row in found} == COMPONENT_CONTESTS
    assert {row["seats"] for row in found} == {1}


CONTESTS = [
    ("wikipedia-2013", "baghdad", "Feylis Kurds Brotherhood List Kurdish Minority seat", "2013-baghdad-feyli-kurd"),
    ("wikipedia-2013", "baghdad", "Baghdad Turkmen list Turkmen Minority seat", "2013-baghdad-turkmen"),
    ("wikipedia-2013", "baghdad", "Chaldean Syriac Assyrian Gathering Coalition Assyrian Minority seat",
     "2013-baghdad-christian"),
    ("wikipedia-2013", "baghdad", "Raed Jabar Saleh Sabean Minority seat", "2013-baghdad-sabean-mandaean"),
    ("wikipedia-2013", "nineveh", "Chaldean Syriac Assyrian Gathering Coalition", "2013-nineveh-christian"),
    ("wikipedia-2013", "nineveh", "Al Shabak Freeman Council", "2013-nineveh-shabak"),
    ("wikipedia-2013", "nineveh", "Yazidi Movement for Reform and Progress", "2013-nineveh-yazidi"),
    ("wikipedia-2013", "wasit", "Feylis Kurds Brotherhood List", "2013-wasit-feyli-kurd"),
    ("wikipedia-2013", "diyala", "Feylis Kurds Brotherhood List", "2013-diyala-general"),
    ("wikipedia-2013", "saladin", "Salahuddine Turkmen's list", "2013-saladin-general"),
    ("wikipedia-2023", "kirkuk-christian", "Babylon movement", "2023-kirkuk-christian"),
    ("wikipedia-2023", "kirkuk-christian", "Karam Ramiz Wastin Abhalad Wastin", "2023-kirkuk-christian"),
    ("shafaq-2023-12-28", "kirkuk", "Babylon Movement", "2023-kirkuk-christian"),
    ("shafaq-2023-12-28", "kirkuk", "Arab Alliance", "2023-kirkuk-general"),
    ("shafaq-2023-12-28", "nineveh", "Babylon Movement", "2023-nineveh-christian"),
    ("shafaq-2023-12-28", "nineveh", "Muhammad Arif Al-Shabki", "2023-nineveh-shabak"),
    ("shafaq-2023-12-28", "nineveh", "Aidan Shivan Sharo Al-Yazidi", "2023-nineveh-yazidi"),
    ("shafaq-2023-12-28", "maysan", "Riad Abdel Wahed", "2023-maysan-sabean-mandaean"),
    ("wikipedia-2023-assyrian", "basra", "Fahram Hayek Agnateos Agheek", "2023-basra-christian"),
    ("wikipedia-2023-assyrian", "ninewa", "Rabea Yousef Elias Jajo Soran", "2023-nineveh-christian"),
]  # fmt: skip


def test_a_row_belongs_to_its_contest(db, subtests: pytest.Subtests) -> None:
    for source, slug, name, contest in CONTESTS:
        with subtests.test(f"{source}/{slug}: {name}"):
            found = db.execute(
                """select distinct figures.contest_id from claims
                inner join figures on claims.figure_id = figures.id
                inner join source_tables on claims.source_table_id = source_tables.id
                where claims.source_id = ? and slug = ? and name_as_printed = ?""",
                (source, slug, name),
            ).fetchall()
            assert [row[0] for row in found] == [contest]


@pytest.mark.parametrize(
    ("places", "is_refused"),
    [(["basra", "wasit"], False), (["", "basra"], False), (["basra", "basra"], True), (["", ""], True)],
)
def test_a_party_may_be_a_member_of_an_alliance_in_several_governorates(
    data: Path, build_with, open_built, places: list[str], is_refused: bool
) -> None:
    for place in places:
        add("list_members.csv", {"list_id": "nabni-2023", "party_id": "badr-organisation"},
            party_id="muttahidoon", governorate_id=place)(data)  # fmt: skip
    built = build_with()
    assert built.returncode == is_refused, built.stderr
    if is_refused:
        line = len(read_rows(data / "2023/list_members.csv")) + 1
        assert built.stderr.startswith(f"data/2023/list_members.csv:{line}: found a row that says the same of the same")
        return
    query = "select governorate_id from list_members where list_id = 'nabni-2023' and party_id = 'muttahidoon'"
    assert [row[0] or "" for row in open_built().execute(query)] == places


def test_what_a_name_means_in_a_governorate_comes_before_what_it_means_elsewhere(
    data: Path, build_with, open_built
) -> None:
    add("list_names.csv", {"name_as_printed": "Absher Ya Iraq"}, name_as_printed="State of Law Coalition",
        governorate_id="wasit", list_id="nabni-2023")(data)  # fmt: skip
    built = build_with()
    assert built.returncode == 0, built.stderr
    query = """select distinct governorate_id, list_id from claims where election_id = '2023'
        and name_as_printed = 'State of Law Coalition' and governorate_id in ('wasit', 'basra') order by 1"""
    assert [tuple(row) for row in open_built().execute(query)] == [
        ("basra", "state-of-law-2023"),
        ("wasit", "nabni-2023"),
    ]
