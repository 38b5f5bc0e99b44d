"""Webhook endpoints over HTTP."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from core.models import Client, Delivery, IdempotencyRecord
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import pointers, problem
from tests.factories.core import ACTOR, read
from tests.factories.storefronts import a_storefront
from tests.factories.watching import nothing_changes
from tests.factories.webhooks import URL, an_attempt, an_endpoint
from webhooks.actions import pause_endpoint
from webhooks.models import Endpoint
from webhooks.queries import signing_secrets
from webhooks.sending import secret_bytes

pytestmark = pytest.mark.django_db

ENDPOINTS = "/api/v1/webhook-endpoints/"


@pytest.fixture(autouse=True)
def no_limits(settings: Settings) -> None:
    settings.RATE_LIMITS = None


@pytest.fixture
def shop() -> Client:
    return a_storefront()


@pytest.fixture
def caller(shop: Client) -> Caller:
    return Caller(shop, ("webhooks:read", "webhooks:write"))


def address(endpoint: Endpoint, tail: str = "") -> str:
    return f"{ENDPOINTS}{endpoint.pk}/{tail}"


def test_the_secret_is_in_the_first_answer_alone_and_remembered_nowhere(caller: Caller) -> None:
    body = {"url": URL, "event_types": ["order.*"], "payload": "full", "notify": "ops@example.com"}
    made = caller.post(ENDPOINTS, body, idempotency_key="k")
    told = read(made, 201)
    secret = told.pop("secret")
    endpoint = Endpoint.objects.get()
    assert signing_secrets(endpoint.pk) == [secret_bytes(secret)]
    assert (made.headers["Location"], made.headers["ETag"]) == (address(endpoint), '"v1"')
    assert told == read(caller.get(address(endpoint)))
    with nothing_changes():
        again = caller.post(ENDPOINTS, body, idempotency_key="k")
    assert read(again, 201) == {**told, "secret": None}
    assert secret.encode() not in IdempotencyRecord.objects.get().body


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/url", "required"),
        ({"url": "http://169.254.169.254/latest"}, "/url", "forbidden_address"),
        ({"url": URL, "event_types": ["order.crated"]}, "/event_types/0", "invalid_choice"),
        ({"url": URL, "payload": "fat"}, "/payload", "invalid_choice"),
        ({"url": URL, "secret": "mine"}, "/secret", "unknown_field"),
    ],
)
def test_what_cannot_be_is_refused_by_name(caller: Caller, body: dict, pointer: str, code: str) -> None:
    with nothing_changes():
        told = read(caller.post(ENDPOINTS, body), 400)
    assert pointers(told) == {(pointer, code)}


def test_it_is_changed_and_removed_with_if_match(caller: Caller, shop: Client) -> None:
    endpoint = an_endpoint(shop)
    changed = caller.patch(address(endpoint), {"payload": "full"}, if_match='"v1"')
    assert (read(changed)["payload"], changed.headers["ETag"]) == ("full", '"v2"')
    with nothing_changes():
        problem(caller.send("DELETE", address(endpoint), if_match='"v1"'), 412, "stale_version")
    assert caller.send("DELETE", address(endpoint), if_match='"v2"').status_code == 204
    problem(caller.get(address(endpoint)), 404, "not_found")
    assert read(caller.get(ENDPOINTS))["results"] == []


def test_a_test_of_one_that_is_paused_is_refused_with_advice_that_works(caller: Caller, shop: Client) -> None:
    endpoint = an_endpoint(shop)
    pause_endpoint(endpoint.pk, actor=ACTOR)
    with nothing_changes():
        told = problem(caller.post(address(endpoint, "send-test/")), 409, "operation_refused")
    assert told["unblock_by"] == ["resume"]
    read(caller.post(address(endpoint, "resume/")))
    read(caller.post(address(endpoint, "send-test/")))


def test_lists_take_as_many_statements_however_long_they_are(caller: Caller, shop: Client) -> None:
    endpoint = an_endpoint(shop)
    lists = (ENDPOINTS, address(endpoint, "attempts/"), address(endpoint, "undelivered/"))
    read(caller.get(ENDPOINTS))
    counts = []
    for _ in range(2):
        attempt = an_attempt(endpoint)
        an_attempt(endpoint, outcome="not_sent", status_code=None, error_code="too_slow")
        event = attempt.event
        Delivery.objects.create(
            event=event, lane="webhooks", target=endpoint.key, subject_id=event.subject_id, version=event.version
        )
        with CaptureQueriesContext(connection) as few:
            for each in lists:
                read(caller.get(each))
        counts.append(len(few))
        an_endpoint(shop)
    assert counts[0] == counts[1]
    refused = read(caller.get(address(endpoint, "attempts/?outcome=refused")))["results"]
    assert [(each["outcome"], each["status_code"], each["error"]) for each in refused] == [
        ("refused", 500, "It answered 500.")
    ] * 2
    assert len(read(caller.get(address(endpoint, "undelivered/?status=waiting")))["results"]) == 2
    assert read(caller.get(address(endpoint, "undelivered/?status=given_up")))["results"] == []
