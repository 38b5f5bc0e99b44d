"""`./run faults`: orders over HTTP while everything is killed once and one receiver of webhooks fails. Counts what was
promised afterwards, and exits with 1 if any of it isn't kept.

Everything is its own and thrown away afterwards: servers in a temporary folder, a shop, the product as `up` runs it.
"""

from __future__ import annotations

import argparse
import atexit
import os
import random
import shutil
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from deploy.faults.lives import Api, Life, live, plan
from deploy.faults.system import Beside, Up, beside, settings, up
from deploy.faults.victims import SENDERS, Blow, blows
from deploy.local import EmbeddedError, attach

if TYPE_CHECKING:
    from deploy.faults.promises import Promise
    from deploy.faults.shop import Shop

_RECEIVERS = 10
_THREADS = 48
_LOOK = 0.2
_SHOWN = 5
"""Lines of what is broken, of each promise."""


@dataclass
class Run:
    """Moments are of the monotonic clock: `last` of the last fault, `open_until` when each kind of work was seen."""

    lives: Sequence[Life]
    copies_allowed: int = 0
    last: float = 0.0
    open_until: dict[str, float] = field(default_factory=dict)
    left: Counter[str] = field(default_factory=Counter)


def main() -> None:
    options = _options()
    console = Console(width=None if sys.stdout.isatty() else 140)
    try:
        kept = _run(options, _folder(options.keep), console)
    except KeyboardInterrupt:
        sys.exit("Interrupted; everything is stopped.")
    except (EmbeddedError, RuntimeError) as error:
        sys.exit(f"faults: {error}")
    sys.exit(0 if kept else 1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run faults", description=__doc__)
    parser.add_argument("--orders", type=int, default=200, help="how many are placed (200)")
    parser.add_argument("--seed", type=int, help="of what happens when, as an earlier run printed it (any)")
    parser.add_argument("--seconds", type=float, default=90.0, help="within which everything is killed (90)")
    parser.add_argument("--within", type=float, default=60.0, help="seconds after the last fault (60)")
    parser.add_argument("--keep", type=Path, help="a folder for data and logs, which then stays")
    options = parser.parse_args()
    if options.seed is None:
        options.seed = random.randrange(10**6)  # noqa: S311
    return options


def _folder(keep: Path | None) -> Path:
    """One of the user's own stays; another is gone when this process ends, once the servers have stopped."""
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        return keep.absolute()
    folder = Path(tempfile.mkdtemp(prefix="quartermaster-faults-"))
    atexit.register(shutil.rmtree, folder)  # before attach() registers their stopping, so after it
    return folder


def _run(options: argparse.Namespace, folder: Path, console: Console) -> bool:
    """Whether everything was kept."""
    for name in ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "QM_ENV"):
        os.environ.pop(name, None)
    os.environ.update(DATA_DIR=str(folder), DJANGO_SETTINGS_MODULE="config.settings", LOG_LEVEL="ERROR")
    warnings.filterwarnings("ignore", "No directory at")
    console.print(f"Starting everything; seed {options.seed}, {options.orders} orders…")
    attach()
    with ExitStack() as stack:
        around = stack.enter_context(beside(folder, _RECEIVERS))
        if around.rabbitmq is None:
            console.print("[bold red]LEFT OUT: RabbitMQ, which isn't installed here[/] (Debian's rabbitmq-server).")
        shop = _open(around)
        stack.enter_context(around.mail)
        running = stack.enter_context(up(folder, settings(around, os.environ["REDIS_URL"])))
        around.gateway.notify = f"http://127.0.0.1:{running.port}/webhooks/payments/fake/"
        stack.enter_context(around.gateway.running())
        return _kill_and_count(options, shop, around, running, console)


def _open(around: Beside) -> Shop:
    os.environ.update(settings(around, os.environ["REDIS_URL"]), DATABASE_POOL_SIZE="1")
    import django

    django.setup()
    del os.environ["DATABASE_POOL_SIZE"]  # of this process alone
    from django.core.management import call_command
    from django.db import connection

    from deploy.faults.shop import open_shop

    call_command("migrate", interactive=False, verbosity=0)
    shop = open_shop([receiver.url for receiver in around.receivers])
    for receiver, secret in zip(around.receivers, shop.secrets, strict=True):
        receiver.know(secret)
    connection.close()
    return shop


