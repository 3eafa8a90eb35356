"""Does the made-up election hold what it says, is every slip planted in it found and nothing else, and who could take
it for a real one?"""

import contextlib
import filecmp
import json
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import bench_build
import pytest
import synthetic
from conftest import PROJECT, build_here

LARGE = 60_000
# make test tries a small and a large election, make test-all others between them.
SIZES = [(1_000, 1), (LARGE, 7)]
OTHERS = [pytest.param(rows, seed, marks=pytest.mark.storm) for rows, seed in ((1_000, 7), (10_000, 1), (LARGE, 1))]


def build(folder: Path, database: Path) -> Path:
    built = build_here("--data", folder, "--database", database, "--quiet")
    assert built.returncode == 0, built.stderr
    return database


@contextlib.contextmanager
def opened(database: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        db.row_factory = sqlite3.Row
        yield db


@pytest.fixture(scope="module")
def without_slips(tmp_path_factory: pytest.TempPathFactory) -> tuple[synthetic.Synthetic, Path]:
    """An election without slips, and the database of it."""
    folder = tmp_path_factory.mktemp("without-slips")
    made = synthetic.write(folder / "data", 3_000, 3, slips=False)
    return made, build(made.folder, folder / "elections.db")


@pytest.mark.parametrize(("rows", "seed"), [*SIZES, *OTHERS])
def test_every_planted_slip_is_found_and_nothing_else_and_nothing_looks_real(
    tmp_path: Path, rows: int, seed: int
) -> None:
    made = synthetic.write(tmp_path / "data", rows, seed)
    with opened(build(made.folder, tmp_path / "elections.db")) as db:
        found = Counter(
            tuple(row)
            for row in db.execute(
                "select code, governorate_id, list_id, found, expected from checks where status = 'fails'"
            )
        )
        assert found == Counter(
            (each.code, each.governorate_id, each.list_id, each.found, each.expected) for each in made.planted
        )
        assert {"W07", "W08", "W23"} <= {each.code for each in made.planted}
        if rows == LARGE:
            assert {"W25", "W26", "W27", "W28"} <= {each.code for each in made.planted}
        # Seats computed by another program from the same votes.
        assert db.execute("select count(*), count(*) filter (where not agrees) from seat_allocation").fetchone()[1] == 0

        assert [tuple(row) for row in db.execute("select id, title from elections")] == [
            ("2099", "Synthetic election (made up)")
        ]
        for table, column in (
            ("lists", "name"), ("candidates", "name"), ("parties", "name"), ("sources", "title"),
            ("sources", "publisher"), ("source_tables", "locator"),
        ):  # fmt: skip
            real = db.execute(f"select {column} from {table} where {column} not like 'Synthetic %'").fetchall()
            assert not real, table
        for table in ("lists", "candidates", "parties"):
            assert not db.execute(f"select 1 from {table} where name_ar not like '%مصطنع%'").fetchall(), table
        assert {row[0] for row in db.execute("select transcription from sources")} == {"synthetic"}
    told = json.loads((made.folder / "planted.json").read_text(encoding="utf-8"))
    assert told == [vars(each) for each in made.planted]


def test_an_election_without_slips_has_no_finding(without_slips) -> None:
    made, database = without_slips
    assert made.planted == []
    with opened(database) as db:
        assert db.execute("select id from checks where status = 'fails'").fetchall() == []
        assert db.execute("select count(*) from checks where status = 'holds'").fetchone()[0] > 1000


def test_it_has_what_a_real_election_has(without_slips) -> None:
    """With all stations: of a part there are no shares."""
    made, database = without_slips
    with opened(database) as db:
        assert db.execute("select count(*) from station_results").fetchone()[0] == made.rows
        assert db.execute("select count(distinct seat_type) from contests").fetchone()[0] == 7
        assert db.execute("select count(*) from contests").fetchone()[0] == 21
        shares = [row[0] for row in db.execute("select vote_share from seats_by_governorate order by 1 desc")]
        assert 10 < shares[0] < 90, "a large list"
        assert sum(share < 2 for share in shares) > len(shares) / 3, "a long tail"
        largest = db.execute(
            "select count(distinct list_id) from (select list_id, row_number() over (partition by governorate_id"
            " order by votes desc) as place from seats_by_governorate) where place = 1"
        ).fetchone()[0]
        assert largest > 4, "governorates differ"


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(tmp_path: Path) -> None:
    for name, seed in (("one", 5), ("two", 5), ("other", 6)):
        synthetic.write(tmp_path / name, 5_000, seed, ".zst")
    compared = filecmp.dircmp(tmp_path / "one", tmp_path / "two")
    assert compared.common_files and not compared.diff_files
    assert compared.subdirs
    for folder in compared.subdirs.values():
        assert folder.common_files and not folder.diff_files + folder.left_only + folder.right_only
    counts = "synthetic-stations/03-counts.csv.zst"
    assert (tmp_path / "one" / counts).read_bytes() != (tmp_path / "other" / counts).read_bytes()


def test_the_command_writes_a_folder_that_builds(tmp_path: Path) -> None:
    command = [
        sys.executable,
        PROJECT / "tests" / "synthetic.py",
        tmp_path / "data",
        "--rows",
        "1000",
        "--packed",
        "gz",
    ]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.startswith("Made up 1,000 counts of 30 stations in ")
    assert (tmp_path / "data/synthetic-stations/03-counts.csv.gz").exists()
    with opened(build(tmp_path / "data", tmp_path / "elections.db")) as db:
        assert db.execute("select count(*) from station_results").fetchone()[0] == 1_000


def test_the_benchmark_loads_what_is_there(tmp_path: Path) -> None:
    made = synthetic.write(tmp_path / "data", 1_000)
    measured = bench_build.load_times(made.folder, 1_000, 1)
    assert {"build_db.py, loading", "build_db.py, all of it"} <= set(measured)
    assert 0 < measured["build_db.py, loading"].seconds <= measured["build_db.py, all of it"].seconds
    assert 10 < measured["build_db.py, all of it"].megabytes < 350


@pytest.mark.storm
def test_the_benchmark_measures_what_is_there(tmp_path: Path) -> None:
    loading, asking = bench_build.measure([1_000], 1, tmp_path)
    assert any(line.startswith("| 1,000 | build_db.py, loading | ") for line in loading)
    assert any(line.startswith("| 1,000 | build_db.py, all of it | ") for line in loading)
    assert asking[-1].startswith("| 1,000 | ")
    assert not list(tmp_path.glob("*.db")), "what it wrote is deleted"


def test_too_small_an_election_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 1,000 rows"):
        synthetic.write(tmp_path / "data", 999)
