"""How sinks stand: what the console and monitoring ask."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.conf import settings

from core.log import newest_position
from core.models import Sink
from core.sinks.configuration import SinkSettings


@dataclass(frozen=True)
class Standing:
    """A sink of EVENT_SINKS: how many entries of the log it is behind, and since when it fails (None: it doesn't)."""

    name: str
    lag: int
    failing_since: dt.datetime | None
    is_paused: bool


def standings() -> list[Standing]:
    """In the order of the setting. A sink that no worker has seen yet is behind by the whole log."""
    rows, newest = Sink.objects.in_bulk(list(settings.EVENT_SINKS), field_name="name"), newest_position()
    return [_standing(name, rows.get(name), newest) for name in settings.EVENT_SINKS]


def settings_of(sink: Sink) -> SinkSettings | None:
    """None for a sink that EVENT_SINKS has no more."""
    found: SinkSettings | None = settings.EVENT_SINKS.get(sink.name)
    return found


def _standing(name: str, sink: Sink | None, newest: int) -> Standing:
    if sink is None:
        return Standing(name, newest, None, is_paused=False)
    return Standing(name, newest - sink.position, sink.failing_since, sink.paused_at is not None)
