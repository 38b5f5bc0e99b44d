"""A repeated POST acts once: the response is stored in the transaction of the work, and given again byte for byte."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import IntegrityError, connection
from django.http import HttpResponse
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from core.api.authentication import principal
from core.api.problems import ApiProblem, MalformedInput
from core.api.replies import Reply, respond
from core.errors import DomainError
from core.inserts import insert_last
from core.models import IdempotencyRecord
from core.transactions import starting_over, unit_of_work

KEPT_FOR = dt.timedelta(days=7)
_BATCH = 5_000

_acceptable = re.compile(r"[\x21-\x7e]{1,255}").fullmatch

_LOCK_AND_LOOK = """
SELECT pg_try_advisory_xact_lock(%s), r.fingerprint, r.status, r.headers::text, r.body
FROM (VALUES (1)) AS one LEFT JOIN core_idempotencyrecord AS r ON r.client_id = %s AND r.key = %s
"""
_LOOK = "SELECT fingerprint, status, headers::text, body FROM core_idempotencyrecord WHERE client_id = %s AND key = %s"


class InFlight(ApiProblem):
    status_code = 409
    default_code = "idempotency_key_in_flight"


class KeyReused(ApiProblem):
    status_code = 422
    default_code = "idempotency_key_reused"


@dataclass(frozen=True)
class _Call:
    """One request as idempotency sees it."""

    client_id: Any
    key: str
    fingerprint: str

    @property
    def lock(self) -> int:
        """The advisory lock's 64-bit signed number."""
        text = f"{self.client_id}:{self.key}".encode()
        return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), signed=True)


def idempotent(request: Request, work: Callable[[], Reply]) -> HttpResponse:
    """Do `work` once per client and Idempotency-Key; `work` calls one action and describes its result. When the action
    has to start over, `work` is called again.

    One READ COMMITTED transaction: lock, look, work, remember. Only a success is remembered; a refusal rolls everything
    back and is raised. Raises MalformedInput (400), InFlight (409), KeyReused (422), and whatever `work` raises.
    """
    call = _Call(principal(request).client.pk, _key(request), _fingerprint(request))
    try:
        return starting_over(lambda: _do_once(call, work))
    except (DomainError, APIException, IntegrityError):
        # The statement that takes the lock sees the table as it was just before. In that instant an identical request
        # may have committed, so that this one was refused by its effects, or by the unique key of the record.
        remembered = _look_again(call)
        if remembered is None:
            raise
        return remembered


def purge_expired(now: dt.datetime) -> int:
    """Forget responses older than seven days, a batch per transaction. Returns how many."""
    total = 0
    while True:
        old = IdempotencyRecord.objects.filter(created_at__lt=now - KEPT_FOR).order_by("created_at")
        deleted, _ = IdempotencyRecord.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:_BATCH])).delete()
        total += deleted
        if deleted < _BATCH:
            return total


def _key(request: Request) -> str:
    key: str | None = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if key is None:
        raise MalformedInput.at("", "idempotency_key_missing", "Send an Idempotency-Key, so that a retry acts once.")
    if not _acceptable(key):
        raise MalformedInput.at(
            "", "idempotency_key_malformed", "An Idempotency-Key is 1 to 255 visible ASCII characters."
        )
    return key


def _fingerprint(request: Request) -> str:
    digest = hashlib.sha256(f"{request.method} {request.path}\n".encode())
    digest.update(orjson.dumps(request.data, option=orjson.OPT_SORT_KEYS))
    return digest.hexdigest()


def _do_once(call: _Call, work: Callable[[], Reply]) -> HttpResponse:
    with unit_of_work():
        with connection.cursor() as cursor:
            cursor.execute(_LOCK_AND_LOOK, [call.lock, call.client_id, call.key])
            locked, *record = cursor.fetchone()
        if record[0] is not None:
            return _replay(call, *record)
        if not locked:
            raise InFlight("A request with this Idempotency-Key is being worked on.", headers={"Retry-After": "1"})
        reply = work()
        return _remember(call, reply)


def _remember(call: _Call, reply: Reply) -> HttpResponse:
    body = reply.body()
    insert_last(
        IdempotencyRecord(
            client_id=call.client_id,
            key=call.key,
            fingerprint=call.fingerprint,
            status=reply.status,
            headers=dict(reply.headers),
            body=body,
        )
    )
    return respond(reply.status, reply.headers, body)


def _look_again(call: _Call) -> HttpResponse | None:
    with connection.cursor() as cursor:
        cursor.execute(_LOOK, [call.client_id, call.key])
        record = cursor.fetchone()
    return _replay(call, *record) if record else None


def _replay(call: _Call, fingerprint: str, status: int, headers: str, body: bytes) -> HttpResponse:
    if fingerprint != call.fingerprint:
        raise KeyReused("This Idempotency-Key was used for a different request. Use a new key for a new request.")
    stored: Mapping[str, str] = orjson.loads(headers)
    return respond(status, {**stored, "Idempotent-Replayed": "true"}, bytes(body))
