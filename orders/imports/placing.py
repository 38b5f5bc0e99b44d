"""Turns read invoices into orders through the same actions as the API.

Each call may be repeated, or cut off, at any point.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import customers.actions
import inventory.actions
import inventory.queries
from core.actors import Actor
from inventory.actions import NewVariant, StockItem
from orders.actions import NewOrder, place_order
from orders.imports.reading import CURRENCY, Invoice
from orders.models import Order
from orders.statuses import PaymentTerms


@dataclass(frozen=True)
class Target:
    """Where imported orders go: the storefront that owns them, the location that stocks them; and who asked for it."""

    client_id: uuid.UUID
    location_id: uuid.UUID
    actor: Actor


def ensure_location(code: str, *, actor: Actor) -> uuid.UUID:
    """The location that stocks imported orders, made when unknown."""
    known = inventory.queries.location_ids([code]).get(code)
    return known or inventory.actions.create_location(code=code, name=code.title(), actor=actor).pk


def prepare_catalogue(invoices: Iterable[Invoice], *, actor: Actor) -> dict[str, uuid.UUID]:
    """Make sure that every SKU of the invoices exists, at the first price seen; returns variant ids by SKU."""
    wanted: dict[str, NewVariant] = {}
    for invoice in invoices:
        for line in invoice.lines:
            prices = {CURRENCY: line.unit_price or 0}
            wanted.setdefault(line.sku, NewVariant(line.sku, invoice.names[line.sku], prices))
    return inventory.actions.ensure_catalogue(list(wanted.values()), actor=actor)


def already_there(target: Target, invoices: Sequence[Invoice]) -> set[str]:
    """The numbers of those invoices that are orders of the storefront already."""
    numbers = [invoice.number for invoice in invoices]
    known = Order.objects.filter(client_id=target.client_id, external_ref__in=numbers)
    return {str(ref) for ref in known.values_list("external_ref", flat=True)}


def prepare(invoice: Invoice, target: Target, variants: dict[str, uuid.UUID]) -> uuid.UUID | None:
    """Make sure of its customer, and receive the stock that it lacks; returns the customer, None of a guest."""
    customer_id = _customer(invoice, target) if invoice.customer_ref else None
    _receive_what_is_short(invoice, target, variants)
    return customer_id


def place_invoice(invoice: Invoice, target: Target, customer_id: uuid.UUID | None) -> Order:
    """Place a prepared invoice as an order on account. Raises what place_order raises."""
    new = NewOrder(
        currency=CURRENCY,
        lines=invoice.lines,
        customer_id=customer_id,
        external_ref=invoice.number,
        shipping=invoice.shipping,
        payment_terms=PaymentTerms.ON_ACCOUNT,
        metadata={"country": invoice.country},
        placed_at=invoice.placed_at,
    )
    return place_order(new, client_id=target.client_id, actor=target.actor)


def _customer(invoice: Invoice, target: Target) -> uuid.UUID:
    return customers.actions.ensure_customer(
        client_id=target.client_id,
        external_ref=invoice.customer_ref,
        name=f"Customer {invoice.customer_ref}",
        actor=target.actor,
    )


def _receive_what_is_short(invoice: Invoice, target: Target, variants: dict[str, uuid.UUID]) -> None:
    wanted: dict[uuid.UUID, int] = {}
    for line in invoice.lines:
        wanted[variants[line.sku]] = wanted.get(variants[line.sku], 0) + line.quantity
    free = inventory.queries.available(wanted)
    short = [
        StockItem(variant_id, target.location_id, quantity - free[variant_id])
        for variant_id, quantity in wanted.items()
        if quantity > free[variant_id]
    ]
    if short:
        inventory.actions.receive(short, note=f"For invoice {invoice.number}", actor=target.actor)
