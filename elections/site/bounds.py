"""What a visitor may ask for and what it may cost, each bound with its reason.

The settings of Datasette are in settings.json; docs/deploy.md gives their reasons.
"""

# Milliseconds for which our own SQL may keep the event loop. Whatever takes longer runs again on a thread.
IN_LOOP_MS = 25

# Visitors' SQL: processes of each server worker that run it. They leave a processor to the pages.
SQL_PROCESSES = 2
# Queries that may wait for a process. The last one waits for about four seconds; the next one gets 503.
SQL_QUEUE = 14
# Seconds after the time limit at which a process is killed, for the work that SQLite cannot interrupt.
KILL_AFTER = 0.9
# Bytes of memory of such a process, where the system can bound them. An idle one has some 30 MB.
PROCESS_MEMORY = 256_000_000
# Bytes that SQLite may take in it, for sorting and the like.
SQLITE_MEMORY = 64_000_000
# A process that has had more memory than this ends once nothing was asked of it for some seconds: SQLite and Python
# seldom give back what a large sort took.
GROWN_PROCESS = 40_000_000
IDLE_SECONDS = 10.0
# Bytes of all rows of one result. The largest page of a table of ours has a tenth of that.
RESULT_SIZE = 4_000_000

# Bytes of a CSV file. Less than Datasette's own limit (max_csv_mb), at which it ends the file as if it were whole.
CSV_FILE = 20_000_000

# Limits of each connection to the database, by the names of sqlite3's constants.
SQLITE_LIMITS = {
    # Bytes of one value or row. The longest cell of the database has some 10,000.
    "SQLITE_LIMIT_LENGTH": 100_000,
    "SQLITE_LIMIT_SQL_LENGTH": 20_000,
    # Columns of one result.
    "SQLITE_LIMIT_COLUMN": 200,
    # Depth of an expression, terms of a compound select: the views need a tenth.
    "SQLITE_LIMIT_EXPR_DEPTH": 200,
    "SQLITE_LIMIT_COMPOUND_SELECT": 50,
    "SQLITE_LIMIT_LIKE_PATTERN_LENGTH": 200,
    "SQLITE_LIMIT_ATTACHED": 0,
    "SQLITE_LIMIT_WORKER_THREADS": 0,
}

# Rows of an HTML page. Each takes a third of a millisecond, during which the worker answers nobody else.
PAGE_ROWS = 300
# Facets in one request, and values of a facet: Datasette writes a link for each value.
FACETS = 12
FACET_VALUES = 100

# Tables and queries of Datasette that a worker renders at once, and requests that may wait for their turn.
TABLES_AT_ONCE = 2
TABLE_QUEUE = 64
# Seconds for which an answer may be read before the next request gets its turn.
LONGEST_TURN = 10.0

# Bytes of responses that each worker caches, and of the largest one.
CACHE_SIZE = 6_000_000
CACHED_RESPONSE = 500_000

# Characters of an id that becomes a link. The longest id has some 100.
LONGEST_ID = 200
