"""Who gets what from each route of orders: no key, wrong scope, a stranger, the owner. Generated from the routes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
import pytest
from django.test import Client as Browser
from pytest_django import Settings

from core.ids import new_id
from core.models import Client
from orders.actions import place_hold
from orders.api.urls import urlpatterns
from orders.models import Order
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import problem
from tests.factories.core import a_client
from tests.factories.customers import a_customer
from tests.factories.orders import (
    ACTOR,
    a_placed_order,
    a_waiting_order,
    a_waiting_refund,
    an_authorised_payment,
    an_order,
    pay,
)
from tests.factories.shipping import an_order_on_account
from tests.factories.stored_value import a_gift_card, a_store_credit, code_of
from tests.factories.watching import nothing_changes

pytestmark = pytest.mark.django_db

SCOPES = ("orders:read", "orders:write", "orders:terms", "payments:read", "payments:write")
THROUGH = {200, 201, 204, 421}
"""421: a stream, which another process serves."""

BODIES: dict[str, Any] = {
    "PATCH order": {"tags": ["x"]},
    "POST order-cancel": {"reason": "x"},
    "POST order-holds": {"reason": "other"},
    "POST order-notes": {"body": "x"},
    "POST order-payments": {"method": "cash", "amount": 1},
    "POST order-payment-refund": {"amount": 1},
    "POST order-pay-by-card": {"token": "tok_ok"},
    "POST order-refunds": {"goodwill": 1, "reason": "other"},
    "POST order-refund-preview": {"goodwill": 1},
    "POST order-refund-reject": {"reason": "x"},
    "POST order-write-off": {"note": "x"},
}
STATUS = {
    "order-place": "draft",
    "order-renew-reservation": "draft",
    "order-reopen": "cancelled",
    "order-complete": "delivered",
}
"""The state in which a route's action is possible, where that isn't placed."""

ROUTES = [
    (pattern.name, str(pattern.pattern), method)
    for pattern in urlpatterns
    for method in pattern.callback.view_class.scopes  # type: ignore[attr-defined]
]
OF_ONE_ORDER = [route for route in ROUTES if route[0] not in {"orders", "quotes"}]
by_route = pytest.mark.parametrize(
    ("name", "path", "method"), OF_ONE_ORDER, ids=[f"{method} {name}" for name, _, method in OF_ONE_ORDER]
)


@pytest.fixture(autouse=True)
def no_limits(settings: Settings) -> None:
    settings.RATE_LIMITS = None


@pytest.fixture
def owner(db: None) -> Client:
    return a_client("Owner")


def an_order_for(name: str, owner: Client) -> tuple[Order, dict[str, UUID]]:
    """An order on which the route's action is possible, and the ids in its path."""
    status = STATUS.get(name, "placed")
    order = an_order(status, owner)
    names = {"order_id": order.pk, "hold_id": new_id(), "payment_id": new_id(), "refund_id": new_id()}
    if name == "order-hold-lift":
        names["hold_id"] = place_hold(order.pk, reason="other", actor=ACTOR).pk
    elif name == "order-redeem-store-credit":
        customer = a_customer(owner)
        a_store_credit(customer)
        names["order_id"] = a_placed_order(owner, customer_id=customer.pk).pk
    elif name == "order-instalments":
        order = an_order_on_account(owner)
        names["order_id"] = order.pk
        BODIES["PUT order-instalments"] = {"instalments": [{"due_on": "2999-12-31", "amount": order.due}]}
    elif name == "order-redeem-gift-card":
        BODIES["POST order-redeem-gift-card"] = {"code": code_of(a_gift_card(owner))}
    elif name in {"order-release-part", "order-change-promise"}:
        order = a_waiting_order({"C": 2}, {"C": 1}, client=owner)
        pay(order)
        names["order_id"] = order.pk
        line_id = order.lines.get().pk
        BODIES["POST order-change-promise"] = {"line_id": str(line_id), "promised_on": "2999-12-31"}
    elif name in {"order-refund-approve", "order-refund-reject"}:
        names["refund_id"] = a_waiting_refund(order).pk
    elif name in {"order-payment-capture", "order-payment-void", "order-payment-attempts"}:
        names["payment_id"] = an_authorised_payment(order).pk
    elif name in {"order-release", "order-payment-refund"}:
        names["payment_id"] = pay(order).pk
    return Order.objects.get(pk=names["order_id"]), names


