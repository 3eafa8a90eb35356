"""The SQL function allocate_seats: what another rule would make of the votes, by the project's one implementation.

    allocate_seats(rule, seats, lists, total)

rule: a JSON object with method and, for highest_averages, first_divisor, second_divisor and divisor_step, for
largest_remainder remainders. lists: a JSON list of objects with id, votes and, for a person who stands alone,
is_person = 1. total: all valid votes, or null. Returns a JSON object: undecided (why there are no seats, or null),
quotas, seats (for each list its certain and its possible seats) and steps. Null where an argument is not valid. The
view allocation_inputs has the arguments for the contests of the database.

It is deterministic, and bounded in what it takes, so that it may be called by any visitor's query.
"""

import json
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from elections.allocation import Contestant, Rule, Step, allocate

MOST_LISTS, MOST_SEATS, MOST_VOTES = 200, 1000, 10**9
# Arabic and Persian digits, and what separates decimals in both scripts.
WESTERN = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٫,", "01234567890123456789..")


def allocate_seats(rule: object, seats: object, lists: object, total: object) -> str | None:
    """Allocate seats as the SQL function says."""
    try:
        standing = [_contestant(one) for one in json.loads(str(lists))]
        if not isinstance(seats, int) or not 1 <= seats <= MOST_SEATS or len(standing) > MOST_LISTS:
            return None
        if total is not None and (not isinstance(total, int) or not 0 <= total <= MOST_LISTS * MOST_VOTES):
            return None
        names, contestants = [name for name, _ in standing], [one for _, one in standing]
        found = allocate(_rule(json.loads(str(rule))), seats, contestants, total)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return json.dumps(
        {
            "undecided": found.undecided,
            "quotas": [str(quota) for quota in found.quotas],
            "seats": [
                {"id": name, "certain": certain, "possible": possible}
                for name, certain, possible in zip(names, found.certain, found.possible, strict=True)
            ],
            "steps": [_step(names, step) for step in found.steps],
        },
        ensure_ascii=False,
    )


def read_divisor(text: str) -> Fraction:
    """Read a divisor as people type it, with a point or a comma and in any digits, or a fraction such as 17/10."""
    text = text.strip().translate(WESTERN)
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,4}|/[1-9][0-9]{0,5})?", text):
        raise ValueError(f"{text!r} is no divisor")
    return Fraction(text)


def _rule(given: Mapping[str, Any]) -> Rule:
    first, second, step = (given.get(name) for name in ("first_divisor", "second_divisor", "divisor_step"))
    if not all(one is None or (isinstance(one, int) and one <= MOST_SEATS) for one in (second, step)):
        raise ValueError("the second divisor and the step are whole numbers")
    return Rule(
        given["method"], None if first is None else read_divisor(str(first)), second, step, given.get("remainders")
    )


def _contestant(given: Mapping[str, Any]) -> tuple[object, Contestant]:
    votes = given["votes"]
    if not isinstance(votes, int) or not 0 <= votes <= MOST_VOTES:
        raise ValueError("votes are whole numbers")
    return given["id"], Contestant(votes, is_person=bool(given.get("is_person")))


def _step(names: list[object], step: Step) -> dict[str, object]:
    return {
        "place": step.place,
        "id": names[step.contestant],
        "list_seat": step.list_seat,
        "kind": step.kind,
        "divisor": None if step.divisor is None else str(step.divisor),
        "value": str(step.value),
        "tied_count": step.tied_count,
        "outcome": step.outcome,
    }
