"""What happened to endpoints. Names of settings, never their values: a URL is what somebody typed."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import ClassVar

from core.events import OwnersEvent


@dataclass(frozen=True)
class EndpointCreated(OwnersEvent):
    """`event_types` is empty for all."""

    type: ClassVar[str] = "endpoint.created"
    event_types: list[str]
    payload: str


@dataclass(frozen=True)
class EndpointUpdated(OwnersEvent):
    type: ClassVar[str] = "endpoint.updated"
    changed: list[str]


@dataclass(frozen=True)
class EndpointPaused(OwnersEvent):
    type: ClassVar[str] = "endpoint.paused"


@dataclass(frozen=True)
class EndpointResumed(OwnersEvent):
    type: ClassVar[str] = "endpoint.resumed"


@dataclass(frozen=True)
class EndpointDisabled(OwnersEvent):
    """`given_up` events waited for it, and are dead letters now."""

    type: ClassVar[str] = "endpoint.disabled"
    reason: str
    failing_since: dt.datetime
    given_up: int


@dataclass(frozen=True)
class EndpointRemoved(OwnersEvent):
    type: ClassVar[str] = "endpoint.removed"


@dataclass(frozen=True)
class EndpointSecretRotated(OwnersEvent):
    """Those before sign beside the new one until then."""

    type: ClassVar[str] = "endpoint.secret_rotated"
    secret_id: uuid.UUID
    others_until: dt.datetime


@dataclass(frozen=True)
class EndpointTested(OwnersEvent):
    """Sent to show that what is sent arrives. That endpoint is told of it, whatever it hears otherwise."""

    type: ClassVar[str] = "endpoint.tested"


@dataclass(frozen=True)
class EndpointReplayed(OwnersEvent):
    """`deliveries` events are sent again: the one named, or those from `since` until before `until`."""

    type: ClassVar[str] = "endpoint.replayed"
    deliveries: int
    event_id: uuid.UUID | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
