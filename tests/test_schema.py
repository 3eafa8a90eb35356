"""Does the database keep its contract: its tables, views, keys and rules?"""

import re
import sqlite3

import pytest
from conftest import PROJECT, rolled_back

SCHEMA = PROJECT / "sql" / "schema.sql"

# People's queries and links rest on these: a column may be added, none renamed or taken away.
TABLES = {
    "elections": "id title title_ar short_title short_title_ar note note_ar polling_date electorate_id",
    "allocation_rules": "id title title_ar method first_divisor_numerator first_divisor_denominator second_divisor"
    " divisor_step remainders description basis evidence",
    "governorates": "id name name_ar name_ckb name_kmr iso_3166_2 pcode",
    "reporting_units": "id governorate_id parent_id kind name name_ar",
    "contests": "id election_id governorate_id seat_type seats polling_date rule_id seats_basis evidence",
    "parties": "id name name_ar name_ar_basis note",
    "lists": "id election_id name name_ar name_ar_basis party_id",
    "party_links": "earlier_party_id later_party_id kind certainty evidence",
    "list_members": "list_id party_id governorate_id certainty evidence",
    "list_names": "name_as_printed election_id governorate_id denotes list_id candidate_id party_id seat_type"
    " certainty evidence",
    "governorate_names": "name_as_printed election_id governorate_id reporting_unit_id certainty evidence",
    "candidates": "id name name_ar contest_id list_id note",
    "sources": "id title publisher kind language digits published_on url licence copied_from citation_note",
    "source_tables": "id source_id position slug section locator caption cites election_id governorate_id seat_type"
    " vote stage stage_as_printed kind row_count note",
    "claims": "id source_id source_table_id locator row_number column_as_printed name_as_printed measure"
    " value_as_printed value decimals election_id governorate_id stage list_id candidate_id party_id figure_id",
    "figures": "id election_id governorate_id reporting_unit_id contest_id vote subject list_id candidate_id party_id"
    " measure adopted_claim_id decision_id",
    "decisions": "id figure_id basis adopted_claim_id adopted_value reason",
    "decision_evidence": "decision_id claim_id",
    "results": "id contest_id list_id candidate_id votes votes_claim_id votes_decision_id seats seats_basis"
    " seats_claim_id seats_decision_id",
    "national_totals": "id election_id list_id votes votes_claim_id votes_decision_id seats seats_claim_id"
    " seats_decision_id",
    "place_totals": "id election_id governorate_id votes votes_claim_id other_votes other_votes_claim_id seats"
    " seats_claim_id",
    "turnout": "id election_id governorate_id reporting_unit_id vote registered_voters registered_voters_claim_id"
    " ballots_cast ballots_cast_claim_id turnout_as_printed turnout_claim_id denominator",
    "national_turnout": "id election_id reporting_unit_id vote registered_voters registered_voters_claim_id"
    " ballots_cast ballots_cast_claim_id turnout_as_printed turnout_claim_id denominator",
    "checks": "id code title status election_id governorate_id list_id source_id subject expected found difference"
    " claim_ids decision_id",
}
VIEWS = {
    "adopted": "figure_id claim_id decision_id value",
    "seat_totals": "election_id list_id candidate_id party_id list seats general_seats component_seats"
    " governorates_won votes votes_basis",
    "seats_by_governorate": "election_id governorate_id list_id contest_id governorate list votes vote_share seats"
    " seat_share votes_source_id seats_source_id votes_claim_id seats_claim_id",
    "turnout_by_governorate": "election_id governorate_id vote governorate registered_voters ballots_cast turnout"
    " turnout_as_printed denominator",
    "turnout_by_election": "election_id vote registered_voters ballots_cast turnout turnout_as_printed denominator",
    "council_sizes": "election_id governorate_id governorate seats general_seats component_seats adopted_seats"
    " difference agrees",
    "disagreements": "figure_id election_id governorate_id measure adopted_value adopted_source_id other_value"
    " other_source_id adopted_by",
    "preliminary_vs_final": "election_id governorate_id list_id list preliminary_votes later_votes votes_change",
    "component_seats": "contest_id election_id governorate_id seat_type seats candidates winner winner_seats"
    " winner_votes most_votes sources accounts",
    "seat_allocation": "election_id governorate_id list_id candidate_id contest_id seat_type governorate list votes"
    " seats seats_certain seats_possible official_seats difference agrees",
    "seat_ladder": "election_id governorate_id contest_id seat list_id candidate_id governorate list list_seat votes"
    " kind divisor quotient_numerator quotient_denominator quotient awarded tied votes_short",
    "completeness": "contest_id election_id governorate_id seat_type seats seats_filled seats_unfilled names"
    " names_with_votes named_votes remainder total_votes votes_known rule_id rule_known stages_mixed",
    "completeness_of_elections": "election_id contests contests_entered contests_filled seats seats_filled"
    " seats_unfilled",
    "swing": "earlier_election_id later_election_id party_id governorate_id mapping party governorate earlier_votes"
    " later_votes earlier_vote_share later_vote_share vote_share_change earlier_seats later_seats seats_change",
    "turnout_change": "earlier_election_id later_election_id governorate_id reporting_unit_id vote place"
    " earlier_turnout later_turnout change",
    "rule_evidence": "election_id rule_id contests_compared contests_reproduced contests_against",
    "coverage": "election_id governorate_id governorate voted sources results results_with_votes results_with_seats"
    " turnout_counts turnout_figures lists_with_leader",
}
ELECTIONS = {"2013", "2023"}
GOVERNORATES = {
    "anbar", "babil", "baghdad", "basra", "dhi-qar", "diyala", "karbala", "kirkuk", "maysan", "muthanna", "najaf",
    "nineveh", "qadisiyyah", "saladin", "wasit", "duhok", "erbil", "sulaymaniyah",
}  # fmt: skip
FIVE = {
    "wikipedia-2023": "encyclopedia",
    "wikipedia-2023-assyrian": "encyclopedia",
    "shafaq-2023-12-28": "wire",
    "shafaq-2023-12-22": "wire",
    "wikipedia-2013": "encyclopedia",
}


