"""Makes names comparable: by their letters however they are typed, and by their sounds however they are spelt.

The build keeps both keys of every name, and the site makes the same two of what a visitor types. So both run the
same code, and a name is found in either script, with or without hamza, article and diacritics.
"""

import re
import unicodedata
from functools import lru_cache

# Letters that people type for one another, and that Unicode does not take apart by itself.
SAME_LETTER = str.maketrans(
    {
        "ٱ": "ا", "ى": "ي", "ی": "ي", "ې": "ي", "ێ": "ي", "ے": "ي", "ۆ": "و", "ۇ": "و", "ۋ": "و",
        "ة": "ه", "ۀ": "ه", "ە": "ه", "ھ": "ه", "ہ": "ه", "ک": "ك", "گ": "ك", "ڵ": "ل", "ڕ": "ر",
        "پ": "ب", "چ": "ج", "ژ": "ز", "ڤ": "ف", "ı": "i", "ß": "ss",
    }
)  # fmt: skip

# Hamza, the stroke that lengthens an Arabic word, and what stands for hamza and ayn in Latin letters.
UNHEARD = re.compile("[ءـ'’‘`´′.\u02b0-\u02ff]")

# Of characters of ASCII, all but these become a space.
NO_LETTER = re.compile("[^0-9a-z]")

# The Arabic article in Latin letters; before some consonants the l becomes that consonant (an-Najaf, ash-Shabaki).
ARTICLES = {"al", "el", "the", "ال"}
TURNED_ARTICLES = {"a" + consonant for consonant in ("d", "dh", "n", "r", "s", "sh", "t", "th", "z")} | {"ed", "ez"}

# Abd al-, the servant of, is written to the name that follows or not.
SERVANT = re.compile(r"(عبد(?=ال\w\w)|abd(?=[aeou]l(?:\w\w\w|$)))(?:ال|[aeou]l)")

LATIN_SOUNDS = {
    "sch": "X", "sh": "X", "ch": "X", "kh": "H", "gh": "J", "dh": "D", "th": "T", "ph": "F", "dj": "J",
    "b": "B", "p": "B", "c": "K", "k": "K", "q": "K", "x": "KS", "d": "D", "z": "D", "t": "T", "f": "F",
    "g": "J", "j": "J", "h": "H", "l": "L", "m": "M", "n": "N", "r": "R", "s": "S", "v": "W", "w": "W",
    "a": "", "e": "", "i": "", "o": "", "u": "", "y": "",
}  # fmt: skip
ARABIC_SOUNDS = {
    "ب": "B", "ق": "K", "ك": "K", "د": "D", "ذ": "D", "ض": "D", "ظ": "D", "ز": "D", "ت": "T", "ط": "T", "ث": "T",
    "ف": "F", "ج": "J", "غ": "J", "ح": "H", "خ": "H", "ه": "H", "ل": "L", "م": "M", "ن": "N", "ر": "R",
    "س": "S", "ص": "S", "ش": "X", "و": "W", "ا": "", "ع": "", "ي": "",
}  # fmt: skip
LATIN_UNIT = re.compile("|".join(sorted(LATIN_SOUNDS, key=len, reverse=True)) + "|.")


def fold(text: str) -> str:
    """Return the letters of a text without what differs from writer to writer.

    Hamza, diacritics, the long stroke, apostrophes, capitals and the article go; taa marbuta becomes haa, alif
    maqsura yaa; whatever is neither letter nor digit becomes one space.

    "Al-Qādisiyyah" becomes "qadisiyyah", "الأساس" becomes "اساس", "Ma'ālim Kerkūk" becomes "maalim kerkuk".
    """
    # Persian writes the article to the word before, with a sign that keeps the letters apart.
    spelt = unicodedata.normalize("NFKD", UNHEARD.sub("", text.replace("\u200cال", " ال")))
    spelt = unicodedata.normalize("NFKD", spelt.casefold().translate(SAME_LETTER))
    kept = NO_LETTER.sub(" ", spelt) if spelt.isascii() else "".join(map(_plain, UNHEARD.sub("", spelt)))
    words: list[str] = []
    for part in reversed([part for word in kept.split() for part in _parts(word)]):
        if not (words and _is_article(part, words[-1])):
            words.append(part)
    return " ".join(reversed(words))


def sounds(text: str) -> str:
    """Return the consonants of a text in classes that are the same in Arabic and Latin letters, a group a word.

    Vowels, doubled letters and the article go; letters that transliterations mix share a class, such as q and k,
    or d, dh and z. A last h goes, too, since taa marbuta is written with and without it.

    "Takadum", "Taqaddum" and "تقدم" all become "TKDM"; "Dhi Qar" and "ذي قار" become "D KR".
    """
    # Kurdish writes a vowel with a letter that Arabic keyboards give for haa.
    words = (_consonants(word) for word in fold(text.replace("ە", "ا")).split())
    return " ".join(word for word in words if word)


# The same letters and words come again and again.
@lru_cache(maxsize=10_000)
def _plain(character: str) -> str:
    """Return a character as it is kept: itself, a western digit, a space or nothing."""
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if character.isalnum():
        return character
    return "" if category in ("Mn", "Me", "Cf") else " "


def _parts(word: str) -> list[str]:
    """Take the Arabic article off a word, unless next to nothing would be left, and part Abd, servant, from a name."""
    parts = []
    while word:
        while word.startswith("ال") and len(word) >= 4:
            word = word.removeprefix("ال")
        servant = SERVANT.match(word)
        parts.append(servant[1] if servant else word)
        word = word[servant.end() :] if servant else ""
    return parts


def _is_article(word: str, following: str) -> bool:
    """Tell whether a word of its own is the article of the word that follows."""
    return word in ARTICLES or (word in TURNED_ARTICLES and following.startswith(word[1:]))


@lru_cache(maxsize=50_000)
def _consonants(word: str) -> str:
    """Return the consonants of one folded word."""
    heard: list[str] = []
    before = ""
    for number, unit in enumerate(LATIN_UNIT.findall(word)):
        sound = LATIN_SOUNDS.get(unit, ARABIC_SOUNDS.get(unit, unit))
        # In the middle of a word waw is mostly a vowel, and w is written for it.
        if sound == "W" and number:
            sound = ""
        # A doubled consonant is one in Arabic letters; two equal ones there have a vowel between them.
        if sound and not (sound == before and unit in LATIN_SOUNDS):
            heard.append(sound)
        before = sound
    if len(heard) > 1 and heard[-1] == "H":
        heard.pop()
    return "".join(heard)