def _kill_and_count(options: argparse.Namespace, shop: Shop, around: Beside, running: Up, console: Console) -> bool:
    from deploy.faults.evidence import gather
    from deploy.faults.promises import promises

    chance = random.Random(options.seed)  # noqa: S311 - what happens when, not a secret
    run = Run(plan(options.orders, chance))
    planned = blows(running, around, options.seconds, chance)
    run.copies_allowed = sum(_copies(blow) for blow in planned)
    api = Api(running.port, shop.storefront, shop.warehouse)
    _live_through(options, run, planned, api, shop, console)
    found = promises(gather(run.lives, shop, around, run.left), run.copies_allowed)
    console.print(_table(found))
    _tell(run, api, found, console)
    return not any(promise.broken for promise in found)


def _copies(blow: Blow) -> int:
    """How many senders of e-mails die of it."""
    from core.lanes import MAIL

    return MAIL.concurrency if any(blow.name.endswith(name) for name in SENDERS) else 0


def _live_through(
    options: argparse.Namespace, run: Run, planned: Sequence[Blow], api: Api, shop: Shop, console: Console
) -> None:
    """All lives and all blows, and then as long as there is work, or time, left."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress, ThreadPoolExecutor(_THREADS) as pool:
        began = time.monotonic()
        task = progress.add_task("orders at their end", total=options.orders)
        futures = [
            pool.submit(_live_at, began + options.seconds * number / options.orders, life, api)
            for number, life in enumerate(run.lives)
        ]
        try:
            for future in futures:
                future.add_done_callback(lambda _: progress.advance(task))
            for blow in planned:
                time.sleep(max(0.0, began + blow.at - time.monotonic()))
                progress.console.print(f"  {time.monotonic() - began:6.1f} s  {blow.name}")
                blow.act()
                run.last = time.monotonic() if blow.is_fault else run.last
            progress.update(task, description="waiting until all is done")
            _settle(run, futures, shop, run.last + options.within)
        finally:
            api.over.set()
            pool.shutdown(cancel_futures=True)


def _live_at(moment: float, life: Life, api: Api) -> None:
    if not api.over.wait(max(0.0, moment - time.monotonic())):
        live(life, api)


def _settle(run: Run, futures: Sequence[Future[None]], shop: Shop, until: float) -> None:
    """Until nothing is left to do, or the time is over."""
    from deploy.faults.settling import open_work

    while True:
        run.left = open_work(shop.targets[-1:])
        run.left.update({"orders on their way": sum(not future.done() for future in futures)})
        run.left, now = +run.left, time.monotonic()
        run.open_until |= dict.fromkeys(run.left, now)
        if not run.left or now > until:
            return
        time.sleep(_LOOK)


def _table(found: Sequence[Promise]) -> Table:
    shown = Table()
    for heading in ("promised", "due", "found", "kept", "what else was seen"):
        shown.add_column(heading, justify="right" if heading in {"due", "found"} else "left")
    for promise in found:
        kept = f"[bold red]NO ({len(promise.broken)})[/]" if promise.broken else "yes"
        shown.add_row(promise.name, str(promise.due), str(promise.found), kept, promise.note)
    return shown


def _tell(run: Run, api: Api, found: Sequence[Promise], console: Console) -> None:
    answers = ", ".join(f"{count} × {status or 'broken connection'}" for status, count in sorted(api.met.items()))
    console.print(f"Requests of storefront and warehouse were answered: {answers}.")
    console.print("Seconds after the last fault up to which there was work left:")
    for what, moment in sorted(run.open_until.items(), key=lambda item: item[1]):
        console.print(f"  {moment - run.last:6.1f} s  {what}")
    for promise in found:
        for line in promise.broken[:_SHOWN]:
            console.print(f"[red]{promise.name}: {line}[/]")
        if len(promise.broken) > _SHOWN:
            console.print(f"[red]{promise.name}: and {len(promise.broken) - _SHOWN} more[/]")


if __name__ == "__main__":
    main()
