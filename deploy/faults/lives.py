"""What becomes of each order: the requests of its storefront and its warehouse, repeated until they are answered."""

from __future__ import annotations

import json
import random
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any

CARDS = ("tok_ok", "tok_ok", "tok_twice", "tok_broken", "tok_slow")
"""What the gateway does with them: deploy/fakes/gateway.py."""
ADDRESS = {"name": "Ann Lee", "line1": "1 High St", "city": "Leeds", "postal_code": "LS1 1AA", "country": "GB"}
_PASSING = frozenset({0, 429, 500, 502, 503, 504})
_PASSING_CODES = frozenset({"idempotency_key_in_flight", "operation_refused", "payment_busy", "busy"})
"""Refusals that end with what is still under way: a payment, a shipment, the first request with a key."""
_PAUSE = 0.3
_TIMEOUT = 20.0


class OutOfTime(Exception):
    """A request had no good answer up to the end."""


@dataclass(frozen=True)
class Kind:
    """How an order goes on once it is placed, and what there is of it then."""

    name: str
    status: str
    mails: tuple[str, ...]
    """What its customer is told, as the subjects of e-mails have it."""
    is_sent: bool = False
    keeps_stock: bool = False
    asked: Mapping[str, int] = field(default_factory=dict)
    """What is asked of the gateway, and how often."""


KINDS = (
    Kind("placed", "placed", ("confirmed",), keeps_stock=True),
    Kind("cancelled", "cancelled", ("confirmed", "was cancelled")),
    Kind("on account", "delivered", ("confirmed", "has shipped", "was delivered"), is_sent=True),
    Kind("card", "shipped", ("confirmed", "has shipped"), is_sent=True, asked={"authorise": 1, "capture": 1}),
    Kind("set aside", "cancelled", ("confirmed", "was cancelled"), asked={"authorise": 1, "void": 1}),
)


@dataclass
class Life:
    """An order as its storefront knows it. `pk` is empty until it is acknowledged."""

    number: int
    kind: Kind
    quantity: int
    card: str
    pk: str = ""
    total: int = 0
    trouble: str = ""
    """What kept it from its end."""

    @property
    def ref(self) -> str:
        return f"F-{self.number}"

    @property
    def email(self) -> str:
        return f"customer-{self.number}@example.com"


def plan(orders: int, chance: random.Random) -> list[Life]:
    """As many of each kind, in any order."""
    kinds = [KINDS[number % len(KINDS)] for number in range(orders)]
    chance.shuffle(kinds)
    return [Life(number, kind, chance.randint(1, 3), chance.choice(CARDS)) for number, kind in enumerate(kinds, 1)]


class Api:
    """The shop over HTTP, with the key of a storefront and that of a warehouse."""

    def __init__(self, port: int, storefront: str, warehouse: str) -> None:
        self._port = port
        self._tokens = {"storefront": storefront, "warehouse": warehouse}
        self._lock = threading.Lock()
        self.met: Counter[int] = Counter()
        """Every status that was answered; 0 is a connection that broke."""
        self.over = threading.Event()
        """Once it is set, nothing is tried again."""

    def get(self, path: str) -> Any:
        return self._insist("GET", path, None, "", "storefront")

    def post(self, path: str, body: object, *, key: str, by: str = "storefront") -> Any:
        return self._insist("POST", path, body, key, by)

    def wait(self, path: str, enough: Callable[[Any], bool], what: str) -> Any:
        """The answer of a GET, once it is enough."""
        while not enough(told := self.get(path)):
            self._pause(what)
        return told

    def _insist(self, method: str, path: str, body: object, key: str, by: str) -> Any:
        """The answer, once it is a good one. Raises OutOfTime, and RuntimeError for a refusal that stays."""
        while True:
            status, told = self._try(method, path, body, key, by)
            if 200 <= status < 300:
                return told
            if status not in _PASSING and told.get("code") not in _PASSING_CODES:
                raise RuntimeError(f"{method} {path} was answered {status}: {told.get('detail')}")
            self._pause(f"{method} {path} was last answered {status}: {told.get('detail', 'nothing')}")

    def _try(self, method: str, path: str, body: object, key: str, by: str) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self._tokens[by]}"}
        headers |= {"Idempotency-Key": key, "Content-Type": "application/json"} if method == "POST" else {}
        connection = HTTPConnection("127.0.0.1", self._port, timeout=_TIMEOUT)
        try:
            connection.request(method, f"/api/v1/{path}", None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            answer = response.status, json.loads(response.read())
        except (OSError, HTTPException, ValueError):
            answer = 0, {}
        finally:
            connection.close()
        with self._lock:
            self.met[answer[0]] += 1
        return answer

    def _pause(self, what: str) -> None:
        if self.over.wait(_PAUSE):
            raise OutOfTime(what)


def live(life: Life, api: Api) -> None:
    """From its placing to its end; what keeps it from that is noted in it."""
    try:
        _place(life, api)
        _GOES_ON[life.kind.name](life, api)
    except (OutOfTime, RuntimeError) as error:
        life.trouble = str(error)


def _place(life: Life, api: Api) -> None:
    order = {
        "currency": "EUR",
        "external_ref": life.ref,
        "email": life.email,
        "shipping_address": ADDRESS,
        "lines": [{"sku": "MUG", "quantity": life.quantity}],
        **({"payment_terms": "on_account"} if life.kind.name == "on account" else {}),
    }
    made = api.post("orders/", order, key=f"{life.ref}-place")
    life.pk, life.total = made["id"], made["total"]


def _cancel(life: Life, api: Api) -> None:
    api.post(f"orders/{life.pk}/cancel/", {"reason": "customer"}, key=f"{life.ref}-cancel")


def _release_and_send(life: Life, api: Api) -> str:
    api.post(f"orders/{life.pk}/release/", None, key=f"{life.ref}-release")
    path = f"orders/{life.pk}/shipments/"
    opened = api.wait(path, lambda told: bool(told["results"]), "no shipment was opened")["results"]
    shipment = str(opened[0]["id"])
    parcel = {"carrier": "Post", "tracking_number": life.ref}
    api.post(f"shipments/{shipment}/dispatch/", parcel, key=f"{life.ref}-dispatch", by="warehouse")
    return shipment


def _sell_on_account(life: Life, api: Api) -> None:
    shipment = _release_and_send(life, api)
    api.post(f"shipments/{shipment}/deliver/", None, key=f"{life.ref}-deliver", by="warehouse")


def _sell_by_card(life: Life, api: Api) -> None:
    api.post(f"orders/{life.pk}/pay-by-card/", {"token": life.card}, key=f"{life.ref}-pay")
    _release_and_send(life, api)


def _set_aside_and_cancel(life: Life, api: Api) -> None:
    card = {"token": life.card, "capture": False}
    api.post(f"orders/{life.pk}/pay-by-card/", card, key=f"{life.ref}-pay")
    api.wait(f"orders/{life.pk}/", lambda told: told["authorised"] == life.total, "nothing was set aside")
    _cancel(life, api)


_GOES_ON: Mapping[str, Callable[[Life, Api], object]] = {
    "placed": lambda *_: None,
    "cancelled": _cancel,
    "on account": _sell_on_account,
    "card": _sell_by_card,
    "set aside": _set_aside_and_cancel,
}
