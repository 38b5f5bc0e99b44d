"""An order's whole journey as its storefront, the warehouse and the customer see it: over HTTP, with real keys."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client as Browser
from pytest_django import Settings

from core.models import ClientKind, Delivery, Event
from core.relay import run_relay
from orders.models import Order
from orders.tasks import complete_orders
from tests.core.api.conftest import Caller
from tests.factories.core import a_client, read
from tests.factories.orders import assert_everything_adds_up, ledger

pytestmark = pytest.mark.django_db

BUYING = ("customers:read", "customers:write", "orders:read", "orders:write", "shipments:read")
STOCKING = ("products:read", "products:write", "stock:read", "stock:write")
COUNTING = ("orders:read", "orders:write", "payments:read", "payments:write")
PACKING = ("orders:read", "shipments:read", "shipments:write")
ADDRESS = {"name": "Ann Lee", "line1": "1 High St", "city": "Leeds", "postal_code": "LS1 1AA", "country": "GB"}
TOTAL = 5 * 1_450 + 2 * 8_900 + 395
"""Five mugs, two throws and the shipping, in pence."""


class Shop:
    """A storefront with a catalogue and stock, and everybody who handles its orders, each with a key of their own."""

    def __init__(self) -> None:
        self.storefront = Caller(a_client("Harbour"), BUYING)
        self.stranger = Caller(a_client("Northlight"), (*BUYING, *COUNTING, *PACKING))
        self.office = Caller(a_client(kind=ClientKind.BACK_OFFICE), (*STOCKING, *COUNTING))
        self.warehouse = Caller(a_client(kind=ClientKind.WAREHOUSE), PACKING)
        self._stock_up()

    def _stock_up(self) -> None:
        ids = {}
        for code, priority in (("LEEDS", 1), ("STORE", 2)):
            location = {"code": code, "name": code.title(), "country": "GB", "priority": priority}
            ids[code] = read(self.office.post("/api/v1/locations/", location), 201)["id"]
        for sku, amount in (("MUG", 1_450), ("THROW", 8_900)):
            variant = {"sku": sku, "name": sku.title(), "prices": [{"currency": "GBP", "amount": amount}]}
            read(self.office.post("/api/v1/products/", {"name": sku.title(), "variants": [variant]}), 201)
        items = [{"sku": sku, "location_id": ids["LEEDS"], "quantity": 10} for sku in ("MUG", "THROW")]
        read(self.office.post("/api/v1/stock/receipts/", {"items": items}))

    def order(self, **fields: Any) -> dict[str, Any]:
        """What the storefront places for a customer with an address, who buys five mugs and two throws."""
        customer = self.told("customers/", {"email": "ann@example.com", "name": "Ann Lee"})
        address = self.told(f"customers/{customer['id']}/addresses/", {**ADDRESS, "is_default": True})
        assert address["is_default"]
        lines = [{"sku": "MUG", "quantity": 5}, {"sku": "THROW", "quantity": 2}]
        wanted = {
            "currency": "GBP",
            "customer_id": customer["id"],
            "external_ref": "W-1",
            "shipping": 395,
            "lines": lines,
        }
        return self.told("orders/", {**wanted, **fields})

    def told(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The storefront makes something."""
        made: dict[str, Any] = read(self.storefront.post(f"/api/v1/{path}", body), 201)
        return made

    def seen(self, order: dict[str, Any]) -> dict[str, Any]:
        """The order as its storefront sees it now."""
        found: dict[str, Any] = read(self.storefront.get(f"/api/v1/orders/{order['id']}/?expand=shipments"))
        return found

    def pay(self, order: dict[str, Any], amount: int = TOTAL) -> dict[str, Any]:
        payment = {"method": "bank_transfer", "amount": amount, "reference": "BT-1"}
        made: dict[str, Any] = read(self.office.post(f"/api/v1/orders/{order['id']}/payments/", payment), 201)
        return made

    def release(self, order: dict[str, Any]) -> list[dict[str, Any]]:
        """Released by the office; returns the shipments that the relay then opens."""
        read(self.office.post(f"/api/v1/orders/{order['id']}/release/"))
        relay()
        return self.shipments(order)

    def shipments(self, order: dict[str, Any]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = read(self.warehouse.get(f"/api/v1/orders/{order['id']}/shipments/"))["results"]
        return found

    def do(self, shipment: dict[str, Any], what: str, body: Any = None, status: int = 200) -> dict[str, Any]:
        """The warehouse acts on a shipment."""
        answer = self.warehouse.post(f"/api/v1/shipments/{shipment['id']}/{what}/", body)
        told: dict[str, Any] = read(answer, status)
        return told

    def send(self, shipment: dict[str, Any]) -> None:
        self.do(shipment, "pack")
        self.do(shipment, "dispatch", {"carrier": "Royal Mail", "tracking_number": f"RM{shipment['sequence']}"})

    def stock(self) -> dict[str, tuple[int, int]]:
        """SKU → (on hand, available) of all locations, as the office sees them."""
        variants = read(self.office.get("/api/v1/variants/"))["results"]
        return {each["sku"]: (each["availability"]["on_hand"], each["availability"]["available"]) for each in variants}

    def moves(self, order: dict[str, Any]) -> list[dict[str, Any]]:
        """The order's operations as they stand now."""
        path = f"/api/v1/orders/{order['id']}/operations/"
        found: list[dict[str, Any]] = read(self.storefront.get(path))["operations"]
        return found

    def timeline(self, order: dict[str, Any]) -> list[dict[str, Any]]:
        """Every event, page by page, as the storefront reads it."""
        events, path = [], f"/api/v1/orders/{order['id']}/events/?ordering=sequence&limit=5"
        while path:
            page = read(self.storefront.get(path))
            events += page["results"]
            path = page["next"]
        return events


def relay() -> None:
    while run_relay():
        pass


def mails() -> list[tuple[str, str]]:
    """(to, what it is about), in the order in which they were sent."""
    return [(message.to[0], message.subject.partition(" ")[2].partition(" ")[2]) for message in mail.outbox]


def statuses(order: dict[str, Any]) -> tuple[str, str, str]:
    return order["status"], order["payment_status"], order["fulfilment_status"]


@pytest.fixture
def shop(settings: Settings) -> Iterator[Shop]:
    """At the end whatever happened adds up, is told without a gap, and left nothing unhandled."""
    settings.RATE_LIMITS = None
    shop = Shop()
    yield shop
    relay()
    assert_everything_adds_up()
    assert not Delivery.objects.exclude(status="done").exists()
    sent = len(mail.outbox)
    relay()
    assert len(mail.outbox) == sent


def test_nothing_of_the_journey_is_open_to_who_has_no_key(client: Browser) -> None:
    for route in ("orders", "shipments", "customers", "products"):
        assert client.get(f"/api/v1/{route}/").status_code == 401


def test_an_order_goes_all_the_way_in_two_parcels(shop: Shop) -> None:
    order = shop.order()
    assert statuses(order) == ("placed", "unpaid", "unfulfilled")
    assert (order["total"], order["due"], order["email"]) == (TOTAL, TOTAL, "ann@example.com")
    assert {**order["shipping_address"], **ADDRESS} == order["shipping_address"]
    assert shop.stock() == {"MUG": (10, 5), "THROW": (10, 8)}
    shop.pay(order)

    (shipment,) = shop.release(order)
    (mugs, throws) = shipment["lines"]
    assert (mugs["quantity"], throws["quantity"], shipment["location_code"]) == (5, 2, "LEEDS")
    parts = [{"line_id": mugs["line_id"], "quantity": 3}, {"line_id": throws["line_id"], "quantity": 2}]
    second = shop.do(shipment, "split", {"lines": parts}, status=201)
    shop.send(shipment)
    assert statuses(shop.seen(order)) == ("processing", "paid", "part_shipped")
    shop.send(second)
    assert statuses(shop.seen(order)) == ("shipped", "paid", "shipped")
    assert shop.stock() == {"MUG": (5, 5), "THROW": (8, 8)}
    relay()
    shop.do(second, "mark-in-transit")
    shop.do(second, "deliver")
    assert statuses(shop.seen(order)) == ("shipped", "paid", "part_delivered")
    shop.do(shipment, "deliver")
    relay()

    seen = shop.seen(order)
    assert statuses(seen) == ("delivered", "paid", "delivered")
    assert [(each["status"], each["tracking_number"]) for each in seen["shipments"]] == [
        ("delivered", "RM1"),
        ("delivered", "RM2"),
    ]
    assert mails() == [("ann@example.com", what) for what in ("confirmed", "has shipped", "was delivered")]


def test_a_hold_stops_the_order_until_it_is_lifted(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    holds, release = f"/api/v1/orders/{order['id']}/holds/", f"/api/v1/orders/{order['id']}/release/"
    hold = read(shop.office.post(holds, {"reason": "fraud_review", "note": "Two cards"}), 201)
    refused = read(shop.office.post(release), 409)
    assert refused["code"] == "operation_refused"
    assert refused["detail"].startswith("The order is on hold: fraud review (by client:")
    assert refused["unblock"] == "Lift the hold, or wait until it expires."
    (way,) = (each for each in shop.moves(order) if each["name"] == "release")
    assert (way["allowed"], way["reason"], way["unblock"]) == (False, refused["detail"], refused["unblock"])
    read(shop.office.post(f"{holds}{hold['id']}/lift/"))
    assert len(shop.release(order)) == 1


def test_the_timeline_is_told_without_a_gap_and_names_who_did_what(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    (shipment,) = shop.release(order)
    shop.send(shipment)
    shop.do(shipment, "deliver")
    events = shop.timeline(order)
    assert [event["sequence"] for event in events] == [str(n) for n in range(1, len(events) + 1)]
    assert {event["subject"] for event in events} == {order["id"]}
    assert len({event["id"] for event in events}) == len(events)
    told = [event["type"].rpartition("quartermaster.")[2] for event in events]
    assert [each for each in told if each.startswith("order.")] == [
        "order.created",
        "order.released",
        "order.shipped",
        "order.delivered",
    ]
    actors = dict(zip(told, (event["actor"] for event in events), strict=True))
    assert actors["order.created"] == f"client:{shop.storefront.client.pk}"
    assert actors["order.released"] == f"client:{shop.office.client.pk}"
    assert actors["order.delivered"] == f"client:{shop.warehouse.client.pk}"
    assert shop.seen(order)["version"] == len(events)


def test_a_delivered_order_is_completed_by_the_clock(shop: Shop, settings: Settings) -> None:
    order = shop.order()
    shop.pay(order)
    (shipment,) = shop.release(order)
    shop.send(shipment)
    shop.do(shipment, "deliver")
    delivered = Order.objects.get(pk=order["id"]).delivered_at
    assert delivered is not None
    due = delivered + dt.timedelta(days=settings.ORDER_COMPLETION_DAYS)
    with time_machine.travel(due - dt.timedelta(seconds=1), tick=False):
        assert complete_orders() == 0
    assert shop.seen(order)["status"] == "delivered"
    with time_machine.travel(due + dt.timedelta(seconds=1), tick=False):
        assert complete_orders() == 1
        assert complete_orders() == 0
    assert shop.seen(order)["status"] == "completed"
    assert [each["name"] for each in shop.moves(order) if each["allowed"] and each["target"]] == []


def test_a_cancelled_order_gives_back_stock_and_money_and_calls_its_parcels_off(shop: Shop) -> None:
    order = shop.order()
    payment = shop.pay(order)
    (shipment,) = shop.release(order)
    cancel = f"/api/v1/orders/{order['id']}/cancel/"
    key = "cancel-once"
    cancelled = read(shop.storefront.post(cancel, {"reason": "Changed their mind"}, idempotency_key=key))
    assert cancelled["due"] == -TOTAL
    again = shop.storefront.post(cancel, {"reason": "Changed their mind"}, idempotency_key=key)
    assert (read(again), again.headers["Idempotent-Replayed"]) == (cancelled, "true")
    assert read(shop.storefront.post(cancel, {"reason": "Again"}), 409)["code"] == "operation_refused"
    relay()
    assert [each["status"] for each in shop.shipments(order)] == ["cancelled"]
    read(shop.warehouse.post(f"/api/v1/shipments/{shipment['id']}/dispatch/", {"carrier": "Royal Mail"}), 409)

    refund = f"/api/v1/orders/{order['id']}/payments/{payment['id']}/refund/"
    assert read(shop.office.post(refund, {"amount": TOTAL + 1}), 409)["code"] == "refund_too_large"
    read(shop.office.post(refund, {"amount": TOTAL, "note": "Cancelled"}))
    seen = shop.seen(order)
    assert (*statuses(seen), seen["due"]) == ("cancelled", "refunded", "nothing_to_ship", 0)
    kinds = ["charged", "authorised", "captured", "credited", "refunded"]
    assert ledger(Order.objects.get(pk=order["id"])) == [(kind, TOTAL) for kind in kinds]
    assert shop.stock() == {"MUG": (10, 10), "THROW": (10, 10)}
    assert [what for _, what in mails()] == ["confirmed", "was cancelled"]


def test_a_parcel_that_fails_and_comes_back_is_back_in_stock(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    (shipment,) = shop.release(order)
    shop.send(shipment)
    assert shop.do(shipment, "mark-failed", {"reason": "Nobody at home"})["failure_reason"] == "Nobody at home"
    shop.do(shipment, "mark-in-transit")
    shop.do(shipment, "mark-failed", {"reason": "Refused"})
    assert shop.stock() == {"MUG": (5, 5), "THROW": (8, 8)}
    shop.do(shipment, "return-to-sender", {"restock": True})
    assert shop.stock() == {"MUG": (10, 10), "THROW": (10, 10)}
    shop.do(shipment, "deliver", status=409)
    seen = shop.seen(order)
    assert (seen["status"], seen["fulfilment_status"], seen["return_status"]) == ("shipped", "undelivered", "none")
    (deliver,) = (each for each in shop.moves(order) if each["name"] == "deliver")
    assert (deliver["allowed"], deliver["unblock"]) == (False, "Nothing: complete the order instead.")
    read(shop.storefront.post(f"/api/v1/orders/{order['id']}/complete/"))
    relay()
    assert "was delivered" not in [what for _, what in mails()]


def test_another_storefront_sees_and_moves_none_of_it(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    (shipment,) = shop.release(order)
    before = Event.objects.count()
    for route in ("orders", "shipments", "customers"):
        assert read(shop.stranger.get(f"/api/v1/{route}/"))["results"] == []
    mine = f"/api/v1/orders/{order['id']}/"
    for path in (mine, f"{mine}events/", f"{mine}holds/", f"{mine}notes/", f"{mine}payments/", f"{mine}shipments/",
                 f"{mine}operations/", f"/api/v1/shipments/{shipment['id']}/",
                 f"/api/v1/shipments/{shipment['id']}/operations/", f"/api/v1/customers/{order['customer_id']}/",
                 f"/api/v1/customers/{order['customer_id']}/addresses/"):  # fmt: skip
        assert shop.stranger.get(path).status_code == 404, path
    for path, body in ((f"{mine}cancel/", {"reason": "Mine"}), (f"{mine}release/", None),
                       (f"{mine}payments/", {"method": "cash", "amount": 1}),
                       (f"/api/v1/shipments/{shipment['id']}/dispatch/", {"carrier": "DPD"})):  # fmt: skip
        assert shop.stranger.post(path, body).status_code == 404, path
    assert Event.objects.count() == before
    wanted = {"currency": "GBP", "customer_id": order["customer_id"], "lines": [{"sku": "MUG", "quantity": 1}]}
    assert read(shop.stranger.post("/api/v1/orders/", wanted), 400)["errors"][0]["pointer"] == "/customer_id"
