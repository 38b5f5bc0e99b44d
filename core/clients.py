"""Callers of the API and their keys."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Collection

from django.db import IntegrityError, transaction
from django.utils import timezone

from core.actors import Actor
from core.authorities import CLIENTS_CREATE, KEYS_ISSUE, KEYS_REVOKE
from core.authority import Scope, authorities, find_scope
from core.authority import scopes as catalogue
from core.errors import AuthorityMissing, FieldProblem, InvalidInput, NotFound
from core.events import ClientCreated, KeyIssued, KeyRevoked
from core.folding import same_in_any_case
from core.limits import reach_of, require
from core.models import ApiKey, Client, ClientKind, KeyMode, User
from core.outbox import record
from core.people import one_at_a_time
from core.transactions import action, step

PREFIX_LENGTH = 12


@action
def create_client(*, name: str, actor: Actor, kind: str = ClientKind.STOREFRONT, mode: str = KeyMode.LIVE) -> Client:
    """A new caller of the API, without a key yet. Raises InvalidInput for a name that is taken."""
    require(CLIENTS_CREATE, actor)
    return _create(name, kind, mode, actor)


@step
def _create(name: str, kind: str, mode: str, actor: Actor) -> Client:
    client = Client(name=name, kind=kind, mode=mode)
    try:
        with transaction.atomic():
            client.save(force_insert=True)
    except IntegrityError as error:
        if "name" not in str(error):
            raise
        raise InvalidInput.at("/name", "taken", "There is a client of that name already.") from error
    record(ClientCreated(kind=client.kind, mode=client.mode), subject=client, actor=actor)
    return client


@action
def ensure_storefront(name: str) -> Client:
    """The storefront of that name, made when there is none. For commands."""
    known = _named(name)
    if known is not None:
        return known
    try:
        return _create(name, ClientKind.STOREFRONT, KeyMode.LIVE, Actor.system("command"))
    except InvalidInput:
        return find_client(name)


def find_client(name: str) -> Client:
    """The client of that name, in any letter case. Raises NotFound, naming it."""
    client = _named(name)
    if client is None:
        raise NotFound(f"There is no client named {name!r}.")
    return client


def _named(name: str) -> Client | None:
    return Client.objects.filter(same_in_any_case("name", name)).first()


def is_storefront(client_id: uuid.UUID) -> bool:
    """Whether an active storefront has this id."""
    return Client.objects.filter(pk=client_id, kind=ClientKind.STOREFRONT, active=True).exists()


@action
def issue_key(
    client_id: uuid.UUID, *, scopes: Collection[str], actor: Actor, expires_at: dt.datetime | None = None
) -> tuple[ApiKey, str]:
    """A new key and its plain text `qm_<mode>_<prefix>.<secret>`, which is stored nowhere and so can be shown only now.

    Raises InvalidInput for scopes that don't exist or don't fit the client's kind, AuthorityMissing for those that let
    the key do more than the actor may.
    """
    one_at_a_time()
    client = _lock(client_id)
    _check_scopes(client, scopes)
    _require_scopes(scopes, actor)
    prefix, secret = secrets.token_hex(PREFIX_LENGTH // 2), secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        client=client,
        mode=client.mode,
        prefix=prefix,
        secret_sha256=ApiKey.digest(secret),
        scopes=sorted(set(scopes)),
        expires_at=expires_at,
    )
    record(KeyIssued(key_id=key.pk, scopes=key.scopes, expires_at=expires_at), subject=client, actor=actor)
    return key, f"{key.public_part}.{secret}"


@action
def revoke_key(key_id: uuid.UUID, *, actor: Actor) -> ApiKey:
    """End a key now. Revoking it again changes nothing. Raises NotFound."""
    require(KEYS_REVOKE, actor)
    owner = ApiKey.objects.filter(pk=key_id).values_list("client", flat=True).first()
    if owner is None:
        raise NotFound("There is no such key.")
    client = _lock(owner)
    key = ApiKey.objects.select_for_update().get(pk=key_id)
    if key.revoked_at is None:
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at"])
        record(KeyRevoked(key_id=key.pk), subject=client, actor=actor)
    return key


@step
def _lock(client_id: uuid.UUID) -> Client:
    client = Client.objects.select_for_update(no_key=True).filter(pk=client_id).first()
    if client is None:
        raise NotFound("There is no such client.")
    return client


def scopes_to_issue(client: Client, person: User) -> list[Scope]:
    """What this person may put into a key of this client."""
    beyond = _beyond([each.name for each in catalogue()], person)
    return [each for each in catalogue() if client.kind in each.kinds and each.name not in beyond]


def _check_scopes(client: Client, scopes: Collection[str]) -> None:
    wrong = [problem for name in sorted(set(scopes)) if (problem := _scope_problem(client, name)) is not None]
    if wrong:
        raise InvalidInput(" ".join(problem.detail for problem in wrong), errors=wrong)


def _scope_problem(client: Client, name: str) -> FieldProblem | None:
    scope = find_scope(name)
    if scope is None:
        return FieldProblem("/scopes", "unknown_scope", f"There is no scope {name}.")
    if client.kind not in scope.kinds:
        return FieldProblem("/scopes", "unfit_scope", f"{name} is not for a {client.get_kind_display().lower()}.")
    return None


def _require_scopes(scopes: Collection[str], actor: Actor) -> None:
    """A key may do what its scopes say, whatever the amount; whoever issues it must be able to do all of that."""
    person = require(KEYS_ISSUE, actor)
    if person is None:
        return
    beyond = _beyond(scopes, person)
    if beyond:
        raise AuthorityMissing(
            f"A key with {', '.join(beyond)} could do more than you may.",
            unblock="Leave these scopes out, or ask somebody who may do as much.",
            scopes=beyond,
        )


def _beyond(scopes: Collection[str], person: User) -> list[str]:
    """Those of the scopes that let a key do more than the person may."""
    reach = reach_of(person)
    return sorted(
        {
            each.scope
            for each in authorities()
            if each.scope is not None and each.scope in scopes and each.models and not reach.holds_without_limit(each)
        }
    )
