"""A tax service over real HTTP: what it answers, and how badly, is up to the test."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson

Answer = tuple[int, bytes]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who asked has gone, which is what the test is about."""


class TaxService:
    """Answers each question by `answer`, after `delay` seconds; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.answer: Callable[[dict[str, Any]], Answer] = ten_per_cent
        self.delay = 0.0
        self.drip = 0.0
        self.breaks = 0
        """How many questions are cut off without an answer."""
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                service.serve(self)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/taxes"

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        body = orjson.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        self.asked.append(body)
        self.headers.append(dict(handler.headers))
        if self.breaks:
            self.breaks -= 1
            handler.close_connection = True
            return
        time.sleep(self.delay)
        status, answer = self.answer(body)
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(answer)))
        handler.end_headers()
        for position in range(len(answer)):
            if self.drip:
                time.sleep(self.drip)
                handler.wfile.write(answer[position : position + 1])
        if not self.drip:
            handler.wfile.write(answer)

    @contextmanager
    def running(self) -> Iterator[TaxService]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()


def taxes_of(amount: int) -> list[dict[str, Any]]:
    return [{"name": "Sales tax", "rate": "0.1", "taxable": amount, "amount": amount // 10, "reason": ""}]


def ten_per_cent(request: dict[str, Any]) -> Answer:
    items = [{"key": item["key"], "taxes": taxes_of(item["amount"])} for item in request["items"]]
    return 200, orjson.dumps({"items": items})


def always(status: int, body: Any) -> Callable[[dict[str, Any]], Answer]:
    answer = body if isinstance(body, bytes) else orjson.dumps(body)
    return lambda _: (status, answer)
