"""Writes a workbook of plain sheets, in which every text is a text and never a formula."""

import datetime
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import xlsxwriter

from elections.codebook import Value

# Else a text that begins with = becomes a formula, one with :// a link, one of digits a number.
TEXTS_STAY = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def write_workbook(path: Path, sheets: Mapping[str, tuple[Sequence[str], Iterable[Sequence[Value]]]]) -> None:
    """Write a workbook with a sheet a name (at most 31 characters): its headings and its rows. Null is no cell.

    The same rows give the same bytes. Raises ValueError for a text longer than Excel holds.
    """
    packed = path.with_suffix(".packed")
    book = xlsxwriter.Workbook(packed, TEXTS_STAY)
    # A fixed day: the time of writing is no part of the data.
    book.set_properties({"created": datetime.datetime(1980, 1, 1)})
    heading, text = book.add_format({"bold": True, "num_format": "@"}), book.add_format({"num_format": "@"})
    for name, (headings, rows) in sheets.items():
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for line, row in enumerate([headings, *rows]):
            for column, value in enumerate(row):
                if value == "":
                    sheet.write_blank(line, column, "", text)
                elif isinstance(value, str):
                    if sheet.write_string(line, column, value, text if line else heading) != 0:
                        raise ValueError(f"a text of {len(value):,} characters does not fit a cell: {value[:50]}…")
                elif value is not None:
                    sheet.write_number(line, column, value)
    book.close()
    # Unpacked: how far zlib packs differs from version to version.
    with zipfile.ZipFile(packed) as written, zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for part in written.infolist():
            archive.writestr(zipfile.ZipInfo(part.filename), written.read(part))
    packed.unlink()
