"""Finds governorates, parties, lists and candidates by any spelling: search() and nearest() for the pages, and JSON.

What a visitor types is folded as the names of the table search_names are (elections/search_names.py). The closest names
come first, then the lists that won most seats. Where no letters match, sounds do; where no sounds match, what is
nearest is suggested.
"""

import json
import re
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property, lru_cache, partial
from typing import Any

from datasette import hookimpl
from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from elections.search_names import fold, sounds
from elections.site import ROOT
from elections.site.database import NAME

SQL = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "sql" / "search").glob("*.sql")}

LONGEST_QUERY = 100  # characters; the longest name has some 70
NEAREST = 5  # suggestions
MOST = 200  # hits that are shown; a ballot may have thousands of candidates with one name
NEAR = 0.65  # of 1: what is less alike is no help
LIKE_SOUND = 0.8  # what sounds weigh beside letters
NEAR_WORD = 0.8  # of 1: how much alike one word must be where the others are not
MOST_WORDS = 5  # of a query that the likest names are sought for

KINDS = ["governorate", "party", "list", "candidate"]
DETAILS = {
    "governorate": [],
    "party": ["seats"],
    "list": ["seats"],
    "candidate": ["seats", "governorate_id", "seat_type", "contest_id", "list_id"],
}
# The ways in which a name can match, the closest first, and what they are called.
WHY = ["exact", "prefix", "contains", "prefix", "contains", "contains", "contains", "sounds", "sounds", "sounds"]
FIRST_SOUND = WHY.index("sounds")

# An article written as part of its word: alanbar, annajaf.
GLUED_ARTICLE = re.compile(r"\b(?:[aeiu]l|[ae](d|n|r|s|sh|t|z)(?=\1))(?=\w{3})")

YEAR = re.compile("[12][0-9]{3}")

# Words that tell what a thing is and not which.
KIND_WORDS = {
    fold(word)
    for word in (
        "governorate", "province", "city", "party", "hizb", "alliance", "coalition", "list", "bloc", "movement",
        "محافظة", "مدينة", "حزب", "تحالف", "ائتلاف", "قائمة", "كتلة", "حركة",
    )
}  # fmt: skip

Name = sqlite3.Row  # a row of search_names, see sql/search
Match = tuple[int, Name]
Best = dict[tuple[str, str], Match]
Hit = dict[str, Any]

sounds_of_word = lru_cache(maxsize=10_000)(sounds)


@dataclass(frozen=True)
class Query:
    """What a visitor looks for, as names are compared with it."""

    folded: str
    sounds: str

    @cached_property
    def words(self) -> list[str]:
        """Return the words that a name must have."""
        return self.folded.split()

    @cached_property
    def together(self) -> str:
        """Return the sounds of all words in a row."""
        return self.sounds.replace(" ", "")

    @classmethod
    def of(cls, text: str) -> "Query":
        """Fold what a visitor typed."""
        return cls(fold(text), sounds(text))

    def variants(self, elections: Mapping[str, set[str]]) -> Iterator["Query"]:
        """Yield the query itself, then without a kind and an election, then without glued articles."""
        yield self
        when = {word for word in self.words if word in elections or YEAR.fullmatch(word)}
        which = " ".join(word for word in self.words if word not in KIND_WORDS | when)
        yield Query.of(which)
        yield Query.of(GLUED_ARTICLE.sub("", which))


def closeness(query: Query, name: Name) -> int | None:
    """Tell in which way of WHY a name matches, None if in no way."""
    folded, wanted = name["folded"], query.words
    if folded.startswith(query.folded):
        if folded == query.folded:
            return 0
        if folded.startswith(f"{query.folded} "):
            return 1
    if f" {query.folded} " in f" {folded} ":
        return 2
    if folded.startswith(query.folded):
        return 3
    words = folded.split()
    if all(word in words for word in wanted):
        return 4
    if all(any(one.startswith(word) for one in words) for word in wanted):
        return 5
    if all(len(word) > 2 and word in folded for word in wanted):
        return 6
    # One consonant is too little to know a name by, two tell it only if they stand in as many words, three may be a
    # word of it, and four its beginning.
    together, heard = query.together, name["sounds"].replace(" ", "")
    if (len(together) > 1 and query.sounds == name["sounds"]) or (len(together) > 2 and heard == together):
        return 7
    if len(together) > 2 and set(query.sounds.split()) <= set(name["sounds"].split()):
        return 8
    return 9 if len(together) > 3 and heard.startswith(together) else None


