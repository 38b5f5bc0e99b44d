"""Facts: what an action did, in the past tense.

One event row feeds the timeline, the handlers and the outside world.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

SPEC_VERSION = "1.0"


def is_among(event_type: str, patterns: Iterable[str]) -> bool:
    """Whether a pattern names the type; `order.*` names all that begin with `order.`."""
    return any(
        event_type.startswith(pattern[:-1]) if pattern.endswith("*") else event_type == pattern for pattern in patterns
    )


class Audience(StrEnum):
    """Whose API keys are told of an event."""

    SELLERS = "sellers"
    """The client that its subject belongs to, and those that work for all storefronts."""

    OWNER = "owner"
    """The client that its subject belongs to, alone."""

    NOBODY = "nobody"
    """It is the business of the people who work here. Sinks have it."""


def schema_urn(event_type: str, schema_version: int) -> str:
    """What names the JSON Schema of the data of such an event."""
    return f"urn:quartermaster:event:{event_type}:{schema_version}"


@dataclass(frozen=True)
class DomainEvent:
    """Base of all events. Fields are JSON values, UUIDs or datetimes; `type` is the public name (`order.created`).

    Events are published and kept for ever: they hold ids, codes, amounts, quantities and names of fields, never what
    somebody typed (names, addresses, notes, reasons, references), which belongs into a version document.
    """

    type: ClassVar[str]
    schema_version: ClassVar[int] = 1
    """Raised when a field goes or means something else; fields that come beside the others leave it."""

    audience: ClassVar[Audience] = Audience.SELLERS


@dataclass(frozen=True)
class OwnersEvent(DomainEvent):
    """Base of what is shown to the owner alone by all routes of the API."""

    audience: ClassVar[Audience] = Audience.OWNER


@dataclass(frozen=True)
class InternalEvent(DomainEvent):
    """Base of what is about people, keys and machinery, which no route of the API shows."""

    audience: ClassVar[Audience] = Audience.NOBODY


@dataclass(frozen=True)
class Envelope:
    """A recorded event as handlers receive it. `version` is gap-free per subject; `client_id` owns the subject."""

    id: uuid.UUID
    type: str
    subject_type: str
    subject_id: uuid.UUID
    version: int
    client_id: uuid.UUID | None
    schema_version: int
    actor_kind: str
    actor_id: str
    occurred_at: dt.datetime
    request_id: str
    data: dict[str, Any] = field(default_factory=dict)

    def as_cloudevent(self) -> dict[str, Any]:
        """CloudEvents 1.0, JSON format; `sequence` is the subject's version.

        The actor is told by kind and id: names are for the people who work here.
        """
        attributes = {
            "specversion": SPEC_VERSION,
            "id": str(self.id),
            "type": self.type,
            "source": f"/{self.subject_type}s",
            "subject": str(self.subject_id),
            "time": self.occurred_at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z"),
            "sequence": str(self.version),
            "datacontenttype": "application/json",
            "dataschema": schema_urn(self.type, self.schema_version),
            "actor": f"{self.actor_kind}:{self.actor_id}",
            "requestid": self.request_id,
            "data": self.data,
        }
        # An attribute that has no value is left out; null is not one.
        return attributes if self.client_id is None else {**attributes, "clientid": str(self.client_id)}


# Of API clients


@dataclass(frozen=True)
class ClientCreated(InternalEvent):
    type: ClassVar[str] = "client.created"
    kind: str
    mode: str


@dataclass(frozen=True)
class KeyIssued(InternalEvent):
    type: ClassVar[str] = "client.key_issued"
    key_id: uuid.UUID
    scopes: list[str]
    expires_at: dt.datetime | None


@dataclass(frozen=True)
class KeyRevoked(InternalEvent):
    type: ClassVar[str] = "client.key_revoked"
    key_id: uuid.UUID


# Of people. An event never tells who somebody is: ids and names of fields only


@dataclass(frozen=True)
class PersonCreated(InternalEvent):
    type: ClassVar[str] = "person.created"
    roles: list[uuid.UUID]


@dataclass(frozen=True)
class PersonEdited(InternalEvent):
    type: ClassVar[str] = "person.edited"
    fields: list[str]


@dataclass(frozen=True)
class PersonRolesChanged(InternalEvent):
    type: ClassVar[str] = "person.roles_changed"
    added: list[uuid.UUID]
    removed: list[uuid.UUID]


@dataclass(frozen=True)
class PersonPasswordSet(InternalEvent):
    type: ClassVar[str] = "person.password_set"


@dataclass(frozen=True)
class PersonActivated(InternalEvent):
    type: ClassVar[str] = "person.activated"


@dataclass(frozen=True)
class PersonDeactivated(InternalEvent):
    type: ClassVar[str] = "person.deactivated"


@dataclass(frozen=True)
class PersonUnlocked(InternalEvent):
    """The wrong passwords given for them are forgotten."""

    type: ClassVar[str] = "person.unlocked"


@dataclass(frozen=True)
class PersonMadeSuperuser(InternalEvent):
    type: ClassVar[str] = "person.made_superuser"


@dataclass(frozen=True)
class PersonNoLongerSuperuser(InternalEvent):
    type: ClassVar[str] = "person.no_longer_superuser"


# Of roles


@dataclass(frozen=True)
class RoleCreated(InternalEvent):
    type: ClassVar[str] = "role.created"
    authorities: list[str]


@dataclass(frozen=True)
class RoleEdited(InternalEvent):
    type: ClassVar[str] = "role.edited"
    fields: list[str]
    added: list[str]
    removed: list[str]


@dataclass(frozen=True)
class RoleLimitSet(InternalEvent):
    """`amount` is None when the limit was removed; `currency` is empty for every other one."""

    type: ClassVar[str] = "role.limit_set"
    authority: str
    currency: str
    amount: int | None
