"""What people do to sinks."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils import timezone

from core.actors import Actor
from core.authorities import SINKS_MANAGE
from core.errors import InvalidInput, NotFound, StaleVersion
from core.limits import require
from core.log import newest_position
from core.models import Sink
from core.outbox import record
from core.sinks.events import SinkPaused, SinkRepositioned, SinkResumed
from core.transactions import action, step
from core.wakeups import wake_sink


@action
def pause_sink(sink_id: uuid.UUID, *, actor: Actor, expected_version: int | None = None) -> Sink:
    """Send nothing more until it is resumed; a batch under way is still sent. Paused already, it stays so.

    Raises NotFound, StaleVersion.
    """
    require(SINKS_MANAGE, actor)
    sink = _lock(sink_id, expected_version)
    if sink.paused_at is None:
        sink.paused_at = timezone.now()
        record(SinkPaused(sink.name), subject=sink, actor=actor)
        sink.save(update_fields=["paused_at"])
    return sink


@action
def resume_sink(sink_id: uuid.UUID, *, actor: Actor, expected_version: int | None = None) -> Sink:
    """Send on from its position. One that isn't paused stays as it is. Raises NotFound, StaleVersion."""
    require(SINKS_MANAGE, actor)
    sink = _lock(sink_id, expected_version)
    if sink.paused_at is not None:
        sink.paused_at = None
        record(SinkResumed(sink.name), subject=sink, actor=actor)
        sink.save(update_fields=["paused_at"])
        transaction.on_commit(lambda: wake_sink(sink.name))
    return sink


@action
def reposition_sink(sink_id: uuid.UUID, *, after: int, actor: Actor, expected_version: int | None = None) -> Sink:
    """Go on after this position of the log: behind its own, events are sent again; ahead, those between never are.

    Where it is already, it stays. A failure's pause is over. Raises NotFound, StaleVersion, and InvalidInput for a
    position that the log doesn't have.
    """
    require(SINKS_MANAGE, actor)
    sink = _lock(sink_id, expected_version)
    newest = newest_position()
    if not 0 <= after <= newest:
        known = f"The log has positions up to {newest}; 0 is before the first."
        raise InvalidInput.at("/after", "position_unknown", known)
    if after != sink.position:
        record(SinkRepositioned(sink.name, before=sink.position, after=after), subject=sink, actor=actor)
        sink.position, sink.repositions = after, sink.repositions + 1
        sink.failures, sink.failing_since, sink.next_try_at, sink.last_error = 0, None, None, ""
        sink.save(update_fields=["position", "repositions", "failures", "failing_since", "next_try_at", "last_error"])
        transaction.on_commit(lambda: wake_sink(sink.name))
    return sink


@step
def _lock(sink_id: uuid.UUID, expected_version: int | None) -> Sink:
    sink = Sink.objects.locked().filter(pk=sink_id).first()
    if sink is None:
        raise NotFound("There is no such sink.")
    if expected_version is not None and expected_version != sink.version:
        raise StaleVersion(expected=expected_version, actual=sink.version)
    return sink
