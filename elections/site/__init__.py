"""Serves the database: a Datasette for data that do not change, an answer kept in memory, and bounds for visitors."""

import sys
from types import SimpleNamespace
from typing import Any, cast

# Datasette reads all units of measure that there are, for columns that have one: a third of the time until the first
# answer. None of our columns has one. This stands here so that it is run before anything else imports Datasette.
sys.modules.setdefault("datasette.vendored.pint", cast(Any, SimpleNamespace(UnitRegistry=dict)))
