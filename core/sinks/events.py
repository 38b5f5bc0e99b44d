"""What people did to a sink. That events were sent has no events: its position tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.events import DomainEvent


@dataclass(frozen=True)
class SinkPaused(DomainEvent):
    type: ClassVar[str] = "sink.paused"
    sink: str


@dataclass(frozen=True)
class SinkResumed(DomainEvent):
    type: ClassVar[str] = "sink.resumed"
    sink: str


@dataclass(frozen=True)
class SinkRepositioned(DomainEvent):
    """What comes after position `after` is sent next; `before` was the last one confirmed."""

    type: ClassVar[str] = "sink.repositioned"
    sink: str
    before: int
    after: int
