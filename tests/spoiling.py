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


def of_election(file: str) -> str:
    """The column that says the election of a row, and that a file in an election's folder leaves out."""
    return "id" if file.endswith("elections.csv") else "election_id"


def rows_of(data: Path, name: str) -> list[dict[str, str]]:
    """All rows of a curated table, from data/ and the elections' folders, each with its election."""
    found = []
    for path in files_of(data, f"{name}.csv"):
        folder = "" if path.parent == data else path.parent.name
        found += [row | ({of_election(path.name): folder} if folder else {}) for row in read_rows(path)]
    return found


def files_of(data: Path, file: str) -> list[Path]:
    """Every file of this name in data/ and in the elections' folders."""
    return [path for path in (data / file, *sorted(data.glob(f"*/{file}"))) if path.exists()]


def locate(data: Path, file: str, **key: str) -> tuple[str, int]:
    """The file, below the data, that has the row that a key names, and the number of the row."""
    found = []
    for path in files_of(data, file):
        rest = dict(key)
        if path.parent.name != rest.get(of_election(file), path.parent.name) and path.parent != data:
            continue
        if path.parent != data and (data / path.parent.name / "elections.csv").exists():
            rest.pop(of_election(file), None)
        numbers = [number for number, row in enumerate(read_rows(path)) if rest.items() <= row.items()]
        found += [(path.relative_to(data).as_posix(), number) for number in numbers]
    assert len(found) == 1, f"{len(found)} rows of {file} with {key}"
    return found[0]


def only(data: Path, file: str) -> str:
    """Where a file is that may be in the folder of an election; of several the last."""
    found = files_of(data, file)
    if not found and "/" in file:
        found = [folder / Path(file).name for folder in files_of(data, str(Path(file).parent))]
    return found[-1].relative_to(data).as_posix() if found else file


def folder_of(data: Path, source: str) -> Path:
    """The folder for the tables of a source: beside the manifest that names them."""
    name = next(path for path in files_of(data, "source_tables.csv")
                if any(row["source_id"] == source for row in read_rows(path)))  # fmt: skip
    (name.parent / source).mkdir(exist_ok=True)
    return name.parent / source


def change(file: str, key: dict[str, str], column: str, value: str) -> Spoil:
    """Put another value into one cell of the row that the key names."""

    def spoil(data: Path) -> Place:
        name, number = locate(data, file, **key)
        rows = read_rows(data / name)
        assert column in rows[number]
        rows[number][column] = value
        write_rows(data / name, rows)
        return Place(name, number + 2, column)

    return spoil


def add(file: str, like: dict[str, str], column: str = "", /, **cells: str) -> Spoil:
    """Add a row below, like another but for some cells; the fault is told for it and the column."""

    def spoil(data: Path) -> Place:
        name, number = locate(data, file, **like)
        rows = read_rows(data / name)
        row = rows[number] | cells
        if name != file and of_election(file) in cells and of_election(file) not in rows[number]:
            # A row of another election belongs into the folder of that.
            name = f"{row.pop(of_election(file))}/{file}"
            (data / name).parent.mkdir(exist_ok=True)
            rows = read_rows(data / name) if (data / name).exists() else []
        write_rows(data / name, [*rows, row])
        return Place(name, len(rows) + 2, column)

    return spoil


def at_large(spoil: Spoil) -> Spoil:
    """Of a rule that binds several columns: the fault is told for the whole row."""
    return lambda data: spoil(data)._replace(column="")


def take_out(file: str, key: dict[str, str], place: Spoil) -> Spoil:
    """Take out a row; the fault is told elsewhere."""

    def spoil(data: Path) -> Place:
        name, number = locate(data, file, **key)
        rows = read_rows(data / name)
        del rows[number]
        write_rows(data / name, rows)
        return place(data)

    return spoil


def where(file: str, column: str, **key: str) -> Spoil:
    """Change nothing: only say where a row is."""

    def tell(data: Path) -> Place:
        name, number = locate(data, file, **key)
        return Place(name, number + 2, column)

    return tell


def swap(file: str, old: str, new: str, column: str = "", encoding: str = "utf-8") -> Spoil:
    """Put one text for another, once; the fault is told for its line."""

    def spoil(data: Path) -> Place:
        name = only(data, file)
        before, found, after = (data / name).read_text(encoding="utf-8").partition(old)
        assert found, f"{name} has no {old}"
        (data / name).write_bytes((before + new + after).encode(encoding))
        return Place(name, before.count("\n") + 1, column)

    return spoil


def write(file: str, content: bytes, line: int = 0, column: str = "") -> Spoil:
    def spoil(data: Path) -> Place:
        name = only(data, file)
        (data / name).parent.mkdir(exist_ok=True)
        (data / name).write_bytes(content)
        return Place(name, line, column)

    return spoil


STATION_FILES = {
    "stations": "place,centre,station,name,name_ar,registered_voters,ballots_cast",
    "ballot": "place,seat_type,list,candidate,name,name_ar",
    "station_counts": "station,list,candidate,votes",
}


def add_station_file(data: Path, kind: str, rows: str, **manifest: str) -> str:
    """Add a file about polling stations to the real data, of a source of its own. Returns its path below the data."""
    source = manifest.setdefault("source_id", "made-up")
    election = manifest.pop("election_id", "2023")
    if all(row["id"] != source for row in rows_of(data, "sources")):
        add("sources.csv", {"id": "wikipedia-2023"}, id=source, title=source, copied_from="", kind="commission")(data)
    (data / election / source).mkdir(exist_ok=True)
    position = 1 + sum(row["source_id"] == source for row in rows_of(data, "source_tables"))
    header = next(header for name, header in STATION_FILES.items() if kind.startswith(name))
    cells = {"slug": f"{kind.replace('_', '-')}-{position}", "kind": kind, "election_id": election, "seat_type": "",
             "governorate_id": "", "vote": "general", "stage": "final", "position": str(position),
             "row_count": str(rows.count("\n"))} | manifest  # fmt: skip
    add("source_tables.csv", {"source_id": "wikipedia-2023", "slug": "kirkuk-general"}, **cells)(data)
    path = f"{election}/{source}/{position:02d}-{cells['slug']}.csv"
    (data / path).write_text(f"{header}\n{rows}", encoding="utf-8")
    return path


def delete(file: str) -> Spoil:
    def spoil(data: Path) -> Place:
        name = only(data, file)
        (data / name).unlink()
        return Place(name, 0)

    return spoil


def state(data: Path, source: str, governorate: str, *statements: str) -> str:
    """Add a table of statements, each place,name,measure,value, to a source. Returns its id."""
    add(
        "source_tables.csv", {"source_id": "shafaq-2023-12-28", "slug": "kirkuk"},
        source_id=source, position="99", slug="made-up", governorate_id=governorate, kind="statements",
        row_count=str(len(statements)),
    )(data)  # fmt: skip
    lines = ["label,place,name,measure,value", *(f"said,{statement}" for statement in statements)]
    (folder_of(data, source) / "99-made-up.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return f"{source}-made-up"
