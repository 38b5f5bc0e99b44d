"""What becomes of a message, by what the API answers to it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse
from pytest_django import Settings

from config.commands import calling
from config.commands.calling import Answer
from config.commands.messages import Asked, Message
from config.commands.table import BY_NAME
from config.commands.working import TRIES, Outcome, outcome_of, work_on
from core.models import Client
from orders.models import Order
from orders.statuses import OrderStatus
from tests.config.commands.conftest import SCOPES
from tests.factories.core import a_key
from tests.factories.inventory import stock_up
from tests.factories.orders import a_placed_order, reload
from tests.factories.watching import nothing_changes

CREATE: dict[str, Any] = {
    "command": "order.create",
    "data": {"currency": "EUR", "lines": [{"sku": "A", "quantity": 1}]},
}


def a_message(body: dict[str, Any], token: str = "", earlier: int = 0) -> Message:
    return Message(
        "order_commands",
        json.dumps({"request_id": "r-1", **body}).encode(),
        f"Bearer {token}",
        wants_reply=True,
        earlier=earlier,
        receipt=None,
    )


def outcome(status: int, earlier: int = 0, code: str = "some_code") -> Outcome:
    asked = Asked(BY_NAME["order.create"], "r-1", "/api/v1/orders/", {}, None)
    body = b"" if status < 300 else json.dumps({"code": code, "detail": "So it is."}).encode()
    return outcome_of(a_message(CREATE, earlier=earlier), asked, Answer(status, {}, body))


@contextmanager
def locked(statement: str, *parameters: Any) -> Iterator[None]:
    """Within the block another session has a transaction open that has done so."""
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(statement, parameters)
        yield
        cursor.execute("ROLLBACK")
    other.close()


@pytest.mark.parametrize("name", BY_NAME)
def test_each_command_has_a_route(name: str) -> None:
    command = BY_NAME[name]
    subject = ["0190a0f4-0000-7000-8000-000000000000"] if command.subject else []
    assert reverse(command.route, args=subject).startswith("/api/v1/")


@pytest.mark.parametrize("status", [200, 201, 204])
def test_what_was_done_goes(status: int) -> None:
    assert (outcome(status).reason, outcome(status).pause) == ("", None)


@pytest.mark.parametrize("status", [301, 400, 404, 409, 412, 422, 428, 429])
def test_a_refusal_is_a_dead_letter_only_if_nobody_was_told(status: int) -> None:
    told = outcome(status)
    assert (told.unless_told, told.pause) == (True, None)
    assert told.reason == f"The API answered {status} some_code: So it is. There was nobody to tell it to."


@pytest.mark.parametrize("status", [401, 403])
def test_who_is_not_let_in_is_a_dead_letter(status: int) -> None:
    told = outcome(status)
    assert (told.unless_told, told.reason) == (False, f"The API answered {status} some_code: So it is.")


@pytest.mark.parametrize(
    ("status", "code", "pauses"),
    [
        (503, "temporarily_unavailable", [1, 2, 4, 8, 16, 32, 60, 60, 60]),
        (409, "idempotency_key_in_flight", [1, 2, 4, 8, 16, 32, 60, 60, 60]),
        (500, "internal_error", [1, 2]),
    ],
)
def test_what_may_pass_is_tried_again_so_often_and_then_a_dead_letter(
    status: int, code: str, pauses: list[float]
) -> None:
    tries = len(pauses) + 1
    assert [outcome(status, earlier, code) for earlier in range(tries - 1)] == [Outcome(pause=each) for each in pauses]
    last = outcome(status, tries - 1, code)
    assert (last.pause, last.unless_told) == (None, False)
    assert last.reason == f"Tried {tries} times. The API answered {status} {code}: So it is."
    assert json.loads(last.reply)["status"] == status


@pytest.mark.django_db
def test_what_never_came_to_an_end_is_given_up_without_being_tried(storefront: Client) -> None:
    stock_up({"A": 1})
    token = a_key(storefront, SCOPES)[1]
    with nothing_changes():
        told = work_on(a_message(CREATE, token, earlier=TRIES))
    assert told.reason == f"It was delivered {TRIES} times without coming to an end."
    assert (json.loads(told.reply)["status"], json.loads(told.reply)["body"]["code"]) == (500, "given_up")


@pytest.mark.django_db
def test_a_database_that_cannot_answer_has_the_command_tried_again(storefront: Client) -> None:
    stock_up({"A": 1})
    token = a_key(storefront, SCOPES)[1]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '50ms'")
    with locked("LOCK TABLE core_idempotencyrecord IN ACCESS EXCLUSIVE MODE"):
        assert work_on(a_message(CREATE, token)) == Outcome(pause=1)
    assert Order.objects.count() == 0
    assert json.loads(work_on(a_message(CREATE, token, earlier=1)).reply)["status"] == 201


@pytest.mark.django_db
def test_in_production_a_command_is_no_request_that_is_sent_to_https_or_names_a_foreign_host(
    settings: Settings, storefront: Client
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.ALLOWED_HOSTS = [".orders.example.com"]
    settings.TRUSTED_PROXIES = ("unix",)
    stock_up({"A": 2})
    token = a_key(storefront, SCOPES)[1]
    calling._application.cache_clear()
    try:
        assert json.loads(work_on(a_message(CREATE, token)).reply)["status"] == 201
        again = {**CREATE, "request_id": "r-2"}
        assert json.loads(work_on(a_message(again, token)).reply)["status"] == 201
        listed = {"command": "order.list", "data": {"limit": 1}}
        reply = json.loads(work_on(dataclasses.replace(a_message(listed, token), queue="order_requests")).reply)
        assert reply["body"]["next"].startswith("https://orders.example.com/api/v1/orders/?")
    finally:
        calling._application.cache_clear()


@pytest.mark.django_db(transaction=True)
def test_a_command_that_takes_too_long_is_cut_off_and_tried_again(settings: Settings, storefront: Client) -> None:
    order = a_placed_order(storefront)
    token = a_key(storefront, SCOPES)[1]
    cancel = {"command": "order.cancel", "order_id": str(order.pk), "data": {"reason": "Changed their mind"}}
    settings.COMMANDS_DEADLINE = 0.3
    with locked("SELECT 1 FROM orders_order WHERE id = %s FOR UPDATE", order.pk):
        assert work_on(a_message(cancel, token)) == Outcome(pause=1)
        third = work_on(a_message(cancel, token, earlier=2))
    assert third.reason == "Tried 3 times. The API answered 500 took_too_long: The command was cut off after 0.3 s."
    assert reload(order).status == OrderStatus.PLACED
    settings.COMMANDS_DEADLINE = 30.0
    assert json.loads(work_on(a_message(cancel, token, earlier=1)).reply)["status"] == 200


def test_a_message_shows_its_key_to_no_log() -> None:
    assert "secret" not in repr(a_message(CREATE, "qm_live_0123456789ab.secret"))
