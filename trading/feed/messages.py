"""What the feed says. No message names an order, or whose it is."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from core.api.event_streams import comment, message
from core.api.renderers import rfc3339
from trading.feed.reading import Levels, SeenTrade, Sides
from trading.queries import Average

HEARTBEAT = comment()
OUTAGE = comment("the database does not answer; the feed goes on once it does")


def cut(sides: Sides, depth: int) -> Sides:
    """The `depth` best levels of each side."""
    return {side: dict(islice(levels.items(), depth)) for side, levels in sides.items()}


def changes(before: Sides, after: Sides) -> Sides:
    """The levels that came or changed, and those that went, with nothing in them."""
    return {side: _changed(before[side], levels) for side, levels in after.items()}


def _changed(before: Levels, after: Levels) -> Levels:
    gone = {price: (0, 0) for price in before if price not in after}
    return {**gone, **{price: level for price, level in after.items() if before.get(price) != level}}


def book(symbol: str, currency: str, sides: Sides, *, snapshot: bool, sequence: int | None = None) -> bytes:
    """Levels of a book: all that there are (`snapshot`), or the changed ones."""
    levels = {
        side.lower(): [{"price": price, "amount": amount, "orders": orders} for price, (amount, orders) in each.items()]
        for side, each in sides.items()
    }
    return message("book", {"symbol": symbol, "currency": currency, "snapshot": snapshot, **levels}, sequence=sequence)


def trade(symbol: str, currency: str, seen: SeenTrade) -> bytes:
    average = Average.of(seen.total, seen.amount)
    document: Mapping[str, object] = {
        "sequence": seen.sequence,
        "symbol": symbol,
        "side": seen.side,
        "amount": seen.amount,
        "total": seen.total,
        "currency": currency,
        "average": {"price": average.price, "remainder": average.remainder, "exact": str(average.exact)},
        "created_at": rfc3339(seen.created_at),
        "fills": [{"amount": amount, "price": price} for amount, price in seen.fills],
        "further_fills": seen.further_fills,
    }
    return message("trade", document, sequence=seen.sequence)


def gap(symbol: str, *, after: int, until: int) -> bytes:
    """Trades after the one and up to the other are not told."""
    return message("gap", {"symbol": symbol, "after": after, "until": until}, sequence=until)
