"""Orders in any state, made by the real actions alone, and what a refusal must leave alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from factory.declarations import LazyAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from core.actors import Actor
from core.json import to_json
from core.models import Client, Delivery, Event
from core.versions import document_as_of
from inventory.models import StockLevel
from inventory.queries import stock_discrepancies
from orders.actions import (
    Asked,
    NewLine,
    NewOrder,
    cancel_order,
    capture_payment_of,
    complete_order,
    create_draft,
    pay_by_card,
    place_order,
    record_payment,
    refund_items,
    release_order,
    settle_attempt,
)
from orders.models import Order
from orders.payments.gateways import Answer, Outcome
from orders.payments.models import LedgerEntry, Payment, PaymentAttempt
from orders.queries import verification
from orders.refunds.models import Refund
from orders.statuses import OrderStatus
from orders.versions import content_of
from shipping.actions import deliver_shipment, dispatch_shipment, open_shipments
from shipping.models import Shipment
from tests.factories.core import ActionFactory, ClientFactory, a_client, cause, given
from tests.factories.inventory import stock_up, that_waits
from tests.factories.staff import a_person

ACTOR = Actor.system("test")
UNITS = {"A": 3, "B": 2}
ADDRESS = {"name": "Ann", "line1": "1 High St", "city": "Leeds", "country": "GB"}
TOTAL = 3 * 250 + 2 * 1_000
"""What an order of UNITS costs in cents."""


def new_order(units: Mapping[str, int] | None = None, **fields: Any) -> NewOrder:
    lines = [NewLine(sku, quantity) for sku, quantity in (units or UNITS).items()]
    return NewOrder(
        **{"currency": "EUR", "lines": lines, "email": "ann@example.com", "shipping_address": ADDRESS, **fields}
    )


class EmptyOrderFactory(DjangoModelFactory[Order]):
    """A draft without lines, made without an event: enough to be a subject, and what reservations are for."""

    class Meta:
        model = Order

    client = SubFactory(ClientFactory)
    currency = "EUR"


class OrderFactory(ActionFactory[Order]):
    """A placed order, unpaid and not on account, or its draft; `stocked`: its units are received for it."""

    class Meta:
        model = Order

    client = SubFactory(ClientFactory)
    units: Mapping[str, int] = UNITS
    placed = True
    stocked = True

    @classmethod
    def act(cls, client: Client, units: Mapping[str, int], placed: bool, stocked: bool, **fields: Any) -> Order:
        if stocked:
            stock_up(units)
        return (place_order if placed else create_draft)(new_order(units, **fields), client_id=client.pk, actor=ACTOR)


class PaymentFactory(ActionFactory[Payment]):
    """A captured payment of all that its order has due; of another amount, whatever is due."""

    class Meta:
        model = Payment

    order = SubFactory(OrderFactory)
    method = "bank_transfer"
    amount = LazyAttribute(lambda payment: Order.objects.get(pk=payment.order.pk).due)
    reference = Sequence(lambda number: f"T{number}")
    allow_overpayment = True

    @classmethod
    def act(cls, order: Order, **fields: Any) -> Payment:
        return record_payment(order.pk, actor=ACTOR, **fields)


class UncapturedPaymentFactory(DjangoModelFactory[Payment]):
    """A payment in its first status, made without an event."""

    class Meta:
        model = Payment

    order = SubFactory(OrderFactory)
    method = "cash"
    amount = 100


def an_empty_order(client: Client | None = None) -> Order:
    """A draft without lines, and without an event."""
    return EmptyOrderFactory.create(**given(client=client))


def empty_orders(count: int) -> list[Order]:
    """Of one client."""
    return EmptyOrderFactory.create_batch(count, client=a_client())


def a_draft(client: Client | None = None, units: Mapping[str, int] | None = None, **fields: Any) -> Order:
    """A draft whose stock was received for it."""
    return OrderFactory.create(placed=False, **given(client=client, units=units), **fields)


def a_placed_order(client: Client | None = None, units: Mapping[str, int] | None = None, **fields: Any) -> Order:
    """A placed order, unpaid and not on account, whose stock was received for it."""
    return OrderFactory.create(**given(client=client, units=units), **fields)


def a_waiting_order(
    units: Mapping[str, int],
    there: Mapping[str, int],
    *,
    client: Client | None = None,
    restock_days: int | None = 10,
    **fields: Any,
) -> Order:
    """A placed order of which only some units are there: the rest is backordered, and promised if days are given."""
    for sku in units:
        that_waits(sku, restock_days=restock_days)
    if there:
        stock_up(there)
    return reload(a_placed_order(client, units, stocked=False, **fields))


def pay(order: Order, amount: int | None = None) -> Payment:
    """All that is due, by default."""
    return PaymentFactory.create(order=order, **given(amount=amount))


def a_waiting_refund(order: Order) -> Refund:
    """Of all that is left of a placed order, asked for by somebody whose roles allow none: it waits to be approved."""
    nobody = Actor.staff(a_person(email=f"asks-{order.pk}@example.com"))
    return refund_items(order.pk, asked=Asked(everything=True), reason="other", actor=nobody)


def an_authorised_payment(order: Order, amount: int | None = None, captured: int = 0) -> Payment:
    """By card, of which so much is captured; nothing is under way at its gateway, which was never asked."""
    payment = pay_by_card(order.pk, token="tok_ok", amount=amount, capture=False, actor=ACTOR)
    _succeeds(payment)
    if captured:
        capture_payment_of(order.pk, payment.pk, amount=captured, actor=ACTOR)
        _succeeds(payment)
    payment.refresh_from_db()
    return payment


def _succeeds(payment: Payment) -> None:
    attempt = PaymentAttempt.objects.filter(payment=payment).latest("id")
    settle_attempt(attempt.pk, Answer(Outcome.SUCCEEDED, reference="ch_1"), actor=ACTOR)


def an_uncaptured_payment(order: Order | None = None, amount: int = 100) -> Payment:
    """Pending, of no entry and no event."""
    return UncapturedPaymentFactory.create(amount=amount, **given(order=order))


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
    assert list(verification.postings_off(orders)) == []
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
