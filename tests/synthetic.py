"""Makes up an election of any size: python tests/synthetic.py FOLDER --rows 1000000 --seed 1

Writes a whole folder of data that build_db.py --data takes: an election of 2099 with lists, candidates, polling
stations and their counts, and documents that print its totals, with slips planted in both. What the audit must find,
and nothing else, is in planted.json. The words (stages, measures, governorates) are copied from data/. Nothing in it
may look real: titles and names say synthetic, and the site says so on every page.
"""

import argparse
import csv
import gzip
import json
import random
import shutil
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

import zstandard

DATA = Path(__file__).resolve().parent.parent / "data"
ELECTION = "2099"
COPIED = ["stages", "source_kinds", "allocation_rules", "seat_types", "measures", "printed_words", "governorates",
          "governorate_neighbours", "reporting_units"]  # fmt: skip
# The column that says the election of a row: files in an election's folder are without it.
ELECTION_COLUMN = {"elections": ["id"]} | {
    name: ["election_id"] for name in ("polling_days", "contests", "lists", "source_tables", "list_names")
}

# Governorates by their share of the stations, and the seats to fill: about as in 2023.
PLACES = {
    "baghdad": (0.22, 49), "nineveh": (0.11, 26), "basra": (0.09, 22), "dhi-qar": (0.07, 18), "babil": (0.06, 18),
    "anbar": (0.06, 16), "diyala": (0.055, 15), "kirkuk": (0.055, 15), "saladin": (0.05, 15), "najaf": (0.05, 15),
    "wasit": (0.045, 14), "qadisiyyah": (0.045, 14), "karbala": (0.04, 13), "maysan": (0.035, 13),
    "muthanna": (0.025, 12),
}  # fmt: skip
COMPONENTS = {
    "christian": "baghdad", "sabean_mandaean": "baghdad", "shabak": "nineveh", "yazidi": "nineveh",
    "feyli_kurd": "wasit", "turkmen": "kirkuk",
}  # fmt: skip
MOST_STATIONS = 55_000
ROWS_A_STATION = 182  # ten million rows over 55,000 stations
STATIONS_A_CENTRE = 7
MOST_LISTS, MOST_LISTS_HERE, MOST_CANDIDATES = 150, 40, 10
LEAST_ROWS = 1_000
VARIANTS = 32  # ways in which the shares of a governorate differ from station to station


@dataclass
class Planted:
    """What the audit must find: the code of the check, where, and of which list."""

    code: str
    governorate_id: str
    list_id: str | None
    found: int
    expected: int


@dataclass
class Synthetic:
    """What was made up, for tests to hold against what the build makes of it."""

    folder: Path
    rows: int = 0
    stations: int = 0
    missing: dict[str, int] = field(default_factory=dict)
    votes: dict[tuple[str, int, int], int] = field(default_factory=lambda: defaultdict(int))
    registered: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    ballots: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    seats: dict[tuple[str, int], int] = field(default_factory=dict)
    planted: list[Planted] = field(default_factory=list)
    tables: list[dict[str, Any]] = field(default_factory=list)  # lines of the manifest


@dataclass
class Ballot:
    """Who stands in a governorate: each list with its share of the votes and its candidates with theirs of its own."""

    governorate: str
    seats: int
    lists: list[tuple[int, str, float, list[float]]]  # number, seat type, share, shares of its candidates


