"""Sending on purpose: a test, or what was sent before."""

from __future__ import annotations

import datetime as dt
import uuid
from itertools import islice

from django.db.models import QuerySet
from django.utils import timezone

from core.actors import Actor
from core.errors import InvalidInput
from core.ids import first_id_at
from core.lanes import WEBHOOKS
from core.models import Event
from core.operations import performs, require
from core.outbox import record
from core.relay import deliver_again
from core.transactions import action
from webhooks.events import EndpointReplayed, EndpointTested
from webhooks.locking import lock_endpoint
from webhooks.models import Endpoint
from webhooks.operations import REPLAY, SEND_TEST

MOST_REPLAYED = 10_000
"""Events that one replay sends again."""
_MOST_READ = 200_000
"""Events that one replay looks at."""


@performs(SEND_TEST)
@action
def send_test(
    endpoint_id: uuid.UUID,
    *,
    client_id: uuid.UUID | None = None,
    actor: Actor,
    expected_version: int | None = None,
) -> Endpoint:
    """Tell the endpoint, whatever it hears otherwise, that it was tested. What came of it is among its attempts.

    Raises NotFound, StaleVersion, OperationRefused unless it is active.
    """
    endpoint = lock_endpoint(endpoint_id, client_id, expected_version)
    require(endpoint, SEND_TEST)
    record(EndpointTested(), subject=endpoint, actor=actor)
    endpoint.save(update_fields=["version"])
    return endpoint


@performs(REPLAY)
@action
def replay(
    endpoint_id: uuid.UUID,
    *,
    event_id: uuid.UUID | None = None,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    client_id: uuid.UUID | None = None,
    actor: Actor,
    expected_version: int | None = None,
) -> tuple[Endpoint, int]:
    """Send one event again, or those recorded from `since` until before `until`, now where that is None: those that the
    endpoint hears as it is set now, whether they were sent before, given up, or recorded before there was the endpoint.

    Returns how many wait for it because of this; what is on its way already is left as it is. Raises InvalidInput for
    an event that it doesn't hear, a range that is none, or of too many; NotFound, StaleVersion, OperationRefused.
    """
    endpoint = lock_endpoint(endpoint_id, client_id, expected_version)
    require(endpoint, REPLAY)
    if (event_id is None) == (since is None) or (event_id is not None and until is not None):
        raise InvalidInput.at("/event_id", "not_both", "Name one event, or since when; one of them.")
    found = _one(endpoint, event_id) if event_id else _range(endpoint, since, until)
    count = deliver_again(found, lane=WEBHOOKS, target=endpoint.key)
    record(EndpointReplayed(count, event_id, since, until), subject=endpoint, actor=actor)
    endpoint.save(update_fields=["version"])
    return endpoint, count


def _one(endpoint: Endpoint, event_id: uuid.UUID) -> list[uuid.UUID]:
    event = _told_of().filter(pk=event_id).first()
    if event is None or not endpoint.target.hears(event):
        raise InvalidInput.at("/event_id", "unknown_event", "The endpoint hears no event of this id.")
    return [event.pk]


def _range(endpoint: Endpoint, since: dt.datetime | None, until: dt.datetime | None) -> list[uuid.UUID]:
    now = timezone.now()
    since, until = since or now, min(until or now, now)
    if since >= until:
        raise InvalidInput.at("/since", "not_after_start", "The range ends after it begins, and begins before now.")
    target = endpoint.target
    events = _told_of().filter(pk__gte=first_id_at(since), pk__lt=first_id_at(until)).order_by("pk")
    if target.viewer is not None and not target.viewer.of_all:
        events = events.filter(client_id=endpoint.client_id)
    read = list(events[: _MOST_READ + 1])
    found = list(islice((event.pk for event in read if target.hears(event)), MOST_REPLAYED + 1))
    if len(read) > _MOST_READ or len(found) > MOST_REPLAYED:
        told = f"These are more than {MOST_REPLAYED:,} events. Send a shorter range again, then the next."
        raise InvalidInput.at("/until", "too_many", told)
    return found


def _told_of() -> QuerySet[Event]:
    """As far as it decides who hears it; those that left the outbox."""
    return Event.objects.filter(log_entry__isnull=False).only("type", "client_id", "subject_id")
