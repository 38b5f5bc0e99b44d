"""Endpoints as targets of the relay: who hears what, and how it is told."""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from django.utils import timezone

from core.events import Envelope
from core.lanes import WEBHOOKS
from core.relay import HeldBack, Target, Undeliverable
from webhooks.actions import DeliveryResult, note_attempt
from webhooks.errors import NotTaken
from webhooks.messages import Sent, message
from webhooks.models import PREFIX, Endpoint
from webhooks.queries import signing_secrets
from webhooks.redacting import redacted
from webhooks.sending import Answer, NotSent, post, signature_headers
from webhooks.statuses import HEARING, Outcome

_GONE = 410
KNOWN_FOR = 1.0
"""Seconds for which a process takes an endpoint for what it was: a change of one counts so much later at the latest."""


@dataclass(frozen=True)
class Known:
    """An endpoint and what signs for it, newest first, as they were read at a moment of the monotonic clock."""

    endpoint: Endpoint
    secrets: Sequence[bytes]
    read_at: float


_read: dict[str, Known] = {}


class Endpoints:
    """Told of each event by one signed POST; any answer but 2xx is a failure."""

    prefix = PREFIX
    lane = WEBHOOKS

    def targets(self) -> Iterator[Target]:
        return (endpoint.target for endpoint in Endpoint.objects.hearing().select_related("client"))

    def held(self) -> Collection[str]:
        waiting = Endpoint.objects.left_alone(timezone.now())
        return [f"{PREFIX}:{pk}" for pk in waiting.values_list("pk", flat=True)]

    def deliver(self, key: str, event: Envelope) -> None:
        known = _known(key)
        _require_hearing(known.endpoint)
        result = send_event(known, event)
        if result.outcome != Outcome.DELIVERED:
            _forget(key)
        note_attempt(known.endpoint, result)
        if result.status_code == _GONE:
            raise Undeliverable(result.error)
        if result.outcome != Outcome.DELIVERED:
            raise NotTaken(result.error)


def send_event(known: Known, event: Envelope) -> DeliveryResult:
    """Send the event once, whatever comes of it."""
    sent = message(event, known.endpoint.payload)
    headers = {
        "Content-Type": "application/cloudevents+json; charset=utf-8",
        "User-Agent": "Quartermaster-Webhooks/1",
        "X-Request-ID": event.request_id or str(event.id),
    }
    signature = signature_headers(known.secrets, message_id=str(event.id), timestamp=int(time.time()), body=sent.body)
    try:
        return _answered(event, sent, headers, post(known.endpoint.url, sent.body, {**headers, **signature}))
    except NotSent as error:
        return _unanswered(event, sent, headers, error)


def _known(key: str) -> Known:
    """Raises Undeliverable for an endpoint that there isn't."""
    known = _read.get(key)
    if known is None or time.monotonic() - known.read_at >= KNOWN_FOR:
        endpoint = Endpoint.objects.filter(pk=uuid.UUID(key.partition(":")[2])).first()
        if endpoint is None:
            raise Undeliverable("There is no such endpoint.")
        known = _read[key] = Known(endpoint, signing_secrets(endpoint.pk), time.monotonic())
    return known


def _forget(key: str) -> None:
    """How it fares is another now."""
    _read.pop(key, None)


def _require_hearing(endpoint: Endpoint) -> None:
    if endpoint.status not in HEARING:
        raise Undeliverable("The endpoint was removed or disabled meanwhile.")
    if endpoint.is_left_alone(timezone.now()):
        raise HeldBack


def _answered(event: Envelope, sent: Sent, headers: dict[str, str], answer: Answer) -> DeliveryResult:
    is_taken = 200 <= answer.status < 300
    return DeliveryResult(
        event=event,
        outcome=Outcome.DELIVERED if is_taken else Outcome.REFUSED,
        status_code=answer.status,
        error_code="" if is_taken else "status",
        error="" if is_taken else _words(answer),
        address=answer.address,
        seconds=answer.seconds,
        request_headers=headers,
        request_body=sent.kept,
        response_headers=dict(answer.headers),
        response_body=redacted(answer.body),
        retry_after=answer.retry_after,
    )


def _words(answer: Answer) -> str:
    if 300 <= answer.status < 400:
        return f"It answered {answer.status}: redirects aren't followed. Give the URL that it leads to."
    return f"It answered {answer.status}."


def _unanswered(event: Envelope, sent: Sent, headers: dict[str, str], error: NotSent) -> DeliveryResult:
    return DeliveryResult(
        event=event,
        outcome=Outcome.NOT_SENT,
        error_code=error.code,
        error=error.detail,
        address=error.address,
        seconds=error.seconds,
        request_headers=headers,
        request_body=sent.kept,
    )
