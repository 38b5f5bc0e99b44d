"""What is asked for several times is done once: its result is stored in the transaction of the work, and given again.

The API asks by a client's Idempotency-Key, the console by the token of a form.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import orjson
from django.db import IntegrityError, connection

from core.errors import DomainError
from core.inserts import insert_last
from core.models import IdempotencyRecord
from core.transactions import starting_over, unit_of_work

KEPT_FOR = dt.timedelta(days=7)
_BATCH = 5_000
_COLUMNS = "fingerprint, status, headers::text, body"

Owner = Literal["client", "user"]


@dataclass(frozen=True)
class Result:
    """What was answered. `repeated`: to an earlier call, not to this one."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    repeated: bool = False


class KeyInFlight(DomainError):
    """Another call with the key is at work."""

    code = "idempotency_key_in_flight"


class KeyReused(DomainError):
    """The key stands for something else that was asked for, which had this `result`."""

    code = "idempotency_key_reused"
    status = 422
    title = "Idempotency key reused"

    def __init__(self, result: Result) -> None:
        super().__init__("This Idempotency-Key was used for a different request. Use a new key for a new request.")
        self.result = result


@dataclass(frozen=True)
class Call:
    """Something asked for. Keys are those of their owner; `fingerprint` tells what is asked for."""

    owner: Owner
    owner_id: uuid.UUID
    key: str
    fingerprint: str

    @property
    def lock(self) -> int:
        """The advisory lock's 64-bit signed number."""
        text = f"{self.owner_id}:{self.key}".encode()
        return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), signed=True)


def once(
    call: Call, work: Callable[[], Result], *, refusals: tuple[type[Exception], ...] = (), wait: bool = False
) -> Result:
    """Do `work` once per key; it calls one action and tells its result. When the action has to start over, `work` is
    called again.

    One READ COMMITTED transaction: lock, look, work, remember. Only a success is remembered; a refusal rolls everything
    back and is raised. `refusals` are exceptions beside DomainError that refuse. Raises KeyReused, whatever `work`
    raises, and KeyInFlight unless it is to `wait` for another call with the key.
    """
    try:
        return starting_over(lambda: _do_once(call, work, wait=wait))
    except (DomainError, IntegrityError, *refusals):  # type: ignore[misc]
        # The statement that takes the lock sees the table as it was just before. In that instant an identical call may
        # have committed, so that this one was refused by its effects, or by the unique key of the record.
        result = remembered(call)
        if result is None:
            raise
        return result


def remembered(call: Call) -> Result | None:
    """What an earlier call with the key had as its result, None if there was none. Raises KeyReused."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_COLUMNS} FROM core_idempotencyrecord WHERE {call.owner}_id = %s AND key = %s",  # noqa: S608
            [call.owner_id, call.key],
        )
        record = cursor.fetchone()
    return _again(call, *record) if record else None


def purge_expired(now: dt.datetime) -> int:
    """Forget results older than seven days, a batch per transaction. Returns how many."""
    total = 0
    while True:
        old = IdempotencyRecord.objects.filter(created_at__lt=now - KEPT_FOR).order_by("created_at")
        deleted, _ = IdempotencyRecord.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:_BATCH])).delete()
        total += deleted
        if deleted < _BATCH:
            return total


def _do_once(call: Call, work: Callable[[], Result], *, wait: bool) -> Result:
    with unit_of_work():
        record = _lock_and_look(call, wait=wait)
        if record is not None:
            return _again(call, *record)
        result = work()
        _remember(call, result)
        return result


def _lock_and_look(call: Call, *, wait: bool) -> tuple[str, int, str, bytes] | None:
    with connection.cursor() as cursor:
        if wait:
            # A statement of its own: the next one sees what those that it waited for have committed.
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [call.lock])
        cursor.execute(
            f"SELECT pg_try_advisory_xact_lock(%s), {_COLUMNS} FROM (VALUES (1)) AS one "  # noqa: S608
            f"LEFT JOIN core_idempotencyrecord AS r ON r.{call.owner}_id = %s AND r.key = %s",
            [call.lock, call.owner_id, call.key],
        )
        locked, *record = cursor.fetchone()
    if record[0] is not None:
        return record[0], record[1], record[2], record[3]
    if not locked:
        raise KeyInFlight("A request with this Idempotency-Key is being worked on.")
    return None


def _remember(call: Call, result: Result) -> None:
    insert_last(
        IdempotencyRecord(
            client_id=call.owner_id if call.owner == "client" else None,
            user_id=call.owner_id if call.owner == "user" else None,
            key=call.key,
            fingerprint=call.fingerprint,
            status=result.status,
            headers=dict(result.headers),
            body=result.body,
        )
    )


def _again(call: Call, fingerprint: str, status: int, headers: str, body: bytes) -> Result:
    result = Result(status, orjson.loads(headers), bytes(body), repeated=True)
    if fingerprint != call.fingerprint:
        raise KeyReused(result)
    return result
