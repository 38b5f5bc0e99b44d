"""Who gives positions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from django.db import transaction
from django.db.models import QuerySet

from core.locks import transaction_lock, try_transaction_lock
from core.log.reading import newest_position
from core.models import Event, LogEntry

_STAMPER = "core.log.stamper"


def be_the_stamper() -> None:
    """Wait until no other transaction stamps; none does until this one ends."""
    transaction_lock(_STAMPER)


def try_to_be_the_stamper() -> bool:
    """The same without waiting: False while another transaction stamps."""
    return try_transaction_lock(_STAMPER)


def stamp(events: Iterable[Event]) -> list[Event]:
    """Give each the next position; returns them in that order. Those that have one keep it.

    Be the stamper first. The order is that of the ids, which is that of time, but for events of one subject: it
    is that of their versions, whatever the clocks of those who recorded them said.
    """
    ordered = list(_by_version(sorted(events, key=lambda event: event.id)))
    ids = [event.pk for event in ordered]
    stamped = set(LogEntry.objects.filter(event__in=ids).values_list("event_id", flat=True))
    new = [event for event in ordered if event.pk not in stamped]
    if new:  # asks for the newest position only now that nobody else can stamp
        first = newest_position() + 1
        LogEntry.objects.bulk_create(
            LogEntry(position=position, event=event, type=event.type, client_id=event.client_id)
            for position, event in enumerate(new, first)
        )
    return ordered


def missed() -> QuerySet[Event]:
    """Events that left the outbox without a position, as before there was a log."""
    return Event.objects.filter(log_entry=None, outbox_entry=None)


def stamp_missed(batch: int = 5000) -> Iterator[int]:
    """Stamp those; yields how many, batch by batch. Each is committed, so that it can be stopped and run again."""
    while True:
        with transaction.atomic():
            be_the_stamper()
            events = list(missed().order_by("id")[:batch])
            stamp(events)
        if not events:
            return
        yield len(events)


def _by_version(events: Sequence[Event]) -> Iterator[Event]:
    """Each subject's events in the places that the subject has, its smallest version first."""
    of_subject: defaultdict[object, list[Event]] = defaultdict(list)
    for event in events:
        of_subject[event.subject_id].append(event)
    for waiting in of_subject.values():
        waiting.sort(key=lambda event: event.version, reverse=True)
    for event in events:
        yield of_subject[event.subject_id].pop()
