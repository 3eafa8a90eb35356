"""The server of a public instance. `gunicorn` reads this file by itself; docs/deploy.md says why it is gunicorn."""

import gc
import os
import signal
import sys
from pathlib import Path
from typing import Any, ClassVar

from uvicorn_worker import UvicornWorker

from elections.site.application import NotServable, check

try:
    check(Path.cwd())
except NotServable as error:
    sys.exit(str(error))


class Worker(UvicornWorker):  # type: ignore[misc]
    """uvicorn's worker, with the settings for which gunicorn has no names."""

    CONFIG_KWARGS: ClassVar[dict[str, Any]] = {
        "loop": "auto",
        "http": "httptools",
        "ws": "none",
        # A worker that cannot start is an error, and not one that answers errors.
        "lifespan": "on",
        "access_log": False,
        "server_header": False,
        # Connections that a worker serves at once; beyond, it answers 503.
        "limit_concurrency": 1_000,
    }

    def notify(self) -> None:
        """Give the sign of life; end if there is nobody left to see it, as gunicorn's own workers do."""
        super().notify()
        if os.getppid() != self.ppid:
            os.kill(os.getpid(), signal.SIGTERM)


wsgi_app = "elections.site.application:application()"
worker_class = Worker
# Loaded once, before the workers start, which then share it.
preload_app = True
host, port = os.environ.get("HOST", "0.0.0.0"), os.environ.get("PORT", "8001")
# An address with colons (IPv6) goes into brackets, so that the port can be told from it.
bind = f"[{host.strip('[]')}]:{port}" if ":" in host else f"{host}:{port}"
# $WEB_CONCURRENCY sets another number.
workers = int(os.environ.get("WEB_CONCURRENCY") or min(4, os.cpu_count() or 1))
if workers < 1:
    sys.exit("Set WEB_CONCURRENCY to 1 or more: without a worker nobody answers.")
# Seconds for which an idle connection stays open: longer than whatever is in front of the site keeps it, or requests
# are lost (deploy/nginx-release.conf 4, Heroku 90).
keepalive = int(os.environ.get("KEEP_ALIVE") or 5)
# A worker that gives no sign of life for so many seconds is ended; one that is to end may finish its answers.
timeout, graceful_timeout = 20, 10
# Python seldom gives memory back. A worker makes way for a fresh one after so many requests, each at another number.
max_requests, max_requests_jitter = 1_000_000, 500_000
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
# Whose word about the visitor's address and HTTPS is believed.
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")
proc_name = "elections"
control_socket_disable = True


def when_ready(_: object) -> None:
    """Keep the collector off what all workers share, which then stays shared."""
    gc.collect()
    gc.freeze()
