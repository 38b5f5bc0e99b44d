"""RabbitMQ, read by pika."""

from __future__ import annotations

import json
import secrets
import socket
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel

from core.models import Sink
from core.sinks.adapters import rabbitmq
from core.sinks.configuration import SinkSettings
from core.sinks.working import work
from tests.core.sinks.sinks import a_sink_of, die_after_the_second_batch, ids, logged, row
from tests.rabbitmq import rabbitmq_url

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def channel() -> Iterator[BlockingChannel]:
    connection = pika.BlockingConnection(pika.URLParameters(rabbitmq_url()))
    yield connection.channel()
    connection.close()


@pytest.fixture
def exchange(channel: BlockingChannel) -> Iterator[str]:
    name = f"test-{secrets.token_hex(6)}"
    yield name
    channel.connection.channel().exchange_delete(name)


def a_sink(exchange: str, options: str = "") -> SinkSettings:
    return a_sink_of(f"{rabbitmq_url().rstrip('/')}/{quote(exchange)}{options}")


def a_queue(
    channel: BlockingChannel, exchange: str, key: str = "#", arguments: Mapping[str, object] | None = None
) -> str:
    """Ends with the test's connection."""
    channel.exchange_declare(exchange, "topic", durable=True)
    queue: str = channel.queue_declare("", exclusive=True, arguments=arguments).method.queue
    channel.queue_bind(queue, exchange, key)
    return queue


def received(channel: BlockingChannel, queue: str) -> list[tuple[Any, Any, bytes]]:
    """All that is in the queue now."""
    messages: list[tuple[Any, Any, bytes]] = []
    while True:
        method, properties, body = channel.basic_get(queue, auto_ack=True)
        if method is None:
            return messages
        messages.append((method, properties, body))


def received_ids(channel: BlockingChannel, queue: str) -> list[str]:
    return [properties.message_id for _, properties, _ in received(channel, queue)]


def test_a_consumer_gets_every_event_once_in_order(channel: BlockingChannel, exchange: str) -> None:
    queue = a_queue(channel, exchange)
    events = logged(1200)
    assert work(a_sink(exchange)) == 1200
    assert received_ids(channel, queue) == ids(events)


@pytest.mark.slow
def test_after_a_kill_events_come_again_in_order_under_the_same_ids(channel: BlockingChannel, exchange: str) -> None:
    queue = a_queue(channel, exchange)
    events = ids(logged(50))
    sink = a_sink(exchange, "?batch=20")
    die_after_the_second_batch(sink)
    assert row().position == 20
    assert work(sink) == 30
    assert received_ids(channel, queue) == [*events[:40], *events[20:]]


def test_structured_is_the_whole_event_in_the_body(channel: BlockingChannel, exchange: str) -> None:
    queue = a_queue(channel, exchange)
    [event] = logged(1)
    work(a_sink(exchange))
    [(method, properties, body)] = received(channel, queue)
    assert (method.routing_key, properties.type, properties.delivery_mode) == ("order.created", "order.created", 2)
    assert properties.content_type == "application/cloudevents+json; charset=utf-8"
    assert json.loads(body) == event.envelope().as_cloudevent()


def test_binary_has_the_attributes_as_headers_and_the_data_in_the_body(channel: BlockingChannel, exchange: str) -> None:
    queue = a_queue(channel, exchange)
    [event] = logged(1)
    work(a_sink(exchange, "?format=binary"))
    [(_, properties, body)] = received(channel, queue)
    expected = event.envelope().as_cloudevent()
    assert json.loads(body) == expected.pop("data") == {"number": 0}
    assert properties.content_type == expected.pop("datacontenttype") == "application/json"
    assert properties.headers == {f"cloudEvents:{name}": value for name, value in expected.items()}
    assert properties.headers["cloudEvents:specversion"] == "1.0"


def try_now() -> None:
    Sink.objects.update(next_try_at=row().failing_since)


def test_queues_choose_types_by_the_routing_key(channel: BlockingChannel, exchange: str) -> None:
    orders, stock = a_queue(channel, exchange, "order.*"), a_queue(channel, exchange, "stock.#")
    first, second = logged(2), logged(1, "stock.received")
    work(a_sink(exchange))
    assert received_ids(channel, orders) == ids(first)
    assert received_ids(channel, stock) == ids(second)


def test_without_a_queue_events_are_gone_unless_they_are_mandatory(channel: BlockingChannel, exchange: str) -> None:
    logged(2)
    assert work(a_sink(exchange, "?mandatory=yes")) == 0
    assert row().last_error == f"No queue is bound to {exchange} for order.created."
    assert row().position == 0
    try_now()
    assert work(a_sink(exchange, "?mandatory=no")) == 2
    assert row().position == 2


def test_a_queue_that_it_is_told_to_declare_is_a_quorum_queue_with_dead_letters(
    channel: BlockingChannel, exchange: str
) -> None:
    queue = f"{exchange}-queue"
    events = logged(2)
    try:
        assert work(a_sink(exchange, f"?queue={queue}&mandatory=yes")) == 2
        method, properties, _ = channel.basic_get(queue)
        assert properties.message_id == str(events[0].id)
        channel.basic_reject(method.delivery_tag, requeue=False)
        assert received_ids(channel, queue) == ids(events[1:])
        dead = first_of(channel, f"{queue}.dead")
        assert dead.message_id == str(events[0].id)
        assert dead.headers["x-first-death-reason"] == "rejected"
        # Declared once more with other arguments than it has, a queue is refused by the broker.
        quorum = {"x-queue-type": "quorum", "x-dead-letter-exchange": f"{queue}.dead"}
        channel.queue_declare(queue, durable=True, arguments=quorum)
    finally:
        for name in (queue, f"{queue}.dead"):
            channel.queue_delete(name)
        channel.exchange_delete(f"{queue}.dead")


def first_of(channel: BlockingChannel, queue: str) -> Any:
    """Waits for it."""
    _, properties, _ = next(channel.consume(queue, auto_ack=True, inactivity_timeout=10))
    channel.cancel()
    return properties


def test_what_the_broker_refuses_holds_the_position_before_it(channel: BlockingChannel, exchange: str) -> None:
    queue = a_queue(channel, exchange, arguments={"x-max-length": 2, "x-overflow": "reject-publish"})
    events = logged(5)
    assert work(a_sink(exchange)) == 2
    assert row().position == 2
    assert row().last_error == f"The broker refused event {events[2].id}; is a queue full?"
    assert received_ids(channel, queue)[:2] == ids(events[:2])
    try_now()
    assert work(a_sink(exchange, "?batch=2")) == 2
    assert received_ids(channel, queue) == ids(events[2:4])


def test_a_port_where_nobody_listens_is_a_failure() -> None:
    logged(1)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        assert work(a_sink_of(f"amqp://127.0.0.1:{free.getsockname()[1]}/x")) == 0
    assert "Connection refused" in row().last_error


def test_a_server_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rabbitmq, "CONNECT_SECONDS", 0.2)
    logged(1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert work(a_sink_of(f"amqp://127.0.0.1:{silent.getsockname()[1]}/x")) == 0
    assert "timed out" in row().last_error


def test_the_exchange_is_order_exchange_unless_another_is_named() -> None:
    assert rabbitmq.EXCHANGE == "order_exchange"
