"""Does a build that fails, is killed or meets another one leave a whole database, and no litter?"""

import contextlib
import hashlib
import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import LAST_GOOD, PROJECT, build_here, run_build

OLD = LAST_GOOD

# The build as the command runs it, but it kills itself after the first line of progress; then another after the second,
# and so on until one is through. After each it tells what stands in the folder.
KILLED_AFTER_EACH_STEP = """
import os, signal, sys
from pathlib import Path
import build_db
database = Path(sys.argv[1])
step = 0
killed = True
while killed:
    step += 1
    child = os.fork()
    if child == 0:
        for number, line in enumerate(build_db.build(Path("data"), Path("sql"), database), 1):
            if number == step:
                os.kill(os.getpid(), signal.SIGKILL)
        os._exit(0)
    killed = os.waitpid(child, 0)[1] == signal.SIGKILL
    print(step, killed, database.read_bytes() == b"the last good database", *sorted(os.listdir(database.parent)))
    if killed and database.read_bytes() != b"the last good database":
        break
"""

BUILT = ["elections.db", "inspect-data.json"]

# The build killed when the new file is written but not yet in its place.
KILLED_BEFORE_RENAMING = """
import os, signal, sys
import build_db
os.fsync = lambda file: os.kill(os.getpid(), signal.SIGKILL)
build_db.main(["--database", sys.argv[1], "--quiet"])
"""


def run(code: str, *arguments: str | Path) -> int:
    return subprocess.run([sys.executable, "-c", code, *arguments], cwd=PROJECT, timeout=60, check=False).returncode


def is_whole(database: Path) -> bool:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return (
            connection.execute("pragma integrity_check").fetchone()[0] == "ok"
            and connection.execute("select count(*) from claims").fetchone()[0] > 1000
            and connection.execute("select count(*) from seat_totals").fetchone()[0] > 100
        )
    finally:
        connection.close()


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """An earlier database, alone in its folder."""
    folder = tmp_path / "site"
    folder.mkdir()
    database = folder / "elections.db"
    database.write_bytes(OLD)
    return database


