"""Roles: the standard ones, which the catalogue of authorities makes, those of the shop's own, and their limits."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable

from django.contrib.auth.models import Group, Permission
from django.db import IntegrityError, transaction
from django.db.models import Q

from core.actors import Actor
from core.authorities import ROLES_CREATE, ROLES_EDIT, ROLES_LIMIT
from core.authority import Authority, authorities, find_authority
from core.errors import DomainError, InvalidInput, NotFound, StaleVersion
from core.events import RoleCreated, RoleEdited, RoleLimitSet
from core.limits import ANY, Reach, reach_of_roles
from core.models import Role, RoleLimit
from core.money import EXPONENT_BY_CURRENCY, MAX_MINOR
from core.outbox import record
from core.people import acting, require_cover
from core.transactions import action, step


class StandardRoleFixed(DomainError):
    code = "standard_role_fixed"
    title = "Standard role"


@action
def create_role(*, name: str, authority_names: Collection[str], actor: Actor, description: str = "") -> Role:
    """A role of the shop's own. Raises AuthorityMissing for more than the actor may do."""
    _, reach = acting(ROLES_CREATE, actor)
    named = _named(authority_names)
    role = Role(group=_save_group(Group(name=name)), description=description)
    role.group.permissions.set(_permissions(named))
    role.save(force_insert=True)
    require_cover(reach, reach_of_roles([role]), "This role would be able to do more than you may.")
    record(RoleCreated(authorities=[each.name for each in named]), subject=role, actor=actor)
    return role


@action
def edit_role(
    role_id: uuid.UUID,
    *,
    name: str,
    description: str,
    authority_names: Collection[str],
    actor: Actor,
    expected_version: int | None = None,
) -> Role:
    """Change a role of the shop's own. Raises StandardRoleFixed for the product's."""
    reach, role = _lock_covered(role_id, ROLES_EDIT, actor, expected_version)
    if role.is_standard:
        raise StandardRoleFixed(
            f"{role} is a standard role; what it may do comes with the product.", unblock="Create a role of your own."
        )
    named, had = _named(authority_names), set(authorities_of(role))
    fields = [field for field, now in (("name", role.group.name), ("description", role.description))
              if now != {"name": name, "description": description}[field]]  # fmt: skip
    role.group.name, role.description = name, description
    _save_group(role.group)
    role.group.permissions.set(_permissions(named))
    role.save(update_fields=["description"])
    require_cover(reach, reach_of_roles([role]), "This role would be able to do more than you may.")
    added, removed = set(named) - had, had - set(named)
    if fields or added or removed:
        record(RoleEdited(fields=fields, added=_names(added), removed=_names(removed)), subject=role, actor=actor)
    return role


@action
def set_role_limit(
    role_id: uuid.UUID,
    authority_name: str,
    *,
    currency: str,
    amount: int | None,
    actor: Actor,
    expected_version: int | None = None,
) -> Role:
    """How much of one order's money the role may do this with; `currency` ANY for every other one, None to remove it.

    Raises AuthorityMissing when the role then goes further than the actor does.
    """
    _check_limit(authority_name, currency, amount)
    reach, role = _lock_covered(role_id, ROLES_LIMIT, actor, expected_version)
    limits = RoleLimit.objects.filter(role=role, authority=authority_name, currency=currency)
    if limits.values_list("amount", flat=True).first() == amount:
        return role
    limits.delete()
    if amount is not None:
        RoleLimit.objects.create(role=role, authority=authority_name, currency=currency, amount=amount)
    require_cover(reach, reach_of_roles([role]), "This limit goes further than your own.")
    record(RoleLimitSet(authority=authority_name, currency=currency, amount=amount), subject=role, actor=actor)
    return role


def authorities_of(role: Role) -> list[Authority]:
    """What the catalogue names of what the role may do."""
    reach = reach_of_roles([role])
    return [each for each in authorities() if reach.holds(each)]


def _check_limit(authority_name: str, currency: str, amount: int | None) -> None:
    authority = find_authority(authority_name)
    if authority is None or not authority.limited:
        raise InvalidInput.at("/authority", "unlimited", "This authority has no limits.")
    if currency != ANY and currency not in EXPONENT_BY_CURRENCY:
        raise InvalidInput.at("/currency", "unknown_currency", "There is no such currency.")
    if amount is not None and not 0 <= amount <= MAX_MINOR:
        raise InvalidInput.at("/amount", "out_of_range", f"A limit is from 0 to {MAX_MINOR} minor units.")


@step
def _lock_covered(
    role_id: uuid.UUID, authority: Authority, actor: Actor, expected_version: int | None
) -> tuple[Reach, Role]:
    """How far the actor goes, and the role. Raises AuthorityMissing for a role that goes further."""
    _, reach = acting(authority, actor)
    role = Role.objects.select_for_update(of=("self",)).select_related("group").filter(pk=role_id).first()
    if role is None:
        raise NotFound("There is no such role.")
    if expected_version is not None and role.version != expected_version:
        raise StaleVersion(expected=expected_version, actual=role.version)
    require_cover(reach, reach_of_roles([role]), "This role may do more than you may.")
    return reach, role


def _named(names: Collection[str]) -> list[Authority]:
    """Raises InvalidInput for names that are not in the catalogue, or that no role can have."""
    found = [find_authority(name) for name in sorted(set(names))]
    known = [each for each in found if each is not None and each.models]
    if len(known) != len(found):
        raise InvalidInput.at("/authorities", "unknown_authority", "There is no such authority to give.")
    return known


def _names(named: Iterable[Authority]) -> list[str]:
    return sorted(each.name for each in named)


def _permissions(named: Collection[Authority]) -> list[Permission]:
    wanted = Q(pk__in=[])
    for authority in named:
        for permission in authority.permissions:
            app, codename = permission.split(".")
            wanted |= Q(content_type__app_label=app, codename=codename)
    return list(Permission.objects.filter(wanted))


def _save_group(group: Group) -> Group:
    try:
        with transaction.atomic():
            group.save()
    except IntegrityError as error:
        raise InvalidInput.at("/name", "taken", "There is a role of that name already.") from error
    return group
