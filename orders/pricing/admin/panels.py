"""The panels of an order's page that show why it costs what it does."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from core.console import Panel
from core.money import format_money
from orders.models import Order
from orders.pricing.models import Adjustment, TaxTotal
from pricing.queries import Adjustment as Change
from pricing.queries import TaxTotal as Calculated

TAX_HEADERS = ("Tax", "Rate", "Net", "Tax amount", "How", "Why")


def prices_panel(order: Order) -> Panel:
    rows = [
        (_of(each), each.label, percent(each.rate), amount_of(each, order.currency), each.reason)
        for each in order.adjustments.all()
    ]
    headers = ("Of", "What", "Rate", "Amount", "Why")
    empty = "Nothing but its prices: no discount, tax or surcharge."
    return Panel("Price adjustments", headers, rows, numeric={2, 3}, empty=empty, aside=not rows, anchor="prices")


def taxes_panel(order: Order) -> Panel:
    rows = [tax_row(tax, order.currency) for tax in order.tax_totals.all()]
    return Panel("Taxes", TAX_HEADERS, rows, numeric={1, 2, 3}, empty="No tax.", aside=not rows)


def tax_row(tax: TaxTotal | Calculated, currency: str) -> Sequence[object]:
    """All of one rate, stored or calculated, under TAX_HEADERS."""
    return (
        tax.name,
        percent(tax.rate),
        format_money(tax.taxable, currency),
        format_money(tax.amount, currency),
        "In the prices" if tax.included else "On top",
        " ".join(filter(None, (tax.reason.replace("_", " "), tax.given))),
    )


def percent(rate: Decimal | None) -> str:
    """0.190000 → "19 %"; empty without a rate."""
    return "" if rate is None else f"{(rate * 100).normalize():f} %"


def amount_of(each: Adjustment | Change, currency: str) -> str:
    told = format_money(each.amount, currency)
    return f"{told}, in the price" if each.included else told


def _of(each: Adjustment) -> str:
    if each.line:
        return f"{each.line.position}. {each.line.sku}"
    return each.delivery.name if each.delivery else "The whole order"
