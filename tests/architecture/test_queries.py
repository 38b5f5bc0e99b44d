"""Every query parameter of every route has an effect or is refused: what is empty, repeated, unknown or malformed is a
400 that names it. The parameters are those that the views declare, so that a new one is among them by itself."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import quote

import pytest
from pytest_django import Settings

from core.api import filters
from core.ids import new_id
from tests.architecture.conftest import World
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import problem
from tests.factories.watching import nothing_changes
from tests.routes import Route, routes

pytestmark = pytest.mark.django_db

ROUTES = routes()
READS = [route for route in ROUTES if route.method == "GET"]
WRITES = [route for route in ROUTES if route.method != "GET"]
ID = str(new_id())

BAD: dict[type[Any], list[str]] = {
    filters.TextFilter: ["x" * 256],
    filters.AnyCaseFilter: ["x" * 256],
    filters.IdFilter: ["x", "0", ID.replace("-", ""), f"{{{ID}}}", f"urn:uuid:{ID}", f"{ID} ", ID[:-1], f"{ID},{ID}"],
    filters.BooleanFilter: ["True", "1", "yes", "null", "true "],
    filters.ChoiceFilter: ["x", "null", "XX"],
    filters.AnyOfFilter: ["x", "null"],
    filters.WholeNumberFilter: ["1.5", "1e3", "0", "-1", "+1", "1_0", "0x1", "٣", " 1", "1 ", "9" * 19, "9" * 5_000],
    filters.DayFilter: ["2026-1-31", "20260131", "2026-02-30", "2026-01-31T12:00:00Z", "٢٠٢٦-01-31", "0001-01-01"],
    filters.TimestampFilter: [
        "2026-01-31", "2026-01-31T12:00:00", "2026-01-31T12:00", "2026-01-31T12:00Z", "٢٠٢٦-01-31T12:00:00Z",
        "20260131T120000Z", "2026-W05-6T12:00:00Z", "2026-13-01T00:00:00Z", "2026-01-31T24:00:01Z",
        "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-01-31T12:00:00+1", "now", "1769860800",
        " 2026-01-31T12:00:00Z",
    ],
}  # fmt: skip
"""What a filter of each class cannot take. A filter of another class fails here."""

GOOD: dict[type[Any], list[str]] = {
    filters.TextFilter: ["x", "é", "x" * 255, "%", "a,b"],
    filters.AnyCaseFilter: ["x", "é", "x" * 255, "%", "a,b"],
    filters.IdFilter: [ID, ID.upper()],
    filters.BooleanFilter: ["true", "false"],
    filters.WholeNumberFilter: ["1", "007", str(2**63 - 1)],
    filters.DayFilter: ["2026-01-31", "1900-01-01", "9998-12-31"],
    filters.TimestampFilter: ["2026-01-31T12:00:00Z", "2026-01-31t12:00:00.123456+02:00", "1900-01-01T00:00:00Z"],
}
NUMBERS = ["0", "1001", "1.5", "1e1", "-1", "+1", "٣", "1_0", " 1", "x"]
OWN: dict[str, list[str]] = {
    "limit": [*NUMBERS, "101"],
    "depth": NUMBERS,
    "ticket": ["x"],  # of one who shows a key
    "after": ["-1", "1.5", "٣", "x", "9" * 30],
    "types": [
        "x",
        "order",
        "*",
        "order*",
        "order.*,",
        ",",
        "order.*, order.held",
        "Order.*",
        "person.*",
        "client.created",
    ],
    "schema_version": NUMBERS[:1] + NUMBERS[2:] + ["2", "32768"],
    "last_event_id": ["-1", "1.5", "٣", "x", "9" * 30],
    "cursor": ["x", "é", "x" * 5_000],
    "on": BAD[filters.DayFilter],
    "ordering": ["x", "-x", "id,id", "created_at,", "Created_At"],
    "expand": ["x", "lines,", ",", ",lines", "lines,,payments", "Lines", "lines, payments"],
}
"""The same for parameters that aren't filters, by name."""


