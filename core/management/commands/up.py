"""`manage.py up`: the whole system in one terminal, with a demo shop."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from core.embedded import EmbeddedError, data_dir, locks, ports, revive
from core.embedded.children import Child
from core.embedded.supervisor import Supervisor, end_orphans
from core.models import Client

_READY_WITHIN = 120.0
_SPARE_THREADS = 16
"""Beside one for each listener of the feed: they refuse what is too many, and tell how the process is."""


class Command(BaseCommand):
    help = (
        "Sets up and runs everything: servers, migrations, demo shop, web, feed, worker and scheduler. "
        "Ctrl-C stops it all."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on; if taken, the next free one")
        parser.add_argument("--workers", type=int, default=2, help="web worker processes")

    def handle(self, *_args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("up is for development. In production see docs/operations.md")
        began = time.monotonic()
        folder = data_dir()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            with _alone(folder):
                self._run(folder, began, **options)
        except EmbeddedError as error:
            raise CommandError(str(error)) from error

    def _run(self, folder: Path, began: float, *, host: str, port: int, workers: int, **_: Any) -> None:
        end_orphans(folder / "children.lock")
        self._prepare()
        with ports.listen(host, port) as listener, ports.listen(host, _port(listener) + 1) as feed:
            children = _children(folder, listener, feed, workers)
            lock = folder / "children.lock"
            with Supervisor(
                children, folder=settings.BASE_DIR, lock=lock, write=self._line, revive=revive
            ) as supervisor:
                self._serve(supervisor, listener, feed, began)
        self._line("Stopped.")

    def _prepare(self) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        unfinished = data_dir() / "demo-unfinished"  # there if an earlier run was killed while it loaded
        if unfinished.exists() or not Client.objects.exists():
            self._line("Loading the demo shop…")
            unfinished.touch()
            call_command("load_demo", stdout=StringIO())
            unfinished.unlink()
        connections.close_all()

    def _serve(self, supervisor: Supervisor, listener: socket.socket, feed: socket.socket, began: float) -> None:
        host, port = listener.getsockname()[:2]
        if not supervisor.run_until(lambda: _is_ready(host, port), within=_READY_WITHIN):
            raise CommandError(f"The web server isn't ready after {_READY_WITHIN:.0f} s; its log is above.")
        if not supervisor.stopping:
            self._announce(supervisor, _url(listener), _url(feed), time.monotonic() - began)
        supervisor.run_until(lambda: False)
        supervisor.say("Stopping… (Ctrl-C again to kill)")

    def _announce(self, supervisor: Supervisor, base: str, feed: str, seconds: float) -> None:
        for line in _summary(base, feed, seconds):
            supervisor.say(line)

    def _line(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _summary(base: str, feed: str, seconds: float) -> Iterator[str]:
    yield ""
    yield f"Quartermaster is up after {seconds:.1f} s."
    path = data_dir() / "demo-credentials.json"
    demo = json.loads(path.read_text()) if path.exists() else {}
    login = f"   login {demo['staff_login']}, password {demo['staff_password']}" if demo else ""
    yield f"  Console    {base}/admin/{login}"
    yield f"  API docs   {base}/api/docs/"
    if demo:
        yield f"  API key    {demo['api_key']}   (storefront {demo['storefront']})"
    yield f"  Feed       {feed}/api/v1/book/{{symbol}}/feed/"
    yield f"  Data       {data_dir()}"
    yield "  Stop       Ctrl-C"
    yield ""


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    lock = locks.take(folder / "up.lock")
    if lock is None:
        raise CommandError(f"Another up runs on {folder} (process {locks.holders(folder / 'up.lock')}).")
    try:
        yield
    finally:
        os.close(lock)


def _url(listener: socket.socket) -> str:
    return f"http://{listener.getsockname()[0]}:{_port(listener)}"


def _port(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


def _children(folder: Path, listener: socket.socket, feed: socket.socket, workers: int) -> list[Child]:
    """Web and feed, on open listeners, so that requests wait, not fail, while they restart; worker and scheduler."""
    # Both warnings speak of production: static files not collected, and a worker run by root.
    python = [sys.executable, "-W", "ignore:No directory at", "-W", "ignore:You're running the worker", "-m"]
    celery = [*python, "celery", "--quiet", "--app", "config"]
    threads = str(settings.FEED_LISTENERS + _SPARE_THREADS)
    gunicorn = [*python, "gunicorn", "--config", "config/gunicorn.py"]
    return [
        Child(
            "web",
            gunicorn,
            {"BIND": f"fd://{listener.fileno()}", "WEB_CONCURRENCY": str(workers), "FEED_URL": _url(feed)},
            (listener.fileno(),),
        ),
        Child(
            "feed",
            gunicorn,
            {"BIND": f"fd://{feed.fileno()}", "WEB_CONCURRENCY": "1", "WEB_THREADS": threads, "FEED_URL": ""},
            (feed.fileno(),),
        ),
        Child("worker", [*celery, "worker", "--concurrency", "2", "--loglevel", "WARNING"]),
        Child("scheduler", [*celery, "beat", "--schedule", str(folder / "celerybeat-schedule"), "--pidfile", ""]),
    ]


def _is_ready(host: str, port: int) -> bool:
    connection = HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
