"""From the outbox to the log and to deliveries."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from django.db import connection, transaction

from core.log import stamp, try_to_be_the_stamper
from core.models import Delivery, Event, OutboxEntry
from core.relay.targets import targets_now
from core.wakeups import wake_lane, wake_listeners, wake_sinks

BATCH = 500

# By what is there, not by an id that was reached: an event that commits late is not skipped. With an event goes what
# happened to its subject before, though a clock that was slow gave it a later id.
_TAKE = """
WITH first AS (SELECT subject_id, version FROM core_outboxentry ORDER BY event_id LIMIT %s)
DELETE FROM core_outboxentry o USING first f WHERE o.subject_id = f.subject_id AND o.version <= f.version
RETURNING o.event_id
"""


def fan_out(limit: int = BATCH) -> int:
    """Turn events that are in the outbox into entries of the log and deliveries, one for each target that hears them.

    Returns how many events. One fan-out is under way at a time: whoever meets another one leaves the events to it, and
    to the next, so that no relay waits for it with its own deliveries. Until it is committed, the entry in the outbox
    holds back what happened to its subject later. The lanes, the sinks and who listens are woken.
    """
    if not OutboxEntry.objects.exists():
        return 0
    with transaction.atomic():
        if not try_to_be_the_stamper():
            return 0
        with connection.cursor() as cursor:
            cursor.execute(_TAKE, [limit])
            taken = [row[0] for row in cursor.fetchall()]
        events = stamp(Event.objects.filter(pk__in=taken))
        deliveries = _deliveries(events)
        Delivery.objects.bulk_create(deliveries, ignore_conflicts=True)
        for lane in {delivery.lane for delivery in deliveries}:
            transaction.on_commit(partial(wake_lane, lane))
        transaction.on_commit(wake_sinks)
        transaction.on_commit(wake_listeners)
    return len(taken)


def _deliveries(events: Iterable[Event]) -> list[Delivery]:
    targets = targets_now()
    return [
        Delivery(event=event, lane=lane.name, target=target.key, subject_id=event.subject_id, version=event.version)
        for event in events
        for lane, target in targets
        if target.hears(event)
    ]
