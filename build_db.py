"""Builds elections.db from data/ and sql/.

Reads top to bottom: read the files, resolve the names, insert, adopt, add the views, check, publish.
The domain is in SQL (sql/), what the sources print is in CSV (data/), the words of the site are in metadata.yml.
"""

import argparse
import contextlib
import glob
import hashlib
import json
import os
import re
import shutil
import sqlite3
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from elections.allocation_tables import insert_allocations
from elections.changes import changes
from elections.claims import Reader, Resolver, table_id, table_path
from elections.colours import insert_colours
from elections.curated import by_id, curated_paths, insert_curated, read_curated
from elections.packed import ENDINGS
from elections.problems import BuildError, Problems, is_of_the_disk
from elections.reading import Table
from elections.search_names import fold, sounds
from elections.stations import KINDS, StationFiles

HERE = Path(__file__).resolve().parent
# The name under which Datasette serves the database. Facts about it are written beside it (inspect-data.json).
SERVED = "elections.db"
MOST_NEWS = 20  # findings that are new, or gone, that a build lists


def main(arguments: list[str] | None = None) -> int:
    """Build the database from the command line. Returns the exit status: 0, or 1 if the data or files are at fault."""
    options = command_line().parse_args(arguments)
    started = time.perf_counter()
    if options.diff:
        try:
            print(changes(options.diff, options.database))
        except BuildError as error:
            print(error, file=sys.stderr)
            return 1
        return 0
    try:
        bar = sys.stderr.isatty() and not options.quiet
        for line in build(options.data, options.sql, options.database, bar):
            if not options.quiet:
                print(line, flush=True)
    except BuildError as error:
        print(error, file=sys.stderr)
        print(f"{options.database} is unchanged.", file=sys.stderr)
        return 1
    if not options.quiet:
        print(f"Built {options.database} in {time.perf_counter() - started:.2f} s.")
    return 0


def command_line() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(
        description="Build elections.db from the transcribed records in data/ and the SQL in sql/.",
        epilog="The database is written beside its place and renamed when whole, so a build that fails or is killed "
        "leaves the last good one as it was. Faults in the data are listed with file, line, column and what to do; "
        "the exit status is then 1. The same data give the same bytes. While station results are loaded, a bar on "
        "the terminal tells rows, rate and time left; elsewhere a line every few seconds does.",
    )
    parser.add_argument("--database", type=Path, default=HERE / "elections.db", help="file to build (%(default)s)")
    parser.add_argument("--data", type=Path, default=HERE / "data", help="folder of the records (%(default)s)")
    parser.add_argument("--sql", type=Path, default=HERE / "sql", help="folder of the SQL (%(default)s)")
    parser.add_argument(
        "--diff",
        type=Path,
        metavar="OLD.db",
        help="build nothing; tell as Markdown, figure by figure, what is not as it was in OLD.db",
    )
    parser.add_argument("--quiet", action="store_true", help="print nothing unless something is wrong")
    return parser


def build(data: Path, sql: Path, database: Path, bar: bool = False) -> Iterator[str]:
    """Build the database, yielding a line of progress a step. Raises BuildError; the old file then stays.

    bar: show a bar on the terminal while station results are loaded, instead of lines.
    """
    try:
        yield from _build(data.resolve(), sql, database, bar)
    except BaseException as error:
        with contextlib.suppress(OSError):
            clear_away(database)
        # A BuildError says so already.
        if is_of_the_disk(error) and not isinstance(error, BuildError):
            raise unwritable(database, error) from error
        if type(error).__module__.partition(".")[0] in ("_duckdb", "apsw"):
            raise BuildError(f"The files about polling stations cannot be loaded: {error}") from error
        raise


def _build(data: Path, sql: Path, database: Path, bar: bool) -> Iterator[str]:
    clear_away(database)
    db = Database(memory=True)
    run_script(db, sql / "schema.sql")
    problems = Problems(data)

    curated = read_curated(db, data, problems)
    yield f"read      {sum(len(table.rows) for table in curated.values()):>5} rows of meaning"

    with station_files(sql, database, curated, problems) as stations:
        resolver = Resolver(curated, problems)
        read_claims(data, curated, resolver, problems, stations)
        yield f"read      {len(resolver.claims):>5} printed cells, which state {len(resolver.figures)} figures"

        if stations and not problems:
            stations.read_counts()
            yield f"read      {stations.counts:>5} counts of {stations.stations} stations"
        if stations and not problems:
            (definition,) = db.execute("select sql from sqlite_schema where name = 'station_results'").fetchone()
            stations.begin_loading(working_file(database), definition)
            yield f"added up  {stations.add_up(resolver):>5} figures"

        with db.conn:
            insert_curated(db, curated, resolver.claims, list(resolver.figures.values()), problems)
            stop_at(problems)
            if stations:
                stations.insert(db)
        yield f"inserted  {sum(db.table(name).count for name in tables(db)):>5} rows"

        yield from compute(db, sql)
        if stations:
            yield from stations.finish_loading(bar)
            stop_at(problems)

    news = list(new_findings(db, database))
    rows_of_tables = list(account(db, stations.counts if stations else 0))
    publish(db, database, is_begun=stations is not None)
    yield from rows_of_tables
    yield from news


