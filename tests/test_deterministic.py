"""Do the same data give the same bytes, wherever, whenever and by whomever they are built?"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from conftest import PROJECT, run_build

# The build, with every listing of a folder turned round.
OTHER_ORDER = """
import sys
import tempfile
from pathlib import Path
for method in ("glob", "rglob", "iterdir"):
    real = getattr(Path, method)
    setattr(Path, method, lambda self, *pattern, real=real: iter(sorted(real(self, *pattern), reverse=True)))
import build_db
sys.exit(build_db.main(["--database", sys.argv[1], "--quiet"]))
"""


@pytest.fixture(scope="module")
def first(database: Path) -> bytes:
    """The shared database, which this process has built; each test compares the build of another process with it."""
    return database.read_bytes()


def test_a_build_over_an_older_database_gives_the_same_bytes(first: bytes, tmp_path: Path) -> None:
    path = tmp_path / "other-name.db"
    path.write_bytes(b"x" * 3_000_000)
    assert run_build("--database", path, "--quiet").returncode == 0
    assert path.read_bytes() == first


def test_a_copy_of_the_project_in_another_folder_gives_the_same_bytes(first: bytes, tmp_path: Path) -> None:
    copy = tmp_path / "a folder with spaces, and القادسية"
    for folder in ("data", "sql", "elections"):
        shutil.copytree(PROJECT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT / "build_db.py", copy)
    for number, path in enumerate(sorted(copy.rglob("*.*"))):  # other times, in another order
        os.utime(path, (1_000_000_000 - number, 1_000_000_000 - number))
    built = subprocess.run(
        [sys.executable, "build_db.py", "--quiet"], cwd=copy, capture_output=True, text=True, timeout=60, check=False
    )
    assert built.returncode == 0, built.stderr
    assert (copy / "elections.db").read_bytes() == first


ENVIRONMENTS = {
    "Baghdad": {"TZ": "Asia/Baghdad", "LANG": "ar_IQ.UTF-8", "LC_ALL": "ar_IQ.UTF-8", "PYTHONHASHSEED": "1"},
    "C locale": {
        "TZ": "Pacific/Kiritimati", "LANG": "C", "LC_ALL": "C", "PYTHONHASHSEED": "2", "PYTHONUTF8": "0",
    },
    "Turkish": {"TZ": "UTC", "LANG": "tr_TR.UTF-8", "PYTHONHASHSEED": "4294967295", "SOURCE_DATE_EPOCH": "1"},
}  # fmt: skip


def test_another_environment_gives_the_same_bytes(first: bytes, tmp_path: Path, subtests: pytest.Subtests) -> None:
    ours = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG"))}
    command = [sys.executable, PROJECT / "build_db.py", "--quiet", "--database"]
    builds = {
        name: subprocess.Popen([*command, tmp_path / f"{name}.db"], env=ours | environment, cwd=tmp_path)
        for name, environment in ENVIRONMENTS.items()
    }
    for name, build in builds.items():
        with subtests.test(name):
            assert build.wait(60) == 0
            assert (tmp_path / f"{name}.db").read_bytes() == first


def test_the_order_in_which_folders_are_listed_does_not_matter(first: bytes, tmp_path: Path) -> None:
    path = tmp_path / "elections.db"
    built = subprocess.run([sys.executable, "-c", OTHER_ORDER, path], cwd=PROJECT, timeout=60, check=False)
    assert built.returncode == 0
    assert path.read_bytes() == first


def test_no_path_or_clock_of_the_building_machine_is_in_the_file(first: bytes) -> None:
    assert str(PROJECT).encode() not in first
    assert tempfile.gettempdir().encode() not in first
