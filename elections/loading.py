"""Loads the counts of the stations into SQLite while the rest of the database is made.

They go from DuckDB to SQLite as text, sorted by their key, some at a time; the CSV table of apsw is the fastest way in.
Whether a count is there twice is not asked before: the key of the table says so.
"""

import contextlib
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING

from elections.progress import progress

if TYPE_CHECKING:
    import duckdb

AT_ONCE = 250_000  # counts; more are no faster


class Repeated(Exception):
    """A count is there twice."""


class Loading:
    """The counts on their way into a new SQLite file, by a thread.

    sql: the folder of the queries. scratch: a folder for what is on its way. definition: of the table of counts.
    """

    def __init__(
        self, counts: "duckdb.DuckDBPyConnection", sql: Path, scratch: Path, file: Path, definition: str, total: int
    ) -> None:
        self.counts = counts
        self.sql = sql
        self.scratch = scratch
        self.file = file
        self.definition = definition
        self.total = total
        self.rows = 0
        self.stopped = threading.Event()
        # While one thread inserts a part of the counts, the other writes the next one.
        self.threads = ThreadPoolExecutor(2)
        self.done: Future[None] = self.threads.submit(self._load)

    def close(self) -> None:
        """End the loading, wherever it is."""
        self.stopped.set()
        self.threads.shutdown()

    def wait(self, bar: bool) -> Iterator[str]:
        """Wait until all is loaded, yielding lines of progress. Raises Repeated."""
        with progress("loading", self.total, bar) as told:
            while not self.done.done():
                wait([self.done], timeout=0.1)
                if line := told(self.rows):
                    yield line
        self.done.result()

    def _load(self) -> None:
        import apsw
        import apsw.sqlite_extra

        with contextlib.closing(apsw.Connection(str(self.file))) as db:
            db.execute("pragma page_size = 8192; pragma journal_mode = off; pragma synchronous = off")
            db.execute("pragma cache_size = -16000")
            apsw.sqlite_extra.load(db, "csv")
            db.execute(self.definition)
            db.execute("begin")
            for first, path in self._parts():
                if self.stopped.is_set():
                    return
                quoted = str(path).replace("'", "''")
                db.execute(
                    f"create virtual table temp.part using csv(filename = '{quoted}', columns = 4, "
                    "schema = 'create table part (station, list, candidate, votes)')"
                )
                try:
                    db.execute(
                        f"insert into station_results select {first} + station, cast(list as integer), "
                        "cast(candidate as integer), cast(votes as integer) from temp.part"
                    )
                except apsw.ConstraintError as error:
                    raise Repeated(str(error)) from error
                self.rows += db.changes()
                db.execute("drop table temp.part")
                path.unlink()  # at once, so that hardly any of it is written to the disk
            db.execute("commit")

    def _parts(self) -> Iterator[tuple[int, Path]]:
        """Yield each part as its first station and a file; the next one is written meanwhile."""
        self.counts.execute("set variable parts = ?", [1 + self.total // AT_ONCE])
        parts = self.counts.execute((self.sql / "parts.sql").read_text(encoding="utf-8")).fetchall()
        before = None
        for number, part in enumerate([*parts, None]):
            path = self.scratch / f"part-{number}.csv"
            begun = self.threads.submit(self._write, path, *part) if part else None
            if before:
                yield before.result()
            before = begun

    def _write(self, path: Path, first: int, last: int) -> tuple[int, Path]:
        self.counts.execute("set variable first_station = ?", [first])
        self.counts.execute("set variable last_station = ?", [last])
        query = (self.sql / "counts_of_part.sql").read_text(encoding="utf-8").rstrip().removesuffix(";")
        quoted = str(path).replace("'", "''")
        self.counts.execute(f"copy ({query}) to '{quoted}' (format csv, header false, use_tmp_file false)")
        return first, path
