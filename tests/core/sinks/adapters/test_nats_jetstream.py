"""NATS JetStream, read by a pull consumer. Without a server at NATS_URL or on this machine, skipped."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import nats
import pytest

from core.models import Sink
from core.sinks.actions import reposition_sink
from core.sinks.adapters import nats_jetstream
from core.sinks.configuration import SinkSettings
from core.sinks.working import work
from tests.core.sinks.sinks import a_sink_of, die_after_the_second_batch, ids, logged, row
from tests.factories.core import ACTOR

pytestmark = pytest.mark.django_db(transaction=True)

URL = os.environ.get("NATS_URL", "nats://127.0.0.1:4222")


@pytest.fixture(scope="module")
def server() -> str:
    address = urlsplit(URL)
    try:
        socket.create_connection((str(address.hostname), address.port or 4222), 2).close()
    except OSError:
        pytest.skip("NATS: none answers at NATS_URL or 127.0.0.1:4222")
    return URL


def with_stream(work_with: Callable[[Any], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        client = await nats.connect(URL)
        try:
            return await work_with(client.jetstream())
        finally:
            await client.close()

    return asyncio.run(run())


@pytest.fixture
def subject(server: str) -> Iterator[str]:
    """With a stream of that name."""
    name = f"test-{secrets.token_hex(6)}"
    with_stream(lambda stream: stream.add_stream(name=name, subjects=[f"{name}.>"]))
    yield name
    with_stream(lambda stream: stream.delete_stream(name))


def received(subject: str, choice: str = ">") -> list[Any]:
    """All that the stream has now."""

    async def pull(stream: Any) -> list[Any]:
        consumer = await stream.pull_subscribe(f"{subject}.{choice}", stream=subject)
        messages: list[Any] = []
        while left := (await consumer.consumer_info()).num_pending:
            fetched = await consumer.fetch(min(left, 500), timeout=5)
            messages += fetched
            for message in fetched:
                await message.ack()
        return messages

    found: list[Any] = with_stream(pull)
    return found


def received_ids(subject: str, choice: str = ">") -> list[str]:
    return [message.headers["Nats-Msg-Id"] for message in received(subject, choice)]


def a_sink(subject: str, options: str = "") -> SinkSettings:
    return a_sink_of(f"{URL}/{subject}{options}")


def test_a_consumer_gets_every_event_once_in_order(subject: str) -> None:
    events = logged(1200)
    assert work(a_sink(subject)) == 1200
    assert received_ids(subject) == ids(events)


def test_consumers_choose_types_by_the_subject(subject: str) -> None:
    first, second = logged(2), logged(1, "stock.received")
    work(a_sink(subject))
    assert received_ids(subject, "order.>") == ids(first)
    assert received_ids(subject, "stock.received") == ids(second)


def test_structured_is_the_whole_event_in_the_payload(subject: str) -> None:
    [event] = logged(1)
    work(a_sink(subject))
    [message] = received(subject)
    assert json.loads(message.data) == event.envelope().as_cloudevent()
    assert message.headers["content-type"] == "application/cloudevents+json; charset=utf-8"


def test_binary_has_the_attributes_as_headers_and_the_data_in_the_payload(subject: str) -> None:
    [event] = logged(1)
    work(a_sink(subject, "?format=binary"))
    [message] = received(subject)
    expected = event.envelope().as_cloudevent()
    assert json.loads(message.data) == expected.pop("data")
    headers = {**message.headers}
    assert headers.pop("content-type") == expected.pop("datacontenttype")
    assert headers.pop("Nats-Msg-Id") == expected["id"]
    assert headers == {f"ce-{name}": value for name, value in expected.items()}


def test_events_sent_again_at_once_are_there_once(subject: str) -> None:
    events = logged(5)
    work(a_sink(subject))
    reposition_sink(row().pk, after=2, actor=ACTOR)
    assert work(a_sink(subject)) == 3
    assert received_ids(subject) == ids(events)


@pytest.mark.slow
def test_after_a_kill_every_event_is_there_once(subject: str) -> None:
    events = logged(50)
    sink = a_sink(subject, "?batch=20")
    die_after_the_second_batch(sink)
    assert row().position == 20
    assert work(sink) == 30
    assert received_ids(subject) == ids(events)


def test_without_a_stream_it_waits_unless_told_to_make_one(server: str) -> None:
    name = f"test-{secrets.token_hex(6)}"
    events = logged(2)
    assert work(a_sink(name)) == 0
    assert (row().position, row().last_error[:21]) == (0, "NoStreamResponseError")
    Sink.objects.update(next_try_at=row().failing_since)
    try:
        assert work(a_sink(name, f"?stream={name}")) == 2
        assert received_ids(name) == ids(events)
        logged(1)
        assert work(a_sink(name, f"?stream={name}")) == 1
    finally:
        with_stream(lambda stream: stream.delete_stream(name))


def test_what_the_stream_refuses_holds_the_position_before_it(server: str) -> None:
    name = f"test-{secrets.token_hex(6)}"
    with_stream(lambda stream: stream.add_stream(name=name, subjects=[f"{name}.>"], max_msgs=2, discard="new"))
    try:
        events = logged(3)
        assert work(a_sink(name)) == 2
        assert row().position == 2
        assert "maximum messages exceeded" in row().last_error
        assert received_ids(name) == ids(events[:2])
    finally:
        with_stream(lambda stream: stream.delete_stream(name))


def test_a_server_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nats_jetstream, "CONNECT_SECONDS", 0.2)
    logged(1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert work(a_sink_of(f"nats://127.0.0.1:{silent.getsockname()[1]}/x")) == 0
    assert row().last_error.startswith("TimeoutError: ")
