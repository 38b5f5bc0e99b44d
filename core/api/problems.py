"""Every error of the API as RFC 9457 application/problem+json: refusals, syntax, unknown routes, outages and bugs."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

import structlog
from django.core.exceptions import (
    BadRequest,
    ObjectDoesNotExist,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests
from rest_framework import exceptions
from rest_framework.settings import api_settings

from core.api.renderers import render
from core.error_pages import error_page
from core.errors import DomainError, FieldProblem
from core.request_ids import current_request_id

log = structlog.get_logger("http")

MEDIA_TYPE = "application/problem+json"
MAX_ERRORS = 20
"""How many wrong fields a problem names; `errors_omitted` is the number of the others."""
RETRY_AFTER_OUTAGE = 2
"""Seconds after which a caller may try again when the database cannot answer."""

_TITLES = {
    400: "Bad request",
    401: "Not authenticated",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    406: "Not acceptable",
    409: "Conflict",
    411: "Length required",
    412: "Precondition failed",
    413: "Body too large",
    415: "Unsupported media type",
    422: "Idempotency key reused",
    428: "Precondition required",
    429: "Too many requests",
    500: "Internal error",
    503: "Temporarily unavailable",
}
_LONGEST = 1_000
"""Characters of one pointer or detail; both quote what was sent."""
_CODES = {"error": "bad_request", "authentication_failed": "not_authenticated", "invalid": "invalid_input"}
_BUG = "Something went wrong on our side. It has been noted under this request id."
_OUTAGES = (OperationalError, InterfaceError, PoolTimeout, PoolClosed, TooManyRequests)
_RETRY = {"Retry-After": str(RETRY_AFTER_OUTAGE)}
_FOR_PROGRAMS = ("/api/", "/uploads/", "/health/")
_NOT_FOUND = "There is nothing at this address that you may see."


class ApiProblem(exceptions.APIException):
    """A refusal by the HTTP layer itself. Subclasses state status_code and default_code; `extra` are more members."""

    headers: Mapping[str, str]

    def __init__(self, detail: str, *, headers: Mapping[str, str] | None = None, **extra: Any) -> None:
        super().__init__(detail)
        self.headers = headers or {}
        self.extra = extra


class BodyTooLarge(ApiProblem):
    status_code = 413
    default_code = "body_too_large"


class MalformedInput(DomainError):
    """A header, query parameter or JSON text that cannot be read at all."""

    code = "bad_request"
    status = 400
    title = _TITLES[400]

    @classmethod
    def at(cls, pointer: str, code: str, detail: str, **context: Any) -> MalformedInput:
        return cls(detail, errors=[FieldProblem(pointer, code, detail)], **context)


def problem(
    request: HttpRequest,
    status: int,
    code: str,
    detail: str,
    *,
    title: str = "",
    errors: tuple[FieldProblem, ...] = (),
    headers: Mapping[str, str] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """A problem document as a response."""
    body: dict[str, Any] = {
        "type": f"urn:quartermaster:problem:{code}",
        "title": title or _TITLES.get(status, "Error"),
        "status": status,
        "detail": _shortened(detail),
        "instance": request.path,
        "code": code,
        "request_id": current_request_id(),
        **(extra or {}),
    }
    if errors:
        body["errors"] = [
            {"pointer": _shortened(e.pointer), "code": e.code, "detail": _shortened(e.detail)}
            for e in errors[:MAX_ERRORS]
        ]
    if len(errors) > MAX_ERRORS:
        body["errors_omitted"] = len(errors) - MAX_ERRORS
    response = HttpResponse(render(body), status=status, content_type=MEDIA_TYPE, headers=dict(headers or {}))
    # Django would log every error response once more; the request's own line and problem_for() have said it.
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001
    return response


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def problem_for(request: HttpRequest, error: Exception) -> HttpResponse:
    """The response to any exception. What is no known refusal is a bug: logged with its traceback, told without it."""
    if isinstance(error, DomainError):
        return _refusal(request, error)
    if isinstance(error, ObjectDoesNotExist | Http404):
        return problem(request, 404, "not_found", _NOT_FOUND)
    if isinstance(error, PermissionDenied):
        return problem(request, 403, "permission_denied", "You may not do this.")
    if isinstance(error, RequestDataTooBig):
        return problem(request, 413, "body_too_large", "The body is too large.")
    if isinstance(error, SuspiciousOperation | BadRequest):
        return problem(request, 400, "bad_request", "The request is malformed.")
    if isinstance(error, exceptions.APIException):
        return _framework_error(request, error)
    if isinstance(error, _OUTAGES):
        return _outage(request, error)
    log.error("bug", path=request.path, method=request.method, exc_info=error)
    return _bug(request)


def exception_handler(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """DRF's EXCEPTION_HANDLER."""
    return problem_for(context["request"], error)


def _refusal(request: HttpRequest, error: DomainError) -> HttpResponse:
    extra = dict(error.context)
    if error.unblock:
        extra["unblock"] = error.unblock
    return problem(request, error.status, error.code, error.detail, title=error.title, errors=error.errors, extra=extra)


def _outage(request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("database unavailable", path=request.path, error=str(error).strip()[:500])
    return problem(
        request,
        503,
        "temporarily_unavailable",
        "The database cannot answer at the moment. Nothing was changed; try again.",
        headers=_RETRY,
    )


def _bug(request: HttpRequest) -> HttpResponse:
    return problem(request, 500, "internal_error", _BUG)


def _framework_error(request: HttpRequest, error: exceptions.APIException) -> HttpResponse:
    status = error.status_code
    if isinstance(error, exceptions.ValidationError):
        errors = tuple(field_problems(error.detail))
        detail = errors[0].detail if len(errors) == 1 else f"{len(errors)} things are wrong with the input; see errors."
        return problem(request, status, "invalid_input", detail, title="Invalid input", errors=errors)
    return problem(
        request,
        status,
        _CODES.get(error.default_code, error.default_code),
        _NOT_FOUND if status == 404 else str(error.detail),
        headers=_headers(error),
        extra=getattr(error, "extra", None),
    )


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = dict(getattr(error, "headers", {}))
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    return headers


def field_problems(detail: Any, pointer: str = "") -> Iterator[FieldProblem]:
    """DRF's nested error detail as a flat run of JSON pointers."""
    if isinstance(detail, Mapping):
        for key, inner in detail.items():
            own = key == api_settings.NON_FIELD_ERRORS_KEY
            yield from field_problems(inner, pointer if own else f"{pointer}/{_escape(key)}")
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            yield from field_problems(inner, f"{pointer}/{index}" if isinstance(inner, Mapping | list) else pointer)
    else:
        yield FieldProblem(pointer, getattr(detail, "code", "invalid"), str(detail))


def _escape(key: object) -> str:
    return str(key).replace("~", "~0").replace("/", "~1")


def _is_for_programs(request: HttpRequest) -> bool:
    return request.path_info.startswith(_FOR_PROGRAMS)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler400."""
    return problem_for(request, exception) if _is_for_programs(request) else error_page(400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler403."""
    return problem_for(request, exception) if _is_for_programs(request) else error_page(403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler404."""
    return problem_for(request, exception) if _is_for_programs(request) else error_page(404)


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500: reached only by what no view of the API caught; Django has logged the traceback."""
    error = sys.exception()
    if isinstance(error, _OUTAGES):
        return _outage(request, error) if _is_for_programs(request) else error_page(503, headers=_RETRY)
    return _bug(request) if _is_for_programs(request) else error_page(500)
