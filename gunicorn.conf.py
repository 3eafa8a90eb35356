"""The server of a public instance: `gunicorn` reads this file by itself. docs/deploy.md says why gunicorn."""

import gc
import os
import sys

from elections.site import ROOT
from elections.site.application import NotServable, check

try:
    check(ROOT)
except NotServable as error:
    sys.exit(str(error))

wsgi_app = "elections.site.application:application()"
worker_class = "elections.site.worker.Worker"
# All workers share what is loaded before they start.
preload_app = True
host, port = os.environ.get("HOST", "0.0.0.0"), os.environ.get("PORT", "8001")
bind = f"[{host.strip('[]')}]:{port}" if ":" in host else f"{host}:{port}"
workers = int(os.environ.get("WEB_CONCURRENCY", min(4, os.cpu_count() or 1)))
keepalive = int(os.environ.get("KEEP_ALIVE", "5"))
timeout = 20
graceful_timeout = 10
max_requests = 100_000
max_requests_jitter = 20_000
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")
proc_name = "elections"
control_socket_disable = True



def when_ready(_: object) -> None:
    """Keep the collector off what all workers share, which then stays shared."""
    gc.collect()
    gc.freeze()
