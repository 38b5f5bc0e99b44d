"""What happens after the commit: events relayed per second, and milliseconds from a commit to a receiver of webhooks.

The workers are the product's own, as `up` runs them. An event's moment is when its action recorded it, shortly before
the commit, so that the milliseconds are rather too many than too few.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from django.db import connection
from rich.table import Table

from core.actors import Actor
from core.models import Delivery, Event, OutboxEntry
from deploy.bench.clients import drive
from deploy.bench.server import ROOT, Server
from deploy.bench.shop import Shop
from webhooks.actions import create_endpoint, remove_endpoint

_ACTOR = Actor.system("bench")
_WITHIN = 120.0
_PER_SECOND = 50
"""Orders, of the measurement with one endpoint; of those with ten, of which each event is sent ten times, fewer."""
_OF_TEN = 10
HEADINGS = ("events out", "count", "per s", "p50 ms", "p95 ms", "p99 ms", "sent again")


@dataclass(frozen=True)
class Figures:
    """`milliseconds` are at p50, p95 and p99, of receivers that answer; empty for what has none."""

    what: str
    count: int
    per_second: float
    milliseconds: tuple[float, ...] = ()
    doubled: int = 0


def measure(shop: Shop, server: Server, folder: Path, *, seconds: float) -> Iterator[Figures]:
    """Raises RuntimeError if anything is lost, or comes out of order."""
    _settle()
    yield from _relayed(shop, server, folder, events=round(2_000 * seconds))
    with _receiver(folder) as (port, file):
        urls = [f"http://127.0.0.1:{port}/{number}" for number in range(_OF_TEN)]
        with _workers(folder):
            yield _told("one endpoint", shop, server, file, urls[:1], rate=_PER_SECOND, seconds=seconds * 2)
            well = urls[:-2]
            for what, others in (
                ("ten endpoints", urls[-2:]),
                ("ten, one of them dead", [urls[-2], "http://127.0.0.1:1/"]),
                ("ten, one of them hanging", [urls[-2], f"http://127.0.0.1:{port}/hang"]),
            ):
                yield _told(what, shop, server, file, well + others, rate=_PER_SECOND // 5, seconds=seconds * 2)


def table(rows: Sequence[Figures]) -> Table:
    shown = Table()
    for number, heading in enumerate(HEADINGS):
        shown.add_column(heading, justify="right" if number else "left", no_wrap=not number)
    for row in rows:
        shown.add_row(*cells(row))
    return shown


def cells(row: Figures) -> list[str]:
    times = [f"{each:.0f}" for each in row.milliseconds] or ["", "", ""]
    return [row.what, f"{row.count:,}", f"{row.per_second:,.0f}", *times, str(row.doubled)]


def _relayed(shop: Shop, server: Server, folder: Path, *, events: int) -> Iterator[Figures]:
    """Events of placed orders that wait: fanned out, then handled where a handler hears them."""
    with _endpoints(shop, []):
        while OutboxEntry.objects.count() < events:
            drive(server.port, 8, 60, shop.place(hot=False), requests=2_000)
        waiting = OutboxEntry.objects.count()
        began = time.perf_counter()
        with _workers(folder, "handlers"):
            _wait(lambda: not OutboxEntry.objects.exists(), "the outbox isn't empty")
            took = time.perf_counter() - began
        yield Figures("fanned out to log and lanes, workers' start included", waiting, waiting / took)
        mails = Delivery.objects.filter(lane="mail", status="pending")
        mails.update(lane="handlers")  # worked by a lane of three, so that the handlers' own pace is told
        count = Delivery.objects.filter(lane="handlers", status="pending").count()
        began = time.perf_counter()
        with _workers(folder, "handlers"):
            _wait(lambda: not _open("handlers"), "the handlers' lane isn't empty")
            took = time.perf_counter() - began
        yield Figures("handled: an e-mail for each order, written to a file", count, count / took)


def _told(
    what: str, shop: Shop, server: Server, file: Path, urls: Sequence[str], *, rate: float, seconds: float
) -> Figures:
    file.write_text("")
    with _endpoints(shop, urls):
        first = Event.objects.latest("pk").pk
        made = _place_at(rate, seconds, shop, server)
        sure = [url for url in urls if "/hang" not in url and ":1/" not in url]
        events = dict(Event.objects.filter(pk__gt=first, type="order.created").values_list("pk", "occurred_at"))
        if len(events) != made:
            raise RuntimeError(f"{made} orders were acknowledged, and {len(events)} events recorded")
        _wait(lambda: len(_received(file)) >= made * len(sure), "not everything has come")
        received = _received(file)
        moments = {event: at.timestamp() for event, at in events.items()}
        times = sorted((at - moments[event]) * 1000 for (event, _), at in received.items() if event in moments)
        if len(times) != made * len(sure):
            raise RuntimeError(f"{made * len(sure)} deliveries were due, and {len(times)} came")
        percentiles = tuple(times[int(share * (len(times) - 1))] for share in (0.5, 0.95, 0.99))
        return Figures(what, len(times), len(times) / seconds, percentiles, _doubled(file))


def _place_at(rate: float, seconds: float, shop: Shop, server: Server) -> int:
    """Place orders evenly, whether or not those before are answered; returns how many there are."""
    request, threads = shop.place(hot=False), []
    statuses: Counter[int] = Counter()

    def place() -> None:
        statuses.update(drive(server.port, 1, 60, request, requests=1).statuses)

    began = time.perf_counter()
    for number in range(round(rate * seconds)):
        time.sleep(max(0.0, began + number / rate - time.perf_counter()))
        threads.append(Thread(target=place))
        threads[-1].start()
    for thread in threads:
        thread.join()
    if set(statuses) != {201}:
        raise RuntimeError(f"orders were answered {dict(statuses)}")
    return statuses[201]


@contextmanager
def _endpoints(shop: Shop, urls: Sequence[str]) -> Iterator[None]:
    made = [
        create_endpoint(shop.storefront, {"url": url, "event_types": ["order.created"]}, actor=_ACTOR)[0]
        for url in urls
    ]
    try:
        yield
    finally:
        for endpoint in made:
            remove_endpoint(endpoint.pk, actor=_ACTOR)


@contextmanager
def _receiver(folder: Path) -> Iterator[tuple[int, Path]]:
    file = folder / "received"
    command = [sys.executable, "-m", "deploy.fakes.receiver", str(file)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            assert process.stdout is not None  # noqa: S101
            yield int(process.stdout.readline()), file
        finally:
            process.kill()


def _received(file: Path) -> dict[tuple[uuid.UUID, str], float]:
    """When each event first came to each path."""
    found: dict[tuple[uuid.UUID, str], float] = {}
    for line in file.read_text().splitlines():
        at, event, path = line.split()
        if path != "/hang":
            found.setdefault((uuid.UUID(event), path), float(at))
    return found


def _doubled(file: Path) -> int:
    return sum(" /hang" not in line for line in file.read_text().splitlines()) - len(_received(file))


@contextmanager
def _workers(folder: Path, *lanes: str) -> Iterator[None]:
    """Celery's, of these lanes alone, or of all but mail, with their scheduler."""
    celery = [sys.executable, "-m", "celery", "--quiet", "--app", "config"]
    worker = [*celery, "worker", "--loglevel", "ERROR", "--queues"]
    named = ",".join(lanes or ("handlers", "payments"))
    commands: list[tuple[list[str], Mapping[str, str]]] = [
        ([*worker, named, "--concurrency", "3", "--hostname", "relay@%h"], {}),
        ([*celery, "beat", "--schedule", str(folder / f"beat-{uuid.uuid4()}"), "--pidfile", ""], {}),
    ]
    if not lanes:
        threads = [*worker, "webhooks", "--pool", "threads", "--concurrency", "12", "--hostname", "webhooks@%h"]
        commands.append((threads, {"DATABASE_POOL_SIZE": "24"}))
    with ExitStack() as stack:
        log = stack.enter_context((folder / "workers.log").open("ab"))
        for command, more in commands:
            variables = {**os.environ, **more}
            process = subprocess.Popen(  # noqa: S603
                command, cwd=ROOT, env=variables, stdout=log, stderr=log, start_new_session=True
            )
            stack.callback(_end, process)
        yield


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.wait()


def _settle() -> None:
    """Events from before are nobody's business here."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM core_outboxentry")
        cursor.execute("DELETE FROM core_delivery")


def _open(lane: str) -> bool:
    return Delivery.objects.filter(lane=lane, status__in=["pending", "claimed"]).exists()


def _wait(is_so: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + _WITHIN
    while not is_so():
        if time.monotonic() > until:
            raise RuntimeError(f"after {_WITHIN:.0f} s {what}")
        time.sleep(0.02)
