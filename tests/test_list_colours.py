"""Are the colours of the lists told apart, also by those who see fewer colours?"""

import sqlite3
from itertools import combinations

import pytest
from coloraide import Color

GREY = "#D8D8D8"  # of every list without a colour of its own, see sql/pages/
# Differences after CIEDE2000; from about 2 on people see one, side by side. A chart needs more.
DISTINCT = 10


def test_two_colours_are_told_apart(db: sqlite3.Connection, subtests: pytest.Subtests) -> None:
    palette = [row[0] for row in db.execute("select distinct colour from list_colours order by colour")] + [GREY]
    assert len(palette) == 10
    for sight in [None, "protan", "deutan", "tritan"]:
        with subtests.test(sight):
            seen = {one: Color(one).filter(sight) if sight else Color(one) for one in palette}
            for one, other in combinations(palette, 2):
                assert seen[one].delta_e(seen[other], method="2000") > DISTINCT, (one, other)


def test_no_two_lists_in_a_council_share_a_colour(db: sqlite3.Connection) -> None:
    shared = db.execute(
        """
        select won.election_id, won.governorate_id, list_colours.colour, group_concat(distinct won.list_id)
        from seats_by_governorate as won
        inner join list_colours on won.list_id = list_colours.list_id
        where won.seats > 0
        group by won.election_id, won.governorate_id, list_colours.colour
        having count(distinct won.list_id) > 1
        """
    ).fetchall()
    assert shared == []


def test_the_nine_strongest_lists_of_an_election_have_nine_colours(db: sqlite3.Connection) -> None:
    for election in ("2013", "2023"):
        colours = [
            row[0]
            for row in db.execute(
                """
                select list_colours.colour
                from seat_totals
                left join list_colours on seat_totals.list_id = list_colours.list_id
                where seat_totals.election_id = ?
                order by seat_totals.seats desc, seat_totals.votes desc
                limit 9
                """,
                [election],
            )
        ]
        assert None not in colours and len(set(colours)) == 9


def test_a_party_keeps_its_colour(db: sqlite3.Connection) -> None:
    changed = db.execute(
        """
        select lists.party_id
        from lists
        inner join list_colours on lists.id = list_colours.list_id
        where lists.party_id is not null
        group by lists.party_id
        having count(distinct list_colours.colour) > 1
        """
    ).fetchall()
    assert changed == []
