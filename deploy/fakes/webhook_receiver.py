"""A receiver of webhooks as somebody else would write it: the standard library's server and `standardwebhooks`.

    python deploy/fakes/webhook_receiver.py FOLDER [--host 127.0.0.1] [--port 0] [--does ok] [--certificate FILE]

It prints its address, and adds a line of JSON to FOLDER/requests.jsonl for each request before it answers: at, path,
id, timestamp, headers, body, verified, verified_by (which lines of FOLDER/secrets verify it, from 0), does. Secrets
may be added while it runs. FILE has a certificate and its key, for TLS.

What it does is said by the path, or by --does for all others (/anything); the rest of the path is of no account:

/ok  /status/503  /410     answers so
/redirect/307/URL          sends on to URL, which is percent-encoded
/retry-after/VALUE         503 with that Retry-After
/flaky/10                  500 for ten of a hundred, at random
/hang                      never answers
/drip  /drip-body          a byte each 0.2 s for ever, of the headers, of the body
/bomb                      a gibibyte of zeros as gzip
/large                     a body that never ends
/long-head                 headers that never end
/interim                   102 Processing for ever
/short                     ends before the body that it announced
/garbage                   is no HTTP
/early                     413 without reading the body
/rst                       resets the connection

Standing alone it needs no test's code; tests start it with `running_receiver`.
"""

from __future__ import annotations

import argparse
import http.server
import json
import os
import random
import socket
import socketserver
import ssl
import struct
import subprocess
import sys
import time
import urllib.parse
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

PAUSE = 0.2
"""Seconds between two bytes of a drip."""
RANDOM = random.SystemRandom()


