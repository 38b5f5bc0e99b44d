"""Facts: what an action did, in the past tense.

One event row feeds the timeline, the handlers and the outside world.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any, ClassVar

SPEC_VERSION = "1.0"


@dataclass(frozen=True)
class DomainEvent:
    """Base of all events. Fields are JSON values, UUIDs or datetimes; `type` is the public name (`order.created`)."""

    type: ClassVar[str]


@dataclass(frozen=True)
class Envelope:
    """A recorded event as handlers receive it. `version` is gap-free per subject."""

    id: uuid.UUID
    type: str
    subject_type: str
    subject_id: uuid.UUID
    version: int
    actor_kind: str
    actor_name: str
    occurred_at: dt.datetime
    request_id: str
    data: dict[str, Any] = field(default_factory=dict)

    def as_cloudevent(self) -> dict[str, Any]:
        """CloudEvents 1.0, JSON format; `sequence` is the subject's version."""
        return {
            "specversion": SPEC_VERSION,
            "id": str(self.id),
            "type": self.type,
            "source": f"/{self.subject_type}s",
            "subject": str(self.subject_id),
            "time": self.occurred_at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z"),
            "sequence": str(self.version),
            "datacontenttype": "application/json",
            "actor": f"{self.actor_kind}:{self.actor_name}",
            "requestid": self.request_id,
            "data": self.data,
        }
