"""Trades: the best-priced amount of one side of a book, taken at once."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection
from django.utils import timezone

import orders.actions
from core.actors import Actor
from core.errors import InvalidInput
from core.inserts import adopt, insert_last
from core.outbox import record
from core.transactions import action
from orders.actions import NewLine, NewOrder
from trading.actions.locking import lock_book
from trading.errors import AddedMeanwhile, LimitExceeded, NotSettleable, TradeRefReused
from trading.events import BookOrderFilled, TradePlaced
from trading.models import BookOrder, Fill, Instrument, Trade
from trading.queries import Walk, fills_of, walk_book
from trading.statuses import Side


@dataclass(frozen=True)
class NewTrade:
    """An amount as its client wants it. `limit_total` is the most it may come to, in minor units.

    With a customer the trade is settled as that customer's order.
    """

    symbol: str
    side: str
    amount: int
    client_ref: str
    limit_total: int | None = None
    customer_id: uuid.UUID | None = None


@action
def place_trade(new: NewTrade, *, client_id: uuid.UUID, actor: Actor) -> Trade:
    """Take the amount at the price that a walk gives now, or nothing; the trade has its fills with it.

    The same trade again gives the first one. Locks: the book, then, to settle, the order and its stock. Raises
    NotFound, BookTooThin, LimitExceeded, TradeRefReused, AddedMeanwhile; to settle, what placing an order raises.
    """
    instrument = lock_book(new.symbol)
    earlier_id = _find(client_id, new.client_ref)
    if earlier_id is not None:
        return _same(new, earlier_id, instrument)
    walk = walk_book(new.symbol, new.side, new.amount)
    if new.limit_total is not None and walk.total > new.limit_total:
        raise LimitExceeded(
            total=walk.total, limit_total=new.limit_total, currency=walk.currency, available=walk.available
        )
    trade = _build(new, walk, client_id)
    if new.customer_id is not None:
        trade.order_id = _settle(trade, walk, instrument, actor)
    fills = list(_fill(trade, walk, actor))
    record(_placed(trade, walk), subject=instrument, actor=actor)
    trade.instrument, trade.sequence = instrument, instrument.version
    instrument.stored_version = instrument.version  # by the fills' trigger
    insert_last(trade, *fills, refusals={"trade_ref_once_per_client": AddedMeanwhile})
    adopt(trade, "fills", fills)
    return trade


def _find(client_id: uuid.UUID, client_ref: str) -> uuid.UUID | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM trading_trade WHERE client_id = %s AND client_ref = %s", [client_id, client_ref])
        row = cursor.fetchone()
    return row[0] if row else None


def _same(new: NewTrade, earlier_id: uuid.UUID, instrument: Instrument) -> Trade:
    """Raises TradeRefReused unless it is what was asked for."""
    earlier = Trade.objects.get(pk=earlier_id)
    asked = (instrument.pk, new.side, new.amount, new.limit_total, new.customer_id)
    if asked != (earlier.instrument_id, earlier.side, earlier.amount, earlier.limit_total, earlier.customer_id):
        raise TradeRefReused(new.client_ref)
    earlier.instrument = instrument
    adopt(earlier, "fills", fills_of([earlier_id])[earlier_id])
    return earlier


def _build(new: NewTrade, walk: Walk, client_id: uuid.UUID) -> Trade:
    return Trade(
        client_id=client_id,
        client_ref=new.client_ref,
        side=new.side,
        amount=new.amount,
        total=walk.total,
        limit_total=new.limit_total,
        customer_id=new.customer_id,
        created_at=timezone.now(),
    )


def _settle(trade: Trade, walk: Walk, instrument: Instrument, actor: Actor) -> uuid.UUID:
    """Place the customer's order: a line per fill, at the fill's price."""
    if trade.side != Side.BUY:
        raise InvalidInput.at("/customer_id", "not_a_purchase", "Only a Buy can be settled as a customer's order.")
    if not instrument.sku:
        raise NotSettleable(instrument.symbol)
    lines = [
        NewLine(instrument.sku, take.amount, take.order.price, tax=0, lot=str(take.order.pk)) for take in walk.takes
    ]
    new = NewOrder(
        currency=instrument.currency,
        lines=lines,
        customer_id=trade.customer_id,
        metadata={"trade_id": str(trade.pk), "client_ref": trade.client_ref},
    )
    return orders.actions.place(new, client_id=trade.client_id, actor=actor).pk


def _fill(trade: Trade, walk: Walk, actor: Actor) -> Iterator[Fill]:
    for position, take in enumerate(walk.takes, start=1):
        order = take.order
        before = order.amount, order.status
        order.take(take.amount, at=trade.created_at)
        record(_filled(trade, order, take.amount, before), subject=order, actor=actor)
        order.stored_version = order.version  # by the fill's own trigger, with the amounts and the status
        yield Fill(trade=trade, position=position, order=order, amount=take.amount, price=order.price)


def _filled(trade: Trade, order: BookOrder, amount: int, before: tuple[int, str]) -> BookOrderFilled:
    changes = {"amount": [before[0], order.amount], "status": [before[1], order.status]}
    return BookOrderFilled(trade.pk, amount, order.price, changes)


def _placed(trade: Trade, walk: Walk) -> TradePlaced:
    fills = [{"order_id": take.order.pk, "amount": take.amount, "price": take.order.price} for take in walk.takes]
    return TradePlaced(
        trade.pk, walk.symbol, trade.side, trade.amount, trade.total, walk.currency,
        trade.order_id, fills,
    )  # fmt: skip
