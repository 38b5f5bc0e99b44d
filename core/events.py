"""Facts: what an action did, in the past tense.

One event row feeds the timeline, the handlers and the outside world.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar

SPEC_VERSION = "1.0"


def is_among(event_type: str, patterns: Iterable[str]) -> bool:
    """Whether a pattern names the type; `order.*` names all that begin with `order.`."""
    return any(
        event_type.startswith(pattern[:-1]) if pattern.endswith("*") else event_type == pattern for pattern in patterns
    )


@dataclass(frozen=True)
class DomainEvent:
    """Base of all events. Fields are JSON values, UUIDs or datetimes; `type` is the public name (`order.created`).

    Events are published and kept for ever: they hold ids, codes, amounts, quantities and names of fields, never what
    somebody typed (names, addresses, notes, reasons, references), which belongs into a version document.
    """

    type: ClassVar[str]
    schema_version: ClassVar[int] = 1
    """Raised when a field goes or means something else; fields that come beside the others leave it."""


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
            "dataschema": f"urn:quartermaster:event:{self.type}:{self.schema_version}",
            "actor": f"{self.actor_kind}:{self.actor_id}",
            "requestid": self.request_id,
            "data": self.data,
        }
        # An attribute that has no value is left out; null is not one.
        return attributes if self.client_id is None else {**attributes, "clientid": str(self.client_id)}


# Of API clients


@dataclass(frozen=True)
class ClientCreated(DomainEvent):
    type: ClassVar[str] = "client.created"
    kind: str
    mode: str


@dataclass(frozen=True)
class KeyIssued(DomainEvent):
    type: ClassVar[str] = "client.key_issued"
    key_id: uuid.UUID
    scopes: list[str]
    expires_at: dt.datetime | None


@dataclass(frozen=True)
class KeyRevoked(DomainEvent):
    type: ClassVar[str] = "client.key_revoked"
    key_id: uuid.UUID


# Of people. An event never tells who somebody is: ids and names of fields only


@dataclass(frozen=True)
class PersonCreated(DomainEvent):
    type: ClassVar[str] = "person.created"
    roles: list[uuid.UUID]


@dataclass(frozen=True)
class PersonEdited(DomainEvent):
    type: ClassVar[str] = "person.edited"
    fields: list[str]


@dataclass(frozen=True)
class PersonRolesChanged(DomainEvent):
    type: ClassVar[str] = "person.roles_changed"
    added: list[uuid.UUID]
    removed: list[uuid.UUID]


@dataclass(frozen=True)
class PersonPasswordSet(DomainEvent):
    type: ClassVar[str] = "person.password_set"


@dataclass(frozen=True)
class PersonActivated(DomainEvent):
    type: ClassVar[str] = "person.activated"


@dataclass(frozen=True)
class PersonDeactivated(DomainEvent):
    type: ClassVar[str] = "person.deactivated"


@dataclass(frozen=True)
class PersonUnlocked(DomainEvent):
    """The wrong passwords given for them are forgotten."""

    type: ClassVar[str] = "person.unlocked"


@dataclass(frozen=True)
class PersonMadeSuperuser(DomainEvent):
    type: ClassVar[str] = "person.made_superuser"


@dataclass(frozen=True)
class PersonNoLongerSuperuser(DomainEvent):
    type: ClassVar[str] = "person.no_longer_superuser"


# Of roles


@dataclass(frozen=True)
class RoleCreated(DomainEvent):
    type: ClassVar[str] = "role.created"
    authorities: list[str]


@dataclass(frozen=True)
class RoleEdited(DomainEvent):
    type: ClassVar[str] = "role.edited"
    fields: list[str]
    added: list[str]
    removed: list[str]


@dataclass(frozen=True)
class RoleLimitSet(DomainEvent):
    """`amount` is None when the limit was removed; `currency` is empty for every other one."""

    type: ClassVar[str] = "role.limit_set"
    authority: str
    currency: str
    amount: int | None
