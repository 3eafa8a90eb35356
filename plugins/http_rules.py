"""Puts the rules of HTTP, the validators and the response cache around the site (elections/site/http.py)."""

from typing import Any

from datasette import hookimpl
from datasette.app import Datasette

from elections.site.http import App, wrapped


# The last of all: datasette-gzip wants the same and is registered before, so the cache holds compressed answers.
@hookimpl(trylast=True)
def asgi_wrapper(datasette: Datasette) -> Any:
    """Wrap the application."""

    def wrap(app: App) -> App:
        return wrapped(datasette, app)

    return wrap
