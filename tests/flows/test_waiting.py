"""The life of an order that nothing is there for: it waits, is released in part, and arrives in two parcels."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from pytest_django import Settings

from core.models import ClientKind
from core.relay import run_relay
from orders.tasks import serve_waiting
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import problem
from tests.factories.core import a_client, read
from tests.factories.orders import ADDRESS, assert_everything_adds_up, stock
from tests.factories.watching import nothing_changes

pytestmark = pytest.mark.django_db

API = "/api/v1"
OFFICE = (
    "products:read", "products:write", "stock:read", "stock:write", "orders:read", "orders:write", "orders:terms",
    "payments:read", "payments:write",
)  # fmt: skip


@pytest.fixture(autouse=True)
def no_limits(settings: Settings) -> None:
    settings.RATE_LIMITS = None


class Shop:
    """A storefront that sells what it doesn't have, with its office and its warehouse."""

    def __init__(self, **policy: Any) -> None:
        self.storefront = Caller(a_client("Harbour"), ("orders:read", "orders:write", "shipments:read"))
        self.office = Caller(a_client(kind=ClientKind.BACK_OFFICE), OFFICE)
        self.warehouse = Caller(
            a_client(kind=ClientKind.WAREHOUSE), ("orders:read", "shipments:read", "shipments:write")
        )
        location = {"code": "LEEDS", "name": "Leeds"}
        self.location_id = read(self.office.post(f"{API}/locations/", location), 201)["id"]
        for sku, amount in (("LAMP", 5_000), ("SHADE", 1_000)):
            variant = {"sku": sku, "name": sku.title(), "prices": [{"currency": "EUR", "amount": amount}], **policy}
            read(self.office.post(f"{API}/products/", {"name": sku.title(), "variants": [variant]}), 201)

    def order(self, status: int = 201) -> Any:
        lines = [{"sku": "LAMP", "quantity": 2}, {"sku": "SHADE", "quantity": 1}]
        body = {"currency": "EUR", "lines": lines, "email": "ann@example.com", "shipping_address": ADDRESS}
        return read(self.storefront.post(f"{API}/orders/", body), status)

    def seen(self, order: Any) -> Any:
        return read(self.storefront.get(f"{API}/orders/{order['id']}/"))

    def lines(self, order: Any) -> dict[str, tuple[int, int, int]]:
        """SKU → (reserved, backordered, shipped)."""
        return {
            line["sku"]: (line["reserved"], line["backordered"], line["shipped"]) for line in self.seen(order)["lines"]
        }

    def arrives(self, **units: int) -> None:
        items = [{"sku": sku, "location_id": self.location_id, "quantity": count} for sku, count in units.items()]
        read(self.office.post(f"{API}/stock/receipts/", {"items": items}))
        serve_waiting()
        relay()

    def sends(self, order: Any) -> list[dict[str, int]]:
        """The warehouse packs and sends what it was handed; returns the units of each parcel by line."""
        parcels = []
        for shipment in read(self.warehouse.get(f"{API}/orders/{order['id']}/shipments/"))["results"]:
            if shipment["status"] == "pending":
                at = f"{API}/shipments/{shipment['id']}"
                read(self.warehouse.post(f"{at}/pack/"))
                read(self.warehouse.post(f"{at}/dispatch/", {"carrier": "DHL"}))
                parcels.append({line["sku"]: line["quantity"] for line in shipment["lines"]})
        relay()
        return parcels

    def delivers(self, order: Any) -> None:
        for shipment in read(self.warehouse.get(f"{API}/orders/{order['id']}/shipments/"))["results"]:
            read(self.warehouse.post(f"{API}/shipments/{shipment['id']}/deliver/"))
        relay()


def relay() -> None:
    while run_relay():
        pass


