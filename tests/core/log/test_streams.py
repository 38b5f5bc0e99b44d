"""Streams of the log over real connections to the feed process, and their sources in this one."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from django.db import connection
from pytest_django import Settings
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from core.api.event_streams import BEGIN
from core.clients import revoke_key
from core.log.reading import newest_position
from core.log.streaming import SOCKET, LogSource, Wanted, listening
from core.log.streaming.hub import Hub
from core.log.viewing import Viewer
from core.models import Client, LogEntry
from core.relay import fan_out
from core.streams import EventStream, Source, conversations, seats
from core.streams.seats import End
from core.wakeups import wake_listeners
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import pointers, problem
from tests.factories.core import ACTOR, a_client, a_key, read
from tests.factories.orders import a_draft
from tests.web import FeedProcess, Web

pytestmark = pytest.mark.django_db(transaction=True)

STREAM, TICKETS = "/api/v1/events/stream/", "/api/v1/events/tickets/"
SCOPES = ("events:read", "orders:read")
WITHIN = 20.0


@pytest.fixture(scope="module")
def feed(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    feed = FeedProcess(tmp_path_factory.mktemp("feed") / "log", RATE_LIMIT_READ="")
    try:
        feed.wait_until_it_answers()
        yield feed
    finally:
        feed.close()


@pytest.fixture(autouse=True)
def no_limits(settings: Settings) -> None:
    settings.RATE_LIMITS = None


@pytest.fixture
def ours() -> Client:
    return a_client("Ours")


@pytest.fixture
def caller(ours: Client) -> Caller:
    return Caller(ours, SCOPES)


def logged() -> None:
    while fan_out():
        pass


def in_feed(caller: Caller, query: str = "?limit=100") -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = read(caller.get(f"/api/v1/events/{query}"))["results"]
    return results


def positions(documents: list[dict[str, Any]]) -> list[int]:
    return [int(each["position"]) for each in documents]


class Listener:
    """Reads a stream as (id, event, data)."""

    def __init__(self, response: httpx2.Response) -> None:
        self.response = response
        self._lines = response.iter_lines()
        self.last = ""

    def next(self) -> tuple[str, str, Any]:
        fields: dict[str, str] = {}
        for line in self._lines:
            name, _, value = line.partition(": ")
            if line and name:
                fields[name] = value
            elif "data" in fields:
                self.last = fields.get("id", self.last)
                return self.last, fields.get("event", "message"), orjson.loads(fields["data"])
            elif not line:
                fields = {}
        raise EOFError

    def events(self, count: int) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = []
        while len(told) < count:
            identifier, event, data = self.next()
            if event == "message":
                assert identifier == data["position"]
                told.append(data)
        return told


@contextmanager
def listening_to(feed: Web, caller: Caller, path: str = STREAM, last: str = "") -> Iterator[Listener]:
    """Once it has been told where it begins."""
    headers = {"Authorization": f"Bearer {caller.token}", "Accept": "text/event-stream"}
    headers |= {"Last-Event-ID": last} if last else {}
    with httpx2.stream("GET", f"http://127.0.0.1:{feed.port}{path}", headers=headers, timeout=WITHIN) as response:
        assert response.status_code == 200, response.read()
        listener = Listener(response)
        assert listener.next()[1] == "position"
        yield listener


def in_thread(work: Callable[[], None]) -> Callable[[], None]:
    """For a thread of its own, whose connection ends with it."""

    def and_close() -> None:
        try:
            work()
        finally:
            connection.close()

    return and_close


def get(feed: Web, caller: Caller, path: str, **headers: str) -> httpx2.Response:
    sent = {"Authorization": f"Bearer {caller.token}", **headers}
    return httpx2.get(f"http://127.0.0.1:{feed.port}{path}", headers=sent, timeout=WITHIN)


def socket_to(feed: Web, path: str, token: str = "") -> ClientConnection:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return connect(f"ws://127.0.0.1:{feed.port}{path}", additional_headers=headers, open_timeout=WITHIN)


def said(socket: ClientConnection) -> dict[str, Any]:
    document: dict[str, Any] = orjson.loads(socket.recv(WITHIN))
    return document


# Server-sent events


def test_a_stream_begins_now_and_tells_what_the_feed_tells(feed: Web, caller: Caller, ours: Client) -> None:
    a_draft(ours)
    logged()
    before = in_feed(caller)
    with listening_to(feed, caller) as listener, listening_to(feed, caller, f"{STREAM}?types=order.*") as of_orders:
        assert listener.response.headers["Content-Type"] == "text/event-stream"
        assert int(listener.last) == LogEntry.objects.count()
        a_draft(a_client("Theirs"))
        a_draft(ours)
        logged()
        new = in_feed(caller)[len(before) :]
        assert listener.events(len(new)) == new
        chosen = [each for each in new if each["type"].startswith("order.")]
        assert 0 < len(chosen) < len(new)
        assert of_orders.events(len(chosen)) == chosen


def test_nothing_is_skipped_or_doubled_by_who_connects_again_while_events_are_recorded(
    feed: Web, caller: Caller, ours: Client
) -> None:
    drafts = 12

    def record() -> None:
        for _ in range(drafts):
            a_draft(ours)
            logged()

    writer = threading.Thread(target=in_thread(record))
    writer.start()
    told: list[dict[str, Any]] = []
    last = "0"
    while sum(each["type"] == "order.created" for each in told) < drafts:
        with listening_to(feed, caller, last=last) as listener:
            told += listener.events(3)
            last = listener.last
    writer.join()
    assert positions(told) == positions(in_feed(caller))[: len(told)]


def test_after_names_where_to_begin_and_the_header_goes_before_it(feed: Web, caller: Caller, ours: Client) -> None:
    a_draft(ours)
    logged()
    everything = in_feed(caller)
    with listening_to(feed, caller, f"{STREAM}?after=0") as listener:
        assert listener.events(len(everything)) == everything
    with listening_to(feed, caller, f"{STREAM}?after=0", last=everything[0]["position"]) as listener:
        assert listener.events(1) == everything[1:2]


def test_an_orders_stream_tells_of_it_alone(feed: Web, caller: Caller, ours: Client) -> None:
    order, other = a_draft(ours), a_draft(ours)
    logged()
    of_order = [each for each in in_feed(caller) if each["subject"] == str(order.pk)]
    with listening_to(feed, caller, f"/api/v1/orders/{order.pk}/stream/?after=0") as listener:
        assert listener.events(len(of_order)) == of_order
    stranger = Caller(a_client("Stranger"), SCOPES)
    theirs, missing = (
        get(feed, stranger, f"/api/v1/orders/{each}/stream/").json()
        for each in (other.pk, "01900000-0000-7000-8000-000000000000")
    )
    for each in (theirs, missing):
        del each["request_id"], each["instance"]
    assert theirs == missing
    assert theirs["code"] == "not_found"


def test_refusals_come_before_the_stream(feed: Web, caller: Caller, ours: Client) -> None:
    for path, headers, refused in (
        (STREAM, {"Last-Event-ID": "ten"}, ("Last-Event-ID", "invalid")),
        (STREAM, {"Last-Event-ID": str(10**9)}, ("Last-Event-ID", "not_reached")),
        (f"{STREAM}?after=-1", {}, ("?after", "invalid")),
        (f"{STREAM}?types=order.unheard", {}, ("?types", "unknown")),
    ):
        answer = get(feed, caller, path, **headers)
        assert answer.status_code == 400
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == [refused]
    problem(Caller(ours, ("orders:read",)).get(STREAM), 403, "scope_missing")
    problem(caller.get(STREAM), 421, "feed_elsewhere")
    assert get(feed, caller, "/api/v1/orders/").json()["code"] == "elsewhere"
    assert caller.send("HEAD", STREAM).headers["Content-Type"] == "text/event-stream"


# WebSockets


def test_a_socket_tells_the_same_and_takes_the_same_filters(feed: Web, caller: Caller, ours: Client) -> None:
    a_draft(ours)
    logged()
    created = in_feed(caller, "?types=order.created")
    with socket_to(feed, f"{STREAM}?after=0&types=order.created", caller.token) as socket:
        assert said(socket) == {"position": 0}
        assert said(socket) == {"event": created[0]}
        a_draft(ours)
        logged()
        assert said(socket) == {"event": in_feed(caller, "?types=order.created")[1]}


def test_a_ticket_opens_a_stream_of_what_it_names(feed: Web, caller: Caller, ours: Client) -> None:
    order, _ = a_draft(ours), a_draft(ours)
    logged()
    named = {"types": ["order.*"], "subject": {"type": "order", "id": str(order.pk)}}
    ticket = read(caller.post(TICKETS, named))["ticket"]
    of_order = [each for each in in_feed(caller, "?types=order.*") if each["subject"] == str(order.pk)]
    with socket_to(feed, f"{STREAM}?ticket={ticket}&after=0") as socket:
        assert said(socket) == {"position": 0}
        assert [said(socket)["event"] for _ in of_order] == of_order
    twice = caller.get(f"{STREAM}?ticket={ticket}&types=order.*", authorization="")
    assert pointers(problem(twice, 400, "bad_request")) == {("?types", "said_by_ticket")}
    assert pointers(problem(caller.get(f"{STREAM}?ticket={ticket}"), 400, "bad_request")) == {("?ticket", "not_both")}
    unknown = problem(caller.post(TICKETS, {"types": ["order.unheard"]}), 400, "bad_request")
    assert pointers(unknown) == {("/types", "unknown")}


def test_a_ticket_is_for_a_minute_and_for_nothing_else(
    feed: Web, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = read(caller.post(TICKETS, {}))["ticket"]
    monkeypatch.setattr("django.core.signing.time.time", lambda: dt.datetime.now(dt.UTC).timestamp() - 61)
    old = read(caller.post(TICKETS, {}))["ticket"]
    monkeypatch.undo()
    for path in (f"{STREAM}?ticket={old}", f"{STREAM}?ticket={fresh}x", STREAM):
        with pytest.raises(InvalidStatus) as refused:
            socket_to(feed, path)
        assert refused.value.response.status_code == 401
    assert caller.get(f"/api/v1/events/?ticket={fresh}", authorization="").status_code == 401


def test_there_is_no_socket_at_a_book(feed: Web, ours: Client) -> None:
    with pytest.raises(InvalidStatus) as refused:
        socket_to(feed, "/api/v1/book/JPM/feed/", a_key(ours, ("book:read",))[1])
    assert refused.value.response.status_code == 404


# Ends


@pytest.mark.slow
def test_a_revoked_key_ends_its_streams(feed: Web, caller: Caller, ours: Client) -> None:
    other = Caller(ours, SCOPES)
    with (
        listening_to(feed, caller) as listener,
        listening_to(feed, other) as stays,
        socket_to(feed, STREAM, caller.token) as socket,
    ):
        said(socket)
        revoke_key(caller.key.pk, actor=ACTOR)
        with pytest.raises(EOFError):
            listener.next()
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(WITHIN)
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, "revoked")
        a_draft(ours)
        logged()
        assert stays.events(1)


@pytest.mark.slow
def test_sockets_end_with_their_process(caller: Caller, tmp_path: Path, django_db_setup: None, ours: Client) -> None:
    feed = FeedProcess(tmp_path / "log")
    try:
        feed.wait_until_it_answers()
        with socket_to(feed, STREAM, caller.token) as socket:
            said(socket)
            feed.terminate()
            with pytest.raises(ConnectionClosed) as closed:
                socket.recv(WITHIN)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1012
        feed.wait_until_it_ended()
        assert not (tmp_path / "log").read_text()
    finally:
        feed.close()


class Endless(Source):
    """Always has something to say."""

    def begin(self) -> list[bytes]:
        return [BEGIN]

    async def next(self) -> list[bytes]:
        return [b"x" * 1000]

    def heartbeat(self) -> list[bytes]:
        return []

    def close(self) -> None:
        pass


def test_one_that_takes_nothing_is_let_go(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversations, "PATIENCE", 0.05)

    async def take_little(message: Any) -> None:
        if b"x" in message.get("body", b""):
            await asyncio.Event().wait()

    async def say_nothing() -> Any:
        await asyncio.Event().wait()

    seat = seats.take(caller.key)
    conversation = EventStream(seat, Endless)
    response = conversations.StreamResponse(conversation)
    assert asyncio.run(conversation.hold(response, say_nothing, take_little)) is End.SLOW
    conversation.close()


# Sources


@pytest.fixture
def own_hub(monkeypatch: pytest.MonkeyPatch) -> Hub:
    """For this test's event loop."""
    own = Hub()
    monkeypatch.setattr(listening, "hub", own)
    return own


