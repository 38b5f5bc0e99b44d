"""The relay.

Fans recorded events out to their handlers and delivers each, at least once and in order per handler and subject.

Everything it knows is in PostgreSQL, so any number of relays may run and any of them may die at any point.
"""

from __future__ import annotations

import datetime as dt
import random
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from core.errors import DomainError
from core.events import Envelope
from core.models import Delivery, DeliveryStatus, Event
from core.request_ids import bind_request_id
from core.transactions import action

logger = structlog.get_logger(__name__)

Handler = Callable[[Envelope], None]

LEASE = dt.timedelta(seconds=60)
HANDLER_TIME = dt.timedelta(seconds=20)
"""A handler is begun only with so much of the lease left, so that it is not at work twice; it is to be done in less."""

MAX_ATTEMPTS = 12
BACKOFF_BASE = 1.0
BACKOFF_CAP = 3600.0
FAN_OUT_BATCH = 500
CLAIM_BATCH = 50


@dataclass(frozen=True)
class Subscription:
    """A named handler and the event types it hears; `order.*` hears all that begin with `order.`."""

    name: str
    handler: Handler
    patterns: tuple[str, ...]

    def hears(self, event_type: str) -> bool:
        return any(
            event_type.startswith(pattern[:-1]) if pattern.endswith("*") else event_type == pattern
            for pattern in self.patterns
        )


_subscriptions: dict[str, Subscription] = {}


def subscribe(event_types: str | Sequence[str], *, name: str) -> Callable[[Handler], Handler]:
    """Register an idempotent handler under a name that stays the same for ever: deliveries are stored under it."""
    patterns = (event_types,) if isinstance(event_types, str) else tuple(event_types)

    def register(handler: Handler) -> Handler:
        taken = _subscriptions.get(name)
        if taken is not None and taken.handler.__qualname__ != handler.__qualname__:
            raise ValueError(f"a handler named {name!r} is registered already")
        _subscriptions[name] = Subscription(name, handler, patterns)
        return handler

    return register


def subscriptions() -> list[Subscription]:
    return list(_subscriptions.values())


def run_relay(*, seconds: float = 0.0, linger: float = 0.0) -> int:
    """Relay until nothing is due for `linger` seconds, `seconds` at most (0: one pass over what is due).

    Returns deliveries attempted.
    """
    started = idle_since = time.monotonic()
    total = 0
    while True:
        done = relay_once()
        total += done
        now = time.monotonic()
        if done:
            idle_since = now
        elif now - idle_since >= linger:
            return total
        else:
            time.sleep(0.1)
        if seconds and now - started >= seconds:
            return total


def relay_once() -> int:
    """Fan out one batch of new events and attempt one batch of deliveries; returns how many of both there were."""
    return fan_out() + deliver_batch()


def fan_out(limit: int = FAN_OUT_BATCH) -> int:
    """Turn new events into deliveries, one per subscribed handler.

    Selected by status, so that an event that commits late is not skipped.
    """
    with transaction.atomic():
        events = list(
            Event.objects.select_for_update(skip_locked=True).filter(fanned_out_at=None).order_by("id")[:limit]
        )
        if not events:
            return 0
        Delivery.objects.bulk_create(_deliveries(events), ignore_conflicts=True)
        Event.objects.filter(pk__in=[event.pk for event in events]).update(fanned_out_at=timezone.now())
    return len(events)


def _deliveries(events: Iterable[Event]) -> list[Delivery]:
    return [
        Delivery(event=event, handler=heard.name, subject_id=event.subject_id, version=event.version)
        for event in events
        for heard in _subscriptions.values()
        if heard.hears(event.type)
    ]


# A delivery is due when nothing earlier of its subject is still on its way to the same handler, fanned out or not.
_CLAIM = """
WITH due AS MATERIALIZED (
    SELECT d.id FROM core_delivery d
    WHERE d.status IN ('pending', 'claimed')
      AND d.available_at <= %(now)s
      AND (d.status = 'pending' OR d.lease_until < %(now)s)
      AND d.handler = ANY(%(handlers)s)
      AND NOT EXISTS (
          SELECT 1 FROM core_delivery earlier
          WHERE earlier.handler = d.handler AND earlier.subject_id = d.subject_id AND earlier.version < d.version
            AND earlier.status IN ('pending', 'claimed'))
      AND NOT EXISTS (
          SELECT 1 FROM core_event unseen
          WHERE unseen.subject_id = d.subject_id AND unseen.version < d.version AND unseen.fanned_out_at IS NULL)
    ORDER BY d.available_at LIMIT %(limit)s FOR UPDATE OF d SKIP LOCKED
)
UPDATE core_delivery SET status = 'claimed', token = %(token)s, lease_until = %(lease_until)s, attempts = attempts + 1
WHERE id IN (SELECT id FROM due)
RETURNING id
"""


