"""The worker of gunicorn: uvicorn's, with the settings that gunicorn.conf.py has no names for."""

from typing import Any, ClassVar

from uvicorn_worker import UvicornWorker

from elections.site import bounds


class Worker(UvicornWorker):  # type: ignore[misc]
    """A process that answers."""

    CONFIG_KWARGS: ClassVar[dict[str, Any]] = {
        "loop": "auto",
        "http": "httptools",
        "ws": "none",
        "access_log": False,
        "server_header": False,
        "limit_concurrency": bounds.CONNECTIONS,
    }
