"""What people did to partitions and refused messages. What consumers do by themselves has no events of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.events import DomainEvent


@dataclass(frozen=True)
class PartitionRepositioned(DomainEvent):
    """The message at `after` is worked next; it was that at `before`."""

    type: ClassVar[str] = "consumed_partition.repositioned"
    consumer: str
    topic: str
    partition: int
    before: int
    after: int


@dataclass(frozen=True)
class MessageWorked(DomainEvent):
    """It was tried again, and had its effect."""

    type: ClassVar[str] = "refused_message.worked"
    consumer: str
    topic: str
    partition: int
    offset: int


@dataclass(frozen=True)
class MessageSetAside(DomainEvent):
    """It is to have no effect."""

    type: ClassVar[str] = "refused_message.set_aside"
    consumer: str
    topic: str
    partition: int
    offset: int
