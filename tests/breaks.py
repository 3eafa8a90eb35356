"""Breaks the project on purpose, in one place at a time, and sees whether a test fails: python tests/breaks.py.

Run by hand when tests are merged, rewritten or made faster. Each break is put into a copy of the project; then the
tests that should see it are run there, or with --all every test of make test. `--only 3` tries one break,
`--only 3,7,20-30` some. Exits with 1 if a break is not seen.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from conftest import copy_of_project


class Break(NamedTuple):
    """One text of a file in the place of another, and the tests that should see it, without `test_`."""

    what: str
    file: str
    old: str
    new: str
    tests: str


BREAKS = [
    # Views
    Break(
        "general_seats of a list counts its component seats",
        "sql/views/seat_totals.sql",
        "sum(results.seats) filter (where contests.seat_type = 'general'),",
        "sum(results.seats),",
        "views",
    ),
    Break(
        "registered voters of a governorate are added up though a part is unknown",
        "sql/views/turnout_by_governorate.sql",
        "iif(count(*) = count(turnout.registered_voters), sum(turnout.registered_voters), null) as registered_voters",
        "sum(turnout.registered_voters) as registered_voters",
        "views",
    ),
    Break(
        "ballots of a governorate are added up though a part is unknown",
        "sql/views/turnout_by_governorate.sql",
        "iif(count(*) = count(turnout.ballots_cast), sum(turnout.ballots_cast), null) as ballots_cast",
        "sum(turnout.ballots_cast) as ballots_cast",
        "views",
    ),
    Break(
        "votes of a list are summed though those of a governorate are unknown",
        "sql/views/seat_totals.sql",
        "count(*) = count(results.votes) filter (where claims.stations is claims.stations_of),",
        "count(results.votes) > 0,",
        "views what_is_known",
    ),
    Break(
        "the summed votes of a list have the stage of their strongest part",
        "sql/views/seat_totals.sql",
        "max(stages.rank) as votes_stage_rank",
        "min(stages.rank) as votes_stage_rank",
        "views what_is_known",
    ),
    Break(
        "a share of seats is of the contest, not of the council",
        "sql/views/seats_by_governorate.sql",
        "100.0 * results.seats / council.seats as seat_share",
        "100.0 * results.seats / contests.seats as seat_share",
        "views",
    ),
    Break(
        "votes of a result come with the source of its seats",
        "sql/views/seats_by_governorate.sql",
        "votes_claims.source_id as votes_source_id",
        "seats_claims.source_id as votes_source_id",
        "views pages",
    ),
    Break(
        "a council agrees if one of its contests does",
        "sql/views/council_sizes.sql",
        "min(coalesce(adopted_seats.seats = contests.seats, 0)) as agrees",
        "max(coalesce(adopted_seats.seats = contests.seats, 0)) as agrees",
        "views",
    ),
    Break(
        "a copy counts as an independent source",
        "sql/views/coverage.sql",
        "count(distinct coalesce(sources.copied_from, sources.id))",
        "count(distinct sources.id)",
        "views what_is_known",
    ),
    Break(
        "a preliminary figure that a final one replaced is a disagreement",
        "sql/views/disagreements.sql",
        "or ('undated' in (chosen.stage, other.stage) and 'preliminary' not in (chosen.stage, other.stage))",
        "or 'preliminary' in (chosen.stage, other.stage)",
        "views adoption checks",
    ),
    Break(
        "the change since the preliminary count has the wrong sign",
        "sql/views/preliminary_vs_final.sql",
        "paired.later_votes - paired.preliminary_votes as votes_change",
        "paired.preliminary_votes - paired.later_votes as votes_change",
        "views",
    ),
    Break(
        "the change of seats since the preliminary count has the wrong sign",
        "sql/views/preliminary_vs_final.sql",
        "paired.later_seats - paired.preliminary_seats as seats_change",
        "paired.preliminary_seats - paired.later_seats as seats_change",
        "views",
    ),
    Break(
        "the most votes for a component seat are the winner's",
        "sql/views/component_seats.sql",
        "max(name) filter (where place = 1 and whole_votes is not null) as most_votes",
        "max(name) filter (where seats > 0) as most_votes",
        "views",
    ),
    Break(
        "the swing of a party is from the later election to the earlier",
        "sql/views/swing.sql",
        "later.seats - earlier.seats as seats_change",
        "earlier.seats - later.seats as seats_change",
        "views indices",
    ),
    Break(
        "the seats of a party are added up though those of a list are unknown",
        "sql/views/swing.sql",
        "iif(count(*) = count(seats), sum(seats), null) as seats",
        "sum(seats) as seats",
        "views",
    ),
    Break(
        "a party that split before both elections is added up again",
        "sql/views/swing.sql",
        "party_links.kind <> 'split' and",
        "",
        "swing",
    ),
    Break(
        "turnout of a vote that nobody names is compared",
        "sql/views/turnout_change.sql",
        "reported.vote <> 'unstated'",
        "reported.vote <> ''",
        "swing",
    ),
    Break(
        "the ballots of the country are summed over the governorates that are known",
        "sql/views/turnout_by_election.sql",
        "iif(summed.governorates_counted = held.governorates, summed.ballots_cast, null) as ballots_cast_summed",
        "summed.ballots_cast as ballots_cast_summed",
        "views",
    ),
    Break(
        "rows of a view are kept but for one",
        "build_db.py",
        'db.execute(f"insert into [kept_{path.stem}] select * from [{path.stem}]")',
        'db.execute(f"insert into [kept_{path.stem}] select * from [{path.stem}] limit 9")',
        "views",
    ),
    # Adoption
    Break(
        "the earliest stage is adopted",
        "sql/adoption/1_figures.sql",
        "                stages.rank,\n",
        "                stages.rank desc,\n",
        "adoption",
    ),
    Break(
        "the earlier of two documents is adopted",
        "sql/adoption/1_figures.sql",
        "sources.published_on desc",
        "sources.published_on",
        "adoption",
    ),
    Break(
        "a figure added up from a part of the stations is adopted over a whole one",
        "sql/adoption/1_figures.sql",
        "                claims.stations is not claims.stations_of,\n",
        "",
        "adoption",
    ),
    Break(
        "a decision does not override the rule",
        "sql/adoption/1_figures.sql",
        "where figures.id = decisions.figure_id;",
        "where figures.id = decisions.figure_id and figures.adopted_claim_id is null;",
        "adoption checks",
    ),
    Break(
        "the votes of other lists in a place are all its votes",
        "sql/adoption/5_place_totals.sql",
        "max(adopted.value) filter (where figures.subject = 'other' and figures.measure = 'votes')",
        "max(adopted.value) filter (where figures.subject = 'place' and figures.measure = 'votes')",
        "adoption checks views",
    ),
    Break(
        "a list of which nothing is known has no result",
        "sql/adoption/3_results.sql",
        "group by figures.contest_id, figures.list_id, figures.candidate_id\n",
        "group by figures.contest_id, figures.list_id, figures.candidate_id having max(adopted.value) is not null\n",
        "adoption",
    ),
    # Checks
    Break(
        "rows that add up to less than their total are not reported",
        "sql/checks/W01_rows_and_total.sql",
        "when printed_totals.rows_without_figure > 0 then 'not_checkable'",
        "when printed_totals.sum_of_rows < printed_totals.total then 'not_checkable'",
        "checks",
    ),
    Break(
        "the finding of a disagreement names one of the two claims",
        "sql/checks/W07_sources_agree.sql",
        "json_each(json_array(disagreements.adopted_claim_id, disagreements.other_claim_id)) as claim",
        "json_each(json_array(disagreements.other_claim_id)) as claim",
        "checks",
    ),
    # Reading and loading
    Break(
        "a group of two digits is read as a number",
        "elections/printed.py",
        "[0-9]{1,3}(?:,[0-9]{3}){1,5}",
        "[0-9]{1,3}(?:,[0-9]{2,3}){1,5}",
        "parsing bad_input",
    ),
    Break(
        "a percentage loses the zero at its end",
        "elections/printed.py",
        "decimals = len(fraction)",
        'decimals = len(fraction.rstrip("0"))',
        "parsing transcription",
    ),
    Break(
        "Arabic digits are read though the source does not declare them",
        "elections/printed.py",
        'text.translate(ARABIC_INDIC) if digits == "arabic_indic" else text',
        "text.translate(ARABIC_INDIC)",
        "parsing bad_input",
    ),
    Break(
        "accents typed as two characters are let through",
        "elections/reading.py",
        'elif cell != unicodedata.normalize("NFC", cell):',
        "elif False:",
        "bad_input",
    ),
    Break(
        "a line number is that of the next line",
        "elections/reading.py",
        "line = reader.line_num + 1",
        "line = reader.line_num + 2",
        "parsing bad_input",
    ),
    Break(
        "a name means the same in every governorate",
        "elections/claims.py",
        'return self.list_names.get((printed, election, governorate)) or self.list_names.get((printed, election, ""))',
        'return self.list_names.get((printed, election, "")) or self.list_names.get((printed, election, governorate))',
        "names",
    ),
    Break(
        "a candidate may stand in another governorate",
        "elections/claims.py",
        'if contest["governorate_id"] != place.governorate_id:',
        "if False:",
        "bad_input",
    ),
    Break(
        "a name that no table prints is not reported",
        "elections/claims.py",
        'if id(row) not in self.used and row["name_as_printed"] not in unread:',
        "if False:",
        "bad_input",
    ),
    Break(
        "the database is written into its place",
        "build_db.py",
        "working.replace(database)",
        "database.write_bytes(working.read_bytes())\n        working.unlink()",
        "atomic_build",
    ),
    Break(
        "files are read in the order of the folder",
        "build_db.py",
        'views = [run_script(db, path) for path in sorted((sql / "views").glob("*.sql"))]',
        'views = [run_script(db, path) for path in (sql / "views").glob("*.sql")]',
        "deterministic",
    ),
    Break(
        "haa and taa marbuta are two letters to the search",
        "elections/search_names.py",
        '"ة": "ه", "ۀ"',
        '"ۀ"',
        "search",
    ),
    Break(
        "a decision that was removed is not listed among the changes",
        "elections/changes.py",
        "for key in sorted(old.keys() | new.keys()):\n        if key in old and key in new:",
        "for key in sorted(new.keys()):\n        if key in old and key in new:",
        "release",
    ),
    Break(
        "an empty text becomes null in the CSV of a release",
        "elections/release.py",
        """if value == "" or any(sign in text for sign in ',"\\r\\n') else text""",
        """if any(sign in text for sign in ',"\\r\\n') else text""",
        "release",
    ),
    # Plugins
    Break(
        "a text that begins with @ is a formula in a downloaded file",
        "plugins/csv_files.py",
        'FORMULA = ("=", "+", "-", "@", "\\t", "\\r")',
        'FORMULA = ("=", "+", "-", "\\t", "\\r")',
        "injection",
    ),
    Break(
        "an answer to a request with a cookie gets a validator",
        "elections/site/http.py",
        'if any(name in (b"cookie", b"authorization") for name, _ in scope["headers"]):',
        'if any(name == b"authorization" for name, _ in scope["headers"]):',
        "http_rules",
    ),
    Break(
        "a printed fraction is padded",
        "plugins/cells.py",
        'AS_PRINTED = ("value", "turnout_as_printed")',
        'AS_PRINTED = ("turnout_as_printed",)',
        "site",
    ),
    Break(
        "the id of a figure links to one claim",
        "plugins/cells.py",
        'if kind == "figure" else',
        'if kind == "never" else',
        "site what_is_known",
    ),
    Break(
        "the other language forgets what was asked",
        "plugins/pages.py",
        'return str(self.datasette.urls.path(path)) + (f"?{query}" if query else "")',
        "return str(self.datasette.urls.path(path))",
        "pages",
    ),
    Break(
        "a name in the other script is not marked",
        "plugins/pages.py",
        """return Markup('<bdi lang="en" dir="ltr">{}</bdi>').format(text)""",
        "return escape(text)",
        "pages",
    ),
    Break(
        "a wrong address suggests nothing",
        "plugins/pages.py",
        '"meant": re.sub',
        '"meant": "" and re.sub',
        "pages",
    ),
    # Templates
    Break(
        "the mark “(preliminary)” beside votes is left out",
        "templates/_macros.html",
        "{% if row[measure ~ '_stage'] == 'preliminary' %} ({{ term('stages_short', 'preliminary') }}){% endif %}",
        "",
        "pages",
    ),
    Break(
        "votes link to the figure of the seats",
        "templates/site/governorate.html",
        "{{ m.figure(row.votes, row.votes_figure_id, row.votes_decision_id) }}",
        "{{ m.figure(row.votes, row.seats_figure_id, row.votes_decision_id) }}",
        "pages",
    ),
    Break(
        "a decided figure has no sign",
        "templates/_macros.html",
        "{% if decision_id %}<sup>",
        "{% if false %}<sup>",
        "pages",
    ),
    Break(
        "an unknown figure is shown as 0",
        "templates/_macros.html",
        "{% if value is none %}<span class=\"unknown\" title=\"{{ t('unknown') }}\">{{ t('unknown_sign') }}</span>\n"
        "{%- elif figure_id %}",
        "{% if value is none %}0\n{%- elif figure_id %}",
        "pages",
    ),
    Break(
        "a cell of a document is shown as the number that was read",
        "templates/_macros.html",
        "{{ cell.value_as_printed or t('nothing_printed') }}",
        "{{ cell.value or t('nothing_printed') }}",
        "pages",
    ),
    Break(
        "the CSV of a table is no file",
        "templates/_macros.html",
        "answer.address('.csv', _dl='on')",
        "answer.address('.csv')",
        "pages",
    ),
    Break(
        "a name is not escaped",
        "templates/site/list.html",
        "{{ site.foreign(row.name_as_printed) }}",
        "{{ row.name_as_printed|safe }}",
        "injection",
    ),
    Break(
        "the adopted claim of a figure is not marked",
        "templates/site/figure.html",
        "{% if row.is_adopted %} <span class=\"state\">{{ t('adopted') }}</span>{% endif %}",
        "",
        "pages",
    ),
    Break(
        "the stage of a figure is left out",
        "templates/site/figure.html",
        "{{ name(row, 'stage_title') }}",
        "",
        "pages",
    ),
    Break(
        "an unfilled council is not said to be one",
        "templates/site/governorate.html",
        "{% elif not size.agrees %}",
        "{% elif false %}",
        "pages",
    ),
    Break(
        "governorates that did not vote have a turnout of 0",
        "templates/site/home.html",
        "{% if row.voted %}{{ m.percent(row.turnout) }}{% else %}{{ t('no_vote') }}{% endif %}",
        "{{ row.turnout or 0 }}%",
        "pages",
    ),
    Break(
        "dark colours have too little contrast",
        "static/site.css",
        "--quiet: #a3afb5;",
        "--quiet: #5c666b;",
        "pages_in_browser",
    ),
    Break(
        "a table is wider than a phone",
        "static/site.css",
        "body {\n    margin: 0;",
        "table.results {\n    min-width: 30rem;\n}\n.scroll {\n    overflow: visible !important;\n}\n"
        "body {\n    margin: 0;",
        "pages_in_browser",
    ),
    # Words, charts, metadata
    Break(
        "an Arabic text lost its number",
        "words/ar.yml",
        "{seats}",
        "",
        "words",
    ),
    Break(
        "a decision has no Arabic reason",
        "words/ar.yml",
        "\n    kirkuk-uruba-votes:",
        "\n    kirkuk-uruba-vote:",
        "words",
    ),
    Break(
        "the bars of a chart are as long as another number",
        "charts.yml",
        "x: {field: seats, type: quantitative, axis: null}",
        "x: {field: governorates_won, type: quantitative, axis: null}",
        "reading_in_browser pages",
    ),
    Break(
        "a governorate is twice on the map, and another missing",
        "static/geo/iraq.topo.json",
        '"id":"kirkuk"',
        '"id":"wasit"',
        "pages reading_in_browser",
    ),
    # Data
    Break(
        "a digit of a transcribed cell is another",
        "data/wikipedia-2013/03-babil.csv",
        '"115,188"',
        '"115,198"',
        "transcription",
    ),
    Break(
        "a digit of a noted figure is another",
        "data/nerinaazad-2023/02-anbar.csv",
        '"163,072"',
        '"163,073"',
        "transcription checks adoption",
    ),
    Break(
        "a name denotes another list",
        "data/list_names.csv",
        "\nTasmeem coalition,2023,,list,tasmim-2023",
        "\nTasmeem coalition,2023,,list,nabni-2023",
        "names",
    ),
    Break(
        "a council has a seat more",
        "data/contests.csv",
        "2013-najaf-general,2013,najaf,general,29",
        "2013-najaf-general,2013,najaf,general,30",
        "views",
    ),
    Break(
        "two lists of a council share a colour",
        "data/list_colours.csv",
        "aabiroun-2013,#117733",
        "aabiroun-2013,#332288",
        "list_colours",
    ),
    Break(
        "a derived colour is one that a list of the same council has",
        "elections/colours.py",
        "colours[other] == colour and councils[one] & councils[other]",
        "False",
        "list_colours",
    ),
    Break(
        "a list has the Arabic name of another",
        "data/lists.csv",
        "تحالف نبني",
        "تحالف تقدم",
        "pages search reading_in_browser",
    ),
    Break(
        "a polling day is wrong",
        "data/elections.csv",
        "2023-12-18",
        "2023-12-19",
        "schema",
    ),
    Break(
        "the law's first divisor is another",
        "data/elections.csv",
        ",17,10,",
        ",16,10,",
        "schema",
    ),
]


def chosen(only: str | None) -> Iterator[tuple[int, Break]]:
    """Yield the breaks to try, with their numbers."""
    wanted = set(range(1, len(BREAKS) + 1))
    if only:
        ranges = [part.partition("-") for part in only.split(",")]
        wanted = {number for first, _, last in ranges for number in range(int(first), int(last or first) + 1)}
    yield from ((number, one) for number, one in enumerate(BREAKS, 1) if number in wanted)


def seen_by(one: Break, everything: bool) -> str | None:
    """Break a copy of the project and run the tests there. Returns the test that fails first, None if none does."""
    with tempfile.TemporaryDirectory() as folder:
        copy = copy_of_project(Path(folder) / "project")
        text = (copy / one.file).read_text(encoding="utf-8")
        if one.old not in text:
            raise SystemExit(f"{one.file} has no longer: {one.old}")
        (copy / one.file).write_text(text.replace(one.old, one.new, 1), encoding="utf-8")
        # Some tests ask git for the files of the project.
        subprocess.run(["git", "init", "-q"], cwd=copy, check=True)
        (copy / ".git" / "info" / "exclude").write_text(".venv\n", encoding="utf-8")
        tests = [] if everything else [f"tests/test_{name}.py" for name in one.tests.split()]
        chance: list[str] = []
        while failed := first_failure(copy, [*tests, *chance]):
            # What fails on a busy machine does not fail again by itself.
            if first_failure(copy, [failed]):
                return failed.removeprefix("tests/")
            chance += ["--deselect", failed]
        return None


def first_failure(folder: Path, arguments: list[str]) -> str | None:
    """Run tests until one fails. Returns its id, None if all pass."""
    python = folder / ".venv" / "bin" / "python"
    interpreter = python if python.exists() else Path(sys.executable)
    command = [interpreter, "-m", "pytest", "-x", "-q", "--tb=no", *arguments]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if run.returncode == 0:
        return None
    failed = re.findall(r"^(?:FAILED|ERROR) (tests/\S+::\w+(?:\[.*?\](?= - |$))?)", run.stdout, re.MULTILINE)
    if not failed:
        raise SystemExit(f"pytest ended with {run.returncode}: {run.stdout[-1000:]}{run.stderr[-1000:]}")
    return str(failed[0])


def main() -> int:
    """Try the breaks. Returns the exit status."""
    parser = argparse.ArgumentParser(description="Break the project on purpose and see whether a test fails.")
    parser.add_argument("--only", metavar="NUMBERS", help="which breaks to try, such as 3 or 3,7,20-30 (all)")
    parser.add_argument("--all", action="store_true", help="run every test, not only those that should see it")
    options = parser.parse_args()
    unseen = 0
    for number, one in chosen(options.only):
        started = time.monotonic()
        test = seen_by(one, options.all)
        unseen += test is None
        took = time.monotonic() - started
        print(f"{number:3} {'seen' if test else 'NOT SEEN'}  {one.what}: {test or one.file} ({took:.0f} s)", flush=True)
    return 1 if unseen else 0


if __name__ == "__main__":
    sys.exit(main())