async def search(datasette: Datasette, text: str) -> dict[str, Any]:
    """Find what has a name like the text: {"groups": [{"kind", "hits"}], "total", "nearest"}.

    A hit is {"kind", "id", "name", "name_ar", "election_id", "matched", "why", "detail"}: `matched` is the name that
    matched and `why` how: exact, prefix, contains or sounds. Whatever the text, nothing is raised.
    """
    query = Query.of(text[:LONGEST_QUERY])
    best = await found(datasette, query)
    hits = await shown(datasette, query, first(best))
    kinds = dict.fromkeys(hit["kind"] for hit in hits)
    groups = [{"kind": kind, "hits": [hit for hit in hits if hit["kind"] == kind]} for kind in kinds]
    return {"groups": groups, "total": len(best), "nearest": [] if hits else await like(datasette, query)}


async def nearest(datasette: Datasette, text: str) -> list[Hit]:
    """Suggest what may be meant by a text: the best hits of a search or, where it finds none, the likest names."""
    query = Query.of(text[:LONGEST_QUERY])
    best = await found(datasette, query)
    return (await shown(datasette, query, first(best)))[:NEAREST] or await like(datasette, query)


def first(matches: Sequence[Match]) -> list[Match]:
    """Return the matches that are shown: of more than can be read the closest, candidates last."""
    if len(matches) <= MOST:
        return list(matches)
    return sorted(matches, key=lambda match: (match[0], KINDS.index(match[1]["kind"])))[:MOST]


async def found(datasette: Datasette, query: Query) -> list[Match]:
    """Return the matches. Sounds are asked word for word only where no letters match."""
    best: Best = {}
    for step in (by_letters, by_sounds):
        for variant in dict.fromkeys(query.variants(datasette.named_elections)):
            if variant.folded:
                add_matches(best, variant, await step(datasette, variant))
            if any(way < FIRST_SOUND for way, _ in best.values()):
                return list(best.values())
    return list(best.values())


async def by_letters(datasette: Datasette, query: Query) -> list[Name]:
    """Return the names that have the letters of a query, or all its sounds. The index knows three letters or more."""
    long_words = [word for word in query.folded.split() if len(word) > 2]
    parameters = {
        "long_words": " ".join(f'"{word}"' for word in long_words) or '""',
        "short_word": None if long_words else query.folded.split()[0],
        "sounds": query.sounds.replace(" ", "") or None,
    }
    return await rows(datasette, "matching_names", parameters)


async def by_sounds(datasette: Datasette, query: Query) -> list[Name]:
    """Return the names that have the sounds of each word of a query."""
    if not query.sounds:
        return []
    parameters = {"sounds": query.sounds.replace(" ", ""), "words": json.dumps(query.sounds.split())}
    return await rows(datasette, "like_sounding_names", parameters)


async def rows(datasette: Datasette, name: str, parameters: Mapping[str, Any] | None = None) -> list[Name]:
    """Run a file of sql/search."""
    result = await datasette.get_database(NAME).execute(SQL[name], parameters)
    return list(result.rows)


def add_matches(best: Best, query: Query, names: Iterable[Name]) -> None:
    """Keep for each thing its closest name and its way of WHY."""
    ways = [(way, name) for name in names if (way := closeness(query, name)) is not None]
    # Few consonants are shared by many words: they count only where no name is just what was typed.
    few = len(query.sounds.replace(" ", "")) < 4 and any(way == 0 for way, _ in ways)
    for way, name in ways:
        thing = (name["kind"], name["id"])
        if not (few and way >= FIRST_SOUND) and (thing not in best or way < best[thing][0]):
            best[thing] = (way, name)


