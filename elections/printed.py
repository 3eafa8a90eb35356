"""Turns a figure as printed into a number, exactly or not at all."""

import re
from collections.abc import Mapping

ARABIC_INDIC = str.maketrans("٠١٢٣٤٥٦٧٨٩٬٫٪", "0123456789,.%")

# At most 18 digits: more fit into no column, and a run of thousands of them would stop int().
_INTEGER = re.compile(r"[0-9]{1,3}(?:,[0-9]{3}){1,5}|[0-9]{1,18}")
_PERCENT = re.compile(r"([0-9]{1,18})(?:\.([0-9]{1,18}))?(%?)")

EXPECTED = {
    "integer": "a whole number such as 1234 or 1,234",
    "percent": "a percentage such as 41% or 27.89%",
    "ordinal": "a rank in words such as First",
}


class NotAFigure(ValueError):
    """The text is no figure of the kind expected; the message says what was expected."""


def parse(
    text: str,
    value_type: str,
    *,
    digits: str = "western",
    words: Mapping[str, int | None],
    maximum: int | None = None,
    says_percent: bool = False,
) -> tuple[int | float | None, int | None]:
    """Read one printed cell.

    text: the cell verbatim. value_type: integer, percent, ordinal or text. digits: western or arabic_indic, the digits
    that the source declares. words: printed words that stand for a number, or for none. maximum: a greater number is
    taken for a slip. says_percent: the heading says percent, so that a percentage needs no sign.

    Returns the number, or None where a text or nothing stands there, and the count of digits printed after the
    point (None where there is no number). Percentages come back in percent: "27.89%" is 27.89.
    Raises NotAFigure.
    """
    if text == "" or value_type == "text":
        return None, None
    if text in words:
        word = words[text]
        return word, None if word is None else 0
    plain = text.translate(ARABIC_INDIC) if digits == "arabic_indic" else text
    value: int | float | None = None
    decimals = 0
    if value_type == "integer" and _INTEGER.fullmatch(plain):
        value = int(plain.replace(",", ""))
    elif value_type == "percent" and (match := _PERCENT.fullmatch(plain)) and (match[3] or says_percent):
        fraction = match[2] or ""
        decimals = len(fraction)
        value = float(f"{match[1]}.{fraction}") if fraction else int(match[1])
    if value is None:
        raise NotAFigure(EXPECTED.get(value_type, "a measure of a known value_type"))
    if maximum is not None and value > maximum:
        raise NotAFigure(f"at most {maximum:,}")
    return value, decimals
