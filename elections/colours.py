"""Gives a colour to lists for which list_colours.csv has none, so that charts tell them apart.

The lists of a party, and of what it became, have one colour in every election. Two lists with seats in one council
never share a colour. A list for which no colour is left, or that won no seat and is of no party with a colour, stays
grey.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable

from sqlite_utils import Database

# Nine colours that colour-blind readers tell apart (Paul Tol, muted). The grey of the others is in sql/pages.
PALETTE = ("#CC6677", "#332288", "#DDCC77", "#117733", "#88CCEE", "#882255", "#44AA99", "#999933", "#AA4499")
LARGER = 9  # lists of an election that should have nine colours


def insert_colours(db: Database) -> int:
    """Derive the colours that are not given. Returns how many lists got one."""
    families = _families(db)
    lists = {row["id"]: row for row in db.query(
        "select lists.id, lists.election_id, lists.party_id, coalesce(sum(results.seats), 0) as seats"
        " from lists left join results on lists.id = results.list_id group by lists.id"
    )}  # fmt: skip
    councils: dict[str, set[str]] = defaultdict(set)
    for list_id, council in db.execute(
        "select results.list_id, contests.election_id || ' ' || contests.governorate_id from results"
        " inner join contests on results.contest_id = contests.id"
        " where results.list_id is not null and results.seats > 0"
    ):
        councils[list_id].add(council)
    colours: dict[str, str] = dict(db.execute("select list_id, colour from list_colours"))
    family_of = {one: families.get(row["party_id"], row["party_id"]) or one for one, row in lists.items()}
    by_size = sorted(lists, key=lambda one: (-lists[one]["seats"], one))
    colour_of_family = {family_of[one]: colours[one] for one in reversed(by_size) if one in colours}
    larger: dict[str, list[str]] = defaultdict(list)
    for one in by_size:
        if len(larger[lists[one]["election_id"]]) < LARGER:
            larger[lists[one]["election_id"]].append(one)
    given = set(colours)

    def is_free(colour: str, wanting: Iterable[str]) -> bool:
        return not any(
            colours[other] == colour and councils[one] & councils[other]
            for one in wanting
            for other in colours
            if other != one
        )

    def is_shared(colour: str, wanting: Iterable[str]) -> bool:
        return any(
            one in larger[lists[one]["election_id"]]
            and any(colours.get(other) == colour for other in larger[lists[one]["election_id"]])
            for one in wanting
        )

    # First those whose family has a colour, then the others, the largest first.
    for one in sorted(by_size, key=lambda one: family_of[one] not in colour_of_family):
        family = family_of[one]
        if one in colours:
            continue
        members = [each for each in by_size if family_of[each] == family and each not in colours]
        if family not in colour_of_family and councils[one]:
            free = [colour for colour in _in_order(family) if is_free(colour, members)]
            free = free or [colour for colour in _in_order(family) if is_free(colour, [one])]
            if free:
                colour_of_family[family] = min(free, key=lambda colour: is_shared(colour, members))
        for each in members if family in colour_of_family else ():
            if is_free(colour_of_family[family], [each]):
                colours[each] = colour_of_family[family]
    db.table("list_colours").insert_all(
        {"list_id": one, "colour": colours[one], "basis": "derived"} for one in sorted(colours.keys() - given)
    )
    return len(colours) - len(given)


def _families(db: Database) -> dict[str, str]:
    """Return for each party that is in party_links the first of all that became one another."""
    family: dict[str, set[str]] = {}
    for earlier, later in db.execute("select earlier_party_id, later_party_id from party_links"):
        joined = family.get(earlier, {earlier}) | family.get(later, {later})
        family |= dict.fromkeys(joined, joined)
    return {party: min(members) for party, members in family.items()}


def _in_order(name: str) -> list[str]:
    """Return the colours in an order that depends on a name alone."""
    start = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") % len(PALETTE)
    return [*PALETTE[start:], *PALETTE[:start]]
