"""What every body of the API does with wrong and huge input. The routes are those of the URL conf, the fields those of
their bodies, so that a new one is among them by itself."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import orjson
import pytest
from pytest_django import Settings
from rest_framework import serializers

from core.api import serializers as fields
from core.api.parsers import MAX_BYTES, MAX_VALUES
from inventory.api.serializers.stock import MAX_ITEMS
from inventory.models import Location
from orders.statuses import MAX_LINES
from pricing.lists.api.serializers import MAX_PRICES
from tests.architecture.conftest import World
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import problem
from tests.factories.inventory import a_location, stock_up
from tests.factories.watching import nothing_changes
from tests.routes import Path, Route, put, routes, sample, walk
from tests.undoing import undone

pytestmark = pytest.mark.django_db

ROUTES = [route for route in routes() if route.body not in {None, fields.Nothing}]
ANY = next(route for route in routes() if route.body is fields.Nothing)
"""One of those whose body has no fields."""
TEXTS = {"a": "a", "spaces": " ", "what grows": "\ufdfa", "marks": "\u0315", "line breaks": "\n", "@": "@."}
"""What long texts consist of; the third becomes 18 characters under NFKC."""
MOST = 0.25
"""Seconds of processor time that a request may cost."""
QUIET_PACE = 0.04
"""What _pace() takes on a quiet machine, on which the dearest body costs well under MOST."""


@pytest.fixture(autouse=True)
def no_limits(settings: Settings) -> None:
    settings.RATE_LIMITS = None


def body_of(route: Route) -> fields.StrictSerializer:
    assert route.body is not None
    return route.body()


def send(caller: Caller, route: Route, path: str, body: bytes) -> Any:
    if_match = "*" if route.view.version_of else ""
    return caller.send(route.method, path, raw=body, idempotency_key=str(uuid4()), if_match=if_match)


def send_and_undo(caller: Caller, route: Route, body: bytes, path: str) -> Any:
    with undone():
        return send(caller, route, path, body)


def cost_of(call: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of processor time that it takes, and what is answered. What costs too much is asked again, and measured
    against the machine's own pace: other processes on the machine can make one call as dear as four."""
    costs: list[float] = []
    while not costs or (min(costs) >= MOST and len(costs) < 8):
        started = time.process_time()
        answer = call()
        cost = time.process_time() - started
        costs.append(cost if cost < MOST else cost / max(_pace() / QUIET_PACE, 1.0))
    return min(costs), answer


def _pace() -> float:
    """Seconds of processor time that a fixed piece of work takes on this machine now."""
    started = time.process_time()
    made = {str(number): [number, {"a": number}] for number in range(60_000)}
    assert len(made) == 60_000
    return time.process_time() - started


# Nested objects and lists: whole and in full, by every verb


NESTED = [
    (route, path, field)
    for route in ROUTES
    for path, field in walk(body_of(route))
    if len(path) > 1 and path[-1] != "0" and field.required
]
"""Members that nested objects must have."""


@pytest.mark.parametrize(
    ("route", "path", "field"), NESTED, ids=[f"{route} {'.'.join(path)}" for route, path, _ in NESTED]
)
def test_what_is_nested_is_never_taken_in_part(
    route: Route, path: Path, field: serializers.Field, world: World
) -> None:
    *above, name = path
    whole = put(sample(body_of(route)), path, sample(field))
    part = put(whole, tuple(above), {key: value for key, value in at(whole, above).items() if key != name})
    with nothing_changes():
        told = problem(send(world.caller, route, world.address(route), orjson.dumps(part)), 400, "invalid_input")
    assert ("/" + "/".join(path), "required") in {(error["pointer"], error["code"]) for error in told["errors"]}


def at(body: Any, path: list[str]) -> Any:
    for name in path:
        body = body[0] if isinstance(body, list) else body[name]
    return body


