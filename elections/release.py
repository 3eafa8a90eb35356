"""Writes a release: the database in every format, described, checked, with its changes and its checksums.

python -m elections.release --database elections.db --out dist [--previous OLD.db]
Reads top to bottom: describe, write each format, document, validate, publish. Needs the development dependencies.
"""

import argparse
import hashlib
import json
import shutil
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from string import Template
from typing import Any

import duckdb
import yaml

from elections import codebook
from elections.changes import changes, open_database
from elections.codebook import Relation, Value
from elections.problems import BuildError
from elections.xlsx import write_workbook

HERE = Path(__file__).resolve().parent.parent
SUMS = "SHA256SUMS"
FRICTIONLESS = {"integer": "integer", "real": "number", "text": "string", "any": "any"}
DUCKDB = {"integer": "BIGINT", "real": "DOUBLE", "text": "VARCHAR", "any": "VARCHAR"}


def main(arguments: list[str] | None = None) -> int:
    """Write a release from the command line. Returns the exit status: 0, or 1 if it could not be written."""
    parser = argparse.ArgumentParser(description="Write the database in every format, with codebook and checksums.")
    parser.add_argument("--database", type=Path, default=HERE / "elections.db", help="what to release (%(default)s)")
    parser.add_argument("--out", type=Path, default=HERE / "dist", help="folder to write, replaced whole (%(default)s)")
    parser.add_argument("--previous", type=Path, metavar="OLD.db", help="database of the release before")
    options = parser.parse_args(arguments)
    try:
        release(options.database, options.out, options.previous)
    except (BuildError, OSError, sqlite3.Error, ValueError) as error:
        print(f"{error}\n{options.out} is unchanged.", file=sys.stderr)
        return 1
    files = [path for path in options.out.rglob("*") if path.is_file()]
    print(f"Wrote {len(files)} files, {sum(path.stat().st_size for path in files) / 1e6:.1f} MB, to {options.out}/.")
    return 0


def release(database: Path, out: Path, previous: Path | None = None) -> None:
    """Write a release of the database to the folder `out`, whole or not at all.

    previous: the database of the release before, None for the first. Raises BuildError if a database cannot be read,
    a column is not described, the data package is not valid, or `out` is a folder that holds something else.
    """
    if out.exists() and not (out / SUMS).exists() and any(out.iterdir()):
        raise BuildError(f"{out} holds something that is no release. Name another folder, or empty it.")
    citation = yaml.safe_load((HERE / "CITATION.cff").read_text(encoding="utf-8"))
    metadata = yaml.safe_load((HERE / "metadata.yml").read_text(encoding="utf-8"))
    changed = changes(previous, database) if previous else "# What changed in the data\n\nThis is the first release.\n"
    with closing(open_database(database)) as db:
        relations = codebook.describe(db, metadata)
    small = [relation for relation in relations if not relation.is_large]

    out = out.resolve()
    beside, old = out.with_name(f".{out.name}.new"), out.with_name(f".{out.name}.old")
    shutil.rmtree(beside, ignore_errors=True)  # of a release that was killed
    try:
        for folder in ("csv", "json", "parquet"):
            (beside / folder).mkdir(parents=True)
        shutil.copyfile(database, beside / "elections.db")
        with closing(open_database(database)) as db:
            for relation in relations:
                rows = db.execute(relation.query) if relation.is_large else None
                write_csv(beside / "csv" / f"{relation.name}.csv", relation, rows)
        for relation in small:
            write_json(beside / "json" / f"{relation.name}.json", relation)
        write_parquet(beside, relations)
        write_workbook(beside / "elections.xlsx", dict(sheets(small)))
        described = package(beside, relations, citation)
        write(beside / "datapackage.json", json.dumps(described, ensure_ascii=False, indent=1))
        document(beside, relations, citation, changed)
        # SQLite has checked the keys of the large ones; frictionless would take hours.
        checked = described | {"resources": [each for each in described["resources"] if each["name"] in names(small)]}
        write(beside / "checked.json", json.dumps(checked))
        validate(beside / "checked.json")
        (beside / "checked.json").unlink()
        write_sums(beside)
        shutil.rmtree(old, ignore_errors=True)
        if out.exists():
            out.rename(old)
        beside.rename(out)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def write(path: Path, text: str) -> None:
    """Write a text file: UTF-8, line feeds, one at the end, on every system."""
    path.write_text(text.rstrip("\n") + "\n", encoding="utf-8", newline="\n")


def names(relations: Sequence[Relation]) -> set[str]:
    """Return the names of tables and views."""
    return {relation.name for relation in relations}


def write_csv(path: Path, relation: Relation, rows: Iterable[Sequence[Value]] | None = None) -> None:
    """Write rows as CSV, texts verbatim. Null is nothing, an empty text is quoted, which csv.writer cannot do.

    rows: those of the relation, if they are not held in it.
    """
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(",".join(column.name for column in relation.columns) + "\n")
        file.writelines(",".join(map(cell, row)) + "\n" for row in (relation.rows if rows is None else rows))


def cell(value: Value) -> str:
    """Write one value as CSV."""
    text = "" if value is None else str(value)
    return '"' + text.replace('"', '""') + '"' if value == "" or any(sign in text for sign in ',"\r\n') else text


def write_json(path: Path, relation: Relation) -> None:
    """Write the rows as a list of objects, one a line, so that a line-by-line comparison tells what changed."""
    columns = [column.name for column in relation.columns]
    lines = [json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False) for row in relation.rows]
    write(path, "\n".join(["[", *([",\n".join(lines)] if lines else []), "]"]))


