"""What a view answers, before it is bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse

from core.api.etags import etag
from core.api.renderers import JSON, render


@dataclass(frozen=True)
class Reply:
    """A successful answer. `data` is anything core.api.renderers.render takes; None is an empty body."""

    status: int
    data: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    once: Mapping[str, Any] = field(default_factory=dict)
    """Members of `data` as the first answer alone shows them: a secret, which is remembered for no repeat."""

    @classmethod
    def ok(cls, data: Any, *, version: int | None = None) -> Reply:
        return cls(200, data, _versioned(version))

    @classmethod
    def created(
        cls, data: Any, *, location: str, version: int | None = None, once: Mapping[str, Any] | None = None
    ) -> Reply:
        return cls(201, data, {"Location": location, **_versioned(version)}, once or {})

    @classmethod
    def nothing(cls, *, version: int | None = None) -> Reply:
        return cls(204, headers=_versioned(version))

    def body(self) -> bytes:
        """As it may be kept and given again."""
        return b"" if self.data is None else render(self.data)

    def response(self, body: bytes | None = None) -> HttpResponse:
        """The answer to the request that did it; `body` is what body() said, for who has asked already."""
        if self.once:
            return respond(self.status, self.headers, render({**self.data, **self.once}))
        return respond(self.status, self.headers, self.body() if body is None else body)


def respond(status: int, headers: Mapping[str, str], body: bytes) -> HttpResponse:
    response = HttpResponse(body, status=status, headers=dict(headers), content_type=JSON)
    if not body:
        del response.headers["Content-Type"]
    return response


def _versioned(version: int | None) -> dict[str, str]:
    return {} if version is None else {"ETag": etag(version)}
