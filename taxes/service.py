"""A tax service that is asked over HTTP: one POST of the request as JSON, answered by the taxes of each item.

    {"currency": "USD", "on": "2026-05-01", "seller": {"country": "US", "region": "CA", "postal_code": "94105"},
     "destination": {…}, "buyer": {"vat_id": "", "exempt_reason": ""},
     "items": [{"key": "1", "amount": 10000, "tax_class": "standard", "included": false}]}

    {"items": [{"key": "1", "taxes": [{"name": "State tax", "rate": "0.0725", "taxable": 10000, "amount": 725,
                                       "reason": ""}]}]}

Nothing personal is sent but what decides a tax: the place, and a VAT id or reason of exemption.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import asdict
from decimal import Decimal
from functools import cache
from typing import Any

import httpx2
import orjson
import structlog
from django.conf import settings
from purgatory import SyncCircuitBreakerFactory
from purgatory.domain.model import OpenedState

from core.money import MAX_MINOR
from taxes.calculation import Tax, Taxable, Taxed, TaxRequest
from taxes.errors import TaxServiceUnavailable

log = structlog.get_logger("taxes")

FAILURES = 5
"""In a row, after which the service is left alone."""
LEFT_ALONE = 30.0
"""Seconds. Meanwhile a question is refused at once, so that no worker waits for what doesn't answer."""
ATTEMPTS = 2
"""A connection that is kept may just have been closed at its other end: one that breaks is tried anew at once."""
_AT_ONCE = 4
"""Questions of one process that wait at the same time."""
_LONGEST = 2**20
"""Bytes of an answer."""

_LATER = "Send the request again in a moment, or set the storefront to the tax table."
_REFUSALS = frozenset({400, 401, 403, 404, 405, 409, 410, 413, 415, 422})
"""What is our own fault, and no sign that it is down."""
_BROKEN = (httpx2.NetworkError, httpx2.RemoteProtocolError)
_JSON = {"Content-Type": "application/json", "Accept": "application/json"}
_is_word = re.compile(r"[a-z_]{0,32}", re.ASCII).fullmatch
_is_rate = re.compile(r"[01](\.\d{1,6})?", re.ASCII).fullmatch


class Unanswered(Exception):
    """The service doesn't answer, or with a failure of its own: what counts against it."""


class HttpTaxService:
    """Asks with a deadline for the whole of it: name lookup, connection, every attempt. One serves a process."""

    def __init__(self, url: str, *, key: str = "", seconds: float) -> None:
        self._url, self._seconds = url, seconds
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx2.Client(headers=headers, timeout=seconds, follow_redirects=False)
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="taxes")
        self._breakers = SyncCircuitBreakerFactory(
            default_threshold=FAILURES, default_ttl=LEFT_ALONE, exclude=[TaxServiceUnavailable]
        )

    def taxes_of(self, request: TaxRequest) -> Taxed:
        """Raises TaxServiceUnavailable."""
        try:
            with self._breakers.get_breaker(self._url):
                return _read(request, self._ask(_written(request)))
        except OpenedState:
            raise TaxServiceUnavailable("The tax service has not answered for a while.", unblock=_LATER) from None
        except Unanswered as error:
            log.warning("tax service unavailable", error=str(error))
            raise TaxServiceUnavailable(f"The tax service doesn't answer: {error}.", unblock=_LATER) from error

    def _ask(self, body: bytes) -> bytes:
        """In a thread that is left behind when the deadline passes: a socket's timeouts begin anew with every byte."""
        until = time.monotonic() + self._seconds
        try:
            return self._threads.submit(self._attempts, body, until).result(self._seconds)
        except TookTooLong:
            raise Unanswered(f"not within {self._seconds:g} s") from None

    def _attempts(self, body: bytes, until: float) -> bytes:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._post(body, until)
            except (httpx2.HTTPError, httpx2.InvalidURL) as error:
                if attempt == ATTEMPTS or not isinstance(error, _BROKEN):
                    raise Unanswered(f"{type(error).__name__} {error}".strip()) from error
        raise AssertionError("the last attempt returns or raises")

    def _post(self, body: bytes, until: float) -> bytes:
        left = max(until - time.monotonic(), 0.001)
        with self._client.stream("POST", self._url, content=body, headers=_JSON, timeout=left) as response:
            if response.status_code in _REFUSALS:
                detail = f"The tax service refuses the request (HTTP {response.status_code})."
                raise TaxServiceUnavailable(
                    detail, unblock="Look at the address, the tax classes and the service's log."
                )
            if response.status_code != 200:
                raise Unanswered(f"HTTP {response.status_code}")
            return _whole(response, until)


def _whole(response: httpx2.Response, until: float) -> bytes:
    """The body, unless it is too long or takes too long."""
    read = bytearray()
    for part in response.iter_bytes():
        read += part
        if len(read) > _LONGEST or time.monotonic() > until:
            raise Unanswered("its answer is too long")
    return bytes(read)


def _written(request: TaxRequest) -> bytes:
    return orjson.dumps(asdict(request))


def _read(request: TaxRequest, answer: bytes) -> Taxed:
    """Raises Unanswered for what can't be read, or is no answer to this request."""
    try:
        told = {item["key"]: item["taxes"] for item in orjson.loads(answer)["items"]}
        if told.keys() != {item.key for item in request.items}:
            raise ValueError("other items than were asked about")
        return Taxed.of({item.key: _taxes(item, told[item.key]) for item in request.items})
    except (KeyError, TypeError, ValueError) as error:
        raise Unanswered(f"what it answers can't be read ({error!r})") from error


def _taxes(item: Taxable, told: Sequence[Mapping[str, Any]]) -> list[Tax]:
    taxes = [_tax(item, each) for each in told]
    if item.included and sum(abs(tax.amount) for tax in taxes) > abs(item.amount):
        raise ValueError("more tax than the price that includes it")
    return taxes


def _tax(item: Taxable, told: Mapping[str, Any]) -> Tax:
    name, rate, reason = told["name"], told["rate"], told.get("reason", "")
    if not (isinstance(name, str) and 0 < len(name) <= 60 and isinstance(rate, str) and _is_rate(rate)):
        raise ValueError("a name or rate that is none")
    if not (isinstance(reason, str) and _is_word(reason)) or Decimal(rate) > 1:
        raise ValueError("a rate above 1 or a reason that is no word")
    return Tax(name, Decimal(rate), _amount(told["taxable"]), _amount(told["amount"]), item.included, reason)


def _amount(value: Any) -> int:
    if type(value) is not int or abs(value) > MAX_MINOR:
        raise ValueError("an amount that is none")
    return value


@cache
def _service(url: str, key: str, seconds: float) -> HttpTaxService:
    return HttpTaxService(url, key=key, seconds=seconds)


def http_tax_service() -> HttpTaxService:
    """The one of the settings. Raises TaxServiceUnavailable where they name none."""
    if not settings.TAX_SERVICE_URL:
        raise TaxServiceUnavailable(
            "No tax service is set up.", unblock="Set TAX_SERVICE_URL, or set the storefront to the tax table."
        )
    return _service(settings.TAX_SERVICE_URL, settings.TAX_SERVICE_KEY, settings.TAX_SERVICE_SECONDS)