def compute(db: Database, sql: Path) -> Iterator[str]:
    """Adopt, compute and check what the database holds, yielding a line of progress a step."""
    with db.conn:
        adopted = [run_script(db, path) for path in sorted((sql / "adoption").glob("*.sql"))]
    yield f"adopted   {db.table('results').count:>5} results in {len(adopted)} steps"

    views = [run_script(db, path) for path in sorted((sql / "views").glob("*.sql"))]
    yield f"added     {len(views):>5} views"

    for function in (fold, sounds):
        db.register_function(function, deterministic=True)
    with db.conn:
        for path in sorted((sql / "computed").glob("*.sql")):
            run_script(db, path)
        insert_allocations(db)
        insert_colours(db)
    yield f"allocated {db.table('allocation_steps').count:>5} seats and near misses, step by step"

    with db.conn:
        kept = [keep_rows(db, path) for path in sorted((sql / "views").glob("*.sql")) if is_kept(path)]
    yield f"kept      {len(kept):>5} views as rows"

    yield run_checks(db, sorted((sql / "checks").glob("*.sql")))


def station_files(
    sql: Path, database: Path, curated: Mapping[str, Table], problems: Problems
) -> contextlib.AbstractContextManager[StationFiles | None]:
    """Make ready for the files about polling stations, if the manifest names any."""
    if any(line["kind"] in KINDS for line in curated["source_tables"].rows):
        return StationFiles(sql, scratch(database), curated, problems)
    return contextlib.nullcontext()


def working_file(database: Path) -> Path:
    """Return the file that the database is written to before it is put in its place."""
    return database.parent / f".{database.name}.{os.getpid()}"


def scratch(database: Path) -> Path:
    """Return the folder for what is only needed during the build."""
    return database.parent / f"{working_file(database).name}-scratch"


def stop_at(problems: Problems) -> None:
    """Raise BuildError if there are problems."""
    if problems:
        raise BuildError(f"{problems}\n{problems.total()}")


def read_claims(
    data: Path, curated: Mapping[str, Table], resolver: Resolver, problems: Problems, stations: StationFiles | None
) -> None:
    """Read every printed table that the manifest names into the resolver's claims and figures, and the ballots."""
    manifest = curated["source_tables"]
    reader = Reader(curated, problems)
    named = set()
    read = set()
    for line in manifest.rows:
        if line["kind"] == "heading_only":
            continue
        path = table_path(line)
        if line["kind"] in KINDS:
            named |= {path.with_name(path.name + ending) for ending in ENDINGS}
            continue
        named.add(path)
        if table_id(line) in read:
            continue  # that it stands there twice is told where the manifest is inserted
        read.add(table_id(line))
        resolver.resolve(line, reader.read(line))
    if stations:
        stations.read_trees_and_ballots(resolver)
    curated["list_names"].rows.extend(resolver.used_own_names())
    found = {path for ending in ENDINGS for path in data.rglob(f"*.csv{ending}")}
    curated_files = set(curated_paths(data))
    # The names in a file that was refused, wholly or in part, only seem to be printed nowhere. A ballot may be packed.
    faulty = {problem.file for problem in problems.found}
    ballot_paths = [table_path(line) for line in manifest.rows if line["kind"] == "ballot"]
    if faulty.isdisjoint(problems.name(path) + ending for path in ballot_paths for ending in ENDINGS):
        files = [path for path in found if path.is_file() and path.suffix == ".csv" and path not in curated_files]
        unread = [path for path in files if path not in named or problems.name(path) in faulty]
        resolver.report_unused_names("".join(path.read_text(encoding="utf-8", errors="replace") for path in unread))
    for path in sorted(found - named - curated_files):
        problems.add(
            path, 0, "", "a file that no manifest names", f"a line for it in {problems.name(manifest_of(path, data))}",
            "Add the line, or delete the file.",
        )  # fmt: skip


