"""What a book's page shows of the book as it is now: rendered with the page, and again every two seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from core.console import link_to, moment
from core.console.parts import NOTHING, form_of
from core.errors import DomainError
from core.money import exponent, format_money, from_minor
from trading.admin.parts import side_badge
from trading.admin.trades import average_in_words
from trading.authorities import PLACE_TRADE
from trading.models import MAX_AMOUNT, Instrument, PriceLevel, Trade
from trading.queries import Walk, available_of, read_book, walk_book
from trading.statuses import Side

CHARTED = 200
LISTED = 15
FILLS_SHOWN = 10
LAST_TRADES = 10
"""Levels of a side in the chart and in the table; fills of a price; trades."""
REPEATED = 1000
"""Fills of a price up to which the page asks for it again by itself."""


@dataclass(frozen=True)
class Asked:
    """A price that somebody asks for, as they wrote it."""

    side: str
    amount: str

    @classmethod
    def by(cls, request: HttpRequest) -> Asked:
        side = request.GET.get("side", Side.BUY)
        return cls(side if side in Side.values else Side.BUY, request.GET.get("amount", "").strip())


def live(request: HttpRequest, instrument: Instrument) -> dict[str, Any]:
    """The book's page as it is now.

    `at` is the time of day; `chart` the points of each side, [price in minor units, amount up to that price]; `parts`
    HTML by the name of its place; `repeat` whether the price is cheap enough to be asked for every two seconds.
    """
    asked = Asked.by(request)
    book = read_book(instrument.symbol, depth=CHARTED)
    sides: dict[str, list[PriceLevel]] = {Side.BUY.value: book.buy, Side.SELL.value: book.sell}
    walk, refusal = _walk(instrument, asked)
    price = {"walk": walk, "refusal": refusal, "asked": asked, "place": _place_address(request, walk)}
    parts: dict[str, dict[str, Any]] = {
        "best": {"rows": _best(instrument, sides)},
        "levels": {"sides": [_side(instrument, side, levels[:LISTED]) for side, levels in sides.items()]},
        "price": {**price, **(_priced(walk) if walk is not None else {})},
        "trades": {"rows": _trades(instrument), "seen": request.user.has_perm("trading.view_trade")},
    }
    return {
        "at": f"{timezone.localtime():%H:%M:%S}",
        "chart": {side: _points(levels) for side, levels in sides.items()},
        "parts": {name: _rendered(name, context) for name, context in parts.items()},
        "repeat": walk is None or len(walk.takes) <= REPEATED,
    }


def axis(instrument: Instrument) -> dict[str, Any]:
    """What the chart says of its prices."""
    return {"currency": instrument.currency, "digits": exponent(instrument.currency)}


def _rendered(name: str, context: dict[str, Any]) -> SafeString:
    return render_to_string(f"admin/trading/{name}.html", context)


def _points(levels: Sequence[PriceLevel]) -> list[list[int]]:
    reached = accumulate(level.amount for level in levels)
    return [[level.price, amount] for level, amount in zip(levels, reached, strict=True)]


def _best(instrument: Instrument, sides: Mapping[str, Sequence[PriceLevel]]) -> list[Sequence[object]]:
    """Side, best price, what is there at that price, what the side has in all."""
    available = available_of(instrument.pk)
    return [
        (
            side_badge(side), format_money(levels[0].price, instrument.currency) if levels else NOTHING,
            f"{levels[0].amount if levels else 0:,}", f"{available[side]:,}",
        )
        for side, levels in sides.items()
    ]  # fmt: skip


def _side(instrument: Instrument, side: str, levels: Sequence[PriceLevel]) -> dict[str, Any]:
    """A side's table. `share` is how far a level reaches into what the table shows, in per cent."""
    points = _points(levels)
    all_of_it = points[-1][1] if points else 1
    rows = [
        {
            "price": format_money(level.price, instrument.currency), "amount": f"{level.amount:,}",
            "reached": f"{reached:,}", "orders": f"{level.orders:,}", "share": round(100 * reached / all_of_it),
        }
        for level, (_, reached) in zip(levels, points, strict=True)
    ]  # fmt: skip
    return {"side": side, "badge": side_badge(side), "rows": rows, "full": len(rows) == LISTED}


def _walk(instrument: Instrument, asked: Asked) -> tuple[Walk | None, str]:
    """The price that was asked for, or why there is none; neither when nothing was asked."""
    if not asked.amount:
        return None, ""
    if not asked.amount.isascii() or not asked.amount.isdecimal() or not 1 <= int(asked.amount[:9]) <= MAX_AMOUNT:
        return None, f"An amount is a whole number from 1 to {MAX_AMOUNT:,}."
    try:
        return walk_book(instrument.symbol, asked.side, int(asked.amount)), ""
    except DomainError as error:
        return None, " ".join(filter(None, [error.detail, error.unblock]))


def _priced(walk: Walk) -> dict[str, Any]:
    rows = [
        (
            link_to("trading.bookorder", take.order.pk, take.order.ref), take.order.source, f"{take.amount:,}",
            format_money(take.order.price, walk.currency), format_money(take.total, walk.currency),
        )
        for take in walk.takes[:FILLS_SHOWN]
    ]  # fmt: skip
    return {
        "amount": f"{walk.amount:,}",
        "total": format_money(walk.total, walk.currency),
        "average": average_in_words(walk.total, walk.amount, walk.currency),
        "available": f"{walk.available:,}",
        "rows": rows,
        "hidden": len(walk.takes) - len(rows),
    }


def _place_address(request: HttpRequest, walk: Walk | None) -> str:
    """The form that places what was priced, at that price or better; nothing for who may not."""
    if walk is None or not PLACE_TRADE.held_by(request.user):
        return ""
    limit = from_minor(walk.total, walk.currency)
    query = {"symbol": walk.symbol, "side": walk.side, "amount": walk.amount, "limit": f"{limit:f}"}
    return form_of("trading.trade", "place", **query)


def _trades(instrument: Instrument) -> list[Sequence[object]]:
    last = Trade.objects.filter(instrument=instrument).select_related("client").order_by("-id")[:LAST_TRADES]
    return [
        (
            link_to("trading.trade", trade.pk, trade), side_badge(trade.side), f"{trade.amount:,}",
            format_money(trade.total, instrument.currency), average_in_words(trade.total, trade.amount,
            instrument.currency), trade.client, moment(trade.created_at),
        )
        for trade in last
    ]  # fmt: skip
