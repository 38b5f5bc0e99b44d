"""How Stripe's SDK reaches Stripe: with one deadline for all requests of a call, and answers of bounded length."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx2
import stripe

_LONGEST = 2**20
"""Bytes of an answer: a hundred refunds are a quarter of it."""


class Transport(stripe.HTTPClient):
    """The SDK's own clients limit the silence between two bytes, not the whole."""

    name = "httpx2"

    def __init__(self) -> None:
        super().__init__()
        self._client = httpx2.Client(follow_redirects=False)
        self._call = threading.local()

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """All that this thread asks meanwhile ends in so many seconds."""
        self._call.until = time.monotonic() + seconds
        try:
            yield
        finally:
            del self._call.until

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """Raises stripe.APIConnectionError when there is no answer in time."""
        until: float = self._call.until
        try:
            with self._client.stream(
                method, url, headers=headers, content=post_data, timeout=max(until - time.monotonic(), 0.001)
            ) as response:
                return _text(response, until), response.status_code, response.headers
        except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeDecodeError) as error:
            raise stripe.APIConnectionError(type(error).__name__) from None

    def close(self) -> None:
        self._client.close()


def _text(response: httpx2.Response, until: float) -> str:
    read = bytearray()
    for part in response.iter_bytes():
        read += part
        if len(read) > _LONGEST or time.monotonic() > until:
            raise stripe.APIConnectionError("the answer is too long or takes too long")
    return read.decode()
