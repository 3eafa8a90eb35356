"""Are the indices, the swing and the change of turnout what a hand would work out?"""

import math
import sqlite3
from collections import defaultdict
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest
from allocation import Contest, Views

VOTE_INDICES = (
    "votes", "other_votes", "unnamed_votes", "effective_parties_votes_low", "effective_parties_votes_high",
    "gallagher_low", "gallagher_high", "loosemore_hanby_low", "loosemore_hanby_high", "sainte_lague_low",
    "sainte_lague_high", "wasted_votes", "wasted_share_low", "wasted_share", "threshold_low", "threshold_high",
)  # fmt: skip
BOUNDED = ("effective_parties_votes", "effective_parties_seats", "gallagher", "loosemore_hanby", "sainte_lague")


@pytest.fixture(scope="module")
def views(project: Path) -> Views:
    return Views(project / "sql")


VOTES_OF_KIRKUK = [157649, 102545, 75166, 61435, 52278, 47919, 25910, 22701, 6879, 303, 246, 191]


def work_out(votes: list[int], seats: list[int]) -> dict[str, float]:
    """The indices of a contest in which every list is known, from their definitions."""
    vote_shares = [Fraction(v, sum(votes)) for v in votes]
    seat_shares = [Fraction(s, sum(seats)) for s in seats]
    pairs = list(zip(vote_shares, seat_shares, strict=True))
    return {
        "effective_parties_votes": float(1 / sum(v**2 for v in vote_shares)),
        "effective_parties_seats": float(1 / sum(s**2 for s in seat_shares)),
        "gallagher": 100 * math.sqrt(sum((v - s) ** 2 for v, s in pairs) / 2),
        "loosemore_hanby": float(100 * sum(abs(v - s) for v, s in pairs) / 2),
        "sainte_lague": float(100 * sum((v - s) ** 2 / v for v, s in pairs if v)),
        "wasted_share": float(100 * sum(v for v, s in pairs if not s)),
    }


def index_of(db: sqlite3.Connection, contest: str) -> sqlite3.Row:
    return db.execute("select * from indices where contest_id = ?", [contest]).fetchone()


def test_kirkuk_in_2023_worked_by_hand(db: sqlite3.Connection):
    row = index_of(db, "2023-kirkuk-general")
    # 157,649 + 102,545 + 75,166 + 61,435 + 52,278 + 47,919 for six lists with 5, 3, 2, 2, 2, 1 seats, and
    # 25,910 + 22,701 + 6,879 + 303 + 246 + 191 = 56,230 for six with none: 553,222 votes, 15 seats.
    # The total of the governorate, 559,022, less 5,155 for the Christian seat leaves 553,867: 645 are nobody's.
    assert (row["votes"], row["other_votes"], row["unnamed_votes"]) == (553867, 0, 645)
    assert (row["seats"], row["seats_unfilled"], row["lists"], row["lists_with_seats"]) == (15, 0, 12, 6)
    # Shares of votes: 28.497, 18.536, 13.587, 11.105, 9.450, 8.662, 4.683, 4.103, 1.243, 0.055, 0.044, 0.035 per cent.
    # Squares: 812.05 + 343.58 + 184.61 + 123.32 + 89.30 + 75.03 + 21.93 + 16.84 + 1.55 + 0.01 = 1668.21;
    # 10,000 / 1668.21 = 5.9945, if the 645 are no votes; if they are many lists', (553,867 / 553,222)² times as much.
    assert row["effective_parties_votes_low"] == pytest.approx(5.9945, abs=5e-5)
    assert row["effective_parties_votes_high"] == pytest.approx(6.0084, abs=5e-5)
    assert row["effective_parties_votes_high"] == pytest.approx(5.994457066 * (553867 / 553222) ** 2)
    # Seats: 15² / (5² + 3² + 2² + 2² + 2² + 1²) = 225 / 47 = 4.787.
    assert row["effective_parties_seats_low"] == row["effective_parties_seats_high"] == pytest.approx(225 / 47)
    # Shares of seats less shares of votes: 4.837, 1.464, -0.254, 2.228, 3.884, -1.995; -4.683, -4.103, -1.243, ….
    # Squares: 23.39 + 2.14 + 0.06 + 4.96 + 15.08 + 3.98 + 21.93 + 16.84 + 1.55 + 0.01 = 89.96; √(89.96 / 2) = 6.71.
    assert row["gallagher_low"] == pytest.approx(6.7066, abs=5e-5)
    one = work_out([*VOTES_OF_KIRKUK, 645], [5, 3, 2, 2, 2, 1, *[0] * 7])
    assert row["gallagher_high"] == pytest.approx(one["gallagher"])
    # The gains alone: 4.837 + 1.464 + 2.228 + 3.884 = 12.41.
    assert row["loosemore_hanby_low"] == pytest.approx(12.41, abs=5e-3)
    assert row["loosemore_hanby_high"] == pytest.approx(one["loosemore_hanby"])
    # The last seat went for 52,278 / 3 = 17,426; a first seat costs 17,426 × 1.7 = 29,624.2, of 553,222 5.35 per cent.
    assert row["entry_price"] == pytest.approx(29624.2)
    assert row["threshold_high"] == pytest.approx(5.3548, abs=1e-4)
    assert row["threshold_low"] == pytest.approx(100 * 29624.2 / 553867)
    assert row["wasted_votes"] == 56230 + 645
    assert row["wasted_share_low"] == pytest.approx(10.164, abs=1e-3)
    assert row["wasted_share"] == pytest.approx(100 * 56875 / 553867)