@pytest.fixture(autouse=True)
def no_limits(settings: Settings) -> None:
    settings.RATE_LIMITS = None


def declared(route: Route) -> dict[str, Any]:
    filterset = getattr(route.view, "filterset", None)
    return filterset.base_filters if filterset else {}


def is_refused(caller: Caller, path: str, query: str, name: str) -> bool:
    told = problem(caller.get(f"{path}?{query}"), 400, "bad_request")
    return {error["pointer"] for error in told["errors"]} == {f"?{name}"}


@pytest.mark.parametrize("route", READS, ids=str)
def test_a_parameter_without_an_effect_is_refused(route: Route, world: World) -> None:
    caller, path = world.caller, world.address(route)
    with nothing_changes():
        for name in [*route.view.query_names(), "colour"]:
            for query in (f"{name}=", name, f"{name}=%20", f"{name}=%09", f"{name}=%00", f"{name}=a%00b"):
                assert is_refused(caller, path, query, name), query
            if name not in route.view.repeatable_names():
                assert is_refused(caller, path, f"{name}=x&{name}=x", name), name
            problem(caller.get(f"{path}?{name}=%ff"), 400, "bad_request")


@pytest.mark.parametrize("route", [route for route in READS if route.view.query_names()], ids=str)
def test_a_malformed_parameter_is_refused(route: Route, world: World) -> None:
    caller, path = world.caller, world.address(route)
    bad = {name: BAD[type(each)] for name, each in declared(route).items()}
    bad |= {name: OWN[name] for name in route.view.query_names() - bad.keys()}
    with nothing_changes():
        for name, values in bad.items():
            for value in values:
                assert is_refused(caller, path, f"{name}={quote(value)}", name), (name, value)


@pytest.mark.parametrize("route", [route for route in READS if declared(route)], ids=str)
def test_what_a_filter_is_for_is_taken(route: Route, world: World) -> None:
    caller, path = world.caller, world.address(route)
    for name, each in declared(route).items():
        words = [value for value, _ in each.extra.get("choices", ())]
        for value in words or GOOD[type(each)]:
            assert caller.get(f"{path}?{name}={quote(value)}").status_code == 200, (name, value)
        if name in route.view.repeatable_names():
            assert caller.get(f"{path}?{'&'.join(f'{name}={word}' for word in words)}").status_code == 200


@pytest.mark.parametrize("route", WRITES, ids=str)
def test_no_write_takes_a_parameter(route: Route, world: World) -> None:
    caller, path = world.caller, world.address(route)
    with nothing_changes():
        for name in [*route.view.query_names(), "colour"]:
            told = caller.send(route.method, f"{path}?{name}=x", {}, idempotency_key="k", if_match="*")
            assert problem(told, 400, "bad_request")["known"] == []


TRIES = 3
"""Of which one must be cheap: what else the machine does at the time makes any single one dearer."""


@pytest.mark.parametrize("route", [route for route in READS if declared(route)], ids=str)
def test_no_query_costs_more_than_a_quarter_second(route: Route, world: World) -> None:
    """However long: that a server takes no more than some kilobytes for the first line is its own affair."""
    path = world.address(route)
    texts = ["9" * 500_000, "%00" * 100_000, "," * 500_000]
    queries = [f"{name}={text}" for name in route.view.query_names() for text in texts]
    queries += ["&".join(["colour=1"] * 50_000), "&" * 500_000, "%ff" * 100_000, "&".join(["limit=1"] * 999)]
    for query in queries:
        for tried in range(1, TRIES + 1):
            started = time.process_time()
            response = world.caller.get(f"{path}?{query}")
            seconds = time.process_time() - started
            assert response.status_code == 400, query[:50]
            assert len(response.content) < 100_000
            if seconds < 0.25:
                break
            assert tried < TRIES, query[:50]
