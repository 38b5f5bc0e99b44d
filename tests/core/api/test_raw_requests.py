"""Requests byte by byte, over the product's own gunicorn: what WSGI servers and clients make of a body's length."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from pytest_django import Settings

from core.clients import issue_key
from core.models import Client
from orders.models import Order
from tests.factories.core import ACTOR, a_client
from tests.factories.orders import a_placed_order
from tests.factories.watching import nothing_changes
from tests.web import Web

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def product_routes(settings: Settings) -> None:
    settings.ROOT_URLCONF = "config.urls"


@pytest.fixture
def owner() -> Client:
    return a_client("North")


@pytest.fixture
def order(owner: Client) -> Order:
    return a_placed_order(owner)


@pytest.fixture
def web(tmp_path: Path, order: Order) -> Iterator[Web]:
    server = Web(tmp_path / "web.log", workers=1)
    server.wait_until_it_answers()
    yield server
    server.close()


def exchange(web: Web, lines: list[str], body: bytes = b"") -> tuple[int, bytes]:
    """Status and body of the answer to these bytes."""
    with socket.create_connection(("127.0.0.1", web.port), timeout=30) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    status = re.match(rb"HTTP/1\.1 (\d{3}) ", answer)
    assert status, answer
    return int(status[1]), answer.partition(b"\r\n\r\n")[2]


def chunked(body: bytes, size: int = 5) -> bytes:
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def test_a_body_in_chunks_is_refused_and_never_taken_for_none(web: Web, owner: Client, order: Order) -> None:
    """Whoever sends one otherwise learns that all went well, and nothing of what it says was done."""
    token = issue_key(owner.pk, scopes=("orders:read", "orders:write"), actor=ACTOR)[1]
    common = ["Host: localhost", f"Authorization: Bearer {token}", "Content-Type: application/json"]
    path = f"/api/v1/orders/{order.pk}/"

    def send(method: str, path: str, body: bytes, *headers: str) -> tuple[int, dict[str, object]]:
        status, told = exchange(web, [f"{method} {path} HTTP/1.1", *common, *headers], body)
        return status, orjson.loads(told)

    with nothing_changes():
        for method, where, body, header in (
            ("PATCH", path, b'{"shipping_method": "Air"}', f'If-Match: "v{order.version}"'),
            ("POST", f"{path}cancel/", b'{"reason": "Changed their mind"}', "Idempotency-Key: k1"),
            ("POST", f"{path}release/", b"{}", "Idempotency-Key: k2"),
            ("POST", "/api/v1/orders/", b"{}" * 20_000, "Idempotency-Key: k3"),
        ):
            status, told = send(method, where, chunked(body, 1000), header, "Transfer-Encoding: chunked")
            assert (status, told["code"]) == (411, "length_required"), told
    whole = b'{"shipping_method": "Air"}'
    status, _ = send("PATCH", path, whole, f'If-Match: "v{order.version}"', f"Content-Length: {len(whole)}")
    assert status == 200
    order.refresh_from_db()
    assert order.shipping_method == "Air"


def test_a_body_shorter_than_it_says_changes_nothing(web: Web, owner: Client, order: Order) -> None:
    token = issue_key(owner.pk, scopes=("orders:write",), actor=ACTOR)[1]
    body = b'{"shipping_method": "Air"}'
    lines = [
        f"PATCH /api/v1/orders/{order.pk}/ HTTP/1.1", "Host: localhost", f"Authorization: Bearer {token}",
        "Content-Type: application/json", f'If-Match: "v{order.version}"', f"Content-Length: {len(body) + 5}",
    ]  # fmt: skip
    with nothing_changes():
        assert exchange(web, lines, body)[0] == 400
