"""Files of orders are brought into the book batch by batch: each is one durable transaction with its job's progress."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.db import connection

from core.actors import Actor
from core.files.records import Rejected
from core.jobs.actions import open_job, open_queued_job
from core.jobs.kinds import Outcome
from core.models import Job
from core.transactions import action
from trading.actions.instruments import ensure_instruments
from trading.imports.batching import Rows
from trading.models import BOOK_IMPORT

_CREATE = """
CREATE TEMPORARY TABLE came (
    id uuid, line bigint, ref text, ref_is_number boolean, symbol text, side text, amount bigint, price bigint,
    source text
) ON COMMIT DROP
"""
_ADD = """
INSERT INTO trading_bookorder (
    id, version, client_id, ref, ref_is_number, instrument_id, side, amount, price, source, status, filled,
    entered_amount, entered_price, book_import_id, created_at
)
SELECT came.id, 0, %s, came.ref, came.ref_is_number, instrument.id, came.side, came.amount, came.price, came.source,
    'open', 0, came.amount, came.price, %s, now()
FROM came JOIN trading_instrument instrument ON instrument.symbol = came.symbol
ORDER BY came.line
ON CONFLICT (client_id, ref) DO NOTHING
"""
# Of rows that didn't get in, those that say something else than the order that has their id, and what differs. LIMIT
# keeps it a lookup per row: a plan for the whole table would be read to its end for every batch. The client comes from
# a table: of one that the statistics don't know yet the planner believes that it has next to no orders, and may look
# for each id among all of them.
_DIFFERING = """
WITH whose AS MATERIALIZED (SELECT %s::uuid AS client_id)
SELECT came.line, came.ref, array_remove(ARRAY[
    CASE WHEN earlier.symbol <> came.symbol THEN 'symbol' END,
    CASE WHEN earlier.side <> came.side THEN 'side' END,
    CASE WHEN earlier.entered_amount <> came.amount THEN 'amount' END,
    CASE WHEN earlier.entered_price <> came.price THEN 'price' END,
    CASE WHEN earlier.source <> came.source THEN 'source' END
], NULL) AS differing
FROM whose CROSS JOIN came CROSS JOIN LATERAL (
    SELECT instrument.symbol, o.id, o.side, o.entered_amount, o.entered_price, o.source
    FROM trading_bookorder o JOIN trading_instrument instrument ON instrument.id = o.instrument_id
    WHERE o.client_id = whose.client_id AND o.ref = came.ref LIMIT 1
) earlier
WHERE earlier.id <> came.id AND (earlier.symbol, earlier.side, earlier.entered_amount, earlier.entered_price,
    earlier.source) <> (came.symbol, came.side, came.amount, came.price, came.source)
"""


def open_import(
    *, name: str, client_id: uuid.UUID, actor: Actor, file_key: str = "", import_id: uuid.UUID | None = None
) -> Job:
    """A job that waits for a file of the client's orders. Its file comes under `file_key`, or that of its id."""
    return open_job(BOOK_IMPORT, name=name, client_id=client_id, actor=actor, job_id=import_id, file_key=file_key)


def queue_import(*, name: str, client_id: uuid.UUID, import_id: uuid.UUID, total: int, actor: Actor) -> Job:
    """A job whose file of the client's orders, of `total` bytes, the store has already under the key of its id."""
    return open_queued_job(BOOK_IMPORT, name=name, client_id=client_id, job_id=import_id, total=total, actor=actor)


@action
def bring_in(job: Job, rows: Rows) -> Outcome:
    """Bring these rows into the book, all that are new, and tell what became of the rest.

    Batches of one client come one after the other.
    """
    ensure_instruments(rows.symbols, actor=job.actor)
    added, refused = _bring_in(job, rows) if rows.copied else (0, [])
    return Outcome(added, len(rows.copied) - added - len(refused), [*rows.rejected, *refused])


def _bring_in(job: Job, rows: Rows) -> tuple[int, list[Rejected]]:
    """How many rows were new, and those whose id stands for another order."""
    with connection.cursor() as cursor:
        # Two batches with the same ids in another order would wait for each other.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"trading.import:{job.client_id}"])
        cursor.execute(_CREATE)
        with cursor.cursor.copy("COPY came FROM STDIN") as copy:
            copy.write("".join(rows.copied))
        # Before the price levels are locked, not at commit with them locked.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(_ADD, [job.client_id, job.pk])
        added = cursor.rowcount
        if added == len(rows.copied):
            return added, []
        cursor.execute(_DIFFERING, [job.client_id])
        return added, [_refused(rows, *row) for row in cursor.fetchall()]


def _refused(rows: Rows, line: int, ref: str, differing: Sequence[str]) -> Rejected:
    reason = f"Order {ref} was added before with another {' and '.join(differing)}."
    return Rejected(line, rows.text_of(line), "book_order_exists", reason)
