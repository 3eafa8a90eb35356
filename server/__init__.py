"""Serves the database: a Datasette for data that do not change, an answer kept in memory, and bounds for visitors."""
