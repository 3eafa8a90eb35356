"""What is on the page of a question, and of SQL of one's own?"""

import re

from conftest import Client

WHO_WON = "/elections/who_won?election=2023&governorate=kirkuk"


def test_the_rows_stand_there_with_their_number_and_the_files(client: Client) -> None:
    page = client.get(WHO_WON).text
    rows = client.get(WHO_WON.replace("?", ".json?_shape=array&")).json()
    assert f"{len(rows)} rows" in page
    assert page.count("<tr>") == len(rows) + 1
    assert re.findall(r'<th class="col-\w+" scope="col">(\w+)</th>', page) == list(rows[0])
    for suffix in ("json", "csv", "xlsx"):
        assert f"/elections/who_won.{suffix}?election=2023&amp;governorate=kirkuk" in page
    assert '<input type="text" id="qp1" name="election" value="2023">' in page


def test_the_editor_of_sql_comes_where_there_is_sql_to_see(client: Client) -> None:
    assert "codemirror" not in client.get(WHO_WON).text
    shown = client.get(f"{WHO_WON}&_show_sql=1").text
    assert "codemirror" in shown
    assert '<pre id="sql-query">select' in shown
    own = client.get("/elections", params={"sql": "select 1 as one"}).text
    assert '<textarea id="sql-editor" name="sql"' in own
    assert "1 row " in re.sub(r"\s+", " ", own)
    hidden = client.get("/elections", params={"sql": "select 1 as one", "_hide_sql": 1}).text
    assert '<input type="hidden" name="sql" value="select 1 as one">' in hidden


def test_what_the_sql_says_is_shown_as_text(client: Client) -> None:
    page = client.get("/elections", params={"sql": "select '<b>x</b>' as \"<i>y</i>\""}).text
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "<i>y" not in page
    assert "<b>x" not in page


def test_no_rows_and_an_error_are_told(client: Client) -> None:
    assert "0 results" in client.get("/elections", params={"sql": "select 1 where 0"}).text
    answer = client.get("/elections", params={"sql": "select x from lists where"})
    assert answer.status_code == 400
    assert '<p class="message-error">' in answer.text
