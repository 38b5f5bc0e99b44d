"""Creating orders: placed at once, or as a draft that keeps its stock for a while and is placed later."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings
from django.db import IntegrityError
from django.db.models import Model
from django.utils import timezone

import customers.queries
import inventory.queries
from core.actors import Actor
from core.errors import FieldProblem, InvalidInput, NotFound
from core.ids import new_id
from core.inserts import adopt, insert_together
from core.money import MAX_MINOR
from core.operations import performs
from core.outbox import record, take_recorded
from core.transactions import action, step
from core.versions import version_document
from customers.queries import CustomerSnapshot
from inventory.errors import OutOfStock
from inventory.queries import SellableVariant
from orders.actions.ledger import entries_of, follow, move_money
from orders.actions.locking import lock_order, save_order
from orders.actions.reserve import reserve_lines, reserve_missing
from orders.derivation import derive_statuses
from orders.errors import DuplicateReference
from orders.events import OrderCreated, OrderPlaced
from orders.models import Order, OrderLine
from orders.operations import PLACE
from orders.statuses import LedgerKind, OrderStatus, PaymentTerms
from orders.versions import content_of

MAX_QUANTITY = 1_000_000


@dataclass(frozen=True)
class NewLine:
    """A line as asked for.

    Amounts are minor units for the whole line; without `unit_price` the variant's price holds. Lines of one SKU and
    price become one, unless they are of different lots.
    """

    sku: str
    quantity: int
    unit_price: int | None = None
    discount: int = 0
    tax: int = 0
    lot: str = ""


@dataclass(frozen=True)
class NewOrder:
    """An order as asked for.

    `shipping` is the shipping charge in minor units; a guest has an e-mail and no customer.
    """

    currency: str
    lines: Sequence[NewLine]
    customer_id: uuid.UUID | None = None
    email: str = ""
    external_ref: str | None = None
    shipping: int = 0
    payment_terms: str = PaymentTerms.PREPAID
    shipping_address: Mapping[str, Any] = field(default_factory=dict)
    billing_address: Mapping[str, Any] = field(default_factory=dict)
    shipping_method: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    tags: Sequence[str] = ()
    placed_at: dt.datetime | None = None


@action
def place_order(new: NewOrder, *, client_id: uuid.UUID, actor: Actor) -> Order:
    """Create a placed order: its stock is reserved (or backordered, where the variant lets it wait) and its total
    charged, or nothing happens.

    Raises InvalidInput for unknown SKUs, prices or customers, DuplicateReference, OutOfStock.
    """
    return place(new, client_id=client_id, actor=actor)


@step
def place(new: NewOrder, *, client_id: uuid.UUID, actor: Actor) -> Order:
    """As place_order, for an action of a room above that places an order among other things."""
    order, lines = _build(new, client_id, OrderStatus.PLACED)
    order.placed_at = new.placed_at or order.created_at
    return _create(order, lines, actor)


@action
def create_draft(new: NewOrder, *, client_id: uuid.UUID, actor: Actor) -> Order:
    """Create a draft: its stock is reserved until `reserved_until` and nothing is charged yet.

    Raises as place_order.
    """
    order, lines = _build(new, client_id, OrderStatus.DRAFT)
    order.reserved_until = order.created_at + dt.timedelta(minutes=settings.DRAFT_RESERVATION_MINUTES)
    return _create(order, lines, actor)


@performs(PLACE)
@action
def place_draft(order_id: uuid.UUID, *, actor: Actor, expected_version: int | None = None) -> Order:
    """Turn a draft into a placed order.

    Stock that its expired reservation gave up, or that it waits for, is reserved now, backordered or refused with the
    shortage, as its variants say.
    """
    order = lock_order(order_id, expected_version=expected_version)
    order.place(at=timezone.now())
    reserve_missing(order, actor)
    move_money(order, OrderPlaced(money={LedgerKind.CHARGED.value: order.total}), actor=actor)
    save_order(order, "status", "placed_at", "reserved_until")
    return order


def _create(order: Order, lines: list[OrderLine], actor: Actor) -> Order:
    """Record, reserve, then insert: the order is written once, with the version that its first events gave it."""
    created = _created(order, lines)
    record(created, subject=order, actor=actor)
    charge = entries_of(order, created, actor=actor)
    follow(order, charge)
    derive_statuses(order, lines)
    document = version_document(content_of(order, lines), subject=order)
    _reserve(order, lines, actor)
    _insert(order, *lines, *charge, document, *take_recorded())
    adopt(order, "lines", lines)
    return order


def _reserve(order: Order, lines: Sequence[OrderLine], actor: Actor) -> None:
    try:
        reserve_lines(order, lines, actor)
    except OutOfStock:
        _refuse_duplicate(order)  # The order of that reference may be the one that took the stock.
        raise


def _refuse_duplicate(order: Order) -> None:
    taken = order.external_ref and _order_of_ref(order)
    if taken:
        raise DuplicateReference(str(order.external_ref), taken)


def _insert(order: Order, *belongings: Model) -> None:
    """The order is inserted without money: the trigger of its entries charges it in the same statement."""
    _refuse_duplicate(order)
    charged, order.charged = order.charged, 0
    try:
        insert_together(order, *belongings)
    except IntegrityError as error:
        if "order_ref_once_per_client" in str(error):
            raise DuplicateReference(str(order.external_ref), None) from error
        raise
    order.charged = charged


def _order_of_ref(order: Order) -> uuid.UUID | None:
    same = Order.objects.filter(client_id=order.client_id, external_ref=order.external_ref)
    return same.values_list("pk", flat=True).first()


def _build(new: NewOrder, client_id: uuid.UUID, status: OrderStatus) -> tuple[Order, list[OrderLine]]:
    customer = _customer(client_id, new.customer_id) if new.customer_id else None
    lines = _build_lines(new)
    order = Order(
        id=new_id(),
        client_id=client_id,
        customer_id=new.customer_id,
        email=new.email or (customer.email if customer else ""),
        external_ref=new.external_ref,
        currency=new.currency,
        status=status,
        payment_terms=new.payment_terms,
        shipping=new.shipping,
        shipping_address=new.shipping_address or (customer.default_address if customer else None) or {},
        billing_address=new.billing_address,
        shipping_method=new.shipping_method,
        metadata=new.metadata,
        tags=sorted(set(new.tags)),
        created_at=timezone.now(),
    )
    _total(order, lines)
    for line in lines:
        line.order = order
    return order, lines


def _customer(client_id: uuid.UUID, customer_id: uuid.UUID) -> CustomerSnapshot:
    try:
        return customers.queries.customer_for_order(client_id, customer_id)
    except NotFound:
        raise InvalidInput.at("/customer_id", "unknown_customer", "The storefront has no such customer.") from None


def _build_lines(new: NewOrder) -> list[OrderLine]:
    merged = merge_lines(new.lines)
    offers = inventory.queries.sellable({line.sku for line in merged}, new.currency)
    problems = list(_line_problems(new, offers))
    if problems:
        raise InvalidInput("Some lines cannot be ordered.", errors=problems)
    return [_build_line(position, line, offers[line.sku]) for position, line in enumerate(merged, start=1)]


def merge_lines(lines: Sequence[NewLine]) -> list[NewLine]:
    """One line per SKU, price and lot, in the order in which they first come; quantities, discounts and taxes are
    summed."""
    merged: dict[tuple[str, int | None, str], NewLine] = {}
    for line in lines:
        key = (line.sku, line.unit_price, line.lot)
        same = merged.get(key)
        merged[key] = (
            line
            if same is None
            else replace(
                line,
                quantity=same.quantity + line.quantity,
                discount=same.discount + line.discount,
                tax=same.tax + line.tax,
            )
        )
    return list(merged.values())


def _line_problems(new: NewOrder, offers: Mapping[str, SellableVariant]) -> Iterator[FieldProblem]:
    totals: Counter[tuple[str, int | None]] = Counter()
    for index, line in enumerate(new.lines):
        at = f"/lines/{index}"
        offer = offers.get(line.sku)
        totals[line.sku, line.unit_price] += line.quantity
        if offer is None:
            yield FieldProblem(f"{at}/sku", "unknown_sku", f"No product with SKU {line.sku!r} is on sale.")
            continue
        price = offer.price if line.unit_price is None else line.unit_price
        if price is None:
            yield FieldProblem(f"{at}/sku", "no_price", f"{line.sku} has no price in {new.currency}.")
        elif line.discount > price * line.quantity:
            yield FieldProblem(f"{at}/discount", "too_large", "The discount is larger than the line's amount.")
        if totals[line.sku, line.unit_price] > MAX_QUANTITY:
            yield FieldProblem(f"{at}/quantity", "too_large", f"At most {MAX_QUANTITY:,} units of one SKU in an order.")


def _build_line(position: int, line: NewLine, offer: SellableVariant) -> OrderLine:
    unit_price = line.unit_price if line.unit_price is not None else offer.price or 0
    return OrderLine(
        position=position,
        variant_id=offer.id,
        sku=offer.sku,
        name=offer.name,
        unit_price=unit_price,
        quantity=line.quantity,
        discount=line.discount,
        tax=line.tax,
        total=unit_price * line.quantity - line.discount + line.tax,
    )


def _total(order: Order, lines: Sequence[OrderLine]) -> None:
    order.subtotal = sum(line.unit_price * line.quantity for line in lines)
    order.discount = sum(line.discount for line in lines)
    order.tax = sum(line.tax for line in lines)
    order.total = order.subtotal - order.discount + order.tax + order.shipping
    if order.total > MAX_MINOR or order.subtotal > MAX_MINOR:
        raise InvalidInput.at("/lines", "too_large", "The order's total is too large.")


def _created(order: Order, lines: Sequence[OrderLine]) -> OrderCreated:
    return OrderCreated(
        status=order.status,
        currency=order.currency,
        total=order.total,
        customer_id=order.customer_id,
        lines=[{"sku": line.sku, "quantity": line.quantity, "total": line.total} for line in lines],
        money={LedgerKind.CHARGED.value: order.total} if order.placed_at else {},
    )
