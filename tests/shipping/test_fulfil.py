"""The command that takes a storefront's orders to their delivery."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from core.models import Client
from core.relay import run_relay
from inventory.models import StockLevel
from orders.actions import lift_hold, place_hold, release_order
from orders.models import Order
from shipping.actions import dispatch_shipment, mark_failed, open_shipments, return_to_sender
from shipping.models import Shipment
from tests.factories.core import a_client
from tests.factories.inventory import stock_up
from tests.factories.shipping import ACTOR, a_released_order, an_order_on_account, snapshot

pytestmark = pytest.mark.django_db


@pytest.fixture
def storefront() -> Client:
    return a_client("North")


def fulfil(**options: str) -> str:
    out = io.StringIO()
    call_command("fulfil", storefront="North", stdout=out, **options)
    return out.getvalue().strip()


def test_every_placed_order_of_the_storefront_is_delivered(storefront: Client) -> None:
    orders = [an_order_on_account(storefront) for _ in range(3)]
    stock_up({"C": 1})
    stock_up({"C": 1}, location="ANNEX")
    orders.append(an_order_on_account(storefront, {"C": 2}))
    foreign = an_order_on_account(a_client("South"))
    assert fulfil(carrier="DHL") == "4 orders delivered, 5 shipments dispatched, 0 refused"
    assert set(Order.objects.filter(client=storefront).values_list("status", flat=True)) == {"delivered"}
    assert Order.objects.get(pk=foreign.pk).status == "placed"
    last = Shipment.objects.filter(order=orders[-1]).order_by("sequence")
    number = f"{Order.objects.get(pk=orders[-1].pk).number:010d}"
    assert list(last.values_list("carrier", "tracking_number")) == [("DHL", f"QM{number}-1"), ("DHL", f"QM{number}-2")]
    assert sum(level.reserved for level in StockLevel.objects.all()) == 5


def test_fulfilling_again_changes_nothing(storefront: Client) -> None:
    order = an_order_on_account(storefront)
    fulfil()
    before = snapshot(order.pk)
    assert fulfil() == "0 orders delivered, 0 shipments dispatched, 0 refused"
    assert snapshot(order.pk) == before


def test_it_goes_on_where_it_was_stopped(storefront: Client) -> None:
    an_order_on_account(storefront)
    a_released_order(storefront)
    open_shipments(a_released_order(storefront).pk, actor=ACTOR)
    (shipment,) = open_shipments(a_released_order(storefront).pk, actor=ACTOR)
    dispatch_shipment(shipment.pk, carrier="UPS", actor=ACTOR)
    assert fulfil() == "4 orders delivered, 3 shipments dispatched, 0 refused"
    assert Shipment.objects.count() == 4
    assert set(Order.objects.values_list("status", flat=True)) == {"delivered"}


def test_the_relay_that_hears_of_the_release_later_opens_nothing_more(storefront: Client) -> None:
    order = an_order_on_account(storefront)
    fulfil()
    before = snapshot(order.pk)["shipments"]
    run_relay()
    assert snapshot(order.pk)["shipments"] == before


def test_an_order_that_refuses_is_listed_with_its_reason_and_the_others_go_on(storefront: Client) -> None:
    held = an_order_on_account(storefront)
    hold = place_hold(held.pk, reason="fraud_review", actor=ACTOR)
    an_order_on_account(storefront)
    before = snapshot(held.pk)
    with pytest.raises(CommandError, match=r"Order #\d+: The order is on hold: fraud review"):
        fulfil()
    assert snapshot(held.pk)["events"] == before["events"]
    assert Order.objects.filter(status="delivered").count() == 1
    lift_hold(held.pk, hold.pk, actor=ACTOR)
    assert fulfil() == "1 orders delivered, 1 shipments dispatched, 0 refused"


def test_a_parcel_that_failed_is_left_for_people_to_settle(storefront: Client) -> None:
    order = an_order_on_account(storefront)
    release_order(order.pk, actor=ACTOR)
    (shipment,) = open_shipments(order.pk, actor=ACTOR)
    dispatch_shipment(shipment.pk, carrier="UPS", actor=ACTOR)
    mark_failed(shipment.pk, reason="Nobody at home", actor=ACTOR)
    before = snapshot(order.pk)
    with pytest.raises(CommandError, match="5 units are still on their way"):
        fulfil()
    assert snapshot(order.pk) == before
    return_to_sender(shipment.pk, restock=True, actor=ACTOR)
    with pytest.raises(CommandError, match="Every unit came back"):
        fulfil()


def test_an_unknown_storefront_is_refused(storefront: Client) -> None:
    order = an_order_on_account(storefront)
    before = snapshot(order.pk)
    with pytest.raises(CommandError, match="no storefront named 'East'"):
        call_command("fulfil", storefront="East")
    assert snapshot(order.pk) == before