def url(path: str, names: dict[str, UUID]) -> str:
    for name, value in names.items():
        path = path.replace(f"<id:{name}>", str(value))
    return f"/api/v1/{path}"


def send(caller: Caller, name: str, path: str, method: str, names: dict[str, UUID], version: int = 2) -> Any:
    headers: dict[str, Any] = {}
    if method == "POST":
        headers["idempotency_key"] = "k1"
    elif method != "GET":
        headers["if_match"] = f'"v{version}"'
    return caller.send(method, url(path, names), BODIES.get(f"{method} {name}"), **headers)


def masked(response: Any) -> dict[str, Any]:
    """A problem without what differs from request to request."""
    told: dict[str, Any] = orjson.loads(response.content)
    return {key: value for key, value in told.items() if key not in {"instance", "request_id"}}


def test_every_route_of_an_order_is_in_the_matrix() -> None:
    assert len(OF_ONE_ORDER) >= 19
    assert {name for name, _, _ in ROUTES} == {pattern.name for pattern in urlpatterns}


@by_route
def test_without_a_key_nobody_gets_anything(name: str, path: str, method: str, owner: Client) -> None:
    _, names = an_order_for(name, owner)
    with nothing_changes():
        response: Any = Browser().generic(method, url(path, names))
        problem(response, 401, "not_authenticated")


@by_route
def test_without_its_scope_a_key_is_refused_and_the_scope_named(
    name: str, path: str, method: str, owner: Client
) -> None:
    _, names = an_order_for(name, owner)
    needed = next(p.callback.view_class.scopes[method] for p in urlpatterns if p.name == name)  # type: ignore[attr-defined]
    caller = Caller(owner, tuple(scope for scope in SCOPES if scope != needed))
    with nothing_changes():
        assert problem(send(caller, name, path, method, names), 403, "scope_missing")["missing_scope"] == needed


@by_route
def test_another_storefronts_order_is_exactly_as_missing_as_a_missing_one(
    name: str, path: str, method: str, owner: Client
) -> None:
    _, names = an_order_for(name, owner)
    stranger = Caller(a_client("Stranger"), SCOPES)
    with nothing_changes():
        theirs = send(stranger, name, path, method, names)
        missing = send(stranger, name, path, method, {**names, "order_id": new_id()})
        wrong = stranger.send(method, url(path, names), [], idempotency_key="k2")
    problem(theirs, 404, "not_found")
    assert masked(theirs) == masked(missing)
    if method != "GET":
        problem(wrong, 404, "not_found")


@by_route
def test_the_owner_gets_through(name: str, path: str, method: str, owner: Client) -> None:
    order, names = an_order_for(name, owner)
    response = send(Caller(owner, SCOPES), name, path, method, names, order.version)
    assert response.status_code in THROUGH, response.content


@by_route
def test_a_back_office_gets_through_too(name: str, path: str, method: str, owner: Client) -> None:
    order, names = an_order_for(name, owner)
    response = send(Caller(a_client(kind="back_office"), SCOPES), name, path, method, names, order.version)
    assert response.status_code in THROUGH, response.content


def test_a_list_shows_ones_own_orders_only(owner: Client) -> None:
    mine, theirs = an_order("placed", owner), an_order("placed")
    told = orjson.loads(Caller(owner, SCOPES).get("/api/v1/orders/").content)["results"]
    assert [each["id"] for each in told] == [str(mine.pk)]
    everything = orjson.loads(Caller(a_client(kind="back_office"), SCOPES).get("/api/v1/orders/").content)["results"]
    assert [each["id"] for each in everything] == [str(theirs.pk), str(mine.pk)]