def columns(db: sqlite3.Connection, name: str) -> list[str]:
    return [row["name"] for row in db.execute(f"pragma table_xinfo([{name}])")]


def names(db: sqlite3.Connection, kind: str) -> set[str]:
    """Names of the tables or views; the full-text index, what SQLite keeps it in, and kept rows are neither."""
    found = db.execute(
        "select name from pragma_table_list where type = ? and name not like 'sqlite%'"
        " and name not like 'kept!_%' escape '!'",
        (kind,),
    )
    return {row["name"] for row in found}


def test_a_table_of_the_contract_has_its_columns(db, subtests: pytest.Subtests) -> None:
    for table in TABLES:
        with subtests.test(table):
            assert table in names(db, "table")
            assert set(TABLES[table].split()) <= set(columns(db, table))


def test_a_view_of_the_contract_has_its_columns(db, subtests: pytest.Subtests) -> None:
    for view in VIEWS:
        with subtests.test(view):
            assert view in names(db, "view")
            assert set(VIEWS[view].split()) <= set(columns(db, view))


def test_a_view_begins_with_ids(db) -> None:
    for view in names(db, "view"):
        assert columns(db, view)[0].endswith("id"), view


def test_every_view_answers_and_stands_in_a_file_of_its_name(db) -> None:
    for view in names(db, "view"):
        db.execute(f"select * from [{view}]").fetchall()
    files = {path.stem for path in (PROJECT / "sql" / "views").glob("*.sql")}
    assert files == names(db, "view") - {"adopted"}