def write_parquet(folder: Path, relations: Sequence[Relation]) -> None:
    """Write each table and view as Parquet, from the CSV files, since DuckDB is slow at taking rows one by one."""
    # One thread keeps the order; nothing is to be fetched from the network.
    with duckdb.connect(config={"threads": 1, "autoinstall_known_extensions": False}) as db:
        for relation in relations:
            rows = db.read_csv(
                str(folder / "csv" / f"{relation.name}.csv"),
                columns={column.name: DUCKDB[column.type] for column in relation.columns},
                header=True,
                delimiter=",",
                quotechar='"',
                escapechar='"',
                na_values="",
                allow_quoted_nulls=False,
            )
            rows.write_parquet(str(folder / "parquet" / f"{relation.name}.parquet"), compression="zstd")


def sheets(relations: Sequence[Relation]) -> Iterator[tuple[str, tuple[list[str], list[tuple[Value, ...]]]]]:
    """Yield the sheets of the workbook: a list of contents, then every table and view."""
    contents: list[tuple[Value, ...]] = [
        (each.name, each.kind, len(each.rows), each.title, each.description) for each in relations
    ]
    yield "contents", (["name", "kind", "rows", "title", "description"], contents)
    for relation in relations:
        yield relation.name[:31], ([column.name for column in relation.columns], relation.rows)


def package(folder: Path, relations: Sequence[Relation], citation: Mapping[str, Any]) -> dict[str, Any]:
    """Describe the CSV files as a Frictionless Data Package, version 1."""
    sources = next(relation for relation in relations if relation.name == "sources")
    columns = [column.name for column in sources.columns]
    cited = [dict(zip(columns, row, strict=True)) for row in sources.rows]
    return {
        "profile": "tabular-data-package",
        "name": "iraq-governorate-elections",
        "title": citation["title"],
        "version": str(citation["version"]),
        "keywords": citation["keywords"],
        "licenses": [
            {"name": name, "path": f"https://spdx.org/licenses/{name}.html"} for name in citation["license"]
        ],
        "contributors": [{"title": author["name"], "role": "author"} for author in citation["authors"]],
        "sources": [
            {"title": source["title"]} | ({"path": source["url"]} if source["url"] else {}) for source in cited
        ],
        "resources": [resource(folder, relation) for relation in relations],
    }  # fmt: skip


def resource(folder: Path, relation: Relation) -> dict[str, Any]:
    """Describe one CSV file: types, keys and constraints as in the schema, descriptions as in metadata.yml."""
    path = folder / "csv" / f"{relation.name}.csv"
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    schema: dict[str, Any] = {"fields": [], "missingValues": [""]}
    for place, column in enumerate(relation.columns):
        constraints = {
            "required": column.required or None,
            "unique": column.unique or None,
            "minimum": column.minimum,
            "enum": list(column.words) or None,
        }
        described: dict[str, Any] = {
            "name": column.name,
            "type": FRICTIONLESS[column.type],
            "description": column.description,
            "constraints": {name: value for name, value in constraints.items() if value is not None},
        }
        if any(row[place] == "" for row in relation.rows):
            described["missingValues"] = []  # a cell printed empty is known to be empty
        schema["fields"].append(described)
    if relation.key:
        schema["primaryKey"] = list(relation.key)
    if relation.foreign:
        schema["foreignKeys"] = [
            {"fields": [name], "reference": {"resource": "" if table == relation.name else table, "fields": [to]}}
            for name, table, to in relation.foreign
        ]
    return {
        "profile": "tabular-data-resource",
        "name": relation.name,
        "title": relation.title,
        "description": relation.description,
        "path": f"csv/{relation.name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": path.stat().st_size,
        "hash": f"sha256:{digest}",
        "schema": schema,
    }


def document(folder: Path, relations: Sequence[Relation], citation: Mapping[str, Any], changed: str) -> None:
    """Write what people read: codebook, changes, README, citation and licences."""
    title = f"Codebook: {citation['title']}"
    introduction = [
        f"Release {citation['version']}. Empty (null) is never 0: it means unknown, or that the column does not apply "
        "to the row, or, in a column of governorates, the whole country; the description says which. "
        "An arrow leads to the table whose id stands there.",
        "The CSV files hold the texts as printed; a spreadsheet may take one that begins with =, +, - or @ for a "
        "formula. The workbook holds the same texts as texts.",
    ]
    write(folder / "codebook.md", codebook.markdown(title, introduction, relations))
    write(folder / "codebook.html", codebook.html(title, introduction, relations))
    write(folder / "CHANGES.md", changed)
    readme = Template((HERE / "elections" / "release.md").read_text(encoding="utf-8"))
    write(
        folder / "README.md",
        readme.substitute(
            title=citation["title"],
            version=citation["version"],
            sqlite=sqlite3.sqlite_version,
            duckdb=duckdb.__version__,
        ),
    )
    shutil.copyfile(HERE / "CITATION.cff", folder / "CITATION.cff")
    shutil.copyfile(HERE / "LICENSE", folder / "LICENSE")
    shutil.copyfile(HERE / "data" / "LICENSE.md", folder / "LICENSE-DATA.md")


def validate(descriptor: Path) -> None:
    """Hold the CSV files against their description. Raises BuildError with the first faults."""
    import frictionless  # takes a second to load

    report = frictionless.validate(str(descriptor))
    if not report.valid:
        faults = report.flatten(["title", "rowNumber", "fieldName", "message"])[:10]
        raise BuildError("The data package is not valid:\n" + "\n".join(str(fault) for fault in faults))


def write_sums(folder: Path) -> None:
    """Write the checksums of all files as sha256sum -c reads them."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    sums = []
    for path in paths:
        with path.open("rb") as file:
            sums.append(f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {path.relative_to(folder).as_posix()}")
    write(folder / SUMS, "\n".join(sums))


if __name__ == "__main__":
    sys.exit(main())
