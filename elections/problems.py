"""What is wrong with the data, collected over a whole run so that all of it can be told at once."""

import errno
import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path

DISK_CODES = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS}
LISTED = 100  # problems of a file of station results that are listed; all are counted


@dataclass(frozen=True, order=True)
class Problem:
    """One fault in a file: where it is, what stands there, what was expected and how to mend it."""

    file: str
    line: int
    column: str
    found: str
    expected: str
    mend: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        column = f', column "{_shown(self.column)}"' if self.column else ""
        return f"{place}{column}: found {_shown(self.found)}; expected {self.expected}. {self.mend}"


def _shown(text: str) -> str:
    """Cut a long text short and escape what would break the line or act on the terminal."""
    text = text if len(text) <= 200 else text[:200] + "…"
    return text if text.isprintable() else repr(text)[1:-1]


class Problems:
    """Collects problems; paths are told relative to the folder that the data lie in."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.found: list[Problem] = []
        self.unlisted = 0
        self._left: dict[Path, int] = {}

    def add(self, path: Path, line: int, column: str, found: str, expected: str, mend: str) -> None:
        """Note one problem. `line` is counted from 1; 0 stands for the file as a whole."""
        if path in self._left:
            if not self._left[path]:
                self.unlisted += 1
                return
            self._left[path] -= 1
        self.found.append(Problem(self.name(path), line, column, found, expected, mend))

    def limit(self, path: Path, most: int = LISTED) -> None:
        """List only so many problems of a file that may have millions; the others are counted."""
        self._left.setdefault(path, most)

    def total(self) -> str:
        """Say how many problems there are."""
        return f"{len(set(self.found)) + self.unlisted:,} faults in the data" + (
            f"; {self.unlisted:,} of them are not listed, as {LISTED} of their file are." if self.unlisted else "."
        )

    def name(self, path: Path) -> str:
        """Return how a file is told: data/sources.csv."""
        return path.relative_to(self.root.parent).as_posix() if path.is_relative_to(self.root.parent) else str(path)

    def __bool__(self) -> bool:
        return bool(self.found)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in sorted(set(self.found)))


class BuildError(Exception):
    """The database cannot be built; the message is for people."""


def is_of_the_disk(error: BaseException | None) -> bool:
    """Tell whether an error, or one that led to it, is that there is no room to write, or no right to."""
    while error is not None:
        module, code = type(error).__module__.partition(".")[0], getattr(error, "sqlite_errorcode", 0)
        if isinstance(error, OSError) and error.errno in DISK_ERRORS:
            return True
        if isinstance(error, sqlite3.Error) and code & 0xFF in DISK_CODES:
            return True
        # Of packages that are not always installed.
        if module == "apsw" and type(error).__name__ in ("FullError", "IOError"):
            return True
        if module == "_duckdb" and any(os.strerror(number) in str(error) for number in DISK_ERRORS):
            return True
        error = error.__context__
    return False
