"""A shop whose commands come by RabbitMQ, and a sender that uses nothing of ours."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pika
import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from pytest_django import Settings

from config.commands.consuming import take_one
from config.commands.rabbitmq import RabbitLine, connect
from core.models import Client
from core.stopping import Stop
from tests.factories.core import a_client, a_key
from tests.rabbitmq import rabbitmq_url

SCOPES = ("orders:read", "orders:write", "shipments:read", "shipments:write")
QUEUES = ("order_commands", "order_requests", "order_commands.dead", "order_requests.dead")


class Sender:
    """A client of the shop: it sends messages, and reads its replies and the dead letters."""

    def __init__(self, url: str, prefix: str, token: str) -> None:
        self._connection = pika.BlockingConnection(pika.URLParameters(url))
        self._channel = self._connection.channel()
        self._channel.confirm_delivery()
        self.prefix = prefix
        self.token = token
        self.replies: str = self._channel.queue_declare("", exclusive=True).method.queue

    def send(
        self, command: str, request_id: str, *, queue: str = "order_commands", reply_to: str | None = "", **members: Any
    ) -> None:
        body = {"command": command, "request_id": request_id, **members}
        self.send_raw(json.dumps(body).encode(), correlation_id=f"c-{request_id}", queue=queue, reply_to=reply_to)

    def send_raw(
        self,
        body: bytes,
        *,
        correlation_id: str = "c",
        queue: str = "order_commands",
        reply_to: str | None = "",
        headers: dict[str, Any] | None = None,
    ) -> None:
        """`reply_to`: "" for the queue of its own, None for nobody."""
        properties = pika.BasicProperties(
            headers={"Authorization": f"Bearer {self.token}"} if headers is None else headers,
            reply_to=self.replies if reply_to == "" else reply_to,
            correlation_id=correlation_id,
            delivery_mode=2,
        )
        self._channel.basic_publish("", self.prefix + queue, body, properties, mandatory=True)

    def reply(self) -> dict[str, Any]:
        """The next one, which is there already."""
        _, properties, body = self._get(self.replies)
        assert properties is not None, "there is no reply"
        told: dict[str, Any] = json.loads(body)
        assert set(told) == {"request_id", "ok", "status", "etag", "retry_after", "body"}
        assert properties.correlation_id == f"c-{told['request_id']}" or told["request_id"] is None
        assert properties.content_type == "application/json"
        return told

    def wait_for_reply(self, seconds: float = 20.0) -> dict[str, Any]:
        for _, _, body in self._channel.consume(self.replies, auto_ack=True, inactivity_timeout=seconds):
            assert body is not None, "no reply came in time"
            self._channel.cancel()
            told: dict[str, Any] = json.loads(body)
            return told
        raise AssertionError("the queue of replies is gone")

    def has_reply(self) -> bool:
        return self.waiting_in(self.replies) > 0

    def dead_letter(self, queue: str = "order_commands") -> tuple[dict[str, Any], bytes] | None:
        """The next one's headers and body."""
        _, properties, body = self._get(f"{self.prefix}{queue}.dead")
        return None if properties is None else (properties.headers, body)

    def waiting(self, queue: str = "order_commands") -> int:
        return self.waiting_in(self.prefix + queue)

    def waiting_in(self, queue: str) -> int:
        return int(self._channel.queue_declare(queue, passive=True).method.message_count)

    def consumers(self) -> int:
        """Of the queue that a consumer comes to last."""
        return int(self._channel.queue_declare(f"{self.prefix}order_requests", passive=True).method.consumer_count)

    def drop_all(self) -> None:
        """The commands that nobody takes."""
        self._channel.queue_purge(f"{self.prefix}order_commands")

    def close(self) -> None:
        self._connection.close()

    def _get(self, queue: str) -> tuple[Any, Any, Any]:
        found: tuple[Any, Any, Any] = self._channel.basic_get(queue, auto_ack=True)
        return found


@pytest.fixture(scope="module")
def broker() -> str:
    return rabbitmq_url()


@pytest.fixture(scope="module")
def prefix(broker: str) -> Iterator[str]:
    """Of queues of this module's own."""
    prefix = f"test_{uuid.uuid4().hex[:12]}_"
    yield prefix
    with pika.BlockingConnection(pika.URLParameters(broker)) as connection:
        for queue in QUEUES:
            connection.channel().queue_delete(prefix + queue)


@pytest.fixture(scope="module")
def line(broker: str, prefix: str) -> Iterator[RabbitLine]:
    with connect(broker, prefix, Stop()) as line:
        yield line


@pytest.fixture(autouse=True)
def no_limits(settings: Settings) -> None:
    settings.RATE_LIMITS = None


@pytest.fixture(autouse=True)
def one_transaction(request: pytest.FixtureRequest) -> Iterator[None]:
    """A request lets go of the connection; where the test is one transaction it must not, as under Django's client."""
    marker = request.node.get_closest_marker("django_db")
    if marker is not None and marker.kwargs.get("transaction"):
        yield
        return
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def storefront(db: None) -> Client:
    return a_client("North storefront")


@pytest.fixture
def sender(broker: str, prefix: str, line: RabbitLine, storefront: Client) -> Iterator[Sender]:
    sender = Sender(broker, prefix, a_key(storefront, SCOPES)[1])
    yield sender
    sender.close()


class Shop:
    """What the product does when it is asked."""

    def __init__(self, line: RabbitLine, sender: Sender) -> None:
        self.line = line
        self.sender = sender

    def do(self, command: str, request_id: str, **members: Any) -> dict[str, Any]:
        """Send a command, have it done, and read the reply."""
        self.sender.send(command, request_id, **members)
        assert take_one(self.line)
        return self.sender.reply()

    def ask(self, command: str, request_id: str, **members: Any) -> dict[str, Any]:
        return self.do(command, request_id, queue="order_requests", **members)


@pytest.fixture
def shop(line: RabbitLine, sender: Sender) -> Shop:
    return Shop(line, sender)
