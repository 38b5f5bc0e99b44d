"""API clients, and what the outbox has of a subject."""

from __future__ import annotations

import itertools
import secrets
import uuid
from collections.abc import Sequence
from typing import Any

import orjson
from django.http import HttpResponse

from core.models import ApiKey, Client, ClientKind, Event

_numbers = itertools.count(1)


def a_client(name: str = "", kind: str = ClientKind.STOREFRONT) -> Client:
    return Client.objects.create(name=name or f"{kind} no. {next(_numbers)}", kind=kind)


def a_key(client: Client, scopes: Sequence[str]) -> tuple[ApiKey, str]:
    """A key and its text, whatever its scopes: without an event, and whether or not they exist and fit."""
    key = ApiKey.objects.create(
        client=client,
        mode=client.mode,
        prefix=secrets.token_hex(6),
        secret_sha256=ApiKey.digest("secret"),
        scopes=sorted(set(scopes)),
    )
    return key, f"{key.public_part}.secret"


def timeline(subject_id: uuid.UUID) -> list[str]:
    """The types of a subject's events, oldest first."""
    return list(Event.objects.filter(subject_id=subject_id).order_by("version").values_list("type", flat=True))


def read(response: HttpResponse, status: int = 200) -> Any:
    """The JSON of a response that has this status."""
    assert response.status_code == status, response.content
    return orjson.loads(response.content)
