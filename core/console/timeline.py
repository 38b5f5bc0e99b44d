"""An object's history in plain words: its events, newest first, fifty at a time."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString

from core.console.parts import Panel, badge, moment
from core.models import Event, VersionDocument, Versioned

PAGE = 50
BEFORE = "before"

Words = Callable[[dict[str, Any]], str]
_words: dict[str, Words] = {}

Details = Mapping[uuid.UUID, Mapping[str, Any]]
"""Event → what its words need and its data, which is published and kept for ever, doesn't hold."""

LookUp = Callable[[Sequence[Event]], Details]
_look_ups: dict[str, LookUp] = {}


def register_words(words: Mapping[str, Words]) -> None:
    """Say how events read: type → a function of the event's data that returns a sentence."""
    _words.update(words)


def register_details(event_type: str, look_up: LookUp) -> None:
    """Where the words of a type find what people wrote: asked once a page, with its events of the types registered so.

    One function may serve several types.
    """
    _look_ups[event_type] = look_up


def of_versions(events: Sequence[Event]) -> Details:
    """What their subjects said as of these events, which each have a version document."""
    return documents_of({event.pk: (event.subject_type, event.subject_id, event.version) for event in events})


def documents_of(wanted: Mapping[uuid.UUID, tuple[str, uuid.UUID, int]]) -> Details:
    """Event → the document of (subject_type, subject_id, version). What was redacted is left out."""
    rows = VersionDocument.objects.filter(
        subject_type__in={type_ for type_, _, _ in wanted.values()},
        subject_id__in={subject_id for _, subject_id, _ in wanted.values()},
        version__in={version for _, _, version in wanted.values()},
    )
    found = {(row.subject_type, row.subject_id, row.version): row.document for row in rows}
    return {
        event_id: {name: value for name, value in found.get(key, {}).items() if value is not None}
        for event_id, key in wanted.items()
    }


def in_words(event: Event, known: Mapping[str, Any]) -> str:
    """What its app says of "order.released", else "Order released". `known` is merged under the event's data."""
    say = _words.get(event.type)
    if say is not None:
        return say({**known, **event.data})
    return event.type.replace(".", " ").replace("_", " ").capitalize()


@dataclass(frozen=True)
class Entry:
    version: int
    type: str
    words: str
    actor: str
    kind: SafeString
    at: SafeString | str


def timeline_panel(request: HttpRequest, subject: Versioned, known: Mapping[str, Any]) -> Panel:
    """The events of `subject`, PAGE at a time; the query parameter `before` is a version."""
    before = request.GET.get(BEFORE, "")
    events = Event.objects.filter(subject_type=subject.subject_type, subject_id=subject.pk)
    if before.isdecimal() and len(before) < 10:
        events = events.filter(version__lt=int(before))
    rows = list(events.order_by("-version")[: PAGE + 1])
    shown = rows[:PAGE]
    details = _details_of(shown)
    entries = [_entry(event, {**known, **details.get(event.pk, {})}) for event in shown]
    older = f"?{BEFORE}={shown[-1].version}#timeline" if len(rows) > PAGE else ""
    return Panel(
        "Timeline",
        template="admin/console/timeline.html",
        context={"entries": entries, "older": older, "newer": bool(before)},
        anchor="timeline",
    )


def _details_of(events: Sequence[Event]) -> Details:
    by_look_up: defaultdict[LookUp, list[Event]] = defaultdict(list)
    for event in events:
        if event.type in _look_ups:
            by_look_up[_look_ups[event.type]].append(event)
    return {event_id: told for look_up, asked in by_look_up.items() for event_id, told in look_up(asked).items()}


def _entry(event: Event, known: Mapping[str, Any]) -> Entry:
    return Entry(
        version=event.version,
        type=event.type,
        words=in_words(event, known),
        actor=event.actor_name,
        kind=badge(event.actor_kind),
        at=moment(event.occurred_at),
    )
