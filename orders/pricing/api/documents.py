"""Quotes and prices as JSON values. Amounts are minor units; rates are decimals as text."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from orders.pricing.models import Adjustment, DeliveryCharge, TaxTotal
from orders.pricing.quotes import Quote, Stock
from pricing.queries import Adjustment as Calculated
from pricing.queries import CalculatedDelivery, CalculatedLine, Calculation

_ADJUSTMENT = ("kind", "code", "label", "amount", "included", "reason", "offer_id")
_SUMS = ("discount", "surcharge", "tax", "tax_included", "total")
_TAX = ("name", "taxable", "amount", "included", "reason")


def quote_document(quote: Quote) -> dict[str, Any]:
    calculation = quote.priced.calculation
    items = zip(quote.priced.basket.items, calculation.lines, quote.stock, strict=True)
    return {
        "currency": calculation.currency,
        "lines": [{"sku": item.sku, **_line(line), **_stock(stock)} for item, line, stock in items],
        "delivery": _delivery(calculation.delivery),
        "delivery_options": [
            {
                "code": option.code, "name": option.name, "kind": option.kind, "price": option.price,
                "includes_tax": option.includes_tax, "location_id": option.location_id, "why": option.why,
            }
            for option in quote.fit
        ],
        "delivery_refused": [{"code": each.code, "name": each.name, "why": each.why} for each in quote.unfit],
        "offers_applied": [_applied(each) for each in calculation.applied],
        "offers_refused": [asdict(each) for each in calculation.refused],
        "taxes": [tax_document(tax) for tax in calculation.tax_totals],
        **_sums(calculation),
        "quote": quote.text,
    }  # fmt: skip


def _line(line: CalculatedLine) -> dict[str, Any]:
    return {
        "quantity": line.quantity,
        "unit_price": line.unit_price,
        "price": asdict(line.price),
        **{name: getattr(line, name) for name in _SUMS},
        "adjustments": [adjustment_document(each) for each in line.adjustments],
    }


def _stock(stock: Stock) -> dict[str, Any]:
    return {
        "available": stock.available, "stock": stock.state, "expected_on": stock.expected_on,
        "arrives_from": stock.arrives_from, "arrives_by": stock.arrives_by,
    }  # fmt: skip


def _delivery(charge: CalculatedDelivery | None) -> dict[str, Any] | None:
    if charge is None:
        return None
    return {
        "method": charge.method, "name": charge.name, "kind": charge.kind, "location_id": charge.location_id,
        "price": charge.price, **{name: getattr(charge, name) for name in _SUMS},
        "adjustments": [adjustment_document(each) for each in charge.adjustments],
    }  # fmt: skip


def _applied(offer: Any) -> dict[str, Any]:
    return {
        "offer_id": offer.offer_id, "code": offer.code, "label": offer.label,
        "amount": sum(offer.by_line.values()), "free_delivery": offer.free_delivery,
    }  # fmt: skip


def _sums(calculation: Calculation) -> dict[str, Any]:
    parts = list(calculation.parts())
    sums = {name: sum(getattr(part, name) for part in parts) for name in _SUMS if name != "total"}
    return {
        "subtotal": calculation.subtotal, **sums,
        "shipping": calculation.delivery.price if calculation.delivery else 0,
        "rounding": calculation.rounding, "total": calculation.total,
    }  # fmt: skip


def adjustment_document(each: Adjustment | Calculated) -> dict[str, Any]:
    return {**{name: getattr(each, name) for name in _ADJUSTMENT}, "rate": rate_text(each.rate)}


def tax_document(tax: Any) -> dict[str, Any]:
    """Of a tax of a calculation or of a row of orders_taxtotal."""
    return {**{name: getattr(tax, name) for name in _TAX}, "rate": rate_text(tax.rate)}


def rate_text(rate: Decimal | None) -> str | None:
    """0.190000 → "0.19"; a rate that is a fraction of the amount that it is of."""
    return None if rate is None else f"{rate.normalize():f}"


def prices_by_order(order_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[dict[str, Any]]]:
    """What `?expand=prices` adds to orders: adjustments of lines and delivery, the delivery charge, taxes by rate."""
    adjustments = _by_order(Adjustment.objects.filter(order_id__in=order_ids))
    deliveries = _by_order(DeliveryCharge.objects.filter(order_id__in=order_ids))
    totals = _by_order(TaxTotal.objects.filter(order_id__in=order_ids))
    return {
        order_id: [
            {
                "adjustments": [
                    {"line_id": each.line_id, "delivery_id": each.delivery_id, **adjustment_document(each)}
                    for each in adjustments[order_id]
                ],
                "deliveries": [stored_delivery(each) for each in deliveries[order_id]],
                "taxes": [tax_document(each) for each in totals[order_id]],
            }
        ]
        for order_id in order_ids
    }


def stored_delivery(charge: DeliveryCharge) -> dict[str, Any]:
    names = ("id", "method", "name", "kind", "location_id", "price", *_SUMS)
    return {name: getattr(charge, name) for name in names}


def _by_order(rows: Iterable[Any]) -> defaultdict[uuid.UUID, list[Any]]:
    found: defaultdict[uuid.UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.order_id].append(row)
    return found
