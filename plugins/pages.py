"""The pages that people read, in English and Arabic: each is a few queries of sql/pages/ and a template.

Datasette serves tables; a reader asks for Kirkuk. Every query here is also a canned query of Datasette, so that each
table of a page has an address of its own, with CSV, JSON, Excel and the SQL behind it. No figure is computed here.
"""

import asyncio
import dataclasses
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click
import yaml
from datasette import hookimpl
from datasette.app import Datasette
from datasette.utils.asgi import NotFound, Request, Response
from jinja2 import Template
from markupsafe import Markup, escape

from elections.site import ROOT
from elections.site.database import NAME


def read_yaml(path: Path) -> Any:
    """Read a file of ours, with the safe parser that is written in C: the site starts a second earlier."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        # `datasette .` prints this exception as a sentence and any other as a traceback.
        raise click.ClickException(f"{path} cannot be read: {error.strerror}.") from error
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


LANGUAGES = ("en", "ar")
WORDS = {one: read_yaml(ROOT / "words" / f"{one}.yml") for one in LANGUAGES}
ARABIC = re.compile(r"[\u0600-\u06ff]")


PAGES: dict[str, dict[str, Any]] = read_yaml(ROOT / "sql" / "pages" / "pages.yml")


@dataclasses.dataclass(frozen=True)
class Answer:
    """The rows of a query, and the address under which Datasette serves the same rows."""

    name: str
    rows: list[dict[str, Any]]
    parameters: dict[str, str]

    def address(self, suffix: str = "", **more: str) -> str:
        """Return the address of these rows as a page, or with a suffix such as .csv as a file."""
        return f"/{NAME}/{self.name}{suffix}?{urlencode(self.parameters | more)}"


class PageContext:
    """What a template needs of one request: its language, its words, its links."""

    def __init__(self, datasette: Datasette, request: Request | None) -> None:
        path = request.path if request else "/"
        self.datasette = datasette
        self.request = request
        ours = re.match(r"/ar(?=/|$)", path)
        # A dashboard's Arabic twin has an address of its own.
        self.language = "ar" if ours or re.match(r"/-/dashboards/[^/]+-ar(/|$)", path) else "en"
        self.synthetic = getattr(datasette, "synthetic", False)
        self.elections: list[dict[str, Any]] = getattr(datasette, "elections", [])
        self.pairs: list[dict[str, Any]] = getattr(datasette, "pairs", [])
        # Two strokes at the beginning would make the rest the name of another site.
        self.path = "/" + path[ours.end() if ours else 0 :].lstrip("/")

    def words(self, key: str, **values: object) -> Markup:
        """Return a text of the language file, its {names} filled in. Raises KeyError if there is none."""
        text = Markup(WORDS[self.language]["site"][key])
        return text.format(**values) if values else text

    def term(self, kind: str, key: str, otherwise: str | None = None) -> Markup:
        """Return our word for a word of the data, such as final; else the text that the data have for it, or say."""
        known = WORDS[self.language]["data"].get(kind, {}).get(key)
        if known is not None:
            return Markup(known)
        told = getattr(self.datasette, "texts", {}).get((kind, key))
        return self.name(told, "text") if told else self.foreign(otherwise or key)

    def name(self, row: Mapping[str, Any], column: str) -> Markup:
        """Return the name in a row: in Arabic where the language is Arabic and the row has such a name."""
        arabic = row[f"{column}_ar"] if self.language == "ar" else None
        value = arabic if arabic is not None else row[column]
        return self.foreign("" if value is None else str(value))

    def election(self, identity: str) -> Markup:
        """Return the short title of an election; of one that is not in the database, what it is called."""
        row = getattr(self.datasette, "titles", {}).get(identity)
        return self.name(row, "short_title") if row else self.foreign(identity)

    def foreign(self, text: str) -> Markup:
        """Mark a text that is in the other script, so that it is set and read aloud correctly."""
        if bool(ARABIC.search(text)) == (self.language == "ar") or not re.search(r"[^\W\d_]", text):
            return escape(text)
        if self.language == "ar":
            return Markup('<bdi lang="en" dir="ltr">{}</bdi>').format(text)
        return Markup('<bdi lang="ar" dir="rtl">{}</bdi>').format(text)

    def link(self, path: str) -> str:
        """Return the address of a page in the language of this one."""
        prefix = "/ar" if self.language == "ar" else ""
        return str(self.datasette.urls.path(f"{prefix}{path}" if path != "/" or not prefix else prefix))

    def here(self, language: str) -> str:
        """Return the address of this very page in a language."""
        path = self.path if language == "en" else f"/ar{self.path}".rstrip("/")
        query = self.request.query_string if self.request else ""
        return str(self.datasette.urls.path(path)) + (f"?{query}" if query else "")

    def absolute(self, path: str) -> str:
        """Return an address with the host, for citations and for those who share a link."""
        return str(self.datasette.absolute_url(self.request, path)) if self.request else path

    def date(self, iso: str) -> str:
        """Write a date, given as year-month-day, in words."""
        year, month, day = iso.split("-")
        return f"{int(day)} {WORDS[self.language]['months'][int(month) - 1]} {year}"

    def digest(self) -> str:
        """Return the first letters of the database's SHA-256: which data this is."""
        return str(self.datasette.get_database(NAME).hash or "")[:12]

    def finding(self, row: Mapping[str, Any]) -> Markup:
        """Say what a finding is about. The data say it in English; a subject that cannot be put together stays so."""
        subject, election = str(row["subject"]), str(row["election_id"])
        place = f", {re.escape(row['governorate'] or 'Iraq')}"
        parts = re.fullmatch(rf"(.+?)({place})?, {re.escape(election)}(?:[:,] (.+))?", subject)
        known = WORDS[self.language]["data"].get("subjects", {})
        what = parts[3].split(": ") if parts and parts[3] else []
        told = getattr(self.datasette, "texts", {})
        if not known or not parts or not all(one in known or ("subjects", one) in told for one in what):
            title = getattr(self.datasette, "titles", {}).get(election, {}).get("short_title", election)
            return self.foreign(re.sub(rf", {re.escape(election)}(?=[:,]|$)", lambda _: f", {title}", subject))
        named = self.name(row, "list") if parts[1] == row["list"] else self.term("subjects", parts[1])
        where = [self.name(row, "governorate") if row["governorate"] else self.words("iraq")] if parts[2] else []
        said = [named, *where, self.election(election), *(self.term("subjects", one) for one in what)]
        return self.words("comma").join(said)

    def about(self) -> list[dict[str, Any]]:
        """Return the sections of the page on the method, with their links."""
        links = {page: self.link(f"/{page}") for page in ("sources", "audit")}
        return [
            section
            | {"text": Markup(section["text"].replace('="/', f'="{self.datasette.urls.path("/")}').format(**links))}
            for section in WORDS[self.language]["about"]
        ]

    def chart(self, dashboard: str, name: str, answer: Answer) -> Markup:
        """Return what static/charts.js needs to have datasette-dashboards draw a chart of the rows of a query."""
        slug = dashboard if self.language == "en" else f"{dashboard}-ar"
        chart = {"chart": DASHBOARDS[slug]["charts"][name], "query": urlencode(answer.parameters)}
        # No markup may end the script element that holds it.
        return Markup(json.dumps(chart, ensure_ascii=False).replace("<", "\\u003c"))