def test_every_table_is_strict_and_has_a_primary_key(db) -> None:
    """All but the rows kept of views, which are copied from what is checked."""
    for row in db.execute("pragma table_list"):
        own = row["type"] == "table" and row["schema"] == "main"
        if own and not row["name"].startswith(("sqlite", "kept_")):
            assert row["strict"], row["name"]
            assert any(column["pk"] for column in db.execute(f"pragma table_info([{row['name']}])")), row["name"]


def test_every_column_has_a_comment() -> None:
    bare = []
    table = ""
    for number, line in enumerate(SCHEMA.read_text(encoding="utf-8").splitlines(), 1):
        if opened := re.match(r"create table (\w+)", line):
            table = opened[1]
        elif re.match(r"    (?!check|unique|primary key|foreign key|constraint)\w+ \w+", line) and table:
            if not re.search(r"-- \S.{5,}", line):
                bare.append(f"{number}: {table}: {line.strip()}")
        elif line.startswith(")"):
            table = ""
    assert not bare, "\n".join(bare)


def test_the_check_for_comments_sees_the_columns(db) -> None:
    """Otherwise it would pass on a schema that it cannot read."""
    text = SCHEMA.read_text(encoding="utf-8")
    for table in names(db, "table"):
        body = text.partition(f"create table {table} (")[2].partition("\n) strict;")[0]
        for column in columns(db, table):
            assert re.search(rf"^    {column} \w+.*-- ", body, re.MULTILINE), f"{table}.{column}"


def test_the_file_is_sound(db) -> None:
    assert db.execute("pragma foreign_key_check").fetchall() == []
    assert [row[0] for row in db.execute("pragma integrity_check")] == ["ok"]


def test_columns_that_name_a_row_elsewhere_are_foreign_keys(db) -> None:
    """An id of another table that is no key could point nowhere."""
    free = []
    for table in names(db, "table"):
        keys = {row["from"] for row in db.execute(f"pragma foreign_key_list([{table}])")}
        free += [f"{table}.{name}" for name in columns(db, table) if name.endswith("_id") and name not in keys]
    assert not free, free


def test_the_ids_of_the_contract(db) -> None:
    assert {row["id"] for row in db.execute("select id from elections")} >= ELECTIONS
    assert {row["id"] for row in db.execute("select id from governorates")} == GOVERNORATES
    found = {row["id"]: row["kind"] for row in db.execute("select id, kind from sources")}
    assert FIVE.items() <= found.items()
    assert {row["id"] for row in db.execute("select id from stages")} == {
        "preliminary", "final", "amended", "undated",
    }  # fmt: skip
    assert {row["id"] for row in db.execute("select id from seat_types")} == {
        "general", "christian", "feyli_kurd", "sabean_mandaean", "shabak", "yazidi", "turkmen",
    }  # fmt: skip


def test_ids_are_words_joined_by_hyphens(db) -> None:
    """They make addresses; the words of a fixed meaning are joined by underscores."""
    for table in TABLES:
        for row in db.execute(f"select * from {table}"):
            if "id" in row.keys() and isinstance(row["id"], str) and table not in ("measures", "seat_types"):  # noqa: SIM118
                assert re.fullmatch(r"[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*", row["id"]), f"{table}: {row['id']}"


def test_the_rules_of_allocation_are_data(db) -> None:
    found = db.execute(
        "select distinct election_id, method, first_divisor_numerator, first_divisor_denominator, second_divisor,"
        " divisor_step, basis from contests inner join allocation_rules on allocation_rules.id = rule_id"
        " where seat_type = 'general' and election_id in ('2013', '2023') order by election_id"
    )
    assert [tuple(row) for row in found] == [
        ("2013", "highest_averages", 1, 1, 3, 2, "derived"),
        ("2023", "highest_averages", 17, 10, 3, 2, "read"),
    ]


