"""A mail server over real TCP that is slow, hangs, refuses or hangs up where it is told to."""

from __future__ import annotations

import socketserver
import threading
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message as Mail
from typing import Any

STAGES = ("banner", "ehlo", "mail", "rcpt", "data", "end")
"""`data` is the command, `end` what follows the whole e-mail."""

ANSWERS = {
    "banner": "220 ready", "ehlo": "250 ready", "mail": "250 ok", "rcpt": "250 ok", "data": "354 go on",
    "end": "250 accepted",
}  # fmt: skip


@dataclass
class Manners:
    """What happens at a stage, instead of the good answer at once."""

    waits: dict[str, float] = field(default_factory=dict)
    hangs: str = ""
    hangs_up: str = ""
    refuses: dict[str, str] = field(default_factory=dict)
    slow_goodbye: float = 0.0


class MailServer:
    """A context. Like a real one it keeps an e-mail once it has all of it, before it says so, unless it refuses."""

    def __init__(self) -> None:
        self.manners = Manners()
        self.raw: list[bytes] = []
        self.connections = 0
        self.over = threading.Event()
        self._lock = threading.Lock()
        server = self

        class Talk(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                server.talk(self)

        self._tcp = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk)
        self._tcp.daemon_threads = True
        self.port = int(self._tcp.server_address[1])

    def __enter__(self) -> MailServer:
        threading.Thread(target=self._tcp.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._tcp.shutdown()
        self._tcp.server_close()

    @property
    def mails(self) -> list[Mail]:
        return [message_from_bytes(raw) for raw in self.raw]

    def talk(self, client: Any) -> None:
        with self._lock:
            self.connections += 1
        try:
            self._converse(client)
        except (_HungUp, ConnectionError):
            return

    def _converse(self, client: Any) -> None:
        self._answer(client, "banner")
        while line := client.rfile.readline():
            word = line[:4].decode().strip().lower()
            if word == "quit":
                self.over.wait(self.manners.slow_goodbye)
                client.wfile.write(b"221 bye\r\n")
                return
            stage = {"helo": "ehlo"}.get(word, word)
            self._answer(client, stage if stage in STAGES else "mail")
            if stage == "data" and "data" not in self.manners.refuses:
                self._receive(client)

    def _receive(self, client: Any) -> None:
        lines: list[bytes] = []
        while (line := client.rfile.readline()) != b".\r\n":
            if not line:
                raise _HungUp
            lines.append(line)
        if "end" not in self.manners.refuses:
            with self._lock:
                self.raw.append(b"".join(lines))
        self._answer(client, "end")

    def _answer(self, client: Any, stage: str) -> None:
        manners = self.manners
        if manners.hangs_up == stage:
            raise _HungUp
        if manners.hangs == stage:
            self.over.wait()
            raise _HungUp
        self.over.wait(manners.waits.get(stage, 0.0))
        try:
            client.wfile.write(f"{manners.refuses.get(stage, ANSWERS[stage])}\r\n".encode())
        except OSError:
            raise _HungUp from None


class _HungUp(Exception):
    pass
