"""A repeated POST acts once, and so does a PATCH that has a key: the response is stored in the transaction of the work,
and given again byte for byte."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

import orjson
from django.http import HttpResponse
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from core.api.authentication import principal
from core.api.problems import ApiProblem, MalformedInput
from core.api.replies import Reply, respond
from core.idempotency import Call, KeyInFlight, Result, once

_HEADER = "HTTP_IDEMPOTENCY_KEY"
_acceptable = re.compile(r"[\x21-\x7e]{1,255}").fullmatch


class InFlight(ApiProblem):
    status_code = 409
    default_code = KeyInFlight.code


def idempotent(request: Request, work: Callable[[], Reply]) -> HttpResponse:
    """Do `work` once per client and Idempotency-Key, as core.idempotency.once does it.

    What a reply shows `once` is in the first answer alone, and stored nowhere.

    Raises MalformedInput (400), InFlight (409), KeyReused (422), and whatever `work` raises.
    """
    call = Call("client", principal(request).client.pk, _key(request), _fingerprint(request))
    replies: list[Reply] = []

    def run() -> Result:
        replies[:] = [work()]
        return Result(replies[0].status, replies[0].headers, replies[0].body())

    try:
        result = once(call, run, refusals=(APIException,))
    except KeyInFlight as error:
        raise InFlight(error.detail, headers={"Retry-After": "1"}) from None
    if not result.repeated:
        return replies[0].response(result.body)
    return respond(result.status, {**result.headers, "Idempotent-Replayed": "true"}, result.body)


def is_keyed(request: Request) -> bool:
    return _HEADER in request.META


def _key(request: Request) -> str:
    key: str | None = request.META.get(_HEADER)
    if key is None:
        raise MalformedInput.at("", "idempotency_key_missing", "Send an Idempotency-Key, so that a retry acts once.")
    if not _acceptable(key):
        raise MalformedInput.at(
            "", "idempotency_key_malformed", "An Idempotency-Key is 1 to 255 visible ASCII characters."
        )
    return key


def _fingerprint(request: Request) -> str:
    digest = hashlib.sha256(f"{request.method} {request.path}\n".encode())
    if request.method == "PATCH":  # which versions it may change is part of what it asks for
        digest.update(request.META.get("HTTP_IF_MATCH", "").encode() + b"\n")
    digest.update(orjson.dumps(request.data, option=orjson.OPT_SORT_KEYS))
    return digest.hexdigest()
