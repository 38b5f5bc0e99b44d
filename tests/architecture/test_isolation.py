"""What is one storefront's is nowhere shown to another, by any route: those of the URL conf, so that a new one is among
them by itself, or fails for a parameter that the world has nothing for."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from pytest_django import Settings

from tests.architecture.conftest import World
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import problem
from tests.factories.core import a_client
from tests.factories.watching import nothing_changes
from tests.factories.world import SHARED
from tests.routes import Route, routes

pytestmark = pytest.mark.django_db

ROUTES = routes()
READS = [route for route in ROUTES if route.method == "GET"]
LISTS = [route for route in ROUTES if route.is_list]
PRIVATE = [route for route in ROUTES if set(route.parameters) - set(SHARED)]
EMPTY_FOR_OTHERS = {
    "orders",
    "shipments",
    "customers",
    "customer-groups",
    "price-lists",
    "book-orders",
    "trades",
    "book-imports",
    "offers",
    "documents",
}
"""Lists of nothing but what is one's own."""


@pytest.fixture(autouse=True)
def no_limits(settings: Settings) -> None:
    settings.RATE_LIMITS = None


def send(caller: Caller, route: Route, world: World, **headers: Any) -> Any:
    return caller.send(route.method, world.address(route), None if route.method == "GET" else {}, **headers)


def results(response: Any) -> list[Any]:
    told: list[Any] = orjson.loads(response.content)["results"]
    return told


@pytest.mark.parametrize("route", READS, ids=str)
def test_nothing_of_anothers_is_shown(route: Route, world: World) -> None:
    own = [value for name, value in world.ids.items() if name not in SHARED]
    private = [*own, str(world.owner.pk), world.owner.name, "ann.private@example.com", "Ann Private"]
    shown = send(world.stranger, route, world).content.decode().replace(world.address(route), "")
    assert [text for text in private if text in shown] == []


@pytest.mark.parametrize("route", PRIVATE, ids=str)
def test_anothers_is_as_good_as_missing(route: Route, world: World) -> None:
    with nothing_changes():
        problem(send(world.stranger, route, world, idempotency_key="k", if_match="*"), 404, "not_found")


@pytest.mark.parametrize("route", LISTS, ids=str)
def test_the_owner_sees_something_in_every_list(route: Route, world: World) -> None:
    assert results(send(world.caller, route, world))
    if route.name in EMPTY_FOR_OTHERS:
        assert results(send(world.stranger, route, world)) == []


def test_of_movements_a_storefront_sees_those_of_its_own_orders_and_of_none(world: World) -> None:
    def seen_by(caller: Caller, query: str = "") -> set[tuple[str, str | None]]:
        told = results(caller.get(f"/api/v1/stock/movements/{query}"))
        return {(each["kind"], each["order_id"]) for each in told}

    def of_kind(kind: str) -> Caller:
        return Caller(a_client(kind=kind), ("stock:read",))

    received, reserved = ("receive", None), ("reserve", world.ids["order_id"])
    assert seen_by(world.caller) == {received, reserved}
    assert seen_by(world.stranger) == {received}
    assert seen_by(world.stranger, f"?order_id={world.ids['order_id']}") == set()
    assert seen_by(of_kind("warehouse")) == seen_by(of_kind("back_office")) == {received, reserved}


def test_the_routes_are_all_there() -> None:
    assert len(LISTS) >= 18
    assert {parameter for route in ROUTES for parameter in route.parameters} >= {*SHARED}