def manifest_of(path: Path, data: Path) -> Path:
    """Return the manifest that should name a file: that of its election, or that of all."""
    folder = next((parent for parent in path.parents if (parent / "elections.csv").exists()), data)
    return folder / "source_tables.csv"


def run_script(db: Database, path: Path) -> str:
    """Run a file of SQL statements. Returns its name. Raises BuildError with the file where the SQL is at fault."""
    try:
        for statement in statements(path.read_text(encoding="utf-8")):
            db.conn.execute(statement)
    except (OSError, sqlite3.Error) as error:
        if is_of_the_disk(error):
            raise
        raise BuildError(f"{path}: {error}") from error
    return path.stem


def is_kept(view: Path) -> bool:
    """Tell whether the file of a view says that its rows are to be kept."""
    return "\n-- Kept" in view.read_text(encoding="utf-8")


def keep_rows(db: Database, path: Path) -> str:
    """Put the rows of a view into a table, kept_NAME, which the view then shows. Returns the name of the view.

    The data do not change once they are built, so a page need not wait for what can be computed before. The view
    still says how its rows are found: its SQL stands in the definition, as a comment.
    """
    view, _, how = path.read_text(encoding="utf-8").partition(f"create view {path.stem} as")
    # Without a type a column keeps what it is given; any would do so in a strict table only, which wants types for all.
    columns = db.execute("select name, replace(type, 'ANY', '') from pragma_table_info(?)", [path.stem])
    db.execute(f"create table [kept_{path.stem}] ({', '.join(f'[{name}] {type_}' for name, type_ in columns)})")
    db.execute(f"insert into [kept_{path.stem}] select * from [{path.stem}]")
    db.execute(f"drop view [{path.stem}]")
    how = f"{view}{how}".strip().removesuffix(";").replace("*/", "* /")
    db.execute(f"create view [{path.stem}] as\n/* {how}\n*/\nselect * from [kept_{path.stem}]")
    return path.stem


