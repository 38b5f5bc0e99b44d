"""Pages for people where no view answers: they say what happened and what to do, and need no database to be shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from axes.helpers import get_cool_off
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.timesince import timesince
from django.utils.timezone import now
from unfold.settings import get_config

from core.request_ids import current_request_id


@dataclass(frozen=True)
class Said:
    """`way_out` is what the person can do about it."""

    title: str
    what: str
    way_out: str


_BAD_REQUEST = Said(
    "That can't be read",
    "What your browser sent is malformed, so nothing was done.",
    "Go back and try again, or begin at the dashboard.",
)
_FORBIDDEN = Said(
    "You may not do this",
    "Your account hasn't the authority for this page or for what you tried. Nothing was changed.",
    "Ask an administrator for a role that has it, or sign in with another account.",
)
_NOT_FOUND = Said(
    "There is nothing here",
    "The address is wrong, or what was here is gone.",
    "Check the address, or look for it from the dashboard.",
)
_WRONG_METHOD = Said(
    "This address is not a page",
    "It only takes what a button sends. Nothing was done.",
    "Go back and use the button, or begin at the dashboard.",
)
_BUG = Said(
    "Something went wrong on our side",
    "It has been noted under the number below.",
    "Look whether what you did has happened before you do it again. If this comes back, tell an administrator.",
)
_OUTAGE = Said(
    "The database cannot answer at the moment",
    "The console is out of reach for a short while.",
    "Try again in a minute, and look whether what you did has happened before you do it again.",
)
_STALE_FORM = Said(
    "This form is out of date",
    "You signed in or out after you opened it, or your browser keeps no cookies for this site. Nothing was changed.",
    "Go back, where what you typed still stands. Copy it, reload the page, and send it again.",
)
_LOCKED = "Signing in is locked for a while"
_UNLOCK = "A manager or an administrator can unlock you at once, on your page under People."

_PAGES = {400: _BAD_REQUEST, 403: _FORBIDDEN, 404: _NOT_FOUND, 405: _WRONG_METHOD, 500: _BUG, 503: _OUTAGE}


def error_page(status: int, said: Said | None = None, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """A page with this status, saying what is usual for it or what it is told to say."""
    shown = {
        "said": said or _PAGES[status],
        "status": status,
        "site_title": settings.UNFOLD["SITE_TITLE"],
        "colors": get_config()["COLORS"],
        "request_id": current_request_id(),
    }
    kept_by_nobody = {"Cache-Control": "no-store", **(headers or {})}
    return HttpResponse(render_to_string("error.html", shown), status=status, headers=kept_by_nobody)


def stale_form() -> HttpResponse:
    """What was sent came with a token that isn't this session's."""
    return error_page(403, _STALE_FORM)


def locked_out(request: HttpRequest, *_: object) -> HttpResponse:
    """AXES_LOCKOUT_CALLABLE: too many wrong passwords."""
    wait = get_cool_off(request)
    what = "There were too many wrong passwords for this user name."
    if wait is None:
        return error_page(429, Said(_LOCKED, what, _UNLOCK))
    forgotten = "If you forgot your password, an administrator can set a new one."
    way_out = f"Wait {timesince(now() - wait)}, then sign in. {_UNLOCK} {forgotten}"
    return error_page(429, Said(_LOCKED, what, way_out), {"Retry-After": str(int(wait.total_seconds()))})