async def ask(datasette: Datasette, name: str, parameters: Mapping[str, str]) -> Answer:
    """Run a canned query with those of the parameters that it names."""
    query = await datasette.get_canned_query(NAME, name, None)
    named = {key: value for key, value in parameters.items() if re.search(rf":{key}\b", query["sql"])}
    result = await datasette.get_database(NAME).execute(query["sql"], named)
    return Answer(name, [dict(row) for row in result.rows], named)


def view_of(name: str) -> Any:
    """Make the function that answers requests for a page."""
    page = PAGES[name]

    async def view(datasette: Datasette, request: Request) -> Response:
        parameters = {key: request.args.get(key, "")[:100].strip() for key in page.get("asks", ())}
        parameters |= {key: value for key, value in request.url_vars.items() if key != "ar"}
        elections = datasette.elections
        held = [row["id"] for row in elections]
        head = None
        if "head" in page:
            head = next(iter((await ask(datasette, page["head"], parameters)).rows), None)
            if head is None:
                raise NotFound(request.path)
        if name == "governorate" and head:
            held = json.loads(head["election_ids"]) or held
        # An election that was asked for and not held is said, and on the page of a place not replaced by another.
        asked_for = parameters["election"] if page.get("needs_election") else ""
        not_held = asked_for if asked_for not in held else ""
        if page.get("needs_election") and asked_for not in held and not (not_held and name == "governorate"):
            parameters["election"] = held[0]
        context = {"page": name, "head": head, "elections": elections, "asked": parameters, "not_held": not_held}
        if page.get("needs_pair"):
            pair, context["refused"] = choose_pair(datasette, parameters["earlier"], parameters["later"])
            parameters |= {when: pair[f"{when}_election_id"] if pair else "-" for when in ("earlier", "later")}
            context["pair"] = pair
        if name == "download":
            context["downloads"] = await downloads(datasette)
        if name == "search" and parameters["q"]:
            context["found"] = await datasette.search(parameters["q"])
        answers = await asyncio.gather(*(ask(datasette, query, parameters) for query in page.get("queries", ())))
        context |= {answer.name: answer for answer in answers}
        template = datasette.jinja_env.at_once.get_template(f"site/{name}.html")
        return Response.html(await datasette.render_template(template, context, request=request))

    return view


