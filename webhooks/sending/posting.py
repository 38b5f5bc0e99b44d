"""One POST: httpcore2 speaks HTTP over a connection of ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import closing

import httpcore2

from webhooks.sending.answers import KEPT_BODY, Answer, NotSent, kept_headers, retry_after
from webhooks.sending.connecting import Wire, connect
from webhooks.sending.deadlines import Deadline
from webhooks.sending.resolving import resolve
from webhooks.sending.urls import BadUrl, Place, place_of

_OURS = {
    "user-agent": "Quartermaster-Webhooks/1",
    "accept": "*/*",
    "accept-encoding": "identity",
    "connection": "close",
}


def post(url: str, body: bytes, headers: Mapping[str, str], *, seconds: float = 15.0) -> Answer:
    """POST once to where `url` leads to now, and follow nothing. All of it takes at most `seconds`. Raises NotSent."""
    deadline = Deadline(seconds)
    try:
        place = _permitted(url)
        with closing(connect(place, resolve(place.host, deadline), deadline)) as wire:
            return _exchange(wire, place, body, headers, deadline)
    except NotSent as error:
        error.seconds = deadline.taken()
        raise


def _permitted(url: str) -> Place:
    """One that was saved under other settings is judged by those of today."""
    try:
        return place_of(url)
    except BadUrl as error:
        raise NotSent("forbidden_address", error.problem.detail) from None


def _exchange(wire: Wire, place: Place, body: bytes, headers: Mapping[str, str], deadline: Deadline) -> Answer:
    url = httpcore2.URL(scheme=place.scheme, host=place.host, port=place.port, target=place.target)
    request = httpcore2.Request("POST", url, headers=_headers(place, body, headers), content=body)
    try:
        response = httpcore2.HTTP11Connection(url.origin, wire).handle_request(request)
        wire.expect_body()
        kept = kept_headers(response.headers)
        read = _body(response, kept.get("content-encoding", "identity"))
    except httpcore2.RemoteProtocolError as error:
        raise NotSent("not_http", f"The answer is no HTTP: {error}.", address=wire.address) from error
    later = retry_after(kept["retry-after"]) if "retry-after" in kept else None
    return Answer(response.status, kept, read, deadline.taken(), wire.address, later)


def _headers(place: Place, body: bytes, headers: Mapping[str, str]) -> list[tuple[str, str]]:
    given = {name.lower(): value for name, value in headers.items()}
    return list(({"host": place.authority} | given | _OURS | {"content-length": str(len(body))}).items())


def _body(response: httpcore2.Response, encoding: str) -> bytes:
    """Not unpacked: what comes packed may be a thousand times as large."""
    if encoding.lower() != "identity":
        return f"[{encoding}, not read]".encode()
    read = bytearray()
    stream = response.stream
    assert isinstance(stream, Iterable)  # noqa: S101
    for part in stream:
        read += part
        if len(read) >= KEPT_BODY:
            break
    return bytes(read[:KEPT_BODY])
