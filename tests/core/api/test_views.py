"""The order of checks: 401 → 429 → 403/404 → 413/415 → 400 → idempotency replay → 428/412 → 409."""

from __future__ import annotations

from typing import Any

import pytest
import redis
from pytest_django import DjangoAssertNumQueries, Settings

from core.api.parsers import MAX_BYTES
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import problem
from tests.factories.core import a_client

pytestmark = pytest.mark.django_db

MISSING = "/api/v1/shops/0190b6a0-0000-7000-8000-000000000000/"
TOO_LARGE = b" " * (MAX_BYTES + 1)


@pytest.fixture
def used_up(settings: Settings, counts: redis.Redis) -> None:
    settings.RATE_LIMITS = {"read": "0/min", "write": "0/min"}


def test_401_comes_before_429(caller: Caller, used_up: None) -> None:
    problem(caller.get("/api/v1/shops/", authorization="Bearer a.b"), 401, "not_authenticated")


def test_429_comes_before_403_and_405(caller: Caller, used_up: None) -> None:
    problem(Caller(caller.client, ()).get("/api/v1/shops/"), 429, "too_many_requests")
    problem(caller.send("DELETE", "/api/v1/shops/"), 429, "too_many_requests")


def test_403_comes_before_404_413_415_and_400(caller: Caller) -> None:
    reader = Caller(caller.client, ("shops:read",))
    for options in ({"raw": TOO_LARGE}, {"raw": b"{", "content_type": "text/plain"}, {"raw": b"{"}):
        problem(reader.patch(MISSING, **options), 403, "scope_missing")


@pytest.mark.parametrize(
    "options",
    [
        {"raw": TOO_LARGE},
        {"raw": b"x", "content_type": "text/plain"},
        {"raw": b"{"},
        {"data": {"nmae": "x"}},
        {"data": {"name": "x"}},
        {"data": {"name": "x"}, "if_match": '"v1"'},
        {"data": {"name": "x"}, "if_match": '"v17"'},
    ],
    ids=["413", "415", "400 syntax", "400 field", "428", "412", "would be done"],
)
def test_404_comes_before_413_415_400_428_and_412(caller: Caller, options: dict[str, Any]) -> None:
    problem(caller.patch(MISSING, **options), 404, "not_found")


def test_404_comes_before_a_missing_key_and_an_unknown_parameter(caller: Caller) -> None:
    problem(caller.post(f"{MISSING}close/", idempotency_key=""), 404, "not_found")
    problem(caller.post(f"{MISSING}close/?force=1"), 404, "not_found")


def test_413_and_415_come_before_400_and_428(caller: Caller) -> None:
    path = f"/api/v1/shops/{caller.client.pk}/"
    problem(caller.patch(path, raw=TOO_LARGE), 413, "body_too_large")
    problem(caller.patch(path, raw=b"{", content_type="text/plain"), 415, "unsupported_media_type")


def test_400_comes_before_a_replay(caller: Caller) -> None:
    caller.post("/api/v1/shops/", {"name": "Corner"}, idempotency_key="k1")
    problem(caller.post("/api/v1/shops/", {"nmae": "Corner"}, idempotency_key="k1"), 400, "invalid_input")


def test_400_comes_before_428_and_412(caller: Caller) -> None:
    path = f"/api/v1/shops/{caller.client.pk}/"
    problem(caller.patch(path, {"nmae": "x"}), 400, "invalid_input")
    problem(caller.patch(path, {"nmae": "x"}, if_match='"v1"'), 400, "invalid_input")


def test_a_replay_comes_before_409(caller: Caller) -> None:
    path = f"/api/v1/shops/{a_client('Corner').pk}/close/"
    done = caller.post(path, idempotency_key="k1")
    assert caller.post(path, idempotency_key="k1").content == done.content
    problem(caller.post(path), 409, "name_taken")


def test_looking_for_the_object_costs_nothing_while_the_request_is_good(
    caller: Caller, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    path = f"/api/v1/shops/{caller.client.pk}/"
    caller.get(path)
    with django_assert_num_queries(2):
        caller.get(path)


def test_a_deprecated_view_says_so(caller: Caller) -> None:
    response = caller.get("/api/v1/shops/")
    assert response.headers["Deprecation"] == "@1861920000"
    assert response.headers["Sunset"] == "Tue, 01 Jan 2030 00:00:00 GMT"
    assert "Sunset" not in caller.get("/api/v1/numbers/1/").headers


def test_an_action_without_input_refuses_any(caller: Caller) -> None:
    path = f"/api/v1/shops/{caller.client.pk}/close/"
    problem(caller.post(path, {"force": True}), 400, "invalid_input")
    caller.client.refresh_from_db()
    assert caller.client.active
