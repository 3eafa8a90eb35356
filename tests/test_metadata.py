"""Does metadata.yml describe exactly what is in the database, and do its questions work?"""

import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).resolve().parent.parent
METADATA: dict[str, Any] = yaml.safe_load((PROJECT / "metadata.yml").read_text(encoding="utf-8"))
ELECTIONS: dict[str, Any] = METADATA["databases"]["elections"]
# The rows kept of views are named there only to be hidden.
TABLES: dict[str, Any] = {name: told for name, told in ELECTIONS["tables"].items() if not name.startswith("kept_")}
QUERIES: dict[str, Any] = ELECTIONS["queries"]
TABLE_KEYS = {"title", "description", "facets", "sort", "sort_desc", "label_column", "size", "hidden", "columns"}
PARAMETER = re.compile(r":([a-z_]+)")


@pytest.fixture
def columns(db: sqlite3.Connection) -> dict[str, list[str]]:
    """Columns of every table and view; the full-text index, what SQLite keeps it in, and kept rows are neither."""
    relations = db.execute(
        "select name from pragma_table_list where type in ('table', 'view') and name not like 'sqlite%'"
        " and name not like 'kept!_%' escape '!'"
    ).fetchall()
    return {name: [row["name"] for row in db.execute(f"pragma table_info({name})")] for (name,) in relations}


def parameters(query: dict[str, Any]) -> list[str]:
    return sorted(set(PARAMETER.findall(query["sql"])))


def explained(query: dict[str, Any]) -> dict[str, str]:
    """What the description says of each parameter: one line each, 'name: words; empty for ...'."""
    return dict(re.findall(r"^([a-z_]+): (.+)$", query["description"], re.MULTILINE))


def table_named(line: str) -> str:
    """The table of whose ids a line speaks: 'an id of the table elections; empty for all.'"""
    found = re.match(r"an id of the table (\w+)", line)
    return found[1] if found else ""


def named_values(line: str) -> list[str]:
    """The values that a line names: after 'such as' where it says so, else all before the semicolon."""
    words = line.partition(";")[0]
    if table_named(line) and "such as" not in words:
        return []
    return re.split(r", | or ", words.partition("such as ")[2] or words)


def examples() -> list[tuple[str, str, str]]:
    return [
        (name, parameter, value)
        for name, query in QUERIES.items()
        for parameter, line in explained(query).items()
        for value in named_values(line)
    ]


def run(db: sqlite3.Connection, name: str, values: dict[str, str] | None = None) -> list[sqlite3.Row]:
    query = QUERIES[name]
    return db.execute(query["sql"], dict.fromkeys(parameters(query), "") | (values or {})).fetchall()


def test_the_rows_kept_of_views_are_hidden(db: sqlite3.Connection) -> None:
    kept = {name for (name,) in db.execute("select name from sqlite_master where name like 'kept!_%' escape '!'")}
    assert kept
    hidden = {name: told for name, told in ELECTIONS["tables"].items() if name.startswith("kept_")}
    assert hidden == {name: {"hidden": True} for name in kept}


def test_no_rule_says_who_may_see_what() -> None:
    """plugins/site.py lets everybody see all of the database without looking for such a rule."""
    assert not re.search(r"^\s*allow(_sql)?:", (PROJECT / "metadata.yml").read_text(encoding="utf-8"), re.MULTILINE)


def test_every_table_and_view_is_described_and_nothing_else(columns: dict[str, list[str]]) -> None:
    assert sorted(TABLES) == sorted(columns)


def test_every_column_is_described_and_nothing_else(columns: dict[str, list[str]]) -> None:
    for name, table in TABLES.items():
        assert list(table["columns"]) == columns[name], f"columns of {name}, in the order of the table"


def test_settings_of_a_table_name_real_columns(columns: dict[str, list[str]], subtests: pytest.Subtests) -> None:
    for name in TABLES:
        with subtests.test(name):
            table = TABLES[name]
            assert set(table) <= TABLE_KEYS
            named = table.get("facets", []) + [
                table[key] for key in ("sort", "sort_desc", "label_column") if key in table
            ]
            assert set(named) <= set(columns[name])
            assert not {"sort", "sort_desc"} <= set(table), "Datasette refuses both"


def test_descriptions_of_a_table_are_sentences(subtests: pytest.Subtests) -> None:
    for name in TABLES:
        with subtests.test(name):
            table = TABLES[name]
            for text in [table["description"], *table["columns"].values()]:
                assert re.fullmatch(r"\S.*\.", text, re.DOTALL), text
            assert table["title"].strip() and not table["title"].endswith(".")


def test_every_table_that_is_referred_to_has_a_label(db: sqlite3.Connection, columns: dict[str, list[str]]) -> None:
    referred = {row["table"] for name in columns for row in db.execute(f"pragma foreign_key_list({name})")}
    assert not [name for name in sorted(referred) if "label_column" not in TABLES[name]]


