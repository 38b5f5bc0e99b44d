"""A form acts once, however often it is sent: its token is an idempotency key, used up in the action's transaction."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from core.idempotency import KEPT_FOR, Call, KeyReused, Result, once, remembered

TOKEN = "token"  # noqa: S105 - the name of the field
FORM = "form"
"""The query parameter that keeps a form's token in its address, so that going back finds the same form."""

_SALT = "core.console.form"
_is_name = re.compile(r"[a-z_-]{0,100}").fullmatch
_NOT_TYPED = ("csrfmiddlewaretoken", TOKEN)


@dataclass(frozen=True)
class Done:
    """What pressing a button did, and where the person goes on; by default to the object's page.

    `page` is shown to the first sending alone and stored nowhere: a secret that is shown once.
    """

    said: str
    address: str = ""
    page: HttpResponse | None = None


@dataclass(frozen=True)
class First:
    """What the first sending of a form did. `same`: whether it asked for what this one asks for."""

    said: str
    address: str
    same: bool = True


def new_token() -> str:
    return _signer().sign(secrets.token_urlsafe(18))


def is_good(token: str) -> bool:
    """Whether it was made here, and not so long ago that its use would be forgotten.

    After a space it may have the name of a button: a page has one token for all of its buttons.
    """
    signed, _, name = token.partition(" ")
    try:
        _signer().unsign(signed, max_age=KEPT_FOR)
    except BadSignature:
        return False
    return _is_name(name) is not None


def first_sending(request: HttpRequest) -> First | None:
    """What came of the form that is sent, or opened anew, when it was sent before; None when it wasn't."""
    token = request.POST.get(TOKEN, "") if request.method == "POST" else request.GET.get(FORM, "")
    if not is_good(token):
        return None
    try:
        result = remembered(_call(request, token))
    except KeyReused as error:
        return _first(error.result, same=request.method != "POST")
    return _first(result) if result is not None else None


def perform(request: HttpRequest, work: Callable[[], Done]) -> Done | First:
    """Call `work`, which calls one action, and use the form's token up, in one transaction; First if it is used up.

    Raises what `work` raises, and then the token may be used again.
    """
    call = _call(request, request.POST[TOKEN])
    done: list[Done] = []

    def run() -> Result:
        done[:] = [work()]
        return Result(303, {"Location": done[0].address}, done[0].said.encode())

    try:
        result = once(call, run, wait=True)
    except KeyReused as error:
        return _first(error.result, same=False)
    return _first(result) if result.repeated else done[0]


def _signer() -> TimestampSigner:
    return TimestampSigner(salt=_SALT)


def _call(request: HttpRequest, token: str) -> Call:
    person: Any = request.user
    return Call("user", person.pk, token, _fingerprint(request))


def _fingerprint(request: HttpRequest) -> str:
    """Of the address and all that was typed, files too. Keyed: a stored plain hash would let a password be guessed."""
    typed = {name: values for name, values in sorted(request.POST.lists()) if name not in _NOT_TYPED}
    files = {name: [_digest(file) for file in files] for name, files in sorted(request.FILES.lists())}
    return salted_hmac(_SALT, json.dumps([request.path, typed, files]), algorithm="sha256").hexdigest()


def _digest(file: Any) -> str:
    digest = hashlib.sha256(str(file.name).encode())
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def _first(result: Result, *, same: bool = True) -> First:
    return First(result.body.decode(), result.headers["Location"], same)
