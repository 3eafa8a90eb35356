"""Is a figure read exactly or not at all, and a file strictly, whatever stands in it?"""

import csv
import io
import re
import tempfile
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from elections import printed
from elections.printed import NotAFigure
from elections.problems import Problems
from elections.reading import read_table

TO_ARABIC = str.maketrans("0123456789,.%", "٠١٢٣٤٥٦٧٨٩٬٫٪")
counts = st.integers(min_value=0, max_value=10**17)
percents = st.decimals(min_value=0, max_value=1000, places=3) | st.decimals(min_value=0, max_value=1000, places=0)


def parse(
    text: str,
    value_type: str,
    digits: str = "western",
    words: Mapping[str, int | None] | None = None,
    maximum: int | None = None,
) -> tuple[int | float | None, int | None]:
    return printed.parse(text, value_type, digits=digits, words=words or {}, maximum=maximum)


def refused(
    text: str,
    value_type: str,
    digits: str = "western",
    words: Mapping[str, int | None] | None = None,
    maximum: int | None = None,
) -> bool:
    try:
        parse(text, value_type, digits, words, maximum)
    except NotAFigure:
        return True
    return False


@given(counts)
def test_a_whole_number_is_read_back_with_and_without_commas(number: int) -> None:
    assert parse(str(number), "integer") == (number, 0)
    assert parse(f"{number:,}", "integer") == (number, 0)


@given(counts)
def test_a_whole_number_in_arabic_digits_is_read_back(number: int) -> None:
    for western in (str(number), f"{number:,}"):
        arabic = western.translate(TO_ARABIC)
        assert parse(arabic, "integer", digits="arabic_indic") == (number, 0)
        assert refused(arabic, "integer"), "undeclared"


@given(percents)
@example(Decimal("0.028"))
@example(Decimal("100"))
@example(Decimal("10.990"))
def test_a_percentage_is_read_back_with_its_decimals(percent: Decimal) -> None:
    decimals = -int(percent.as_tuple().exponent)
    value, precision = parse(f"{percent:f}%", "percent")
    assert precision == decimals
    assert Decimal(str(value)).quantize(percent) == percent
    assert (isinstance(value, int), isinstance(value, float)) == (decimals == 0, decimals > 0)
    assert parse(f"{percent:f}%".translate(TO_ARABIC), "percent", digits="arabic_indic") == (value, precision)


@given(st.text(alphabet="0123456789,.%-+ ٠١٢٬٫٪eEOlNan_²½\u00a0", max_size=12))
def test_a_text_made_of_the_signs_of_figures_is_refused_or_read_as_written(text: str) -> None:
    """Stated a second time, and in other words than the reader: what a figure looks like."""
    groups = text.split(",")
    whole = all(part.isascii() and part.isdigit() for part in groups) and (
        len(groups) == 1 or (len(groups[0]) <= 3 and all(len(part) == 3 for part in groups[1:]))
    )
    if text == "":
        assert parse(text, "integer") == (None, None)
    elif whole:
        assert parse(text, "integer") == (int("".join(groups)), 0)
    else:
        assert refused(text, "integer")


@given(st.text(max_size=20))
def test_a_percentage_has_one_sign_at_its_end_and_at_most_one_point(text: str) -> None:
    if text and not (
        text.isascii() and text.endswith("%") and all(part.isdigit() for part in text[:-1].split("."))
        and text.count(".") <= 1
    ):  # fmt: skip
        assert refused(text, "percent")


@given(counts, st.integers(min_value=0, max_value=30), st.sampled_from([*"OlI -+.%٫'’_e\u00a0\u200f\t\n"]))
def test_a_sign_put_into_a_number_spoils_it(number: int, place: int, sign: str) -> None:
    whole = f"{number:,}"
    place %= len(whole) + 1
    assert refused(whole[:place] + sign + whole[place:], "integer")


@given(st.integers(min_value=1000, max_value=10**15), st.data())
def test_a_number_that_lost_a_digit_after_a_comma_is_refused(number: int, data: st.DataObject) -> None:
    whole = f"{number:,}"
    first = whole.index(",") + 1
    place = data.draw(st.sampled_from([at for at in range(first, len(whole)) if whole[at] != ","]))
    assert refused(whole[:place] + whole[place + 1 :], "integer")


@given(st.text())
def test_a_text_is_taken_as_it_is(text: str) -> None:
    assert parse(text, "text") == (None, None)


@given(st.text(), st.sampled_from(["integer", "percent", "ordinal"]), st.sampled_from(["western", "arabic_indic"]))
def test_any_text_is_read_or_refused_with_what_was_expected(text: str, value_type: str, digits: str) -> None:
    try:
        value, decimals = parse(text, value_type, digits=digits, maximum=1000)
    except NotAFigure as expected:
        assert re.match(r"(a|at most) \S+", str(expected))
    else:
        assert (value is None) == (text == "") == (decimals is None)
        assert value is None or 0 <= value <= 1000


@given(counts, counts)
def test_nothing_above_the_maximum_is_taken(number: int, maximum: int) -> None:
    assert refused(f"{number:,}", "integer", maximum=maximum) == (number > maximum)


@pytest.mark.parametrize("digits", [19, 100, 4_300, 4_301, 100_000])
def test_a_run_of_digits_too_long_for_any_column_is_refused(digits: int) -> None:
    assert refused("9" * digits, "integer")
    assert refused("9" * digits + "%", "percent")
    assert refused("1." + "9" * digits + "%", "percent")
    assert refused("1" + ",000" * digits, "integer")


