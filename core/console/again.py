"""What somebody typed outlives their session and their page: it is shown again, to be sent again."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import Resolver404, resolve, reverse

from core.error_pages import stale_form

TYPED = "typed"
"""The field of the sign-in page that carries what was typed; `next` is where it was to be sent."""

SIGNED_OUT = "Nothing was done: you were signed out when you sent this. Send it again if it still stands."
WRONG_TOKEN = "Nothing was done: you have signed in anew since you opened this page. Send it again if it still stands."  # noqa: S105

_NOT_CARRIED = {"csrfmiddlewaretoken", "password", "repeated"}

View = Callable[..., HttpResponse]

admin.site.login_template = "admin/console/login.html"


def keeps_what_was_typed(site: AdminSite, view: View) -> View:
    """As the site's own `admin_view`, but whose session has expired signs in and finds the form as they sent it.

    `view` takes `again`, the reason for showing what was sent instead of acting.
    """
    inner = site.admin_view(view)

    @wraps(inner)
    def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST" and not site.has_permission(request):
            return _sign_in_page(request)
        return inner(request, *args, **kwargs)

    run.shows_again = True  # type: ignore[attr-defined]
    return run


def login(request: HttpRequest) -> HttpResponse:
    """The console's sign-in page; whoever was sent to it by a form finds the form behind it."""
    typed = request.POST.get(TYPED, "")
    response: HttpResponse = admin.site.login(request, {TYPED: typed})
    if request.method == "POST" and typed and response.status_code == 302:
        return _show(request, request.POST.get("next", ""), QueryDict(typed)) or response
    return response


def refused_token(request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW: a form of ours with an outdated token is shown again; what another site sent is refused."""
    match = request.resolver_match
    foreign = reason.startswith(("Origin checking", "Referer checking"))
    if match is None or foreign or not hasattr(match.func, "shows_again"):
        return stale_form()
    request.csrf_processing_done = True  # type: ignore[attr-defined] # what shows and doesn't act needs no token
    view: View = match.func
    return view(request, *match.args, **match.kwargs, again=WRONG_TOKEN)


def _sign_in_page(request: HttpRequest) -> HttpResponse:
    typed = request.POST.copy()
    for name in _NOT_CARRIED & typed.keys():
        del typed[name]
    asked = copy.copy(request)
    asked.method = "GET"
    address = reverse("admin:login")
    response: HttpResponse = admin.site.login(
        asked, {"app_path": address, "next": request.path, TYPED: typed.urlencode()}
    )
    response.status_code = 403
    return response


def _show(request: HttpRequest, address: str, typed: QueryDict) -> HttpResponse | None:
    """The form at `address` filled in; None when no form is there."""
    try:
        match = resolve(address)
    except Resolver404:
        return None
    if not hasattr(match.func, "shows_again"):
        return None
    shown = copy.copy(request)
    shown.path = shown.path_info = address
    shown.resolver_match = match
    shown.POST = typed  # type: ignore[assignment]
    response: HttpResponse = match.func(shown, *match.args, **match.kwargs, again=SIGNED_OUT)
    response.status_code = 200
    return response
