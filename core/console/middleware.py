"""What only people's pages need. The API knows its callers by their keys, so its requests pass all of this by."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from csp.middleware import CSPMiddleware
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

_API = "/api/v1/"


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


class Sessions(_ForPages, SessionMiddleware):
    pass


class People(_ForPages, AuthenticationMiddleware):
    pass


class Messages(_ForPages, MessageMiddleware):
    pass
