"""Who acts. Every write names its actor; nothing reads an ambient user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

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

    @classmethod
    def system(cls, name: str) -> Actor:
        return cls("system", name, name)

    @classmethod
    def staff(cls, user: AbstractBaseUser) -> Actor:
        return cls("staff", str(user.pk), user.get_username())

    @classmethod
    def client(cls, client: Client) -> Actor:
        return cls("client", str(client.pk), client.name)
