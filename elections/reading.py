"""Reads one CSV file strictly: every doubt about its form is a problem with a place, never a guess."""

import csv
import io
import unicodedata
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from elections.problems import Problems

LARGEST_FILE = 5_000_000  # bytes; the largest transcribed table has some 2,000
LARGEST_CELL = 5_000  # characters


@dataclass(frozen=True)
class Row:
    """One line of a file: the file, the line's number and its cells by column."""

    path: Path
    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]


@dataclass(frozen=True)
class Table:
    """One file, or all files of a name, as read: header and sound rows. `whole` is false if any of it was refused."""

    path: Path
    columns: list[str]
    rows: list[Row]
    whole: bool


def read_table(
    path: Path, problems: Problems, columns: Sequence[str] | None = None, optional: Container[str] = ()
) -> Table:
    """Read a UTF-8 CSV file with a header.

    columns: the header wanted, in any order; None takes the header as it is. optional: those of them that may be left
    out; their cells are then empty. Problems are noted and the rows concerned left out.
    """
    before = len(problems.found)
    text = _text(path, problems)
    rows: list[Row] = []
    header: list[str] = []
    if text is not None:
        header, rows = _rows(path, text, columns, optional, problems)
    return Table(path, header, rows, len(problems.found) == before)


def _text(path: Path, problems: Problems) -> str | None:
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            problems.add(
                path,
                0,
                "",
                f"{size:,} bytes",
                f"at most {LARGEST_FILE:,}",
                "Is this the right file? A transcribed table is small.",
            )
            return None
        content = path.read_bytes()
    except OSError as error:
        problems.add(
            path,
            0,
            "",
            error.strerror or str(error),
            "a file that can be read",
            "Add the file, or take its line out of the manifest.",
            follows=["source_tables.csv"],
        )
        return None
    if not content.removeprefix(b"\xef\xbb\xbf").strip():
        note_empty(path, problems)
        return None
    if (nul := content.find(b"\0")) >= 0:
        problems.add(
            path, content.count(b"\n", 0, nul) + 1, "", "a NUL byte", "text", "Save the file as plain UTF-8 text."
        )
        return None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        problems.add(
            path,
            content.count(b"\n", 0, error.start) + 1,
            "",
            f"the byte 0x{content[error.start]:02x}",
            "UTF-8",
            "Save the file with the encoding UTF-8.",
        )
        return None


def _lines(path: Path, text: str, problems: Problems) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        problems.add(
            path,
            line,
            "",
            f"a quoting error ({error})",
            "every opening quote to be closed and inner quotes doubled",
            "Close the quote on this line or a line below it.",
        )


def _rows(
    path: Path, text: str, columns: Sequence[str] | None, optional: Container[str], problems: Problems
) -> tuple[list[str], list[Row]]:
    lines = _lines(path, text, problems)
    first = next(lines, None)
    if first is None:
        return [], []
    header = first[1]
    if not header_is_sound(path, header, columns, problems, optional):
        return header, []
    left_out = {column: "" for column in columns or () if column not in header}
    rows = [row for line, cells in lines if (row := sound_row(path, line, header, cells, problems))]
    return header, [Row(path, row.line, row.cells | left_out) for row in rows] if left_out else rows


def note_empty(path: Path, problems: Problems) -> None:
    """Note that a file has not even a header."""
    fix = "Fill the file, or take it out of the manifest and delete it."
    problems.add(path, 0, "", "an empty file", "a header line and the rows", fix)


def sound_row(path: Path, line: int, header: list[str], cells: list[str], problems: Problems) -> Row | None:
    """Return a row if it has a sound cell for each column; what is wrong is noted."""
    if len(cells) != len(header):
        problems.add(
            path,
            line,
            "",
            "a blank line" if cells in ([], [""]) else f"{len(cells)} cells",
            f"{len(header)} cells, as in the header",
            "Add or take out commas; quote a cell that holds a comma.",
            follows=["header"],
        )
        return None
    if not all([cell_is_sound(path, line, *pair, problems) for pair in zip(header, cells, strict=True)]):
        return None
    return Row(path, line, dict(zip(header, cells, strict=True)))


def header_is_sound(
    path: Path, header: list[str], columns: Sequence[str] | None, problems: Problems, optional: Container[str] = ()
) -> bool:
    """Tell whether a header names the columns wanted, each once, but for optional ones; what is wrong is noted."""
    sound = True
    for column in dict.fromkeys(header):
        if header.count(column) > 1:
            problems.add(path, 1, column, "the column twice", "each column once", "Take the second one out.")
            sound = False
    if columns is None:
        return sound
    for column in columns:
        if column not in header and column not in optional:
            problems.add(
                path,
                1,
                column,
                "no such column",
                ", ".join(columns),
                "Add the column; leave its cells empty where nothing is known.",
            )
            sound = False
    for column in header:
        if column not in columns:
            problems.add(
                path, 1, column, "an extra column", ", ".join(columns), "Take the column out, or fix its name."
            )
            sound = False
    return sound


def cell_is_sound(path: Path, line: int, column: str, cell: str, problems: Problems) -> bool:
    """Tell whether a cell can be typed, seen and compared; what is wrong is noted."""
    expected = fix = ""
    if len(cell) > LARGEST_CELL:
        expected, fix = f"at most {LARGEST_CELL:,} characters", "Is a quote left open above?"
    elif cell.isascii() and cell.isalnum():
        return True  # most are; the tests below would find nothing
    elif cell != cell.strip():
        expected, fix = "no space around the text", "Take the space out; white space is not printed."
    elif not cell.isprintable() and any(unicodedata.category(character) == "Cc" for character in cell):
        expected, fix = "printable characters", "Take the control character or line break out."
    elif cell != unicodedata.normalize("NFC", cell):
        expected, fix = "composed characters (Unicode NFC)", "Type the accented letter as one character."
    if expected:
        problems.add(path, line, column, repr(cell), expected, fix)
    return not expected