def test_a_council_of_which_only_the_winners_are_named(views: Views):
    """As Wasit in 2009: five lists with 123,639 of 310,194 votes and all 28 seats; the others' votes are nobody's."""
    votes = (47835, 30712, 18261, 14596, 12235)
    views.fill([Contest(28, votes, (13, 6, 3, 3, 3), total=310194)])
    row = views.rows("select * from indices where level = 'contest'")[0]
    assert row["wasted_share"] == pytest.approx(60.14, abs=5e-3)
    assert (row["wasted_votes"], row["unnamed_votes"], row["wasted_share_low"]) == (186555, 186555, 0)
    # Without the others 6.7; all in one hand 49.1, and in many 24.5.
    assert row["gallagher_low"] == pytest.approx(6.7, abs=0.05)
    assert row["gallagher_high"] == pytest.approx(49.1, abs=0.05)
    views.fill([Contest(28, votes, (13, 6, 3, 3, 3), total=310194, others=186555)])
    row = views.rows("select * from indices where level = 'contest'")[0]
    assert (row["gallagher_low"], row["gallagher_high"]) == pytest.approx((24.5, 49.1), abs=0.05)
    assert row["wasted_share_low"] == row["wasted_share"] == pytest.approx(60.14, abs=5e-3)


def test_seats_whose_winners_are_not_known_may_be_one_lists_or_many(views: Views):
    """Six of ten seats known, 4 and 2: with the rest for the first 100 / (8² + 2²), for four others 100 / (20 + 4)."""
    views.fill([Contest(10, (40, 20, None), (4, 2, None), total=80)])
    for row in views.rows("select * from indices"):
        assert row["seats_unfilled"] == 4
        assert row["effective_parties_seats_low"] == pytest.approx(100 / 68)
        assert row["effective_parties_seats_high"] == pytest.approx(100 / 24)
        assert [row[index] for index in VOTE_INDICES] == [None] * len(VOTE_INDICES)
        assert row["entry_price"] is None