def test_a_query_has_a_name_of_its_own(columns: dict[str, list[str]]) -> None:
    assert len(QUERIES) >= 12
    assert not set(QUERIES) & set(columns), "the address of a table would be taken by the query"


def test_a_query_explains_itself(subtests: pytest.Subtests) -> None:
    for name in QUERIES:
        with subtests.test(name):
            query = QUERIES[name]
            assert set(query) == {"title", "description", "hide_sql", "sql"}
            assert query["title"].strip()
            for line in query["description"].splitlines():
                assert line.endswith("."), line
            assert sorted(explained(query)) == parameters(query)
            assert all("; empty for " in line for line in explained(query).values())


def test_lines_of_a_query_fit_a_phone(subtests: pytest.Subtests) -> None:
    for name in QUERIES:
        with subtests.test(name):
            assert max(map(len, QUERIES[name]["sql"].splitlines())) <= 64


def test_a_query_answers_without_parameters(db: sqlite3.Connection, subtests: pytest.Subtests) -> None:
    for name in QUERIES:
        with subtests.test(name):
            empty = dict.fromkeys(parameters(QUERIES[name]), "")
            columns = [column[0] for column in db.execute(QUERIES[name]["sql"], empty).description]
            assert len(columns) == len(set(columns)), "two columns of one name"
            if name != "unfilled_councils":  # the best answer is none
                assert run(db, name)


def test_a_query_answers_every_value_that_it_names(db: sqlite3.Connection, subtests: pytest.Subtests) -> None:
    for name, parameter, value in examples():
        with subtests.test(f"{name}: {parameter}={value}"):
            rows = run(db, name, {parameter: value})
            # Where a question is about faults, a place without any is a good answer.
            if name not in ("unfilled_councils", "disagreeing_sources"):
                assert rows


def test_a_query_answers_ids_of_the_table_that_it_names(db: sqlite3.Connection, subtests: pytest.Subtests) -> None:
    for name, query in QUERIES.items():
        for parameter, line in explained(query).items():
            if table := table_named(line):
                with subtests.test(f"{name}: {parameter}"):
                    ids = [row[0] for row in db.execute(f"select id from {table} order by id limit 500")]
                    # The first election of all is later than none.
                    assert any(run(db, name, {parameter: value}) for value in ids)


def test_a_query_answers_nothing_to_a_value_that_it_does_not_know(
    db: sqlite3.Connection, subtests: pytest.Subtests
) -> None:
    for value in ["nowhere", "'", '"', "%", "x' or 1 = 1 --", "٪"]:
        with subtests.test(value):
            for name, query in QUERIES.items():
                for parameter in parameters(query):
                    found = run(db, name, {parameter: value})
                    # A quote or a percent sign may be part of a printed name.
                    is_free = parameter in ("name", "heading")
                    assert is_free or len(found) < max(2, len(run(db, name))), (name, parameter)
                    if value == "nowhere":
                        assert not found, (name, parameter)


def test_a_governorate_is_found_by_id_or_name(db: sqlite3.Connection, subtests: pytest.Subtests) -> None:
    for spelling in ["dhi-qar", "Dhi Qar", "DHI QAR", " dhi qar ", "ذي قار"]:
        with subtests.test(spelling):
            for name, query in QUERIES.items():
                if "governorate" in parameters(query):
                    assert run(db, name, {"governorate": spelling}) == run(db, name, {"governorate": "dhi-qar"})


def test_every_claim_of_a_result_is_found(db: sqlite3.Connection) -> None:
    """How do we know: the claims that a result points at are among the answers, marked as adopted."""
    results = db.execute("select * from results").fetchall()
    for result in results[:: max(1, len(results) // 60)]:
        found = {row["claim_id"]: row["adopted"] for row in run(db, "how_do_we_know", {"result": result["id"]})}
        for claim in (result["votes_claim_id"], result["seats_claim_id"]):
            assert claim is None or found[claim] == 1


def test_lists_that_share_the_first_place_are_all_named(db: sqlite3.Connection) -> None:
    """From the tables of the councils: two lists with 9 seats in Baghdad, three with 3 in Muthanna, and so on."""
    found = {row["governorate"]: row for row in run(db, "two_elections")}
    law, nabni, forces = "State of Law Coalition", "Nabni (We Build) Alliance", "National State Forces Alliance"
    shared = {
        ("Baghdad", "later"): ([nabni, law], 9),
        ("Muthanna", "later"): ([nabni, forces, law], 3),
        ("Najaf", "later"): ([nabni, law], 3),
        ("Wasit", "earlier"): (["Citizens Alliance (Muwatin)", "State of Law Coalition"], 7),
        ("Kirkuk", "later"): (["Kirkuk Our Strength and Our Will"], 5),
    }
    for (governorate, when), (lists, seats) in shared.items():
        row = found[governorate]
        assert row[f"{when}_strongest"].split(" / ") == lists
        assert row[f"{when}_its_seats"] == seats
    assert len(found) == 15
