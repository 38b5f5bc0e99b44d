"""A payment gateway that charges nobody. What a card does is said by its token:

tok_ok            succeeds
tok_declined      is declined
tok_action        needs the payer to act, at the action_url, before it succeeds
tok_slow          is answered after the caller has given up; it was done nevertheless
tok_broken        is done, and then the connection breaks without an answer
tok_twice         succeeds, and two notices of it are sent
tok_no_refund     succeeds, but what it paid can't be refunded

`./run up` runs it beside the shop. POST /payouts/?currency=EUR has it pay out what lies there. What it knows is gone
when it stops.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import hmac
import http.server
import json
import socket
import threading
import time
import urllib.parse
import urllib.request
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

HEADER = "Gateway-Signature"
SECRET = "fake-gateway-secret"  # noqa: S105 - of a gateway that charges nobody
SLOW = 3.0
"""Seconds by which tok_slow keeps its caller waiting."""
PAGE = 50
"""Calls of a page of the list."""
FEE = 30
"""Of each call that is paid out, in minor units."""


@dataclass
class Charge:
    """One authorisation, in minor units."""

    amount: int
    currency: str
    card: str
    captured: int = 0
    refunded: int = 0
    voided: bool = False
    until: float = float("inf")
    """Seconds since 1970 up to which it can be captured."""


@dataclass
class Books:
    """All that the gateway knows: charges by reference, and what it did for each key."""

    url: str = ""
    """Where it is reached."""
    lasts: float = 7 * 86_400
    """Seconds for which what is authorised can be captured."""
    charges: dict[str, Charge] = field(default_factory=dict)
    calls: dict[str, dict[str, Any]] = field(default_factory=dict)
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    came: dict[str, dt.datetime] = field(default_factory=dict)
    """key → when it came first."""
    asked: Counter[str] = field(default_factory=Counter)
    """key → how often it was sent."""
    payouts: list[dict[str, Any]] = field(default_factory=list)
    """As they are listed."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, key: str, call: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        with self.lock:
            self.asked[key] += 1
            if key in self.answers:
                same = self.calls[key] == call
                return (200, self.answers[key]) if same else (409, {"detail": "another call has this key"})
            self.calls[key], self.came[key] = call, dt.datetime.now(dt.UTC)
            self.answers[key] = {"key": key, "reference": "", "code": "", "action_url": "", **self._do(key, call)}
            return 200, self.answers[key]

    def listed(self, since: dt.datetime, until: dt.datetime, after: int) -> dict[str, Any]:
        """A page of what came from `since` to before `until`, without the first `after` of it."""
        with self.lock:
            keys = [key for key, at in self.came.items() if since <= at < until]
            page = keys[after : after + PAGE]
            more = str(after + PAGE) if len(keys) > after + PAGE else ""
            return {"calls": [self._told(key) for key in page], "cursor": more}

    def _told(self, key: str) -> dict[str, Any]:
        call = {name: self.calls[key][name] for name in ("kind", "amount", "currency")}
        return {"key": key, **call, "outcome": self.answers[key]["outcome"], "at": self.came[key].isoformat()}

    def pay_out(self, currency: str, on: dt.date) -> dict[str, Any]:
        """All of a currency that was captured or given back and not paid out before, less a fee for each; of nothing
        there is no payout.
        """
        with self.lock:
            before = {call["key"] for payout in self.payouts for call in payout["calls"]}
            calls = [self._paid(key) for key in self.came if key not in before and self._moved(key, currency)]
            gross, fee = (sum(call[name] for call in calls) for name in ("amount", "fee"))
            figures = {"currency": currency, "gross": gross, "fee": fee, "net": gross - fee}
            reference = f"po_{len(self.payouts) + 1}"
            payout = {"reference": reference, "paid_on": on.isoformat(), **figures, "calls": calls}
            self.payouts += [payout] if calls else []
            return payout

    def _moved(self, key: str, currency: str) -> bool:
        call = self.calls[key]
        is_done = self.answers[key]["outcome"] == "succeeded"
        return is_done and call["kind"] in ("capture", "refund") and call["currency"] == currency

    def _paid(self, key: str) -> dict[str, Any]:
        call = self.calls[key]
        return {"key": key, "amount": call["amount"] * (1 if call["kind"] == "capture" else -1), "fee": FEE}

    def paid_out(self, since: dt.date, until: dt.date, after: int) -> dict[str, Any]:
        """The payout of those days that has `after` of them before it."""
        with self.lock:
            found = [each for each in self.payouts if since <= dt.date.fromisoformat(each["paid_on"]) < until]
            return {"payouts": found[after : after + 1], "cursor": str(after + 1) if len(found) > after + 1 else ""}

    def _do(self, key: str, call: dict[str, Any]) -> dict[str, Any]:
        if call["kind"] == "authorise":
            return self._authorise(key, call)
        charge = self.charges.get(call["reference"])
        if charge is None:
            return {"outcome": "declined", "code": "no_such_charge"}
        return _change(charge, call["kind"], call["amount"])

    def _authorise(self, key: str, call: dict[str, Any]) -> dict[str, Any]:
        card = call["token"]
        if card not in TOKENS:
            return {"outcome": "declined", "code": "unknown_card"}
        if card == "tok_declined":
            return {"outcome": "declined", "code": "insufficient_funds"}
        reference = f"ch_{len(self.calls)}"
        if card == "tok_action":
            return {"outcome": "needs_action", "reference": reference, "action_url": f"{self.url}/action/{key}"}
        return {"outcome": "succeeded", "reference": reference, **self._charge(reference, call)}

    def _charge(self, reference: str, call: dict[str, Any]) -> dict[str, Any]:
        until = time.time() + self.lasts
        self.charges[reference] = Charge(call["amount"], call["currency"], call["token"], until=until)
        return {"expires_at": dt.datetime.fromtimestamp(until, dt.UTC).isoformat()}

    def act(self, key: str, *, agrees: bool = True) -> dict[str, Any] | None:
        """The payer acts, once."""
        with self.lock:
            answer = self.answers.get(key)
            if answer is None or answer["outcome"] != "needs_action":
                return answer
            if agrees:
                done = {"outcome": "succeeded", **self._charge(answer["reference"], self.calls[key])}
            else:
                done = {"outcome": "declined", "code": "payer_refused"}
            self.answers[key] = {**answer, **done, "action_url": ""}
            return self.answers[key]


