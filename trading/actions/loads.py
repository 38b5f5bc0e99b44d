"""Loads: files of orders, brought into the book batch by batch.

Each batch is one durable transaction with the load's counters, so that a run which dies goes on where its last batch
ended, and no row is counted twice.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

from django.db import connection, transaction
from django.utils import timezone

from core.actors import Actor
from core.errors import NotFound
from core.ids import new_id
from core.outbox import record
from core.transactions import action, step
from core.wakeups import wake
from trading.actions.instruments import ensure_instruments
from trading.errors import LoadFileChanged, LoadMovedOn
from trading.events import LoadFailed, LoadFinished, LoadQueued
from trading.loading.batching import Batch, Rejected
from trading.models import Load
from trading.statuses import LoadStatus

RUN_LOADS = "trading.tasks.run_loads"

_CREATE = """
CREATE TEMPORARY TABLE came (
    id uuid, line bigint, ref text, ref_is_number boolean, symbol text, side text, amount bigint, price bigint,
    source text
) ON COMMIT DROP
"""
_ADD = """
INSERT INTO trading_bookorder (
    id, version, client_id, ref, ref_is_number, instrument_id, side, amount, price, source, status, filled,
    entered_amount, entered_price, load_id, created_at
)
SELECT came.id, 0, %s, came.ref, came.ref_is_number, instrument.id, came.side, came.amount, came.price, came.source,
    'open', 0, came.amount, came.price, %s, now()
FROM came JOIN trading_instrument instrument ON instrument.symbol = came.symbol
ORDER BY came.line
ON CONFLICT (client_id, ref) DO NOTHING
"""
# Of rows that didn't get in, those that say something else than the order that has their id, and what differs. LIMIT
# keeps it a lookup per row: a plan for the whole table would be read to its end for every batch.
_DIFFERING = """
SELECT came.line, came.ref, array_remove(ARRAY[
    CASE WHEN earlier.symbol <> came.symbol THEN 'symbol' END,
    CASE WHEN earlier.side <> came.side THEN 'side' END,
    CASE WHEN earlier.entered_amount <> came.amount THEN 'amount' END,
    CASE WHEN earlier.entered_price <> came.price THEN 'price' END,
    CASE WHEN earlier.source <> came.source THEN 'source' END
], NULL) AS differing
FROM came CROSS JOIN LATERAL (
    SELECT instrument.symbol, o.id, o.side, o.entered_amount, o.entered_price, o.source
    FROM trading_bookorder o JOIN trading_instrument instrument ON instrument.id = o.instrument_id
    WHERE o.client_id = %s AND o.ref = came.ref LIMIT 1
) earlier
WHERE earlier.id <> came.id AND (earlier.symbol, earlier.side, earlier.entered_amount, earlier.entered_price,
    earlier.source) <> (came.symbol, came.side, came.amount, came.price, came.source)
