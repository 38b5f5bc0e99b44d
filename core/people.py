"""People who sign in to the console: what is done to them, by whom, and never further than who does it may go.

All of it is done one transaction at a time, roles included, so that nobody gives on what is being taken from them.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from core import authorities
from core.actors import Actor
from core.authority import Authority
from core.errors import AuthorityMissing, DomainError, FieldProblem, InvalidInput, NotFound, StaleVersion
from core.events import (
    DomainEvent,
    PersonActivated,
    PersonCreated,
    PersonDeactivated,
    PersonEdited,
    PersonMadeSuperuser,
    PersonNoLongerSuperuser,
    PersonPasswordSet,
    PersonRolesChanged,
    PersonUnlocked,
)
from core.limits import Reach, reach_of, reach_of_roles, require
from core.locks import transaction_lock
from core.models import Role, User
from core.outbox import record
from core.text import fold
from core.transactions import action, step

EVERYTHING = Reach(superuser=True)
IDENTITY = ("username", "email", "display_name")


class OwnAccount(DomainError):
    """What others have to do for a person."""

    code = "own_account"
    status = 403
    title = "Not on your own account"


@action
def create_person(
    *,
    username: str,
    actor: Actor,
    email: str = "",
    display_name: str = "",
    password: str | None = None,
    role_ids: Collection[uuid.UUID] = (),
) -> User:
    """Somebody who may sign in to the console; without a password not yet.

    Raises AuthorityMissing for roles that go further than the actor does, InvalidInput for a taken name.
    """
    user = User(username=User.normalize_username(username), email=email, display_name=display_name, is_staff=True)
    user.password = _hashed(password, user)
    _, reach = acting(authorities.PEOPLE_CREATE, actor)
    roles = _roles(role_ids)
    if roles:
        require(authorities.PEOPLE_ASSIGN, actor)
        require_cover(reach, reach_of_roles(roles), "These roles may do more than you may.")
    _save_identity(user)
    user.groups.set([role.group_id for role in roles])
    record(PersonCreated(roles=sorted(role.pk for role in roles)), subject=user, actor=actor)
    return user


@action
def edit_person(
    user_id: uuid.UUID, changes: Mapping[str, str], *, actor: Actor, expected_version: int | None = None
) -> User:
    """Change `username`, `email` or `display_name`. Raises ValueError for any other field."""
    if unknown := set(changes) - set(IDENTITY):
        raise ValueError(f"not of a person's identity: {sorted(unknown)}")
    user = _lock_covered(user_id, authorities.PEOPLE_EDIT, actor, expected_version)
    wanted = {**changes}
    if "username" in wanted:
        wanted["username"] = User.normalize_username(wanted["username"])
    changed = sorted(name for name, value in wanted.items() if getattr(user, name) != value)
    for name in changed:
        setattr(user, name, wanted[name])
    if changed:
        _save_identity(user, changed)
        record(PersonEdited(fields=changed), subject=user, actor=actor)
    return user


@action
def assign_roles(
    user_id: uuid.UUID, role_ids: Collection[uuid.UUID], *, actor: Actor, expected_version: int | None = None
) -> User:
    """Have exactly these roles. Raises OwnAccount for oneself, AuthorityMissing for more than the actor may do."""
    user = _lock_covered(user_id, authorities.PEOPLE_ASSIGN, actor, expected_version, self_too=False)
    _, reach = acting(authorities.PEOPLE_ASSIGN, actor)
    roles = _roles(role_ids)
    require_cover(reach, reach_of_roles(roles), "These roles may do more than you may.")
    had = set(Role.objects.filter(group__user=user).values_list("pk", flat=True))
    wanted = {role.pk for role in roles}
    if had != wanted:
        user.groups.set([role.group_id for role in roles])
        change = PersonRolesChanged(added=sorted(wanted - had), removed=sorted(had - wanted))
        record(change, subject=user, actor=actor)
    return user


@action
def set_password(user_id: uuid.UUID, password: str, *, actor: Actor, expected_version: int | None = None) -> User:
    """Give somebody else a new password, which ends their sessions."""
    hashed = _hashed(password, User.objects.filter(pk=user_id).first())
    user = _lock_covered(user_id, authorities.PEOPLE_SET_PASSWORD, actor, expected_version, self_too=False)
    return _set_password(user, hashed, actor)


@action
def change_own_password(user_id: uuid.UUID, password: str) -> User:
    """For the page that has asked the person for the old one."""
    user = _lock(user_id)
    return _set_password(user, _hashed(password, user), Actor.staff(user))


@step
def _set_password(user: User, hashed: str, actor: Actor) -> User:
    user.password = hashed
    user.save(update_fields=["password"])
    record(PersonPasswordSet(), subject=user, actor=actor)
    return user


@action
def activate(user_id: uuid.UUID, *, actor: Actor, expected_version: int | None = None) -> User:
    return _set_flag(
        user_id, "is_active", True, PersonActivated(), authorities.PEOPLE_ACTIVATE, actor, expected_version
    )


@action
def deactivate(user_id: uuid.UUID, *, actor: Actor, expected_version: int | None = None) -> User:
    """End somebody's access at once; their sessions know nobody any more."""
    return _set_flag(
        user_id, "is_active", False, PersonDeactivated(), authorities.PEOPLE_ACTIVATE, actor, expected_version
    )


@action
def unlock(user_id: uuid.UUID, *, actor: Actor, expected_version: int | None = None) -> User:
    """Let somebody sign in again at once, from wherever too many wrong passwords were given for them."""
    user = _lock_covered(user_id, authorities.PEOPLE_UNLOCK, actor, expected_version)
    forgotten, _ = attempts_for(user).delete()
    if forgotten:
        record(PersonUnlocked(), subject=user, actor=actor)
    return user


