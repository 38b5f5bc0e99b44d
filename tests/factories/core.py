"""API clients, and what the outbox has of a subject."""

from __future__ import annotations

import itertools
import uuid
from typing import Any

import orjson
from django.http import HttpResponse

from core.actors import Actor
from core.models import Client, ClientKind, Event

_numbers = itertools.count(1)

CAUSE: dict[str, Any] = {**Actor.system("test").columns(), "version": 1}
"""What a permanent row that a test plants says of its cause: the first event of its subject."""

_versions = itertools.count(100)


def cause() -> dict[str, Any]:
    """The same of an event that never was, another one each time."""
    return {**CAUSE, "version": next(_versions)}


def a_client(name: str = "", kind: str = ClientKind.STOREFRONT) -> Client:
    return Client.objects.create(name=name or f"{kind} no. {next(_numbers)}", kind=kind)


def timeline(subject_id: uuid.UUID) -> list[str]:
    """The types of a subject's events, oldest first."""
    return list(Event.objects.filter(subject_id=subject_id).order_by("version").values_list("type", flat=True))


def read(response: HttpResponse, status: int = 200) -> Any:
    """The JSON of a response that has this status."""
    assert response.status_code == status, response.content
    return orjson.loads(response.content)
