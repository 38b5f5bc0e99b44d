"""Orders of the book: added, changed, removed."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

from django.db import connection
from django.utils import timezone

from core.actors import Actor
from core.changes import apply_changes
from core.inserts import insert_last
from core.operations import done_already, performs, require
from core.outbox import record
from core.transactions import action
from trading.actions.instruments import ensure_instruments, refuse_reserved
from trading.actions.locking import lock_order
from trading.errors import AddedMeanwhile, BookOrderExists
from trading.events import BookOrderAdded, BookOrderChanged, BookOrderRemoved
from trading.models import BookOrder, Instrument
from trading.operations import CHANGE, REMOVE

is_order_id = re.compile(r"(?!\.{1,2}\Z)[!-.0-~]{1,64}", re.ASCII).fullmatch
"""Visible ASCII without a slash, so that it can stand in a path."""

_LOOK = """
SELECT i.id, i.version, i.symbol, i.currency, o.id
FROM (VALUES (1)) AS one
LEFT JOIN trading_instrument i ON i.symbol = %s
LEFT JOIN trading_bookorder o ON o.client_id = %s AND o.ref = %s
"""


@dataclass(frozen=True)
class NewBookOrder:
    """An offer as its client makes it. `id` is the client's own; `price` is in minor units."""

    id: int | str
    symbol: str
    side: str
    amount: int
    price: int
    source: str = ""


class BookOrderChanges(TypedDict, total=False):
    """`price` is in minor units."""

    amount: int
    price: int


@action
def add_order(new: NewBookOrder, *, client_id: uuid.UUID, actor: Actor) -> BookOrder:
    """Put an offer at the end of the queue at its price. Nothing but its own rows is locked.

    The same offer again changes nothing and gives the order as it was added. Raises BookOrderExists for another offer
    of the same id, AddedMeanwhile when one came in this instant, InvalidInput.
    """
    refuse_reserved(new.symbol)
    instrument, earlier_id = _look(new, client_id)
    if earlier_id is not None:
        return _as_added(new, BookOrder.objects.select_related("instrument").get(pk=earlier_id))
    order = _build(new, instrument or ensure_instruments([new.symbol], actor=actor)[new.symbol], client_id)
    insert_last(order, refusals={"book_order_id_once_per_client": AddedMeanwhile})
    record(_added(new), subject=order, actor=actor)
    return order


@performs(CHANGE)
@action
def change_order(
    ref: str, changes: Mapping[str, int], *, client_id: uuid.UUID, actor: Actor, expected_version: int | None = None
) -> BookOrder:
    """Set what is left of an order (`amount`), its `price`, or both.

    A new price or a larger amount sends it to the end of the queue at its price; a smaller amount keeps its place.
    Raises NotFound, StaleVersion, OperationRefused.
    """
    order = lock_order(client_id, ref, expected_version=expected_version)
    require(order, CHANGE)
    differing = apply_changes(order, changes, BookOrderChanges)
    if not differing:
        return order
    before, after = differing.get("amount", (0, 0))
    requeued = "price" in differing or after > before
    if requeued:
        order.queue = _end_of_queue()
    order.save(update_fields=[*differing, *(["queue"] if requeued else [])])
    record(BookOrderChanged(differing, requeued), subject=order, actor=actor)
    return order


@performs(REMOVE)
@action
def remove_order(ref: str, *, client_id: uuid.UUID, actor: Actor, expected_version: int | None = None) -> BookOrder:
    """Take what is left of an order out of the book; removed already, it stays so.

    Raises NotFound, StaleVersion, OperationRefused.
    """
    order = lock_order(client_id, ref, expected_version=expected_version)
    if done_already(order, REMOVE):
        return order
    before = order.status
    order.remove(at=timezone.now())
    record(BookOrderRemoved(order.amount, {"status": [before, order.status]}), subject=order, actor=actor)
    order.save(update_fields=["status", "closed_at"])
    return order


def _look(new: NewBookOrder, client_id: uuid.UUID) -> tuple[Instrument | None, uuid.UUID | None]:
    """The instrument, and the order of that id, if there are such."""
    with connection.cursor() as cursor:
        cursor.execute(_LOOK, [new.symbol, client_id, str(new.id)])
        *values, order_id = cursor.fetchone()
    instrument = Instrument.from_db(None, ("id", "version", "symbol", "currency"), values) if values[0] else None
    return instrument, order_id


def _end_of_queue() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('trading_bookorder_queue')")
        return int(cursor.fetchone()[0])


def _build(new: NewBookOrder, instrument: Instrument, client_id: uuid.UUID) -> BookOrder:
    return BookOrder(
        client_id=client_id,
        ref=str(new.id),
        ref_is_number=isinstance(new.id, int),
        instrument=instrument,
        side=new.side,
        amount=new.amount,
        price=new.price,
        source=new.source,
        entered_amount=new.amount,
        entered_price=new.price,
        created_at=timezone.now(),
    )


def _as_added(new: NewBookOrder, order: BookOrder) -> BookOrder:
    """The order as it stood when it came. Raises BookOrderExists when it isn't the same offer."""
    came: dict[str, Any] = {
        "symbol": order.instrument.symbol,
        "side": order.side,
        "amount": order.entered_amount,
        "price": order.entered_price,
        "source": order.source,
    }
    differing = [name for name, value in came.items() if getattr(new, name) != value]
    if differing:
        raise BookOrderExists(order.public_id, differing)
    return order.as_entered()


def _added(new: NewBookOrder) -> BookOrderAdded:
    return BookOrderAdded(new.symbol, new.side, new.amount, new.price)
