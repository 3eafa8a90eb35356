"""Is a governorate, party, list or candidate found under any spelling, and the nearest suggested where nothing is?"""

import importlib.util
import json
import re
import sqlite3
import statistics
import subprocess
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from conftest import PROJECT, Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spoiling import add, change, read_rows, write_rows

from elections.search_names import fold, sounds

# What people type, by what they mean: the first hit of its kind.
SPELLINGS = {
    ("governorate", "anbar"): [
        "Anbar", "al-Anbar", "Al Anbar", "alanbar", "El Anbar", "Enbar", "ANBAR", "الأنبار", "الانبار", "انبار",
        "الأَنْبَار", "الأنبـــار", "محافظة الأنبار", "Anbar Governorate",
        "Anbar province", "Ramadi", "الرمادي", "Falluja",
    ],
    ("governorate", "babil"): ["Babil", "Babel", "Babylon", "بابل", "Hilla", "al-Hillah", "الحلة", "الحله", "حلة"],
    ("governorate", "baghdad"): ["Baghdad", "Bagdad", "Baghdād", "بغداد", "بغـداد", "baghdad city", "Karkh", "rusafa"],
    ("governorate", "basra"): ["Basra", "Basrah", "al-Basrah", "Bassora", "البصرة", "البصره", "بصرة", "بصره"],
    ("governorate", "dhi-qar"): [
        "Dhi Qar", "dhi-qar", "Dhiqar", "Thi Qar", "Zi Qar", "Dhi Kar", "ذي قار", "ذى قار", "Nasiriyah", "Nasiriya",
        "an-Nasiriyah", "Nassiriyah", "الناصرية", "الناصريه", "ناصرية",
    ],
    ("governorate", "diyala"): ["Diyala", "Diyalá", "Diala", "Dyala", "ديالى", "ديالي", "Baquba", "Ba'qubah", "بعقوبة"],
    ("governorate", "duhok"): ["Duhok", "Dohuk", "Dahuk", "Dihok", "دهوك", "دھۆک"],
    ("governorate", "erbil"): ["Erbil", "Arbil", "Irbil", "Hewlêr", "Hewler", "Hawler", "أربيل", "اربيل", "هەولێر"],
    ("governorate", "karbala"): [
        "Karbala", "Karbalā", "Karbala'", "Kerbala", "Kerbela", "Krabala", "كربلاء", "كربلا", "کربلا",
    ],
    ("governorate", "kirkuk"): [
        "Kirkuk", "Kerkuk", "Kerkūk", "Karkouk", "Kirkook", "kirkuuk", "كركوك", "کرکوک", "کەرکووک", "Kerkûk", "Tamim",
        "Ta'mim", "at-Ta'mim", "Tameem", "التأميم", "التاميم", "تأميم",
    ],
    ("governorate", "maysan"): ["Maysan", "Misan", "Missan", "Meysan", "ميسان", "Amara", "al-Amarah", "العمارة"],
    ("governorate", "muthanna"): [
        "Muthanna", "al-Muthanna", "Muthana", "Mothanna", "المثنى", "المثني", "مثنى", "Samawah", "Samawa", "السماوة",
    ],
    ("governorate", "najaf"): ["Najaf", "an-Najaf", "annajaf", "Nejef", "Nadjaf", "النجف", "نجف", "النجف الاشرف"],
    ("governorate", "nineveh"): [
        "Nineveh", "Ninewa", "Ninawa", "Naynawa", "Nīnawā", "Niniveh", "نينوى", "نينوي", "نینوا", "Mosul", "al-Mosul",
        "Mossul", "الموصل", "موصل", "المَوْصِل",
    ],
    ("governorate", "qadisiyyah"): [
        "Qadisiyyah", "Al-Qādisiyyah", "qadisiyah", "Qadisiya", "Kadisiyya", "al Qadissiyah", "القادسية", "القادسيه",
        "قادسية", "قادسيه", "Diwaniyah", "diwaniya", "ad-Diwaniyah", "Dewaniya", "الديوانية", "ديوانيه",
    ],
    ("governorate", "saladin"): [
        "Saladin", "Salah al-Din", "Salah ad-Din", "Salahuddin", "Salah al Deen", "Salahaddin", "صلاح الدين",
        "صلاح‌الدين", "Tikrit", "Takreet", "تكريت", "Samarra",
    ],
    ("governorate", "sulaymaniyah"): [
        "Sulaymaniyah", "Sulaimaniya", "Suleimaniyeh", "Slemani", "Slêmanî", "السليمانية", "السليمانيه", "سلێمانی",
    ],
    ("governorate", "wasit"): ["Wasit", "Waset", "Wassit", "Wāsiṭ", "واسط", "Kut", "al-Kut", "Koot", "الكوت", "كوت"],
    ("party", "taqadum"): ["Taqadum", "takadum", "Taqaddum", "progress", "تقدم", "التقدم", "حزب تقدم", "takadum party"],
    ("party", "kurdistan-democratic-party"): ["KDP", "PDK", "K.D.P.", "الديمقراطي الكردستاني", "البارتي"],
    ("party", "patriotic-union-of-kurdistan"): [
        "PUK", "P.U.K.", "الاتحاد الوطني الكردستاني", "الإتحاد الوطني الكوردستاني",
    ],
    ("party", "asaib-ahl-al-haq"): [
        "Asaib Ahl al-Haq", "Asa'ib", "asaeb ahl alhaq", "عصائب أهل الحق", "عصايب اهل الحق",
    ],
    ("party", "badr-organisation"): ["Badr", "بدر", "Badr Organization"],
    ("party", "iraqi-turkmen-front"): ["Turkmen Front", "Turkman front", "ITF", "الجبهة التركمانية"],
    ("party", "national-wisdom-movement"): ["wisdom", "Hikma", "al-Hikmah", "الحكمة", "حكمه"],
    ("list", "taqadum-2023"): [
        "takadum", "Taqaddum", "takadoumm", "progress", "تقدم", "تقدّم", "تحالف تقدم", "taqadum 2023",
    ],
    ("list", "asas-2023"): ["الأساس", "الاساس", "اساس", "أساس", "الأساس العراقي", "asas", "al-Asas", "Assas", "alasas"],
    ("list", "nabni-2023"): [
        "Nabni", "Nebni", "we build", "نبني", "نبنى",
        "Fatah", "Nai (We Build)", "Hadi al-Ameri", "Amiri",
    ],
    ("list", "state-of-law-2013"): [
        "State of Law", "دولة القانون", "دوله القانون", "Dawlat al-Qanun", "Maliki", "المالكي",
    ],
    ("list", "state-of-law-2023"): ["State of Law 2023", "دولة القانون 2023", "دولة القانون ٢٠٢٣"],
    ("list", "national-state-forces-2023"): [
        "State Forces", "قوى الدولة", "قوي الدوله الوطنيه", "National State Forces",
    ],
    ("list", "siyada-2023"): ["Siyada", "Seyada", "sovereignty", "السيادة", "السياده", "سيادة", "Khanjar"],
    ("list", "azm-2023"): ["Azm", "Azem", "Azim", "عزم", "العزم", "تحالف عزم", "Samarrai"],
    ("list", "hasm-2023"): ["Hasm", "al-Hasm", "Alhasm", "الحسم", "حسم", "Hasm Watani", "determination national"],
    ("list", "tasmim-2023"): ["Tasmim", "Tasmeem", "Tesmim", "تصميم", "tasmeem list"],
    ("list", "absher-ya-iraq-2023"): ["Absher", "Abshir ya Iraq", "ابشر", "أبشر يا عراق", "good news"],
    ("list", "ishraqat-kanoun-2023"): ["Ishraqat Kanun", "eshraqat kanoon", "إشراقة", "اشراقه كانون", "kanoun"],
    ("list", "qiyam-2023"): ["Qiyam", "Kiyam", "قيم المدني", "values"],
    ("list", "qimam-2023"): ["Qimam", "Kimam", "قمم"],
    ("list", "uruba-2023"): ["Uruba", "Ourouba", "Orouba", "العروبة", "عروبه"],
    ("list", "maalim-kirkuk-2023"): ["Ma'alim Kirkuk", "Maalim Kerkuk", "Ma'ālim Kerkūk", "torch", "معالم كركوك"],
    ("list", "our-kirkuk-2023"): ["Kerkukuna", "Kirkukuna", "our kirkuk", "كركوكنا"],
    ("list", "nineveh-for-its-people-2023"): ["نينوى لأهلها", "نينوي لاهلها", "Nineveh, for its people"],
    ("list", "wasit-ajmal-2023"): ["Wasit Ajmal", "ajmal wasit", "واسط أجمل", "واسط اجمل"],
    ("list", "ibdaa-karbala-2023"): ["Ibdaa Karbala", "Ibda' Karbala", "إبداع كربلاء", "ابداع كربلا"],
    ("list", "liberal-coalition-2013"): [
        "Ahrar", "al-Ahrar", "الأحرار", "الاحرار", "احرار", "Sadr", "as-Sadr", "Muqtada",
    ],
    ("list", "citizens-alliance-2013"): [
        "Muwatin", "Mowatin", "المواطن", "Ammar al-Hakim", "Hakim Ammar", "عمار الحكيم",
    ],
    ("list", "muttahidoon-2013"): [
        "Muttahidoon", "Mutahidun", "Muttahidun", "متحدون", "Nujaifi", "Osama Nujayfi", "النجيفي",
    ],
    ("list", "basra-civil-alliance-2013"): ["Al Barsa's Civil Alliance", "Basra's Civil Alliance", "basras civil"],
    ("candidate", "ameel-putros-2023"): ["Ameel Putros", "Amel Butrus", "Amil Butros", "agha"],
    ("candidate", "marib-imad-2023"): ["Ma’rib Imad", "Ma'rib Imad", "Marib Emad", "مأرب عماد"],
    ("candidate", "nael-ghanem-2023"): ["نائل غانم", "نايل غانم", "Nail Ghanim", "Nael Ganem"],
    ("candidate", "aidan-shivan-sharo-2023"): ["Aidan Sharo", "عيدان شيفان"],
    ("candidate", "luay-adel-2023"): ["Luay Adel", "Louay Adil", "لؤي عادل"],
    ("candidate", "riad-abdel-wahed-2023"): [
        "Riyad Abdul Wahid", "Riad Abd al-Wahed", "رياض عبدالواحد", "رياض عبد الواحد",
    ],
}  # fmt: skip

