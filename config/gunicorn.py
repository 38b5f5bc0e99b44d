"""How gunicorn serves the application: `gunicorn --config config/gunicorn.py`. Adjust by environment variables."""

import gc
import os
from pathlib import Path
from typing import Any

wsgi_app = "config.wsgi:application"
bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("WEB_THREADS", "1"))  # more cost more than they bring
worker_class = "config.patient_worker.PatientWorker"
worker_connections = 500
# One worker would gather all kept connections while the others idle; a proxy keeps them with its clients.
keepalive = 0
sendfile = False  # the kernel would make the worker wait for the client
# Nobody is believed at this level what a header says of the scheme or the mount point (SCRIPT_NAME), and names with an
# underscore, which would pass for others, are dropped. core.addresses decides whose X-Forwarded-* count.
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}
forwarder_headers = ""
header_map = "drop"
if threads == 1:  # the settings, which a worker reads, then keep its one connection instead of pooling
    os.environ.setdefault("DATABASE_POOL_SIZE", "1")
# Each worker opens its own database connections, so nothing may be opened before the fork.
preload_app = False
max_requests = 0
timeout = 60
graceful_timeout = 30
# The heartbeat file; on a disk that stalls, a healthy worker would be taken for a hung one.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
accesslog = None  # the application logs each request itself
errorlog = "-"
loglevel = "warning"
# Two gunicorns on one machine would share its default socket.
control_socket_disable = True


def post_worker_init(_worker: Any) -> None:
    _keep_what_is_loaded()


def _keep_what_is_loaded() -> None:
    """Nothing of the code is ever garbage, and a full collection that goes through it takes 90 ms of some request.

    What a request makes is collected after it: Python's own threshold of 700 objects would have that done several times
    while its client waits.
    """
    from django.urls import get_resolver

    _ = get_resolver().url_patterns  # loads every view
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


def post_request(_worker: Any, _request: Any) -> None:
    """Collect garbage while nobody waits: each request leaves some, and now and then one would pay for them all.

    The oldest generation stays Python's own to collect: that takes long, and is seldom due.
    """
    _, middle, _ = gc.get_count()
    gc.collect(1 if middle > gc.get_threshold()[1] else 0)
