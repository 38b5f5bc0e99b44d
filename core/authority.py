"""The catalogue of authorities: every operation with its API scope, its staff permission, its roles and its limits.

Each room declares its own in `authorities.py`, which is loaded as the apps start. The API, the console, the standard
roles and docs/authorities.md all read them from here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import TextChoices

from core.models.clients import ClientKind

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from core.models import User

VIEW = "view"


class StandardRole(TextChoices):
    """The roles that every shop has. What they may do is declared with each authority."""

    SUPPORT_AGENT = "support_agent", "Support agent"
    WAREHOUSE = "warehouse", "Warehouse"
    FINANCE = "finance", "Finance"
    MANAGER = "manager", "Manager"
    ADMINISTRATOR = "administrator", "Administrator"
    AUDITOR = "auditor", "Auditor"


@dataclass(frozen=True)
class Scope:
    """What an API key may be given, and the kinds of client that it is fit for."""

    name: str
    title: str
    kinds: frozenset[ClientKind]


@dataclass(frozen=True)
class Authority:
    """One operation and who may do it.

    `name` is "<area>.<verb>". `models` ("orders.order") are what it is done to: staff need the Django permission
    `<app>.<verb>_<model>` of each. Without models only superusers may do it in the console. `limits` is given for
    operations on money: how much each standard role may do with one order, in minor units of any currency; a role that
    has the authority and is not named has no limit.
    """

    name: str
    title: str
    models: tuple[str, ...] = ()
    scope: str | None = None
    roles: frozenset[StandardRole] = frozenset()
    limits: Mapping[StandardRole, int] | None = field(default=None, hash=False)

    def __str__(self) -> str:
        return self.name

    @property
    def verb(self) -> str:
        return self.name.rpartition(".")[2]

    @property
    def permissions(self) -> tuple[str, ...]:
        """As Django's has_perm takes them: "orders.cancel_order"."""
        parts = [model.split(".") for model in self.models]
        return tuple(f"{app}.{self.verb}_{model}" for app, model in parts)

    @property
    def limited(self) -> bool:
        return self.limits is not None

    def held_by(self, user: User | AnonymousUser) -> bool:
        """Whether this person may do it, whatever the amount."""
        return user.has_perms(self.permissions) if self.models else user.is_active and user.is_superuser


_authorities: dict[str, Authority] = {}
_scopes: dict[str, Scope] = {}


def declare_scope(name: str, title: str, *kinds: ClientKind) -> str:
    """Add a scope to the catalogue; it fits every kind of client when none is named. Returns its name."""
    _scopes[name] = Scope(name, title, frozenset(kinds or ClientKind))
    return name


def declare(
    name: str,
    title: str,
    *models: str,
    scope: str | None = None,
    roles: Collection[StandardRole] = (),
    limits: Mapping[StandardRole, int] | None = None,
) -> Authority:
    """Add an operation to the catalogue. Administrators have every authority, auditors those of looking."""
    if scope is not None and scope not in _scopes:
        raise ValueError(f"{name} names the scope {scope}, which nobody declared")
    if name in _authorities:
        raise ValueError(f"{name} is declared twice")
    held = {*roles, StandardRole.ADMINISTRATOR}
    if name.endswith(f".{VIEW}"):
        held.add(StandardRole.AUDITOR)
    _authorities[name] = Authority(name, title, models, scope, frozenset(held), limits)
    return _authorities[name]


def authorities() -> list[Authority]:
    """All of them, by name."""
    return [_authorities[name] for name in sorted(_authorities)]


def scopes() -> list[Scope]:
    """All of them, by name."""
    return [_scopes[name] for name in sorted(_scopes)]


def find_authority(name: str) -> Authority | None:
    return _authorities.get(name)


def find_scope(name: str) -> Scope | None:
    return _scopes.get(name)
