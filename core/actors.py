"""Who acts. Every write names its actor; nothing reads an ambient user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

    from core.models import Client

ActorKind = Literal["staff", "client", "customer", "system"]


@dataclass(frozen=True)
class Actor:
    """The person, API client or job on whose behalf a write happens."""

    kind: ActorKind
    id: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"

    def columns(self) -> dict[str, str]:
        """The actor as a Caused row keeps it."""
        return {"actor_kind": self.kind, "actor_id": self.id, "actor_name": self.name}

    @classmethod
    def of(cls, kind: str, id: str, name: str) -> Actor:  # noqa: A002 - as the columns are named
        """The actor that a row names."""
        return cls(cast("ActorKind", kind), id, name)

    @classmethod
    def system(cls, name: str) -> Actor:
        return cls("system", name, name)

    @classmethod
    def staff(cls, user: AbstractBaseUser) -> Actor:
        return cls("staff", str(user.pk), user.get_username())

    @classmethod
    def client(cls, client: Client) -> Actor:
        return cls("client", str(client.pk), client.name)