def follow(ours: Client, count: int, work: Callable[[LogSource], Awaitable[None]]) -> list[int]:
    """The positions that a source tells from the beginning: the first events, then, after the work, so many in all."""

    async def told() -> list[int]:
        source = LogSource(Wanted(Viewer(ours.pk), ("order.created",)), 0, SOCKET)
        try:
            async with asyncio.timeout(WITHIN):
                messages = await source.next()
                news = asyncio.create_task(source.next())
                await work(source)
                while len(messages) < count:
                    messages += await news
                    news = asyncio.create_task(source.next())
                news.cancel()
        finally:
            source.close()
        return [int(orjson.loads(each)["event"]["position"]) for each in messages]

    return asyncio.run(told())


def created(ours: Client) -> None:
    a_draft(ours)
    logged()


def test_one_with_too_much_waiting_reads_the_log_at_its_own_pace(
    ours: Client, caller: Caller, own_hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "MOST_WAITING", 1)
    monkeypatch.setattr("core.log.streaming.hub.POLL", 0.02)
    created(ours)

    async def record(source: LogSource) -> None:
        for _ in range(4):  # Nobody takes what the first of them brings.
            await asyncio.to_thread(in_thread(lambda: created(ours)))
        while await own_hub.reached() < await asyncio.to_thread(newest_position):
            await asyncio.sleep(0.01)

    told = follow(ours, 5, record)
    assert told == positions(in_feed(caller, "?types=order.created"))


def test_a_hint_wakes_the_hub(ours: Client, own_hub: Hub, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.log.streaming.hub.POLL", 600)
    created(ours)

    async def record(_: LogSource) -> None:
        await asyncio.to_thread(in_thread(lambda: created(ours)))
        settings.RELAY_HINTS = True
        wake_listeners()

    assert len(follow(ours, 2, record)) == 2
