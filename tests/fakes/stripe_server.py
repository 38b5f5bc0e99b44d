"""Stripe as a server of threads, as far as cards go: https://docs.stripe.com/api/payment_intents and /refunds.

What a card does is said by the name of its payment method, as in Stripe's test mode (CARDS); what goes wrong on the
way by `next_faults`. Events are kept in `events`, and signed by `signature`; who tests sends them.
"""

from __future__ import annotations

import copy
import hashlib
import hmac
import http.server
import json
import re
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import Enum, auto
from typing import Any
from urllib.parse import parse_qsl, urlsplit

KEY = "sk_test_of_a_shop_that_charges_nobody"
SECRET = "whsec_of_an_endpoint_that_nobody_calls"

DECLINES = {
    "pm_card_chargeDeclined": ("card_declined", "generic_decline"),
    "pm_card_chargeDeclinedInsufficientFunds": ("card_declined", "insufficient_funds"),
    "pm_card_chargeDeclinedExpiredCard": ("expired_card", ""),
}
"""Card → the code of the error, and why the bank declined."""
CARDS = {"pm_card_visa", "pm_card_authenticationRequired", "pm_card_pendingRefund", "pm_card_script", *DECLINES}
"""pm_card_script is of our own: its action needs Stripe's script."""

WEEK = 7 * 86_400
"""Seconds for which what is set aside can be captured."""

TAKES = {
    "create": {
        "amount", "currency", "capture_method", "confirm", "payment_method", "allowed_payment_method_types",
        "return_url", "metadata", "expand",
    },
    "update": {"metadata"},
    "capture": {"amount_to_capture", "metadata"},
    "cancel": {"cancellation_reason"},
    "refund": {"payment_intent", "amount", "metadata"},
}  # fmt: skip
"""What is asked → its parameters: those that Stripe has and this knows."""


class Fault(Enum):
    SLOW = auto()
    """It is done, and answered when the caller has given up."""
    BROKEN = auto()
    """It is done, and the connection breaks."""
    DONE_500 = auto()
    """It is done, and answered by a failure, which is kept under the key."""
    LOST_500 = auto()
    """Nothing is done, but the failure is kept under the key."""
    INVALID_400 = auto()
    BUSY_409 = auto()
    LIMITED_429 = auto()
    NONSENSE = auto()
    """A page of a proxy with status 200."""


class Refused(Exception):
    """An error as Stripe answers it."""

    def __init__(self, status: int, kind: str = "invalid_request_error", **error: Any) -> None:
        super().__init__(status, kind)
        self.status, self.body = status, {"error": {"type": kind, "message": "Stripe's own words.", **error}}


