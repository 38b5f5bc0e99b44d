"""What only people's pages need. The API knows its callers by their keys, so its requests pass all of this by."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from csp.middleware import CSPMiddleware
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import BadRequest
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

from core.error_pages import error_page
from core.wsgi import CUT_SHORT

_API = "/api/v1/"
_FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}


class _ForPages(MiddlewareMixin):
    get_response: Callable[[HttpRequest], HttpResponseBase]

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        return self.pass_by(request) if request.path_info.startswith(_API) else super().__call__(request)

    def pass_by(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)


class ContentPolicy(_ForPages, CSPMiddleware):
    """Data is no page: nothing is loaded for it, and its policy need not be made for each answer."""

    def pass_by(self, request: HttpRequest) -> HttpResponseBase:
        response = super().pass_by(request)
        response.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
        return response


class WholeForms(_ForPages):
    """What came of a form that was cut short may read as a whole one, in which somebody typed less."""

    def process_request(self, request: HttpRequest) -> None:
        """Raises BadRequest."""
        if request.META.get(CUT_SHORT) and request.content_type in _FORMS:
            raise BadRequest("The form ended before its Content-Length.")


class Sessions(_ForPages, SessionMiddleware):
    pass


class People(_ForPages, AuthenticationMiddleware):
    pass


class Messages(_ForPages, MessageMiddleware):
    pass


class WrongMethods(_ForPages):
    """Django answers a wrong method with an empty page: somebody who opens the address of a button's form is told."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        empty = response.status_code == 405 and not getattr(response, "content", b"")
        return error_page(405, headers={"Allow": response.headers.get("Allow", "")}) if empty else response
