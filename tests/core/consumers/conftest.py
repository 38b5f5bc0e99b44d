"""Kafka for consumers: librdkafka's own cluster in this process, once for all of these tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Protocol

import pytest
from confluent_kafka import Producer, TopicPartition

from core.consumers.configuration import ConsumerSettings
from core.consumers.consuming import TopicConsumer
from core.stopping import Stop
from tests.core.children import wait_until


@pytest.fixture(scope="session")
def cluster() -> Iterator[tuple[Producer, str]]:
    """A producer, and its brokers, which are there as long as it is."""
    producer = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "none", "log_level": 0, "linger.ms": 0})
    brokers = producer.list_topics(timeout=10).brokers.values()
    yield producer, ",".join(f"{broker.host}:{broker.port}" for broker in brokers)
    producer.flush(0)


@pytest.fixture(scope="session")
def brokers(cluster: tuple[Producer, str]) -> str:
    return cluster[1]


Send = Callable[..., None]


@pytest.fixture
def send(cluster: tuple[Producer, str]) -> Send:
    """Sends messages of these names, or a whole `value`, to a topic's partition."""

    def act(topic: str, *names: str, partition: int = 0, value: bytes = b"") -> None:
        values = [json.dumps({"name": name}).encode() for name in names] or [value]
        for each in values:
            cluster[0].produce(topic, each, key="key", partition=partition)
        cluster[0].flush(10)

    return act


class Take(Protocol):
    def __call__(self, settings: ConsumerSettings, *partitions: int) -> TopicConsumer: ...


@pytest.fixture
def consuming() -> Iterator[Take]:
    """Consumers, which are closed in the end. With `partitions` one has these, without waiting for a group to meet."""
    opened: list[TopicConsumer] = []

    def begin(settings: ConsumerSettings, *partitions: int) -> TopicConsumer:
        consumer = TopicConsumer(settings, Stop())
        opened.append(consumer)
        if partitions:
            consumer._begin(consumer._kafka, [TopicPartition(settings.path, number) for number in partitions])
        else:
            consumer.join()
        return consumer

    yield begin
    for consumer in opened:
        consumer.close()


def take_until(consumer: TopicConsumer, happened: Callable[[], bool]) -> None:
    """Let it take batches until then."""

    def step() -> bool:
        consumer.take_batch()
        return happened()

    wait_until(step)