"""


def object_key_of(load_id: uuid.UUID) -> str:
    """What the store calls the file that is uploaded for this load."""
    return f"loads/{load_id}.csv"


@action
def open_load(*, name: str, object_key: str = "", client_id: uuid.UUID, load_id: uuid.UUID | None = None) -> Load:
    """A load that waits for its file, which the store is to keep under `object_key`, or that of its id."""
    load = Load(pk=load_id or new_id(), client_id=client_id, name=name)
    load.object_key = object_key or object_key_of(load.pk)
    load.save(force_insert=True)
    return load


@action
def queue_load(load_id: uuid.UUID, *, size: int, actor: Actor) -> Load:
    """The file of a load has come, or its failure is mended: a worker may read it. Queued already, it stays as it is.

    Raises NotFound, LoadFileChanged.
    """
    load = _lock_load(load_id)
    if load.status not in {LoadStatus.WAITING, LoadStatus.FAILED}:
        return load
    if load.bytes_read and size != load.size:
        raise LoadFileChanged(before=load.size, after=size)
    load.enqueue(size=size)
    record(LoadQueued(load.name, size), subject=load, actor=actor)
    load.save(update_fields=["status", "size", "failure", "finished_at"])
    transaction.on_commit(lambda: wake(RUN_LOADS))
    return load


@action
def load_batch(load_id: uuid.UUID, batch: Batch, *, actor: Actor) -> Load:
    """Bring one batch into the book, every row that is new, and note the rest of it.

    Batches of one client come one after the other. Raises LoadMovedOn when the batch doesn't begin where the load is.
    """
    load = _lock_load(load_id)
    _start(load)
    if load.status != LoadStatus.RUNNING or load.bytes_read != batch.begins_at:
        raise LoadMovedOn(load.get_status_display().lower())
    ensure_instruments(batch.symbols, actor=actor)
    added, refused = _bring_in(load, batch) if batch.copied else (0, [])
    rejected = [*batch.rejected, *refused]
    _note_rejected(load, rejected)
    load.bytes_read, load.lines_read = batch.ends_at, batch.lines
    load.added += added
    load.unchanged += len(batch.copied) - added - len(refused)
    load.rejected += len(rejected)
    load.save(update_fields=["bytes_read", "lines_read", "added", "unchanged", "rejected"])
    return load


@action
def finish_load(load_id: uuid.UUID, *, actor: Actor) -> Load:
    """Every row was read. Finished already, it stays as it is. Raises NotFound, LoadMovedOn."""
    load = _lock_load(load_id)
    if load.status == LoadStatus.FINISHED:
        return load
    _start(load)
    if load.bytes_read != load.size:
        raise LoadMovedOn(load.get_status_display().lower())
    load.finish(at=timezone.now())
    record(LoadFinished(load.name, load.added, load.unchanged, load.rejected), subject=load, actor=actor)
    load.save(update_fields=["status", "finished_at"])
    return load


@action
def fail_load(load_id: uuid.UUID, *, failure: str, actor: Actor) -> Load:
    """Its file is missing, or is another than it was. What was read of it stays. Raises NotFound, OperationRefused."""
    load = _lock_load(load_id)
    load.fail(failure=failure, at=timezone.now())
    record(LoadFailed(load.name, failure), subject=load, actor=actor)
    load.save(update_fields=["status", "failure", "finished_at"])
    return load


@step
def _lock_load(load_id: uuid.UUID) -> Load:
    load = Load.objects.select_for_update(no_key=True).filter(pk=load_id).first()
    if load is None:
        raise NotFound("There is no such load.")
    return load


def _start(load: Load) -> None:
    if load.status == LoadStatus.QUEUED:
        load.start(at=timezone.now())
        load.save(update_fields=["status", "started_at"])


def _bring_in(load: Load, batch: Batch) -> tuple[int, list[Rejected]]:
    """How many rows were new, and those whose id stands for another order."""
    with connection.cursor() as cursor:
        # Two batches with the same ids in another order would wait for each other.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"trading.load:{load.client_id}"])
        cursor.execute(_CREATE)
        with cursor.cursor.copy("COPY came FROM STDIN") as copy:
            copy.write("".join(batch.copied))
        # Before the price levels are locked, not at commit with them locked.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(_ADD, [load.client_id, load.pk])
        added = cursor.rowcount
        if added == len(batch.copied):
            return added, []
        cursor.execute(_DIFFERING, [load.client_id])
        return added, [_refused(batch, *row) for row in cursor.fetchall()]


def _refused(batch: Batch, line: int, ref: str, differing: Sequence[str]) -> Rejected:
    reason = f"Order {ref} was added before with another {' and '.join(differing)}."
    return Rejected(line, batch.text_of(line), "book_order_exists", reason)


def _note_rejected(load: Load, rejected: Iterable[Rejected]) -> None:
    with connection.cursor() as cursor:
        statement = "COPY trading_rejectedrow (load_id, line, row, code, reason) FROM STDIN"
        with cursor.cursor.copy(statement) as copy:
            for each in rejected:
                copy.write_row((load.pk, each.line, each.text, each.code, each.reason))
