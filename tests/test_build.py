"""Does the build work from the command line, and does it tell what it did?"""

import re
from pathlib import Path

from conftest import build_here, run_build
from spoiling import change


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


def test_a_build_says_which_findings_are_new(data: Path, tmp_path: Path) -> None:
    database = tmp_path / "elections.db"
    first = build_here("--data", data, "--database", database)
    assert "The audit" not in first.stdout
    again = build_here("--data", data, "--database", database)
    assert again.stdout.splitlines()[-2] == "The audit finds what it found before."
    change("2013/wikipedia-2013/02-al-anbar.csv", {"Party": "Muttahidoon"}, "Total votes", "1")(data)
    changed = build_here("--data", data, "--database", database)
    news = changed.stdout.partition("The audit finds ")[2]
    assert re.match(r"\d+ new contradictions, and \d+ are gone:\n", news)
    assert "\n  new   W01-wikipedia-2013-al-anbar-" in news
    change("2013/wikipedia-2013/02-al-anbar.csv", {"Party": "Muttahidoon"}, "Total votes", "115,605")(data)
    assert "\n  gone  W01-wikipedia-2013-al-anbar-" in build_here("--data", data, "--database", database).stdout