def test_an_order_of_which_nothing_is_there_waits_goes_out_in_two_parcels_and_is_completed() -> None:
    shop = Shop(stock_policy="backorder", restock_days=10)
    order = shop.order()
    relay()
    promised = (timezone.localdate() + dt.timedelta(days=10)).isoformat()
    assert order["status"] == "placed"
    assert shop.lines(order) == {"LAMP": (0, 2, 0), "SHADE": (0, 1, 0)}
    assert [line["promised_on"] for line in order["lines"]] == [promised, promised]
    waiting = read(shop.storefront.get(f"{API}/orders/?waiting=true"))["results"]
    assert [each["id"] for each in waiting] == [order["id"]]

    at = f"{API}/orders/{order['id']}"
    payment = {"method": "bank_transfer", "amount": 11_000, "reference": "BT-1"}
    read(shop.office.post(f"{at}/payments/", payment), 201)
    with nothing_changes():
        problem(shop.office.post(f"{at}/release-part/", idempotency_key=""), 400, "bad_request")
    refusal = problem(shop.office.post(f"{at}/release-part/"), 409, "operation_refused")
    assert refusal["detail"] == "Nothing is reserved: all 3 units wait."
    assert refusal["unblock"] == (
        "Receive 2 of LAMP, 1 of SHADE: arriving stock is reserved for the orders that were placed first."
    )

    shop.arrives(LAMP=1, SHADE=1)
    assert shop.lines(order) == {"LAMP": (1, 1, 0), "SHADE": (1, 0, 0)}
    assert problem(shop.office.post(f"{at}/release/"), 409, "operation_refused")["unblock_by"] == [
        "variant.receive",
        "release_part",
    ]
    assert read(shop.office.post(f"{at}/release-part/"))["status"] == "processing"
    relay()
    assert shop.sends(order) == [{"LAMP": 1, "SHADE": 1}]
    part = shop.seen(order)
    assert (part["status"], part["fulfilment_status"]) == ("processing", "part_shipped")
    assert problem(shop.office.post(f"{at}/complete/"), 409, "operation_refused")["detail"] == (
        "The order is processing; complete needs it to be delivered or shipped."
    )

    shop.arrives(LAMP=1)
    assert shop.lines(order) == {"LAMP": (1, 0, 1), "SHADE": (0, 0, 1)}
    assert shop.sends(order) == [{"LAMP": 1}]
    assert shop.seen(order)["status"] == "shipped"
    shop.delivers(order)
    assert read(shop.office.post(f"{at}/complete/"))["status"] == "completed"

    relay()
    assert [line["promised_on"] for line in shop.seen(order)["lines"]] == [promised, promised]
    assert stock() == {"LAMP": (0, 0), "SHADE": (0, 0)}
    assert_everything_adds_up()
    told = [message.subject.replace(str(order["number"]), "{}") for message in mail.outbox]
    assert told == [
        "Order #{} confirmed",
        "Order #{}: part of it has arrived",
        "A parcel of order #{} is on its way",
        "Order #{}: all of it has arrived",
        "Order #{} has shipped",
        "Order #{} was delivered",
    ]


def test_an_order_that_stays_unavailable_is_cancelled_and_what_was_paid_is_due_back() -> None:
    shop = Shop(stock_policy="preorder", available_from="2030-05-01")
    order = shop.order()
    assert {line["promised_on"] for line in order["lines"]} == {"2030-05-01"}
    at = f"{API}/orders/{order['id']}"
    read(shop.office.post(f"{at}/payments/", {"method": "cash", "amount": 11_000}), 201)
    cancelled = read(shop.storefront.post(f"{at}/cancel/", {"reason": "It never came"}))
    assert (cancelled["status"], cancelled["due"]) == ("cancelled", -11_000)
    shop.arrives(LAMP=5, SHADE=5)
    assert shop.lines(order) == {"LAMP": (0, 0, 0), "SHADE": (0, 0, 0)}
    assert stock() == {"LAMP": (5, 0), "SHADE": (5, 0)}
    assert_everything_adds_up()


def test_an_order_is_not_placed_where_the_policy_refuses_it() -> None:
    shop = Shop(stock_policy="refuse", restock_days=10)
    with nothing_changes():
        assert shop.order(409)["code"] == "out_of_stock"