def test_the_days_of_voting(db) -> None:
    found = {row["id"]: row["polling_date"] for row in db.execute("select id, polling_date from elections")}
    assert found.items() >= {"2013": "2013-04-20", "2023": "2023-12-18"}.items()
    later = db.execute(
        """select distinct governorate_id, contests.polling_date from contests
        inner join elections on contests.election_id = elections.id
        where contests.polling_date <> elections.polling_date and elections.id in ('2013', '2023') order by 1"""
    ).fetchall()
    assert [tuple(row) for row in later] == [("anbar", "2013-06-20"), ("nineveh", "2013-06-20")]


def test_where_each_election_was_held(db) -> None:
    found = db.execute("select distinct election_id, governorate_id from contests").fetchall()
    kurdistan = {"duhok", "erbil", "sulaymaniyah"}
    held = {election: {row[1] for row in found if row[0] == election} for election in ELECTIONS}
    assert held["2023"] == GOVERNORATES - kurdistan
    assert held["2013"] == GOVERNORATES - kurdistan - {"kirkuk"}


def test_unknown_is_null_and_never_empty_text(db) -> None:
    """But for the printed cell: there, nothing printed is what the source says."""
    empty = [
        f"{table}.{column}"
        for table in names(db, "table")
        for column in columns(db, table)
        if (table, column) != ("claims", "value_as_printed")
        and db.execute(f"select count(*) from [{table}] where [{column}] = ''").fetchone()[0]
    ]
    assert not empty, empty


def test_every_claim_says_where_it_stands(db) -> None:
    bad = db.execute(
        """select claims.id from claims
        left join source_tables on claims.source_table_id = source_tables.id
        left join sources on claims.source_id = sources.id
        where sources.id is null or source_tables.id is null or source_tables.source_id <> claims.source_id
            or claims.locator <> source_tables.locator or trim(claims.locator) = '' or claims.row_number < 1
            or trim(claims.column_as_printed) = ''"""
    ).fetchall()
    assert not bad


def test_a_value_is_a_number_and_has_its_precision(db) -> None:
    kinds = {row[0] for row in db.execute("select distinct typeof(value) from claims")}
    assert kinds <= {"integer", "real", "null"}
    assert not db.execute("select id from claims where (value is null) <> (decimals is null)").fetchall()


def test_every_claim_that_has_a_figure_measures_what_the_figure_measures(db) -> None:
    assert not db.execute(
        """select claims.id from claims inner join figures on claims.figure_id = figures.id
        where claims.measure <> figures.measure or claims.election_id <> figures.election_id
            or claims.governorate_id is not figures.governorate_id
            or (figures.list_id is not null and claims.list_id is not figures.list_id)"""
    ).fetchall()
    assert not db.execute(
        """select claims.id from claims inner join measures on claims.measure = measures.id
        where measures.is_figure <> (claims.figure_id is not null)"""
    ).fetchall()


