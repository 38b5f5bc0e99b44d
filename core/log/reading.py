"""What readers get: pages after a position."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from core.events import is_among
from core.log.viewing import Viewer
from core.models import Event, LogEntry

LARGEST_PAGE = 500
_SCAN = 5000
"""Entries that a page looks at; a filter that few of them pass gives short pages, not slow ones."""


@dataclass(frozen=True)
class Page:
    """Events with their positions, in that order. `reached` is the position to read on from: past the entries that the
    filter left out, too. With `is_all` there was no more as it was read.
    """

    events: list[tuple[int, Event]]
    reached: int
    is_all: bool


def newest_position() -> int:
    """0 when there is no event yet."""
    return LogEntry.objects.order_by("-position").values_list("position", flat=True).first() or 0


def read(
    after: int,
    *,
    limit: int = LARGEST_PAGE,
    client_id: uuid.UUID | None = None,
    patterns: Sequence[str] = (),
    viewer: Viewer | None = None,
    subject: tuple[str, uuid.UUID] | None = None,
) -> Page:
    """At most `limit` events after the position, of that client, of types that a pattern (`order.*`) names, of those
    that the viewer sees, and of that subject (its type and id).

    Without any of these, all are read. Two statements, one if there is nothing.
    """
    entries = LogEntry.objects.filter(position__gt=after).order_by("position")
    if viewer is not None and not viewer.of_all:
        client_id = viewer.client_id
    if client_id is not None:
        entries = entries.filter(client_id=client_id)
    if subject is not None:
        entries = entries.filter(event__subject_type=subject[0], event__subject_id=subject[1])
    seen = list(entries.values_list("position", "type", "event_id", "client_id")[:_SCAN])
    wanted = (
        row
        for row in seen
        if (not patterns or is_among(row[1], patterns)) and (viewer is None or viewer.sees(row[1], row[3]))
    )
    chosen = list(islice(wanted, limit))
    is_cut = len(chosen) == limit and chosen[-1] != seen[-1]
    events = Event.objects.in_bulk([event_id for _, _, event_id, _ in chosen]) if chosen else {}
    return Page(
        events=[(position, events[event_id]) for position, _, event_id, _ in chosen],
        reached=chosen[-1][0] if is_cut else seen[-1][0] if seen else after,
        is_all=not is_cut and len(seen) < _SCAN,
    )
