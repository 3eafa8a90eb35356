"""Does the build work from the command line, and does it tell what it did?"""

from conftest import run_build


def test_help_tells_all() -> None:
    shown = run_build("--help")
    assert shown.returncode == 0
    for word in ("--database", "--data", "--sql", "--quiet", "exit status"):
        assert word in shown.stdout


def test_it_builds_and_gives_an_account(tmp_path) -> None:
    built = run_build("--database", tmp_path / "elections.db")
    assert built.returncode == 0, built.stderr
    assert (tmp_path / "elections.db").exists()
    for word in ("read", "adopted", "views", "checks", "claims", "Built"):
        assert word in built.stdout
