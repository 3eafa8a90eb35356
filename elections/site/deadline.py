"""Until when the query of this thread may run, for functions of SQL that are written in Python.

SQLite looks at the clock, and whether it was interrupted, between the steps of a loop. Between two calls of a function
in one row it looks at nothing; a hundred of them may stand there, or, written in a few subqueries, thousands.
"""

import math
import sqlite3
import threading


class Running(threading.local):
    """The query of this thread."""

    connection: sqlite3.Connection | None = None
    end = math.inf  # by time.perf_counter()
    stopped = False
    ours = False  # whether a connection that is made is for our own SQL, which may use SQLite's own functions
    fault = ""  # what a function had to say, which SQLite does not pass on

    def begin(self, connection: sqlite3.Connection | None, end: float) -> None:
        """Note a query, and when it ends."""
        self.connection, self.end, self.stopped, self.fault = connection, end, False, ""

    def stop(self) -> None:
        """Interrupt the query. What a function answers then is not used any more."""
        self.stopped = True
        if self.connection is not None:
            self.connection.interrupt()


running = Running()
