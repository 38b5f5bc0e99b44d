"""`./run up`: the whole system in one terminal, with a demo shop."""

from __future__ import annotations

import ipaddress
import json
import os
import socket
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from core.lanes import JOBS, LANES, SINKS, Lane
from core.models import Client
from deploy.fakes.gateway import SECRET
from deploy.local import EmbeddedError, data_dir, locks, ports, revive
from deploy.local.children import Child
from deploy.local.supervisor import Supervisor, end_orphans

_READY_WITHIN = 120.0
# Both warnings speak of production: static files not collected, and a worker run by root.
_PYTHON = [sys.executable, "-W", "ignore:No directory at", "-W", "ignore:You're running the worker", "-m"]
_CELERY = [*_PYTHON, "celery", "--quiet", "--app", "config"]
_WORKER = [*_CELERY, "worker", "--loglevel", "WARNING"]


class Command(BaseCommand):
    help = (
        "Sets up and runs everything: servers, migrations, demo shop, web, feed, workers and scheduler. "
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
        with (
            ports.listen(host, port) as listener,
            ports.listen_anywhere() as web,
            ports.listen_anywhere() as feed,
            ports.listen_anywhere() as gateway,
        ):
            _use_gateway(gateway)
            _allow_receivers_here()
            children = [
                _front(listener, web, feed),
                *_servers(web, feed, workers, _hosts(host, listener)),
                *_workers(folder),
                _gateway(gateway, listener),
            ]
            lock = folder / "children.lock"
            with Supervisor(
                children, folder=settings.BASE_DIR, lock=lock, write=self._line, revive=revive
            ) as supervisor:
                self._serve(supervisor, listener, began)
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

    def _serve(self, supervisor: Supervisor, listener: socket.socket, began: float) -> None:
        if not supervisor.run_until(lambda: _is_ready(listener), within=_READY_WITHIN):
            raise CommandError(f"The web server isn't ready after {_READY_WITHIN:.0f} s; its log is above.")
        if not supervisor.stopping:
            for line in _summary(listener, time.monotonic() - began):
                supervisor.say(line)
        supervisor.run_until(lambda: False)
        supervisor.say("Stopping… (Ctrl-C again to kill)")

    def _line(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _summary(listener: socket.socket, seconds: float) -> Iterator[str]:
    base = _url(listener)
    yield ""
    yield f"Quartermaster is up after {seconds:.1f} s."
    path = data_dir() / "demo-credentials.json"
    demo = json.loads(path.read_text()) if path.exists() else {}
    login = f"   login {demo['staff_login']}, password {demo['staff_password']}" if demo else ""
    yield f"  Console    {base}/admin/{login}"
    yield f"  API docs   {base}/api/docs/"
    if demo:
        yield f"  API key    {demo['api_key']}   (storefront {demo['storefront']})"
    yield "  Cards      tok_ok, tok_declined, tok_action: a gateway that charges nobody (docs/how-to/add-a-gateway.md)"
    yield f"  Events     {base}/api/v1/events/stream/"
    if _is_everywhere(listener):
        yield f"  Elsewhere  port {_port(listener)} of each address of this machine"
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
    return f"http://{_near(listener)}:{_port(listener)}"


def _near(listener: socket.socket) -> str:
    """The address at which this machine reaches it."""
    return ports.LOOPBACK if _is_everywhere(listener) else str(listener.getsockname()[0])


def _is_everywhere(listener: socket.socket) -> bool:
    """Whether it listens on each address of the machine."""
    return ipaddress.ip_address(listener.getsockname()[0]).is_unspecified


def _hosts(host: str, listener: socket.socket) -> str:
    """ALLOWED_HOSTS of web and feed: those of the settings and where it listens.

    Nobody knows by what names other machines reach one that listens everywhere: any will do, unless the environment
    says which. `localhost` is how we ask whether they are ready.
    """
    here = [host, str(listener.getsockname()[0])]
    if _is_everywhere(listener):
        here = [] if "ALLOWED_HOSTS" in os.environ else ["*"]
    return ",".join(dict.fromkeys([*settings.ALLOWED_HOSTS, "localhost", *here]))


def _port(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


def _use_gateway(listener: socket.socket) -> None:
    """Let the children charge cards by the fake gateway, unless the settings name others."""
    if not settings.PAYMENT_GATEWAYS:
        adapter = "orders.payments.gateways.http.HttpGateway"
        fake = {"adapter": adapter, "url": f"http://{ports.LOOPBACK}:{_port(listener)}", "secret": SECRET}
        os.environ["PAYMENT_GATEWAYS"] = json.dumps({"fake": fake})


def _allow_receivers_here() -> None:
    """Let the children send webhooks to receivers on this machine, unless the environment says where they may go."""
    os.environ.setdefault("WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8")


def _front(listener: socket.socket, web: socket.socket, feed: socket.socket) -> Child:
    """The one port. All listeners stay open, so that requests wait, not fail, while a process restarts."""
    number = listener.fileno()
    ends = ["--web", str(_port(web)), "--feed", str(_port(feed)), "--feed-paths", settings.STREAM_PATHS]
    return Child("front", [*_PYTHON, "deploy.local.front", "--socket", str(number), *ends], {}, (number,))


def _servers(web: socket.socket, feed: socket.socket, workers: int, hosts: str) -> Iterator[Child]:
    """Web and feed, which the front alone reaches, so that it is believed who came."""
    shared = {"ALLOWED_HOSTS": hosts, "TRUSTED_PROXIES": _believed()}
    gunicorn = [*_PYTHON, "gunicorn", "--config", "config/gunicorn.py"]
    in_web = {**shared, "BIND": f"fd://{web.fileno()}", "WEB_CONCURRENCY": str(workers)}
    yield Child("web", gunicorn, in_web, (web.fileno(),))
    yield Child("feed", [*_PYTHON, "config.feed"], {**shared, "BIND": f"fd://{feed.fileno()}"}, (feed.fileno(),))


def _believed() -> str:
    return ",".join([ports.LOOPBACK, *map(str, settings.TRUSTED_PROXIES)])


def _workers(folder: Path) -> Iterator[Child]:
    """One worker has all lanes of processes, one those of threads: each lane takes no more of them than it has places,
    so that none waits for another.

    A process for each sink, for the same reason.
    """
    yield _relays("relay", _WORKER, [lane for lane in LANES if not lane.threaded])
    yield _relays("webhooks", [*_WORKER, "--pool", "threads"], [lane for lane in LANES if lane.threaded])
    yield Child("jobs", [*_WORKER, *_serving([JOBS]), "--concurrency", "2"])
    if settings.EVENT_SINKS:
        yield Child("sinks", [*_WORKER, *_serving([SINKS]), "--concurrency", str(len(settings.EVENT_SINKS))])
    yield Child("scheduler", [*_CELERY, "beat", "--schedule", str(folder / "celerybeat-schedule"), "--pidfile", ""])


def _relays(name: str, worker: Sequence[str], lanes: Sequence[Lane]) -> Child:
    places = sum(lane.concurrency for lane in lanes)
    # Each thread has two connections at times: one holds its place, one is for its work.
    pool = {"DATABASE_POOL_SIZE": str(2 * places)} if "threads" in worker else {}
    return Child(name, [*worker, *_serving([lane.name for lane in lanes]), "--concurrency", str(places)], pool)


def _gateway(gateway: socket.socket, listener: socket.socket) -> Child:
    """A payment gateway that charges nobody. The shop hears at its own address what it tells unasked."""
    notices = f"{_url(listener)}/webhooks/payments/fake/"
    command = [*_PYTHON, "deploy.fakes.gateway", "--socket", str(gateway.fileno()), "--notify", notices]
    return Child("gateway", command, {}, (gateway.fileno(),))


def _serving(queues: Sequence[str]) -> list[str]:
    return ["--queues", ",".join(queues), "--hostname", f"{queues[0]}@%h"]


def _is_ready(listener: socket.socket) -> bool:
    connection = HTTPConnection(_near(listener), _port(listener), timeout=2)
    try:
        connection.request("GET", "/health/ready", headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