@pytest.mark.parametrize(
    ("word", "value_type", "expected"),
    [
        ("None", "integer", (0, 0)),  # the source says that no seat was won
        ("-", "integer", (None, None)),  # a dash says nothing
        ("First", "ordinal", (1, 0)),
        ("", "ordinal", (None, None)),
    ],
)
def test_a_word_stands_for_what_the_table_of_words_says(
    word: str, value_type: str, expected: tuple[int | None, int | None]
) -> None:
    assert parse(word, value_type, words={"None": 0, "-": None, "First": 1}) == expected


def test_a_word_of_no_table_is_refused() -> None:
    for word in ("none", "None ", "NONE", "—", "First"):
        assert refused(word, "integer", words={"None": 0, "-": None})


# Cells that a file may hold: printable, composed, without space around.
cells = st.text(
    alphabet=st.characters(exclude_categories=["Cc", "Cs"]), max_size=20
).filter(lambda cell: cell == cell.strip() and cell == unicodedata.normalize("NFC", cell))  # fmt: skip
tables = st.integers(min_value=2, max_value=5).flatmap(
    lambda width: st.tuples(
        st.lists(cells.filter(bool), min_size=width, max_size=width, unique=True),
        st.lists(st.lists(cells, min_size=width, max_size=width), max_size=6),
    )
)


def read(content: bytes, columns: list[str] | None = None) -> tuple[list[str], list[dict[str, str]], list[str], bool]:
    """Return the header, the rows, what was wrong and whether the table is whole."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        path.write_bytes(content)
        problems = Problems(Path(folder))
        table = read_table(path, problems, columns)
        return (
            table.columns,
            [row.cells for row in table.rows],
            str(problems).split("\n") if problems else [],
            table.whole,
        )


def written(header: list[str], rows: list[list[str]], newline: str = "\n", quoting: int = csv.QUOTE_MINIMAL) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=newline, quoting=quoting).writerows([header, *rows])  # type: ignore[arg-type]
    return text.getvalue().encode()


@given(tables, st.sampled_from(["\n", "\r\n"]), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), st.booleans())
def test_what_a_csv_writer_writes_is_read_back(
    table: tuple[list[str], list[list[str]]], newline: str, quoting: int, mark: bool
) -> None:
    header, rows = table
    content = (b"\xef\xbb\xbf" if mark else b"") + written(header, rows, newline, quoting)
    # A first heading that is a mark itself would be taken for the file's.
    if header[0].startswith("\ufeff"):
        return
    columns, found, wrong, whole = read(content)
    assert not wrong
    assert whole
    assert columns == header
    assert found == [dict(zip(header, row, strict=True)) for row in rows]


@given(tables, st.data())
def test_the_columns_wanted_may_stand_in_any_order(
    table: tuple[list[str], list[list[str]]], data: st.DataObject
) -> None:
    header, rows = table
    if header[0].startswith("\ufeff"):
        return
    _, found, wrong, _ = read(written(header, rows), data.draw(st.permutations(header)))
    assert not wrong
    assert len(found) == len(rows)


@given(st.binary(max_size=200), st.sampled_from([None, ["id", "name"]]))
@example(b"", None)
@example(b"\xef\xbb\xbf", None)
@example(b'"', None)
@example(b"a,b\n\0", None)
@example(b"\r", None)
@example(b"a,b\r1,2\r", None)
@example(b"id,name\n1,2\n\n", ["id", "name"])
def test_no_bytes_make_it_stumble(content: bytes, columns: list[str] | None) -> None:
    header, rows, wrong, whole = read(content, columns)
    assert whole == (not wrong)
    assert all(list(row) == header for row in rows)
    assert all(re.match(r"\S+/table\.csv(:\d+)?(, column \".*\")?: found .*; expected .+", line) for line in wrong)
    assert all(line.isprintable() for line in wrong)


@given(st.text(alphabet='ab,"\n\r \0é٣\x1b', max_size=60))
def test_no_signs_of_a_table_make_it_stumble(text: str) -> None:
    header, rows, wrong, whole = read(text.encode())
    assert whole == (not wrong)
    for row in rows:
        assert list(row) == header
        assert all(cell == cell.strip() and "\n" not in cell and "\0" not in cell for cell in row.values())


@given(tables, st.data())
def test_a_cell_too_many_or_too_few_is_told_with_its_line(
    table: tuple[list[str], list[list[str]]], data: st.DataObject
) -> None:
    header, rows = table
    if not rows or header[0].startswith("\ufeff"):
        return
    number = data.draw(st.integers(min_value=0, max_value=len(rows) - 1))
    spoiled = [list(row) for row in rows]
    if data.draw(st.booleans()):
        spoiled[number].append("x")
    else:
        spoiled[number] = ["x"] * (len(header) - 1)
    _, found, wrong, whole = read(written(header, spoiled))
    assert not whole
    assert len(found) == len(rows) - 1
    assert len(wrong) == 1
    assert f"table.csv:{number + 2}: found " in wrong[0]


def test_a_line_is_counted_where_the_file_has_it_though_a_cell_above_is_broken_over_two() -> None:
    _, found, wrong, _ = read(b'a,b\n"x\ny",1\n2\n')
    assert not found
    assert [line.partition(": found")[0].rpartition("/")[2] for line in wrong] == [
        'table.csv:2, column "a"',
        "table.csv:4",
    ]