def test_a_build_killed_at_any_step_leaves_the_old_or_the_whole_new_database(old: Path) -> None:
    """The first database that is not the old one any more must be the whole new one."""
    told = subprocess.run(
        [sys.executable, "-c", KILLED_AFTER_EACH_STEP, old], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert len(told) > 6
    assert told[:-1] == [f"{step} True True elections.db" for step in range(1, len(told))]
    assert told[-1] == f"{len(told)} True False elections.db inspect-data.json"
    assert is_whole(old)


def test_what_a_killed_build_leaves_is_cleared_away_by_the_next(old: Path) -> None:
    assert run(KILLED_BEFORE_RENAMING, old) == -signal.SIGKILL
    assert old.read_bytes() == OLD
    assert len(files(old.parent)) == 2, "the killed build should have left its file, or this tests nothing"
    built = run_build("--database", old)
    assert built.returncode == 0, built.stderr
    assert is_whole(old)
    assert files(old.parent) == BUILT


def test_what_a_killed_build_of_the_same_number_left_is_cleared_away(old: Path) -> None:
    """In a container every build may have the same number: its predecessor's journal must not meet its file."""
    code = """
import os, sys
from pathlib import Path
for end in ("", "-journal"):
    Path(sys.argv[1]).with_name(f".elections.db.{os.getpid()}{end}").write_bytes(b"left")
import build_db
sys.exit(build_db.main(["--database", sys.argv[1], "--quiet"]))
"""
    assert run(code, old) == 0
    assert is_whole(old)
    assert files(old.parent) == BUILT


def test_only_what_a_dead_build_left_is_cleared_away(old: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as living:
        kept = {f".elections.db.{living.pid}", ".elections.db.notes", ".other.db.999999999", "elections.db.1"}
        dead = subprocess.Popen([sys.executable, "-c", ""])
        dead.wait()
        for name in kept | {f".elections.db.{dead.pid}", f".elections.db.{dead.pid}-journal"}:
            (old.parent / name).write_bytes(b"x")
        built = run_build("--database", old)
        assert built.returncode == 0, built.stderr
        assert set(files(old.parent)) == kept | set(BUILT)
        living.communicate(b"\n")


def test_the_command_killed_while_it_tells_of_its_progress(old: Path) -> None:
    with subprocess.Popen(
        [sys.executable, PROJECT / "build_db.py", "--database", old], stdout=subprocess.PIPE, text=True
    ) as build:
        assert build.stdout is not None
        build.stdout.readline()
        build.kill()
    assert build.returncode == -signal.SIGKILL
    assert old.read_bytes() == OLD or is_whole(old)
    assert run_build("--database", old, "--quiet").returncode == 0
    assert is_whole(old)
    assert files(old.parent) == BUILT


def test_two_builds_at_the_same_time_both_succeed(old: Path) -> None:
    command = [sys.executable, PROJECT / "build_db.py", "--database", old, "--quiet"]
    builds = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for build in builds:
        _, said = build.communicate(timeout=60)
        assert build.returncode == 0, said
    assert is_whole(old)
    assert files(old.parent) == BUILT


def test_the_new_database_takes_the_place_of_the_old_and_is_not_written_into_it(old: Path, tmp_path: Path) -> None:
    """A second name of the old file still shows what it held: whoever is killed while writing spoils nothing."""
    second = tmp_path / "second name"
    second.hardlink_to(old)
    assert build_here("--database", old, "--quiet").returncode == 0
    assert is_whole(old)
    assert second.read_bytes() == OLD


def test_the_facts_beside_the_database_are_about_it(old: Path) -> None:
    """Datasette takes digest, size and counts from inspect-data.json without a look at the database."""
    assert run_build("--database", old, "--quiet").returncode == 0
    told = json.loads(old.with_name("inspect-data.json").read_text(encoding="utf-8"))["elections"]
    assert told["file"] == old.name
    assert (told["hash"], told["size"]) == (hashlib.sha256(old.read_bytes()).hexdigest(), old.stat().st_size)
    with contextlib.closing(sqlite3.connect(old)) as connection:
        names = [name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")]
        counts = {name: connection.execute(f"select count(*) from [{name}]").fetchone()[0] for name in names}
    assert {name: one["count"] for name, one in told["tables"].items()} == counts


def test_a_database_by_another_name_leaves_the_facts_alone(old: Path) -> None:
    """python build_db.py --database new.db, to compare: elections.db is still the one that is served."""
    facts = old.with_name("inspect-data.json")
    facts.write_text("{}", encoding="utf-8")
    assert run_build("--database", old.with_name("new.db"), "--quiet").returncode == 0
    assert facts.read_text(encoding="utf-8") == "{}"


def test_who_reads_the_old_database_can_go_on_reading(old: Path, database: Path) -> None:
    old.write_bytes(database.read_bytes())
    reader = sqlite3.connect(f"file:{old}?mode=ro", uri=True)
    before = reader.execute("select count(*) from claims").fetchone()
    assert build_here("--database", old, "--quiet").returncode == 0
    assert reader.execute("select count(*) from claims").fetchone() == before
    assert reader.execute("pragma integrity_check").fetchone()[0] == "ok"
    reader.close()


def test_a_build_that_fails_leaves_the_old_database(
    data: Path, tmp_path: Path, build_with: Callable[[], subprocess.CompletedProcess[str]]
) -> None:
    database = tmp_path / "elections.db"
    database.write_bytes(OLD)
    before = database.stat()
    (data / "2023/lists.csv").write_text("id\n", encoding="utf-8")
    failed = build_with()
    assert failed.returncode == 1
    assert f"{database} is unchanged." in failed.stderr
    assert database.read_bytes() == OLD
    assert (database.stat().st_ino, database.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert files(tmp_path) == ["data", "elections.db"]


@pytest.fixture
def sql(tmp_path: Path) -> Path:
    """A copy of sql/ to spoil."""
    return Path(shutil.copytree(PROJECT / "sql", tmp_path / "sql"))


def test_a_fault_in_the_sql_leaves_the_old_database_and_names_the_file(
    old: Path, sql: Path, subtests: pytest.Subtests
) -> None:
    for fault in ("schema.sql", "adoption/1_figures.sql", "views/coverage.sql"):
        sound = (sql / fault).read_text(encoding="utf-8")
        (sql / fault).write_text("selekt 1;\n", encoding="utf-8")
        with subtests.test(fault):
            failed = build_here("--sql", sql, "--database", old)
            assert failed.returncode == 1
            assert f'{sql / fault}: near "selekt": syntax error' in failed.stderr
            assert old.read_bytes() == OLD
            assert files(old.parent) == ["elections.db"]
        (sql / fault).write_text(sound, encoding="utf-8")


BAD_CHECKS = {
    "a syntax error": "selekt 1",
    "two findings of one id": (
        "select 'x' as id, 'fails' as status, 'x' as subject, '[]' as claim_ids from json_each('[1, 2]')"
    ),
    "an unknown status": "select 'x' as id, 'perhaps' as status, 'x' as subject, '[]' as claim_ids",
}


def test_a_fault_in_a_check_leaves_the_old_database_and_names_the_file(
    old: Path, sql: Path, subtests: pytest.Subtests
) -> None:
    fault = sql / "checks" / "W99_made_up.sql"
    for what, check in BAD_CHECKS.items():
        fault.write_text(f"-- Made up for a test.\n{check};\n", encoding="utf-8")
        with subtests.test(what):
            failed = build_here("--sql", sql, "--database", old)
            assert failed.returncode == 1
            assert f"{fault}: " in failed.stderr
            assert old.read_bytes() == OLD


def test_an_error_found_by_a_check_leaves_the_old_database(old: Path, sql: Path) -> None:
    fault = sql / "checks" / "E99_made_up.sql"
    fault.write_text(
        "-- Nothing is made up.\nselect 'x' as id, 'fails' as status, 'all' as subject;\n", encoding="utf-8"
    )
    failed = build_here("--sql", sql, "--database", old)
    assert failed.returncode == 1
    assert "E99 Nothing is made up. all" in failed.stderr
    assert old.read_bytes() == OLD


def test_a_check_that_may_stop_the_build_stops_it_for_what_fails_only(old: Path, sql: Path) -> None:
    """Every check may say what holds and what cannot be checked, as CONTRIBUTING.md has it."""
    (sql / "checks" / "E99_made_up.sql").write_text(
        "-- Nothing is made up.\nselect 'x' as id, 'holds' as status, 'all' as subject\n"
        "union all select 'y', 'not_checkable', 'none';\n",
        encoding="utf-8",
    )
    built = build_here("--sql", sql, "--database", old)
    assert built.returncode == 0, built.stderr
    assert is_whole(old)


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    target = tmp_path / "file" / "elections.db"
    failed = build_here("--database", target)
    assert failed.returncode == 1
    assert f"{target} cannot be written: " in failed.stderr
    assert "may you write to its folder?" in failed.stderr


def test_a_folder_as_target(tmp_path: Path) -> None:
    target = tmp_path / "elections.db"
    target.mkdir()
    (target / "kept").write_bytes(b"")
    failed = build_here("--database", target)
    assert failed.returncode == 1
    assert f"{target} cannot be written: " in failed.stderr
    assert "Is a directory" in failed.stderr
    assert files(target) == ["kept"]
    assert files(tmp_path) == ["elections.db"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_to(old: Path) -> None:
    old.parent.chmod(0o555)
    try:
        failed = run_build("--database", old)
    finally:
        old.parent.chmod(0o755)
    assert failed.returncode == 1
    assert f"{old} cannot be written: " in failed.stderr
    assert "Traceback" not in failed.stderr
    assert old.read_bytes() == OLD


def test_no_room_for_the_database(old: Path) -> None:
    """A limit to the size of a file stands for the full disk."""
    failed = subprocess.run(
        [sys.executable, PROJECT / "build_db.py", "--database", old],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000)),
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert failed.returncode == 1, failed.stderr
    assert f"{old} cannot be written: " in failed.stderr
    assert failed.stderr.count("Is there room on the disk") == 1
    assert "Traceback" not in failed.stderr
    assert old.read_bytes() == OLD
    assert files(old.parent) == ["elections.db"]


def test_a_folder_that_is_not_there_is_made(tmp_path: Path) -> None:
    target = tmp_path / "new" / "folder" / "elections.db"
    assert build_here("--database", target, "--quiet").returncode == 0
    assert is_whole(target)


def test_whoever_reads_the_progress_may_go_away(old: Path) -> None:
    with subprocess.Popen(
        [sys.executable, PROJECT / "build_db.py", "--database", old],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as build:
        assert build.stdout is not None and build.stderr is not None
        build.stdout.close()
        said = build.stderr.read()
    assert "Traceback" not in said
    assert old.read_bytes() == OLD or is_whole(old)
    assert files(old.parent) == (["elections.db"] if old.read_bytes() == OLD else BUILT)
