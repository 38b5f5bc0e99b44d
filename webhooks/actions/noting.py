"""How an endpoint fares: what came of each request, and when it is left alone or disabled."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils import timezone

from core.actors import Actor
from core.events import Envelope
from core.lanes import WEBHOOKS
from core.outbox import record
from core.relay import give_up, hasten
from core.transactions import action, step
from webhooks.events import EndpointDisabled
from webhooks.models import Attempt, Endpoint, EndpointSecret
from webhooks.statuses import DisabledReason, EndpointStatus, Outcome

DISABLED_AFTER = dt.timedelta(days=3)
"""After so long without taking anything."""
KEPT = dt.timedelta(days=30)
FAILURES_IN_A_ROW = 3
"""After which an endpoint is left alone for a while."""
SHORTEST_PAUSE, LONGEST_PAUSE = 8.0, 300.0
SHARE_OF_FAILING = 0.5
"""A pause is no longer than this share of the time that it has failed for, so that a short failure is over soon."""
_GONE = 410
_FRESH = dt.timedelta(seconds=10)
"""How old `delivered_at` gets before it is written anew."""
_BY_ITSELF = Actor.system("webhooks")


@dataclass(frozen=True, kw_only=True)
class Told:
    """A request and what came of it. `retry_after` is what the endpoint asked for, in seconds."""

    event: Envelope
    outcome: Outcome
    seconds: float
    request_headers: Mapping[str, str]
    request_body: str
    status_code: int | None = None
    error_code: str = ""
    error: str = ""
    address: str = ""
    response_headers: Mapping[str, str] = field(default_factory=dict)
    response_body: str = ""
    retry_after: float | None = None


@action
def note_attempt(endpoint: Endpoint, told: Told) -> None:
    """Write it down, with what it means for the endpoint: it fares well again; is left alone for a while, if it failed
    several times or took too long; or is disabled, if it is gone or has taken nothing for three days.

    `endpoint` is as it was read before: of one that fared well, and just took something, nothing is new.
    """
    _write_down(endpoint.pk, told)
    now = timezone.now()
    if told.outcome == Outcome.DELIVERED and endpoint.fares_well(now - _FRESH):
        return
    endpoint = Endpoint.objects.locked().get(pk=endpoint.pk)
    if told.outcome == Outcome.DELIVERED:
        if endpoint.failures >= FAILURES_IN_A_ROW:
            hasten(lane=WEBHOOKS, target=endpoint.key)
        endpoint.fare_well()
        endpoint.delivered_at = now
    else:
        endpoint.fail(told.error, at=now, next_try_at=_next_try(endpoint, told, now))
        _disable_if_hopeless(endpoint, told, now)
    endpoint.save(
        update_fields=["status", "failures", "failing_since", "next_try_at", "last_error", "delivered_at",
                       "disabled_at", "disabled_reason"]
    )  # fmt: skip


def purge_attempts(*, older_than: dt.timedelta = KEPT, batch: int = 5000) -> int:
    """Delete old attempts in batches, and secrets that have ended as long ago; returns how many attempts went."""
    before = timezone.now() - older_than
    EndpointSecret.objects.filter(expires_at__lt=before).delete()
    total = 0
    while True:
        old = Attempt.objects.filter(made_at__lt=before).order_by("made_at").values_list("pk", flat=True)
        gone, _ = Attempt.objects.filter(pk__in=list(old[:batch])).delete()
        total += gone
        if gone < batch:
            return total


@step
def _write_down(endpoint_id: uuid.UUID, told: Told) -> None:
    Attempt.objects.create(
        endpoint_id=endpoint_id,
        event_id=told.event.id,
        event_type=told.event.type,
        outcome=told.outcome,
        status_code=told.status_code,
        error_code=told.error_code,
        error=told.error[:300],
        address=told.address or None,
        milliseconds=round(told.seconds * 1000),
        request_headers=dict(told.request_headers),
        request_body=told.request_body,
        response_headers=dict(told.response_headers),
        response_body=told.response_body,
    )


def _next_try(endpoint: Endpoint, told: Told, now: dt.datetime) -> dt.datetime | None:
    """After one more failure. None: at once, as far as the endpoint is concerned; the delivery waits by its lane.

    Several requests fail at once, so that their number alone would soon make the longest pause.
    """
    failures, asked = endpoint.failures + 1, told.retry_after or 0.0
    if failures < FAILURES_IN_A_ROW and told.error_code != "too_slow" and not asked:
        return None
    failing = (now - (endpoint.failing_since or now)).total_seconds() * SHARE_OF_FAILING
    longest = min(LONGEST_PAUSE, 2.0 ** min(failures, 16), max(failing, SHORTEST_PAUSE))
    pause = random.uniform(longest / 2, longest)  # noqa: S311 - jitter, not a secret
    return now + dt.timedelta(seconds=max(asked, pause))


def _disable_if_hopeless(endpoint: Endpoint, told: Told, now: dt.datetime) -> None:
    since = endpoint.failing_since or now
    is_gone = told.status_code == _GONE
    if endpoint.status != EndpointStatus.ACTIVE or not (is_gone or now - since >= DISABLED_AFTER):
        return
    reason = DisabledReason.GONE if is_gone else DisabledReason.FAILING
    endpoint.disable(reason, at=now)
    given_up = give_up(target=endpoint.key, reason=f"The endpoint was disabled. {reason.label}.")
    record(EndpointDisabled(reason.value, since, given_up), subject=endpoint, actor=_BY_ITSELF)