async def shown(datasette: Datasette, query: Query, matches: Sequence[Match], why: Sequence[str] = WHY) -> list[Hit]:
    """Turn matches into hits: of an election asked for, then the closest, then who won most seats, then by name."""
    asked = {election for word in query.words for election in datasette.named_elections.get(word, ())}
    ids = json.dumps([name["id"] for _, name in matches])
    things = {(row["kind"], row["id"]): row for row in await rows(datasette, "things", {"ids": ids})}

    def order(match: Match) -> tuple[bool, int, int, int, str, str]:
        way, name = match
        thing = things[name["kind"], name["id"]]
        of_another = bool(asked) and thing["election_id"] not in (None, *asked)
        return of_another, way, -(thing["seats"] or 0), KINDS.index(name["kind"]), thing["name"], thing["id"]

    hits = []
    for way, name in sorted(matches, key=order):
        thing = things[name["kind"], name["id"]]
        hits.append(
            {key: thing[key] for key in ("kind", "id", "name", "name_ar", "election_id")}
            | {"matched": name["name"], "why": why[way]}
            | {"detail": {key: thing[key] for key in DETAILS[name["kind"]]}}
        )
    return hits


async def like(datasette: Datasette, query: Query) -> list[Hit]:
    """Return what has the likest names: each word of the query is held against each word of a name."""
    wanted = query.folded.split()[:MOST_WORDS]
    if not wanted:
        return []
    names = await rows(datasette, "all_names")
    vocabulary = {word for name in names for word in name["folded"].split()}
    likeness = [likenesses(word, vocabulary) for word in wanted]
    best: dict[tuple[str, str], tuple[tuple[float, float, int], Name]] = {}
    for name in names:
        words = name["folded"].split()
        each = [max(one.get(word, 0.0) for word in words) for one in likeness]
        of_all = sum(each) / len(wanted)
        # A short word, such as "of", tells nothing alone.
        of_one = max((alike for alike, word in zip(each, wanted, strict=True) if len(word) > 3), default=0.0)
        # Of two names that are as much alike, the shorter is nearer.
        nearness = (of_all, of_one, -len(words))
        thing = (name["kind"], name["id"])
        if (of_all > NEAR or of_one > NEAR_WORD) and (thing not in best or nearness > best[thing][0]):
            best[thing] = (nearness, name)
    likest = sorted(best.values(), key=lambda match: match[0], reverse=True)[:NEAREST]
    return await shown(datasette, query, [(place, name) for place, (_, name) in enumerate(likest)], ["near"] * NEAREST)


def likenesses(word: str, vocabulary: Iterable[str]) -> dict[str, float]:
    """Return the words that are like a word in letters or in sounds, and how much, up to 1."""
    letters, heard = SequenceMatcher(autojunk=False), SequenceMatcher(autojunk=False)
    letters.set_seq2(word)
    heard.set_seq2(sounds_of_word(word))
    alike = {}
    for other in vocabulary:
        likeness = ratio(letters, other)
        # The sounds of short words are alike by chance.
        if len(heard.b) > 2 and len(sounds_of_word(other)) > 2:
            likeness = max(likeness, LIKE_SOUND * ratio(heard, sounds_of_word(other)))
        if likeness > NEAR:
            alike[other] = likeness
    return alike


def ratio(matcher: SequenceMatcher[str], other: str) -> float:
    """Return how alike two texts are, 0 where the letters that they share, in any order, are too few."""
    word = matcher.b
    shared = sum(min(word.count(letter), other.count(letter)) for letter in set(word))
    if 2 * shared <= NEAR * (len(word) + len(other)):
        return 0.0
    matcher.set_seq1(other)
    return matcher.ratio()


async def named_elections(datasette: Datasette) -> dict[str, set[str]]:
    """Return the elections that a word with a digit may name: by their id, a short title or the year of the vote."""
    found: dict[str, set[str]] = {}
    for row in await rows(datasette, "elections"):
        for word in {word for name in tuple(row) for word in fold(name).split() if re.search(r"\d", word)}:
            found.setdefault(word, set()).add(row["id"])
    return found


@hookimpl
def startup(datasette: Datasette) -> Callable[[], Awaitable[None]]:
    """Give search(text) to the page."""
    datasette.search = partial(search, datasette)

    async def inner() -> None:
        datasette.named_elections = await named_elections(datasette)

    return inner


@hookimpl
def extra_template_vars(datasette: Datasette) -> dict[str, Callable[[str], Awaitable[Any]]]:
    """Give nearest(text) to the templates, which await it by themselves."""
    return {"nearest": partial(nearest, datasette)}


async def search_json(datasette: Datasette, request: Request) -> Response:
    """Answer /search.json?q= with what search() finds."""
    return Response.json(await search(datasette, request.args.get("q") or ""))


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Awaitable[Response]]]]:
    """Add the address for scripts."""
    return [(r"^/search\.json$", search_json)]
