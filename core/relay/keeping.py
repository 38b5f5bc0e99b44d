"""Looking after deliveries: what waits, what was given up, what can be forgotten."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from core.actors import Actor
from core.events import DomainEvent
from core.lanes import LANES, Lane
from core.models import RELAY_ID, Delivery, DeliveryStatus, Relay
from core.outbox import record
from core.transactions import action, step
from core.wakeups import wake_lane


@dataclass(frozen=True)
class DeliveriesReplayed(DomainEvent):
    type: ClassVar[str] = "relay.replayed"
    deliveries: list[int]


@action
def replay_dead_letters(delivery_ids: Sequence[int], *, actor: Actor) -> int:
    """Put dead letters back in their lanes with fresh attempts; returns how many there were. Others are left alone."""
    return replay(delivery_ids, relay=lock_relay(), actor=actor)


@step
def replay(delivery_ids: Sequence[int], *, relay: Relay, actor: Actor) -> int:
    dead = Delivery.objects.select_for_update().filter(pk__in=delivery_ids, status=DeliveryStatus.DEAD).order_by("id")
    replayed = list(dead)
    if not replayed:
        return 0
    ids = [delivery.pk for delivery in replayed]
    now = timezone.now()
    Delivery.objects.filter(pk__in=ids).update(
        status=DeliveryStatus.PENDING, attempts=0, queued_at=now, available_at=now, last_error=""
    )
    record(DeliveriesReplayed(deliveries=ids), subject=relay, actor=actor)
    for lane in {delivery.lane for delivery in replayed}:
        transaction.on_commit(partial(wake_lane, lane))
    return len(ids)


_AGAIN = """
INSERT INTO core_delivery
    (event_id, lane, target, subject_id, version, status, attempts, queued_at, available_at, last_error)
SELECT e.id, %(lane)s, %(target)s, e.subject_id, e.version, 'pending', 0, %(now)s, %(now)s, ''
FROM core_event e WHERE e.id = ANY(%(events)s)
ON CONFLICT (event_id, target) DO UPDATE
SET status = 'pending', attempts = 0, queued_at = %(now)s, available_at = %(now)s, last_error = '', finished_at = NULL
WHERE core_delivery.status IN ('done', 'dead')
"""


@step
def deliver_again(event_ids: Collection[uuid.UUID], *, lane: Lane, target: str) -> int:
    """Deliver these events to a target, once more to one that had them; returns how many wait for it now because of
    this. What is on its way already is left alone.
    """
    values: dict[str, Any] = {"lane": lane.name, "target": target, "now": timezone.now(), "events": [*event_ids]}
    with connection.cursor() as cursor:
        cursor.execute(_AGAIN, values)
        count = int(cursor.rowcount)
    transaction.on_commit(partial(wake_lane, lane.name))
    return count


@step
def begin_afresh(*, lane: Lane, target: str) -> None:
    """What waits for a target that was held for long is due now, and as patient as if it came now."""
    now = timezone.now()
    _waiting(target).update(attempts=0, queued_at=now, available_at=now)
    transaction.on_commit(partial(wake_lane, lane.name))


@step
def hasten(*, lane: Lane, target: str) -> None:
    """What waits for a target that is well again is due now, however often it failed before."""
    now = timezone.now()
    _waiting(target).filter(available_at__gt=now).update(available_at=now)
    transaction.on_commit(partial(wake_lane, lane.name))


@step
def give_up(*, target: str, reason: str) -> int:
    """Make dead letters of what waits for a target; returns how many. What is being attempted ends by itself."""
    return _waiting(target).update(status=DeliveryStatus.DEAD, last_error=reason)


@step
def forget_waiting(*, target: str) -> int:
    """Delete what waits for a target that is no more, with its dead letters; returns how many. Its events stay."""
    gone, _ = Delivery.objects.filter(target=target, status__in=[DeliveryStatus.PENDING, DeliveryStatus.DEAD]).delete()
    return gone


def _waiting(target: str) -> QuerySet[Delivery]:
    return Delivery.objects.filter(target=target, status=DeliveryStatus.PENDING)


@step
def lock_relay() -> Relay:
    """The subject of what people do to deliveries and e-mails."""
    Relay.objects.bulk_create([Relay(pk=RELAY_ID)], ignore_conflicts=True)
    return Relay.objects.select_for_update().get(pk=RELAY_ID)


@dataclass(frozen=True)
class Waiting:
    """Since when the oldest delivery of a lane that is neither done nor given up waits; None if there is none."""

    lane: str
    since: dt.datetime | None


def oldest_undelivered() -> list[Waiting]:
    """Lane by lane: what monitoring asks."""
    undelivered = Delivery.objects.filter(status__in=[DeliveryStatus.PENDING, DeliveryStatus.CLAIMED])
    oldest = undelivered.order_by("queued_at").values_list("queued_at", flat=True)
    return [Waiting(lane.name, oldest.filter(lane=lane.name).first()) for lane in LANES]


def purge_delivered(*, older_than: dt.timedelta = dt.timedelta(days=30), batch: int = 5000) -> int:
    """Delete finished deliveries in batches; their events stay for ever. Returns how many went."""
    total = 0
    while True:
        old = Delivery.objects.filter(status=DeliveryStatus.DONE, finished_at__lt=timezone.now() - older_than)
        gone, _ = Delivery.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:batch])).delete()
        total += gone
        if gone < batch:
            return total