def statements(script: str) -> Iterator[str]:
    """Split a script into statements, without which it could not run inside a transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement


def run_checks(db: Database, paths: list[Path]) -> str:
    """Run each check and keep its findings. Raises BuildError if a check of the E family finds anything."""
    errors = []
    passed = 0
    for path in paths:
        code, _, _ = path.stem.partition("_")
        script = path.read_text(encoding="utf-8")
        title = script.splitlines()[0].removeprefix("--").strip()
        try:
            findings = list(db.query(script))
            passed += all(finding["status"] != "fails" for finding in findings)
            if code.startswith("E"):
                errors += [
                    f"{code} {title} {finding['subject']}: "
                    f"found {finding.get('found')}; expected {finding.get('expected')}."
                    for finding in findings
                    if finding["status"] == "fails"
                ]
            else:
                with db.conn:
                    db.table("checks").insert_all(
                        finding | {"id": f"{code}-{finding['id']}", "code": code, "title": title}
                        for finding in sorted(findings, key=by_id)
                    )
        except sqlite3.Error as error:
            if is_of_the_disk(error):
                raise
            raise BuildError(f"{path}: {error}") from error
    errors += explain_findings(db)
    # That each count is of a station was proved while it was loaded.
    broken = [
        row
        for name in tables(db)
        if name != "station_results"
        for row in db.execute(f"pragma foreign_key_check([{name}])")
    ]
    errors += [f"{table} row {row}: refers to a row of {parent} that is not there" for table, row, parent, _ in broken]
    if errors:
        raise BuildError("\n".join(errors))
    warnings = db.table("checks").count_where("status = 'fails'")
    unknown = db.table("checks").count_where("status = 'not_checkable'")
    return (
        f"passed    {passed:>5} of {len(paths)} checks; published {warnings} warnings, {unknown} that cannot be checked"
    )


def new_findings(db: Database, database: Path) -> Iterator[str]:
    """Say which warnings the database that is about to be replaced does not have, a line each."""
    try:
        with contextlib.closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as old:
            known = {finding for (finding,) in old.execute("select id from checks where status = 'fails'")}
    except sqlite3.Error:
        return  # there is none, or it is no database of ours
    found = dict(db.execute("select id, title || ' ' || subject from checks where status = 'fails' order by id"))
    new = [finding for finding in found if finding not in known]
    if known == set(found):
        yield "The audit finds what it found before."
        return
    yield f"The audit finds {len(new)} new contradictions, and {len(known - set(found))} are gone:"
    yield from (f"  new   {finding}: {found[finding]}" for finding in new[:MOST_NEWS])
    yield from (f"  gone  {finding}" for finding in sorted(known - set(found))[:MOST_NEWS])
    if max(len(new), len(known - set(found))) > MOST_NEWS:
        yield f"  (no more than {MOST_NEWS} of each are listed; --diff lists all)"


def explain_findings(db: Database) -> list[str]:
    """Set each explanation beside its finding. Returns an error for each that explains nothing."""
    with db.conn:
        db.execute(
            "update checks set explanation = explanations.explanation from explanations where finding = checks.id"
        )
    unfound = db.execute("select finding from explanations where finding not in (select id from checks) order by 1")
    return [
        f"explanations.csv: there is no finding {finding} to explain. Fix its id, or take the line out."
        for (finding,) in unfound
    ]


def publish(db: Database, database: Path, is_begun: bool) -> None:
    """Write the database beside its place, wholly and to the disk, and only then put it there.

    is_begun: the counts of the stations are there already.
    """
    working = working_file(database)
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        if is_begun:
            rest = scratch(database) / "rest.db"
            db.execute("vacuum into ?", [str(rest)])
            complete(working, rest)
        else:
            db.execute("vacuum into ?", [str(working)])
        with working.open("rb+") as file:
            os.fsync(file.fileno())
        facts = inspect_data(working) if database.name == SERVED else None
        working.replace(database)
        if facts:
            beside = working.with_name(f"{working.name}-facts")
            beside.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
            beside.replace(database.with_name("inspect-data.json"))
        clear_away(database)
    except (OSError, sqlite3.Error) as error:
        raise unwritable(database, error) from error


def inspect_data(database: Path) -> dict[str, Any]:
    """Return what Datasette wants to know of a database that does not change: digest, size, rows of each table."""
    with database.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    with contextlib.closing(sqlite3.connect(f"{database.resolve().as_uri()}?immutable=1", uri=True)) as connection:
        names = connection.execute("select name from sqlite_master where type = 'table' order by name").fetchall()
        counts = {
            name: {"count": connection.execute(f"select count(*) from [{name}]").fetchone()[0]} for (name,) in names
        }
    return {Path(SERVED).stem: {"hash": digest, "size": database.stat().st_size, "file": SERVED, "tables": counts}}


def complete(database: Path, rest: Path) -> None:
    """Copy everything of another database into one that has the counts of the stations, and nothing else."""
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as db:
        db.execute("pragma journal_mode = off")
        db.execute("pragma synchronous = off")
        db.execute("attach ? as rest", [str(rest)])
        db.execute("begin")
        made = db.execute(
            "select made.name, made.sql, relations.type from rest.sqlite_schema as made "
            "left join pragma_table_list as relations on relations.schema = 'rest' and relations.name = made.name "
            "where made.sql is not null and relations.type is not 'shadow' and made.name <> 'station_results' "
            # Indexes last: one by one they would take longer.
            "order by relations.type is null, relations.type, made.rowid"
        )
        for name, sql, kind in made.fetchall():
            db.execute(sql)
            if kind == "table":
                db.execute(f"insert into main.[{name}] select * from rest.[{name}]")
            elif kind == "virtual":
                db.execute(f"insert into main.[{name}] ([{name}]) values ('rebuild')")
        db.execute("commit")


def unwritable(database: Path, error: BaseException) -> BuildError:
    """Say that the database cannot be written."""
    return BuildError(
        f"{database} cannot be written: {error}. Is there room on the disk, and may you write to its folder?"
    )


def clear_away(database: Path) -> None:
    """Delete what this build and killed ones have left beside the database; what another is writing stays."""
    for path in database.parent.glob(f".{glob.escape(database.name)}.*"):
        process = path.name.removeprefix(f".{database.name}.").partition("-")[0]
        if re.fullmatch("[0-9]{1,9}", process) and not is_at_work(int(process)):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def is_at_work(process: int) -> bool:
    """Tell whether a process other than this one is alive."""
    if process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's
        return True
    return True


def account(db: Database, counts: int) -> Iterator[str]:
    """Say how many rows each table holds. counts: those of station_results, which it would take long to count again."""
    for name in sorted(tables(db)):
        yield f"{counts if name == 'station_results' else db.table(name).count:>15} {name}"


def tables(db: Database) -> list[str]:
    """Name the tables, without the full-text index, those that SQLite keeps it in, and the rows of views."""
    found = db.execute(
        "select name from pragma_table_list "
        "where type = 'table' and name not like 'sqlite%' and name not like 'kept!_%' escape '!'"
    )
    return [name for (name,) in found]


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:  # the reader of the progress has gone
        sys.exit(1)
