"""Slow clients against the product's own gunicorn, as it is configured: nobody else waits for them."""

from __future__ import annotations

import random
import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import orjson
import pytest

from core.clients import issue_key
from tests.factories.core import a_client
from tests.factories.inventory import stock_up
from tests.web import ACTOR, Web, send

pytestmark = pytest.mark.django_db(transaction=True)

SLOW = 50
AT_ONCE = 1.0
"""Seconds in which everybody else is served meanwhile."""
LARGE = "/static/drf_spectacular_sidecar/redoc/bundles/redoc.standalone.js.map"
"""3.9 MB, of which the kernel takes less than 3 for a reader with a buffer of 4 KiB."""


@contextmanager
def serving(folder: Path, **variables: str) -> Iterator[Web]:
    web = Web(folder / "web.log", workers=int(variables.pop("WEB_CONCURRENCY", "2")), **variables)
    try:
        web.wait_until_it_answers()
        yield web
    finally:
        web.close()


@pytest.fixture(scope="module", params=[{}, {"WEB_CONCURRENCY": "1", "WEB_THREADS": "4"}], ids=["processes", "threads"])
def web(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, django_db_setup: None
) -> Iterator[Web]:
    with serving(tmp_path_factory.mktemp("web"), **request.param) as web:
        yield web


@pytest.fixture
def key() -> str:
    return issue_key(a_client().pk, scopes=("orders:read", "orders:write"), actor=ACTOR)[1]


def connected(web: Web, sent: bytes = b"", *, buffer: int = 0) -> socket.socket:
    client = socket.socket()
    if buffer:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    client.settimeout(20)
    client.connect(("127.0.0.1", web.port))
    client.sendall(sent)
    return client


@contextmanager
def many(web: Web, sent: bytes = b"", count: int = SLOW, *, buffer: int = 0) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        yield [stack.enter_context(connected(web, sent, buffer=buffer)) for _ in range(count)]