def signature(secret: str, body: bytes, at: int) -> str:
    """Of a notice, as docs/how-to/add-a-gateway.md has it."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


TOKENS = ("tok_ok", "tok_declined", "tok_action", "tok_slow", "tok_broken", "tok_twice", "tok_no_refund")


def _change(charge: Charge, kind: str, amount: int) -> dict[str, Any]:
    if kind == "capture" and charge.until <= time.time():
        return {"outcome": "declined", "code": "authorisation_expired"}
    if kind == "capture" and not charge.voided and charge.captured + amount <= charge.amount:
        charge.captured += amount
        return {"outcome": "succeeded"}
    if kind == "void" and not charge.voided:
        charge.voided = True
        return {"outcome": "succeeded"}
    if kind == "refund" and charge.refunded + amount <= charge.captured and charge.card != "tok_no_refund":
        charge.refunded += amount
        return {"outcome": "succeeded", "reference": f"re_{charge.refunded}"}
    return {"outcome": "declined", "code": f"{kind}_not_possible"}


class FakeGateway:
    """The gateway as a server of threads, on a free port or a socket that listens already.

    `notify` is where notices are sent, signed; empty: none are.
    """

    def __init__(self, notify: str = "", slow: float = SLOW, listener: socket.socket | None = None) -> None:
        self.books, self.notify, self.slow = Books(), notify, slow
        self.down = False
        self.refuses = 0
        """A status of HTTP that every call is refused with; what was done before is still told of."""
        gateway = self

        class Handler(_Handler):
            owner = gateway

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler, bind_and_activate=listener is None)
        self._server.daemon_threads = True
        if listener is not None:
            self._server.socket.close()
            self._server.socket = listener
        self.url = self.books.url = f"http://127.0.0.1:{self._server.socket.getsockname()[1]}"

    def serve(self) -> None:
        self._server.serve_forever(poll_interval=0.05)

    @contextmanager
    def running(self) -> Any:
        thread = threading.Thread(target=self.serve, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join(5)

    def tell(self, answer: dict[str, Any], times: int = 1) -> None:
        """Send signed notices, from a thread of their own; what isn't heard is told again by nobody."""
        if self.notify:
            threading.Thread(target=self._tell, args=(answer, times), daemon=True).start()

    def _tell(self, answer: dict[str, Any], times: int) -> None:
        body = json.dumps(answer).encode()
        for _ in range(times):
            headers = {"Content-Type": "application/json", HEADER: signature(SECRET, body, int(time.time()))}
            request = urllib.request.Request(self.notify, data=body, headers=headers)  # noqa: S310 - our own server
            with suppress(OSError):
                urllib.request.urlopen(request, timeout=5).close()  # noqa: S310


