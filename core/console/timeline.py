"""An object's history in plain words: its events, newest first, fifty at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString

from core.console.parts import Panel, badge, moment
from core.models import Event, Versioned

PAGE = 50
BEFORE = "before"

Words = Callable[[dict[str, Any]], str]
_words: dict[str, Words] = {}


def register_words(words: Mapping[str, Words]) -> None:
    """Say how events read: type → a function of the event's data that returns a sentence."""
    _words.update(words)


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
    older = f"?{BEFORE}={shown[-1].version}#timeline" if len(rows) > PAGE else ""
    return Panel(
        "Timeline",
        template="admin/console/timeline.html",
        context={"entries": [_entry(event, known) for event in shown], "older": older, "newer": bool(before)},
        anchor="timeline",
    )


def _entry(event: Event, known: Mapping[str, Any]) -> Entry:
    return Entry(
        version=event.version,
        type=event.type,
        words=in_words(event, known),
        actor=event.actor_name,
        kind=badge(event.actor_kind),
        at=moment(event.occurred_at),
    )
