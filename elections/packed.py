"""Finds files that may be packed, and tells whether they are whole: DuckDB reads one that is cut off without a word."""

import gzip
import os
import zlib
from pathlib import Path

from elections.problems import Problems
from elections.reading import note_empty

ENDINGS = ("", ".gz", ".zst")


def find(path: Path, problems: Problems) -> Path | None:
    """Return the file of a name, packed or not. Notes a problem if there is none, more than one, or only part of it."""
    found = [each for ending in ENDINGS if (each := path.with_name(path.name + ending)).exists()]
    if not found:
        problems.add(
            path, 0, "", "no such file", "the file, or the same packed as .gz or .zst",
            "Add the file, or take its line out of the manifest.",
        )  # fmt: skip
        return None
    if len(found) > 1:
        names = " and ".join(each.name for each in found)
        problems.add(path, 0, "", names, "one of them", "Delete those that are older.")
        return None
    if not found[0].stat().st_size:
        note_empty(found[0], problems)
        return None
    if fault := _damage(found[0]):
        problems.add(found[0], 0, "", fault, "a file that can be read to its end", "Copy or pack it again.")
        return None
    return found[0]


def _damage(path: Path) -> str:
    """Say what is wrong with the packing of a file, if anything is."""
    try:
        if path.suffix == ".gz":
            # DuckDB does not look at the checksums.
            with gzip.open(path) as file:
                while file.read(1 << 20):
                    pass
        if path.suffix == ".zst" and not _ends_with_a_frame(path):
            return "the last frame is cut off"
    except (OSError, EOFError, zlib.error) as error:
        return str(error)
    return ""


def _ends_with_a_frame(path: Path) -> bool:
    """Tell whether a .zst file ends where its last frame does, going from head to head of its blocks (RFC 8878)."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        while file.tell() < size:
            head = file.read(8)
            if head[1:4] == b"\x2a\x4d\x18" and len(head) == 8:  # a frame to be skipped
                file.seek(int.from_bytes(head[4:], "little"), os.SEEK_CUR)
                continue
            flags = int.from_bytes(head[4:5])
            of_content, is_single, has_checksum, of_dictionary = flags >> 6, flags >> 5 & 1, flags >> 2 & 1, flags & 3
            sizes = 1 - is_single + (0, 1, 2, 4)[of_dictionary] + (is_single, 2, 4, 8)[of_content]
            file.seek(5 - len(head) + sizes, os.SEEK_CUR)
            is_last = False
            while not is_last:
                if file.tell() >= size:
                    return False
                block = int.from_bytes(file.read(3), "little")
                is_last, is_repeated = bool(block & 1), block >> 1 & 3 == 1
                file.seek(1 if is_repeated else block >> 3, os.SEEK_CUR)
            file.seek(4 * has_checksum, os.SEEK_CUR)
        return file.tell() == size
