"""Posts to a receiver of another process, over real sockets."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any
from urllib.parse import quote

import pytest
from pytest_django import Settings

from deploy.fakes.webhook_receiver import RunningReceiver
from tests.webhooks.sending.conftest import INSIDE, NAME, OUTSIDE, SECONDS, SOON, Listener, Names
from webhooks.sending import KEPT_BODY, Answer, NotSent, post


@pytest.fixture
def silent() -> Iterator[Listener]:
    listener = Listener(OUTSIDE)
    yield listener
    listener.close()


def send(receiver: RunningReceiver, path: str, **more: Any) -> Answer:
    return post(receiver.url + path, b'{"a": 1}', {"Webhook-Id": "1"}, **{"seconds": 10 * SECONDS, **more})


def not_sent(url: str, body: bytes = b"{}") -> NotSent:
    with pytest.raises(NotSent) as caught:
        post(url, body, {}, seconds=SECONDS)
    assert caught.value.seconds < SOON
    return caught.value


def test_the_answer_is_told_and_one_request_was_made(receiver: RunningReceiver) -> None:
    before = len(receiver.requests())
    answer = send(receiver, "/ok?a=b%20c")
    assert (answer.status, answer.body, answer.address, answer.retry_after) == (200, b"OK", OUTSIDE, None)
    assert answer.headers.keys() == {"server", "date", "content-type", "content-length"}
    assert 0 < answer.seconds < SOON
    (told,) = receiver.requests()[before:]
    assert (told["path"], told["body"], told["verified"]) == ("/ok?a=b%20c", '{"a": 1}', False)
    assert told["headers"] == {
        "host": receiver.url.removeprefix("http://"),
        "webhook-id": "1",
        "user-agent": "Quartermaster-Webhooks/1",
        "accept": "*/*",
        "accept-encoding": "identity",
        "connection": "close",
        "content-length": "8",
    }


@pytest.mark.parametrize("status", [204, 301, 401, 404, 410, 429, 500, 503])
def test_any_status_is_an_answer(receiver: RunningReceiver, status: int) -> None:
    assert send(receiver, f"/status/{status}").status == status


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_told_and_not_followed(receiver: RunningReceiver, inside: Listener, status: int) -> None:
    to = f"http://{INSIDE}:{inside.port}/ok"
    before = len(receiver.requests())
    answer = send(receiver, f"/redirect/{status}/{quote(to, safe='')}")
    assert (answer.status, answer.headers["location"], inside.connections()) == (status, to, 0)
    assert len(receiver.requests()) == before + 1


def test_proxies_of_the_environment_mean_nothing(
    receiver: RunningReceiver, inside: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, f"http://{INSIDE}:{inside.port}")
    assert (send(receiver, "/ok").status, inside.connections()) == (200, 0)


@pytest.mark.parametrize(
    ("value", "seconds"), [("7", 7), ("99999999999999999999", 3600), ("Fri, 31 Dec 9999 23:59:59 GMT", 3600)]
)
def test_a_receiver_that_asks_for_a_hundred_years_gets_an_hour(
    receiver: RunningReceiver, value: str, seconds: int
) -> None:
    answer = send(receiver, f"/retry-after/{quote(value)}")
    assert (answer.status, answer.retry_after) == (503, seconds)


def test_what_comes_packed_is_not_unpacked(receiver: RunningReceiver) -> None:
    answer = send(receiver, "/bomb")
    assert (answer.status, answer.body, answer.headers["content-encoding"]) == (200, b"[gzip, not read]", "gzip")
    assert answer.seconds < SOON


def test_of_a_body_without_end_the_beginning_is_kept(receiver: RunningReceiver) -> None:
    answer = send(receiver, "/large")
    assert (answer.status, answer.body) == (200, b"x" * KEPT_BODY)
    assert answer.seconds < SOON


@pytest.mark.parametrize("path", ["/hang", "/drip", "/drip-body"])
def test_one_deadline_ends_it_whatever_trickles_in(receiver: RunningReceiver, path: str) -> None:
    error = not_sent(receiver.url + path)
    assert (error.code, error.address) == ("too_slow", OUTSIDE)
    assert error.detail == "There was no whole answer within 0.3 s."
    assert error.seconds >= SECONDS


def test_a_body_that_nobody_takes_ends_with_the_deadline(silent: Listener) -> None:
    error = not_sent(f"http://{OUTSIDE}:{silent.port}/", bytes(20 * 2**20))
    assert (error.code, error.seconds >= SECONDS) == ("too_slow", True)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/long-head", "answer_too_large"),
        ("/interim", "answer_too_large"),
        ("/short", "not_http"),
        ("/garbage", "not_http"),
        ("/rst", "not_reached"),
    ],
)
def test_what_is_no_answer_says_why(receiver: RunningReceiver, path: str, code: str) -> None:
    error = not_sent(receiver.url + path)
    assert (error.code, error.address) == (code, OUTSIDE)


def test_an_answer_that_comes_before_the_whole_request_was_taken_counts(receiver: RunningReceiver) -> None:
    assert post(f"{receiver.url}/early", bytes(8 * 2**20), {}, seconds=10 * SECONDS).status == 413


def test_a_connection_that_is_closed_without_a_word_is_not_reached(silent: Listener) -> None:
    closing = threading.Timer(0.05, silent.connections)
    closing.start()
    error = not_sent(f"http://{OUTSIDE}:{silent.port}/")
    closing.join()
    assert error.code == "not_reached"


def test_a_port_that_nobody_listens_at_is_not_reached(silent: Listener) -> None:
    silent.close()
    error = not_sent(f"http://{OUTSIDE}:{silent.port}/")
    assert (error.code, error.address) == ("not_reached", OUTSIDE)
    assert error.detail == "127.0.0.2 can't be reached: Connection refused."


def test_the_next_address_of_a_name_is_tried_where_the_first_is_not_reached(
    settings: Settings, receiver: RunningReceiver, names: Names
) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = (ip_network("127.0.0.2/31"),)
    names.answers[NAME] = [["127.0.0.3", OUTSIDE]]
    answer = post(f"http://{NAME}:{receiver.port}/ok", b"", {}, seconds=10 * SECONDS)
    assert (answer.status, answer.address) == (200, OUTSIDE)
    assert receiver.requests()[-1]["headers"]["host"] == f"{NAME}:{receiver.port}"


def test_a_name_that_nobody_knows_is_told(names: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    error = not_sent(f"http://{NAME}/")
    assert (error.code, error.address) == ("name_unknown", "")
    assert "Name or service not known" in error.detail


def test_a_lookup_that_hangs_is_left_behind_at_the_deadline(names: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, ended = threading.Event(), threading.Event()

    def hang(host: str, port: Any, flags: int = 0, **more: Any) -> list[Any]:
        if not flags & socket.AI_NUMERICHOST:
            go_on.wait(20)
            ended.set()
        return names.look_up(host, port, flags=flags, **more)

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    error = not_sent(f"http://{NAME}/")
    assert (error.code, error.address, ended.is_set()) == ("too_slow", "", False)
    go_on.set()
    assert ended.wait(5)
