"""Redis Streams, read by XREAD."""

from __future__ import annotations

import json
import secrets
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis
from django.conf import settings

from core.sinks.actions import reposition_sink
from core.sinks.adapters import redis_streams
from core.sinks.configuration import SinkSettings
from core.sinks.working import work
from tests.core.sinks.sinks import a_sink_of, die_after_the_second_batch, ids, logged, row
from tests.factories.core import ACTOR

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server() -> Iterator[redis.Redis]:
    client = redis.Redis.from_url(settings.REDIS_URL, decode_responses=True)
    yield client
    client.close()


@pytest.fixture
def stream(server: redis.Redis) -> Iterator[str]:
    name = f"test-{secrets.token_hex(6)}"
    yield name
    server.delete(name)


def a_sink(stream: str, options: str = "") -> SinkSettings:
    url = urlsplit(settings.REDIS_URL)
    return a_sink_of(f"redis://{url.netloc}/{stream}?db={url.path.strip('/') or 0}{options}")


def entries(server: redis.Redis, stream: str) -> list[tuple[str, dict[str, str]]]:
    answer: Any = server.xread({stream: "0"}, count=10_000)
    return answer[0][1] if answer else []


def entry_ids(server: redis.Redis, stream: str) -> list[str]:
    return [fields["id"] for _, fields in entries(server, stream)]


def test_a_reader_gets_every_event_once_in_order_under_its_position(server: redis.Redis, stream: str) -> None:
    events = logged(1200)
    assert work(a_sink(stream)) == 1200
    assert entry_ids(server, stream) == ids(events)
    assert [entry for entry, _ in entries(server, stream)] == [f"{position}-0" for position in range(1, 1201)]


@pytest.mark.slow
def test_after_a_kill_every_event_is_there_once(server: redis.Redis, stream: str) -> None:
    events = ids(logged(50))
    sink = a_sink(stream, "&batch=20")
    die_after_the_second_batch(sink)
    assert (row().position, len(entries(server, stream))) == (20, 40)
    assert work(sink) == 30
    assert entry_ids(server, stream) == events


def test_structured_is_the_whole_event_in_one_field(server: redis.Redis, stream: str) -> None:
    [event] = logged(1)
    work(a_sink(stream))
    [(_, fields)] = entries(server, stream)
    assert json.loads(fields.pop("event")) == event.envelope().as_cloudevent()
    assert fields == {"id": str(event.id), "type": "order.created"}


def test_binary_has_a_field_for_each_attribute(server: redis.Redis, stream: str) -> None:
    [event] = logged(1)
    work(a_sink(stream, "&format=binary"))
    [(_, fields)] = entries(server, stream)
    expected = event.envelope().as_cloudevent()
    assert json.loads(fields.pop("data")) == expected.pop("data")
    assert fields.pop("content-type") == expected.pop("datacontenttype")
    assert fields == {f"ce_{name}": value for name, value in expected.items()}


@pytest.mark.parametrize("mode", ["structured", "binary"])
def test_events_sent_again_are_there_once(server: redis.Redis, stream: str, mode: str) -> None:
    logged(5)
    sink = a_sink(stream, f"&format={mode}")
    work(sink)
    first = entries(server, stream)
    reposition_sink(row().pk, after=2, actor=ACTOR)
    assert work(sink) == 3
    assert entries(server, stream) == first
    assert row().position == 5


def test_maxlen_trims_the_oldest(server: redis.Redis, stream: str) -> None:
    logged(1000)
    assert work(a_sink(stream, "&maxlen=100")) == 1000
    assert 100 <= len(entries(server, stream)) < 300
    assert entries(server, stream)[-1][0] == "1000-0"


def test_events_sent_again_that_were_trimmed_stay_away(server: redis.Redis, stream: str) -> None:
    logged(5)
    work(a_sink(stream))
    server.xtrim(stream, maxlen=1, approximate=False)
    reposition_sink(row().pk, after=0, actor=ACTOR)
    assert work(a_sink(stream)) == 5
    assert len(entries(server, stream)) == 1


@pytest.mark.parametrize("entry", ["*", "7-1"])
def test_a_stream_with_entries_of_others_is_refused(server: redis.Redis, stream: str, entry: str) -> None:
    server.xadd(stream, {"somebody": "else"}, id=entry)
    logged(1)
    assert work(a_sink(stream)) == 0
    assert f"Stream {stream} has entries of others" in row().last_error
    assert (row().position, len(entries(server, stream))) == (0, 1)


def test_a_stream_with_other_events_under_the_same_positions_is_refused(server: redis.Redis, stream: str) -> None:
    server.xadd(stream, {"id": "another"}, id="2-0")
    logged(3)
    assert work(a_sink(stream)) == 0
    assert row().last_error == f"Stream {stream} has another event as 2-0; name one of its own."
    assert row().position == 0


def test_a_key_that_is_no_stream_is_a_failure(server: redis.Redis, stream: str) -> None:
    server.set(stream, "text")
    logged(1)
    assert work(a_sink(stream)) == 0
    assert "WRONGTYPE" in row().last_error


def test_a_server_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_streams, "CONNECT_SECONDS", 0.2)
    monkeypatch.setattr(redis_streams, "CONFIRM_SECONDS", 0.2)
    logged(1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert work(a_sink_of(f"redis://127.0.0.1:{silent.getsockname()[1]}/x")) == 0
    assert row().last_error.startswith("TimeoutError: ")
