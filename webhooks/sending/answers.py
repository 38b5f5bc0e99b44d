"""What came of a post: an answer, or why there is none."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Literal

KEPT_BODY = 16 * 1024
"""Bytes of an answer's body. More of it isn't read."""
LATEST_RETRY = 3600.0
"""Seconds. A receiver that asks for more time gets so much."""
_KEPT_HEADERS = frozenset(
    {"content-encoding", "content-length", "content-type", "date", "location", "retry-after", "server", "x-request-id"}
)
_KEPT_VALUE = 200
_is_number = re.compile(r"\d{1,9}", re.ASCII).fullmatch
_is_long_number = re.compile(r"\d{10,}", re.ASCII).fullmatch

Code = Literal[
    "forbidden_address", "name_unknown", "not_reached", "tls_failed", "too_slow", "not_http", "answer_too_large"
]


@dataclass(frozen=True)
class Answer:
    """`status` may be any, that of a redirect too. `headers` are few, with lower-case names and cut values; `body` is
    what was sent, at most KEPT_BODY bytes; `retry_after` is in seconds, None where it isn't said.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float
    address: str
    retry_after: float | None


class NotSent(Exception):
    """There is no whole answer, so that nobody knows whether the receiver has it, unless the code says it can't.

    `address` is empty when none was asked.
    """

    def __init__(self, code: Code, detail: str, *, address: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail
        self.address = address
        self.seconds = 0.0


def kept_headers(headers: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    """Of several with one name the first."""
    kept: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name = raw_name.decode("latin-1").lower()
        if name in _KEPT_HEADERS:
            kept.setdefault(name, printable(raw_value.decode("latin-1"))[:_KEPT_VALUE])
    return kept


def printable(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)


def retry_after(value: str) -> float | None:
    """Seconds from now of a Retry-After, from 0 to LATEST_RETRY. None for what is neither a number nor a date."""
    if _is_number(value):
        return min(float(value), LATEST_RETRY)
    if _is_long_number(value):
        return LATEST_RETRY
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    left = at.replace(tzinfo=at.tzinfo or dt.UTC) - dt.datetime.now(dt.UTC)
    return min(max(left.total_seconds(), 0.0), LATEST_RETRY)
