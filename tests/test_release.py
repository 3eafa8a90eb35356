"""Is a release whole, the same in every format, described, checked and reproducible, and does it tell what changed?"""

import csv
import html
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import frictionless
import openpyxl
import pytest
import yaml
from conftest import PROJECT, copy_of_project, run_build
from spoiling import add, change, index_of, read_rows, write_rows

from elections import codebook, release
from elections.changes import changes
from elections.xlsx import write_workbook

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x.example")', "<script>alert(1)</script>", "& ]]>"]
PARQUET = {"INTEGER": "BIGINT", "TEXT": "VARCHAR", "REAL": "DOUBLE"}


@pytest.fixture(scope="module")
def dist(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of the shared database; what its README says to check it with is asked below."""
    out = tmp_path_factory.mktemp("release") / "dist"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(release, "validate", lambda descriptor: None)
        assert release.main(["--database", str(database), "--out", str(out)]) == 0
    return out


@pytest.fixture
def without_workbook(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what takes longest to write, where something else is asked."""
    monkeypatch.setattr(release, "write_workbook", lambda path, sheets: path.touch())
    monkeypatch.setattr(release, "write_parquet", lambda folder, relations: None)


@pytest.fixture(scope="module")
def package(dist: Path) -> dict[str, Any]:
    return json.loads((dist / "datapackage.json").read_text(encoding="utf-8"))


@pytest.fixture
def relations(db: sqlite3.Connection) -> dict[str, tuple[list[str], list[tuple[Any, ...]]]]:
    """Columns and rows of every table and view, read without the code under test."""
    listed = db.execute(
        "select name from pragma_table_list where type in ('table', 'view') and name not like 'sqlite%'"
        " and name not like 'kept!_%' escape '!'"
    )
    found = {}
    for (name,) in listed.fetchall():
        cursor = db.execute(f"select * from {name}")
        found[name] = [column for column, *_ in cursor.description], [tuple(row) for row in cursor]
    return found


def exact(rows: Any) -> list[str]:
    """Rows in an order of their own, in which 1, 1.0 and '1' differ, and null and empty text."""
    return sorted(repr(tuple(row)) for row in rows)


def in_order(rows: Any) -> list[list[Any]]:
    """Rows as a spreadsheet can hold them, nothing for an empty text as for null, in an order of their own."""
    held = [[None if one == "" else one for one in row] for row in rows]
    return sorted(held, key=lambda row: [f"{one:.6g}" if isinstance(one, int | float) else str(one) for one in row])


def as_text(value: Any) -> str:
    return "" if value is None else str(value)


def test_every_table_and_view_is_there_in_every_format_and_nothing_else(
    dist: Path, package: dict[str, Any], relations: dict[str, Any]
) -> None:
    for format_ in ("csv", "json", "parquet"):
        assert {path.name for path in (dist / format_).iterdir()} == {f"{name}.{format_}" for name in relations}
    assert {resource["name"] for resource in package["resources"]} == set(relations)
    assert not [name for name in relations if name.startswith("search_index")]
    assert {path.name for path in dist.iterdir()} == {
        "elections.db", "elections.xlsx", "csv", "json", "parquet", "datapackage.json", "codebook.md", "codebook.html",
        "CHANGES.md", "README.md", "CITATION.cff", "LICENSE", "LICENSE-DATA.md", "SHA256SUMS",
    }  # fmt: skip


def test_the_database_is_the_one_that_was_built(dist: Path, database: Path) -> None:
    assert (dist / "elections.db").read_bytes() == database.read_bytes()


def test_csv_has_the_rows_and_values_of_the_database(dist: Path, relations: dict[str, Any]) -> None:
    for name, (columns, rows) in relations.items():
        with (dist / "csv" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            header, *lines = csv.reader(file, strict=True)
        assert header == columns
        assert exact(lines) == exact(map(as_text, row) for row in rows), name


def test_csv_tells_an_empty_text_from_null(dist: Path, relations: dict[str, Any]) -> None:
    text = (dist / "csv" / "claims.csv").read_text(encoding="utf-8")
    empty = [row for row in relations["claims"][1] if "" in row]
    assert len(re.findall(r'(?<=,)""(?=,)', text)) == len(empty) > 0


def test_json_has_the_rows_values_and_types_of_the_database(dist: Path, relations: dict[str, Any]) -> None:
    for name, (columns, rows) in relations.items():
        text = (dist / "json" / f"{name}.json").read_text(encoding="utf-8")
        read = json.loads(text)
        assert all(list(row) == columns for row in read)
        assert exact(row.values() for row in read) == exact(rows), name
        assert text.count("\n") == len(rows) + 2, "a row a line"


def test_parquet_has_the_rows_values_and_types_of_the_database(
    dist: Path, relations: dict[str, Any], db: sqlite3.Connection
) -> None:
    mixed = {("checks", "expected"), ("checks", "found")}  # numbers and words
    with duckdb.connect() as duck:
        for name, (columns, rows) in relations.items():
            read = duck.read_parquet(str(dist / "parquet" / f"{name}.parquet"))
            types = dict(zip(read.columns, map(str, read.types), strict=True))
            assert list(types) == columns
            for column, declared in db.execute("select name, type from pragma_table_info(?)", [name]):
                if (name, column) in mixed:
                    assert types[column] == "VARCHAR"
                elif declared in PARQUET:
                    assert types[column] == PARQUET[declared], f"{name}.{column}"
                elif declared == "ANY":
                    assert types[column] == "DOUBLE", f"{name}.{column}"
            like = {"BIGINT": int, "DOUBLE": float, "VARCHAR": str}
            kinds = [like[types[column]] for column in columns]
            typed = [[None if v is None else kind(v) for kind, v in zip(kinds, row, strict=True)] for row in rows]
            assert exact(read.fetchall()) == exact(typed), name


def test_the_workbook_has_the_rows_values_and_types_of_the_database(dist: Path, relations: dict[str, Any]) -> None:
    with warnings.catch_warnings(action="error"):
        workbook = openpyxl.load_workbook(dist / "elections.xlsx", read_only=True)
    assert set(workbook.sheetnames) == {"contents", *(name[:31] for name in relations)}
    for name, (columns, rows) in relations.items():
        header, *lines = workbook[name[:31]].iter_rows(values_only=True)
        width = len(columns)
        assert list(header) == columns
        shown = in_order((*line, *[None] * (width - len(line))) for line in lines)
        # Spreadsheets know one kind of number, and sixteen digits of it.
        for line, row in zip(shown, in_order(rows), strict=True):
            for value, expected in zip(line, row, strict=True):
                number = isinstance(expected, int | float)
                assert value == (pytest.approx(expected, rel=1e-14) if number else expected), name
    assert len(list(workbook["contents"].values)) == 1 + len(relations)


def test_a_text_that_looks_like_a_formula_or_markup_stays_a_text_in_the_workbook(tmp_path: Path) -> None:
    rows: list[list[Any]] = [[*FORMULAS, " a ", "تقدم", None, 0.25, 2**53, -1]]
    write_workbook(tmp_path / "a.xlsx", {"texts": ([f"=c{n}" for n in range(len(rows[0]))], rows)})
    header, line = openpyxl.load_workbook(tmp_path / "a.xlsx")["texts"].iter_rows()
    assert [each.value for each in line] == rows[0]
    assert {each.data_type for each in header} == {"s"}
    texts = [each for each in line if isinstance(each.value, str)]
    assert {each.data_type for each in texts} == {"s"}
    assert {each.number_format for each in texts} == {"@"}, "a text that is edited by hand stays one"
    with pytest.raises(ValueError, match="does not fit"):
        write_workbook(tmp_path / "b.xlsx", {"texts": (["a"], [["x" * 32_768]])})


def test_csv_keeps_texts_verbatim(tmp_path: Path) -> None:
    texts = [*FORMULAS, 'say "no"', "one, two", "line\nbreak"]
    columns = [codebook.Column("text", "text", "A text."), codebook.Column("none", "text", "Null.")]
    rows = [(text, None) for text in texts]
    release.write_csv(tmp_path / "a.csv", codebook.Relation("a", "table", "A", "A.", columns, rows))  # type: ignore[arg-type]
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [["text", "none"], *([text, ""] for text in texts)]


def test_the_codebook_has_every_column_with_its_type_and_description(
    dist: Path, relations: dict[str, Any], package: dict[str, Any]
) -> None:
    words = yaml.safe_load((PROJECT / "metadata.yml").read_text(encoding="utf-8"))["databases"]["elections"]["tables"]
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", (dist / "codebook.md").read_text("utf-8"), re.M | re.S))
    pages = dict(re.findall(r'<h2 id="(\w+)">(.*?)</table>', (dist / "codebook.html").read_text("utf-8"), re.S))
    assert set(sections) == set(pages) == set(relations)
    described = {resource["name"]: resource for resource in package["resources"]}
    for name, (columns, rows) in relations.items():
        read = html.unescape(sections[name]).replace("\\", "")
        assert words[name]["description"] in read
        assert f"{len(rows):,} rows" in read
        assert described[name]["description"] == words[name]["description"]
        assert [(field["name"], field["description"]) for field in described[name]["schema"]["fields"]] == [
            (column, words[name]["columns"][column]) for column in columns
        ]
        for column in columns:
            meaning = words[name]["columns"][column].replace("\n", " ")
            assert re.search(rf"^\| `{column}` \| (\w+) \| .*\| {re.escape(meaning)} \|$", read, re.M), (name, column)
            cells = rf"<td>{column}</td><td>\w+</td><td>[^<]*</td><td>{re.escape(html.escape(meaning))}</td>"
            assert re.search(cells, pages[name]), (name, column)


def test_the_codebook_says_keys_units_and_words(dist: Path) -> None:
    text = (dist / "codebook.md").read_text(encoding="utf-8")
    results = text.partition("\n## results\n")[2].partition("\n## ")[0]
    assert "| `id` | text | key |" in results
    assert "| `contest_id` | text | → contests; never null |" in results
    assert "| `votes` | integer | in votes; from 0 |" in results
    assert "| `turnout` | real | in percent |" in text
    assert "| `effective_parties_votes_low` | real |  |" in text, "no number of votes"
    assert "| `seats_basis` | text | never null; printed or arithmetic |" in text


def test_markup_in_a_description_is_escaped_in_the_codebook() -> None:
    column = codebook.Column("a", "text", "<script>alert(1)</script> | * `")
    relation = codebook.Relation("t", "table", "<b>T</b>", "<img src=x>", [column], [])
    for text in (codebook.html("<i>", ["<u>"], [relation]), codebook.markdown("<i>", ["<u>"], [relation])):
        assert not re.search("<(script|b|img|i|u)[ >]", text)
    assert r"\| \* \`" in text


def test_foreign_and_primary_keys_of_the_package_are_those_of_the_schema(
    package: dict[str, Any], relations: dict[str, Any], db: sqlite3.Connection
) -> None:
    count = 0
    for resource in package["resources"]:
        name, schema = resource["name"], resource["schema"]
        wanted = {
            (column, "" if table == name else table, target)
            for column, table, target in db.execute(
                'select "from", "table", "to" from pragma_foreign_key_list(?)', [name]
            )
        }
        given = [
            (*key["fields"], key["reference"]["resource"], *key["reference"]["fields"])
            for key in schema.get("foreignKeys", [])
        ]
        assert len(given) == len(set(given))
        assert set(given) == wanted, name
        count += len(given)
        primary = [key for (key,) in db.execute("select name from pragma_table_info(?) where pk order by pk", [name])]
        assert schema.get("primaryKey", []) == primary
        required = {field["name"] for field in schema["fields"] if field["constraints"].get("required")}
        assert required == {
            key for (key,) in db.execute('select name from pragma_table_info(?) where pk or "notnull"', [name])
        }
    assert count > 80


def test_the_commands_of_its_readme_find_it_whole(dist: Path) -> None:
    (block,) = re.findall(r"```sh\n(.*?)```", (dist / "README.md").read_text(encoding="utf-8"), re.S)
    assert block.splitlines() == ["sha256sum -c SHA256SUMS", "frictionless validate datapackage.json"]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["sh", "-ec", block], cwd=dist, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    listed = {line.split("  ")[1] for line in (dist / "SHA256SUMS").read_text().splitlines()}
    files = {path.relative_to(dist).as_posix() for path in dist.rglob("*") if path.is_file()}
    assert listed == files - {"SHA256SUMS"}


CORRUPT_CELLS = [
    ("results", "seats", "many", "type-error"),
    ("results", "seats", "-1", "constraint-error"),
    ("results", "contest_id", "", "constraint-error"),
    ("lists", "name", "", "constraint-error"),
    ("results", "list_id", "nobody", "foreign-key"),
    ("lists", "name_ar_basis", "guessed", "constraint-error"),
]


def test_corrupt_cells_are_found(dist: Path, tmp_path: Path) -> None:
    """By the description of the columns, each in a row of its own; and the checksum of the file is another."""
    for folder in ("csv", "datapackage.json"):
        (shutil.copytree if folder == "csv" else shutil.copy)(dist / folder, tmp_path / folder)
    expected: dict[str, set[tuple[str, int]]] = {}
    for table, column, value, error in CORRUPT_CELLS:
        rows = read_rows(tmp_path / "csv" / f"{table}.csv")
        taken = {number for _, number in expected.setdefault(table, set())}
        number = next(number for number, row in enumerate(rows) if row[column] and number + 2 not in taken)
        rows[number][column] = value
        write_rows(tmp_path / "csv" / f"{table}.csv", rows)
        expected[table].add((error, number + 2))
    for table, errors in expected.items():
        report = frictionless.Package(str(tmp_path / "datapackage.json")).get_resource(table).validate()
        found = [tuple(each) for each in report.flatten(["type", "rowNumber"])]
        assert errors | {("hash-count", None)} <= set(found)
        assert len([number for _, number in found if number]) == len(errors), found


def test_duckdb_answers_the_question_of_its_readme_like_sqlite(dist: Path, db: sqlite3.Connection) -> None:
    (query,) = re.findall(r"```sql\n(.*?)```", (dist / "README.md").read_text(encoding="utf-8"), re.S)
    with duckdb.connect() as duck:
        duck.execute("set file_search_path = ?", [str(dist)])
        answer = duck.execute(query).fetchall()
    wanted = db.execute(re.sub(r"'parquet/(\w+)\.parquet'", r"\1", query)).fetchall()
    assert answer == [tuple(row) for row in wanted]
    assert len(answer) == 5


def test_make_release_in_another_folder_clock_language_and_seed_gives_the_same_bytes(
    dist: Path, tmp_path: Path
) -> None:
    """The command of CONTRIBUTING.md, which builds the database, writes the release and validates it."""
    copy = copy_of_project(tmp_path / "a folder with spaces, and القادسية")
    for path in copy.rglob("*.*"):
        os.utime(path, (1_000_000_000, 1_000_000_000), follow_symlinks=False)
    other = {"TZ": "Pacific/Kiritimati", "LC_ALL": "ar_IQ.UTF-8", "PYTHONHASHSEED": "7", "SOURCE_DATE_EPOCH": "1"}
    environment = {key: value for key, value in os.environ.items() if key != "LANG"} | other
    released = subprocess.run(
        ["make", "release"], cwd=copy, env=environment, umask=0o077, capture_output=True, text=True, check=False
    )
    assert released.returncode == 0, released.stderr
    paths = sorted(path.relative_to(dist) for path in dist.rglob("*") if path.is_file())
    assert paths == sorted(path.relative_to(copy / "dist") for path in (copy / "dist").rglob("*") if path.is_file())
    assert [path for path in paths if (dist / path).read_bytes() != (copy / "dist" / path).read_bytes()] == []
    for path in paths:
        content = (dist / path).read_bytes()
        assert str(PROJECT).encode() not in content
        assert str(dist.parent).encode() not in content


@pytest.mark.usefixtures("without_workbook")
def test_a_release_takes_the_place_of_the_last_one_and_tells_what_changed(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release, "validate", lambda descriptor: None)
    out = tmp_path / "dist"
    arguments = ["--database", str(database), "--out", str(out)]
    assert release.main(arguments) == 0
    assert "first release" in (out / "CHANGES.md").read_text()
    (out / "csv" / "old.csv").touch()
    assert release.main([*arguments, "--previous", str(out / "elections.db")]) == 0
    assert "Nothing changed." in (out / "CHANGES.md").read_text()
    assert not (out / "csv" / "old.csv").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["dist"]


@pytest.mark.usefixtures("without_workbook")
@pytest.mark.parametrize("fault", ["description", "validity", "database", "previous"])
def test_a_release_that_fails_leaves_the_last_one(
    scratch: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, fault: str
) -> None:
    built = tmp_path / "elections.db"
    if fault == "description":
        scratch.execute("alter table lists add column undescribed text")
    if fault == "validity":
        scratch.execute("pragma foreign_keys = off")
        scratch.execute("update lists set party_id = 'nobody' where party_id is not null")
    scratch.commit()
    scratch.execute("vacuum into ?", [str(built)])
    if fault == "database":
        built.write_text("no database")
    out = tmp_path / "dist"
    out.mkdir()
    (out / "SHA256SUMS").write_text("the last one")
    assert release.main(
        ["--database", str(built), "--out", str(out), *(["--previous", "no.db"] * (fault == "previous"))]
    )
    told = {
        "description": "lists.undescribed has no description",
        "validity": "The data package is not valid",
        "database": "is no database of elections",
        "previous": "no.db is no database of elections",
    }
    assert told[fault] in capsys.readouterr().err
    assert (out / "SHA256SUMS").read_text() == "the last one"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dist", "elections.db"]


def test_a_folder_that_holds_something_else_is_not_replaced(database: Path, tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "thesis.txt").touch()
    assert release.main(["--database", str(database), "--out", str(tmp_path)]) == 1
    assert "holds something that is no release" in capsys.readouterr().err
    assert (tmp_path / "thesis.txt").exists()


def test_make_release_builds_and_passes_the_release_before_on() -> None:
    told = subprocess.run(
        ["make", "-n", "release", "PREVIOUS=old one.db"], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert re.search(r'python build_db\.py\n.*python -m elections\.release --previous "old one\.db"\n', told.stdout)


def test_the_build_and_so_the_site_does_without_the_tools_of_the_release() -> None:
    question = "import build_db, sys; sys.exit(bool({'duckdb', 'frictionless', 'openpyxl'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", question], cwd=PROJECT, check=False).returncode == 0


# What changed


@pytest.fixture
def told(
    database: Path, data: Path, build_with: Callable[[], subprocess.CompletedProcess[str]], tmp_path: Path
) -> Iterator[Callable[[], str]]:
    """Build from the changed copy of data/ and tell what changed."""

    def tell() -> str:
        built = build_with()
        assert built.returncode == 0, built.stderr
        return changes(database, tmp_path / "elections.db")

    yield tell


def test_the_same_database_has_not_changed(database: Path) -> None:
    done = run_build("--database", database, "--diff", database)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "# What changed in the data\n\nNothing changed."


def test_a_vote_that_changed_is_told_with_both_values(told: Callable[[], str], data: Path) -> None:
    change("wikipedia-2013/02-al-anbar.csv", {"Party": "Muttahidoon"}, "Total votes", "1")(data)
    rows = read_rows(PROJECT / "data" / "2013" / "wikipedia-2013" / "02-al-anbar.csv")
    printed = rows[index_of(rows, Party="Muttahidoon")]["Total votes"]
    text = told()
    before = printed.replace(",", "")
    assert f"- changed `2013-anbar-general-muttahidoon-votes`: value {before} → 1\n" in text
    assert re.search(
        rf"^- changed `wikipedia-2013-\S*-votes`: printed `{printed}` → `1`; value {before} → 1$", text, re.M
    )
    assert "## Findings of the audit" in text, "the total is wrong now"
    assert re.search(r"^- opened `W01-\S+`: status `fails`; expected \d+; found \d+$", text, re.M)
    assert re.search(r"^\| `results` \| (\d+) \| \1 \| 1 \| 1 \|  \|$", text, re.M)
    assert "`parties`" not in text.partition("## Rows")[2]


def test_a_decision_that_was_removed_is_told_with_the_value_that_comes_back(
    told: Callable[[], str], data: Path, db: sqlite3.Connection
) -> None:
    rows = read_rows(data / "2023/decisions.csv")
    gone = rows.pop(index_of(rows, id="kirkuk-uruba-votes"))
    write_rows(data / "2023/decisions.csv", rows)
    text = told()
    assert f"- removed `kirkuk-uruba-votes`: figure `{gone['figure_id']}`; claim `{gone['adopted_claim_id']}`" in text
    assert gone["reason"] in text
    figure = re.search(rf"^- changed `{gone['figure_id']}`: (.*)$", text, re.M)
    assert figure
    assert "decision `kirkuk-uruba-votes` → none" in figure[1]


def test_a_source_that_was_added_is_told_with_its_figures(told: Callable[[], str], data: Path) -> None:
    like = {"id": "hathalyoum-98033"}
    add("sources.csv", like, id="new-source", title=FORMULAS[5], publisher="=1+1")(data)
    add("source_tables.csv", {"source_id": "hathalyoum-98033"}, source_id="new-source")(data)
    for column in ("label", "place", "name", "measure", "value"):
        columns = read_rows(data / "2023/source_columns.csv")
        if any(row["source_id"] == "hathalyoum-98033" for row in columns):
            add(
                "source_columns.csv",
                {"source_id": "hathalyoum-98033", "column_as_printed": column},
                source_id="new-source",
            )(data)
    shutil.copytree(data / "2023/hathalyoum-98033", data / "2023/new-source")
    text = told()
    assert "- added `new-source`: title `<script>alert(1)</script>`; publisher `=1+1`; kind `wire`" in text
    assert "- new `new-source`: cells 2" in text
    assert re.search(r"^\| `sources` \| (\d+) \| \d+ \| 0 \| 1 \|  \|$", text, re.M)


def test_figures_and_findings_that_are_new_or_gone_are_told(
    scratch: sqlite3.Connection, database: Path, tmp_path: Path
) -> None:
    (figure,) = scratch.execute(
        "select id from figures where measure = 'votes' and decision_id is null limit 1"
    ).fetchone()
    (finding,) = scratch.execute("select id from checks where status = 'fails' limit 1").fetchone()
    scratch.execute("pragma foreign_keys = off")
    scratch.execute("delete from figures where id = ?", [figure])
    scratch.execute("update checks set status = 'holds' where id = ?", [finding])
    scratch.execute("update contests set seats = 99 where id = '2023-kirkuk-general'")
    scratch.commit()
    scratch.execute("vacuum into ?", [str(tmp_path / "new.db")])
    text = changes(database, tmp_path / "new.db")
    assert f"- gone `{figure}`: value " in text
    assert f"- closed `{finding}`: status `fails`" in text
    assert "- changed `2023-kirkuk-general`: seats 15 → 99" in text
    back = changes(tmp_path / "new.db", database)
    assert f"- new `{figure}`: value " in back
    assert f"- opened `{finding}`: status `fails`" in back


def test_two_counts_of_stations_that_were_swapped_are_told(scratch: sqlite3.Connection, tmp_path: Path) -> None:
    for file, counts in (("old.db", (7, 9)), ("new.db", (9, 7))):
        scratch.execute("delete from station_results")
        scratch.executemany("insert into station_results values (?, 101, 0, ?)", enumerate(counts, 20230000000001))
        scratch.commit()
        scratch.execute("vacuum into ?", [str(tmp_path / file)])
    text = changes(tmp_path / "old.db", tmp_path / "new.db")
    assert "| `station_results` | 2 | 2 | 2 | 2 |  |" in text


def test_a_row_that_only_got_another_number_has_not_changed(
    scratch: sqlite3.Connection, database: Path, tmp_path: Path
) -> None:
    scratch.execute("update list_names set id = id + 1000")
    scratch.execute("update claims set position = position + 10000")
    scratch.commit()
    scratch.execute("vacuum into ?", [str(tmp_path / "new.db")])
    assert changes(database, tmp_path / "new.db") == "# What changed in the data\n\nNothing changed.\n"


def test_a_database_of_another_schema_is_compared_as_far_as_it_goes(
    scratch: sqlite3.Connection, database: Path, tmp_path: Path
) -> None:
    scratch.execute("drop view texts")
    scratch.execute("drop table explanations")
    scratch.execute("alter table sources rename column licence to terms")
    scratch.commit()
    scratch.execute("vacuum into ?", [str(tmp_path / "old.db")])
    text = changes(tmp_path / "old.db", database)
    assert "## Sources\n\nCannot be compared: no such column: licence.\n" in text
    assert re.search(r"^\| `sources` \| (\d+) \| \1 \| 0 \| 0 \| `licence`, `terms` \|$", text, re.M)
    assert re.search(r"^\| `explanations` \| 0 \| (\d+) \| 0 \| \1 \|", text, re.M)


def test_what_is_no_database_is_refused_in_words(tmp_path: Path, database: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("create table a (b)")
    for path in (tmp_path / "other.db", PROJECT / "README.md", tmp_path / "none.db"):
        done = run_build("--database", database, "--diff", path)
        assert done.returncode == 1
        assert re.match(rf"{re.escape(str(path))} is no database of elections that can be read: .*\.\n$", done.stderr)
        assert not (tmp_path / "none.db").exists()
