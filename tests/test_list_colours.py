"""Are the colours of the lists told apart, also by those who see fewer colours?"""

import sqlite3
from collections.abc import Callable
from itertools import combinations

import pytest
from coloraide import Color
from conftest import PROJECT
from spoiling import rows_of
from sqlite_utils import Database

from elections.colours import PALETTE, insert_colours

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
    for (election,) in db.execute("select id from elections").fetchall():
        colours = [
            row[0]
            for row in db.execute(
                """
                select list_colours.colour
                from seat_totals
                left join list_colours on seat_totals.list_id = list_colours.list_id
                where seat_totals.election_id = ? and seat_totals.seats > 0
                order by seat_totals.seats desc, seat_totals.votes desc
                limit 9
                """,
                [election],
            )
        ]
        assert None not in colours and len(set(colours)) == len(colours)


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


# Colours that the build derives


def derive(db: sqlite3.Connection, keep: str = "0") -> dict[str, str]:
    """Derive the colours anew, but for the given ones that are kept."""
    db.execute(f"delete from list_colours where not ({keep})")
    insert_colours(Database(db))
    return dict(db.execute("select list_id, colour from list_colours").fetchall())


def test_given_colours_are_those_of_the_file_and_the_others_are_derived(db: sqlite3.Connection) -> None:
    given = {row["list_id"]: row["colour"] for row in rows_of(PROJECT / "data", "list_colours")}
    assert dict(db.execute("select list_id, colour from list_colours where basis = 'given'").fetchall()) == given


@pytest.mark.parametrize("keep", ["0", "rowid % 2", "list_id < 'm'", "1"])
@pytest.mark.parametrize(
    "test",
    [
        test_no_two_lists_in_a_council_share_a_colour,
        test_a_party_keeps_its_colour,
        test_two_colours_are_told_apart,
    ],
)
def test_derived_colours_are_told_apart_like_given_ones(
    scratch: sqlite3.Connection, subtests: pytest.Subtests, test: Callable[..., None], keep: str
) -> None:
    derive(scratch, keep)
    test(*[scratch, subtests][: test.__code__.co_argcount])


def test_the_larger_lists_of_an_election_have_different_derived_colours(scratch: sqlite3.Connection) -> None:
    colours = derive(scratch)
    assert set(colours.values()) <= set(PALETTE)
    test_the_nine_strongest_lists_of_an_election_have_nine_colours(scratch)


def test_nearly_every_list_with_a_seat_has_a_derived_colour(scratch: sqlite3.Connection) -> None:
    """Grey is left for councils in which more lists have seats than there are colours."""
    colours = derive(scratch)
    won = {row[0] for row in scratch.execute("select list_id from results where seats > 0 and list_id is not null")}
    assert len(won & colours.keys()) > 0.8 * len(won)


def test_a_list_without_a_seat_has_the_colour_of_its_party_or_none(scratch: sqlite3.Connection) -> None:
    scratch.execute("insert into lists (id, election_id, name, party_id) values"
                    " ('law-again', '2023', 'x', 'state-of-law-coalition'), ('nobody', '2023', 'y', null)")  # fmt: skip
    colours = derive(scratch)
    assert colours["law-again"] == colours["state-of-law-2013"] == colours["state-of-law-2023"]
    assert "nobody" not in colours


def test_a_party_that_took_another_name_keeps_the_colour(scratch: sqlite3.Connection) -> None:
    """Of the given colour of a list, and of derived ones."""
    scratch.execute("insert into party_links values ('liberal-coalition', 'new-generation-movement', 'renamed',"
                    " 'likely', 'made up'), ('new-generation-movement', 'babylon-movement', 'joined', 'likely',"
                    " 'made up')")  # fmt: skip
    for keep in ("list_id = 'liberal-coalition-2013'", "0"):
        colours = derive(scratch, keep)
        assert colours["new-generation-2023"] == colours["babylon-2023"] == colours["liberal-coalition-2013"]


def test_derived_colours_do_not_depend_on_the_order_of_rows(scratch: sqlite3.Connection) -> None:
    colours = derive(scratch)
    for table in ("lists", "results"):
        scratch.execute(f"create temp table reversed as select * from {table} order by id desc")
        scratch.execute(f"delete from {table}")
        scratch.execute(f"insert into {table} select * from reversed")
        scratch.execute("drop table reversed")
    assert derive(scratch) == colours
