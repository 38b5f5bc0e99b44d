"""No parcel leaves without an address: refused at release, in the warehouse, and by the database."""

from __future__ import annotations

from typing import Any

import pytest

from core.operations import OperationRefused, explain, find_operation
from orders.actions import release_order, update_order
from orders.models import Order
from orders.operations import RELEASE
from shipping.actions import dispatch_shipment, open_shipments, pack_shipment
from shipping.models import Shipment
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import problem
from tests.factories.core import a_client, read
from tests.factories.orders import ACTOR, ADDRESS, a_placed_order, an_order, pay, reload
from tests.factories.watching import refused, refused_by_the_database

pytestmark = pytest.mark.django_db

INCOMPLETE: list[dict[str, str]] = [
    {},
    {"country": "GB"},
    *({name: text for name, text in ADDRESS.items() if name != missing} for missing in ADDRESS),
    {**ADDRESS, "line1": ""},
]


@pytest.mark.parametrize("address", INCOMPLETE)
def test_an_order_without_a_complete_address_is_not_released(address: dict[str, str]) -> None:
    order = a_placed_order(shipping_address=address)
    pay(order)
    with refused(OperationRefused) as refusal:
        release_order(order.pk, actor=ACTOR)
    assert refusal.value.context["unblock_by"] == ["edit_contact"]
    assert refusal.value.detail.startswith("No parcel can be addressed: the shipping address says ")
    update_order(order.pk, actor=ACTOR, shipping_address=ADDRESS)
    assert release_order(order.pk, actor=ACTOR).status == "processing"


def test_an_order_that_is_handed_over_in_person_needs_none() -> None:
    order = a_placed_order(shipping_address={}, handover="in_person")
    pay(order)
    assert release_order(order.pk, actor=ACTOR).status == "processing"


def test_the_api_tells_what_is_missing_and_takes_the_way_out() -> None:
    shop = Caller(a_client(), ("orders:read", "orders:write", "payments:write"))
    order = a_placed_order(shop.client, shipping_address={})
    pay(order)
    path = f"/api/v1/orders/{order.pk}/"
    body = problem(shop.post(f"{path}release/"), 409, "operation_refused")
    assert body["unblock_by"] == ["edit_contact"]
    etag = shop.get(path).headers["ETag"]
    assert shop.patch(path, {"handover": "in_person"}, if_match=etag).status_code == 200
    assert shop.post(f"{path}release/").status_code == 200


@pytest.mark.parametrize("changes", [{"shipping_address": {}}, {"shipping_address": {"country": "GB"}}])
def test_an_order_in_the_warehouse_keeps_an_address(changes: dict[str, Any]) -> None:
    order = an_order("processing")
    with refused(OperationRefused):
        update_order(order.pk, actor=ACTOR, **changes)


def test_an_order_in_the_warehouse_is_not_made_a_parcel_without_an_address() -> None:
    order = a_placed_order(shipping_address={}, handover="in_person")
    pay(order)
    release_order(order.pk, actor=ACTOR)
    with refused(OperationRefused):
        update_order(order.pk, actor=ACTOR, handover="parcel")


def test_the_database_refuses_both() -> None:
    order, released = a_placed_order(shipping_address={"country": "GB"}), an_order("processing")
    with refused_by_the_database("complete shipping address"):
        Order.objects.filter(pk=order.pk).update(status="processing")
    with refused_by_the_database("complete shipping address"):
        Order.objects.filter(pk=released.pk).update(shipping_address={})


def test_a_parcel_of_an_order_released_without_one_is_neither_packed_nor_sent() -> None:
    order = a_placed_order(shipping_address={}, handover="in_person")
    pay(order)
    release_order(order.pk, actor=ACTOR)
    (shipment,) = open_shipments(order.pk, actor=ACTOR)
    stored = Shipment.objects.get(pk=shipment.pk)
    stored.order.handover = "parcel"
    for name in ("pack", "dispatch"):
        blocker = explain(stored, find_operation(Shipment, name))
        assert blocker is not None
        assert blocker.reason.startswith("No parcel can be addressed")
        assert blocker.unblock_by == ("order.edit_contact",)


def test_a_shipment_tells_the_order_s_address_until_it_leaves_and_then_where_it_was_sent() -> None:
    order = an_order("processing")
    (shipment,) = open_shipments(order.pk, actor=ACTOR)
    pack_shipment(shipment.pk, actor=ACTOR)
    update_order(order.pk, actor=ACTOR, shipping_address={**ADDRESS, "city": "York"})
    assert Shipment.objects.get(pk=shipment.pk).address == {**ADDRESS, "city": "York"}
    dispatch_shipment(shipment.pk, carrier="DPD", actor=ACTOR)
    Order.objects.filter(pk=order.pk).update(shipping_address=ADDRESS)
    shop = Caller(reload(order).client, ("shipments:read",))
    told = read(shop.get(f"/api/v1/shipments/{shipment.pk}/"))
    assert told["address"] == {**ADDRESS, "city": "York"}


def test_release_is_explained_before_it_is_tried() -> None:
    order = a_placed_order(shipping_address={"name": "Ann", "country": "GB"}, payment_terms="on_account")
    blocker = explain(order, RELEASE)
    assert blocker is not None
    assert blocker.reason == "No parcel can be addressed: the shipping address says no line1, city."
