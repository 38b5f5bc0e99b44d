"""A command as a request to the product's own WSGI application, in this process: all that a web server would do."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import orjson
from django.conf import settings
from django.utils.http import urlencode
from rest_framework.exceptions import ErrorDetail, ValidationError

from config.commands.messages import Asked
from core.api.renderers import JSON
from core.wsgi import Handler

ADDRESS = "queue"
"""What the log tells as the address of who asked."""


@dataclass(frozen=True)
class Answer:
    """Of the API. `headers` have their names in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def call(asked: Asked, authorization: str) -> Answer:
    """What the API answers. Raises ValidationError for data that no query can say."""
    began: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> Callable[[bytes], object]:
        began.append((status, headers))
        return lambda _body: None

    response = _application()(_environment(asked, authorization), start_response)
    try:
        body = b"".join(cast(Iterable[bytes], response))
    finally:
        response.close()  # which lets go of the database's connection, as after each request
    status, headers = began[0]
    return Answer(int(status.split()[0]), {name.lower(): value for name, value in headers}, body)


@functools.cache
def _application() -> Handler:
    return Handler()


def _environment(asked: Asked, authorization: str) -> dict[str, Any]:
    reads = asked.command.method == "GET"
    body = b"" if reads or not asked.data else orjson.dumps(asked.data)
    environ = {
        "REQUEST_METHOD": asked.command.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": asked.path,
        "QUERY_STRING": _query(asked.data) if reads else "",
        "CONTENT_TYPE": JSON if body else "",
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": _host(),
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": ADDRESS,
        "HTTP_HOST": _host(),
        "HTTP_AUTHORIZATION": authorization,
        "HTTP_X_REQUEST_ID": asked.request_id,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if not reads:
        environ["HTTP_IDEMPOTENCY_KEY"] = asked.request_id
    if asked.if_match is not None:
        environ["HTTP_IF_MATCH"] = asked.if_match
    return environ


def _host() -> str:
    """One that the settings allow: addresses in answers name it."""
    named = [host.lstrip(".") for host in settings.ALLOWED_HOSTS if "*" not in host]
    return named[0] if named else "localhost"


def _query(data: Mapping[str, Any]) -> str:
    return urlencode({name: _values(name, value) for name, value in data.items()}, doseq=True)


def _values(name: str, value: Any) -> list[str]:
    """Of one query parameter; those that may be given several times are given as a list. Raises ValidationError."""
    return [_text(name, each) for each in (value if isinstance(value, list) else [value])]


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int):
        return str(value)
    told = "A query is of texts, whole numbers, true and false, and lists of them."
    raise ValidationError({"data": {name: ErrorDetail(told, code="not_for_queries")}})
