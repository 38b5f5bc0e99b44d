"""Whether everything that follows from what was done is done, too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from django.db import InterfaceError, OperationalError, connection

from core.log import newest_position
from core.models import Delivery, OutboxEntry
from core.sinks.queries import standings

_ATTEMPTS = "SELECT count(*) FROM orders_paymentattempt WHERE status IN ('requested', 'needs_action')"

OF_FAILING = "webhooks to the receiver that failed"


def open_work(failing: Sequence[str]) -> Counter[str]:
    """What is still to be done, in words, and how much of it. `failing` are the targets that failed up to the end."""
    try:
        return _counted(failing)
    except (OperationalError, InterfaceError):
        connection.close()
        return Counter({"database away": 1})


def _counted(failing: Sequence[str]) -> Counter[str]:
    waiting = Delivery.objects.filter(status__in=["pending", "claimed"])
    found = Counter({"events in the outbox": OutboxEntry.objects.count()})
    found["deliveries"] = waiting.exclude(target__in=failing).count()
    found[OF_FAILING] = waiting.filter(target__in=failing).count()
    found["calls of the gateway"] = _one(_ATTEMPTS)
    newest = newest_position()
    for sink in standings():
        found[f"events for the sink {sink.name}"] = min(sink.lag, newest)
    return +found


def _one(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.fetchone()[0])
