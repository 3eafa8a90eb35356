"""The settings of the site, each with its reason."""

from typing import Any

# The name of the database in addresses, whatever its file is called.
DATABASE = "elections"

# Of Datasette.
DATASETTE: dict[str, Any] = {
    # An honest question to this database takes some milliseconds. Longer ones take the time of other visitors.
    "sql_time_limit_ms": 500,
    # A facet that takes longer is left out of the page, and the page comes.
    "facet_time_limit_ms": 200,
    # Suggesting facets asks a query for each column of each page. metadata.yml names the facets that are of use.
    "suggest_facets": False,
    # Every table of documents whole, as JSON with _size=max. CSV with _stream=1 has no bound of this kind.
    "max_returned_rows": 10_000,
    # The largest table of documents has 2 MB.
    "max_csv_mb": 20,
    "default_page_size": 100,
    # elections.db itself may be downloaded: that is the point of it.
    "allow_download": True,
    # Threads for what our pages and tables ask that is slow. The SQL of visitors has its own (TURNS).
    "num_sql_threads": 2,
}

# Rows of a page of Datasette's, whatever is asked for: each takes a processor for a third of a millisecond.
ROWS_OF_A_PAGE = 300
# Facets that a visitor asks for, and values of a facet: for each value Datasette writes a link, and answers nobody
# meanwhile.
FACETS = 12
VALUES_OF_A_FACET = 100
# Cells that are shown before others have their turn; some five milliseconds.
CELLS_AT_ONCE = 500

# Queries of visitors, and tables, that are worked on at once: they leave threads and processors to the pages.
TURNS = 2
# Those who wait for a turn; who comes later is told to come back (503).
WAITING = 64
# Seconds after which the next one's turn comes, even if the answer is still being read.
LONGEST_TURN = 10.0
# Lines of a CSV file that are written before others are answered: some five milliseconds.
PARTS_AT_ONCE = 200
# Our own SQL runs where it is asked, without changing threads, for so many milliseconds; then it is put on a thread.
AT_ONCE_MS = 25

# Bounds of each connection to the database, by the names of sqlite3's constants.
LIMITS = {
    # Bytes of one value or row. The longest cell of the database has some 10,000.
    "SQLITE_LIMIT_LENGTH": 100_000,
    "SQLITE_LIMIT_SQL_LENGTH": 20_000,
    # Columns of one result.
    "SQLITE_LIMIT_COLUMN": 200,
    # Depth of an expression, terms of a compound select: the SQL of the views needs a tenth.
    "SQLITE_LIMIT_EXPR_DEPTH": 200,
    "SQLITE_LIMIT_COMPOUND_SELECT": 50,
    "SQLITE_LIMIT_LIKE_PATTERN_LENGTH": 200,
    # Steps of a compiled query; the longest of ours has 1,700. SQLite looks at the clock in loops only: a text that is
    # written to have none and as many costly steps as this lasts a second.
    "SQLITE_LIMIT_VDBE_OP": 2_700,
    "SQLITE_LIMIT_VARIABLE_NUMBER": 5_000,
    "SQLITE_LIMIT_ATTACHED": 0,
    "SQLITE_LIMIT_WORKER_THREADS": 0,
}
# Bytes of all rows of one result. The greatest page of a table of ours has a tenth.
LARGEST_RESULT = 4_000_000
# Bytes that SQLite may take in one process, for sorting and the like; what asks for more is stopped.
LARGEST_HEAP = 64_000_000
# Seconds after which a visitor's query is a long one.
LONG = 0.1
# Seconds after which our own query tries again if that is taken.
PATIENCE = 0.6

# Times that a query of our pages is tried again which took too long.
TRIES = 4

# Bytes that a worker may grow by, from its first minute on, before a fresh one takes its place: answers that are kept
# take half of it, and Python seldom gives back what a storm of large ones took. Seconds that it lives at the least.
LARGEST_GROWTH = 12_000_000
# Bytes after which it does not wait until nobody is connected.
TOO_LARGE = 100_000_000
SHORTEST_LIFE = 60.0

# Answers kept in memory by each process, in bytes after compression.
KEPT_PAGES = 5_000_000
KEPT_TABLES = 1_500_000
# Of visitors' own SQL, which cannot push the others out, and for so many seconds.
KEPT_SQL = 500_000
KEPT_SQL_SECONDS = 30.0
LARGEST_KEPT = 500_000

# Letters of a text of which it is remembered what was made of it, and of an id that becomes a link. The longest id has
# some 100.
LONGEST_REMEMBERED = 200

# Of requests: bytes of the address and the headers together, and seconds that the headers may take.
LARGEST_HEAD = 32_768
SLOWEST_HEAD = 10.0
# Seconds without a byte taken after which a reader of an answer is given up.
SLOWEST_READER = 20.0
# Open connections of each process.
CONNECTIONS = 2_000
