"""Is a visitor's SQL known for what it is, however its address is spelled?"""

import re
from urllib.parse import quote_plus

import httpx
import pytest
from test_deploy import plugin

from elections.site.asked import PAGE, Ours, read

LARGE = quote_plus("select hex(zeroblob(40000)) from claims limit 60")
SPELLINGS = [
    "/elections.json?sql={}",
    "/elections.json?%73ql={}",
    "/elections.json?s%71%6C={}",
    "/~65lections.json?sql={}",
    "/~65~6C~65ctions.json?_shape=array&%73ql={}",
    "/elections.csv?sql={}&sql=",
    "/elections?sql={}&_hide_sql=1",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_sql_in_an_address_is_the_visitors_however_it_is_spelled(spelling: str) -> None:
    assert read(spelling.format("select+1").encode()).brings_sql(())


def test_a_word_that_only_looks_like_sql_is_not() -> None:
    for address in (b"/elections/claims?sql_=1&where=1&_sql=2", b"/search?q=sql=1", b"/elections?a=%26sql=1"):
        assert not read(address).brings_sql(())


@pytest.mark.parametrize("spelling", ["_where=1", "%5Fwhere=1", "_%77here=", "a=b&_where=1"])
def test_a_condition_in_an_address_is_the_visitors(spelling: str) -> None:
    for path in ("/elections/claims", "/~65lections/claims.json", "/elections/~63laims"):
        assert read(f"{path}?{spelling}".encode()).brings_sql(())


def test_only_the_whole_sql_of_a_chart_is_ours() -> None:
    ours = {"select 1"}
    assert not read(b"/elections.json?sql=select+1&election=2023").brings_sql(ours)
    for address in (b"sql=select+1%20", b"sql=select+1&sql=select+2", b"sql=select+1&_where=1", b"sql="):
        assert read(b"/elections.json?" + address).brings_sql(ours)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_what_sql_may_return_is_bounded_however_it_is_spelled(spelling: str, site: str) -> None:
    reply = httpx.get(site + spelling.format(LARGE), follow_redirects=True)
    assert reply.status_code == 400 and "the result is too large" in reply.text


@pytest.mark.parametrize(
    "address",
    [
        "/elections.json?%73ql=select+random()",
        "/~65lections.json?sql=select+random()",
        "/elections.json?sql=select+%22datetime%22()",
        "/elections.json?sql=select+datetime/**/()",
        "/elections/claims.json?_where=random()%252=0",
        "/elections/claims.json?%5Fwhere=random()%252=0",
        "/elections/claims.json?_where=:at<datetime(:b)&b=now&_size=1",
    ],
)
def test_what_chance_and_time_decide_is_not_kept_however_it_is_spelled(address: str, site: str) -> None:
    reply = httpx.get(site + address)
    assert "etag" not in reply.headers and "public" not in reply.headers.get("cache-control", "")


def test_every_page_is_known_as_one_of_ours() -> None:
    """But for those of which there are thousands. A page that is not known waits in line, and is sooner forgotten."""
    for page in plugin("pages").PAGES:
        address = re.sub(r"\(\?P<\w+>[^)]*\)", "kirkuk", page.address)
        for one in (address, f"/ar{address}".rstrip("/")):
            assert bool(PAGE.fullmatch(one)) == (page.name not in ("figure", "search")), one
    for address in ("/elections", "/elections/lists", "/~65lections", "/claim/a", "/-/health", "/nothing", "/list/a/b"):
        assert not PAGE.fullmatch(address)


def test_a_chart_is_known_as_browsers_ask_for_it() -> None:
    """Where another value, another parameter or another form is asked for, it waits in line as the tables do."""
    ours = Ours({"select ':)', :election, :list"}, {"election": {"", "2023"}, "list": {"nabni-2023"}})
    asked = "/elections.json?sql=select%20%27%3A)%27%2C%20%3Aelection%2C%20%3Alist"
    for more in ("", "&&_shape=objects", "&election=2023&list=nabni-2023&_shape=objects", "&election=&_shape=objects"):
        assert ours.has_chart(read(f"{asked}{more}".encode())), more
    for more in ("&election=2024", "&x=1", "&election=2023&election=2023", "&election=202%33", "&_where=1", "&list="):
        assert not ours.has_chart(read(f"{asked}{more}".encode())), more
    assert not ours.has_chart(read(asked.replace(".json", ".csv").encode()))
