"""Commands by a real RabbitMQ, sent by a client that uses nothing of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from structlog.testing import capture_logs

from config.commands.consuming import settle, take_one
from config.commands.working import work_on
from core.idempotency import Call
from core.models import Client, Event, IdempotencyRecord
from orders.models import Order
from orders.statuses import OrderStatus
from shipping.models import Shipment
from tests.config.commands.conftest import SCOPES, Sender, Shop
from tests.core.api.conftest import Caller
from tests.factories.core import a_client, a_key
from tests.factories.inventory import stock_up
from tests.factories.orders import a_placed_order, an_order, assert_everything_adds_up, reload, stock
from tests.factories.watching import nothing_changes

ORDER = {"currency": "EUR", "lines": [{"sku": "A", "quantity": 3}]}
REASON = {"reason": "Changed their mind"}


class TestRoundTrips:
    def test_an_order_is_created(self, shop: Shop, storefront: Client) -> None:
        stock_up({"A": 5})
        told = shop.do("order.create", "r-1", data={**ORDER, "external_ref": "W-1"})
        order = Order.objects.get()
        assert (told["request_id"], told["ok"], told["status"], told["etag"]) == ("r-1", True, 201, order.etag)
        assert (told["body"]["id"], told["body"]["external_ref"]) == (str(order.pk), "W-1")
        assert (order.client, stock()) == (storefront, {"A": (5, 3)})
        assert set(Event.objects.filter(subject_id=order.pk).values_list("request_id", flat=True)) == {"r-1"}
        assert shop.sender.waiting() == 0
        assert_everything_adds_up()

    def test_an_order_is_updated_by_the_version_that_was_seen(self, shop: Shop, storefront: Client) -> None:
        order = a_placed_order(storefront)
        told = shop.do("order.update", "r-1", order_id=str(order.pk), if_match=order.etag, data={"tags": ["vip"]})
        assert (told["ok"], told["status"], told["body"]["tags"]) == (True, 200, ["vip"])
        assert told["etag"] == reload(order).etag != order.etag

    def test_an_order_is_cancelled(self, shop: Shop, storefront: Client) -> None:
        order = a_placed_order(storefront)
        told = shop.do("order.cancel", "r-1", order_id=str(order.pk), data=REASON)
        assert (told["status"], told["body"]["status"]) == (200, "cancelled")
        assert reload(order).status == OrderStatus.CANCELLED

    def test_a_delivered_shipment_delivers_its_order(self, shop: Shop, storefront: Client) -> None:
        order = an_order("shipped", storefront)
        shipment = Shipment.objects.get()
        told = shop.do("order.delivered", "r-1", shipment_id=str(shipment.pk))
        assert (told["status"], told["body"]["status"]) == (200, "delivered")
        assert reload(order).status == OrderStatus.DELIVERED

    def test_an_order_is_got_with_what_the_query_asks_for(self, shop: Shop, storefront: Client) -> None:
        order = a_placed_order(storefront)
        told = shop.ask("order.get", "r-1", order_id=str(order.pk), data={"expand": "shipments"})
        assert (told["status"], told["etag"]) == (200, order.etag)
        assert (told["body"]["id"], told["body"]["shipments"]) == (str(order.pk), [])

    def test_orders_are_listed_page_by_page(self, shop: Shop, storefront: Client) -> None:
        orders = [a_placed_order(storefront) for _ in range(3)]
        a_placed_order()
        first = shop.ask("order.list", "r-1", data={"limit": 2, "ordering": "created_at", "status": "placed"})
        second = shop.ask("order.list", "r-2", data=parse_qs(urlsplit(first["body"]["next"]).query))
        assert [each["id"] for page in (first, second) for each in page["body"]["results"]] == [
            str(order.pk) for order in orders
        ]

    def test_what_is_asked_is_logged_without_the_key(self, shop: Shop, storefront: Client) -> None:
        with capture_logs() as lines:
            shop.ask("order.list", "r-1")
        told = [line for line in lines if line["event"] == "command"]
        assert [(line["command"], line["status"], line["delivery"], line["dead"]) for line in told] == [
            ("order.list", 200, 1, False)
        ]
        requests = [line for line in lines if line["event"] == "request"]
        assert [(line["client"], line["path"]) for line in requests] == [("North storefront", "/api/v1/orders/")]
        assert shop.sender.token.partition(".")[2] == "secret"
        assert "secret" not in str(lines)


class TestOnce:
    def test_a_repeated_command_acts_once_and_gets_the_same_reply(self, shop: Shop) -> None:
        stock_up({"A": 5})
        first = shop.do("order.create", "r-1", data=ORDER)
        with nothing_changes():
            assert shop.do("order.create", "r-1", data=ORDER) == first
        assert (Order.objects.count(), stock()) == (1, {"A": (5, 3)})

    def test_so_does_a_repeated_update(self, shop: Shop, storefront: Client) -> None:
        order = a_placed_order(storefront)
        asked: dict[str, Any] = {"order_id": str(order.pk), "if_match": order.etag, "data": {"tags": ["vip"]}}
        first = shop.do("order.update", "r-1", **asked)
        with nothing_changes():
            assert shop.do("order.update", "r-1", **asked) == first

    def test_a_command_and_the_same_by_http_act_once(self, shop: Shop, storefront: Client) -> None:
        stock_up({"A": 5})
        told = shop.do("order.create", "r-1", data=ORDER)
        response = Caller(storefront, SCOPES).post("/api/v1/orders/", ORDER, idempotency_key="r-1")
        assert (response.status_code, json.loads(response.content)) == (201, told["body"])
        assert response.headers["Idempotent-Replayed"] == "true"

    @pytest.mark.parametrize(
        ("command", "members"),
        [
            ("order.create", {"data": {**ORDER, "external_ref": "another"}}),
            ("order.cancel", {"order_id": None, "data": REASON}),
            ("order.update", {"order_id": None, "data": {"tags": ["x"]}, "if_match": "*"}),
        ],
    )
    def test_the_same_request_id_for_something_else_is_refused(
        self, shop: Shop, command: str, members: dict[str, Any]
    ) -> None:
        stock_up({"A": 5})
        first = shop.do("order.create", "r-1", data=ORDER)
        if "order_id" in members:
            members = {**members, "order_id": first["body"]["id"]}
        with nothing_changes():
            told = shop.do(command, "r-1", **members)
        assert (told["ok"], told["status"], told["body"]["code"]) == (False, 422, "idempotency_key_reused")
        assert shop.sender.dead_letter() is None

    def test_request_ids_are_those_of_their_client(self, shop: Shop, broker: str, prefix: str) -> None:
        stock_up({"A": 6})
        shop.do("order.create", "r-1", data=ORDER)
        other = Sender(broker, prefix, a_key(a_client(), SCOPES)[1])
        told = Shop(shop.line, other).do("order.create", "r-1", data=ORDER)
        other.close()
        assert (told["status"], Order.objects.count(), IdempotencyRecord.objects.count()) == (201, 2, 2)


class TestRefusals:
    def test_a_business_refusal_is_told_and_is_no_dead_letter(self, shop: Shop, storefront: Client) -> None:
        order = an_order("shipped", storefront)
        with nothing_changes():
            told = shop.do("order.cancel", "r-1", order_id=str(order.pk), data=REASON)
        assert (told["ok"], told["status"], told["body"]["code"]) == (False, 409, "operation_refused")
        assert told["body"]["request_id"] == "r-1"
        assert (shop.sender.waiting(), shop.sender.dead_letter()) == (0, None)

    def test_so_is_an_order_that_somebody_else_has(self, shop: Shop) -> None:
        order = a_placed_order()
        with nothing_changes():
            told = shop.do("order.cancel", "r-1", order_id=str(order.pk), data=REASON)
        assert (told["status"], told["body"]["code"], shop.sender.dead_letter()) == (404, "not_found", None)

    @pytest.mark.parametrize("reply_to", [None, "nobody-has-this-queue"])
    def test_one_that_nobody_can_be_told_is_a_dead_letter(
        self, shop: Shop, storefront: Client, reply_to: str | None
    ) -> None:
        order = an_order("shipped", storefront)
        shop.sender.send("order.cancel", "r-1", order_id=str(order.pk), data=REASON, reply_to=reply_to)
        with nothing_changes():
            take_one(shop.line)
        letter = shop.sender.dead_letter()
        assert letter is not None
        assert letter[0]["reason"].startswith("The API answered 409 operation_refused: ")
        assert letter[0]["reason"].endswith(" There was nobody to tell it to.")
        assert json.loads(letter[1])["request_id"] == "r-1"

    @pytest.mark.parametrize("reply_to", [None, "nobody-has-this-queue"])
    def test_what_was_done_is_done_though_nobody_can_be_told(self, shop: Shop, reply_to: str | None) -> None:
        stock_up({"A": 5})
        shop.sender.send("order.create", "r-1", data=ORDER, reply_to=reply_to)
        take_one(shop.line)
        assert (Order.objects.count(), shop.sender.waiting(), shop.sender.dead_letter()) == (1, 0, None)

    def test_a_client_over_its_limit_is_told_when_to_come_back(self, shop: Shop, settings: Any) -> None:
        settings.RATE_LIMITS = {"read": "1/hour"}
        assert shop.ask("order.list", "r-1")["status"] == 200
        told = shop.ask("order.list", "r-2")
        assert (told["status"], told["body"]["code"]) == (429, "too_many_requests")
        assert 3590 <= told["retry_after"] <= 3600


class TestPoison:
    @pytest.mark.parametrize(
        ("body", "status", "reason"),
        [
            (b"", 400, "It is no command. The body is not JSON: Expecting value at line 1, column 1."),
            (b"\xff", 400, "It is no command. The body is not UTF-8 at byte 0."),
            (b"order.create", 400, "It is no command. The body is not JSON: Expecting value at line 1, column 1."),
            (b"[]", 400, "It is no command. Invalid data. Expected a dictionary, but got list."),
            (b'{"command": "order.create"}', 400, "(/request_id: This field is required.)"),
            (b'{"command": "order.create", "request_id": "a b"}', 400, "A request id is 1 to 128 characters"),
            (b'{"command": "order.burn", "request_id": "r-1"}', 400, "(/command: There is no such command; there are"),
            (b'{"command": "order.list", "request_id": "r-1"}', 400, "is taken from order_requests, not from"),
            (b'{"command": "order.cancel", "request_id": "r-1"}', 400, "(/order_id: order.cancel needs it.)"),
            (b'{"command": "order.create", "request_id": "r-1", "order_id": "%b"}', 400, "doesn't take it."),
            (b'{"command": "order.create", "request_id": "r-1", "note": 1}', 400, "(/note: This field is not known"),
            (b'{"command": "order.create", "request_id": "r-1", "data": []}', 400, "(/data: "),
            (b'"' + b"x" * 1024 * 1024 + b'"', 413, "The message is larger than 1048576 bytes."),
        ],
        ids=range(13),
    )
    def test_what_is_no_command_is_told_and_is_a_dead_letter_with_the_reason(
        self, shop: Shop, body: bytes, status: int, reason: str
    ) -> None:
        body = body.replace(b"%b", b"0190a0f4-0000-7000-8000-000000000000")
        shop.sender.send_raw(body, correlation_id="c-r-1")
        with nothing_changes():
            assert take_one(shop.line)
        told = shop.sender.reply()
        assert (told["ok"], told["status"], told["body"]["status"]) == (False, status, status)
        assert told["request_id"] == ("r-1" if b'"r-1"' in body else None)
        letter = shop.sender.dead_letter()
        assert letter is not None
        assert reason in letter[0]["reason"]
        assert (letter[0]["deliveries"], letter[1], shop.sender.waiting()) == (1, body, 0)

    def test_headers_that_only_a_broker_has_to_say_harm_nobody(self, shop: Shop) -> None:
        shop.sender.send_raw(b"{", headers={"x-delivery-count": "many", "CC": ["order_commands"]})
        take_one(shop.line)
        assert (shop.sender.reply()["status"], shop.sender.dead_letter() is None) == (400, False)

    def test_nobody_needs_to_be_told(self, shop: Shop) -> None:
        shop.sender.send_raw(b"{", reply_to=None)
        take_one(shop.line)
        assert shop.sender.dead_letter() is not None

    @pytest.mark.parametrize(
        ("headers", "status", "code"),
        [
            ({}, 401, "not_authenticated"),
            ({"Authorization": 7}, 401, "not_authenticated"),
            ({"Authorization": "Bearer qm_live_0123456789ab.shown-secret"}, 401, "not_authenticated"),
            (None, 403, "scope_missing"),
        ],
    )
    def test_who_may_not_is_told_so_and_the_dead_letter_has_no_key(
        self, shop: Shop, storefront: Client, headers: dict[str, Any] | None, status: int, code: str
    ) -> None:
        stock_up({"A": 5})
        shop.sender.token = a_key(storefront, ["orders:read"])[1]
        if headers is None:
            headers = {"authorization": f"Bearer {shop.sender.token}"}
        body = json.dumps({"command": "order.create", "request_id": "r-1", "data": ORDER}).encode()
        shop.sender.send_raw(body, correlation_id="c-r-1", headers=headers)
        take_one(shop.line)
        told = shop.sender.reply()
        letter = shop.sender.dead_letter()
        assert (told["status"], told["body"]["code"], Order.objects.count()) == (status, code, 0)
        assert letter is not None
        assert letter[0].keys() - {"x-delivery-count"} == {"reason", "deliveries"}
        assert letter[0]["reason"].startswith(f"The API answered {status} {code}: ")

    def test_data_of_a_request_that_no_query_can_say(self, shop: Shop) -> None:
        told = shop.ask("order.list", "r-1", data={"status": {"not": "placed"}})
        assert (told["status"], told["body"]["errors"][0]["pointer"]) == (400, "/data/status")
        letter = shop.sender.dead_letter("order_requests")
        assert letter is not None
        assert "(/data/status: A query is of texts" in letter[0]["reason"]


@pytest.mark.django_db(transaction=True)
class TestAgain:
    def test_a_command_that_is_at_work_elsewhere_is_tried_again(self, shop: Shop, storefront: Client) -> None:
        """Another process has it, whose connection to the broker is gone though its transaction is not."""
        stock_up({"A": 5})
        shop.sender.send("order.create", "r-1", data=ORDER)
        message = shop.line.next()
        assert message is not None
        with elsewhere_at_work(storefront, "r-1"):
            outcome = work_on(message)
        assert outcome.pause == 1
        settle(shop.line, message, outcome)
        assert not shop.sender.has_reply()
        assert take_one(shop.line)
        assert (shop.sender.reply()["status"], Order.objects.count()) == (201, 1)


@contextmanager
def elsewhere_at_work(client: Client, key: str) -> Iterator[None]:
    """Within the block another session holds the lock of that key."""
    other, lock = connection.copy(), Call("client", client.pk, key, "").lock
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [lock])
        yield
        cursor.execute("SELECT pg_advisory_unlock(%s)", [lock])
    other.close()
