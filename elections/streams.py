"""Reads files too large to be held in memory, plain or packed, a block of whole lines at a time."""

import csv
import gzip
import os
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, cast

import zstandard

from elections.problems import Problems
from elections.reading import LARGEST_CELL, Row, header_is_sound, note_empty, sound_row

BLOCK = 1 << 20  # bytes; larger ones are no faster
LONGEST_LINE = 100_000  # bytes; a line of such a file has some 20
ENDINGS = ("", ".gz", ".zst")
SUSPECT = (" ,", ", ", " \n", "\n ", '"')  # white space around a cell, or a quote, behind which some may be
LONGEST_FRAME_HEADER = 18  # bytes, of a packed file
REPEATED = 1  # kind of a block that is one byte many times over
BOM = b"\xef\xbb\xbf"


class Unreadable(Exception):
    """A file cannot be read to its end; the arguments are those of a problem after the column."""


def find(path: Path, problems: Problems) -> Path | None:
    """Return the file of a name, packed or not. Notes a problem if there is none, or more than one."""
    found = [each for ending in ENDINGS if (each := path.with_name(path.name + ending)).exists()]
    if not found:
        problems.add(
            path, 0, "", "no such file", "the file, or the same packed as .gz or .zst",
            "Add the file, or take its line out of the manifest.",
        )  # fmt: skip
    elif len(found) > 1:
        problems.add(
            path, 0, "", " and ".join(each.name for each in found), "one of them", "Delete those that are older."
        )
        return None
    if found:
        problems.limit(found[0])
    return found[0] if found else None


def blocks(path: Path, size: int = BLOCK) -> Iterator[bytes]:
    """Yield the bytes of a file, unpacked, in blocks of whole lines that end in a line feed each. Raises Unreadable."""
    try:
        with opened(path) as file:
            rest = file.read(len(BOM)).removeprefix(BOM)
            while block := file.read(size):
                # What comes after a carriage return at the very end is not known yet.
                if end := block.rfind(b"\n") + 1 or block.rfind(b"\r", 0, -1) + 1:
                    yield _with_line_feeds(rest + block[:end])
                    rest = block[end:]
                else:
                    rest += block
                if len(rest) > LONGEST_LINE + size:
                    raise Unreadable(
                        f"{len(rest):,} bytes without a line break", "a row a line", "Is this the right file?"
                    )
        if path.suffix == ".zst" and not _ends_with_a_frame(path):
            raise EOFError("the last frame is cut off")
        if rest:
            rest = _with_line_feeds(rest)
            yield rest if rest.endswith(b"\n") else rest + b"\n"
    except (OSError, EOFError, zlib.error, zstandard.ZstdError) as error:
        raise Unreadable(
            str(error) or type(error).__name__, "a file that can be read to its end", "Copy or pack it anew."
        ) from error


def _with_line_feeds(block: bytes) -> bytes:
    """Return a block whose lines end as on Unix, whether they end as on Windows or on an old Mac."""
    return block.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in block else block


def opened(path: Path) -> IO[bytes]:
    """Open a file for reading, unpacking it on the way."""
    if path.suffix == ".gz":
        return cast(IO[bytes], gzip.open(path))
    if path.suffix == ".zst":
        unpacked = zstandard.ZstdDecompressor().stream_reader(path.open("rb"), read_across_frames=True, closefd=True)
        return cast(IO[bytes], unpacked)
    return path.open("rb")


def _ends_with_a_frame(path: Path) -> bool:
    """Tell whether a file that could be unpacked ends where its last frame does: who unpacks it does not say.

    Goes from the head of one block to the next (RFC 8878) and reads none of them.
    """
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        place = 0
        while place < size:
            file.seek(place)
            head = file.read(LONGEST_FRAME_HEADER)
            if head[1:4] == b"\x2a\x4d\x18":  # a frame to be skipped
                place += 8 + int.from_bytes(head[4:8], "little")
                continue
            place += zstandard.frame_header_size(head)
            last = False
            while not last and place < size:
                file.seek(place)
                block = int.from_bytes(file.read(3), "little")
                last = bool(block & 1)
                place += 3 + (1 if block >> 1 & 3 == REPEATED else block >> 3)
            if not last:
                return False
            place += 4 * zstandard.get_frame_parameters(head).has_checksum
        return place == size


def rows(path: Path, problems: Problems, columns: Sequence[str]) -> Iterator[Row]:
    """Yield the sound rows of a CSV file; what is wrong with the others is noted.

    columns: the header wanted, in any order. A cell cannot hold a line break, so each line is judged by itself.
    """
    for header, line, raw, plain in body(path, problems, columns):
        cells = raw.decode("utf-8").split(",") if plain else parse(path, line, raw, problems)
        if cells is None:
            continue
        if plain and len(cells) == len(header):
            yield Row(line, dict(zip(header, cells, strict=True)))
        elif row := sound_row(path, line, header, cells, problems):
            yield row


def body(path: Path, problems: Problems, columns: Sequence[str]) -> Iterator[tuple[list[str], int, bytes, bool]]:
    """Yield the lines below the header: the header, the number of the line, the line, and whether it is plain.

    Ends where the header or the file is at fault, which is noted.
    """
    header: list[str] | None = None
    line = 0
    try:
        for block in blocks(path):
            plain = is_plain(block)
            for raw in block.splitlines():
                line += 1
                if header is not None:
                    yield header, line, raw, plain
                    continue
                header = parse(path, line, raw, problems)
                if header is None or not header_is_sound(path, header, columns, problems):
                    return
    except Unreadable as fault:
        problems.add(path, 0, "", *fault.args)
        return
    if header is None:
        note_empty(path, problems)


def is_plain(block: bytes) -> bool:
    """Tell of most blocks, at once for all cells, that they are sound."""
    try:
        text = (b"\n" + block + b"\n").decode("utf-8")
    except UnicodeDecodeError:
        return False
    return (
        text.replace("\n", "").isprintable()
        and not any(marks in text for marks in SUSPECT)
        and max(map(len, text.split("\n"))) < LARGEST_CELL
        and (text.isascii() or unicodedata.is_normalized("NFC", text))
    )


def parse(path: Path, line: int, raw: bytes, problems: Problems) -> list[str] | None:
    """Return the cells of one line, None if it is no line of CSV."""
    try:
        if b"\0" in raw:
            problems.add(path, line, "", "a NUL byte", "text", "Save the file as plain UTF-8 text.")
            return None
        text = raw.decode("utf-8")
        return next(csv.reader([text], strict=True), []) if '"' in text else text.split(",")
    except UnicodeDecodeError as error:
        found, expected = f"the byte 0x{raw[error.start]:02x}", "UTF-8"
        problems.add(path, line, "", found, expected, "Save the file with the encoding UTF-8.")
    except csv.Error as error:
        problems.add(
            path, line, "", f"a quoting error ({error})", "every opening quote to be closed in its line",
            "Close the quote, and double inner ones.",
        )  # fmt: skip
    return None
