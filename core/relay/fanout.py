"""From events to deliveries."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from django.db import connection, transaction

from core.models import Delivery, Event
from core.relay.targets import targets_now
from core.wakeups import wake_lane

BATCH = 500

# By what is there, not by an id that was reached: an event that commits late is not skipped.
_TAKE = """
DELETE FROM core_outboxentry WHERE event_id IN (
    SELECT event_id FROM core_outboxentry ORDER BY event_id LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING event_id
"""


def fan_out(limit: int = BATCH) -> int:
    """Turn events that are in the outbox into deliveries, one for each target that hears them; returns how many events.

    Until that is committed, the entry holds back what happened to its subject later. The lanes are woken.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_TAKE, [limit])
            taken = [row[0] for row in cursor.fetchall()]
        if not taken:
            return 0
        deliveries = _deliveries(Event.objects.filter(pk__in=taken).order_by("id"))
        Delivery.objects.bulk_create(deliveries, ignore_conflicts=True)
        for lane in {delivery.lane for delivery in deliveries}:
            transaction.on_commit(partial(wake_lane, lane))
    return len(taken)


def _deliveries(events: Iterable[Event]) -> list[Delivery]:
    targets = targets_now()
    return [
        Delivery(event=event, lane=lane.name, target=target.key, subject_id=event.subject_id, version=event.version)
        for event in events
        for lane, target in targets
        if target.hears(event)
    ]
