"""The outermost layer of every HTTP request: its id, and its one line in the log."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from core.request_ids import accepted_or_new, bind_request_id

log = structlog.get_logger("http")

GetResponse = Callable[[HttpRequest], HttpResponse]


def request_line(get_response: GetResponse) -> GetResponse:
    """Middleware: accept or make X-Request-ID, bind and echo it; log method, path, status, time, client, address."""

    def handle(request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        request_id = accepted_or_new(request.META.get("HTTP_X_REQUEST_ID"))
        with bind_request_id(request_id):
            response = get_response(request)
            response.headers["X-Request-ID"] = request_id
            log.info(
                "request",
                method=request.method,
                path=request.path,
                status=response.status_code,
                ms=round((time.perf_counter() - started) * 1000, 1),
                client=getattr(request, "client_name", None),
                address=request.META.get("REMOTE_ADDR"),
            )
        return response

    return handle
