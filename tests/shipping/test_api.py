"""The routes of shipments: who sees what, what each does, what each refuses."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from django.http import HttpResponse
from pytest_django import DjangoAssertNumQueries, Settings

from core.ids import new_id
from core.models import Client
from orders.actions import cancel_order, place_hold
from shipping.actions import open_shipments, update_shipment
from shipping.models import Shipment
from shipping.statuses import ShipmentStatus
from tests.core.api.conftest import Caller
from tests.factories.core import a_client
from tests.factories.shipping import (
    ACTOR,
    a_released_order,
    a_shipment,
    an_order_on_account,
    fresh,
    snapshot,
    the_order,
)

pytestmark = pytest.mark.django_db

SCOPES = ("shipments:read", "shipments:write", "orders:read")
BASE = "/api/v1/shipments/"


@pytest.fixture(autouse=True)
def no_limits(settings: Settings) -> None:
    settings.RATE_LIMITS = {"read": None, "write": None}


@pytest.fixture
def storefront() -> Client:
    return a_client("North", "storefront")


@pytest.fixture
def shop(storefront: Client) -> Caller:
    return Caller(storefront, SCOPES)


@pytest.fixture
def warehouse() -> Caller:
    return Caller(a_client("Hall 1", "warehouse"), SCOPES)


def at(shipment: Shipment, action: str = "") -> str:
    return f"{BASE}{shipment.pk}/{action}/" if action else f"{BASE}{shipment.pk}/"


def read(response: HttpResponse, status: int = 200) -> Any:
    assert response.status_code == status, response.content
    return orjson.loads(response.content)


def ids(response: HttpResponse) -> list[str]:
    return [each["id"] for each in read(response)["results"]]


# Reading


def test_a_shipment_tells_what_is_in_it_and_where_it_is(warehouse: Caller) -> None:
    shipment = a_shipment(status=ShipmentStatus.DISPATCHED)
    response = warehouse.get(at(shipment))
    told = read(response)
    assert response.headers["ETag"] == fresh(shipment).etag
    assert told["status"] == "dispatched"
    assert told["order_id"] == str(shipment.order_id)
    assert told["location_code"] == "MAIN"
    assert (told["carrier"], told["tracking_number"]) == ("Royal Mail", "RM1")
    assert [(line["sku"], line["quantity"]) for line in told["lines"]] == [("A", 3), ("B", 2)]


@pytest.mark.parametrize("kind", ["warehouse", "carrier", "back_office"])
def test_clients_that_work_for_all_storefronts_see_all_shipments(kind: str, storefront: Client) -> None:
    shipment = a_shipment(storefront)
    caller = Caller(a_client(kind=kind), ("shipments:read",))
    assert ids(caller.get(BASE)) == [str(shipment.pk)]
    assert read(caller.get(at(shipment)))["id"] == str(shipment.pk)


def test_a_storefront_lists_the_shipments_of_its_own_orders_only(shop: Caller, storefront: Client) -> None:
    own = a_shipment(storefront)
    a_shipment(a_client("South"))
    assert ids(shop.get(BASE)) == [str(own.pk)]


@pytest.mark.parametrize(
    ("method", "route"),
    [
        ("GET", ""),
        ("PATCH", ""),
        ("GET", "operations/"),
        *(("POST", f"{name}/") for name in ("pack", "unpack", "dispatch", "mark-in-transit", "deliver", "cancel")),
        ("POST", "fail/"),
        ("POST", "return/"),
        ("POST", "split/"),
    ],
)
def test_another_storefronts_shipment_is_as_good_as_missing(shop: Caller, method: str, route: str) -> None:
    foreign = a_shipment(a_client("South"))
    before = snapshot(foreign.order_id)
    answers = []
    for shipment_id in (foreign.pk, new_id()):
        path = f"{BASE}{shipment_id}/{route}"
        response = shop.send(method, path, None, idempotency_key=str(new_id()), if_match='"v1"', x_request_id="same")
        told = read(response, 404)
        answers.append({**told, "instance": ""})
    assert answers[0] == answers[1]
    assert snapshot(foreign.order_id) == before


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_storefronts_order_has_no_shipments_to_see_or_open(shop: Caller, method: str) -> None:
    foreign = a_released_order(a_client("South"))
    response = shop.send(method, f"/api/v1/orders/{foreign.pk}/shipments/", None, idempotency_key="k")
    assert response.status_code == 404
    assert Shipment.objects.count() == 0


def test_reading_and_writing_need_their_own_scopes(storefront: Client) -> None:
    shipment = a_shipment(storefront)
    reader = Caller(storefront, ("shipments:read",))
    writer = Caller(storefront, ("shipments:write",))
    assert read(reader.post(at(shipment, "pack")), 403)["missing_scope"] == "shipments:write"
    assert read(writer.get(at(shipment)), 403)["missing_scope"] == "shipments:read"
    assert fresh(shipment).status == ShipmentStatus.PENDING


def test_the_list_filters_by_status_order_location_and_tracking_number(warehouse: Caller) -> None:
    sent = a_shipment(status=ShipmentStatus.DISPATCHED)
    waiting = a_shipment()
    assert ids(warehouse.get(f"{BASE}?status=pending")) == [str(waiting.pk)]
    assert ids(warehouse.get(f"{BASE}?order_id={sent.order_id}")) == [str(sent.pk)]
    assert ids(warehouse.get(f"{BASE}?tracking_number=RM1")) == [str(sent.pk)]
    assert ids(warehouse.get(f"{BASE}?location_id={sent.location_id}")) == [str(waiting.pk), str(sent.pk)]
    assert ids(warehouse.get(f"{BASE}?location_id={new_id()}")) == []
    assert read(warehouse.get(f"{BASE}?status=lost"), 400)["errors"][0]["pointer"] == "?status"
    assert read(warehouse.get(f"{BASE}?carrier=DHL"), 400)["errors"][0]["pointer"] == "?carrier"


def test_the_list_pages_through_every_shipment_once(warehouse: Caller) -> None:
    made = [str(a_shipment().pk) for _ in range(5)]
    seen, path = [], f"{BASE}?limit=2"
    while path:
        page = read(warehouse.get(path))
        seen += [each["id"] for each in page["results"]]
        path = page["next"]
    assert seen == made[::-1]


def test_a_list_of_twenty_costs_as_many_statements_as_a_list_of_one(
    warehouse: Caller, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    a_shipment()
    warehouse.get(BASE)
    with django_assert_num_queries(3):  # the key, the shipments with their locations, the lines with their order lines
        warehouse.get(BASE)
    for _ in range(19):
        a_shipment()
    with django_assert_num_queries(3):
        assert len(ids(warehouse.get(BASE))) == 20


def test_one_shipment_costs_three_statements(
    warehouse: Caller, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    shipment = a_shipment()
    warehouse.get(BASE)
    with django_assert_num_queries(3):
        warehouse.get(at(shipment))


def test_the_operations_say_what_is_possible_why_not_and_where_to_post(warehouse: Caller) -> None:
    shipment = a_shipment()
    place_hold(shipment.order_id, reason="fraud_review", actor=ACTOR)
    told = read(warehouse.get(at(shipment, "operations")))
    moves = {each["name"]: each for each in told["operations"]}
    assert told["status"] == "pending"
    names = "pack, unpack, dispatch, mark_in_transit, deliver, mark_failed, return_to_sender, cancel, edit, split"
    assert ", ".join(moves) == names
    assert moves["pack"]["allowed"]
    assert moves["pack"]["route"] == f"POST {at(shipment, 'pack')}"
    assert "on hold" in moves["dispatch"]["reason"]
    assert moves["mark_in_transit"]["reason"] == (
        "The shipment is pending; mark in transit needs it to be dispatched or failed."
    )
    assert moves["return_to_sender"]["route"] == f"POST {at(shipment, 'return-to-sender')}"


# Writing


def test_a_patch_changes_what_it_names_and_answers_with_the_new_etag(warehouse: Caller) -> None:
    shipment = a_shipment()
    response = warehouse.patch(at(shipment), {"carrier": "DHL", "estimated_delivery": "2026-12-24"}, if_match='"v1"')
    told = read(response)
    assert (told["carrier"], told["estimated_delivery"], told["notes"]) == ("DHL", "2026-12-24", "")
    assert response.headers["ETag"] == '"v2"'


def test_a_patch_without_or_with_an_old_if_match_changes_nothing(warehouse: Caller) -> None:
    shipment = a_shipment()
    before = snapshot(shipment.order_id)
    assert warehouse.patch(at(shipment), {"notes": "x"}).status_code == 428
    assert read(warehouse.patch(at(shipment), {"notes": "x"}, if_match='"v0"'), 412)["current_etag"] == '"v1"'
    assert warehouse.patch(at(shipment), {"notes": "x"}, if_match='W/"v1"').status_code == 412
    assert snapshot(shipment.order_id) == before


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"status": "delivered"}, "/status"),
        ({"carrier": "x" * 101}, "/carrier"),
        ({"estimated_delivery": "tomorrow"}, "/estimated_delivery"),
        ({"estimated_delivery": 5}, "/estimated_delivery"),
        ({"notes": None}, "/notes"),
    ],
)
def test_a_patch_with_a_wrong_field_names_it(warehouse: Caller, body: dict[str, Any], pointer: str) -> None:
    shipment = a_shipment()
    before = snapshot(shipment.order_id)
    told = read(warehouse.patch(at(shipment), body, if_match='"v1"'), 400)
    assert [each["pointer"] for each in told["errors"]] == [pointer]
    assert snapshot(shipment.order_id) == before


def test_a_parcel_goes_its_way_over_http(warehouse: Caller) -> None:
    shipment = a_shipment()
    route = [
        ("pack", None, "packed"),
        ("unpack", None, "pending"),
        ("pack", None, "packed"),
        ("dispatch", {"carrier": "DHL", "tracking_number": "T1"}, "dispatched"),
        ("mark-in-transit", None, "in_transit"),
        ("mark-failed", {"reason": "Nobody at home"}, "failed"),
        ("mark-in-transit", {}, "in_transit"),
        ("deliver", None, "delivered"),
    ]
    for action, body, status in route:
        response = warehouse.post(at(shipment, action), body)
        told = read(response)
        assert told["status"] == status
        assert response.headers["ETag"] == f'"v{told["version"]}"'
    assert the_order(shipment).status == "delivered"


def test_a_parcel_comes_back_over_http(warehouse: Caller) -> None:
    shipment = a_shipment(status=ShipmentStatus.DISPATCHED)
    assert read(warehouse.post(at(shipment, "return-to-sender")), 400)["errors"][0]["pointer"] == "/restock"
    assert read(warehouse.post(at(shipment, "return-to-sender"), {"restock": True}))["status"] == "returned"


def test_splitting_answers_with_the_new_shipment_and_its_address(warehouse: Caller) -> None:
    shipment = a_shipment()
    line = str(shipment.lines.values_list("order_line_id", flat=True).get(order_line__sku="A"))
    response = warehouse.post(at(shipment, "split"), {"lines": [{"line_id": line, "quantity": 1}]})
    told = read(response, 201)
    assert told["sequence"] == 2
    assert [(each["sku"], each["quantity"]) for each in told["lines"]] == [("A", 1)]
    assert response.headers["Location"] == f"{BASE}{told['id']}/"
    assert response.headers["ETag"] == '"v1"'


@pytest.mark.parametrize(
    ("lines", "pointer"),
    [
        ([], "/lines"),
        ([{"line_id": "A", "quantity": 1}], "/lines/0/line_id"),
        ([{"line_id": str(new_id()), "quantity": 0}], "/lines/0/quantity"),
        ([{"line_id": str(new_id()), "quantity": 1}], "/lines/0/line_id"),
        ([{"line_id": "01900000-0000-7000-8000-000000000000", "quantity": 1}] * 2, "/lines"),
    ],
)
def test_a_split_that_makes_no_sense_is_told_where(warehouse: Caller, lines: list[Any], pointer: str) -> None:
    shipment = a_shipment()
    before = snapshot(shipment.order_id)
    told = read(warehouse.post(at(shipment, "split"), {"lines": lines}), 400)
    assert told["errors"][0]["pointer"] == pointer
    assert snapshot(shipment.order_id) == before


def test_an_impossible_move_is_a_conflict_that_says_what_would_unblock_it(warehouse: Caller) -> None:
    shipment = a_shipment()
    before = snapshot(shipment.order_id)
    told = read(warehouse.post(at(shipment, "deliver")), 409)
    assert (told["code"], told["state"], told["operation"]) == ("operation_refused", "pending", "deliver")
    assert told["unblock"] == "First: dispatch."
    assert snapshot(shipment.order_id) == before


def test_dispatching_for_a_cancelled_order_is_a_conflict(warehouse: Caller) -> None:
    shipment = a_shipment()
    cancel_order(shipment.order_id, reason="Changed their mind", actor=ACTOR)
    before = snapshot(shipment.order_id)
    told = read(warehouse.post(at(shipment, "dispatch"), {"carrier": "DHL"}), 409)
    assert "The order is cancelled" in told["detail"]
    assert snapshot(shipment.order_id) == before


def test_an_action_honours_if_match_when_it_is_sent(warehouse: Caller) -> None:
    shipment = a_shipment()
    update_shipment(shipment.pk, notes="Seen meanwhile", actor=ACTOR)
    before = snapshot(shipment.order_id)
    assert warehouse.post(at(shipment, "pack"), if_match='"v1"').status_code == 412
    assert snapshot(shipment.order_id) == before
    assert warehouse.post(at(shipment, "pack"), if_match='"v2"').status_code == 200


def test_a_repeated_dispatch_acts_once_and_answers_the_same(warehouse: Caller) -> None:
    shipment = a_shipment()
    first = warehouse.post(at(shipment, "dispatch"), {"carrier": "DHL"}, idempotency_key="once")
    before = snapshot(shipment.order_id)
    second = warehouse.post(at(shipment, "dispatch"), {"carrier": "DHL"}, idempotency_key="once")
    assert first.status_code == second.status_code == 200
    assert first.content == second.content
    assert second.headers["Idempotent-Replayed"] == "true"
    assert snapshot(shipment.order_id) == before


def test_an_action_without_an_idempotency_key_is_refused(warehouse: Caller) -> None:
    shipment = a_shipment()
    assert warehouse.post(at(shipment, "pack"), idempotency_key="").status_code == 400
    assert fresh(shipment).status == ShipmentStatus.PENDING


# Shipments of an order


def test_posting_to_an_orders_shipments_opens_what_is_in_none_yet(shop: Caller, storefront: Client) -> None:
    order = a_released_order(storefront)
    path = f"/api/v1/orders/{order.pk}/shipments/"
    opened = read(shop.post(path), 201)["results"]
    assert [(each["sequence"], each["status"]) for each in opened] == [(1, "pending")]
    assert read(shop.get(path))["results"] == opened
    before = snapshot(order.pk)
    assert read(shop.post(path), 201)["results"] == opened
    assert snapshot(order.pk) == before


def test_shipments_are_not_opened_for_an_order_that_is_only_placed(shop: Caller, storefront: Client) -> None:
    order = an_order_on_account(storefront)
    refusal = read(shop.post(f"/api/v1/orders/{order.pk}/shipments/"), 409)
    assert (refusal["state"], refusal["operation"]) == ("placed", "open_shipments")
    assert refusal["unblock"].startswith("First: release.")
    assert Shipment.objects.count() == 0


def test_an_order_shows_its_shipments_when_asked_to_expand_them(shop: Caller, storefront: Client) -> None:
    shipment = a_shipment(storefront)
    told = read(shop.get(f"/api/v1/orders/{shipment.order_id}/?expand=shipments"))
    assert told["shipments"] == [read(shop.get(at(shipment)))]


def test_expanding_the_shipments_of_many_orders_costs_as_much_as_of_one(
    shop: Caller, storefront: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(5):
        open_shipments(a_released_order(storefront).pk, actor=ACTOR)
    shop.get("/api/v1/orders/")
    with django_assert_max_num_queries(4):
        told = read(shop.get("/api/v1/orders/?expand=shipments"))
    assert [len(each["shipments"]) for each in told["results"]] == [1] * 5
