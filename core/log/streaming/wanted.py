"""Which events one listener wants, and the entries that it is asked about."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from core.api.renderers import render
from core.events import is_among
from core.log.documents import event_document
from core.log.reading import Page, read
from core.log.viewing import Viewer
from core.models import Event

Subject = tuple[str, uuid.UUID]


@dataclass(frozen=True)
class Entry:
    """An event at its position, put into words once for all who want it."""

    position: int
    type: str
    owner: uuid.UUID | None
    subject: Subject
    document: bytes

    @classmethod
    def of(cls, position: int, event: Event) -> Entry:
        subject = (event.subject_type, event.subject_id)
        return cls(position, event.type, event.client_id, subject, render(event_document(event, position)))


@dataclass(frozen=True)
class Wanted:
    """What the viewer sees, of types that a pattern names if there are any, and of that subject if one is named."""

    viewer: Viewer
    patterns: tuple[str, ...] = ()
    subject: Subject | None = None

    def has(self, entry: Entry) -> bool:
        return (
            self.viewer.sees(entry.type, entry.owner)
            and (not self.patterns or is_among(entry.type, self.patterns))
            and self.subject in (None, entry.subject)
        )

    def read(self, after: int) -> Page:
        """The same of what is in the log already."""
        return read(after, patterns=self.patterns, viewer=self.viewer, subject=self.subject)
