"""Orders in any state, made by the real actions alone, and what a refusal must leave alone."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from core.actors import Actor
from core.json import to_json
from core.models import Client, Delivery, Event
from core.versions import document_as_of
from inventory.actions import NewVariant, StockItem, create_location, create_product, receive
from inventory.models import Location, StockLevel, Variant
from inventory.queries import stock_discrepancies
from orders.actions import (
    NewLine,
    NewOrder,
    cancel_order,
    complete_order,
    create_draft,
    place_order,
    record_payment,
    release_order,
)
from orders.models import Order
from orders.payments.models import LedgerEntry, Payment
from orders.queries import verification
from orders.statuses import OrderStatus
from orders.versions import content_of
from shipping.actions import deliver_shipment, dispatch_shipment, open_shipments
from shipping.models import Shipment
from tests.factories.core import a_client, cause
from tests.factories.watching import everything as everything
from tests.factories.watching import nothing_changes as nothing_changes
from tests.factories.watching import refused as refused
from tests.factories.watching import refused_by_the_database as refused_by_the_database

ACTOR = Actor.system("test")
UNITS = {"A": 3, "B": 2}
PRICES = {"A": 250, "B": 1_000}
TOTAL = 3 * 250 + 2 * 1_000
"""What an order of UNITS costs at PRICES, in cents."""

_references = itertools.count(1)


def stock_up(units: Mapping[str, int], *, location: str = "MAIN", currency: str = "EUR") -> dict[str, Variant]:
    """Receive so many units by SKU; what is unknown is made, at PRICES or 100 cents."""
    place = Location.objects.filter(code=location).first() or create_location(
        code=location, name=location.title(), priority=Location.objects.count() + 1, actor=ACTOR
    )
    for sku in units:
        if not Variant.objects.filter(sku=sku).exists():
            variant = NewVariant(sku, f"Product {sku}", {currency: PRICES.get(sku, 100)})
            create_product(name=variant.name, variants=[variant], actor=ACTOR)
    variants = {variant.sku: variant for variant in Variant.objects.filter(sku__in=units)}
    receive([StockItem(variants[sku].pk, place.pk, count) for sku, count in units.items()], actor=ACTOR)
    return variants


def new_order(units: Mapping[str, int] | None = None, **fields: Any) -> NewOrder:
    lines = [NewLine(sku, quantity) for sku, quantity in (units or UNITS).items()]
    return NewOrder(**{"currency": "EUR", "lines": lines, "email": "ann@example.com", **fields})


def a_draft(client: Client | None = None, units: Mapping[str, int] | None = None, **fields: Any) -> Order:
    """A draft whose stock was received for it."""
    stock_up(units or UNITS)
    return create_draft(new_order(units, **fields), client_id=(client or a_client()).pk, actor=ACTOR)


def a_placed_order(client: Client | None = None, units: Mapping[str, int] | None = None, **fields: Any) -> Order:
    """A placed order, unpaid and not on account, whose stock was received for it."""
    stock_up(units or UNITS)
    return place_order(new_order(units, **fields), client_id=(client or a_client()).pk, actor=ACTOR)


def pay(order: Order, amount: int | None = None) -> Payment:
    """All that is due, by default."""
    due = Order.objects.get(pk=order.pk).due if amount is None else amount
    return record_payment(order.pk, method="bank_transfer", amount=due, reference=f"T{next(_references)}", actor=ACTOR)


def an_order(status: str, client: Client | None = None, units: Mapping[str, int] | None = None) -> Order:
    """An order of this status, as fresh from the database; from processing on it is paid."""
    if status == OrderStatus.DRAFT:
        return reload(a_draft(client, units))
    order = a_placed_order(client, units)
    if status == OrderStatus.CANCELLED:
        return cancel_order(order.pk, reason="Changed their mind", actor=ACTOR)
    path = [OrderStatus.PROCESSING, OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.COMPLETED]
    for reached in path[: path.index(OrderStatus(status)) + 1 if status in path else 0]:
        _advance(order, reached)
    return reload(order)


def _advance(order: Order, status: str) -> None:
    if status == OrderStatus.PROCESSING:
        pay(order)
        release_order(order.pk, actor=ACTOR)
    elif status == OrderStatus.SHIPPED:
        for shipment in open_shipments(order.pk, actor=ACTOR):
            dispatch_shipment(shipment.pk, carrier="Royal Mail", tracking_number="RM1", actor=ACTOR)
    elif status == OrderStatus.DELIVERED:
        for shipment in Shipment.objects.filter(order_id=order.pk):
            deliver_shipment(shipment.pk, actor=ACTOR)
    else:
        complete_order(order.pk, actor=ACTOR)


def reload(order: Order) -> Order:
    return Order.objects.prefetch_related("lines").get(pk=order.pk)


def ledger(order: Order | UUID) -> list[tuple[str, int]]:
    """(kind, amount) of every entry, oldest first."""
    pk = order.pk if isinstance(order, Order) else order
    return list(LedgerEntry.objects.filter(order_id=pk).order_by("version", "id").values_list("kind", "amount"))


def versions(order: Order) -> list[int]:
    return list(Event.objects.filter(subject_id=order.pk).order_by("version").values_list("version", flat=True))


def said_by(order: Order) -> Any:
    """What a version document of the order as it is now holds."""
    return to_json(content_of(order, order.lines.all()))


def as_of(order: Order, version: int) -> Any:
    """What the order's document held at a version."""
    found = document_as_of("order", order.pk, version)
    return found.document if found else None


def stock() -> dict[str, tuple[int, int]]:
    """SKU → (on hand, reserved), of all locations."""
    found: dict[str, tuple[int, int]] = {}
    for sku, on_hand, reserved in StockLevel.objects.values_list("variant__sku", "on_hand", "reserved"):
        before = found.get(sku, (0, 0))
        found[sku] = (before[0] + on_hand, before[1] + reserved)
    return found


def assert_everything_adds_up() -> None:
    """Counters and columns against both ledgers, and every order's events gap-free up to its version."""
    orders = list(Order.objects.prefetch_related("lines", "payments"))
    assert verification.discrepancies_of(orders) == []
    assert stock_discrepancies() == []
    for order in orders:
        assert versions(order) == list(range(1, order.version + 1))
        assert as_of(order, order.version) == said_by(order)


def deliveries(order: Order) -> dict[str, str]:
    """handler and event type → status."""
    rows = Delivery.objects.filter(subject_id=order.pk).values_list("target", "event__type", "status")
    return {f"{handler} {type_}": status for handler, type_, status in rows}


BY_ENTRY = "moves only by inserting a ledger entry"
"""How the database refuses to move money in any other way."""


def enter(of: Order | Payment, **money: int) -> None:
    """Entries planted into the ledger, their trigger on."""
    order_id, payment = (of.order_id, of) if isinstance(of, Payment) else (of.pk, None)
    for kind, amount in money.items():
        LedgerEntry.objects.create(order_id=order_id, payment=payment, kind=kind, amount=amount, **cause())
    of.refresh_from_db()