class StripeServer:
    """`slow` is by how many seconds Fault.SLOW keeps its caller waiting."""

    def __init__(self, slow: float = 2.5) -> None:
        self.slow = slow
        self.intents: dict[str, dict[str, Any]] = {}
        self.refunds: list[dict[str, Any]] = []
        self.kept: dict[str, tuple[Any, int, bytes]] = {}
        """Idempotency key → what was asked, and the answer."""
        self.events: list[dict[str, Any]] = []
        self.asked: Counter[str] = Counter()
        """Idempotency key → how often it was sent."""
        self.replayed: list[str] = []
        self.requests: list[tuple[str, str, dict[str, Any]]] = []
        self.headers: list[dict[str, str]] = []
        self.faults: deque[Fault | None] = deque()
        self.refuses = 0
        """A status of HTTP that everything is refused with."""
        self.search_lags = False
        """The search knows nothing of what was made lately."""
        self.page = 100
        self.lock = threading.RLock()
        server = self

        class Handler(_Handler):
            owner = server

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def running(self) -> Iterator[StripeServer]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join(5)

    def next_faults(self, *faults: Fault | None) -> None:
        """One for each of the next requests that change something; None for one that goes well."""
        self.faults.extend(faults)

    def forget_keys(self) -> None:
        """A day has passed."""
        self.kept.clear()

    def act(self, intent: dict[str, Any], *, agrees: bool = True) -> None:
        """The payer acts."""
        with self.lock:
            intent["next_action"] = None
            if agrees:
                self._set_aside(intent)
            else:
                failure = {"type": "card_error", "code": "payment_intent_authentication_failure"}
                self._fail(intent, failure)

    def expire(self, intent: dict[str, Any]) -> None:
        """Nobody captured it for a week."""
        with self.lock:
            intent.update(status="canceled", cancellation_reason="automatic", amount_capturable=0)
            self._tell("payment_intent.canceled", intent)

    def capture_by_hand(self, intent: dict[str, Any], amount: int) -> None:
        """At Stripe's dashboard."""
        with self.lock:
            self._take(intent, amount)

    def settle_refund(self, refund: dict[str, Any], status: str) -> None:
        with self.lock:
            refund["status"] = status
            if status == "failed":
                refund["failure_reason"] = "expired_or_canceled_card"
            self._tell("refund.failed" if status == "failed" else "refund.updated", refund)

    def post(self, path: str, params: dict[str, Any], key: str) -> tuple[int, bytes, bool]:
        """Status, answer, and whether it is a repeated one."""
        fault = self.faults.popleft() if self.faults else None
        if fault is Fault.INVALID_400:
            raise Refused(400, code="parameter_missing")
        if fault is Fault.BUSY_409:
            raise Refused(409, "idempotency_error", code="idempotency_key_in_use")
        if fault is Fault.LIMITED_429:
            raise Refused(429, code="rate_limit")
        with self.lock:
            self.asked[key] += 1
            if key in self.kept:
                return self._again(path, params, key)
            status, body = self._kept(path, params, key, fault)
        if fault is Fault.SLOW:
            time.sleep(self.slow)
        if fault is Fault.BROKEN:
            raise ConnectionResetError
        return (200, b"<html>Welcome</html>", False) if fault is Fault.NONSENSE else (status, body, False)

    def _again(self, path: str, params: dict[str, Any], key: str) -> tuple[int, bytes, bool]:
        asked, status, body = self.kept[key]
        if asked != (path, params):
            raise Refused(400, "idempotency_error")
        self.replayed.append(key)
        return status, body, True

    def _kept(self, path: str, params: dict[str, Any], key: str, fault: Fault | None) -> tuple[int, bytes]:
        """What is invalid is not kept under its key."""
        status, answer = 200, {"error": {"type": "api_error", "message": "An unknown error occurred."}}
        try:
            if fault is not Fault.LOST_500:
                answer = self._do(path, params)
        except Refused as refused:
            if refused.status != 402:
                raise
            status, answer = refused.status, refused.body
        if fault in (Fault.DONE_500, Fault.LOST_500):
            status, answer = 500, {"error": {"type": "api_error", "message": "An unknown error occurred."}}
        body = json.dumps(answer).encode()
        self.kept[key] = (path, params), status, body
        return status, body

    def _do(self, path: str, params: dict[str, Any]) -> dict[str, Any]:
        _, _, kind, *rest = path.split("/")
        if kind == "refunds" and not rest:
            return self._refund(_known(params, "refund"))
        if kind != "payment_intents" or len(rest) > 2:
            raise Refused(404)
        if not rest:
            return self._shown(self._create(_known(params, "create")), params)
        intent = self._intent(rest[0])
        acts: dict[str, Callable[..., None]] = {
            "update": self._update, "capture": self._capture, "cancel": self._cancel,
        }  # fmt: skip
        act = rest[1] if len(rest) == 2 else "update"
        acts[act](intent, _known(params, act))
        return intent

    def _create(self, params: dict[str, Any]) -> dict[str, Any]:
        card = params["payment_method"]
        if card not in CARDS:
            message = f"No such PaymentMethod: '{card}'"
            raise Refused(400, code="resource_missing", param="payment_method", message=message)
        if int(params["amount"]) < 50:
            raise Refused(400, code="amount_too_small", param="amount")
        intent = {
            "id": f"pi_{len(self.intents) + 1}", "object": "payment_intent", "amount": int(params["amount"]),
            "amount_capturable": 0, "amount_received": 0, "currency": params["currency"], "card": card,
            "metadata": params.get("metadata", {}), "latest_charge": None, "next_action": None,
            "last_payment_error": None, "cancellation_reason": None, "status": "requires_confirmation",
            "capture_method": params["capture_method"], "disputed": False,
        }  # fmt: skip
        self.intents[intent["id"]] = intent
        if params.get("confirm") == "true":
            self._confirm(intent, params["return_url"])
        return intent

    def _shown(self, intent: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
        """With its charge in place of the charge's id, where that was asked for."""
        if "expand" not in params or not intent["latest_charge"]:
            return intent
        card = {"capture_before": intent["capture_before"]}
        charge = {"id": intent["latest_charge"], "object": "charge", "payment_method_details": {"card": card}}
        return {**intent, "latest_charge": charge}

    def _confirm(self, intent: dict[str, Any], return_url: str) -> None:
        card = intent["card"]
        if card in DECLINES:
            code, reason = DECLINES[card]
            failure = {"type": "card_error", "code": code, "message": "Your card was declined."}
            self._fail(intent, {**failure, "decline_code": reason} if reason else failure)
            raise Refused(402, "card_error", **{**intent["last_payment_error"], "type": "card_error"})
        if card == "pm_card_authenticationRequired":
            action = {"url": f"{self.url}/3ds/{intent['id']}", "return_url": return_url}
            intent.update(status="requires_action", next_action={"type": "redirect_to_url", "redirect_to_url": action})
            self._tell("payment_intent.requires_action", intent)
        elif card == "pm_card_script":
            intent.update(status="requires_action", next_action={"type": "use_stripe_sdk", "use_stripe_sdk": {}})
        else:
            self._set_aside(intent)

    def _set_aside(self, intent: dict[str, Any]) -> None:
        intent.update(
            status="requires_capture",
            amount_capturable=intent["amount"],
            latest_charge=f"ch_{intent['id'][3:]}",
            capture_before=int(time.time()) + WEEK,
        )
        self._tell("payment_intent.amount_capturable_updated", intent)

    def _fail(self, intent: dict[str, Any], failure: dict[str, Any]) -> None:
        intent.update(status="requires_payment_method", last_payment_error=failure)
        self._tell("payment_intent.payment_failed", intent)

    def _update(self, intent: dict[str, Any], params: dict[str, Any]) -> None:
        intent["metadata"] = {**intent["metadata"], **params["metadata"]}

    def _capture(self, intent: dict[str, Any], params: dict[str, Any]) -> None:
        amount = int(params["amount_to_capture"])
        if intent["status"] != "requires_capture":
            raise Refused(400, code="payment_intent_unexpected_state")
        if amount > intent["amount_capturable"]:
            raise Refused(400, code="amount_too_large", param="amount_to_capture")
        self._update(intent, {"metadata": params["metadata"]})
        self._take(intent, amount)

    def _take(self, intent: dict[str, Any], amount: int) -> None:
        """The rest is let go."""
        intent.update(status="succeeded", amount_received=amount, amount_capturable=0)
        self._tell("payment_intent.succeeded", intent)

    def _cancel(self, intent: dict[str, Any], params: dict[str, Any]) -> None:
        if intent["status"] in ("succeeded", "canceled"):
            raise Refused(400, code="payment_intent_unexpected_state")
        intent.update(status="canceled", amount_capturable=0)
        self._tell("payment_intent.canceled", intent)

    def _refund(self, params: dict[str, Any]) -> dict[str, Any]:
        intent, amount = self._intent(params["payment_intent"]), int(params["amount"])
        if intent["disputed"]:
            raise Refused(400, code="charge_disputed")
        if amount > intent["amount_received"] - self.given_back(intent):
            raise Refused(400, code="charge_already_refunded")
        refund = {
            "id": f"re_{len(self.refunds) + 1}", "object": "refund", "amount": amount, "payment_intent": intent["id"],
            "metadata": params.get("metadata", {}), "failure_reason": None,
            "status": "pending" if intent["card"] == "pm_card_pendingRefund" else "succeeded",
        }  # fmt: skip
        self.refunds.append(refund)
        self._tell("refund.created", refund)
        return refund

    def given_back(self, intent: dict[str, Any]) -> int:
        of_it = (each for each in self.refunds if each["payment_intent"] == intent["id"])
        return sum(each["amount"] for each in of_it if each["status"] in ("succeeded", "pending"))

    def get(self, path: str, params: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            _, _, kind, *rest = path.split("/")
            if kind == "refunds":
                return self._refund_of(rest[0]) if rest else self._refunds_of(params)
            return self._search(params["query"]) if rest == ["search"] else self._shown(self._intent(rest[0]), params)

    def _search(self, query: str) -> dict[str, Any]:
        name, value = re.fullmatch(r"metadata\['(\w+)'\]:'([\w-]+)'", query).groups()  # type: ignore[union-attr]
        found = [each for each in self.intents.values() if each["metadata"].get(name) == value]
        data = [] if self.search_lags else found
        return {"object": "search_result", "data": data, "has_more": False, "next_page": None,
                "url": "/v1/payment_intents/search"}  # fmt: skip

    def _refund_of(self, reference: str) -> dict[str, Any]:
        return next(each for each in self.refunds if each["id"] == reference)

    def _refunds_of(self, params: dict[str, Any]) -> dict[str, Any]:
        """The newest first, a page of them."""
        found = [each for each in reversed(self.refunds) if each["payment_intent"] == params["payment_intent"]]
        if after := params.get("starting_after"):
            found = found[[each["id"] for each in found].index(after) + 1 :]
        page = min(int(params.get("limit", 10)), self.page)
        return {"object": "list", "data": found[:page], "has_more": len(found) > page, "url": "/v1/refunds"}

    def _intent(self, reference: str) -> dict[str, Any]:
        if reference not in self.intents:
            raise Refused(404, code="resource_missing", param="intent")
        return self.intents[reference]

    def _tell(self, kind: str, thing: dict[str, Any]) -> None:
        event = {"id": f"evt_{len(self.events) + 1}", "object": "event", "type": kind}
        self.events.append({**event, "data": {"object": copy.deepcopy(thing)}})


def signature(body: bytes, *, secret: str = SECRET, at: int | None = None) -> str:
    """The header Stripe-Signature; another scheme stands beside the one that counts, as from Stripe's test mode."""
    at = int(time.time()) if at is None else at
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest},v0={'0' * 64}"


def _known(params: dict[str, Any], asked: str) -> dict[str, Any]:
    if "payment_method_types" in params:
        raise Refused(400, code="payment_method_types_no_longer_supported", param="payment_method_types")
    if unknown := set(params) - TAKES[asked]:
        raise Refused(400, code="parameter_unknown", param=min(unknown))
    return params


def _nested(encoded: str) -> dict[str, Any]:
    """metadata[call]=… → {"metadata": {"call": …}}"""
    found: dict[str, Any] = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        outer, _, inner = name.partition("[")
        if inner:
            found.setdefault(outer, {})[inner.rstrip("]")] = value
        else:
            found[outer] = value
    return found


class _Handler(http.server.BaseHTTPRequestHandler):
    owner: StripeServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        key = self.headers["Idempotency-Key"]
        self._answer(_nested(body), lambda path, params: self.owner.post(path, params, key))

    def do_GET(self) -> None:
        def get(path: str, params: dict[str, Any]) -> tuple[int, bytes, bool]:
            return 200, json.dumps(self.owner.get(path, params)).encode(), False

        self._answer(_nested(urlsplit(self.path).query), get)

    def _answer(self, params: dict[str, Any], act: Callable[[str, dict[str, Any]], tuple[int, bytes, bool]]) -> None:
        path = urlsplit(self.path).path
        self.owner.requests.append((self.command, path, params))
        self.owner.headers.append(dict(self.headers))
        try:
            self._let_in()
            status, body, again = act(path, params)
        except Refused as refused:
            status, body, again = refused.status, json.dumps(refused.body).encode(), False
        except ConnectionResetError:
            self.close_connection = True
            self.connection.close()
            return
        with suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Request-Id", f"req_{len(self.owner.requests)}")
            if again:
                self.send_header("Idempotent-Replayed", "true")
            self.end_headers()
            self.wfile.write(body)

    def _let_in(self) -> None:
        if self.owner.refuses:
            raise Refused(self.owner.refuses)
        if self.headers["Authorization"] != f"Bearer {KEY}" or not self.headers["Stripe-Version"]:
            raise Refused(401)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the framework's own name
        """Nothing: the product's log says what it asked."""
