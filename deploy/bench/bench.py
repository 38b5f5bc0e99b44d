"""`./run bench`: orders per second over HTTP beside what the database itself can do, in one interleaved run.

Everything is its own and thrown away afterwards: embedded servers in a temporary folder, a shop, a web server.
"""

from __future__ import annotations

import argparse
import atexit
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.bench import report
from deploy.bench.clients import Outcome, drive
from deploy.bench.limit import Limit
from deploy.bench.report import Measured
from deploy.bench.server import ROOT, Server, serving
from deploy.bench.versus import compare
from deploy.local import EmbeddedError, attach

if TYPE_CHECKING:
    from deploy.bench.desk import Desk
    from deploy.bench.events import Figures
    from deploy.bench.shop import Shop

_WARM_UP = 2.0
_NAMES = ("place", "hot", "rules", "get", "list", "book", "events")
_SKUS = 1_000


@dataclass(frozen=True)
class Way:
    """One thing to measure: what our clients send, and the script that has the same effects.

    A way of a book is measured with one client, and ends after `requests` so that the book keeps its size; `variables`
    are the script's own, and `restore` undoes what a measurement added.
    """

    name: str
    request: Callable[[], bytes]
    script: str
    expected: int
    requests: int | None = None
    variables: Mapping[str, str | int] = field(default_factory=dict)
    restore: Callable[[], None] | None = None

    def clients(self, usual: Sequence[int]) -> Sequence[int]:
        return (1,) if self.requests else usual


def main() -> None:
    options = _options()
    console = Console(width=None if sys.stdout.isatty() else 140)
    try:
        if options.versus:
            console.print(compare(options.versus, _arguments(options), rounds=options.rounds, console=console))
            return
        rows, out, facts = _run(options, _folder(options.data_dir), console)
    except KeyboardInterrupt:
        sys.exit("Interrupted; everything is cleaned up.")
    except (EmbeddedError, AssertionError, RuntimeError) as error:
        sys.exit(f"bench: {error}")
    console.print(report.table(rows))
    if out:
        from deploy.bench.events import table

        console.print(table(out))
    console.print(f"Verified: {facts['verified']}. Largest worker: {facts['memory']} MB.")
    if options.output:
        report.write(options.output, rows, facts)
        console.print(f"Written: {options.output}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smoke of a few seconds; writes no document")
    parser.add_argument("--rounds", type=int, help="rounds; figures are their medians (3)")
    parser.add_argument("--seconds", type=float, help="seconds of each measurement (5)")
    parser.add_argument("--clients", type=_numbers, help="numbers of clients (1,8,32)")
    parser.add_argument("--only", type=_names, default=(), help=f"of {', '.join(_NAMES)} (all)")
    parser.add_argument("--books", type=_numbers, help="orders in each book (1000,100000,1000000)")
    parser.add_argument("--requests", type=int, help="requests of each measurement of a book (2000)")
    parser.add_argument("--orders", type=int, help="orders there are to begin with (10000)")
    parser.add_argument("--workers", type=int, default=int(os.environ.get("WEB_CONCURRENCY", "2")), help="web workers")
    parser.add_argument("--versus", type=Path, help="another checkout, set up, to measure in turns")
    parser.add_argument("--output", type=Path, help="the document to write (docs/performance.md)")
    parser.add_argument("--data-dir", type=Path, help="where the temporary folder is made")
    options = parser.parse_args()
    quick = (1, 1.0, (1, 8), 1_000, (1_000, 10_000), 200)
    usual = quick if options.quick else (3, 5.0, (1, 8, 32), 10_000, (1_000, 100_000, 1_000_000), 2_000)
    for name, value in zip(("rounds", "seconds", "clients", "orders", "books", "requests"), usual, strict=True):
        if getattr(options, name) is None:
            setattr(options, name, value)
    if options.output is None and not (options.quick or options.only or options.versus):
        options.output = ROOT / "docs/performance.md"
    return options


def _arguments(options: argparse.Namespace) -> list[str]:
    """What another tree's benchmark is to be given to measure the same."""
    given = [f"--{name}={getattr(options, name)}" for name in ("seconds", "requests", "orders", "workers")]
    given += [f"--{name}={','.join(map(str, getattr(options, name)))}" for name in ("clients", "books", "only")]
    return [each for each in given if not each.endswith("=")]


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