def answer_of(client: socket.socket) -> bytes:
    """All that comes until the server ends the connection."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024 * 1024)
    received = b""
    while piece := client.recv(65536):
        received += piece
    return received


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    sent = {"Host": "localhost", "Content-Length": str(len(body)), **headers}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name.replace('_', '-')}: {value}" for name, value in sent.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def others_are_served(web: Web, key: str, *, for_seconds: float = 0.0) -> None:
    """A look at its health and a list, again and again, each from as many connections as there are workers and more."""
    until = time.monotonic() + for_seconds
    while True:
        for path in ("/health/live", "/api/v1/orders/") * 3:
            began = time.monotonic()
            status, _ = send(web.port, "GET", path, headers={"Authorization": f"Bearer {key}"}, timeout=10)
            assert (status, time.monotonic() - began < AT_ONCE) == (200, True), time.monotonic() - began
        if time.monotonic() > until:
            return


def an_order(key: str, **more: object) -> tuple[bytes, bytes]:
    """The headers of a request that places an order, and its body."""
    body = orjson.dumps({"currency": "GBP", "email": "a@example.com", "lines": [{"sku": "A", "quantity": 1}], **more})
    whole = request(
        "POST", "/api/v1/orders/", body, Authorization=f"Bearer {key}", Content_Type="application/json",
        Idempotency_Key=str(random.getrandbits(64)),
    )  # fmt: skip
    return whole[: -len(body)], body


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def test_idle_connections_hold_nobody(web: Web, key: str) -> None:
    with many(web):
        others_are_served(web, key)


def test_half_a_request_holds_nobody(web: Web, key: str) -> None:
    with many(web, b"GET /health/live HTTP/1.1\r\nHost: local"):
        others_are_served(web, key)


def test_headers_that_come_byte_by_byte_hold_nobody_and_are_answered(web: Web, key: str) -> None:
    whole = request("GET", "/health/live")
    with many(web) as clients:
        for byte in whole[:-1]:
            for client in clients:
                client.send(bytes([byte]))
        others_are_served(web, key)
        for client in clients:
            client.send(whole[-1:])
        assert {status_of(answer_of(client)) for client in clients} == {200}


def test_bodies_that_come_in_drops_hold_nobody_and_are_read(web: Web, key: str) -> None:
    stock_up({"A": 100}, currency="GBP")
    heads = [an_order(key) for _ in range(SLOW)]
    with ExitStack() as stack:
        clients = [stack.enter_context(connected(web, head + body[:5])) for head, body in heads]
        others_are_served(web, key)
        for at in range(5, len(heads[0][1]), 20):
            for client, (_, body) in zip(clients, heads, strict=True):
                client.sendall(body[at : at + 20])
        assert [status_of(answer_of(client)) for client in clients] == [201] * SLOW


def test_readers_that_take_nothing_of_a_large_answer_hold_nobody(web: Web, key: str) -> None:
    with many(web, request("GET", LARGE), 10, buffer=4096) as readers:
        time.sleep(1)
        others_are_served(web, key, for_seconds=1)
        answers = [answer_of(reader) for reader in readers[:3]]
        assert {status_of(answer) for answer in answers} == {200}
        head, _, body = answers[0].partition(b"\r\n\r\n")
        assert f"content-length: {len(body)}".encode() in head.lower()
        assert len(body) > 3_500_000


def test_clients_that_keep_their_side_open_after_the_answer_hold_nobody(web: Web, key: str) -> None:
    with many(web, request("GET", "/health/live")):
        others_are_served(web, key)


def test_a_chunked_body_in_drops_holds_nobody(web: Web, key: str) -> None:
    head, body = an_order(key)
    head = head.replace(f"Content-Length: {len(body)}".encode(), b"Transfer-Encoding: chunked")
    chunks = b"".join(b"%x;ext=1\r\n%c\r\n" % (1, byte) for byte in body) + b"0\r\n\r\n"
    stock_up({"A": 100}, currency="GBP")
    with ExitStack() as stack:
        clients = [stack.enter_context(connected(web, head + chunks[:7])) for _ in range(4)]
        others_are_served(web, key)
        for at in range(7, len(chunks), 50):
            for client in clients:
                client.sendall(chunks[at : at + 50])
        answers = [answer_of(client) for client in clients]
        assert {status_of(answer) for answer in answers} == {411}
        assert all(b'"length_required"' in answer for answer in answers)


@pytest.mark.parametrize("kept", [0, 10])
def test_a_client_that_ends_its_body_too_soon_is_answered(web: Web, key: str, kept: int) -> None:
    head, body = an_order(key)
    with connected(web, head + body[:kept]) as client:
        client.shutdown(socket.SHUT_WR)
        answer = answer_of(client)
    assert status_of(answer) == 400
    assert b'"cut_short"' in answer


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b"])
def test_a_form_that_ends_too_soon_is_not_taken_for_a_whole_one(web: Web, kind: str) -> None:
    whole = request("POST", "/admin/login/", b"username=ada&password=correct", Content_Type=kind)
    with connected(web, whole[:-3]) as client:
        client.shutdown(socket.SHUT_WR)
        answer = answer_of(client)
    assert status_of(answer) == 400
    assert b"That can&#x27;t be read" in answer


def test_a_client_that_ends_before_its_headers_do_is_let_go_at_once(web: Web) -> None:
    with connected(web, b"GET /health/live HTTP/1.1\r\nHost: local") as client:
        client.shutdown(socket.SHUT_WR)
        began = time.monotonic()
        assert answer_of(client) == b""
        assert time.monotonic() - began < AT_ONCE


def test_clients_that_end_their_bodies_too_soon_and_take_no_answer_hold_nobody(web: Web, key: str) -> None:
    head, body = an_order(key)
    with many(web, head + body[:-1], buffer=4096) as clients:
        for client in clients:
            client.shutdown(socket.SHUT_WR)
        others_are_served(web, key)


def test_a_client_that_waits_to_be_told_to_send_its_body_is_told_once(web: Web, key: str) -> None:
    stock_up({"A": 1}, currency="GBP")
    head, body = an_order(key)
    with connected(web, head[:-2] + b"Expect: 100-continue\r\n\r\n") as client:
        assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(body)
        assert answer_of(client).startswith(b"HTTP/1.1 201 ")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 200_000, 431),
    ],
)
def test_what_is_no_request_is_refused(web: Web, sent: bytes, status: int) -> None:
    with connected(web, sent) as client:
        assert status_of(answer_of(client)) == status


def test_more_connections_than_there_may_be_let_the_oldest_go(tmp_path: Path, key: str) -> None:
    with (
        serving(tmp_path, WEB_CONCURRENCY="1", GUNICORN_CMD_ARGS="--worker-connections 20") as web,
        many(web, b"GET", 60) as clients,
    ):
        others_are_served(web, key)
        assert answer_of(clients[0]) == b""


def test_readers_that_take_every_connection_there_may_be_hold_nobody(tmp_path: Path, key: str) -> None:
    with (
        serving(tmp_path, WEB_CONCURRENCY="1", GUNICORN_CMD_ARGS="--worker-connections 5") as web,
        many(web, request("GET", LARGE), 8, buffer=4096),
    ):
        time.sleep(1)
        others_are_served(web, key)


def test_a_worker_that_may_open_no_more_files_lets_connections_go(tmp_path: Path, key: str) -> None:
    with serving(tmp_path, WEB_CONCURRENCY="1") as web:
        others_are_served(web, key)
        (worker,) = web.workers()
        used = len(list(Path(f"/proc/{worker}/fd").iterdir()))
        resource.prlimit(worker, resource.RLIMIT_NOFILE, (used + 10, used + 10))
        with many(web, b"GET"):
            others_are_served(web, key)
            assert web.workers() == [worker]


def test_a_server_that_stops_ends_requests_that_have_begun_and_waits_for_no_other(tmp_path: Path) -> None:
    with serving(tmp_path) as web, many(web, b"GET / HT"), many(web, request("GET", LARGE), 4, buffer=4096) as readers:
        assert {reader.recv(1) for reader in readers} == {b"H"}
        began = time.monotonic()
        web.terminate()
        assert all(len(answer_of(reader)) > 3_500_000 for reader in readers)
        web.wait_until_it_ended()
        assert time.monotonic() - began < 10


def test_clients_that_stay_silent_are_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hasty.py").write_text(
        "from config import patient_worker\n"
        "patient_worker.HEAD_WITHIN = patient_worker.SILENCE = 1.0\n"
        "PatientWorker = patient_worker.PatientWorker\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with (
        serving(tmp_path, GUNICORN_CMD_ARGS="--worker-class hasty.PatientWorker") as web,
        connected(web, b"GET / HTTP/1.1\r\n") as of_a_head,
        connected(web, request("GET", "/health/live", b"0" * 9)[:-1]) as of_a_body,
        connected(web, request("GET", LARGE), buffer=4096) as reader,
    ):
        began = time.monotonic()
        assert (answer_of(of_a_head), answer_of(of_a_body)) == (b"", b"")
        assert time.monotonic() - began < 5
        time.sleep(2.5)
        assert len(answer_of(reader)) < 3_500_000
