"""Stripe as a server of threads, as far as cards go: https://docs.stripe.com/api/payment_intents, /refunds,
/balance_transactions and /payouts.

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
PAGED = {"limit", "starting_after", "expand"}
LISTS = {
    "payment_intents": {*PAGED, "created"},
    "refunds": {*PAGED, "created", "payment_intent"},
    "balance_transactions": {*PAGED, "created", "type", "payout"},
    "payouts": {*PAGED, "status", "arrival_date"},
}
"""What is listed → its parameters, likewise."""
FEE = 30
"""Of each charge, in Stripe's units."""
DAY = 86_400


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
        self.let_go: list[dict[str, Any]] = []
        """What was authorised and not captured: Stripe lists it as a refund too."""
        self.transactions: list[dict[str, Any]] = []
        self.payouts: list[dict[str, Any]] = []
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
        self.failing_list = 0
        """The so many-th list from now on is answered by a failure; 0: none."""
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

    def refund_by_hand(self, intent: dict[str, Any], amount: int) -> None:
        """At Stripe's dashboard."""
        with self.lock:
            self._refund({"payment_intent": intent["id"], "amount": amount})

    def book(self, kind: str, amount: int, *, fee: int = 0, **more: Any) -> dict[str, Any]:
        """A transaction on the balance; `source` of `more` is what it is of."""
        with self.lock:
            named = {"id": f"txn_{len(self.transactions) + 1}", "object": "balance_transaction", "type": kind}
            figures = {"amount": amount, "fee": fee, "net": amount - fee, "currency": "eur", "created": _now()}
            told = {"reporting_category": kind, "source": None, "payout": None}
            self.transactions.append({**named, **figures, **told, **more})
            return self.transactions[-1]

    def pay_out(self, **more: Any) -> dict[str, Any]:
        """All that is on the balance, today."""
        with self.lock:
            of_it = [each for each in self.transactions if each["payout"] is None]
            reference, amount = f"po_{len(self.payouts) + 1}", sum(each["net"] for each in of_it)
            for each in of_it:
                each["payout"] = reference
            self.payouts.append({
                "id": reference, "object": "payout", "amount": amount, "currency": "eur", "status": "paid",
                "automatic": True, "arrival_date": _now() // DAY * DAY, "reconciliation_status": "completed", **more,
            })  # fmt: skip
            self.book("payout", -amount, source=reference, payout=reference)
            return self.payouts[-1]

    def settle_refund(self, refund: dict[str, Any], status: str) -> None:
        with self.lock:
            refund["status"] = status
            if status == "failed":
                refund["failure_reason"] = "expired_or_canceled_card"
                self.book("refund_failure", refund["amount"], source=refund["id"])
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
            "capture_method": params["capture_method"], "disputed": False, "created": _now(),
        }  # fmt: skip
        self.intents[intent["id"]] = intent
        if params.get("confirm") == "true":
            self._confirm(intent, params["return_url"])
        return intent

    def _shown(self, intent: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
        """With its charge in place of the charge's id, where that was asked for."""
        if "expand" not in params or not intent["latest_charge"]:
            return intent
        return {**intent, "latest_charge": self._charge(intent)}

    def _charge(self, intent: dict[str, Any]) -> dict[str, Any]:
        card = {"capture_before": intent.get("capture_before")}
        return {
            "id": intent["latest_charge"], "object": "charge", "payment_method_details": {"card": card},
            "status": "succeeded", "amount": intent["amount"],
            "amount_captured": intent["amount_received"], "currency": intent["currency"],
            "payment_intent": intent["id"], "created": intent["created"],
        }  # fmt: skip

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
        """The rest is let go: on the balance all of it is charged, and the rest given back."""
        intent.update(status="succeeded", amount_received=amount, amount_capturable=0)
        self.book("charge", intent["amount"], fee=FEE, source=intent["latest_charge"])
        if rest := intent["amount"] - amount:
            self._let_go(intent, rest, on_balance=True)
        self._tell("payment_intent.succeeded", intent)

    def _cancel(self, intent: dict[str, Any], params: dict[str, Any]) -> None:
        if intent["status"] in ("succeeded", "canceled"):
            raise Refused(400, code="payment_intent_unexpected_state")
        if intent["amount_capturable"]:
            self._let_go(intent, intent["amount_capturable"], on_balance=False)
        intent.update(status="canceled", amount_capturable=0)
        self._tell("payment_intent.canceled", intent)

    def _let_go(self, intent: dict[str, Any], amount: int, *, on_balance: bool) -> None:
        reference = f"re_let_go_{len(self.let_go) + 1}"
        category = "partial_capture_reversal"
        booked = self.book("refund", -amount, source=reference, reporting_category=category) if on_balance else None
        self.let_go.append({
            "id": reference, "object": "refund", "amount": amount, "currency": intent["currency"], "metadata": {},
            "payment_intent": intent["id"], "failure_reason": None, "status": "succeeded", "created": _now(),
            "balance_transaction": booked["id"] if booked else None,
        })  # fmt: skip

    def _refund(self, params: dict[str, Any]) -> dict[str, Any]:
        intent, amount = self._intent(params["payment_intent"]), int(params["amount"])
        if intent["disputed"]:
            raise Refused(400, code="charge_disputed")
        if amount > intent["amount_received"] - self.given_back(intent):
            raise Refused(400, code="charge_already_refunded")
        reference = f"re_{len(self.refunds) + 1}"
        refund = {
            "id": reference, "object": "refund", "amount": amount, "payment_intent": intent["id"],
            "metadata": params.get("metadata", {}), "failure_reason": None, "currency": intent["currency"],
            "created": _now(), "balance_transaction": self.book("refund", -amount, source=reference)["id"],
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
            if not rest:
                return self._list(kind, params)
            if kind == "payment_intents":
                return self._search(params) if rest == ["search"] else self._shown(self._intent(rest[0]), params)
            return next(each for each in self._things(kind) if each["id"] == rest[0])

    def _search(self, params: dict[str, Any]) -> dict[str, Any]:
        """A page of what has the metadata; the next is named by how many come before it."""
        name, value = re.fullmatch(r"metadata\['(\w+)'\]:'([\w-]+)'", params["query"]).groups()  # type: ignore[union-attr]
        found = [each for each in self.intents.values() if each["metadata"].get(name) == value]
        found = [] if self.search_lags else found
        first, page = int(params.get("page", 0)), min(int(params.get("limit", 10)), self.page)
        after = str(first + page) if len(found) > first + page else None
        return {"object": "search_result", "data": found[first : first + page], "has_more": bool(after),
                "next_page": after, "url": "/v1/payment_intents/search"}  # fmt: skip

    def _things(self, kind: str) -> list[dict[str, Any]]:
        """The oldest first."""
        return {
            "payment_intents": list(self.intents.values()),
            "refunds": sorted(self.refunds + self.let_go, key=lambda each: int(each["created"])),
            "balance_transactions": self.transactions,
            "payouts": self.payouts,
        }[kind]

    def _list(self, kind: str, params: dict[str, Any]) -> dict[str, Any]:
        """The newest first, a page of them."""
        self._fail_in_turn()
        _only(params, LISTS[kind])
        found = [each for each in reversed(self._things(kind)) if _fits(each, params)]
        if after := params.get("starting_after"):
            found = found[[each["id"] for each in found].index(after) + 1 :]
        page = min(int(params.get("limit", 10)), self.page)
        paths = [path.split(".")[1:] for path in params.get("expand", {}).values()]
        data = [self._expanded(each, paths) for each in found[:page]]
        return {"object": "list", "data": data, "has_more": len(found) > page, "url": f"/v1/{kind}"}

    def _fail_in_turn(self) -> None:
        if self.failing_list:
            self.failing_list -= 1
            if not self.failing_list:
                raise Refused(503, "api_error")

    def _expanded(self, thing: dict[str, Any], paths: list[list[str]]) -> dict[str, Any]:
        """With things in place of their ids, along each path: ["source", "payment_intent"]."""
        shown = dict(thing)
        for name, *rest in paths:
            of_it = shown.get(name)
            of_it = self._thing(of_it) if isinstance(of_it, str) else of_it
            shown[name] = self._expanded(of_it, [rest]) if rest and of_it else of_it
        return shown

    def _thing(self, reference: str) -> dict[str, Any]:
        charged = (intent for intent in self.intents.values() if intent["latest_charge"] == reference)
        if intent := next(charged, None):
            return self._charge(intent)
        return next(each for kind in LISTS for each in self._things(kind) if each["id"] == reference)

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
    _only(params, TAKES[asked])
    return params


def _only(params: dict[str, Any], known: set[str]) -> None:
    if unknown := set(params) - known:
        raise Refused(400, code="parameter_unknown", param=min(unknown))


def _fits(thing: dict[str, Any], params: dict[str, Any]) -> bool:
    """What a list is narrowed to: by a value, or by a time from and before."""
    for name in params.keys() - PAGED:
        value = params[name]
        if isinstance(value, dict):
            if not int(value["gte"]) <= thing[name] < int(value["lt"]):
                return False
        elif thing[name] != value:
            return False
    return True


def _now() -> int:
    return int(time.time())


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
