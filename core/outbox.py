"""The outbox: events are recorded in the transaction of the change they tell of, and leave through the relay."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from core.actors import Actor
from core.events import DomainEvent
from core.inserts import insert_last
from core.json import to_json
from core.models import Event, Versioned
from core.request_ids import current_request_id
from core.transactions import Unit, current_unit
from core.wakeups import wake_relay


def record(event: DomainEvent, *, subject: Versioned, actor: Actor, also: Versioned | None = None) -> None:
    """Note a fact of `subject`: its version goes up by one, and the event is inserted just before the commit.

    `also` is what the fact changed beside it and what has no events of its own, as a shipment of an order: its version
    goes up too. The caller holds the subject's row lock, which makes versions gap-free in commit order. A subject that
    is not saved yet is inserted by the action with the version it has then. Raises UnitOfWorkError outside an action.
    """
    changed = [subject] if also is None else [subject, also]
    for each in changed:
        each.version += 1
    _buffer(current_unit()).add(changed, _row(event, subject, actor))


def take_recorded() -> list[Event]:
    """Events recorded so far and not inserted yet, for an action that inserts them with the rows they tell of."""
    buffer = _buffer(current_unit())
    events, buffer.events = buffer.events, []
    return events


class _Buffer:
    def __init__(self) -> None:
        self.events: list[Event] = []
        self.changed: dict[int, Versioned] = {}

    def add(self, changed: Iterable[Versioned], event: Event) -> None:
        self.events.append(event)
        self.changed.update({id(each): each for each in changed})

    def flush(self) -> None:
        for each in self.changed.values():
            if each.stored_version != each.version and not each.is_new:
                each.save(update_fields=["version"])
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
        client_id=subject.owner_id,
        schema_version=event.schema_version,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name,
        request_id=current_request_id(),
        data=to_json(event),
    )
