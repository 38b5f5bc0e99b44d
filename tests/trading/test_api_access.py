"""Who gets what from each route of the book: no key, wrong scope, a stranger, the owner. Generated from the routes."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import orjson
import pytest
from django.test import Client as Browser
from pytest_django import Settings

from core.models import Client
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import problem
from tests.factories.core import a_client, read
from tests.factories.trading import SCOPES, a_book, a_book_order, a_trade, a_trader
from tests.factories.watching import nothing_changes
from trading.api.urls import urlpatterns

pytestmark = pytest.mark.django_db

BODIES: dict[str, Any] = {
    "POST book-orders": {"id": "N1", "symbol": "JPM", "side": "Buy", "amount": 1, "price": 20},
    "PATCH book-order": {"amount": 1},
    "POST instruments": {"symbol": "NEW", "currency": "EUR"},
    "PATCH instrument": {"sku": "MUG"},
    "POST book-price": {"side": "Buy", "amount": 1},
    "POST book-trades": {"side": "Buy", "amount": 1, "client_ref": "N1"},
}
SHARED = {"instruments", "instrument", "book", "book-price", "book-trades"}
"""What all clients have together; the rest is each client's own."""

ROUTES = [
    (pattern.name, str(pattern.pattern), method)
    for pattern in urlpatterns
    for method in pattern.callback.view_class.scopes  # type: ignore[attr-defined]
    if "import" not in str(pattern.name) and "feed" not in str(pattern.name)  # which have a matrix of their own
]
OWN = [route for route in ROUTES if route[0] not in SHARED and "<" in route[1]]
NAMES = [f"{method} {name}" for name, _, method in ROUTES]
by_route = pytest.mark.parametrize(("name", "path", "method"), ROUTES, ids=NAMES)
by_own_route = pytest.mark.parametrize(("name", "path", "method"), OWN, ids=[f"{m} {n}" for n, _, m in OWN])


@pytest.fixture(autouse=True)
def no_limits(settings: Settings) -> None:
    settings.RATE_LIMITS = None


@pytest.fixture
def owner(db: None) -> Client:
    return a_client("Owner")


def targets(owner: Client) -> dict[str, str]:
    """An order, a trade and a book that are there, by the name they have in paths."""
    a_book()
    order = a_book_order(owner, price=500)
    return {"str:ref": order.ref, "str:symbol": "JPM", "id:trade_id": str(a_trade(owner).pk)}


def missing() -> dict[str, str]:
    return {"str:ref": "NONE", "str:symbol": "NONE", "id:trade_id": str(uuid4())}


def send(caller: Caller, name: str, path: str, method: str, names: dict[str, str]) -> Any:
    for kind, value in names.items():
        path = path.replace(f"<{kind}>", value)
    headers: dict[str, Any] = {}
    if method == "POST":
        headers["idempotency_key"] = str(uuid4())
    elif method != "GET":
        version = '"v2"' if name == "instrument" else '"v1"'  # the symbol was traded once
        headers["if_match"] = version
    return caller.send(method, f"/api/v1/book/{path}", BODIES.get(f"{method} {name}"), **headers)


def masked(response: Any) -> dict[str, Any]:
    """A problem without what differs from request to request."""
    told: dict[str, Any] = orjson.loads(response.content)
    return {key: value for key, value in told.items() if key not in {"instance", "request_id"}}


def test_the_routes_are_there() -> None:
    assert len(ROUTES) >= 16
    assert len(OWN) >= 6


@by_route
def test_without_a_key_nobody_gets_anything(name: str, path: str, method: str, owner: Client) -> None:
    names = targets(owner)
    for kind, value in names.items():
        path = path.replace(f"<{kind}>", value)
    with nothing_changes():
        response: Any = Browser().generic(method, f"/api/v1/book/{path}")
        problem(response, 401, "not_authenticated")


@by_route
def test_without_its_scope_a_key_is_refused_and_the_scope_named(
    name: str, path: str, method: str, owner: Client
) -> None:
    names = targets(owner)
    needed = next(p.callback.view_class.scopes[method] for p in urlpatterns if p.name == name)  # type: ignore[attr-defined]
    caller = a_trader(owner, [scope for scope in SCOPES if scope != needed])
    with nothing_changes():
        assert problem(send(caller, name, path, method, names), 403, "scope_missing")["missing_scope"] == needed


@by_route
def test_the_owner_gets_through(name: str, path: str, method: str, owner: Client) -> None:
    response = send(a_trader(owner), name, path, method, targets(owner))
    assert response.status_code in {200, 201, 204}, response.content


@by_own_route
def test_anothers_is_exactly_as_missing_as_a_missing_one(name: str, path: str, method: str, owner: Client) -> None:
    names = targets(owner)
    stranger = a_trader()
    with nothing_changes():
        theirs = send(stranger, name, path, method, names)
        nothing = send(stranger, name, path, method, missing())
    problem(theirs, 404, "not_found")
    assert masked(theirs) == masked(nothing)


@by_own_route
def test_a_back_office_sees_its_own_too_and_no_more(name: str, path: str, method: str, owner: Client) -> None:
    names = targets(owner)
    office = a_trader(a_client(kind="back_office"))
    with nothing_changes():
        problem(send(office, name, path, method, names), 404, "not_found")


@by_route
def test_what_there_is_not_is_not_found(name: str, path: str, method: str, owner: Client) -> None:
    if "<" in path:
        trader = a_trader(owner)
        with nothing_changes():
            problem(send(trader, name, path, method, missing()), 404, "not_found")


def test_lists_show_ones_own_and_books_everybodys(owner: Client) -> None:
    names = targets(owner)
    trader, stranger = a_trader(owner), a_trader()
    for path, key in (("orders", "str:ref"), ("trades", "id:trade_id")):
        told = read(trader.get(f"/api/v1/book/{path}/"))["results"]
        assert [each["id"] for each in told] == [names[key]]
        assert read(stranger.get(f"/api/v1/book/{path}/"))["results"] == []
    assert read(stranger.get("/api/v1/book/JPM/")) == read(trader.get("/api/v1/book/JPM/"))


def test_others_orders_stay_unnamed_in_fills_and_prices(owner: Client) -> None:
    first, *_ = a_book(owner)
    asked = {"side": "Buy", "amount": 1}
    path = "/api/v1/book/JPM/price/"
    assert [each["order_id"] for each in read(a_trader(owner).post(path, asked))["fills"]] == [first.ref]
    stranger = a_trader()
    assert [each["order_id"] for each in read(stranger.post(path, asked))["fills"]] == [None]
    bought = read(stranger.post("/api/v1/book/JPM/trades/", {**asked, "client_ref": "R"}), 201)
    assert [each["order_id"] for each in bought["fills"]] == [None]
