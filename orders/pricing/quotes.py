"""Quotes: what an order would cost, signed, so that it can be placed at that or be refused."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.core.signing import BadSignature, dumps, loads

import inventory.queries
import pricing.queries
from core.errors import InvalidInput
from core.money import format_money
from inventory.queries import Sourcing
from orders.pricing.asked import NewOrder
from orders.pricing.errors import QuoteChanged
from orders.pricing.prices import PricedOrder, price_order
from pricing.queries import Option, Unfit

_SALT = "orders.quote"
_OF_A_LINE = ("quantity", "unit_price", "discount", "surcharge", "tax", "tax_included", "total")
_TOLD_AT_MOST = 20

StockState = Literal["in_stock", "backorder", "preorder", "out_of_stock"]
"""Whether all units of a line are there; if not, whether it can be ordered nevertheless."""

_WITHOUT: Mapping[str, StockState] = {"refuse": "out_of_stock", "backorder": "backorder", "preorder": "preorder"}
"""Stock policy → what is told of a line that falls short."""


@dataclass(frozen=True)
class Change:
    """One amount, count or word that differs: `what` is where it stands in a quote."""

    what: str
    quoted: Any
    now: Any


def sign_quote(priced: PricedOrder) -> str:
    """What the order comes to, line by line, as a text that only we can write."""
    return dumps(_figures(priced), salt=_SALT, compress=True)


def require_as_quoted(priced: PricedOrder) -> None:
    """Raises QuoteChanged, with each difference, when the order would cost something else than its quote says."""
    try:
        quoted: dict[str, Any] = loads(priced.new.quote, salt=_SALT)
    except BadSignature:
        raise InvalidInput.at("/quote", "unknown_quote", "This is not a quote of ours, or it was cut.") from None
    changes = list(_changes(quoted, _figures(priced)))
    if not changes:
        return
    currency = priced.basket.currency
    was, now = (format_money(amount, currency) for amount in (quoted["total"], priced.calculation.total))
    told = (
        f"It was quoted at {was} and comes to {now} now."
        if was != now
        else "The total is the same; parts of it aren't."
    )
    raise QuoteChanged(
        told,
        unblock="Show the customer what changed, and place it with a new quote.",
        changes=[change.__dict__ for change in changes[:_TOLD_AT_MOST]],
        changes_omitted=max(len(changes) - _TOLD_AT_MOST, 0),
    )


def _figures(priced: PricedOrder) -> dict[str, Any]:
    calculation = priced.calculation
    lines = zip(priced.basket.items, calculation.lines, strict=True)
    return {
        "currency": calculation.currency,
        "lines": [[item.sku, *(getattr(line, name) for name in _OF_A_LINE)] for item, line in lines],
        "delivery": _delivery(priced),
        "taxes": [
            [tax.name, None if tax.rate is None else str(tax.rate), tax.amount] for tax in calculation.tax_totals
        ],
        "rounding": calculation.rounding,
        "total": calculation.total,
    }


def _delivery(priced: PricedOrder) -> list[Any] | None:
    charge = priced.calculation.delivery
    return None if charge is None else [charge.method, charge.price, charge.discount, charge.tax, charge.total]


def _changes(quoted: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Change]:
    for index in range(max(len(quoted["lines"]), len(now["lines"]))):
        yield from _line_changes(f"/lines/{index}", _at(quoted["lines"], index), _at(now["lines"], index))
    for what in ("currency", "delivery", "taxes", "rounding", "total"):
        if quoted[what] != now[what]:
            yield Change(f"/{what}", quoted[what], now[what])


def _line_changes(at: str, quoted: Sequence[Any] | None, now: Sequence[Any] | None) -> Iterator[Change]:
    if quoted is None or now is None:
        yield Change(at, quoted and quoted[0], now and now[0])
        return
    for name, before, after in zip(("sku", *_OF_A_LINE), quoted, now, strict=True):
        if before != after:
            yield Change(f"{at}/{name}", before, after)


def _at(rows: Sequence[Sequence[Any]], index: int) -> Sequence[Any] | None:
    return rows[index] if index < len(rows) else None


@dataclass(frozen=True)
class Stock:
    """How many units of one line there are now, from when on all of them can be expected, and between which days the
    delivery method that is chosen brings them then.
    """

    available: int
    state: StockState
    expected_on: dt.date | None
    arrives_from: dt.date | None
    arrives_by: dt.date | None


@dataclass(frozen=True)
class Quote:
    """What an order would cost, how it can be delivered, and what of it is there. Nothing is kept for it."""

    priced: PricedOrder
    stock: Sequence[Stock]
    fit: Sequence[Option]
    unfit: Sequence[Unfit]
    text: str


def quote_order(new: NewOrder, client_id: uuid.UUID) -> Quote:
    """Raises InvalidInput as price_order. Codes that don't apply are told with why, and refuse nothing."""
    priced = price_order(new, client_id)
    rules = pricing.queries.rules_of(client_id, priced.mark)
    fit, unfit = pricing.queries.delivery_options(priced.basket, rules, priced.calculation.lines)
    return Quote(priced, _stock(priced, _chosen(priced, fit)), fit, unfit, sign_quote(priced))


def _chosen(priced: PricedOrder, fit: Sequence[Option]) -> Option | None:
    delivery = priced.calculation.delivery
    return next((option for option in fit if delivery is not None and option.code == delivery.method), None)


def _stock(priced: PricedOrder, method: Option | None) -> list[Stock]:
    """Lines of one variant share its units, the first first."""
    today = priced.storefront.day_of(priced.basket.at)
    wanted: Counter[uuid.UUID] = Counter()
    for item in priced.basket.items:
        wanted[item.variant_id] += item.quantity
    sourcing = Sourcing.of(priced.storefront.sourcing, priced.shipping_address)
    offered = inventory.queries.offered(wanted, sourcing)
    taken: Counter[uuid.UUID] = Counter()
    found = []
    for item in priced.basket.items:
        left = max(offered[item.variant_id].units - taken[item.variant_id], 0)
        taken[item.variant_id] += item.quantity
        there = item.quantity <= left
        state = "in_stock" if there else _WITHOUT[offered[item.variant_id].stock_policy]
        day = today if there else inventory.queries.expected_on(offered[item.variant_id], today)
        found.append(Stock(left, state, day, *_arrival(day, method)))
    return found


def _arrival(day: dt.date | None, method: Option | None) -> tuple[dt.date | None, dt.date | None]:
    """Between which days what is there from `day` on arrives; None where the method promises nothing."""
    if day is None or method is None or method.min_days is None or method.max_days is None:
        return None, None
    return day + dt.timedelta(days=method.min_days), day + dt.timedelta(days=method.max_days)