def choose_pair(datasette: Datasette, earlier: str, later: str) -> tuple[dict[str, Any] | None, tuple[str, str] | None]:
    """Return the two elections to compare, the earlier one first, and why they are not those that were asked for.

    The reason is a key of the words and the id that it is about.
    """
    pairs = datasette.pairs
    asked = [one for one in (earlier, later) if one]
    unknown = [one for one in asked if one not in datasette.titles]
    if unknown or not pairs:
        return (pairs[0] if pairs else None), (("no_such_pair", unknown[0]) if unknown else None)
    if len(asked) == 2 and earlier == later:
        return pairs[0], ("same_election", earlier)
    ends = [(pair, [pair["earlier_election_id"], pair["later_election_id"]]) for pair in pairs]
    # In the place that was asked for, or else in the other: their days decide which is the earlier.
    for places in ((earlier, later), (later, earlier)):
        for pair, ids in ends:
            if all(wanted in ("", identity) for wanted, identity in zip(places, ids, strict=True)):
                return pair, None
    return pairs[0], None


async def downloads(datasette: Datasette) -> dict[str, Any]:
    """List the tables and views with their numbers of rows, and the size of the database in bytes."""
    database = datasette.get_database(NAME)
    listed: dict[str, Any] = {"size": database.size, "tables": {}, "views": {}}
    for kind, relations in (("tables", await database.table_names()), ("views", await database.view_names())):
        for one in relations:
            if not one.startswith(("search_index", "kept_")):
                listed[kind][one] = (await database.execute(f"select count(*) from [{one}]")).single_value()
    return listed


async def claim(datasette: Datasette, request: Request) -> Response:
    """Lead the permanent address of a printed cell to its place in the document."""
    identity = request.url_vars["claim"]
    found = await datasette.get_database(NAME).execute("select source_id from claims where id = ?", [identity])
    if not found.rows:
        raise NotFound(request.path)
    return Response.redirect(f"{PageContext(datasette, request).link('/source/' + found.single_value())}#{identity}")


async def method(datasette: Datasette) -> Response:
    """Lead the old address of the method to the page that took its place."""
    return Response.redirect(datasette.urls.path("/about"), status=301)


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    """Serve each page twice: as it is, and below /ar."""
    routes = [(rf"^(?P<ar>/ar)?{page['address']}$", view_of(name)) for name, page in PAGES.items() if name != "home"]
    return [
        *routes,
        (r"^/$", view_of("home")),
        (r"^(?P<ar>/ar)/?$", view_of("home")),
        (r"^(?P<ar>/ar)?/claim/(?P<claim>[^/]+)$", claim),
        (r"^/method$", method),
    ]


def page_queries() -> dict[str, Any]:
    """Read the queries of the pages. The first comment of each file is its title, the others describe it."""
    queries = {}
    for path in sorted((ROOT / "sql" / "pages").glob("*.sql")):
        lines = path.read_text(encoding="utf-8").splitlines()
        comments = [line.removeprefix("-- ") for line in lines if line.startswith("--")]
        queries[path.stem] = {
            "title": comments[0].rstrip("."),
            "description": "\n".join(comments[1:]) or None,
            "sql": "\n".join(line for line in lines if not line.startswith("--")).strip().rstrip(";"),
            "hide_sql": True,
        }
    return queries


# Read once: Datasette asks for all of them whenever it looks at one.
PAGE_QUERIES = page_queries()


@hookimpl
def canned_queries(database: str) -> dict[str, Any] | None:
    """Give Datasette the queries of the pages."""
    return PAGE_QUERIES if database == NAME else None


@hookimpl
async def startup(datasette: Datasette) -> None:
    """Ask once what every page says: which elections there are, and whether the data are made up."""
    made_up = "select 1 from sources where transcription = 'synthetic' limit 1"
    datasette.synthetic = bool((await datasette.get_database(NAME).execute(made_up)).rows)
    datasette.elections = (await ask(datasette, "elections_known", {"election": ""})).rows
    texts = await datasette.get_database(NAME).execute("select * from texts")
    datasette.texts = {(row["kind"], row["text_id"]): row for row in texts.rows}
    titles = await datasette.get_database(NAME).execute("select id, short_title, short_title_ar from elections")
    datasette.titles = {row["id"]: dict(row) for row in titles.rows}
    datasette.dashboards = await with_defaults(datasette)
    datasette.pairs = (await ask(datasette, "pairs_known", {})).rows


