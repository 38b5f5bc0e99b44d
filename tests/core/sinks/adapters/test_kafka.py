"""Kafka: librdkafka's own cluster in this process, read by a consumer."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from core.sinks.adapters import kafka
from core.sinks.configuration import SinkSettings
from core.sinks.working import work
from tests.core.sinks.sinks import a_sink_of, die_after_the_second_batch, ids, logged, row

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def brokers() -> Iterator[str]:
    """It is there as long as the producer that made it."""
    cluster = Producer({"test.mock.num.brokers": 3, "bootstrap.servers": "none", "log_level": 0})
    found = cluster.list_topics(timeout=10).brokers.values()
    yield ",".join(f"{broker.host}:{broker.port}" for broker in found)
    cluster.flush(0)


@pytest.fixture
def topic() -> str:
    return f"test-{secrets.token_hex(6)}"


def a_sink(brokers: str, topic: str, options: str = "") -> SinkSettings:
    return a_sink_of(f"kafka://{brokers}/{topic}{options}")


def received(brokers: str, topic: str, count: int) -> list[Any]:
    """So many messages of all partitions, each partition's in order."""
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": secrets.token_hex(6), "log_level": 0})
    try:
        partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
        consumer.assign([TopicPartition(topic, number, 0) for number in partitions])
        messages: list[Any] = []
        while len(messages) < count:
            found = consumer.consume(count, timeout=5)
            assert found, f"{len(messages)} of {count} came"
            messages += found
        assert consumer.consume(1, timeout=0.3) == []
    finally:
        consumer.close()
    assert not [message.error() for message in messages if message.error()]
    return messages


def headers_of(message: Any) -> dict[str, str]:
    return {name: value.decode() for name, value in message.headers()}


def test_a_consumer_gets_every_event_once_and_a_subject_s_in_order(brokers: str, topic: str) -> None:
    events = logged(1200)
    assert work(a_sink(brokers, topic)) == 1200
    messages = received(brokers, topic, 1200)
    for subject in {event.subject_id for event in events}:
        mine = [json.loads(message.value())["id"] for message in messages if message.key() == str(subject).encode()]
        assert mine == [str(event.id) for event in events if event.subject_id == subject]
    assert (
        len({message.partition() for message in messages if message.key() == str(events[0].subject_id).encode()}) == 1
    )


def test_structured_is_the_whole_event_in_the_value(brokers: str, topic: str) -> None:
    [event] = logged(1)
    work(a_sink(brokers, topic))
    [message] = received(brokers, topic, 1)
    assert json.loads(message.value()) == event.envelope().as_cloudevent()
    assert headers_of(message) == {"content-type": "application/cloudevents+json; charset=utf-8"}


def test_binary_has_the_attributes_as_headers_and_the_data_in_the_value(brokers: str, topic: str) -> None:
    [event] = logged(1)
    work(a_sink(brokers, topic, "?format=binary"))
    [message] = received(brokers, topic, 1)
    expected = event.envelope().as_cloudevent()
    assert json.loads(message.value()) == expected.pop("data")
    headers = headers_of(message)
    assert headers.pop("content-type") == expected.pop("datacontenttype")
    assert headers == {f"ce_{name}": value for name, value in expected.items()}


@pytest.mark.slow
def test_after_a_kill_events_come_again_in_order_under_the_same_ids(brokers: str, topic: str) -> None:
    events = logged(50)
    sink = a_sink(brokers, topic, "?batch=20")
    die_after_the_second_batch(sink)
    assert row().position == 20
    assert work(sink) == 30
    messages = received(brokers, topic, 70)
    sent = [*events[:40], *events[20:]]
    for subject in {event.subject_id for event in events}:
        mine = [json.loads(message.value())["id"] for message in messages if message.key() == str(subject).encode()]
        assert mine == ids([event for event in sent if event.subject_id == subject])


def test_brokers_that_are_down_are_a_failure_within_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka, "CONFIRM_SECONDS", 0.5)
    logged(1)
    assert work(a_sink("127.0.0.1:1", "x")) == 0
    assert row().position == 0
    assert "Connection refused" in row().last_error or "Message timed out" in row().last_error


def test_what_the_broker_refuses_holds_the_position_before_it(brokers: str, topic: str) -> None:
    logged(2)
    huge = logged(1, data={"blob": "x" * 2_000_000})
    assert work(a_sink(brokers, topic)) == 2
    assert row().position == 2
    assert "too large" in row().last_error.lower()
    assert len(huge) == 1
