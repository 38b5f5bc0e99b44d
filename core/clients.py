"""Callers of the API and their keys."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Sequence

from django.utils import timezone

from core.errors import NotFound
from core.models import ApiKey, Client, ClientKind
from core.transactions import action

PREFIX_LENGTH = 12


@action
def create_client(*, name: str, kind: str = ClientKind.STOREFRONT) -> Client:
    """A new caller of the API, without a key yet."""
    return Client.objects.create(name=name, kind=kind)


@action
def ensure_storefront(name: str) -> Client:
    """The storefront of that name, made when there is none."""
    return Client.objects.get_or_create(name=name, defaults={"kind": ClientKind.STOREFRONT})[0]


def find_client(name: str) -> Client:
    """The client of that name. Raises NotFound, naming it."""
    client = Client.objects.filter(name=name).first()
    if client is None:
        raise NotFound(f"There is no client named {name!r}.")
    return client


def is_storefront(client_id: uuid.UUID) -> bool:
    """Whether an active storefront has this id."""
    return Client.objects.filter(pk=client_id, kind=ClientKind.STOREFRONT, active=True).exists()


@action
def issue_key(
    client_id: uuid.UUID, *, scopes: Sequence[str], expires_at: dt.datetime | None = None
) -> tuple[ApiKey, str]:
    """A new key and its plain text `<prefix>.<secret>`, which is stored nowhere and so can be shown only now."""
    prefix, secret = secrets.token_hex(PREFIX_LENGTH // 2), secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        client_id=client_id,
        prefix=prefix,
        secret_sha256=ApiKey.digest(secret),
        scopes=sorted(set(scopes)),
        expires_at=expires_at,
    )
    return key, f"{prefix}.{secret}"


@action
def revoke_key(key_id: uuid.UUID) -> ApiKey:
    """End a key now. Revoking it again changes nothing. Raises NotFound."""
    key = ApiKey.objects.select_for_update().filter(pk=key_id).first()
    if key is None:
        raise NotFound("There is no such key.")
    if key.revoked_at is None:
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at"])
    return key
