"""What is wrong with the data, collected over a whole run so that all of it can be told at once."""

import errno
import os
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

DISK_CODES = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS}
LISTED = 100  # problems of a file of station results that are listed; all are counted


@dataclass(frozen=True, order=True)
class Problem:
    """One fault in a file: where it is, what stands there, what was expected and how to fix it."""

    file: str
    line: int
    column: str
    found: str
    expected: str
    fix: str
    # Names of files: a fault in one of them may be the cause of this one. "header" is that of the same file.
    follows: tuple[str, ...] = field(default=(), compare=False)

    def may_follow_from(self, other: "Problem") -> bool:
        """Tell whether another fault may be the cause of this one."""
        if "header" in self.follows and other.line == 1 and self.line > 1 and other.file == self.file:
            return True
        return other.file != self.file and other.file.rpartition("/")[2] in self.follows

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        column = f', column "{_shown(self.column)}"' if self.column else ""
        return f"{place}{column}: found {_shown(self.found)}; expected {self.expected}. {self.fix}"


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

    def add(
        self, path: Path, line: int, column: str, found: str, expected: str, fix: str, follows: Iterable[str] = ()
    ) -> None:
        """Note one problem. `line` is counted from 1; 0 stands for the file as a whole.

        follows: names of the files in which a fault may be the cause of this one; "header" is that of the same file.
        """
        if path in self._left:
            if not self._left[path]:
                self.unlisted += 1
                return
            self._left[path] -= 1
        self.found.append(Problem(self.name(path), line, column, found, expected, fix, tuple(follows)))

    def tell_of(self, path: Path, line: int) -> bool:
        """Tell whether a line is known to be at fault."""
        name = self.name(path)
        return any(problem.file == name and problem.line == line for problem in self.found)

    def limit(self, path: Path, most: int = LISTED) -> None:
        """List only so many problems of a file that may have millions; the others are counted."""
        self._left.setdefault(path, most)

    def total(self) -> str:
        """Say how many problems there are."""
        echoes = len(self.causes_and_echoes()[1])
        return (
            f"{len(set(self.found)) + self.unlisted:,} faults in the data"
            + (f"; {echoes:,} of them may only follow from the others" if echoes else "")
            + (f"; {self.unlisted:,} of them are not listed, as {LISTED} of their file are" if self.unlisted else "")
            + "."
        )

    def causes_and_echoes(self) -> tuple[list[Problem], list[Problem]]:
        """Part the problems into those to fix first and those that may go away with them."""
        causes: set[Problem] = set()
        echoes: set[Problem] = set()
        left = set(self.found)
        while left:
            new = {one for one in left if any(one.may_follow_from(other) for other in causes | echoes)}
            echoes |= new
            left -= new
            # What nothing that is left can explain is a cause; where each explains the other, all are.
            free = {one for one in left if not any(one.may_follow_from(other) for other in left)} or left
            causes |= free
            left -= free
        return sorted(causes), sorted(echoes)

    def name(self, path: Path) -> str:
        """Return how a file is told: data/sources.csv."""
        return path.relative_to(self.root.parent).as_posix() if path.is_relative_to(self.root.parent) else str(path)

    def __bool__(self) -> bool:
        return bool(self.found)

    def __str__(self) -> str:
        causes, echoes = self.causes_and_echoes()
        between = ["The faults below may only follow from those above:"] if echoes else []
        return "\n".join(map(str, [*causes, *between, *echoes]))


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