@hookimpl
def extra_template_vars(datasette: Datasette, request: Request | None) -> dict[str, Any]:
    """Give every template, Datasette's own included, the language and the links of the request."""
    site = PageContext(datasette, request)
    return {"site": site, "t": site.words, "term": site.term, "name": site.name, "link": site.link}


def localised(part: Any, language: str) -> Any:
    """Put the words of a language into a chart: {votes} is a text of the language file, list{_ar} a column."""
    if isinstance(part, dict):
        return {key: localised(value, language) for key, value in part.items()}
    if isinstance(part, list):
        return [localised(value, language) for value in part]
    if isinstance(part, str):
        part = part.replace("{_ar}", "_ar" if language == "ar" else "")
        return re.sub(r"\{([a-z_]+)\}", lambda found: WORDS[language]["charts"][found[1]], part)
    return part


def dashboards_of(charts: dict[str, Any]) -> dict[str, Any]:
    """Make the configuration of datasette-dashboards: each dashboard with its SQL, and a twin drawn from the right."""
    everywhere = charts.pop("every_chart")
    queries = PAGE_QUERIES | read_yaml(ROOT / "metadata.yml")["databases"][NAME]["queries"]
    made = {}
    for slug, dashboard in charts.items():
        for chart in dashboard["charts"].values():
            sql = queries[chart.pop("answer")]["sql"]
            where = f"\nwhere {chart.pop('where')}" if "where" in chart else ""
            sql = f"select {chart.pop('columns')}\nfrom (\n{sql}\n){where}"
            # It goes out with the page, back in an address, and out again with the rows.
            sql = re.sub(r"\s*\n\s*", "\n", sql)
            chart |= {"db": NAME, "library": "vega-lite", "query": sql}
            chart["display"] |= {"usermeta": {"embedOptions": everywhere["menu"]}, "config": everywhere["config"]}
        made[slug] = localised(dashboard, "en")
        made[f"{slug}-ar"] = localised(dashboard, "ar")
        for chart in made[f"{slug}-ar"]["charts"].values():
            chart["display"]["config"] |= everywhere["from_the_right"]
            padding = chart["display"].get("padding", {})
            padding["left"], padding["right"] = padding.get("right", 5), padding.get("left", 5)
    return made


DASHBOARDS = dashboards_of(read_yaml(ROOT / "charts.yml"))


async def with_defaults(datasette: Datasette) -> dict[str, Any]:
    """Return the dashboards with the defaults of their filters, which the data give."""
    made = {}
    for slug, dashboard in DASHBOARDS.items():
        filters = {name: dict(one) for name, one in dashboard.get("filters", {}).items()}
        for one in filters.values():
            if "first" in one:
                found = await datasette.get_database(NAME).execute(f"select * from ({one.pop('first')}) limit 1")
                one["default"] = found.rows[0][0] if found.rows else ""
        made[slug] = dashboard | {"filters": filters}
    return made


@hookimpl
def get_metadata(datasette: Datasette, key: str | None, database: str | None) -> dict[str, Any]:
    """Give datasette-dashboards the charts, and only where they are asked for: Datasette copies all of what it gets."""
    if key != "plugins" or database is not None:
        return {}
    return {"plugins": {"datasette-dashboards": getattr(datasette, "dashboards", DASHBOARDS)}}


def from_json(cell: str | None) -> list[Any]:
    """Read a cell that holds a JSON list; an empty cell holds none."""
    return list(json.loads(cell)) if cell else []


class AtOnce(Template):
    """A template that waits for nothing. Datasette's wait at each step, which takes twice the time."""

    async def render_async(self, *arguments: Any, **named: Any) -> str:
        """Fill the template in."""
        return self.render(*arguments, **named)


@hookimpl
def prepare_jinja2_environment(env: Any) -> None:
    """Give the templates a filter for lists, and those of our pages an environment that does not wait."""
    env.filters["json"] = from_json
    # Jinja looks whether a file has changed, and keeps its templates in the order of their use: neither is needed.
    env.auto_reload = False
    env.cache = {}
    env.at_once = env.overlay(enable_async=False, cache_size=-1)
    env.at_once.template_class = AtOnce
