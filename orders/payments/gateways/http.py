"""A gateway that is asked over HTTP: PUT of the call under its key, GET of what became of it.

    PUT /calls/{key}  {"kind": "authorise", "amount": 2750, "currency": "EUR", "order_id": "…", "token": "tok_ok"}
    200               {"key": "…", "outcome": "succeeded", "reference": "ch_1", "code": "", "action_url": "",
                       "expires_at": "2026-12-04T09:00:00Z"}

    GET /calls/?since=2026-01-31T00:00:00Z&until=2026-02-01T00:00:00Z&cursor=…
    200               {"calls": [{"key": "…", "kind": "capture", "amount": 2750, "currency": "EUR",
                                  "outcome": "succeeded", "at": "2026-01-31T12:00:00Z"}], "cursor": ""}

    GET /payouts/?since=2026-01-31&until=2026-02-01&cursor=…
    200               {"payouts": [{"reference": "po_1", "paid_on": "2026-01-31", "currency": "EUR", "gross": 2750,
                                    "fee": 30, "net": 2720, "calls": [{"key": "…", "amount": 2750, "fee": 30}]}],
                       "cursor": ""}

The same PUT again gives the same answer and does nothing more; one of another content is 409. Notices are POSTed as
answers are, signed (signing.py).
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

import httpx2
import orjson

from orders.payments.gateways.interface import (
    Answer,
    Call,
    GatewayRefused,
    GatewayUnavailable,
    Notice,
    NoticeRefused,
    Outcome,
    PaidCall,
    PayoutPage,
    ReportedCall,
    ReportedPayout,
    ReportPage,
)
from orders.payments.gateways.signing import HEADER, require_signature

_LONGEST = 2**16
"""Bytes of an answer."""
_REFUSALS = frozenset({400, 401, 403, 404, 405, 409, 413, 415, 422})


class HttpGateway:
    """`seconds` is the deadline of a whole call: connection, sending, every byte of the answer."""

    def __init__(self, *, url: str, key: str = "", secret: str = "", seconds: float = 10.0) -> None:
        self._url, self._secret, self._seconds = url.rstrip("/"), secret, seconds
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx2.Client(headers=headers, timeout=seconds, follow_redirects=False)

    def send(self, call: Call) -> Answer:
        body = {name: value for name, value in asdict(call).items() if name != "key"}
        status, answer = self._ask("PUT", f"calls/{call.key}", orjson.dumps(body))
        if status in _REFUSALS:
            raise GatewayRefused(f"HTTP {status}: {str(answer.get('detail', ''))[:200]}")
        return _read(status, answer)

    def find(self, call: Call) -> Answer | None:
        status, answer = self._ask("GET", f"calls/{call.key}")
        return None if status == 404 else _read(status, answer)

    def list_calls(self, since: dt.datetime, until: dt.datetime, cursor: str = "") -> ReportPage:
        told, after = self._list("calls", since, until, cursor)
        with _reading("calls"):
            return ReportPage([_reported(each) for each in told], after)

    def list_payouts(self, since: dt.date, until: dt.date, cursor: str = "") -> PayoutPage:
        told, after = self._list("payouts", since, until, cursor)
        with _reading("payouts"):
            return PayoutPage([_paid_out(each) for each in told], after)

    def _list(self, name: str, since: dt.date, until: dt.date, cursor: str) -> tuple[list[Any], str]:
        """What the page has, and the cursor of the page after it."""
        asked = {"since": since.isoformat(), "until": until.isoformat(), **({"cursor": cursor} if cursor else {})}
        status, told = self._ask("GET", f"{name}/?{urlencode(asked)}")
        if status != 200:
            raise GatewayUnavailable(f"HTTP {status} for a list of {name}")
        with _reading(name):
            return list(told[name]), str(told["cursor"])

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice | None:
        require_signature(self._secret, headers.get(HEADER, ""), body)
        try:
            told = orjson.loads(body)
            return Notice(str(told["key"]), _read(200, told))
        except (orjson.JSONDecodeError, KeyError, TypeError, GatewayUnavailable):
            raise NoticeRefused("The notice can't be read.") from None

    def _ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, dict[str, Any]]:
        until = time.monotonic() + self._seconds
        headers = {"Content-Type": "application/json"} if body else {}
        try:
            with self._client.stream(method, f"{self._url}/{path}", content=body, headers=headers) as response:
                read = bytearray()
                for part in response.iter_bytes():
                    read += part
                    if len(read) > _LONGEST or time.monotonic() > until:
                        raise GatewayUnavailable("the answer is too long or takes too long")
                told = orjson.loads(bytes(read) or b"{}")
                return response.status_code, told if isinstance(told, dict) else {}
        except (httpx2.HTTPError, httpx2.InvalidURL, orjson.JSONDecodeError) as error:
            raise GatewayUnavailable(f"{type(error).__name__} {error}".strip()) from error


@contextmanager
def _reading(name: str) -> Iterator[None]:
    try:
        yield
    except (KeyError, TypeError, ValueError) as error:
        raise GatewayUnavailable(f"the list of {name} can't be read: {error}") from error


def _reported(told: dict[str, Any]) -> ReportedCall:
    """Raises KeyError, TypeError, ValueError for what is none."""
    key, kind, currency = texts = [told[name] for name in ("key", "kind", "currency")]
    amount, at = told["amount"], dt.datetime.fromisoformat(told["at"])
    if not all(isinstance(text, str) and 0 < len(text) <= 200 for text in texts) or type(amount) is not int:
        raise ValueError("a key, kind, currency or amount is none")
    if len(kind) > 20 or len(currency) != 3:
        raise ValueError("a kind or a currency is none")
    if at.tzinfo is None:
        raise ValueError("a time is without its offset")
    return ReportedCall(key, kind, amount, currency, Outcome(told["outcome"]), at)


def _paid_out(told: dict[str, Any]) -> ReportedPayout:
    """Raises KeyError, TypeError, ValueError for what is none."""
    reference, currency = _text(told["reference"], 100), _text(told["currency"], 3)
    gross, fee, net = (_whole(told[name]) for name in ("gross", "fee", "net"))
    calls = [PaidCall(_text(each["key"], 200), _whole(each["amount"]), _whole(each["fee"])) for each in told["calls"]]
    return ReportedPayout(reference, dt.date.fromisoformat(told["paid_on"]), currency, gross, fee, net, calls)


def _text(value: object, longest: int) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise ValueError(f"a text has 1 to {longest} characters")
    return value


def _whole(value: object) -> int:
    if type(value) is not int:
        raise ValueError("an amount is a whole number")
    return value


def _read(status: int, told: dict[str, Any]) -> Answer:
    """Raises GatewayUnavailable for anything that is no answer."""
    outcome = told.get("outcome")
    if status != 200 or outcome not in Outcome.values:
        raise GatewayUnavailable(f"HTTP {status} with the outcome {outcome!r}")
    texts = {name: told.get(name, "") for name in ("reference", "code", "action_url")}
    if not all(isinstance(text, str) and len(text) <= 500 for text in texts.values()):
        raise GatewayUnavailable("the answer's texts can't be read")
    return Answer(Outcome(outcome), **texts, expires_at=_time(told.get("expires_at")))


def _time(text: object) -> dt.datetime | None:
    """Raises GatewayUnavailable for what is no time with its zone."""
    if text is None:
        return None
    try:
        at = dt.datetime.fromisoformat(str(text))
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise GatewayUnavailable("the answer's time can't be read")
    return at