MUST_FAIL = {
    "a claim without a source": "update claims set source_id = null",
    "a claim of a source that is not there": "update claims set source_id = 'nowhere'",
    "a claim without a locator": "update claims set locator = null",
    "a claim without a printed cell": "update claims set value_as_printed = null",
    "a claim whose value is a text": "update claims set value = 'many'",
    "a claim whose value is negative": "update claims set value = -1",
    "a claim of an unknown measure": "update claims set measure = 'luck'",
    "a claim of an unknown stage": "update claims set stage = 'later'",
    "row 0": "update claims set row_number = 0",
    "a result without list and candidate": "update results set list_id = null, candidate_id = null",
    "votes from nowhere": "update results set votes = 1, votes_claim_id = null, votes_decision_id = null",
    "seats from nowhere": "update results set seats = 1, seats_claim_id = null, seats_decision_id = null",
    "seats of no basis": "update results set seats_basis = null where seats is not null",
    "negative votes": "update results set votes = -1",
    "votes that are a text": "update results set votes = 'many'",
    "votes that are a fraction": "update results set votes = 1.5",
    "a result in no contest": "update results set contest_id = 'nowhere'",
    "a contest without seats": "update contests set seats = 0",
    "a contest on no day": "update contests set polling_date = '2023-02-30'",
    "a contest on a day written otherwise": "update contests set polling_date = '18 December 2023'",
    "a second contest for the same seats": "insert into contests select 'again', election_id, governorate_id,"
    " seat_type, seats, polling_date, rule_id, seats_basis, evidence from contests limit 1",
    "a contest under no rule": "update contests set rule_id = 'nothing'",
    "a rule of an unknown method": "update allocation_rules set method = 'lottery'",
    "a rule of unknown basis": "update allocation_rules set basis = 'guess'",
    "a divisor of zero": "update allocation_rules set first_divisor_numerator = 0",
    "a divisor with a fraction": "update allocation_rules set first_divisor_numerator = 1.7",
    "a first divisor without its lower number": "update allocation_rules set first_divisor_denominator = null",
    "a first divisor above the second": "update allocation_rules set first_divisor_numerator = 4 * second_divisor"
    " * first_divisor_denominator",
    "a rule of quotas with a divisor": "update allocation_rules set second_divisor = 3 where method = 'two_quotas'",
    "a rule of quotas with a choice of remainders": "update allocation_rules set remainders = 'all'",
    "a governorate without an Arabic name": "update governorates set name_ar = null",
    "a governorate with a place code of another form": "update governorates set pcode = 'IQ-1'",
    "an Arabic name from nowhere": "update lists set name_ar = 'قائمة', name_ar_basis = null",
    "two lists of one name in one election": "update lists set name = 'The list'",
    "a name that denotes a list and no list given": "update list_names set list_id = null where denotes = 'list'",
    "a name of unknown certainty": "update list_names set certainty = 'perhaps'",
    "a name without evidence": "update list_names set evidence = null",
    "a source of unknown kind": "update sources set kind = 'rumour'",
    "a source in unknown digits": "update sources set digits = 'roman'",
    "a source without a licence": "update sources set licence = null",
    "a decision without a reason": "insert into decisions select 'made-up', id, 'arithmetic', null, 1, null, null"
    " from figures limit 1",
    "a decision that gives neither value nor claim": "insert into decisions select 'made-up', id, 'arithmetic', null,"
    " null, 'Because.', null from figures limit 1",
    "a decision of unknown basis": "insert into decisions select 'made-up', id, 'guess', null, 1, 'Because.', null"
    " from figures limit 1",
    "two decisions on one figure": "insert into decisions select 'made-up-' || value, figures.id, 'arithmetic', null,"
    " 1, 'Because.', null from json_each('[1, 2]') cross join (select id from figures limit 1) as figures",
    "a turnout of an unknown vote": "update turnout set vote = 'secret'",
    "a turnout of unknown denominator": "update turnout set denominator = 'everybody'",
    "a finding of unknown status": "insert into checks values ('x', 'W', 'x', 'perhaps', null, null, null, null, 'x',"
    " null, null, null, '[]', null, null)",
    "an election taken away under its claims": "delete from elections",
    "a claim taken away under its figure": "delete from claims",
}  # fmt: skip


@pytest.fixture
def strict(scratch: sqlite3.Connection) -> sqlite3.Connection:
    """The database to change, which looks at references when they change."""
    scratch.execute("pragma foreign_keys = on")
    return scratch


def test_the_schema_refuses(strict: sqlite3.Connection, subtests: pytest.Subtests) -> None:
    for what, statement in MUST_FAIL.items():
        with subtests.test(what), rolled_back(strict), pytest.raises(sqlite3.IntegrityError):
            strict.execute(statement)


def test_the_schema_accepts_what_is_right(strict: sqlite3.Connection) -> None:
    """So that the refusals above are not those of a schema that refuses everything."""
    strict.execute("update results set votes = 1, votes_decision_id = null where votes_claim_id is not null")
    strict.execute("update contests set polling_date = '2024-02-29'")
    strict.execute("update claims set value = 1.5 where value is not null")
