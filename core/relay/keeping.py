"""Looking after deliveries: what waits, what was given up, what can be forgotten."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from django.db import transaction
from django.utils import timezone

from core.actors import Actor
from core.events import DomainEvent
from core.lanes import LANES
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