# Bounds: every list and map has one, looked at before what is in it


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_every_list_map_and_text_of_a_body_has_a_bound(route: Route) -> None:
    for path, field in walk(body_of(route)):
        if isinstance(field, serializers.ListSerializer | serializers.ListField | serializers.CharField):
            assert getattr(field, "max_length", None), path
        assert not isinstance(field, serializers.ListField) or isinstance(field, fields.ListField), path
        assert not isinstance(field, serializers.JSONField), path
        assert not isinstance(field, serializers.DictField) or isinstance(field, fields.MapField), path


ALWAYS = {"POST customers", "POST order-holds", str(ANY)}
"""Routes whose bodies are tried in each run; those of all routes take minutes."""


@pytest.mark.parametrize(
    "route",
    [
        pytest.param(each, marks=() if str(each) in ALWAYS else pytest.mark.slow, id=str(each))
        for each in [*ROUTES, ANY]
    ],
)
def test_no_body_under_the_limit_costs_more_than_a_quarter_second(
    route: Route, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    caller, path = world.caller, world.address(route)
    costs: dict[str, float] = {}
    for name, body in worst_bodies(body_of(route)):
        assert len(body) <= MAX_BYTES, name
        costs[name], response = cost_of(functools.partial(send, caller, route, path, body))
        assert response.status_code < 500, (name, response.content)
        assert len(response.content) < 100_000, name
    name, cost = max(costs.items(), key=lambda each: each[1])
    with capsys.disabled():
        print(f"\n{route}: {cost * 1000:.0f} ms ({name})")  # noqa: T201 - the figure is what the test is for
    assert cost < MOST, costs


def worst_bodies(body: fields.StrictSerializer) -> Iterator[tuple[str, bytes]]:
    """Nearly a megabyte each, or as many values as a body may have."""
    yield from anywhere()
    whole = sample(body)
    for path, field in walk(body):
        where = "/".join(path)
        for name, value in worst_values(field):
            yield f"{name} at {where}", orjson.dumps(put(whole, path, value))
        yield f"10^900000 at {where}", orjson.dumps(put(whole, path, "N")).replace(b'"N"', b"1" + b"0" * 900_000)


def anywhere() -> Iterator[tuple[str, bytes]]:
    size = MAX_BYTES - 100
    yield "deep", b"[" * size
    yield "deep objects", b'{"a":' * (size // 5)
    yield "empty lists", b"[" + b"[]," * (size // 3) + b"[]]"
    yield "duplicate keys", b"{" + b'"a":1,' * (size // 6) + b'"a":1}'
    yield "as many duplicate keys as go", b"{" + b'"a":1,' * (MAX_VALUES - 3) + b'"a":1}'
    yield "many keys", b"{" + b",".join(b'"%d":1' % number for number in range(90_000)) + b"}"
    yield "as many keys as go", b"{" + b",".join(b'"%0190d":1' % n for n in range(MAX_VALUES - 2)) + b"}"
    yield "escapes", b'{"a": "' + b"\\u0041" * (size // 6) + b'"}'
    yield "surrogates", b"{" + b",".join(b'"%d":"\\ud800"' % n for n in range(MAX_VALUES - 2)) + b"}"
    yield "brackets in text", b'{"a": "' + b"[{," * (size // 3) + b'"}'
    yield "no end of a text", b'{"a": "' + b'\\"' * (size // 2)
    yield "a long fraction", b'{"a": 0.' + b"1" * size + b"}"
    yield "a long exponent", b'{"a": 1e' + b"9" * size + b"}"
    yield "a long key", b'{"' + b"a" * size + b'": 1}'
    yield "not UTF-8", b'{"a": "' + b"\xff" * size + b'"}'


def worst_values(field: serializers.Field) -> Iterator[tuple[str, Any]]:
    size = MAX_BYTES - 20_000
    for name, text in TEXTS.items() if isinstance(field, serializers.CharField) else [("a", "a")]:
        yield f"long text of {name}", text * (size // (len(orjson.dumps(text)) - 2))
    if isinstance(field, serializers.ListSerializer | serializers.ListField):
        yield from worst_lists(field)
    elif isinstance(field, serializers.DictField):
        yield "a wide map", {f"{number}": 1 for number in range(MAX_VALUES - 50)}
        yield "a full map of wrong values", {f"{number}": number for number in range(50)}


def worst_lists(field: Any) -> Iterator[tuple[str, Any]]:
    many, most = MAX_VALUES - 100, field.max_length
    one = sample(field.child)
    yield "a long list of wrong elements", [1] * many
    yield "a long list of lists", [[]] * (many // 2)
    yield "a full list of wrong elements", [1] * min(most, many)
    yield "a full list of empty elements", [type(one)()] * min(most, many)
    if isinstance(field.child, fields.StrictSerializer):
        width = len(field.child.fields)
        full = min(most, many // (width + 1))
        yield "a full list of good elements", [one] * min(most, many // (len(one) + 1))
        wrong: dict[str, Any] = {str(name): [] for name in field.child.fields}
        yield "a full list wrong all over", [wrong] * min(most, many // (2 * width + 1))
        yield "a full list of long texts", [dict.fromkeys(field.child.fields, "x" * (900_000 // full // width))] * full
        yield "a full list of unknown fields", [{str(number): 1 for number in range(8)}] * min(most, many // 9)


# The largest that are taken


def largest() -> dict[str, Any]:
    """By route, a body with as much in it as it may have, all of it right."""
    skus = [f"SKU-{number}" for number in range(MAX_LINES)]
    stock_up(dict.fromkeys(skus, 10))
    here, there = str(Location.objects.get(code="MAIN").pk), str(a_location("THERE").pk)
    address = {"name": "x" * 200, "line1": "x" * 200, "city": "x" * 100, "country": "GB"}
    items = [{"sku": sku, "location_id": here, "quantity": 1} for sku in skus[:MAX_ITEMS]]
    moved = [{"sku": sku, "from_location_id": here, "to_location_id": there, "quantity": 1} for sku in skus[:MAX_ITEMS]]
    prices = [{"currency": currency, "amount": 1} for currency in ("EUR", "GBP", "USD", "JPY", "KWD", "CHF", "SEK")]
    return {
        "POST orders": {
            "currency": "EUR", "lines": [{"sku": sku, "quantity": 2} for sku in skus], "email": "ann@example.com",
            "shipping_address": address, "billing_address": address, "tags": [f"tag {number}" for number in range(20)],
            "metadata": {f"name {number}": "x" * 500 for number in range(50)},
        },
        "POST stock-receipts": {"items": items},
        "POST stock-scraps": {"items": items},
        "POST stock-transfers": {"items": moved},
        "PUT price-list-prices": {
            "prices": [
                {"sku": sku, "amount": 500, "from_quantity": 10, "compare_at": 600} for sku in skus[:MAX_PRICES]
            ],
        },
        "POST products": {
            "name": "x" * 250, "description": "x" * 10_000,
            "variants": [{"sku": f"NEW-{number}", "name": "x" * 250, "prices": prices} for number in range(100)],
        },
    }  # fmt: skip


def test_the_largest_requests_that_are_taken_cost_no_more_either(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    bodies, costs = largest(), {}
    for route in ROUTES:
        if str(route) in bodies:
            send_it = functools.partial(send_and_undo, world.caller, route, orjson.dumps(bodies.pop(str(route))))
            costs[str(route)], response = cost_of(functools.partial(send_it, world.address(route)))
            assert response.status_code in {200, 201}, response.content[:500]
    assert bodies == {}
    with capsys.disabled():
        print("\n", {name: f"{cost * 1000:.0f} ms" for name, cost in costs.items()})  # noqa: T201
    assert max(costs.values()) < MOST, costs
