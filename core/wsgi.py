"""How a server's environment becomes a request."""

from __future__ import annotations

from typing import Any

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpRequest

CUT_SHORT = "quartermaster.cut_short"
"""In a request's environment: whether its client ended the body before it was whole. The server's worker says so."""


class TolerantRequest(HttpRequest):
    """A Content-Type that cannot be taken apart counts as one that nobody knows; Django's own would end in a 500."""

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            super()._set_content_type_params(meta)  # type: ignore[misc]
        except ValueError:
            self.content_type, self.content_params = "unreadable", {}


class Request(TolerantRequest, WSGIRequest):
    pass


class Handler(WSGIHandler):
    request_class = Request