def claim(limit: int = CLAIM_BATCH) -> list[Delivery]:
    """Lease due deliveries to this relay; the commit makes the claim, and each row's token proves it later."""
    now = timezone.now()
    values: dict[str, Any] = {
        "token": uuid.uuid4(),
        "now": now,
        "lease_until": now + LEASE,
        "handlers": list(_subscriptions),
        "limit": limit,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CLAIM, values)
        claimed = [row[0] for row in cursor.fetchall()]
    return list(Delivery.objects.select_related("event").filter(pk__in=claimed).order_by("id")) if claimed else []


def deliver_batch(limit: int = CLAIM_BATCH) -> int:
    """Claim due deliveries and attempt each outside any transaction; those that the lease is too short for go back."""
    claimed = claim(limit)
    last_start = timezone.now() + LEASE - HANDLER_TIME
    for position, delivery in enumerate(claimed):
        if timezone.now() > last_start:
            _give_back(claimed[position:])
            break
        attempt(delivery)
    return len(claimed)


def attempt(delivery: Delivery) -> DeliveryStatus:
    """Hand one claimed event to its handler and write down how it went. Any exception is a failure to try again later.

    An event that was claimed too often without an outcome ended the process each time; it is a dead letter, so that
    it does not hold up its subject for ever.
    """
    if delivery.attempts > MAX_ATTEMPTS:
        return _bury(delivery, "Every attempt ended without an outcome: the process died, or outlived its lease.")
    heard = _subscriptions[delivery.handler]
    try:
        with bind_request_id(delivery.event.request_id):
            heard.handler(delivery.event.envelope())
    except Exception as error:
        return _failed(delivery, error)
    _complete(delivery, status=DeliveryStatus.DONE, finished_at=timezone.now(), last_error="")
    return DeliveryStatus.DONE


def _failed(delivery: Delivery, error: Exception) -> DeliveryStatus:
    status = DeliveryStatus.DEAD if delivery.attempts >= MAX_ATTEMPTS else DeliveryStatus.PENDING
    wait = random.uniform(0, min(BACKOFF_CAP, BACKOFF_BASE * 2**delivery.attempts))  # noqa: S311 - jitter, not a secret
    described = error.detail if isinstance(error, DomainError) else f"{type(error).__name__}: {error}"
    logger.warning(
        "delivery_failed",
        handler=delivery.handler,
        event_id=str(delivery.event_id),
        attempts=delivery.attempts,
        status=status.value,
        exc_info=not isinstance(error, DomainError),
    )
    _complete(
        delivery, status=status, available_at=timezone.now() + dt.timedelta(seconds=wait), last_error=described[:2000]
    )
    return status


def _bury(delivery: Delivery, reason: str) -> DeliveryStatus:
    logger.error("delivery_buried", handler=delivery.handler, event_id=str(delivery.event_id), reason=reason)
    _complete(delivery, status=DeliveryStatus.DEAD, last_error=reason)
    return DeliveryStatus.DEAD


def _give_back(deliveries: Sequence[Delivery]) -> None:
    """Unclaim what was not attempted: that counts for nothing."""
    tokens = {delivery.token for delivery in deliveries}
    mine = Delivery.objects.filter(pk__in=[delivery.pk for delivery in deliveries], token__in=tokens)
    mine.filter(status=DeliveryStatus.CLAIMED).update(
        status=DeliveryStatus.PENDING, token=None, lease_until=None, attempts=F("attempts") - 1
    )


def _complete(delivery: Delivery, **changes: object) -> None:
    """Only the holder of the token may: whoever claimed it after the lease ran out writes its own outcome."""
    Delivery.objects.filter(pk=delivery.pk, token=delivery.token, status=DeliveryStatus.CLAIMED).update(
        token=None, lease_until=None, **changes
    )


@action
def replay_dead_letters(delivery_ids: Sequence[int]) -> int:
    """Put dead letters back in the queue with fresh attempts; returns how many there were. Others are left alone."""
    return Delivery.objects.filter(pk__in=delivery_ids, status=DeliveryStatus.DEAD).update(
        status=DeliveryStatus.PENDING, attempts=0, available_at=timezone.now(), last_error=""
    )


def purge_delivered(*, older_than: dt.timedelta = dt.timedelta(days=30), batch: int = 5000) -> int:
    """Delete finished deliveries in batches; their events stay for ever. Returns how many went."""
    total = 0
    while True:
        old = Delivery.objects.filter(status=DeliveryStatus.DONE, finished_at__lt=timezone.now() - older_than)
        gone, _ = Delivery.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:batch])).delete()
        total += gone
        if gone < batch:
            return total
