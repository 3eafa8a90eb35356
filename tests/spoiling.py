"""Ways to change or spoil a copy of data/. A spoiler, once called, says where the fault should be told."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple


class Place(NamedTuple):
    """Where a fault should be told: line 0 stands for the file, the column '' for the line."""

    file: str
    line: int
    column: str = ""

    def __str__(self) -> str:
        line = f":{self.line}" if self.line else ""
        column = f', column "{self.column}"' if self.column else ""
        return f"data/{self.file}{line}{column}: found "


Spoil = Callable[[Path], Place]


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_rows(path: Path, rows: list[dict[str, str]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8")


def index_of(rows: list[dict[str, str]], **key: str) -> int:
    found = [number for number, row in enumerate(rows) if key.items() <= row.items()]
    assert len(found) == 1, f"{len(found)} rows with {key}"
    return found[0]


def change(file: str, key: dict[str, str], column: str, value: str) -> Spoil:
    """Put another value into one cell of the row that the key names."""

    def spoil(data: Path) -> Place:
        rows = read_rows(data / file)
        number = index_of(rows, **key)
        assert column in rows[number]
        rows[number][column] = value
        write_rows(data / file, rows)
        return Place(file, number + 2, column)

    return spoil


def add(file: str, like: dict[str, str], column: str = "", /, **cells: str) -> Spoil:
    """Add a row below, like another but for some cells; the fault is told for it and the column."""

    def spoil(data: Path) -> Place:
        rows = read_rows(data / file)
        rows.append(rows[index_of(rows, **like)] | cells)
        write_rows(data / file, rows)
        return Place(file, len(rows) + 1, column)

    return spoil


def at_large(spoil: Spoil) -> Spoil:
    """Of a rule that binds several columns: the fault is told for the whole row."""
    return lambda data: spoil(data)._replace(column="")


def take_out(file: str, key: dict[str, str], place: Spoil) -> Spoil:
    """Take out a row; the fault is told elsewhere."""

    def spoil(data: Path) -> Place:
        rows = read_rows(data / file)
        del rows[index_of(rows, **key)]
        write_rows(data / file, rows)
        return place(data)

    return spoil


def where(file: str, column: str, **key: str) -> Spoil:
    """Change nothing: only say where a row is."""
    return lambda data: Place(file, index_of(read_rows(data / file), **key) + 2, column)


def swap(file: str, old: str, new: str, column: str = "", encoding: str = "utf-8") -> Spoil:
    """Put one text for another, once; the fault is told for its line."""

    def spoil(data: Path) -> Place:
        before, found, after = (data / file).read_text(encoding="utf-8").partition(old)
        assert found, f"{file} has no {old}"
        (data / file).write_bytes((before + new + after).encode(encoding))
        return Place(file, before.count("\n") + 1, column)

    return spoil


def write(file: str, content: bytes, line: int = 0, column: str = "") -> Spoil:
    def spoil(data: Path) -> Place:
        (data / file).parent.mkdir(exist_ok=True)
        (data / file).write_bytes(content)
        return Place(file, line, column)

    return spoil


STATION_FILES = {
    "stations": "place,centre,station,name,name_ar,registered_voters,ballots_cast",
    "ballot": "place,seat_type,list,candidate,name,name_ar",
    "station_counts": "station,list,candidate,votes",
}


def add_station_file(data: Path, kind: str, rows: str, **manifest: str) -> str:
    """Add a file about polling stations to the real data, of a source of its own. Returns its path below the data."""
    source = manifest.setdefault("source_id", "made-up")
    if all(row["id"] != source for row in read_rows(data / "sources.csv")):
        add("sources.csv", {"id": "wikipedia-2013"}, id=source, title=source, copied_from="", kind="commission")(data)
        (data / source).mkdir()
    position = 1 + sum(row["source_id"] == source for row in read_rows(data / "source_tables.csv"))
    header = next(header for name, header in STATION_FILES.items() if kind.startswith(name))
    cells = {"slug": f"{kind.replace('_', '-')}-{position}", "kind": kind, "election_id": "2023", "seat_type": "",
             "governorate_id": "", "vote": "general", "stage": "final", "position": str(position),
             "row_count": str(rows.count("\n"))} | manifest  # fmt: skip
    add("source_tables.csv", {"source_id": "wikipedia-2023", "slug": "kirkuk-general"}, **cells)(data)
    path = f"{source}/{position:02d}-{cells['slug']}.csv"
    (data / path).write_text(f"{header}\n{rows}", encoding="utf-8")
    return path


def delete(file: str) -> Spoil:
    def spoil(data: Path) -> Place:
        (data / file).unlink()
        return Place(file, 0)

    return spoil


def state(data: Path, source: str, governorate: str, *statements: str) -> str:
    """Add a table of statements, each place,name,measure,value, to a source. Returns its id."""
    add(
        "source_tables.csv", {"source_id": "shafaq-2023-12-28", "slug": "kirkuk"},
        source_id=source, position="99", slug="made-up", governorate_id=governorate, kind="statements",
        row_count=str(len(statements)),
    )(data)  # fmt: skip
    lines = ["label,place,name,measure,value", *(f"said,{statement}" for statement in statements)]
    (data / source / "99-made-up.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return f"{source}-made-up"