def _names(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if not set(names) <= set(_NAMES):
        raise argparse.ArgumentTypeError(f"{text}: of {', '.join(_NAMES)}")
    return names


def _folder(where: Path | None) -> Path:
    """A folder for the servers' data; gone when this process ends, once they have stopped."""
    if where is not None:
        where.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="quartermaster-bench-", dir=where))
    atexit.register(shutil.rmtree, folder)  # before attach() registers their stopping, so after it
    return folder


def _run(
    options: argparse.Namespace, folder: Path, console: Console
) -> tuple[list[Measured], list[Figures], dict[str, str]]:
    for name in ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "QM_ENV"):
        os.environ.pop(name, None)
    os.environ.update(
        DATA_DIR=str(folder),
        DJANGO_SETTINGS_MODULE="config.settings",
        LOG_LEVEL="ERROR",  # of this process; the server logs each request, as ever
        RATE_LIMIT_READ="",
        RATE_LIMIT_WRITE="",
        WEBHOOK_ALLOWED_NETWORKS="127.0.0.0/8",
    )
    warnings.filterwarnings("ignore", "No directory at")
    attach()
    shop, desk, limit = _open(options, console)
    with ExitStack() as stack:
        server = stack.enter_context(serving(folder / "web.log", options.workers))
        rows = _measure(options, _ways(options, shop, desk), limit, server, console)
        memory = f"{server.megabytes():.0f}"
        out = _events_out(options, shop, server, folder)
    from deploy.bench import check
    from deploy.bench import desk as desks
    from deploy.bench.events import HEADINGS as EVENTS
    from deploy.bench.events import cells

    facts = {
        "verified": f"{check.confirm_ledgers()}; {desks.confirm_books()}",
        "memory": memory,
        "events": report.markdown(EVENTS, [cells(row) for row in out]),
        "machine": report.machine(),
        "workers": str(options.workers),
        "rounds": str(options.rounds),
        "seconds": f"{options.seconds:g}",
        "orders": f"{options.orders:,}",
        "postgres": _postgres_version(),
    }
    return rows, out, facts


def _events_out(options: argparse.Namespace, shop: Shop, server: Server, folder: Path) -> list[Figures]:
    from deploy.bench.events import measure

    return list(measure(shop, server, folder, seconds=options.seconds)) if _chosen(options, "events") else []


