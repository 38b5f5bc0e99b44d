"""Loads a CSV of book orders for a client."""

from __future__ import annotations

import argparse
import hashlib
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from core.actors import Actor
from core.clients import ensure_storefront
from core.errors import DomainError
from core.models import Client
from trading.actions import open_load, queue_load
from trading.loading.rejects import rejects_csv
from trading.loading.running import run_load
from trading.models import Load
from trading.querysets import BY_COMMAND
from trading.statuses import LoadStatus

ACTOR = Actor.system("load_book")


class Command(BaseCommand):
    help = (
        "Load a CSV of book orders: orderId,symbol,side,amount,price[,source]. Running it again with the same file "
        "goes on where it was stopped, or adds nothing."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--client", required=True, help="the client that owns the orders; made when unknown")
        parser.add_argument("--rejects", type=Path, help="where the other rows go (default: DATA_DIR/rejects/)")

    def handle(self, *, file: Path, client: str, rejects: Path | None, **_options: Any) -> None:
        began = time.monotonic()
        load = _load_of(file, ensure_storefront(client))
        with _interruptions() as interrupted:
            load = self._run(load, file, interrupted)
        if load.status != LoadStatus.FINISHED:
            self._leave(load)
        self._report(load, rejects or settings.DATA_DIR / "rejects" / f"{file.stem}.rejects.csv", began)

    def _run(self, load: Load, file: Path, interrupted: Callable[[], bool]) -> Load:
        with _progress() as progress:
            task = progress.add_task("Loading", total=load.size, completed=load.bytes_read, rows=_rows(load), rate="")
            first, began = _rows(load), time.monotonic()

            def told(now: Load) -> None:
                rate = (_rows(now) - first) / (time.monotonic() - began)
                progress.update(task, completed=now.bytes_read, rows=_rows(now), rate=f"{rate:,.0f}/s")

            try:
                return run_load(load.pk, open_at=_opener(file), actor=ACTOR, told=told, stop=interrupted)
            except DomainError as error:
                raise CommandError(f"{error.detail} {error.unblock}") from error

    def _leave(self, load: Load) -> None:
        if load.status == LoadStatus.FAILED:
            raise CommandError(load.failure)
        raise CommandError(
            f"Stopped after {_rows(load):,} rows, all of which are kept. Run the same command again to go on.",
            returncode=130,
        )

    def _report(self, load: Load, rejects: Path, began: float) -> None:
        self.stdout.write(
            f"{_rows(load):,} rows: {load.added:,} added, {load.unchanged:,} unchanged, {load.rejected:,} rejected "
            f"in {time.monotonic() - began:.1f} s"
        )
        if load.rejected:
            rejects.parent.mkdir(parents=True, exist_ok=True)
            with rejects.open("w", encoding="utf-8", newline="") as out:
                out.writelines(rejects_csv(load))
            self.stdout.write(f"Rejected rows with their reasons: {rejects}")


def _load_of(file: Path, client: Client) -> Load:
    """The load of this very file that was stopped, else a new one; queued."""
    try:
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
            size = content.tell()
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error}") from error
    prefix = f"{BY_COMMAND}{client.pk}/{digest}/"
    stopped = Load.objects.filter(object_key__startswith=prefix).exclude(status=LoadStatus.FINISHED).first()
    load = stopped or open_load(name=file.name[:200], object_key=prefix + str(time.time_ns()), client_id=client.pk)
    return queue_load(load.pk, size=size, actor=ACTOR)


def _opener(file: Path) -> Callable[[int], BinaryIO]:
    def open_at(place: int) -> BinaryIO:
        content = file.open("rb")
        content.seek(place)
        return content

    return open_at


def _rows(load: Load) -> int:
    return load.added + load.unchanged + load.rejected


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rows]:,} rows"),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


@contextmanager
def _interruptions() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C was pressed. The batch under way is finished first; pressed again it ends at once."""
    pressed: list[bool] = []

    def note(_signal: int, _frame: object) -> None:
        pressed.append(True)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)