@action
def make_superuser(user_id: uuid.UUID, *, actor: Actor, expected_version: int | None = None) -> User:
    """Let somebody do everything. Only a superuser may, and not to themselves."""
    event, authority = PersonMadeSuperuser(), authorities.PEOPLE_MAKE_SUPERUSER
    return _set_flag(user_id, "is_superuser", True, event, authority, actor, expected_version)


@action
def end_superuser(user_id: uuid.UUID, *, actor: Actor, expected_version: int | None = None) -> User:
    """Leave somebody with what their roles give. As nobody does it to themselves, one superuser always remains."""
    event, authority = PersonNoLongerSuperuser(), authorities.PEOPLE_MAKE_SUPERUSER
    return _set_flag(user_id, "is_superuser", False, event, authority, actor, expected_version)


@step
def _set_flag(
    user_id: uuid.UUID,
    flag: str,
    wanted: bool,
    event: DomainEvent,
    authority: Authority,
    actor: Actor,
    expected_version: int | None,
) -> User:
    user = _lock_covered(user_id, authority, actor, expected_version, self_too=False)
    if getattr(user, flag) != wanted:
        setattr(user, flag, wanted)
        user.save(update_fields=[flag])
        record(event, subject=user, actor=actor)
    return user


# What holds for all of them


@step
def one_at_a_time() -> None:
    """Of everything that changes what somebody may do."""
    transaction_lock("authority")


@step
def acting(authority: Authority, actor: Actor) -> tuple[User | None, Reach]:
    """Who acts, and how far that person may go. Raises AuthorityMissing."""
    one_at_a_time()
    user = require(authority, actor)
    return user, EVERYTHING if user is None else reach_of(user)


def require_cover(giver: Reach, given: Reach, refusal: str) -> None:
    """Raises AuthorityMissing when `given` goes further than `giver`."""
    if not giver.covers(given):
        raise AuthorityMissing(refusal, unblock="Ask somebody who may do as much.")


@step
def _lock(user_id: uuid.UUID) -> User:
    one_at_a_time()
    user = User.objects.select_for_update().filter(pk=user_id).first()
    if user is None:
        raise NotFound("There is no such person.")
    return user


@step
def _lock_covered(
    user_id: uuid.UUID, authority: Authority, actor: Actor, expected_version: int | None, *, self_too: bool = True
) -> User:
    """The person to be changed. Raises AuthorityMissing when they may do more than who changes them."""
    giver, reach = acting(authority, actor)
    user = _lock(user_id)
    if giver is not None and giver.pk == user.pk and not self_too:
        raise OwnAccount("Nobody does this to their own account.", unblock="Ask somebody who may.")
    if expected_version is not None and user.version != expected_version:
        raise StaleVersion(expected=expected_version, actual=user.version)
    require_cover(reach, reach_of(user), "This person may do more than you may.")
    return user


def roles_to_give(person: User) -> list[Role]:
    """What this person may give to others, by name."""
    reach = reach_of(person)
    roles = Role.objects.select_related("group").order_by("group__name")
    return [role for role in roles if reach.covers(reach_of_roles([role]))]


def _roles(role_ids: Collection[uuid.UUID]) -> list[Role]:
    roles = list(Role.objects.filter(pk__in=role_ids))
    if len(roles) != len(set(role_ids)):
        raise InvalidInput.at("/roles", "unknown_role", "There is no such role.")
    return roles


def _hashed(password: str | None, user: User | None) -> str:
    """What is stored of it. Raises InvalidInput for one that is too easy."""
    if password is not None:
        try:
            validate_password(password, user)
        except ValidationError as error:
            problems = [FieldProblem("/password", "too_easy", text) for text in error.messages]
            raise InvalidInput("This password is too easy.", errors=problems) from error
    return make_password(password)


def _save_identity(user: User, changed: Collection[str] | None = None) -> None:
    try:
        user.clean_fields(exclude={field.name for field in User._meta.fields} - set(IDENTITY))
        with transaction.atomic():
            user.save(force_insert=changed is None, update_fields=changed)
    except ValidationError as error:
        problems = [
            FieldProblem(f"/{name}", "invalid", text) for name, texts in error.message_dict.items() for text in texts
        ]
        raise InvalidInput("This is no user name or e-mail.", errors=problems) from error
    except IntegrityError as error:
        if "username" not in str(error):
            raise
        raise InvalidInput.at("/username", "taken", "Somebody has this user name already.") from error


def attempts_for(user: User) -> QuerySet[AccessAttempt]:
    """The wrong passwords given for somebody since they last signed in, counted by address."""
    attempts: QuerySet[AccessAttempt] = AccessAttempt.objects.filter(username=_counted_as(user.username))
    return attempts


def locked_addresses(user: User) -> list[str]:
    """From where nobody can sign in as this person just now."""
    since = timezone.now() - dt.timedelta(hours=settings.AXES_COOLOFF_TIME)
    locked = attempts_for(user).filter(failures_since_start__gte=settings.AXES_FAILURE_LIMIT, attempt_time__gte=since)
    return sorted(str(address) for address in locked.values_list("ip_address", flat=True))


def attempted_username(request: HttpRequest | None, credentials: Mapping[str, Any] | None = None) -> str | None:
    """For django-axes: the name that somebody tries to sign in with, the same in capital and small letters."""
    sent = credentials if credentials else request.POST if request is not None else {}
    name = sent.get("username")
    return _counted_as(name) if isinstance(name, str) else None


def _counted_as(username: str) -> str:
    return fold(User.normalize_username(username))
