"""What is kept of an answer."""

from __future__ import annotations

import datetime as dt
from email.utils import format_datetime

import pytest

from webhooks.sending.answers import kept_headers, retry_after


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0), ("120", 120), ("3600", 3600), ("3601", 3600), ("9" * 6000, 3600), ("-5", None), ("1.5", None),
        ("", None), ("soon", None), ("٣", None), ("Fri, 31 Dec 9999 23:59:59 GMT", 3600),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Thu, 01 Jan 1970 00:00:00 -0000", 0),
        ("Fri, 99 Dec 9999 99:59:59 GMT", None), ("Fri, 31 Dec 99999 23:59:59 GMT", None),
    ],
)  # fmt: skip
def test_retry_after_is_a_number_or_a_date_and_never_more_than_an_hour(value: str, seconds: float | None) -> None:
    assert retry_after(value) == seconds


def test_retry_after_tells_the_seconds_up_to_a_date() -> None:
    at = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=100)
    left = retry_after(format_datetime(at, usegmt=True))
    assert left is not None
    assert 90 < left <= 100


def test_few_headers_are_kept_cut_and_printable() -> None:
    headers = [
        (b"Content-Type", b"text/plain"),
        (b"CONTENT-TYPE", b"text/html"),
        (b"Set-Cookie", b"a=b"),
        (b"Server", b"\x1b[2Jx\xe4" + b"y" * 300),
    ]
    assert kept_headers(headers) == {"content-type": "text/plain", "server": "?[2Jxä" + "y" * 194}
