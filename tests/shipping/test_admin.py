from __future__ import annotations

from typing import Any

import pytest
from django.test import Client as Browser

from inventory.models import StockLevel
from orders.actions import place_hold
from shipping.models import Shipment
from tests.factories.shipping import ACTOR, a_shipment, contents, fresh, snapshot, timeline
from tests.factories.staff import (
    a_staff_member,
    a_superuser,
    as_opened,
    browser_of,
    button,
    list_page,
    object_page,
    told,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Browser:
    return browser_of(a_superuser())


def press(browser: Browser, shipment: Shipment, name: str, /, **data: Any) -> Any:
    address = button("shipping.shipment", shipment.pk, name)
    return browser.post(address, {**as_opened(browser, address), **data}, follow=True)


def test_a_shipment_is_packed_dispatched_and_delivered(browser: Browser) -> None:
    shipment = a_shipment()
    press(browser, shipment, "pack")
    press(
        browser, shipment, "dispatch", carrier="Royal Mail", tracking_number="RM77", estimated_delivery="2030-01-31",
        notes="Ring twice",
    )  # fmt: skip
    sent = fresh(shipment)
    assert (sent.status, sent.carrier, sent.tracking_number) == ("dispatched", "Royal Mail", "RM77")
    assert str(sent.estimated_delivery) == "2030-01-31"
    press(browser, shipment, "mark-in-transit")
    press(browser, shipment, "deliver")
    assert fresh(shipment).status == "delivered"
    assert timeline(shipment.order_id)[-2:] == ["shipment.delivered", "order.delivered"]


def test_dispatch_needs_a_company(browser: Browser) -> None:
    shipment = a_shipment()
    before = snapshot(shipment.order_id)
    response = press(browser, shipment, "dispatch", carrier="")
    assert "This field is required" in told(response)
    assert snapshot(shipment.order_id) == before


def test_a_hold_on_the_order_greys_dispatch_and_refuses_it(browser: Browser) -> None:
    shipment = a_shipment()
    place_hold(shipment.order_id, reason="fraud_review", actor=ACTOR)
    before = snapshot(shipment.order_id)
    assert "The order is on hold: fraud review" in told(browser.get(object_page("shipping.shipment", shipment.pk)))
    response = press(browser, shipment, "dispatch", carrier="Royal Mail")
    assert "on hold" in told(response)
    assert snapshot(shipment.order_id) == before


def test_a_stale_page_dispatches_nothing(browser: Browser) -> None:
    shipment = a_shipment()
    press(browser, shipment, "pack")
    before = snapshot(shipment.order_id)
    response = press(browser, shipment, "dispatch", version=shipment.version, carrier="Royal Mail")
    assert "Nothing was done" in told(response)
    assert snapshot(shipment.order_id) == before


def test_part_of_a_shipment_becomes_one_of_its_own(browser: Browser) -> None:
    shipment = a_shipment()
    line = shipment.lines.get(order_line__sku="A")
    press(browser, shipment, "split", **{f"line-{line.pk}": 2})
    first, second = Shipment.objects.order_by("sequence")
    assert (contents(first), contents(second)) == ({"A": 1, "B": 2}, {"A": 2})


def test_splitting_off_nothing_is_refused(browser: Browser) -> None:
    shipment = a_shipment()
    before = snapshot(shipment.order_id)
    response = press(browser, shipment, "split")
    assert "Say how many units" in told(response)
    assert snapshot(shipment.order_id) == before


@pytest.mark.parametrize(("restock", "on_hand"), [({"restock": "on"}, 3), ({}, 0)])
def test_what_comes_back_is_restocked_or_gone(browser: Browser, restock: dict[str, str], on_hand: int) -> None:
    shipment = a_shipment(status="failed")
    press(browser, shipment, "return-to-sender", **restock)
    assert fresh(shipment).status == "returned"
    assert StockLevel.objects.values_list("on_hand", flat=True).get(variant__sku="A") == on_hand


def test_a_shipment_is_found_by_tracking_and_order_number(browser: Browser) -> None:
    shipment = a_shipment(status="dispatched")
    other = a_shipment()
    for term in ("RM1", str(shipment.order.number), str(shipment.order)):
        page = browser.get(list_page("shipping.shipment", q=term)).content.decode()
        assert object_page("shipping.shipment", shipment.pk) in page
        assert object_page("shipping.shipment", other.pk) not in page


def test_an_order_page_shows_its_shipments_to_those_who_may_see_them() -> None:
    shipment = a_shipment(status="dispatched")
    page = object_page("orders.order", shipment.order_id)
    assert "Shipment 1 Dispatched" in told(browser_of(a_superuser()).get(page))
    assert "Shipment 1 Dispatched" not in told(browser_of(a_staff_member("orders.view_order")).get(page))


def test_who_may_only_look_cannot_dispatch() -> None:
    shipment = a_shipment()
    before = snapshot(shipment.order_id)
    browser = browser_of(a_staff_member("shipping.view_shipment"))
    assert press(browser, shipment, "pack").status_code == 403
    assert snapshot(shipment.order_id) == before
