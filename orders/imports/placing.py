"""Turns a read invoice into an order with all that it needs: its products, its customer and its stock, or nothing."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass

import customers.actions
import inventory.actions
import inventory.queries
from core.actors import Actor
from core.errors import InvalidInput
from core.jobs.kinds import Outcome
from core.locks import transaction_lock
from core.transactions import StartOver, action, step
from customers.errors import CustomerExists
from inventory.actions import NewVariant
from inventory.errors import SkuTaken
from inventory.queries import Sourcing
from orders.actions import NewOrder, place
from orders.errors import DuplicateReference
from orders.imports.comparing import differences
from orders.imports.reading import CURRENCY, Credit, Invoice, rejected_rows
from orders.models import Order
from orders.statuses import Handover, PaymentTerms
from stored_value.actions import give_credit_once
from storefronts.queries import settings_of


@dataclass(frozen=True)
class Target:
    """Where imported orders go: the storefront that owns them, the location that stocks them; and who asked for it."""

    client_id: uuid.UUID
    location_id: uuid.UUID
    actor: Actor


def ensure_location(code: str, *, actor: Actor) -> uuid.UUID:
    """The location that stocks imported orders, made when unknown. Raises InvalidInput for one that is inactive."""
    if active := inventory.queries.active_location_ids([code]).get(code):
        return active
    if inventory.queries.location_ids([code]):
        raise InvalidInput(
            f"Location {code} is inactive: what it has is not sold.", unblock="Activate it, or name another."
        )
    return inventory.actions.create_location(code=code, name=code.title(), actor=actor).pk


@action
def bring_in(invoice: Invoice, target: Target) -> Outcome:
    """Place the invoice as an order on account, and receive the stock that it lacks, in one transaction.

    An order that has its number stays as it is: one of the same content counts as unchanged, another one sets the
    invoice aside. One invoice is brought in at a time, whatever storefront it is of: they share products and stock.
    Raises what placing an order raises, and StartOver when somebody else made the same rows in this instant.
    """
    transaction_lock("orders.import")
    order = Order.objects.filter(client_id=target.client_id, external_ref=invoice.number).first()
    if order is not None:
        return _compared(invoice, order)
    try:
        _place(invoice, target)
    except (SkuTaken, CustomerExists, DuplicateReference):
        raise StartOver from None
    return Outcome(added=1)


@action
def bring_in_credit(invoice: Credit, target: Target) -> Outcome:
    """Give what a credit invoice says as store credit to its customer, once. Raises CreditDiffers, and StartOver when
    somebody else made the same rows in this instant.
    """
    transaction_lock("orders.import")
    try:
        is_new = give_credit_once(
            client_id=target.client_id,
            customer_id=_customer(invoice, target),
            currency=CURRENCY,
            amount=invoice.amount,
            reference=invoice.number,
            actor=target.actor,
        )
    except CustomerExists:
        raise StartOver from None
    return Outcome(added=1) if is_new else Outcome(unchanged=1)


def _compared(invoice: Invoice, order: Order) -> Outcome:
    found = differences(invoice, order)
    if not found:
        return Outcome(unchanged=1)
    reason = f"invoice {invoice.number} is order {order} already, and differs: {found}"
    return Outcome(rejected=rejected_rows(invoice.rows, "order_exists", reason))


@step
def _place(invoice: Invoice, target: Target) -> None:
    customer_id = _customer(invoice, target) if invoice.customer_ref else None
    _receive(invoice, target, _variants(invoice, target.actor))
    new = NewOrder(
        currency=CURRENCY,
        lines=invoice.lines,
        customer_id=customer_id,
        external_ref=invoice.number,
        shipping=invoice.shipping,
        payment_terms=PaymentTerms.ON_ACCOUNT,
        # A file of invoices says of the address no more than the country.
        handover=Handover.IN_PERSON,
        metadata={"country": invoice.country},
        placed_at=invoice.placed_at,
    )
    place(new, client_id=target.client_id, actor=target.actor)


def _variants(invoice: Invoice, actor: Actor) -> dict[str, uuid.UUID]:
    """SKU → its variant, made at the price of the invoice when unknown."""
    wanted = [NewVariant(sku, invoice.names[sku], {CURRENCY: price}) for sku, price in sorted(invoice.prices.items())]
    return inventory.actions.ensure_variants(wanted, actor=actor)


def _receive(invoice: Invoice, target: Target, variants: dict[str, uuid.UUID]) -> None:
    wanted: Counter[uuid.UUID] = Counter()
    for line in invoice.lines:
        wanted[variants[line.sku]] += line.quantity
    note = f"For invoice {invoice.number}"
    sourcing = Sourcing.of(settings_of(target.client_id).sourcing, {})
    inventory.actions.receive_missing(wanted, target.location_id, sourcing=sourcing, note=note, actor=target.actor)


def _customer(invoice: Invoice | Credit, target: Target) -> uuid.UUID:
    return customers.actions.ensure_customer(
        client_id=target.client_id,
        external_ref=invoice.customer_ref,
        name=f"Customer {invoice.customer_ref}",
        actor=target.actor,
    )
