"""The outbox: events are recorded in the transaction of the change they tell of, and leave through the relay."""

from __future__ import annotations

from django.db import transaction

from core.actors import Actor
from core.events import DomainEvent
from core.inserts import insert_last
from core.json import to_json
from core.models import Event, Versioned
from core.request_ids import current_request_id
from core.transactions import Unit, current_unit
from core.wakeups import wake_relay


def record(event: DomainEvent, *, subject: Versioned, actor: Actor) -> None:
    """Note a fact of `subject`: its version goes up by one, and the event is inserted just before the commit.

    The caller holds the subject's row lock, which makes versions gap-free in commit order. A subject that is not saved
    yet is inserted by the action with the version it has then. Raises UnitOfWorkError outside an action.
    """
    subject.version += 1
    _buffer(current_unit()).add(subject, _row(event, subject, actor))


def take_recorded() -> list[Event]:
    """Events recorded so far and not inserted yet, for an action that inserts them with the rows they tell of."""
    buffer = _buffer(current_unit())
    events, buffer.events = buffer.events, []
    return events


class _Buffer:
    def __init__(self) -> None:
        self.events: list[Event] = []
        self.subjects: dict[int, Versioned] = {}

    def add(self, subject: Versioned, event: Event) -> None:
        self.events.append(event)
        self.subjects[id(subject)] = subject

    def flush(self) -> None:
        for subject in self.subjects.values():
            if subject.stored_version != subject.version and not subject.is_new:
                subject.save(update_fields=["version"])
        insert_last(*self.events)
        transaction.on_commit(wake_relay)


def _buffer(unit: Unit) -> _Buffer:
    buffer: _Buffer | None = unit.buffers.get(_Buffer)
    if buffer is None:
        buffer = unit.buffers[_Buffer] = _Buffer()
        unit.at_end(buffer.flush)
    return buffer


def _row(event: DomainEvent, subject: Versioned, actor: Actor) -> Event:
    return Event(
        type=event.type,
        subject_type=subject.subject_type,
        subject_id=subject.pk,
        version=subject.version,
        client_id=getattr(subject, "client_id", None),
        schema_version=event.schema_version,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name,
        request_id=current_request_id(),
        data=to_json(event),
    )
