"""What a request asks for, and what came of it: known to the rules of HTTP and to the database alike."""

import re
from collections.abc import Container, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from datasette.utils import tilde_decode

# Parameters that hold SQL, and filters that hold a pattern: SQLite cannot interrupt the comparison with a long one.
SQL = ("sql", "_where")
PATTERNS = ("__contains", "__notcontains", "__startswith", "__endswith", "__like", "__notlike", "__glob")
# Whatever else follows the dot, Datasette answers with a page.
FILE = re.compile(r"\.(csv|json|jsono|xlsx|blob|db)$")


@dataclass(slots=True)
class Asked:
    """One request. `path` is as Datasette reads it, so that every spelling of an address is treated alike."""

    path: str
    parameters: list[tuple[str, str]] = field(default_factory=list)
    # Whether it brings SQL or a pattern of the visitor's.
    is_visitor_sql: bool = False
    # Whether Datasette is writing the rows of a CSV file, in which it tells no error.
    is_being_written: bool = False
    # Queries that failed or were interrupted. Datasette then leaves out a count, a facet or a label.
    failed_queries: int = 0

    @property
    def is_page(self) -> bool:
        """Whether the answer is a page and not a file."""
        return not FILE.search(self.path)

    @property
    def is_csv(self) -> bool:
        """Whether the answer is a CSV file, which Datasette sends while it is being made."""
        return self.path.endswith(".csv")


# The request that is being answered; None outside of one, such as at the start.
current: ContextVar[Asked | None] = ContextVar("current", default=None)


def read(scope: Mapping[str, Any], own_sql: Container[str] = ()) -> Asked:
    """Read a request. own_sql: the SQL of our charts, which the pages send back in addresses."""
    # As sent: %2F in it is no slash.
    path = (scope.get("raw_path") or scope["path"].encode()).partition(b"?")[0].decode("latin-1")
    parameters = parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
    is_visitor_sql = any(
        (name in SQL and (name != "sql" or value not in own_sql)) or name.endswith(PATTERNS)
        for name, value in parameters
    )
    return Asked(tilde_decode(path), parameters, is_visitor_sql)
