"""Runs a load: reads its file ahead in a thread of its own while the database takes the batch before."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import BinaryIO, TypeVar

from django.conf import settings

from core.actors import Actor
from core.locks import session_lock
from trading.actions import fail_load, finish_load, load_batch
from trading.errors import LoadBusy
from trading.loading.batching import Batch
from trading.loading.reading import read_batches
from trading.models import Load
from trading.statuses import LoadStatus
from trading.stores import ObjectMissing

T = TypeVar("T")

_ENDED = frozenset({LoadStatus.FINISHED, LoadStatus.FAILED})


def run_load(
    load_id: uuid.UUID,
    *,
    open_at: Callable[[int], BinaryIO],
    actor: Actor,
    told: Callable[[Load], None] = lambda _load: None,
    stop: Callable[[], bool] = lambda: False,
) -> Load:
    """Bring the file of a queued load into the book, or what an earlier run left of it.

    `open_at` gives the file from a byte on, or raises ObjectMissing. `told` hears of every batch; after each, `stop`
    is asked whether to leave the rest to a later run. Raises LoadBusy while another run is at it, LoadMovedOn when
    another took over, and what `open_at` raises.
    """
    with session_lock(f"trading.load:{load_id}") as held:
        load = Load.objects.get(pk=load_id)
        if not held:
            raise LoadBusy(load.name)
        if load.status in _ENDED:
            return load
        try:
            return _run(load, open_at(load.bytes_read), actor, told, stop)
        except ObjectMissing:
            return fail_load(load_id, failure="The store has no such file any more.", actor=actor)


def _run(load: Load, stream: BinaryIO, actor: Actor, told: Callable[[Load], None], stop: Callable[[], bool]) -> Load:
    with closing(stream), closing(_ahead(_batches(stream, load))) as batches:
        for batch in batches:
            load = load_batch(load.pk, batch, actor=actor)
            told(load)
            if stop():
                return load
    if load.bytes_read != load.size:
        failure = f"The file ends at byte {load.bytes_read:,} and had {load.size:,} when it was queued."
        return fail_load(load.pk, failure=failure, actor=actor)
    return finish_load(load.pk, actor=actor)


def _batches(stream: BinaryIO, load: Load) -> Iterator[Batch]:
    return read_batches(stream, rows=settings.LOAD_BATCH_ROWS, at=load.bytes_read, lines=load.lines_read)


def _ahead(items: Iterator[T]) -> Generator[T, None, None]:
    """The same items, each made while the one before is being used."""
    with ThreadPoolExecutor(1, "read-ahead") as pool:
        coming = pool.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, items, None)
            yield item
