"""Serves elections.db: the pages, Datasette, and what keeps both standing when many come (elections/site/).

The settings with their reasons are in elections/site/settings.py.
"""

import argparse
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

HERE = Path(__file__).resolve().parent
MEBIBYTE = 1_048_576
# A database of up to this size is read through before it is served; a larger one would keep the visitors waiting.
SMALL = 64 * MEBIBYTE


class NotServed(Exception):
    """The site cannot be served; the message is for people."""


def main(arguments: list[str] | None = None) -> int:
    """Serve from the command line, until stopped. Returns the exit status: 0, or 1 if the site cannot be served."""
    options = command_line().parse_args(arguments)
    try:
        if options.workers < 1:
            raise NotServed(
                f"Nobody answers with {options.workers} workers: set --workers or WEB_CONCURRENCY to 1 or more."
            )
        check(options.database)
        serve(options.database, options.host, options.port, options.workers, options.keep_alive)
    except NotServed as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def command_line() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(
        description="Serve the site from a database that build_db.py has built.",
        epilog="The first worker takes some 90 MB, each further one 15 MB and a processor, and up to 100 MB more while "
        "many ask for large answers (docs/deploy.md). The database is read and never written.",
    )
    parser.add_argument("database", type=Path, nargs="?", default=HERE / "elections.db", help="file (%(default)s)")
    parser.add_argument("--host", default=os.environ.get("HOST", "0.0.0.0"), help="or $HOST (%(default)s)")
    parser.add_argument("--port", type=int, default=os.environ.get("PORT", "8001"), help="or $PORT (%(default)s)")
    parser.add_argument(
        "--workers",
        type=int,
        default=os.environ.get("WEB_CONCURRENCY", str(min(4, processors()))),
        help="processes that answer, or $WEB_CONCURRENCY (%(default)s)",
    )
    parser.add_argument(
        "--keep-alive",
        type=int,
        default=os.environ.get("KEEP_ALIVE", "5"),
        metavar="SECONDS",
        help="for which a connection stays open over which nothing comes, or $KEEP_ALIVE (%(default)s); more than what "
        "stands before the site keeps it open (deploy/nginx.conf 4, Heroku 90), or requests are lost",
    )
    return parser


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def check(database: Path) -> None:
    """Make sure that a file is a whole database of ours. Raises NotServed, saying what to do."""
    build = "Build it with `python build_db.py`; it takes a second."
    if not database.is_file():
        raise NotServed(f"There is no file {database}. {build}")
    try:
        size = database.stat().st_size
        connection = sqlite3.connect(f"{database.resolve().as_uri()}?immutable=1", uri=True)
        try:
            (pages,) = connection.execute("pragma page_count").fetchone()
            (page_size,) = connection.execute("pragma page_size").fetchone()
            (elections,) = connection.execute("select count(*) from elections").fetchone()
            faults = connection.execute("pragma quick_check(1)").fetchone()[0] if size <= SMALL else "ok"
        finally:
            connection.close()
    except (OSError, sqlite3.Error) as error:
        raise NotServed(f"{database} cannot be read as a database of elections: {error}. {build}") from error
    if pages * page_size != size:
        raise NotServed(f"{database} has {size} bytes and should have {pages * page_size}: it was cut short. {build}")
    if faults != "ok" or not elections:
        # SQLite tells on several lines; the last one says what is wrong.
        faults = faults.splitlines()[-1]
        raise NotServed(f"{database} is damaged: {faults if elections else 'it holds no election'}. {build}")


def site(database: Path) -> Any:
    """Make the application: what was asked before, the gate, Datasette with our plugins."""
    from elections.site import settings
    from elections.site.gate import Gate
    from elections.site.kept import Kept
    from elections.site.site import FrozenDatasette
    from elections.site.yaml_file import read_yaml

    datasette = FrozenDatasette(
        immutables=[str(database)],
        metadata=read_yaml(HERE / "metadata.yml"),
        plugins_dir=str(HERE / "plugins"),
        template_dir=str(HERE / "templates"),
        static_mounts=[("static", str(HERE / "static"))],
        cors=True,
        settings=settings.DATASETTE,
    )
    ours = what_is_ours(datasette, database)
    return Kept(Gate(datasette.app(), ours), pages_that_matter(database), ours)


