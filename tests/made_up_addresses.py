"""Makes up addresses from the real ones: real routes, tables and parameters with values that make no sense."""

import random
import re
import sqlite3
from pathlib import Path
from urllib.parse import quote, quote_plus

from conftest import PROJECT

VALUES = (
    "0", "-1", "2023", "kirkuk", "max", "on", "1e309", "NaN", "None", "null", "%", "%%", "%zz", "../..", "[]", "{}",
    '["a"]', "id", "-", ",", "~2E", "a,b", "*", "\\", "rowid", "كركوك", "😀", "", "9" * 30, "9" * 5_000,
    "\x00", "\ufeff", "' or 1=1 --", '"><script>alert(1)</script>', "{{7*7}}", "a" * 3_000, "1 2",
    "\r\nX: y", "id desc",
)  # fmt: skip
PARAMETERS = """
    _size _next _sort _sort_desc _facet _facet_array _facet_date _facet_size _nofacet _col _nocol _shape _json
    _json_infinity _labels _label _search _searchmode _where _through _trace _stream _header _dl _ttl _timelimit _nl
    _extra _hide_sql _show_sql _filter_column _filter_op _filter_value _nocount _next_url _sort_by_desc _nosuggest sql q
    election governorate list party code first_divisor next_divisors name _blob_column _blob_hash _r
"""
OPERATORS = """
    exact not contains endswith startswith gt gte lt lte like notlike glob in notin arraycontains arraynotcontains date
    isnull notnull isblank notblank nothing
"""
SUFFIXES = ("", "", "", ".json", ".csv", ".xlsx", ".blob", ".nothing", ".jsono", ".db")
READERS_PAGES = (
    "", "governorates", "governorate/{}", "lists", "list/{}", "party/{}", "election/{}", "compare", "audit", "sources",
    "source/{}", "figure/{}", "simulator", "download", "about", "search", "claim/{}", "method",
)  # fmt: skip
DATASETTES = """
    /-/health /-/version /-/versions /-/metadata /-/plugins /-/settings /-/threads /-/config /-/databases /-/actor
    /-/permissions /-/allow-debug /-/messages /-/patterns /-/logout /-/auth-token /-/search /-/static/app.css
    /-/dashboards /-/dashboards/{} /-/dashboards/{}/{} /-/dashboards/election/embed /robots.txt /sitemap.xml
    /favicon.ico /static/site.css /_memory /_internal /elections/-/{} /elections.db /-/{} /{} /elections/sqlite_master
"""


class Addresses:
    """Makes addresses up from the routes, tables, columns and questions that there are."""

    def __init__(self, database: Path) -> None:
        connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        names = connection.execute(
            "select name from sqlite_master where type in ('table', 'view') order by 1"
        ).fetchall()
        self.columns = {
            name: [row[1] for row in connection.execute(f"pragma table_info([{name}])")] for (name,) in names
        }
        self.ids = [
            row[0]
            for table in ("governorates", "lists", "parties", "sources", "claims", "figures", "elections")
            for row in connection.execute(f"select id from {table} order by id limit 40")
        ]
        connection.close()
        self.questions = sorted(path.stem for path in (PROJECT / "sql" / "pages").glob("*.sql"))

    def make(self, number: int) -> str:
        """Return the address of a number, always the same."""
        chance = random.Random(number)
        value = lambda: chance.choice([*VALUES, *chance.sample(self.ids, 5)])  # noqa: E731
        filled = lambda pattern: re.sub(r"\{\}", lambda _: quote(value(), safe=""), pattern)  # noqa: E731
        kind = chance.random()
        if kind < 0.3:
            path = chance.choice(["/", "/ar/"]) + filled(chance.choice(READERS_PAGES))
        elif kind < 0.75:
            row = f"/{quote(value(), safe='')}" if chance.random() < 0.25 else ""
            path = f"/elections/{chance.choice([*self.columns, *self.questions])}{row}"
        else:
            path = "/elections" if kind < 0.85 else filled(chance.choice(DATASETTES.split()))
        columns = [one for names in self.columns.values() for one in names]
        asked = []
        for _ in range(chance.choice([0, 1, 1, 2, 3, 6])):
            name = chance.choice(PARAMETERS.split())
            if chance.random() < 0.4:
                name = chance.choice(columns) + chance.choice(["", f"__{chance.choice(OPERATORS.split())}"])
            worth = chance.choice([value(), chance.choice(columns)])
            asked.append(f"{name}={quote(worth, safe='%&=+') if chance.random() < 0.1 else quote_plus(worth)}")
        address = path + chance.choice(SUFFIXES) + ("?" + "&".join(asked) if asked else "")
        return re.sub(r"[\s\x00-\x1f]", "+", address)
