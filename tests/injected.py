"""A copy of data/ in which every name and sentence carries markup, code and formulas."""

import csv
from collections import defaultdict
from pathlib import Path

from spoiling import files_of, read_rows, rows_of, write_rows

# What a browser, a template or a spreadsheet might take for more than a text; formulas come first in a cell.
MARKUP = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}",
    "{% raw %}",
    "</script><script>alert(1)</script>",
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "<svg/onload=alert(1)>",
    "&lt;b&gt;",
    "[x](javascript:alert(1))",
)
FORMULAS = ("=cmd|' /C calc'!A0 ", "+1+1 ", "-1+1 ", "@SUM(1) ", "=HYPERLINK(1) ")
# The columns that people read, by file; the others are ids, numbers and words of the schema.
READ = {
    "allocation_rules": ("title", "title_ar", "description", "evidence"),
    "candidates": ("name", "name_ar", "note"),
    "contests": ("evidence",),
    "decisions": ("reason",),
    "elections": ("title", "title_ar"),
    "explanations": ("explanation",),
    "governorate_names": ("evidence",),
    "governorates": ("name_ckb", "name_kmr"),
    "list_members": ("evidence",),
    "list_names": ("evidence",),
    "lists": ("name", "name_ar"),
    "measures": ("title", "description"),
    "parties": ("name", "name_ar", "note"),
    "printed_words": ("meaning",),
    "search_aliases": ("alias",),
    "seat_types": ("title", "description"),
    "source_kinds": ("title", "description"),
    "source_tables": ("section", "locator", "caption", "cites", "note"),
    "sources": ("title", "publisher", "licence", "citation_note"),
    "stages": ("title", "description"),
    "reporting_units": ("name",),
}


def evil(text: str, number: int) -> str:
    """Put something before and behind a text."""
    return f"{FORMULAS[number % len(FORMULAS)]}{text} {MARKUP[number % len(MARKUP)]}"


def inject(data: Path) -> None:
    """Spoil a copy of data/: the curated files, and every printed name with the line that says whose it is."""
    number = 0
    # The name of a place is also a word such as Total.
    places = {row["name_as_printed"] for row in rows_of(data, "governorate_names")}
    # By folder: the names of lists and candidates as they are printed.
    printed: dict[Path, dict[str, str]] = defaultdict(dict)
    for file, columns in READ.items():
        for path in files_of(data, f"{file}.csv"):
            rows = read_rows(path)
            for row in rows:
                for column in columns:
                    if row.get(column):
                        number += 1
                        was, row[column] = row[column], evil(row[column], number)
                        if file in ("lists", "candidates") and column != "note":
                            row[column] = printed[path.parent].setdefault(was, row[column])
            write_rows(path, rows)
    for path in files_of(data, "list_names.csv"):
        rows = read_rows(path)
        for row in rows:
            name = row["name_as_printed"]
            if name not in places:
                row["name_as_printed"] = printed[path.parent].setdefault(name, evil(name, len(printed[path.parent])))
        write_rows(path, rows)
    for path in sorted(data.glob("*/*/*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            lines = list(csv.reader(file))
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(
                [[printed[path.parent.parent].get(cell, cell) for cell in line] for line in lines]
            )
