"""What the site needs beside Datasette: bounds for visitors, a response cache, the rules of HTTP."""

from pathlib import Path

# The folder of the project, which is also the configuration directory of Datasette.
ROOT = Path(__file__).resolve().parents[2]