def pages_that_matter(database: Path) -> list[str]:
    """Return the addresses that most visitors come to: those in the header of each page, and the governorates."""
    connection = sqlite3.connect(f"{database.resolve().as_uri()}?immutable=1", uri=True)
    places = connection.execute(
        "select 'election/' || id from elections union all select 'governorate/' || governorate_id from contests"
        " where election_id = (select max(id) from elections) group by governorate_id"
    ).fetchall()
    connection.close()
    ways = ["governorates", "lists", "compare", "audit", "sources", "simulator", "download", "about"]
    paths = [*ways, *(place for (place,) in places)]
    return ["/", "/ar", *(f"{language}/{path}" for path in paths for language in ("", "/ar"))]


def what_is_ours(datasette: Any, database: Path) -> Any:
    """Return what our pages ask for: the SQL of the charts, which they send back in addresses, and its parameters."""
    from elections.site.asked import Ours

    dashboards: Mapping[str, Any] = datasette.plugin_config("datasette-dashboards") or {}
    queries = {chart["query"] for dashboard in dashboards.values() for chart in dashboard["charts"].values()}
    connection = sqlite3.connect(f"{database.resolve().as_uri()}?immutable=1", uri=True)
    values = {
        name: {"", *(one for (one,) in connection.execute(f"select id from {table}"))}
        for name, table in (("election", "elections"), ("governorate", "governorates"), ("list", "lists"))
    }
    connection.close()
    return Ours(queries, values)


def serve(database: Path, host: str, port: int, workers: int, keep_alive: int) -> None:
    """Serve with gunicorn, which starts the workers, and starts one again that has died."""
    import gc

    from gunicorn.app.base import BaseApplication
    from uvicorn_worker import UvicornWorker

    from elections.site import settings
    from elections.site.memory import resident, trim
    from elections.site.protocol import Protocol

    class Worker(UvicornWorker):  # type: ignore[misc]
        """A process that answers, and makes room for a fresh one when it has grown: Python gives little memory back."""

        CONFIG_KWARGS: ClassVar[dict[str, Any]] = {
            "http": Protocol,
            "loop": "auto",
            "access_log": False,
            "server_header": False,
            "ws": "none",
        }

        async def callback_notify(self) -> None:
            await super().callback_notify()
            # What large answers took is given back to the machine, as far as Python can.
            gc.collect()
            trim(0)
            now, taken = time.monotonic(), resident()
            self.began, self.took = getattr(self, "began", now), getattr(self, "took", taken)
            grown = taken - self.took
            # While somebody is connected it waits: a request that is on its way when it ends would be lost.
            quiet = not Protocol.open or grown > settings.TOO_LARGE
            if quiet and grown > settings.LARGEST_GROWTH and now > self.began + settings.SHORTEST_LIFE:
                # The next one begins at once.
                os.kill(os.getpid(), signal.SIGTERM)

    class Application(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            for name, value in {
                # An address with colons (IPv6) stands in brackets, so that the port can be told from it.
                "bind": f"[{host.strip('[]')}]:{port}" if ":" in host else f"{host}:{port}",
                "workers": workers,
                "worker_class": Worker,
                "preload_app": True,
                "keepalive": keep_alive,
                "graceful_timeout": 10,
                # Seconds without a sign of life after which a worker is ended; it gives one, and looks at its memory,
                # each half of that.
                "timeout": 20,
                "worker_tmp_dir": "/dev/shm" if Path("/dev/shm").is_dir() else None,
                "forwarded_allow_ips": os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1"),
                "proc_name": "elections",
                "control_socket_disable": True,
            }.items():
                if name in self.cfg.settings:
                    self.cfg.set(name, value)

        def load(self) -> Any:
            app = site(database)
            Protocol.kept = app
            # What all workers share stays shared: the collector does not touch it.
            gc.collect()
            gc.freeze()
            return app

    Application().run()


if __name__ == "__main__":
    sys.exit(main())
