"""The ASGI application of the feed process. A request is looked at by the same middleware and views as everywhere, in a
thread; a stream that they answer with is served in the event loop, so that listening costs no thread."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

from django.core import signals
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.base import BaseHandler
from django.http import HttpRequest, HttpResponse
from django.urls import set_script_prefix

from core.api.problems import problem
from core.request_ids import accepted_or_new, bind_request_id
from core.streams.conversations import Receive, Send, StreamResponse, raw_headers, serve
from core.streams.threads import Threads
from core.wsgi import TolerantRequest

STREAMS = "quartermaster.streams"
"""In a request's META where this handler serves it: "http" or "websocket", whichever the client speaks."""

_SCHEMES = {"ws": "http", "wss": "https"}
_HEALTH = "/health/"

_openings = Threads("openings", 4)


class Request(TolerantRequest, ASGIRequest):
    pass


class Handler(BaseHandler):
    """Serves the paths that match, and /health/; to all else it says that it is not the one to ask."""

    def __init__(self, paths: re.Pattern[str]) -> None:
        super().__init__()
        self._paths = paths
        self.load_middleware()

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        response = await _openings.run(lambda: self._answer(scope))
        if isinstance(response, StreamResponse):
            await serve(response, scope["path"], receive, send)
        else:
            await _send_whole(response, "websocket.http" if scope["type"] == "websocket" else "http", send)

    def _answer(self, scope: Any) -> HttpResponse:
        scheme = _SCHEMES.get(scope["scheme"], scope["scheme"])
        set_script_prefix("/")
        signals.request_started.send(sender=type(self), scope=scope)
        request = Request({"method": "GET", **scope, "scheme": scheme}, BytesIO())
        request.META[STREAMS] = scope["type"]
        response = self._response(request)
        response.close()
        return response

    def _response(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(_HEALTH) or self._paths.fullmatch(request.path):
            response = self.get_response(request)
            assert isinstance(response, HttpResponse)  # noqa: S101 - none of these is a file
            return response
        with bind_request_id(accepted_or_new(request.META.get("HTTP_X_REQUEST_ID"))):
            return problem(request, 421, "elsewhere", "This process serves streams alone.", title="Misdirected request")


async def _send_whole(response: HttpResponse, kind: str, send: Send) -> None:
    headers = [*raw_headers(response), (b"content-length", str(len(response.content)).encode())]
    await send({"type": f"{kind}.response.start", "status": response.status_code, "headers": headers})
    await send({"type": f"{kind}.response.body", "body": response.content})