@pytest.mark.parametrize("contest", ["2013-anbar-general", "2013-basra-general", "2013-baghdad-general"])
def test_bounds_where_small_lists_are_lumped(db: sqlite3.Connection, contest: str):
    """One list with all lumped votes gives one bound; with ever more lists of them their squares come to nothing."""
    row = index_of(db, contest)
    votes, seats = zip(
        *db.execute("select votes, seats from results where contest_id = ?", [contest]).fetchall(), strict=True
    )
    others = row["other_votes"]
    assert others > 10_000
    assert row["votes"] == sum(votes) + others
    one = work_out([*votes, others], [*seats, 0])
    assert row["effective_parties_votes_low"] == pytest.approx(one["effective_parties_votes"])
    assert row["gallagher_high"] == pytest.approx(one["gallagher"])
    shares = [(Fraction(v, row["votes"]), Fraction(s, sum(seats))) for v, s in zip(votes, seats, strict=True)]
    assert row["effective_parties_votes_high"] == pytest.approx(float(1 / sum(v**2 for v, _ in shares)))
    assert row["gallagher_low"] == pytest.approx(100 * math.sqrt(sum((v - s) ** 2 for v, s in shares) / 2))
    dust = work_out([*votes, *[others // 50] * 50, others % 50], [*seats, *[0] * 51])
    assert one["effective_parties_votes"] < dust["effective_parties_votes"] < row["effective_parties_votes_high"]
    assert row["gallagher_low"] < dust["gallagher"] < one["gallagher"]
    for index in ("effective_parties_seats", "loosemore_hanby", "sainte_lague"):
        assert row[f"{index}_low"] == row[f"{index}_high"] == pytest.approx(one[index]) == pytest.approx(dust[index])
    assert row["wasted_share"] == row["wasted_share_low"] == pytest.approx(dust["wasted_share"])


def test_basra_in_2013_worked_by_hand(db: sqlite3.Connection):
    row = index_of(db, "2013-basra-general")
    # 613,064 named + 34,873 lumped = 647,937 votes, as printed. The lump is 5.3822 per cent, and its square 28.968.
    assert (row["votes"], row["other_votes"], row["wasted_votes"]) == (647937, 34873, 34873)
    # 10,000 / low - 10,000 / high is that square, and twice the difference of the squared Gallagher bounds too.
    assert 10000 / row["effective_parties_votes_low"] - 10000 / row["effective_parties_votes_high"] == pytest.approx(
        28.968, abs=1e-3
    )
    assert 2 * (row["gallagher_high"] ** 2 - row["gallagher_low"] ** 2) == pytest.approx(28.968, abs=1e-3)
    # The last seat went for 292,658 / 31 = 9,440.58, the sixteenth of State of Law; a first seat costs as much (× 1).
    assert row["entry_price"] == pytest.approx(292658 / 31)


def test_every_split_of_the_lump_lies_within_the_bounds(views: Views):
    chance = Random(6)
    contests = []
    for _ in range(200):
        votes = tuple(chance.randint(1, 5000) for _ in range(chance.randint(2, 7)))
        others = chance.randint(1, 4000)
        seats = tuple(chance.randint(0, 6) for _ in votes[1:])
        unnamed = chance.choice([0, 0, chance.randint(1, 4000)])
        contests.append(
            Contest(
                6 + sum(seats), votes, official=(6, *seats), total=sum(votes) + others + unnamed,
                others=chance.choice([others, 0]),
            )
        )  # fmt: skip
    views.fill(contests)
    rows = {row["contest_id"]: row for row in views.rows("select * from indices where level = 'contest'")}
    for number, contest in enumerate(contests):
        row = rows[str(number)]
        for _ in range(5):
            # With all that the total leaves over, or with what is lumped only, if the total is wrong.
            rest = chance.choice([contest.others, contest.total - sum(contest.votes)])
            cuts = sorted(chance.randint(0, rest) for _ in range(chance.randint(0, 30)))
            split = [b - a for a, b in zip([0, *cuts], [*cuts, rest], strict=True)]
            found = work_out([*contest.votes, *split], [*contest.official, *[0] * len(split)])
            slack = 1e-9
            for index in BOUNDED:
                assert row[f"{index}_low"] - slack <= found[index] <= row[f"{index}_high"] + slack, (contest, index)
            assert row["wasted_share_low"] - slack <= found["wasted_share"] <= row["wasted_share"] + slack


def test_indices_of_votes_are_unknown_where_no_total_is_printed_and_those_of_seats_never(db: sqlite3.Connection):
    general = db.execute("select count(*) from contests where seat_type = 'general'").fetchone()[0]
    rows = db.execute("select * from indices where level = 'contest'").fetchall()
    assert len(rows) == general
    rows = [row for row in rows if row["election_id"] in ("2013", "2023")]
    totals = dict(db.execute("select contest_id, governorate_votes from allocation_readiness where status = 'ready'"))
    unknown = 0
    for row in rows:
        seats = [
            seats
            for (seats,) in db.execute(
                "select seats from results where contest_id = ? and seats > 0", [row["contest_id"]]
            )
        ]
        squares = sum(seats) ** 2 / sum(s * s for s in seats)
        assert row["effective_parties_seats_low"] == row["effective_parties_seats_high"] == pytest.approx(squares)
        assert row["lists_with_seats"] == len(seats)
        if totals.get(row["contest_id"]) is None or row["contest_id"] == "2013-nineveh-general":
            unknown += 1
            assert [row[index] for index in VOTE_INDICES] == [None] * len(VOTE_INDICES)
        else:
            assert None not in [row[index] for index in VOTE_INDICES]
    assert 0 < unknown < len(rows)


def test_nineveh_in_2013_has_no_indices_of_votes_since_its_names_pass_the_printed_total(db: sqlite3.Connection):
    remainder = db.execute(
        "select remainder from allocation_readiness where contest_id = '2013-nineveh-general'"
    ).fetchone()[0]
    assert remainder < 0
    assert index_of(db, "2013-nineveh-general")["votes"] is None


def test_an_election_as_a_whole_counts_the_seats_of_all_its_lists(db: sqlite3.Connection):
    for election, filled, unfilled in (("2013", 447, 1), ("2023", 285, 0)):  # Basra's Christian seat is nobody's
        row = db.execute("select * from indices where level = 'election' and election_id = ?", [election]).fetchone()
        seats = [seats for (seats,) in db.execute("select seats from seat_totals where election_id = ?", [election])]
        seats = [s for s in seats if s]
        assert (row["seats"], row["seats_unfilled"]) == (filled, unfilled)
        most = sum(s**2 for s in seats) - max(seats) ** 2 + (max(seats) + unfilled) ** 2
        assert row["effective_parties_seats_low"] == pytest.approx(filled**2 / most)
        assert row["effective_parties_seats_high"] == pytest.approx(filled**2 / (sum(s**2 for s in seats) + unfilled))
        assert [row[index] for index in VOTE_INDICES] == [None] * len(VOTE_INDICES)


# Swing


def swing_of(db: sqlite3.Connection, party: str, governorate: str, mapping: str) -> sqlite3.Row | None:
    return db.execute(
        "select * from swing where party_id = ? and governorate_id = ? and mapping = ?"
        " and earlier_election_id = '2013' and later_election_id = '2023'",
        [party, governorate, mapping],
    ).fetchone()


def test_state_of_law_fell_from_16_seats_to_3_in_basra(db: sqlite3.Connection):
    for mapping in ("strict", "lenient"):
        row = swing_of(db, "state-of-law-coalition", "basra", mapping)
        assert (row["earlier_seats"], row["later_seats"], row["seats_change"]) == (16, 3, -13)
        assert (row["earlier_list_ids"], row["later_list_ids"]) == ('["state-of-law-2013"]', '["state-of-law-2023"]')
        # 292,658 of 647,937 votes in 2013; no votes of the list are known in 2023, so there is no change of share.
        assert row["earlier_vote_share"] == pytest.approx(45.1677, abs=1e-4)
        assert (row["later_vote_share"], row["vote_share_change"]) == (None, None)


def test_a_member_of_an_alliance_has_its_seats_only_under_the_lenient_mapping(db: sqlite3.Connection):
    """In Diyala State of Law stood within the National Alliance in 2013, which won 12 seats."""
    alliance = db.execute(
        "select seats from results "
        "where contest_id = '2013-diyala-general' and list_id = 'diyala-national-alliance-2013'"
    ).fetchone()[0]
    assert swing_of(db, "state-of-law-coalition", "diyala", "lenient")["earlier_seats"] == alliance == 12
    strict = swing_of(db, "state-of-law-coalition", "diyala", "strict")
    assert strict is None or strict["earlier_seats"] is None


def test_lenient_rows_overlap_and_strict_ones_do_not(db: sqlite3.Connection):
    """The alliance of Diyala stands for each of its three members, a party's own list for that party alone."""
    rows = db.execute(
        "select mapping, count(*) from swing where governorate_id = 'diyala' "
        "and later_election_id = '2023' and earlier_election_id = '2013' "
        "and earlier_list_ids like '%diyala-national-alliance-2013%' group by mapping"
    ).fetchall()
    assert [tuple(row) for row in rows] == [("lenient", 3)]
    for when in ("earlier", "later"):
        strict = db.execute(
            f"select count(*), count(distinct governorate_id || value) from swing, json_each({when}_list_ids) "
            "where mapping = 'strict' and earlier_election_id = '2013' and later_election_id = '2023'"
        ).fetchone()
        assert strict[0] == strict[1] > 0


def test_each_strict_row_is_in_the_lenient_mapping_with_at_least_its_lists(db: sqlite3.Connection):
    for row in db.execute("select * from swing where mapping = 'strict' and earlier_election_id = '2013'").fetchall():
        lenient = swing_of(db, row["party_id"], row["governorate_id"], "lenient")
        for when in ("earlier", "later"):
            if row[f"{when}_list_ids"]:
                assert set(row[f"{when}_list_ids"][1:-1].split(",")) <= set(
                    lenient[f"{when}_list_ids"][1:-1].split(",")
                )


def test_swing_adds_what_the_governorates_have(db: sqlite3.Connection):
    """Summed again row by row from the results; unknown wherever one of the rows is."""
    rows = db.execute("select * from swing").fetchall()
    assert len(rows) > 200
    for row in rows:
        for when in ("earlier", "later"):
            found = db.execute(
                "select results.votes, results.seats from json_each(?) "
                "inner join results on results.list_id = value inner join contests on contests.id = contest_id "
                "where governorate_id = ?",
                [row[f"{when}_list_ids"] or "[]", row["governorate_id"]],
            ).fetchall()
            for place, measure in enumerate(("votes", "seats")):
                values = [result[place] for result in found]
                expected = sum(values) if values and None not in values else None
                assert row[f"{when}_{measure}"] == expected, tuple(row)
        if None not in (row["earlier_seats"], row["later_seats"]):
            assert row["seats_change"] == row["later_seats"] - row["earlier_seats"]
        else:
            assert row["seats_change"] is None


# Turnout


def test_turnout_of_the_special_vote_changed_as_printed(db: sqlite3.Connection):
    rows = db.execute(
        "select governorate_id, vote, earlier_turnout, later_turnout, change from turnout_change"
        " where earlier_election_id = '2013' and later_election_id = '2023'"
    ).fetchall()
    found = {row["governorate_id"]: tuple(row)[1:] for row in rows}
    assert found["maysan"] == ("special", 83, 67, -16)
    assert found["qadisiyyah"] == ("special", 85, 77, -8)
    assert found["karbala"] == ("special", 80, 69, -11)


def test_turnout_is_compared_only_where_it_is_known_for_the_same_vote_and_place(db: sqlite3.Connection):
    known: dict[str, dict] = defaultdict(dict)
    national = "id, election_id, null as governorate_id, reporting_unit_id, vote, registered_voters"
    national += ", registered_voters_claim_id, registered_voters_decision_id, ballots_cast, ballots_cast_claim_id"
    national += ", ballots_cast_decision_id, turnout_as_printed, turnout_claim_id, turnout_decision_id, denominator"
    for row in db.execute(
        f"select {national.replace('null as ', '')} from turnout union all select {national} from national_turnout"
    ).fetchall():
        share = row["turnout_as_printed"]
        if row["ballots_cast"] is not None and row["registered_voters"]:
            share = 100 * row["ballots_cast"] / row["registered_voters"]
        if share is not None:
            known[row["election_id"]][row["reporting_unit_id"], row["vote"]] = share
    places = {place for place in known["2013"].keys() & known["2023"].keys() if place[1] != "unstated"}
    expected = {place: (known["2013"][place], known["2023"][place]) for place in places}
    rows = db.execute("select * from turnout_change").fetchall()
    rows = [row for row in rows if (row["earlier_election_id"], row["later_election_id"]) == ("2013", "2023")]
    assert {
        (row["reporting_unit_id"], row["vote"]): (row["earlier_turnout"], row["later_turnout"]) for row in rows
    } == {place: pytest.approx(pair) for place, pair in expected.items()}
    for row in rows:
        assert row["change"] == pytest.approx(row["later_turnout"] - row["earlier_turnout"])


def test_turnout_of_the_whole_country_in_2023(db: sqlite3.Connection):
    """5,892,963 of 15,108,135 is 39.005 per cent; the fifteen governorates add up to both."""
    row = db.execute(
        "select * from turnout_by_election where election_id = '2023' and vote = 'general' and place = 'Iraq'"
    ).fetchone()
    assert (row["registered_voters"], row["ballots_cast"]) == (15108135, 5892963)
    assert (row["registered_voters_summed"], row["ballots_cast_summed"]) == (15108135, 5892963)
    assert row["turnout"] == pytest.approx(39.005, abs=5e-4)
    assert (row["turnout_as_printed"], row["governorates_known"], row["governorates_voting"]) == (39, 15, 15)
    assert (row["governorates_weighted"], row["turnout_weighted"]) == (15, pytest.approx(39.005, abs=5e-4))


def test_the_turnout_of_several_governorates_is_weighted_and_not_an_average(db: sqlite3.Connection):
    average = db.execute(
        "select avg(turnout) from turnout_by_governorate where election_id = '2023' and vote = 'general'"
    ).fetchone()[0]
    assert average > 41, "an average of percentages would say so of the country, in which 39.0 per cent voted"


def test_a_sum_over_governorates_is_given_only_for_the_whole_country_with_all_of_them_known(db: sqlite3.Connection):
    for row in db.execute("select * from turnout_by_election").fetchall():
        counts = db.execute(
            "select count(registered_voters), count(ballots_cast) from turnout_by_governorate "
            "where election_id = ? and vote = ?",
            [row["election_id"], row["vote"]],
        ).fetchone()
        for measure, known in zip(("registered_voters", "ballots_cast"), counts, strict=True):
            whole = row["reporting_unit_id"] is None and known == row["governorates_voting"]
            assert (row[f"{measure}_summed"] is not None) == whole


def test_a_group_of_governorates_does_not_get_the_sum_over_the_whole_country(views: Views):
    views.fill([Contest(3, (20, 10))])
    blank = (None, None)
    place = ("place", "0", "g", "g", "general", 100, *blank, 40, *blank, None, *blank, "registered_voters")
    rows = [
        ("group", "0", "north", "general", *[None] * 6, 50, *blank, "unstated"),
        ("whole", "0", None, "general", 100, *blank, 40, *blank, None, *blank, "registered_voters"),
    ]
    views.db.execute(f"insert into turnout values ({', '.join('?' * 14)}, {'null, ' * 9} ?)", place)
    views.db.executemany(f"insert into national_turnout values ({', '.join('?' * 13)}, {'null, ' * 9} ?)", rows)
    try:
        found = {
            row["reporting_unit_id"]: (row["registered_voters_summed"], row["ballots_cast_summed"])
            for row in views.rows("select * from turnout_by_election")
        }
        assert found == {"north": (None, None), None: (100, 40)}
        views.db.execute("update turnout set ballots_cast = null where id = 'place'")
        whole = views.rows("select * from turnout_by_election where reporting_unit_id is null")[0]
        assert (whole["registered_voters_summed"], whole["ballots_cast_summed"]) == (100, None)
    finally:
        views.db.execute("delete from turnout")
        views.db.execute("delete from national_turnout")