def _open(options: argparse.Namespace, console: Console) -> tuple[Shop, Desk, Limit]:
    import django

    django.setup()
    from django.core.management import call_command

    from deploy.bench.desk import open_desk
    from deploy.bench.shop import FIRST_NUMBER_OF_ORDERS, open_shop

    console.print(f"Making a shop with {options.orders:,} orders…")
    call_command("migrate", interactive=False, verbosity=0)
    shop = open_shop(_SKUS)
    numbers = {"skus": shop.skus, "first": FIRST_NUMBER_OF_ORDERS, "orders": options.orders}
    limit = Limit(os.environ["DATABASE_URL"], {"storefront": str(shop.storefront), **numbers})
    limit.repeat("place.sql", clients=4, times=max(1, options.orders // 4))
    desk = open_desk(options.books if _chosen(options, "book") else ())
    _sql("VACUUM ANALYZE")
    return shop, desk, limit


def _chosen(options: argparse.Namespace, name: str) -> bool:
    return not options.only or name in options.only


def _ways(options: argparse.Namespace, shop: Shop, desk: Desk) -> list[Way]:
    from orders.models import Order

    ids = list(Order.objects.values_list("pk", flat=True)[:10_000])
    every = {
        "place": Way("place an order", shop.place(hot=False), "place.sql", 201),
        "hot": Way("place, one hot SKU", shop.place(hot=True), "hot.sql", 201),
        "get": Way("get an order", shop.get(ids), "get.sql", 200),
        "list": Way("list 50 with lines", shop.newest(), "list.sql", 200),
    }
    ways = [way for name, way in every.items() if _chosen(options, name)]
    return [*ways, *(_ways_by_rules() if _chosen(options, "rules") else ()), *_book_ways(options, desk)]


def _ways_by_rules() -> Iterator[Way]:
    from deploy.bench.shop import open_shop_with_rules

    shop = open_shop_with_rules(_SKUS)
    variables: dict[str, str | int] = {"storefront": str(shop.storefront)}
    yield Way("quote by all rules", shop.quote(), "quote.sql", 200, variables=variables)
    yield Way("place by all rules", shop.place(hot=False), "place.sql", 201, variables=variables)


def _book_ways(options: argparse.Namespace, desk: Desk) -> Iterator[Way]:
    """Every operation on every size of book."""
    operations = (
        ("add", desk.add, "book_add.sql", 201),
        ("get", desk.get, "book_get.sql", 200),
        ("price", desk.price, "book_price.sql", 200),
        ("trade", desk.trade, "book_trade.sql", 201),
    )
    for name, request, script, expected in operations:
        for book in desk.books:
            variables: dict[str, str | int] = {"desk": str(desk.client), "book": book.symbol, "orders": book.size}
            # A trade empties about one order, and its side of the book must have enough of them.
            requests = min(options.requests, book.size // 4) if name == "trade" else options.requests
            title = f"book of {book.size:,}: {name}"
            yield Way(title, request(book), script, expected, requests, variables, book.restore)


def _measure(
    options: argparse.Namespace,
    ways: Sequence[Way],
    limit: Limit,
    server: Server,
    console: Console,
) -> list[Measured]:
    """Every path with every number of clients, ours and the limit in turn."""
    rows = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    total = options.rounds * sum(len(way.clients(options.clients)) for way in ways)
    with Progress(*columns, console=console, auto_refresh=False) as progress:
        task = progress.add_task("", total=total)
        for way in ways:
            drive(server.port, 8, min(_WARM_UP, options.seconds), way.request, requests=way.requests and 50)
            if way.restore:
                way.restore()
            statements = _statements(way)
            for clients in way.clients(options.clients):
                row = Measured(way.name, clients, statements)
                for _ in range(options.rounds):
                    progress.update(task, description=f"{way.name}, {clients} clients", refresh=True)
                    row.ours.append(_ours(way, server, clients, options.seconds))
                    _sql("CHECKPOINT")
                    row.limit.append(_limit(way, limit, clients, options.seconds))
                    progress.advance(task)
                rows.append(row)
        progress.update(task, description="done", refresh=True)
    return rows


def _ours(way: Way, server: Server, clients: int, seconds: float) -> Outcome:
    """One measurement, from a fresh checkpoint, and proof that nothing was lost or doubled."""
    from deploy.bench import check

    _sql("CHECKPOINT")
    before = check.orders()
    outcome = drive(server.port, clients, seconds, way.request, requests=way.requests)
    if set(outcome.statuses) != {way.expected}:
        said = outcome.sample.decode(errors="replace")[-1000:]
        raise AssertionError(f"{way.name}: answers were {dict(outcome.statuses)}, such as {said}")
    if way.restore:
        way.restore()
    else:
        check.confirm_made(outcome.made, before)
    return outcome


def _limit(way: Way, limit: Limit, clients: int, seconds: float) -> float:
    rate = limit.per_second(
        way.script, clients=clients, seconds=seconds, requests=way.requests, variables=way.variables
    )
    if way.restore:
        way.restore()
    return rate


def _statements(way: Way) -> int:
    """How many SQL statements one such request takes, BEGIN and COMMIT included, once the rules of its storefront are
    remembered.
    """
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    _answered(way)
    with CaptureQueriesContext(connection) as queries:
        _answered(way)
    return len(queries)


def _answered(way: Way) -> None:
    from django.test import Client

    head, _, body = way.request().decode().partition("\r\n\r\n")
    method, where, _ = head.partition("\r\n")[0].split(" ")
    headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:])
    for name in ("Host", "Content-Length"):
        headers.pop(name, None)
    kind = headers.pop("Content-Type", "application/json")
    response = Client().generic(method, where, body, content_type=kind, headers=headers)
    if response.status_code != way.expected:
        raise AssertionError(f"{way.name}: the answer was {response.content.decode()}")


def _sql(statement: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)


def _postgres_version() -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return str(cursor.fetchone()[0]).partition(" ")[0]


if __name__ == "__main__":
    main()
