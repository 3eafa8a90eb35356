"""Finds governorates, parties, lists and candidates by any spelling: search() and nearest() for the pages, and JSON.

What a visitor types is folded as the names of the table search_names are (elections/search_names.py). The closest names
come first, then the lists that won most seats. Where no letters match, sounds do; where no sounds match, what is
nearest is suggested.
"""

import json
import re
import sqlite3
from collections.abc import Awaitable, Callable, Container, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from datasette import hookimpl
from datasette.app import Datasette
from datasette.utils.asgi import Request, Response
from rapidfuzz.fuzz import token_ratio

from elections.search_names import fold, sounds
from elections.site import ROOT
from elections.site.database import NAME

SQL = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "sql" / "search").glob("*.sql")}

LONGEST_QUERY = 100  # characters; the longest name has some 70
NEAREST = 5  # suggestions
MOST = 200  # hits that are shown; a ballot may have thousands of candidates with one name
NEAR = 62  # of 100: what is less alike is no help
LIKE_SOUND = 0.8  # what sounds weigh beside letters

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
Hit = dict[str, Any]


def variants(text: str, elections: Container[str]) -> Iterator[str]:
    """Yield what a visitor typed, then without a kind and an election, then without glued articles."""
    yield text
    words = [word for word in fold(text).split() if word not in KIND_WORDS and not YEAR.fullmatch(word)]
    which = " ".join(word for word in words if word not in elections)
    yield which
    yield GLUED_ARTICLE.sub("", which)


def parameters(text: str) -> dict[str, str | None]:
    """Return what sql/search/matching_names.sql asks for. The index of letters knows three or more."""
    words, heard = fold(text).split(), sounds(text)
    long_words = [f'"{word}"' for word in words if len(word) > 2]
    return {
        "folded": " ".join(words),
        "words": json.dumps(words),
        "long_words": " ".join(long_words) or '""',
        "short_word": words[0] if words and not long_words else None,
        "sounds": heard,
        "sounds_of_words": json.dumps(heard.split()),
    }


async def search(datasette: Datasette, text: str) -> dict[str, Any]:
    """Find what has a name like the text: {"groups": [{"kind", "hits"}], "total", "nearest"}.

    A hit is {"kind", "id", "name", "name_ar", "election_id", "matched", "why", "detail"}: `matched` is the name that
    matched and `why` how: exact, prefix, contains or sounds. Whatever the text, nothing is raised.
    """
    text = text[:LONGEST_QUERY]
    best = await found(datasette, text)
    hits = await shown(datasette, text, first(best))
    kinds = dict.fromkeys(hit["kind"] for hit in hits)
    groups = [{"kind": kind, "hits": [hit for hit in hits if hit["kind"] == kind]} for kind in kinds]
    return {"groups": groups, "total": len(best), "nearest": [] if hits else await like(datasette, text)}


async def nearest(datasette: Datasette, text: str) -> list[Hit]:
    """Suggest what may be meant by a text: the best hits of a search or, where it finds none, the likest names."""
    text = text[:LONGEST_QUERY]
    best = await found(datasette, text)
    return (await shown(datasette, text, first(best)))[:NEAREST] or await like(datasette, text)


def first(matches: Sequence[Match]) -> list[Match]:
    """Return the matches that are shown: of more than can be read the closest, candidates last."""
    if len(matches) <= MOST:
        return list(matches)
    return sorted(matches, key=lambda match: (match[0], KINDS.index(match[1]["kind"])))[:MOST]


async def found(datasette: Datasette, text: str) -> list[Match]:
    """Return the matches. Sounds are asked word for word only where no letters match."""
    best: dict[tuple[str, str], Match] = {}
    tried = variants(text, datasette.named_elections)
    asked = {(one["folded"], one["sounds"]): one for one in map(parameters, tried) if one["folded"]}
    for by_sounds in (False, True):
        for variant in asked.values():
            for name in await rows(datasette, "matching_names", variant | {"by_sounds": by_sounds}):
                thing = (name["kind"], name["id"])
                if thing not in best or name["way"] < best[thing][0]:
                    best[thing] = (name["way"], name)
            if any(way < FIRST_SOUND for way, _ in best.values()):
                return list(best.values())
    return list(best.values())


async def rows(datasette: Datasette, name: str, parameters: Mapping[str, Any] | None = None) -> list[Name]:
    """Run a file of sql/search."""
    result = await datasette.get_database(NAME).execute(SQL[name], parameters)
    return list(result.rows)


async def shown(datasette: Datasette, text: str, matches: Sequence[Match], why: Sequence[str] = WHY) -> list[Hit]:
    """Turn matches into hits: of an election asked for, then the closest, then who won most seats, then by name."""
    wanted = [{"kind": name["kind"], "id": name["id"], "way": way, "matched": name["name"]} for way, name in matches]
    named = {election for word in fold(text).split() for election in datasette.named_elections.get(word, ())}
    asked = {"wanted": json.dumps(wanted), "elections": json.dumps(sorted(named))}
    return [
        {key: thing[key] for key in ("kind", "id", "name", "name_ar", "election_id", "matched")}
        | {"why": why[thing["way"]], "detail": {key: thing[key] for key in DETAILS[thing["kind"]]}}
        for thing in await rows(datasette, "things", asked)
    ]


async def like(datasette: Datasette, text: str) -> list[Hit]:
    """Return what has the likest names in letters or in sounds, word for word in any order."""
    folded, heard = fold(text), sounds(text)
    likest: dict[tuple[str, str], tuple[float, Name]] = {}
    for name in await rows(datasette, "all_names") if folded else ():
        likeness = token_ratio(folded, name["folded"])
        # The sounds of short names are alike by chance.
        if len(heard) > 2 and len(name["sounds"]) > 2:
            likeness = max(likeness, LIKE_SOUND * token_ratio(heard, name["sounds"]))
        thing = (name["kind"], name["id"])
        if likeness > likest.get(thing, (NEAR, None))[0]:
            likest[thing] = (likeness, name)
    nearest = sorted(likest.values(), key=lambda match: match[0], reverse=True)[:NEAREST]
    return await shown(datasette, text, [(place, name) for place, (_, name) in enumerate(nearest)], ["near"] * NEAREST)


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