class _Handler(http.server.BaseHTTPRequestHandler):
    owner: FakeGateway
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        call = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        if self.owner.down:
            self._answer(503, {"detail": "down"})
            return
        if self.owner.refuses:
            self._answer(self.owner.refuses, {"detail": "refused"})
            return
        key = self._key()
        is_new = key not in self.owner.books.answers
        status, answer = self.owner.books.put(key, call)
        card = call.get("token", "")
        if status == 200 and is_new:
            self.owner.tell(answer, 2 if card == "tok_twice" else 1)
        if is_new and card == "tok_broken":
            self.close_connection = True
            self.connection.close()
            return
        if is_new and card == "tok_slow":
            time.sleep(self.owner.slow)
        self._answer(status, answer)

    def do_GET(self) -> None:
        if self.path.startswith("/action/"):
            answer = self.owner.books.act(self._key(), agrees="refuse" not in self.path)
            if answer:
                self.owner.tell(answer)
            self._answer(200 if answer else 404, answer or {})
            return
        if self.path.startswith(("/calls/?", "/payouts/?")):
            self._list()
            return
        answer = self.owner.books.answers.get(self._key())
        locked_out = 401 if self.owner.refuses == 401 else 0
        status = 503 if self.owner.down else locked_out or (200 if answer else 404)
        self._answer(status, answer or {"detail": "no such call"})

    def do_POST(self) -> None:
        """POST /payouts/?currency=EUR: pay out what lies here."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        asked = dict(urllib.parse.parse_qsl(self.path.partition("?")[2]))
        today = dt.datetime.now(dt.UTC).date()
        self._answer(200, self.owner.books.pay_out(asked.get("currency", "EUR"), today))

    def _list(self) -> None:
        if self.owner.down:
            self._answer(503, {"detail": "down"})
            return
        asked = dict(urllib.parse.parse_qsl(self.path.partition("?")[2]))
        days = self.path.startswith("/payouts/")
        read = dt.date.fromisoformat if days else dt.datetime.fromisoformat
        tell: Any = self.owner.books.paid_out if days else self.owner.books.listed
        self._answer(200, tell(read(asked["since"]), read(asked["until"]), int(asked.get("cursor", "0"))))

    def _key(self) -> str:
        return self.path.partition("?")[0].rpartition("/")[2]

    def _answer(self, status: int, answer: dict[str, Any]) -> None:
        body = json.dumps(answer).encode()
        with suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the framework's own name
        """Nothing: the product's log says what it asked."""


def main() -> None:
    parser = argparse.ArgumentParser(description="A payment gateway that charges nobody.")
    parser.add_argument("--socket", type=int, required=True, help="the number of a socket that listens")
    parser.add_argument("--notify", default="", help="where notices are sent")
    options = parser.parse_args()
    FakeGateway(options.notify, listener=socket.socket(fileno=options.socket)).serve()


if __name__ == "__main__":
    main()