class Book:
    """What came, and the secrets by which it is verified, in files of one folder."""

    def __init__(self, folder: Path) -> None:
        self._secrets = folder / "secrets"
        self._requests = os.open(folder / "requests.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._read: tuple[tuple[int, int], list[Webhook]] = ((0, 0), [])

    def verified_by(self, headers: dict[str, str], body: bytes) -> list[int]:
        return [index for index, each in enumerate(self._known()) if _verifies(each, headers, body)]

    def note(self, told: dict[str, Any]) -> None:
        """In one write, so that lines of several threads don't mix."""
        os.write(self._requests, json.dumps(told).encode() + b"\n")

    def _known(self) -> list[Webhook]:
        with suppress(FileNotFoundError):
            of_file = self._secrets.stat()
            changed = of_file.st_ino, of_file.st_mtime_ns
            if changed != self._read[0]:
                self._read = changed, [Webhook(line) for line in self._secrets.read_text().split()]
        return self._read[1]


def _verifies(webhook: Webhook, headers: dict[str, str], body: bytes) -> bool:
    try:
        webhook.verify(body, headers, json_parse=False)
    except (WebhookVerificationError, ValueError):
        return False
    return True


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Receiver

    def do_POST(self) -> None:
        self.close_connection = True
        does, _, detail = self.path.strip("/").partition("/")
        if does not in BEHAVIOURS and not does.isdigit():
            does, _, detail = self.server.does.partition("/")
        body = b"" if does == "early" else self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._note(body, does)
        with suppress(OSError):  # the sender has gone
            BEHAVIOURS.get(does, Handler.answer_number)(self, detail or does)
            self.wfile.flush()

    def _note(self, body: bytes, does: str) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        verified_by = self.server.book.verified_by(headers, body)
        self.server.book.note(
            {
                "at": time.time(),
                "path": self.path,
                "id": headers.get("webhook-id"),
                "timestamp": headers.get("webhook-timestamp"),
                "headers": headers,
                "body": body.decode(errors="replace"),
                "verified": bool(verified_by),
                "verified_by": verified_by,
                "does": does,
            }
        )

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer_number(self, status: str) -> None:
        self.answer(int(status), HTTPStatus(int(status)).phrase.encode(), Content_Type="text/plain")

    def answer_ok(self, _: str) -> None:
        self.answer_number("200")

    def redirect(self, detail: str) -> None:
        status, _, url = detail.partition("/")
        self.answer(int(status), Location=urllib.parse.unquote(url))

    def ask_for_time(self, value: str) -> None:
        self.answer(503, Retry_After=urllib.parse.unquote(value))

    def fail_at_times(self, percent: str) -> None:
        self.answer_number("500" if RANDOM.uniform(0, 100) < float(percent) else "200")

    def hang(self, _: str) -> None:
        while True:
            time.sleep(60)

    def drip(self, _: str) -> None:
        self._send_for_ever(b"HTTP/1.1 200 OK\r\nX-Drip: ", b"x", PAUSE)

    def drip_body(self, _: str) -> None:
        self._send_for_ever(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x", PAUSE)

    def send_bomb(self, _: str) -> None:
        packer = zlib.compressobj(9, wbits=31)
        packed = b"".join(packer.compress(bytes(2**20)) for _ in range(8)) + packer.flush(zlib.Z_FULL_FLUSH)
        self.answer(200, packed * 128, Content_Encoding="gzip", Content_Type="application/json")

    def send_for_ever(self, _: str) -> None:
        self._send_for_ever(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"2000\r\n" + b"x" * 8192 + b"\r\n"
        )

    def send_headers_for_ever(self, _: str) -> None:
        self._send_for_ever(b"HTTP/1.1 200 OK\r\n", b"X-More: %s\r\n" % (b"x" * 1000))

    def say_wait_for_ever(self, _: str) -> None:
        self._send_for_ever(b"", b"HTTP/1.1 102 Processing\r\n\r\n")

    def stop_short(self, _: str) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nonly")

    def send_garbage(self, _: str) -> None:
        self.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")

    def refuse_early(self, _: str) -> None:
        self.answer_number("413")

    def reset(self, _: str) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())

    def _send_for_ever(self, first: bytes, more: bytes, pause: float = 0.0) -> None:
        self.wfile.write(first)
        while True:
            self.wfile.write(more)
            self.wfile.flush()
            time.sleep(pause)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Not to the terminal: requests.jsonl has it."""


BEHAVIOURS: dict[str, Callable[[Handler, str], None]] = {
    "ok": Handler.answer_ok,
    "status": Handler.answer_number,
    "redirect": Handler.redirect,
    "retry-after": Handler.ask_for_time,
    "flaky": Handler.fail_at_times,
    "hang": Handler.hang,
    "drip": Handler.drip,
    "drip-body": Handler.drip_body,
    "bomb": Handler.send_bomb,
    "large": Handler.send_for_ever,
    "long-head": Handler.send_headers_for_ever,
    "interim": Handler.say_wait_for_ever,
    "short": Handler.stop_short,
    "garbage": Handler.send_garbage,
    "early": Handler.refuse_early,
    "rst": Handler.reset,
}


class Receiver(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 512

    def __init__(self, address: tuple[str, int], *, book: Book, does: str, certificate: Path | None) -> None:
        self.book, self.does = book, does
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH) if certificate else None
        if self._tls and certificate:
            self._tls.load_cert_chain(certificate)
        super().__init__(address, Handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """In the connection's own thread, so that a slow handshake keeps nobody waiting."""
        with suppress(OSError):
            wrapped = self._tls.wrap_socket(request, server_side=True) if self._tls else request
            super().finish_request(wrapped, client_address)
            if self._tls:
                wrapped.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="Receives webhooks.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--does", default="ok")
    parser.add_argument("--certificate", type=Path)
    told = parser.parse_args()
    receiver = Receiver((told.host, told.port), book=Book(told.folder), does=told.does, certificate=told.certificate)
    scheme = "https" if told.certificate else "http"
    sys.stdout.write(f"{scheme}://{told.host}:{receiver.server_address[1]}\n")
    sys.stdout.flush()
    receiver.serve_forever()


@dataclass(frozen=True)
class RunningReceiver:
    url: str
    folder: Path

    @property
    def port(self) -> int:
        return urllib.parse.urlsplit(self.url).port or 0

    def requests(self) -> list[dict[str, Any]]:
        """In the order in which they came."""
        return [json.loads(line) for line in (self.folder / "requests.jsonl").read_text().splitlines()]

    def know(self, *secrets: str) -> None:
        """These secrets and no others from now on."""
        written = self.folder / "secrets.new"
        written.write_text("\n".join(secrets))
        written.replace(self.folder / "secrets")


@contextmanager
def running_receiver(folder: Path, *arguments: str, secrets: tuple[str, ...] = ()) -> Iterator[RunningReceiver]:
    """A process of its own, with its files in the folder, which is made. `arguments` are those of the script."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, __file__, str(folder), *arguments]
    # In a session of its own: a Ctrl-C at the terminal is for whoever started it.
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:  # noqa: S603
        try:
            assert process.stdout is not None  # noqa: S101
            url = process.stdout.readline().strip()
            if not url:
                raise RuntimeError("the receiver of webhooks did not start")
            running = RunningReceiver(url, folder)
            running.know(*secrets)
            yield running
        finally:
            process.terminate()


if __name__ == "__main__":
    main()
