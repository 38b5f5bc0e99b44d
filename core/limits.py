"""How far somebody's authority goes: permissions, and money limits by role."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from django.contrib.auth.models import Permission
from django.db.models import QuerySet

from core.actors import Actor
from core.authority import Authority, authorities
from core.errors import AuthorityExceeded, AuthorityMissing
from core.models import Role, RoleLimit, User
from core.money import format_money

ANY = ""
"""In place of a currency: every other one."""

_NAME = ("content_type__app_label", "codename")

Limits = Mapping[str, int]
"""Amounts by currency. Empty: no limit. A currency that isn't named, where ANY isn't either: nothing."""


@dataclass(frozen=True)
class Reach:
    """What somebody, or a set of roles, may do. `limits` has one entry per role that has the authority."""

    superuser: bool = False
    permissions: frozenset[str] = frozenset()
    limits: Mapping[str, Collection[Limits]] = field(default_factory=dict)

    def holds(self, authority: Authority) -> bool:
        return self.superuser or bool(authority.models and self.permissions.issuperset(authority.permissions))

    def limit(self, authority: Authority, currency: str) -> int | None:
        """Minor units at most; None for no limit. The most generous role counts."""
        if self.superuser:
            return None
        amounts = [_amount(each, currency) for each in self.limits.get(authority.name, ())]
        return None if None in amounts else max((each for each in amounts if each is not None), default=0)

    def holds_without_limit(self, authority: Authority) -> bool:
        """Whether it goes as far as a key does, which has no limits."""
        unlimited = all(self.limit(authority, each) is None for each in _currencies(self, authority))
        return self.holds(authority) and (unlimited or not authority.limited)

    def covers(self, other: Reach) -> bool:
        """Whether nothing in `other` goes further than this."""
        return self.superuser or not (
            other.superuser or other.permissions - self.permissions or any(self._shorter(other))
        )

    def _shorter(self, other: Reach) -> Iterator[bool]:
        for authority in authorities():
            if authority.limited and other.holds(authority):
                for currency in _currencies(self, authority) | _currencies(other, authority):
                    yield _below(self.limit(authority, currency), other.limit(authority, currency))


def _amount(limits: Limits, currency: str) -> int | None:
    return limits.get(currency, limits.get(ANY, 0)) if limits else None


def _currencies(reach: Reach, authority: Authority) -> set[str]:
    return {ANY, *(currency for each in reach.limits.get(authority.name, ()) for currency in each)}


def _below(mine: int | None, theirs: int | None) -> bool:
    return mine is not None and (theirs is None or mine < theirs)


def reach_of(user: User) -> Reach:
    """What a person may do while active, afresh from the database."""
    groups = list(user.groups.values_list("pk", flat=True))
    direct = frozenset(_named(Permission.objects.filter(user=user)))
    return _reach(groups, direct, superuser=user.is_superuser)


def reach_of_roles(roles: Collection[Role]) -> Reach:
    """What somebody with exactly these roles may do."""
    return _reach([role.group_id for role in roles])


def _reach(groups: Collection[int], direct: frozenset[str] = frozenset(), *, superuser: bool = False) -> Reach:
    granted: dict[int, set[str]] = defaultdict(set)
    for group, app, codename in Permission.objects.filter(group__in=groups).values_list("group", *_NAME):
        granted[group].add(f"{app}.{codename}")
    rows: dict[tuple[int, str], dict[str, int]] = defaultdict(dict)
    for limit in RoleLimit.objects.filter(role__group__in=groups).select_related("role"):
        rows[limit.role.group_id, limit.authority][limit.currency] = limit.amount
    limits = {
        authority.name: [
            {} if group is None else rows[group, authority.name]
            for group, names in [*granted.items(), (None, direct)]
            if set(authority.permissions) <= names
        ]
        for authority in authorities()
        if authority.limited
    }
    return Reach(superuser, direct.union(*granted.values()), limits)


def _named(permissions: QuerySet[Permission]) -> Iterator[str]:
    return (f"{app}.{codename}" for app, codename in permissions.values_list(*_NAME))


def limit_of(user: User, authority: Authority, currency: str) -> int | None:
    """How much of one order's money the person may do this with, in minor units. None: as much as there is."""
    return reach_of(user).limit(authority, currency)


# What an action asks


def require(authority: Authority, actor: Actor) -> User | None:
    """The person who acts; None for the system, which may do anything. Raises AuthorityMissing for everybody else."""
    if actor.kind == "system":
        return None
    user = find_person(actor)
    if user is None or not authority.held_by(user):
        raise AuthorityMissing(
            f"This needs the authority {authority.name}: {authority.title.lower()}.",
            unblock=_who(authority),
            authority=authority.name,
        )
    return user


def require_within_limit(
    authority: Authority, actor: Actor, *, amount: int, currency: str, per: str = "with one order"
) -> None:
    """Raises AuthorityExceeded when a person's roles don't go as far as `amount`; API clients have no limits.

    `per` says in words what the amounts are added up over.
    """
    user = find_person(actor)
    if user is None:
        return
    limit = limit_of(user, authority, currency)
    if limit is not None and amount > limit:
        raise AuthorityExceeded(
            f"{authority.title}: your limit {per} is {format_money(limit, currency)}, "
            f"and this would come to {format_money(amount, currency)}.",
            unblock=_who(authority, amount, currency),
            authority=authority.name,
            limit=limit,
            currency=currency,
        )


def find_person(actor: Actor) -> User | None:
    """The person of a staff actor. Raises AuthorityMissing when there is none, or no longer an active one."""
    if actor.kind != "staff":
        return None
    user = User.objects.filter(pk=actor.id, is_active=True).first() if _is_id(actor.id) else None
    if user is None:
        raise AuthorityMissing("You are not an active member of staff.", unblock="Sign in again.")
    return user


def _is_id(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _who(authority: Authority, amount: int = 0, currency: str = ANY) -> str:
    """Whom to ask: the roles that may do it, as far as `amount`."""
    roles = [
        role
        for role in Role.objects.select_related("group").order_by("group__name")
        if _may(reach_of_roles([role]), authority, amount, currency)
    ]
    names = ", ".join(str(role) for role in roles) or "a superuser"
    return f"Ask somebody who may: {names}."


def _may(reach: Reach, authority: Authority, amount: int, currency: str) -> bool:
    limit = reach.limit(authority, currency) if authority.limited else None
    return reach.holds(authority) and (limit is None or limit >= amount)