def write(folder: Path, rows: int = 10_000, seed: int = 1, ending: str = "", slips: bool = True) -> Synthetic:
    """Write the data of a made-up election.

    rows: how many counts. seed: the same one gives the same bytes. ending: how the counts are packed: '', '.gz' or
    '.zst'. slips: whether slips are planted.
    """
    if rows < LEAST_ROWS:
        raise ValueError(f"at least {LEAST_ROWS:,} rows, or some governorate has none")
    chance = random.Random(seed)
    made = Synthetic(folder, rows)
    folder.mkdir(parents=True, exist_ok=True)
    made.stations = min(MOST_STATIONS, max(2 * len(PLACES), rows // ROWS_A_STATION))
    ballots = _ballots(chance, rows / made.stations)
    _vocabulary(folder, ballots)
    _stations(made, ballots, chance, ending, slips)
    _documents(made, ballots, chance, slips)
    (folder / "planted.json").write_text(
        json.dumps([vars(each) for each in made.planted], indent=1) + "\n", encoding="utf-8"
    )
    return made


def list_id(number: int) -> str:
    """Return the id of a list."""
    return f"synthetic-list-{number}-{ELECTION}"


def list_name(number: int) -> str:
    """Return the name of a list."""
    return f"Synthetic list {number}"


def _ballots(chance: random.Random, quota: float) -> list[Ballot]:
    """Say who stands where. A few lists are large everywhere, some in their own places, most are small."""
    here = max(4, min(MOST_LISTS_HERE, int(quota) // 3))
    everywhere = min(8, here // 2)
    candidates = max(1, min(MOST_CANDIDATES, 2 * int(quota) // here))
    ballots = []
    for governorate, (_, seats) in PLACES.items():
        numbers = sorted(
            [*range(101, 101 + everywhere), *chance.sample(range(109, 101 + MOST_LISTS), here - everywhere)]
        )
        weights = [chance.paretovariate(0.9) + (4 if number < 109 else 0) for number in numbers]
        lists = []
        for number, weight in zip(numbers, weights, strict=True):
            personal = [chance.expovariate(1) + 0.05 for _ in range(candidates)]
            total = sum(personal) * 1.4  # the others vote for the list and no candidate of it
            shares = [each / total for each in personal]
            lists.append((number, "general", 0.97 * weight / sum(weights), shares))
        own = [seat_type for seat_type, place in COMPONENTS.items() if place == governorate]
        for place, seat_type in enumerate(own):
            for rival in range(2):
                number = 901 + 10 * list(COMPONENTS).index(seat_type) + rival
                lists.append((number, seat_type, 0.03 / len(own) * (0.6 - 0.2 * rival) / (place + 1), [1.0]))
        ballots.append(Ballot(governorate, seats, lists))
    return ballots


def _rows_of(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _table(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _like(folder: Path, name: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Write a curated table with the header of the real one, all elections in one file."""
    paths = [DATA / f"{name}.csv", DATA / "2023" / f"{name}.csv"]
    with next(path for path in paths if path.exists()).open(encoding="utf-8", newline="") as file:
        header = list(dict.fromkeys((*next(csv.reader(file)), *ELECTION_COLUMN.get(name, []))))
    _table(folder / f"{name}.csv", header, [[row.get(column, "") for column in header] for row in rows])


def _vocabulary(folder: Path, ballots: Sequence[Ballot]) -> None:
    for name in COPIED:
        shutil.copyfile(DATA / f"{name}.csv", folder / f"{name}.csv")
    _like(folder, "governorate_names", [row for row in _rows_of("governorate_names") if not row["election_id"]])
    made_up = {"id": ELECTION, "title": "Synthetic election (made up)", "title_ar": "انتخابات مصطنعة (غير حقيقية)",
               "short_title": "Synthetic", "short_title_ar": "مصطنعة", "polling_date": "2099-12-18"}  # fmt: skip
    _like(folder, "elections", [made_up])
    _like(folder, "polling_days", [{"election_id": ELECTION, "date": "2099-12-18", "vote": "general"}])
    evidence = "Made up."
    contests = [
        {"id": f"{ELECTION}-{ballot.governorate}-{kind.replace('_', '-')}", "election_id": ELECTION,
         "governorate_id": ballot.governorate, "seat_type": kind, "seats": ballot.seats if kind == "general" else 1,
         "polling_date": "2099-12-18", "seats_basis": "printed", "evidence": evidence,
         "rule_id": "modified-sainte-lague-1-7" if kind == "general" else "plurality"}
        for ballot in ballots
        for kind in dict.fromkeys(seat_type for _, seat_type, _, _ in ballot.lists)
    ]  # fmt: skip
    _like(folder, "contests", contests)
    kinds = {number: kind for ballot in ballots for number, kind, _, _ in ballot.lists}
    parties = [number for number in sorted(kinds) if number < 109]
    _like(folder, "parties", [
        {"id": f"synthetic-party-{number}", "name": f"Synthetic party {number}", "name_ar": f"حزب مصطنع {number}",
         "name_ar_basis": "printed", "note": "Made up."}
        for number in parties
    ])  # fmt: skip
    _like(folder, "lists", [
        {"id": list_id(number), "election_id": ELECTION, "name": list_name(number), "name_ar": f"قائمة مصطنعة {number}",
         "name_ar_basis": "printed", "party_id": f"synthetic-party-{number}" if number in parties else ""}
        for number in sorted(kinds)
    ])  # fmt: skip
    _like(folder, "list_names", [
        {"name_as_printed": list_name(number), "election_id": ELECTION, "denotes": "list", "list_id": list_id(number),
         "seat_type": "" if kind == "general" else kind, "certainty": "certain", "evidence": evidence}
        for number, kind in sorted(kinds.items())
    ])  # fmt: skip
    source = {"publisher": "Synthetic commission (made up)", "kind": "commission", "language": "en",
              "digits": "western", "transcription": "synthetic", "published_on": "2099-12-28",
              "licence": "Made up for tests.",
              "citation_note": "Made up by tests/synthetic.py: no real election."}  # fmt: skip
    _like(folder, "sources", [
        source | {"id": "synthetic-stations", "title": "Synthetic counts of stations (made up)"},
        source | {"id": "synthetic-results", "title": "Synthetic final results (made up)"},
        source | {"id": "synthetic-preliminary", "title": "Synthetic preliminary results (made up)",
                  "published_on": "2099-12-19"},
    ])  # fmt: skip
    columns = {"List": "", "Governorate": "", "Votes": "votes", "Seats": "seats",
               "Registered": "registered_voters", "Ballots": "ballots_cast"}  # fmt: skip
    _like(folder, "source_columns", [
        {"source_id": source_id, "column_as_printed": column, "measure": measure}
        for source_id in ("synthetic-results", "synthetic-preliminary")
        for column, measure in columns.items()
    ])  # fmt: skip


@contextmanager
def _packed(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for writing, packed as its name says; the same bytes at any time."""
    if path.suffix == ".gz":
        with path.open("wb") as raw, gzip.GzipFile("", "wb", 1, raw, mtime=0) as file:
            yield file
    elif path.suffix == ".zst":
        with path.open("wb") as raw, zstandard.ZstdCompressor(level=1).stream_writer(raw) as file:
            yield file
    else:
        with path.open("wb") as file:
            yield file


def _stations(made: Synthetic, ballots: Sequence[Ballot], chance: random.Random, ending: str, slips: bool) -> None:
    """Write the stations and their counts, one governorate after the other, in the order of their codes."""
    source = made.folder / "synthetic-stations"
    source.mkdir(exist_ok=True)
    names = {row["id"]: row["name"] for row in _rows_of("governorates")}
    shares = [PLACES[ballot.governorate][0] for ballot in ballots]
    sizes = [max(2, int(made.stations * share / sum(shares))) for share in shares]
    sizes[0] += made.stations - sum(sizes)
    gaps = [max(1, size // 250) if size > 20 and slips else 0 for size in sizes]
    counted = made.stations - sum(gaps)
    quota, spare = divmod(made.rows, counted)
    with (
        (source / "01-stations.csv").open("w", encoding="utf-8") as tree,
        _packed(source / f"03-counts.csv{ending}") as counts,
    ):
        tree.write("place,centre,station,name,name_ar,registered_voters,ballots_cast\n")
        counts.write(b"station,list,candidate,votes\n")
        for place, (ballot, size, gap) in enumerate(zip(ballots, sizes, gaps, strict=True)):
            made.missing[ballot.governorate] = gap
            missing = set(chance.sample(range(size - 1), gap))
            variants = _variants(ballot, chance)
            totals = [0] * len(variants[0])
            slip = slips and size > 20
            for index in range(size):
                centre = (11 + place) * 10_000 + index // STATIONS_A_CENTRE + 1
                station = centre * 100 + index % STATIONS_A_CENTRE + 1
                registered = chance.randint(320, 480)
                weights = variants[chance.randrange(VARIANTS)]
                votes = registered * chance.uniform(0.25, 0.6)
                own = quota + (spare > 0) if index not in missing else 0
                spare -= index not in missing
                lines = [(number, candidate, int(votes * weight)) for number, candidate, weight in weights]
                if index == size - 1:
                    _keep_apart(lines, totals)
                # Lists stand first among the lines, so that each list has its row.
                taken = lines[:own]
                cast = sum(line[2] for line in lines if not line[1]) + chance.randint(2, 12)
                registered = max(registered, cast)
                if slip and index not in missing:
                    cast, registered, taken = _plant(made, ballot, index, cast, registered, taken)
                for position, (_, _, count) in enumerate(taken):
                    totals[position] += count
                made.registered[ballot.governorate] += registered
                made.ballots[ballot.governorate] += cast
                printed = ballot.governorate
                if ballot.governorate == "baghdad":
                    printed = "Baghdad (Karkh)" if centre % 2 else "Baghdad (Rusafa)"
                school = f"Synthetic school {centre}" if centre % 50 else "Synthetic school"
                tree.write(f"{printed},{centre},{station},{school},مدرسة مصطنعة {centre},{registered},{cast}\n")
                counts.write(
                    "".join(
                        f"{station},{number},{candidate or ''},{count}\n" for number, candidate, count in taken
                    ).encode()
                )
            for (number, candidate, _), total in zip(variants[0], totals, strict=True):
                made.votes[ballot.governorate, number, candidate] = total
            if gap:
                made.planted.append(Planted("W28", ballot.governorate, None, gap, 0))
    lines = [
        [ballot.governorate, kind, number, candidate or "",
         f"Synthetic candidate {number}-{candidate} of {names[ballot.governorate]}" if candidate else list_name(number),
         f"مرشح مصطنع {number}-{candidate}" if candidate else ""]
        for ballot in ballots
        for number, kind, _, shares in ballot.lists
        for candidate in range(len(shares) + 1)
    ]  # fmt: skip
    _table(source / "02-ballot.csv", ["place", "seat_type", "list", "candidate", "name", "name_ar"], lines)
    table = {"source_id": "synthetic-stations", "election_id": ELECTION, "stage": "final"}
    made_of = [("stations", made.stations, "general"), ("ballot", len(lines), ""), ("station_counts", made.rows, "")]
    made_of_names = {"stations": "stations", "ballot": "ballot", "station_counts": "counts"}
    made.tables = [
        table | {"position": place, "slug": made_of_names[kind], "locator": f"Synthetic {made_of_names[kind]}",
                 "kind": kind, "row_count": count, "vote": vote}
        for place, (kind, count, vote) in enumerate(made_of, 1)
    ]  # fmt: skip


def _variants(ballot: Ballot, chance: random.Random) -> list[list[tuple[int, int, float]]]:
    """Return the lines of a ballot with the part of all votes that each gets, in several ways; all lists first."""
    order = [
        (number, candidate)
        for number, _, _, shares in ballot.lists
        for candidate in range(1, len(shares) + 1)
    ]  # fmt: skip
    chance.shuffle(order)
    variants = []
    for _ in range(VARIANTS):
        parts = {}
        for number, _, share, shares in ballot.lists:
            parts[number, 0] = share * chance.uniform(0.3, 1.7)
            for candidate, part in enumerate(shares, 1):
                # Of a list of one all votes are that candidate's; of others never more than the list has.
                vary = 1.0 if len(shares) == 1 else chance.uniform(0.7, 1.3)
                parts[number, candidate] = parts[number, 0] * part * vary
        lists = [(number, 0) for number, _, _, _ in ballot.lists]
        variants.append([(*key, parts[key]) for key in [*lists, *order]])
    return variants


def _keep_apart(lines: list[tuple[int, int, int]], totals: Sequence[int]) -> None:
    """Add a few votes in a governorate's last station, so that no two lists have the same sum by chance."""
    taken: set[int] = set()
    for position, (number, candidate, votes) in enumerate(lines):
        if candidate:
            continue
        while totals[position] + votes in taken:
            votes += 1
        taken.add(totals[position] + votes)
        lines[position] = number, candidate, votes


def _plant(
    made: Synthetic, ballot: Ballot, index: int, cast: int, registered: int, lines: list[tuple[int, int, int]]
) -> tuple[int, int, list[tuple[int, int, int]]]:
    """Plant slips in three stations of a governorate, one of each kind; there are none in the smallest elections."""
    step = {"W25": 3, "W26": 5, "W27": 8}
    done = {each.code for each in made.planted if each.governorate_id == ballot.governorate}
    code = next((code for code, place in step.items() if code not in done and index >= place), None)
    if code == "W25":
        cast = sum(votes for _, candidate, votes in lines if not candidate) - 1
        if cast < 0:
            return cast + 5, registered, lines
    elif code == "W26":
        registered = cast - 1
    elif code == "W27":
        personal = next((place for place, line in enumerate(lines) if line[1]), None)
        if personal is None:
            return cast, registered, lines
        number, candidate, _ = lines[personal]
        votes = next(line[2] for line in lines if line[:2] == (number, 0))
        lines = [*lines[:personal], (number, candidate, votes + 7), *lines[personal + 1 :]]
    if code:
        made.planted.append(Planted(code, ballot.governorate, None, 1, 0))
    return cast, registered, lines


def _documents(made: Synthetic, ballots: Sequence[Ballot], chance: random.Random, slips: bool) -> None:
    """Write what documents print of the whole: final results, turnout, preliminary results; and the manifest."""
    final = {"source_id": "synthetic-results", "election_id": ELECTION, "stage": "final"}
    early = {"source_id": "synthetic-preliminary", "election_id": ELECTION, "stage": "preliminary"}
    place = 0
    for ballot in ballots:
        slip = slips and ballot.governorate in ("basra", "kirkuk", "anbar")
        for kind in dict.fromkeys(kind for _, kind, _, _ in ballot.lists):
            place += 1
            numbers = [number for number, seat_type, _, _ in ballot.lists if seat_type == kind]
            votes = {number: made.votes[ballot.governorate, number, 0] for number in numbers}
            seats = _allocate(votes, ballot.seats if kind == "general" else 1)
            made.seats |= {(ballot.governorate, number): won for number, won in seats.items()}
            order = sorted(numbers, key=lambda number: (-votes[number], -seats[number], number))
            printed = dict(votes)
            if slip and kind == "general":
                _misprint(made, ballot.governorate, order, printed)
            slug = f"{ballot.governorate}-{kind.replace('_', '-')}"
            where = {"governorate_id": ballot.governorate, "seat_type": kind, "kind": "results",
                     "row_count": len(order), "slug": slug, "locator": f"Synthetic results, {slug}"}  # fmt: skip
            _table(made.folder / "synthetic-results" / f"{place:02d}-{slug}.csv", ["List", "Votes", "Seats"],
                   [[list_name(number), f"{printed[number]:,}", seats[number]] for number in order])  # fmt: skip
            made.tables.append(final | where | {"position": place})
            before = {number: count * 9 // 10 for number, count in votes.items()}
            if slip and kind == "general":
                first = order[0]
                before[first] = votes[first] + 1000
                later = [printed[first]]
                if not made.missing[ballot.governorate]:
                    later.append(votes[first])  # that of a part of the stations may well be below
                made.planted += [
                    Planted("W08", ballot.governorate, list_id(first), before[first], each) for each in later
                ]
            order = _apart(before)
            _table(made.folder / "synthetic-preliminary" / f"{place:02d}-{slug}.csv", ["List", "Votes"],
                   [[list_name(number), f"{before[number]:,}"] for number in order])  # fmt: skip
            made.tables.append(early | where | {"position": place})
    place += 1
    rows = []
    names = {row["id"]: row["name"] for row in _rows_of("governorates")}
    for ballot in ballots:
        registered = made.registered[ballot.governorate]
        if slips and ballot.governorate == "najaf":
            wrong = _exchanged(registered)
            made.planted += [
                Planted("W07", ballot.governorate, None, registered, wrong),
                Planted("W23", ballot.governorate, None, wrong, registered),
            ]
            registered = wrong
        rows.append([names[ballot.governorate], f"{registered:,}", f"{made.ballots[ballot.governorate]:,}"])
    _table(
        made.folder / "synthetic-results" / f"{place:02d}-turnout.csv", ["Governorate", "Registered", "Ballots"], rows
    )
    made.tables.append(
        final | {"position": place, "slug": "turnout", "locator": "Synthetic turnout", "kind": "turnout",
                 "row_count": len(rows), "vote": "general"}
    )  # fmt: skip
    _like(made.folder, "source_tables", made.tables)


def _allocate(votes: Mapping[int, int], seats: int) -> dict[int, int]:
    """Share out seats by the highest averages with the divisors 1.7, 3, 5, 7 and so on, exactly."""
    won = dict.fromkeys(votes, 0)
    for _ in range(seats):
        first = max(
            votes,
            key=lambda number: (
                Fraction(votes[number]) / (Fraction(17, 10) if not won[number] else 2 * won[number] + 1), -number
            ),
        )  # fmt: skip
        won[first] += 1
    return won


def _apart(votes: dict[int, int]) -> list[int]:
    """Take votes away until no two lists have the same number. Returns the lists, the most votes first."""
    taken: set[int] = set()
    for number in sorted(votes, key=lambda each: -votes[each]):
        while votes[number] in taken and votes[number] > 0:
            votes[number] -= 1
        taken.add(votes[number])
    return sorted(votes, key=lambda each: (-votes[each], each))


def _exchanged(value: int) -> int:
    """Return a number with two neighbouring digits exchanged, the last two that differ."""
    digits = list(str(value))
    for place in range(len(digits) - 1, 1, -1):
        if digits[place] != digits[place - 1]:
            digits[place], digits[place - 1] = digits[place - 1], digits[place]
            break
    return int("".join(digits))


def _misprint(made: Synthetic, governorate: str, order: Sequence[int], printed: dict[int, int]) -> None:
    """Exchange two digits of one printed count, so that the order of the rows still holds."""
    for place in range(1, len(order) - 1):
        number = order[place]
        wrong = _exchanged(printed[number])
        above, below = printed[order[place - 1]], printed[order[place + 1]]
        if wrong != printed[number] >= 100 and above > wrong > below:
            # The sum of a part of the stations contradicts what is printed of all only where it is more.
            if not made.missing[governorate] or printed[number] > wrong:
                made.planted += [
                    Planted("W07", governorate, list_id(number), printed[number], wrong),
                    Planted("W23", governorate, list_id(number), wrong, printed[number]),
                ]
            printed[number] = wrong
            return


def main(arguments: list[str] | None = None) -> int:
    """Write the data of a made-up election from the command line."""
    parser = argparse.ArgumentParser(description="Make up an election: a folder that build_db.py --data takes.")
    parser.add_argument("folder", type=Path, help="folder to write")
    parser.add_argument("--rows", type=int, default=10_000, help="counts of stations (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same bytes (%(default)s)")
    parser.add_argument("--packed", choices=["gz", "zst"], help="how the counts are packed")
    parser.add_argument("--no-slips", action="store_true", help="plant no slips")
    options = parser.parse_args(arguments)
    ending = f".{options.packed}" if options.packed else ""
    made = write(options.folder, options.rows, options.seed, ending, not options.no_slips)
    print(f"Made up {made.rows:,} counts of {made.stations:,} stations in {options.folder}, {len(made.planted)} slips.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
