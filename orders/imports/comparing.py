"""An invoice of a file against the order that has its number already, as that was when it came."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import customers.queries
from core.money import format_money
from core.versions import document_as_of
from orders.imports.reading import CURRENCY, Invoice
from orders.models import Order

_TOLD_AT_MOST = 3


def differences(invoice: Invoice, order: Order) -> str:
    """What is stored and what the file says instead, in words; empty when they agree.

    What was redacted since, because somebody is forgotten, is not compared.
    """
    found = document_as_of(Order.subject_type, order.pk, 1)
    document: dict[str, Any] = found.document if found else {}
    told = [
        *(_person(invoice, order, document) if found and not found.redacted_at else ()),
        *_facts(invoice, order, document),
        *_lines(invoice, document),
    ]
    told = told or [*_total(invoice, document)]
    more = len(told) - _TOLD_AT_MOST
    return "; ".join([*told[:_TOLD_AT_MOST], *([f"and {more} more"] if more > 0 else [])])


def _person(invoice: Invoice, order: Order, document: dict[str, Any]) -> Iterator[str]:
    if document["customer_id"] != _customer(invoice, order.client_id):
        yield f"a customer other than {invoice.customer_ref or 'none'}"
    country = document["metadata"].get("country")
    if country != invoice.country:
        yield f"country {country or 'none'} stored, {invoice.country or 'none'} in the file"


def _customer(invoice: Invoice, client_id: uuid.UUID) -> str | None:
    if not invoice.customer_ref:
        return None
    customer_id = customers.queries.customer_id_of_ref(client_id, invoice.customer_ref)
    return str(customer_id or "unknown")


def _facts(invoice: Invoice, order: Order, document: dict[str, Any]) -> Iterator[str]:
    if order.placed_at != invoice.placed_at:
        yield f"placed at {order.placed_at:%Y-%m-%d %H:%M} UTC stored, {invoice.placed_at:%Y-%m-%d %H:%M} in the file"
    if order.currency != CURRENCY:
        yield f"currency {order.currency} stored, {CURRENCY} in the file"
    yield from _amount("shipping", document.get("shipping", 0), invoice.shipping)


def _lines(invoice: Invoice, document: dict[str, Any]) -> Iterator[str]:
    stored = _units((line["sku"], line["unit_price"], line["quantity"]) for line in document.get("lines", ()))
    asked = _units((line.sku, line.unit_price or 0, line.quantity) for line in invoice.lines)
    for sku, price in dict.fromkeys([*stored, *asked]):
        there, here = stored[sku, price], asked[sku, price]
        if there != here:
            yield f"{sku} at {format_money(price, CURRENCY)}: {there} units stored, {here} in the file"


def _total(invoice: Invoice, document: dict[str, Any]) -> Iterator[str]:
    """Of an order with discounts or taxes, which a file has not."""
    yield from _amount("total", document.get("total", 0), invoice.total)


def _amount(what: str, stored: int, asked: int) -> Iterator[str]:
    if stored != asked:
        yield f"{what} {format_money(stored, CURRENCY)} stored, {format_money(asked, CURRENCY)} in the file"


def _units(lines: Iterator[Sequence[Any]]) -> Counter[tuple[str, int]]:
    units: Counter[tuple[str, int]] = Counter()
    for sku, price, quantity in lines:
        units[sku, price] += quantity
    return units
