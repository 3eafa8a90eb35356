"""Does every page say everything in both languages, with no word missing and none left over?"""

import re
import sqlite3
from typing import Any

import pytest
import yaml
from conftest import PROJECT, Client

WORDS: dict[str, dict[str, Any]] = {
    language: yaml.safe_load((PROJECT / "words" / f"{language}.yml").read_text(encoding="utf-8"))
    for language in ("en", "ar")
}
TEMPLATES = {path.name: path.read_text(encoding="utf-8") for path in (PROJECT / "templates").rglob("*.html")}
CHARTS = (PROJECT / "charts.yml").read_text(encoding="utf-8")
# Keys that templates put together: t('way_' ~ page).
PUT_TOGETHER = ("way_", "kind_", "mapping_", "download_", "source_lead_")
ARABIC = re.compile(r"[\u0600-\u06ff]")
LATIN = ("/site/other_language", "/site/sql_behind", "licences: CC BY-SA 4.0")
ARABIC_DIGITS = re.compile(r"[\u0660-\u0669\u06f0-\u06f9]")


def texts(part: object, path: str = "") -> dict[str, str]:
    """Every text of a language file by its path."""
    if isinstance(part, dict):
        return {key: text for name, value in part.items() for key, text in texts(value, f"{path}/{name}").items()}
    if isinstance(part, list):
        return {key: text for place, value in enumerate(part) for key, text in texts(value, f"{path}/{place}").items()}
    return {path: str(part)}


def test_both_languages_have_the_same_words(subtests: pytest.Subtests) -> None:
    for section in ["site", "charts"]:
        with subtests.test(section):
            assert list(WORDS["en"][section]) == list(WORDS["ar"][section])


def test_a_word_takes_the_same_values_in_both_languages(subtests: pytest.Subtests) -> None:
    for section in ["site", "charts"]:
        with subtests.test(section):
            for key, text in WORDS["en"][section].items():
                assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", WORDS["ar"][section][key])), key


def test_the_method_is_told_in_both_languages() -> None:
    told = {language: [section["id"] for section in words["about"]] for language, words in WORDS.items()}
    assert told["en"] == told["ar"]
    for english, arabic in zip(WORDS["en"]["about"], WORDS["ar"]["about"], strict=True):
        assert re.findall(r'href="([^"]+)"', english["text"]) == re.findall(r'href="([^"]+)"', arabic["text"])


def test_every_word_of_a_template_is_there(subtests: pytest.Subtests) -> None:
    for template in TEMPLATES:
        with subtests.test(template):
            for key in re.findall(r"\bt\('(\w+)'", TEMPLATES[template]):
                assert key in WORDS["en"]["site"] or key in PUT_TOGETHER, key


def test_every_word_of_a_chart_is_there_and_none_is_left_over() -> None:
    used = set(re.findall(r"\{([a-z_]+)\}", CHARTS)) - {"_ar"}
    in_code = {"take_chart", "take_png", "take_svg"}
    assert used | in_code == set(WORDS["en"]["charts"])


def test_no_word_is_left_over() -> None:
    everything = "".join(TEMPLATES.values()) + (PROJECT / "plugins" / "pages.py").read_text(encoding="utf-8")
    left = [
        key
        for key in WORDS["en"]["site"]
        if f"'{key}'" not in everything and f'"{key}"' not in everything and not key.startswith(PUT_TOGETHER)
    ]
    assert left == []


def test_an_arabic_text_is_arabic_with_western_digits(db: sqlite3.Connection, subtests: pytest.Subtests) -> None:
    of_data = dict(
        db.execute("select kind || ': ' || text_id, text_ar from texts where text_ar is not null").fetchall()
    )
    for path, text in (texts(WORDS["ar"]) | of_data).items():
        with subtests.test(path):
            assert not ARABIC_DIGITS.search(text)
            words = re.sub(r"<[^>]+>|\{\w+\}", "", text)
            # Names of this site's other language, of a licence, and words that are no text.
            if path in LATIN or path.startswith(("/charts/align", "/about")) or path.endswith("/id"):
                continue
            assert ARABIC.search(words) or not re.search(r"[A-Za-z]{3}", words), text


TRANSLATED = [
    ("rule_basis", 'select value from json_each(\'["read","derived","unknown"]\')'),
    ("step_kinds", 'select value from json_each(\'["quotient","quota","share","remainder","votes"]\')'),
    ("obstacles", "select distinct obstacle from implied_divisor where obstacle is not null"),
    ("votes", "select vote from turnout union select vote from national_turnout"),
    ("denominators", "select distinct denominator from turnout"),
    ("votes_basis", "select distinct votes_basis from seat_totals where votes_basis is not null"),
    ("certainty", "select distinct certainty from list_names"),
    ("transcription", "select distinct transcription from sources union select 'synthetic'"),
]  # fmt: skip


def test_what_the_data_say_is_said_in_arabic(db: sqlite3.Connection, subtests: pytest.Subtests) -> None:
    """Whoever adds a decision or a source says its sentence in Arabic, too."""
    checks = {path.stem.partition("_")[0] for path in (PROJECT / "sql" / "checks").glob("W*.sql")}
    assert set(WORDS["ar"]["data"]["checks"]) == checks
    # The name of a publisher may be known in Latin letters only.
    silent = "select kind, text_id from texts where text_ar is null and kind <> 'publishers'"
    assert [tuple(row) for row in db.execute(silent)] == []
    for kind, query in TRANSLATED:
        with subtests.test(kind):
            assert set(WORDS["ar"]["data"][kind]) == {row[0] for row in db.execute(query)}


def test_every_kind_of_adoption_has_its_words(db: sqlite3.Connection) -> None:
    printed = set(
        re.findall(r"then '([^']+)'|else '([^']+)'", (PROJECT / "sql/views/disagreements.sql").read_text("utf-8"))
    )
    reasons = {"".join(pair) for pair in printed}
    for words in WORDS.values():
        assert set(words["data"]["adopted_by"]) == reasons
    assert {row[0] for row in db.execute("select distinct adopted_by from disagreements")} <= reasons


def test_findings_are_said_in_arabic(client: Client) -> None:
    """All but those whose subject names two lists, which stay in English and are marked so."""
    page = client.page("/ar/audit").text
    said = re.findall(r"<p><b>W\d\d</b> (.*?)\.\s", page)
    assert len(said) > 90
    english = [one for one in said if not ARABIC.search(one)]
    assert len(english) <= 12
    assert all(one.startswith('<bdi lang="en" dir="ltr">') for one in english)