# What can mean nothing else is the very first hit.
OBVIOUS = {
    "takadum", "progress", "تقدم", "الاساس", "اساس", "qadisiyah", "diwaniya", "Ninewa", "Mosul", "Kirkuk", "كركوك",
    "Kut", "Tamim", "Basra", "الانبار", "KDP", "Hikma", "Nabni", "Tasmim", "Ishraqat Kanun", "PUK", "Muqtada",
}  # fmt: skip

NASTY = [
    "", " ", "'", '"', '""', "\\", "%", "_", "*", "taq*", "AND", "OR", "NOT",
    "NEAR(a b)", "a AND", "^a", "folded:a", "-a",
    "a-", "(", ")", "{a}", ";", "--", "' or 1=1 --", "\0", "a\0b", "a\nb", "\t", "😀",
    "👩‍👩‍👧", "<script>alert(1)</script>",
    "ال", "al", "al al", "the", "as as", "ا", "ـ", "ًٌٍ", "ء", "١٢", "2023",
    "\u202e\u200f", "\ufdfa" * 30, "İ", "ß", "é" * 50,
    "x" * 10_000, "a " * 5_000, '"' * 5_000, "تقدم " * 3_000, "\ud800", "a\udfffb",
]  # fmt: skip

Search = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="module")
def plugin() -> ModuleType:
    """The plugin, read as Datasette reads it: by the path of its file."""
    spec = importlib.util.spec_from_file_location("search_of_the_site", PROJECT / "plugins" / "search.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def search(plugin: ModuleType, client: Client) -> Search:
    return lambda text: client.run(plugin.search, client.datasette, text)


def hits(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [hit for group in found["groups"] for hit in group["hits"]]


def why(found: dict[str, Any], kind: str, one: str) -> str | None:
    return next((hit["why"] for hit in hits(found) if (hit["kind"], hit["id"]) == (kind, one)), None)


def cases() -> list[tuple[str, str, str]]:
    return [(spelling, *thing) for thing, spellings in SPELLINGS.items() for spelling in spellings]


def test_a_spelling_finds_what_is_meant(search: Search, subtests: pytest.Subtests) -> None:
    for spelling, kind, one in cases():
        with subtests.test(f"{kind} {one}: {spelling}"):
            first = {group["kind"]: group["hits"][0]["id"] for group in search(spelling)["groups"]}
            assert first.get(kind) == one


def test_the_table_is_long_and_says_nothing_twice() -> None:
    assert len(cases()) >= 300
    assert len(set(cases())) == len(cases())


def test_what_can_mean_nothing_else_comes_first_of_all(search: Search, subtests: pytest.Subtests) -> None:
    for spelling in sorted(OBVIOUS):
        with subtests.test(spelling):
            first = hits(search(spelling))[0]
            assert spelling in SPELLINGS[first["kind"], first["id"]]


def test_every_printed_name_finds_what_it_denotes(search: Search, db: sqlite3.Connection) -> None:
    printed = db.execute("select * from list_names where denotes in ('list', 'candidate', 'party')").fetchall()
    assert len(printed) > 200
    missed = [
        name["name_as_printed"]
        for name in printed
        if why(search(name["name_as_printed"]), name["denotes"], name[f"{name['denotes']}_id"]) != "exact"
    ]
    assert not missed


def own_names(db: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """Every name of ours: kind, id and name."""
    found = db.execute(
        """select 'governorate', id, name from governorates
        union all select 'governorate', id, name_ar from governorates
        union all select 'governorate', id, name_ckb from governorates
        union all select 'governorate', id, name_kmr from governorates
        union all select 'governorate', governorate_id, name_as_printed from governorate_names
        where governorate_id is not null
        union all select 'party', id, name from parties union all select 'party', id, name_ar from parties
        union all select 'list', id, name from lists union all select 'list', id, name_ar from lists
        union all select 'candidate', id, name from candidates
        union all select 'candidate', id, name_ar from candidates"""
    )
    return [(kind, one, name) for kind, one, name in found if name]


def test_every_name_of_ours_finds_its_thing(search: Search, db: sqlite3.Connection) -> None:
    assert not [name for kind, one, name in own_names(db) if why(search(name), kind, one) != "exact"]


def test_every_printed_leader_finds_the_list(search: Search, db: sqlite3.Connection) -> None:
    printed = db.execute(
        """select distinct list_id, value_as_printed from claims where measure = 'leader' and list_id is not null
        and value_as_printed not in ('', '-')"""
    ).fetchall()
    assert len(printed) > 40
    for one, leader in printed:
        assert why(search(leader.rpartition("|")[2]), "list", one) == "exact", leader


def test_every_alias_finds_its_thing(search: Search, db: sqlite3.Connection) -> None:
    aliases = db.execute("select * from search_aliases").fetchall()
    assert len(aliases) > 200
    for alias in aliases:
        kind = next(kind for kind in ("governorate", "party", "list", "candidate") if alias[f"{kind}_id"])
        assert why(search(alias["alias"]), kind, alias[f"{kind}_id"]) == "exact", alias["alias"]


ARABIC_HABITS: dict[str, Callable[[str], str]] = {
    "without hamza": lambda name: re.sub("[أإآ]", "ا", name).replace("ؤ", "و").replace("ئ", "ي").replace("ء", ""),
    "haa for taa marbuta": lambda name: name.replace("ة", "ه"),
    "yaa for alif maqsura": lambda name: name.replace("ى", "ي"),
    "alif maqsura for yaa": lambda name: re.sub(r"ي\b", "ى", name),
    "Persian letters": lambda name: name.replace("ك", "ک").replace("ي", "ی"),
    "without the article": lambda name: re.sub(r"\bال(?=\w\w)", "", name),
    "with diacritics": lambda name: re.sub(r"([بتدرسفقلمن])", "\\1\u0651\u064e", name),
    "drawn out": lambda name: re.sub(r"(\w)(\w)", "\\1ـ\\2", name),
    "in composed forms": lambda name: unicodedata.normalize("NFD", name),
}
LATIN_HABITS: dict[str, Callable[[str], str]] = {
    "in capitals": str.upper,
    "in small letters": str.lower,
    "without apostrophes": lambda name: re.sub("['’]", "", name),
    "with other apostrophes": lambda name: re.sub("['’]", "ʿ", name),
    "with hyphens": lambda name: name.replace(" ", "-"),
    "with long vowels": lambda name: name.replace("a", "ā").replace("i", "ī").replace("u", "ū"),
    "with more spaces": lambda name: f"  {name.replace(' ', '   ')} ",
    "without the article": lambda name: re.sub(r"\b[Aa]l[- ]", "", name),
}


def test_every_arabic_name_is_found_however_it_is_typed(
    search: Search, db: sqlite3.Connection, subtests: pytest.Subtests
) -> None:
    for habit in ARABIC_HABITS:
        with subtests.test(habit):
            names = [name for name in own_names(db) if re.search("[ء-ي]", name[2])]
            assert len(names) > 80
            assert not [
                name for kind, one, name in names if why(search(ARABIC_HABITS[habit](name)), kind, one) != "exact"
            ]


def test_every_latin_name_is_found_however_it_is_typed(
    search: Search, db: sqlite3.Connection, subtests: pytest.Subtests
) -> None:
    for habit in LATIN_HABITS:
        with subtests.test(habit):
            names = [name for name in own_names(db) if not re.search("[ء-ي]", name[2])]
            assert len(names) > 180
            assert not [
                name for kind, one, name in names if why(search(LATIN_HABITS[habit](name)), kind, one) != "exact"
            ]


TRANSLITERATIONS = [("q", "k"), ("oo", "u"), ("ee", "i"), ("ou", "u"), ("gh", "g"), ("dh", "z"), ("ss", "s")]


def test_every_latin_name_is_found_in_another_transliteration(
    search: Search, db: sqlite3.Connection, subtests: pytest.Subtests
) -> None:
    for letters, others in TRANSLITERATIONS:
        with subtests.test(f"{letters} as {others}"):
            spelt = [(kind, one, fold(name)) for kind, one, name in own_names(db) if letters in fold(name)]
            assert spelt
            assert not [
                name for kind, one, name in spelt if why(search(name.replace(letters, others)), kind, one) is None
            ]


SAME_SOUND = [
    ("takadum", "تقدم"), ("Taqaddum", "تقدم"), ("Dhi Qar", "ذي قار"),
    ("Qadisiyyah", "القادسية"), ("Nineveh", "نينوى"),
    ("Karbala", "كربلاء"), ("Muthanna", "المثنى"), ("Salah al-Din", "صلاح الدين"),
    ("Qimam", "قمم"), ("Qiyam", "قيم"),
    ("Muttahidoon", "متحدون"), ("Baghdad", "بغداد"), ("Duhok", "دھۆک"),
    ("Wathiqoon", "واثقون"), ("Tasmim", "تصميم"),
    ("Sulaymaniyah", "السليمانية"), ("Khaldoon Faraj Jaber Abdul Zuhairi", "خلدون فرج جابر عبد الزهيري"),
]  # fmt: skip


def test_a_name_sounds_the_same_in_both_scripts(subtests: pytest.Subtests) -> None:
    for latin, arabic in SAME_SOUND:
        with subtests.test(latin):
            assert sounds(latin) == sounds(arabic) != ""


OTHER_SOUND = [("Qimam", "Qiyam"), ("Aabiroun", "Amiroun"), ("Nabni", "Tasmim"), ("Wasit", "Basra"), ("نينوى", "ديالى")]


def test_other_names_sound_otherwise(subtests: pytest.Subtests) -> None:
    for one, other in OTHER_SOUND:
        with subtests.test(f"{one}, {other}"):
            assert sounds(one) != sounds(other)


FOLDED = [
    ("Al-Qādisiyyah", "qadisiyyah"), ("الأساس", "اساس"), ("Ma'ālim Kerkūk", "maalim kerkuk"), ("تَقَدُّم", "تقدم"),
    ("دولة القانون", "دوله قانون"), ("إبداع كربلاء", "ابداع كربلا"),
    ("Our Kirkuk (Kerkūkunā)", "our kirkuk kerkukuna"),
    ("ash-Shabaki", "shabaki"), ("as we build", "as we build"), ("al", "al"),
    ("ال", "ال"), ("٢٠٢٣", "2023"), ("", ""),
    ("😀", ""), ("K.D.P.", "kdp"), ("تقــدم", "تقدم"), ("a\0b", "a b"),
]  # fmt: skip


def test_folding(subtests: pytest.Subtests) -> None:
    for text, folded in FOLDED:
        with subtests.test(text):
            assert fold(text) == folded


def test_a_hit_tells_what_a_page_needs_to_link_to_it(search: Search) -> None:
    assert search("Ameel Putros")["groups"] == [
        {
            "kind": "candidate",
            "hits": [
                {
                    "kind": "candidate",
                    "id": "ameel-putros-2023",
                    "name": "Ameel Putros Qanstantin Ibrahim Agha",
                    "name_ar": None,
                    "election_id": "2023",
                    "matched": "Ameel Putros Qanstantin Ibrahim Agha",
                    "why": "prefix",
                    "detail": {
                        "seats": 0,
                        "governorate_id": "kirkuk",
                        "seat_type": "christian",
                        "contest_id": "2023-kirkuk-christian",
                        "list_id": None,
                    },
                }
            ],
        }
    ]
    taqadum = {hit["id"]: hit for hit in hits(search("تقدم"))}
    assert taqadum["taqadum-2023"]["detail"] == {"seats": 21}
    assert taqadum["taqadum-2023"]["election_id"] == "2023"
    assert taqadum["taqadum"]["election_id"] is None
    assert hits(search("mosul")) == [
        {
            "kind": "governorate",
            "id": "nineveh",
            "name": "Nineveh",
            "name_ar": "نينوى",
            "election_id": None,
            "matched": "Mosul",
            "why": "exact",
            "detail": {},
        }
    ]


def test_a_thing_is_one_hit_of_one_group(search: Search) -> None:
    for text in ("taqadum", "kirkuk", "civil", "الوطني", "a"):
        found = search(text)
        things = [(hit["kind"], hit["id"]) for hit in hits(found)]
        assert len(things) == len(set(things)) == found["total"] > 0
        assert all(hit["kind"] == group["kind"] for group in found["groups"] for hit in group["hits"])
        assert not found["nearest"]


def test_the_closest_names_come_first(search: Search) -> None:
    ways = [hit["why"] for hit in search("kirkuk")["groups"][0]["hits"]]
    assert ways == ["exact"]
    lists = {group["kind"]: group["hits"] for group in search("kirkuk")["groups"]}["list"]
    assert [hit["why"] for hit in lists] == sorted((hit["why"] for hit in lists), key=["prefix", "contains"].index)
    assert lists[0]["id"] == "kirkuk-our-strength-and-will-2023"


def test_of_names_as_close_the_list_with_more_seats_comes_first(search: Search) -> None:
    lists = {group["kind"]: group["hits"] for group in search("state of law")["groups"]}["list"]
    assert [hit["id"] for hit in lists][:2] == ["state-of-law-2013", "state-of-law-2023"]
    assert [hit["detail"]["seats"] for hit in lists][:2] == [98, 35]


def test_words_match_in_any_order(search: Search) -> None:
    for text in ("Osama Nujaifi", "Nujaifi Osama", "nujayfi usama"):
        assert why(search(text), "list", "muttahidoon-2013")
    assert not hits(search("Osama Halbousi"))


def test_a_short_word_matches_the_beginning_of_words_only(search: Search) -> None:
    assert why(search("ku"), "governorate", "wasit") == "prefix"
    assert why(search("uk"), "governorate", "kirkuk") is None


def test_sounds_do_not_add_to_what_short_names_find(search: Search) -> None:
    """Muwatin and Muthanna have the same three consonants."""
    assert not any(hit["id"].startswith("citizens") for hit in hits(search("المثنى")))


def test_few_things_share_their_sounds(db: sqlite3.Connection) -> None:
    """Or everything would be found by everything. A list and the party whose it is share a name, of course."""
    things: dict[str, set[str]] = {}
    for kind, one, name in own_names(db):
        if kind != "party":
            things.setdefault(sounds(name).replace(" ", ""), set()).add(re.sub("-20[0-9]{2}$", "", one))
    shared = {key: ones for key, ones in things.items() if len(ones) > 1}
    assert len(things) > 250
    assert len(shared) <= 5, shared


NEAREST = [
    ("kirkop", "kirkuk"), ("bagdat", "baghdad"), ("tasmin", "tasmim-2023"), ("ninevah plain", "nineveh"),
    ("kirkuk turkmen front", "iraqi-turkmen-front"), ("بغدات", "baghdad"), ("كركوش", "kirkuk"),
    ("Nabni alliance iraq", "nabni-2023"), ("takadux", "taqadum-2023"),
    ("muthabba", "muthanna"), ("wasid", "wasit"),
    ("الناصربة", "dhi-qar"), ("Sovereinity", "siyada-2023"), ("Hamurapsi", "hammurabi-2023"),
]  # fmt: skip


def test_where_nothing_is_found_the_nearest_is_suggested(search: Search, subtests: pytest.Subtests) -> None:
    for text, one in NEAREST:
        with subtests.test(text):
            found = search(text)
            assert found["groups"] == [] and found["total"] == 0
            assert one in [hit["id"] for hit in found["nearest"][:3]]
            assert len(found["nearest"]) <= 5
            assert {hit["why"] for hit in found["nearest"]} == {"near"}


def test_nonsense_suggests_nothing(search: Search, subtests: pytest.Subtests) -> None:
    for text in ["zzzz", "qwertyuiop", "xxxxxxxx", "😀", "12345", "", "qq ww", "ثثثثثث", "x" * 10_000]:
        with subtests.test(text[:20]):
            assert search(text) == {"groups": [], "total": 0, "nearest": []}


def test_nearest_gives_the_hits_where_there_are_any(plugin: ModuleType, client: Client) -> None:
    """As the page for what is not there needs it."""
    for text, one in [("kirkuk-governorate", "kirkuk"), ("taqadum-2013", "taqadum-2023"), ("kirkop", "kirkuk")]:
        found = client.run(plugin.nearest, client.datasette, text)
        assert found[0]["id"] == one or one in [hit["id"] for hit in found[:2]]
        assert len(found) <= 5
    assert client.run(plugin.nearest, client.datasette, "zzzz") == []


def test_a_template_may_ask_for_what_is_nearest(plugin: ModuleType, client: Client) -> None:
    template = client.datasette.jinja_env.from_string("{{ nearest('bagdat')[0].id }}")
    variables = plugin.extra_template_vars(datasette=client.datasette)
    assert client.run(template.render_async, **variables) == "baghdad"


def test_any_text_may_be_searched_for(search: Search, subtests: pytest.Subtests) -> None:
    for text in NASTY:
        with subtests.test(ascii(text[:20])):
            json.dumps(search(text))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.text(st.characters(exclude_categories=[])),
        st.text(st.sampled_from("اأإآٱةهىيكقتدمنلوع ـًّ'\"-*()abdhklmnqrstuwyzAND0٣.😀\0"), max_size=30),
    )
)
def test_any_text_at_all_may_be_searched_for(search: Search, text: str) -> None:
    found = search(text)
    assert found["total"] == len(hits(found))
    assert len(found["nearest"]) <= 5


@given(
    st.one_of(
        st.text(st.characters(exclude_categories=[])),
        st.text(st.sampled_from("الأسةىيء ـّاَءalsthnd'-. ThE"), max_size=20),
    )
)
def test_folding_twice_changes_nothing(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    assert folded == " ".join(folded.split())
    assert all(character.isalnum() or character == " " for character in folded)


@given(
    st.text(st.sampled_from("ابتثجحخدذرزسشصضطظعغفقكلمنهوي "), min_size=1),
    st.text(st.sampled_from("\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652\u0670ـ"), min_size=1, max_size=3),
    st.integers(min_value=0),
)
def test_diacritics_change_neither_letters_nor_sounds(text: str, marks: str, place: int) -> None:
    place %= len(text) + 1
    marked = text[:place] + marks + text[place:]
    assert fold(marked) == fold(text)
    assert sounds(marked) == sounds(text)


@given(st.text())
def test_sounds_are_consonants(text: str) -> None:
    assert not re.search("[a-zء-ي]", sounds(text))


def test_the_keys_of_the_table_are_those_of_the_search(db: sqlite3.Connection) -> None:
    names = db.execute("select name, folded, sounds from search_names").fetchall()
    assert len(names) > 800
    assert all((name["folded"], name["sounds"]) == (fold(name["name"]), sounds(name["name"])) for name in names)


def test_the_index_is_that_of_the_table(scratch: sqlite3.Connection) -> None:
    scratch.execute("insert into search_index (search_index, rank) values ('integrity-check', 1)")
    found = scratch.execute("select rowid from search_index where search_index match '\"ادسي\"'").fetchall()
    named = scratch.execute("select id from search_names where folded like '%ادسي%'").fetchall()
    assert sorted(map(tuple, found)) == sorted(map(tuple, named)) != []


def test_an_alias_of_a_party_holds_for_its_own_lists(db: sqlite3.Connection) -> None:
    found = db.execute("select list_id from search_names where name = 'KDP' and list_id is not null").fetchall()
    assert [row["list_id"] for row in found] == ["kurdistan-democratic-party-2023"]


def test_the_picture_before_a_leader_is_no_name(db: sqlite3.Connection) -> None:
    assert not db.execute("select name from search_names where name like '%|%' or name like '%px%'").fetchall()
    assert db.execute("select 1 from search_names where name = 'Hadi Al-Amiri' and list_id = 'nabni-2023'").fetchone()


LIKE = {"alias": "Mosul"}
BAD_ALIASES = {
    "an unknown list": (
        add("search_aliases.csv", LIKE, "list_id", alias="Regress", governorate_id="", list_id="regress-2023"),
        "'regress-2023'; expected an id of data/lists.csv",
    ),
    "an unknown governorate": (
        change("search_aliases.csv", LIKE, "governorate_id", "atlantis"),
        "'atlantis'; expected an id of data/governorates.csv",
    ),
    "a name of two things": (
        add("search_aliases.csv", LIKE, alias="Both", party_id="azm"), "a row for which this holds",
    ),
    "a name of nothing": (
        add("search_aliases.csv", LIKE, alias="None", governorate_id=""), "a row for which this holds",
    ),
    "a name twice": (add("search_aliases.csv", LIKE), "a row that says the same of the same"),
    "a name without a note": (change("search_aliases.csv", LIKE, "note", ""), "an empty cell"),
}  # fmt: skip


@pytest.mark.parametrize("fault", BAD_ALIASES)
def test_a_bad_alias_is_told_with_its_place(
    fault: str, data: Path, build_with: Callable[[], subprocess.CompletedProcess[str]]
) -> None:
    spoil, said = BAD_ALIASES[fault]
    place = spoil(data)
    built = build_with()
    assert built.returncode == 1
    told = [line for line in built.stderr.splitlines() if line.startswith(f"data/{place.file}:{place.line}")]
    assert len(told) == 1 and said in told[0], built.stderr


def test_an_alias_without_a_letter_is_refused(
    data: Path, build_with: Callable[[], subprocess.CompletedProcess[str]]
) -> None:
    rows = read_rows(data / "search_aliases.csv")
    write_rows(data / "search_aliases.csv", [*rows, rows[0] | {"alias": "…"}])
    built = build_with()
    assert built.returncode == 1
    assert "E05 Every alias of search_aliases.csv can be searched for: it has a letter or a digit. "\
           "the alias … in search_aliases.csv: found …" in built.stderr  # fmt: skip


def test_every_alias_says_that_it_is_general_knowledge(db: sqlite3.Connection) -> None:
    assert not db.execute("select alias from search_aliases where note not like 'General knowledge: %.'").fetchall()


def test_scripts_get_what_templates_get(client: Client, search: Search, subtests: pytest.Subtests) -> None:
    for text in ["takadum", "تقدم", "Ma'alim Kirkuk", "bagdat", "zzzz"]:
        with subtests.test(text):
            answer = client.get("/search.json", params={"q": text})
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("application/json")
            assert answer.json() == search(text)


def test_other_sites_may_search(client: Client) -> None:
    answer = client.get("/search.json?q=mosul", headers={"Origin": "https://example.org"})
    assert answer.headers["access-control-allow-origin"] == "*"


def test_any_text_gets_an_answer(client: Client, subtests: pytest.Subtests) -> None:
    for text in [text[:2_000] for text in NASTY if text.isascii() or max(text) < "\ud800"]:
        with subtests.test(ascii(text[:20])):
            answer = client.get("/search.json", params={"q": text})
            assert answer.status_code == 200
            assert set(answer.json()) == {"groups", "total", "nearest"}


def test_any_address_gets_an_answer(client: Client, subtests: pytest.Subtests) -> None:
    for query in ["", "?", "?q", "?q=", "?q=%FF%FE", "?q=%ED%A0%80", "?q=%00", "?q=a&q=b", "?p=a", "?q[]=a"]:
        with subtests.test(query):
            assert client.get(f"/search.json{query}").status_code == 200


def test_sql_can_fold_as_the_search_does(client: Client) -> None:
    sql = """select fold('الأساس') as a, sounds('Takadum') as b, fold(null) as c, fold(20) as d, fold(x'ff') as e,
        length(fold(hex(zeroblob(40000)))) as f"""
    answer = client.get("/elections.json", params={"sql": sql, "_shape": "array"}).raise_for_status().json()
    assert answer == [{"a": "اساس", "b": "TKDM", "c": None, "d": "20", "e": fold(str(b"\xff")), "f": 1_000}]
    found = client.get(
        "/elections.json",
        params={"sql": "select distinct list_id from search_names where folded = fold('الأَسَاس')", "_shape": "array"},
    )
    assert found.json() == [{"list_id": "asas-2023"}]


def test_the_index_is_hidden_and_the_names_are_not(client: Client) -> None:
    tables = {table["name"]: table["hidden"] for table in client.get("/elections.json").json()["tables"]}
    index = {name: hidden for name, hidden in tables.items() if name.startswith("search_index")}
    assert len(index) > 1 and all(index.values())
    assert not tables["search_names"] and not tables["search_aliases"]


def seconds(search: Search, text: str) -> float:
    """The time that a search takes where nothing holds it up: the least of three."""
    took = []
    for _ in range(3):
        started = time.perf_counter()
        search(text)
        took.append(time.perf_counter() - started)
    return min(took)


def test_a_search_is_fast(search: Search) -> None:
    assert statistics.median(seconds(search, spelling) for spelling, _, _ in cases()[::5]) < 0.015


def test_suggestions_are_fast(search: Search) -> None:
    texts = ["kirkop", "bagdat", "kirkuk turkmen front", "one two three four five six", "x y z " * 20]
    assert statistics.median(seconds(search, text) for text in texts) < 0.05
