"""Endpoints themselves: made, changed, paused, resumed, removed."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import TypedDict

from core.actors import Actor
from core.changes import apply_changes
from core.errors import FieldProblem, InvalidInput, NotFound
from core.event_types import event_types as known_types
from core.events import Audience
from core.lanes import WEBHOOKS
from core.log import audience_of
from core.models import Client
from core.operations import done_already, performs, require
from core.outbox import record
from core.relay import begin_afresh, forget_waiting
from core.transactions import action
from core.versions import keep_version
from webhooks.actions.secrets import add_secret
from webhooks.errors import TooManyEndpoints
from webhooks.events import EndpointCreated, EndpointPaused, EndpointRemoved, EndpointResumed, EndpointUpdated
from webhooks.locking import lock_endpoint
from webhooks.models import Endpoint
from webhooks.operations import EDIT, PAUSE, REMOVE, RESUME
from webhooks.sending import problem_of
from webhooks.versions import content_of

MOST_ENDPOINTS = 20
"""Of one client: each is a target that every event is held against."""
MOST_TYPES = 50
_STATE = ["status", "failures", "failing_since", "next_try_at", "last_error", "disabled_at", "disabled_reason"]


class EndpointChanges(TypedDict, total=False):
    url: str
    description: str
    event_types: Sequence[str]
    payload: str
    notify: str


@action
def create_endpoint(client_id: uuid.UUID, changes: EndpointChanges, *, actor: Actor) -> tuple[Endpoint, str]:
    """A new endpoint, told from now on, and its secret, which can be shown only now.

    Raises NotFound for a client that there isn't, InvalidInput, TooManyEndpoints.
    """
    client = Client.objects.select_for_update(no_key=True).filter(pk=client_id, active=True).first()
    if client is None:
        raise NotFound("There is no such client.")
    if endpoints_left(client_id) < 1:
        raise TooManyEndpoints(
            f"A client has {MOST_ENDPOINTS} endpoints at most.", unblock="Remove one that isn't used, or change it."
        )
    endpoint = Endpoint(client=client)
    apply_changes(endpoint, _in_order(changes), EndpointChanges)
    _require_sound(endpoint)
    record(EndpointCreated(list(endpoint.event_types), endpoint.payload), subject=endpoint, actor=actor)
    endpoint.save(force_insert=True)
    keep_version(content_of(endpoint), subject=endpoint)
    return endpoint, add_secret(endpoint)[1]


def endpoints_left(client_id: uuid.UUID) -> int:
    """How many more the client may have."""
    return MOST_ENDPOINTS - Endpoint.objects.of_client(client_id).count()


@performs(EDIT)
@action
def edit_endpoint(
    endpoint_id: uuid.UUID,
    changes: EndpointChanges,
    *,
    client_id: uuid.UUID | None = None,
    actor: Actor,
    expected_version: int | None = None,
) -> Endpoint:
    """Change what is named. What waits already is sent to the URL, and in the form, that hold as it is sent.

    Raises NotFound, StaleVersion, InvalidInput, OperationRefused for one that was removed.
    """
    endpoint = lock_endpoint(endpoint_id, client_id, expected_version)
    require(endpoint, EDIT)
    changed = list(apply_changes(endpoint, _in_order(changes), EndpointChanges))
    if changed:
        _require_sound(endpoint)
        record(EndpointUpdated(changed), subject=endpoint, actor=actor)
        endpoint.save(update_fields=changed)
        keep_version(content_of(endpoint), subject=endpoint)
    return endpoint


@performs(PAUSE)
@action
def pause_endpoint(
    endpoint_id: uuid.UUID,
    *,
    client_id: uuid.UUID | None = None,
    actor: Actor,
    expected_version: int | None = None,
) -> Endpoint:
    """Send nothing more until it is resumed; what happens meanwhile is kept for it. Paused already, it stays so.

    Raises NotFound, StaleVersion, OperationRefused.
    """
    endpoint = lock_endpoint(endpoint_id, client_id, expected_version)
    if done_already(endpoint, PAUSE):
        return endpoint
    endpoint.pause()
    record(EndpointPaused(), subject=endpoint, actor=actor)
    endpoint.save(update_fields=_STATE)
    return endpoint


@performs(RESUME)
@action
def resume_endpoint(
    endpoint_id: uuid.UUID,
    *,
    client_id: uuid.UUID | None = None,
    actor: Actor,
    expected_version: int | None = None,
) -> Endpoint:
    """Send what was kept for it, and what happens from now on. Active already, it stays as it is.

    For one that was disabled nothing was kept: replay sends that. Raises NotFound, StaleVersion, OperationRefused.
    """
    endpoint = lock_endpoint(endpoint_id, client_id, expected_version)
    if done_already(endpoint, RESUME):
        return endpoint
    endpoint.resume()
    record(EndpointResumed(), subject=endpoint, actor=actor)
    endpoint.save(update_fields=_STATE)
    begin_afresh(lane=WEBHOOKS, target=endpoint.key)
    return endpoint


@performs(REMOVE)
@action
def remove_endpoint(
    endpoint_id: uuid.UUID,
    *,
    client_id: uuid.UUID | None = None,
    actor: Actor,
    expected_version: int | None = None,
) -> Endpoint:
    """Send nothing more, ever, and forget what waits. What it was sent is shown until it is purged.

    Raises NotFound, StaleVersion.
    """
    endpoint = lock_endpoint(endpoint_id, client_id, expected_version)
    if done_already(endpoint, REMOVE):
        return endpoint
    endpoint.remove()
    record(EndpointRemoved(), subject=endpoint, actor=actor)
    endpoint.save(update_fields=_STATE)
    forget_waiting(target=endpoint.key)
    return endpoint


def _in_order(changes: EndpointChanges) -> EndpointChanges:
    """Types each once and sorted."""
    if "event_types" in changes:
        return {**changes, "event_types": sorted(set(changes["event_types"]))}
    return changes


def _require_sound(endpoint: Endpoint) -> None:
    problems = list(_problems(endpoint))
    if problems:
        raise InvalidInput(" ".join(each.detail for each in problems), errors=problems)


def _problems(endpoint: Endpoint) -> Iterator[FieldProblem]:
    wrong = problem_of(endpoint.url)
    if wrong is not None:
        yield FieldProblem("/url", wrong.code, f"{wrong.detail}.")
    if len(endpoint.event_types) > MOST_TYPES:
        yield FieldProblem("/event_types", "too_many", f"{MOST_TYPES} types at most; order.* names all of order.")
    unknown = [name for name in endpoint.event_types if name not in nameable_types()]
    if unknown:
        told = f"No event that clients are told of has the type {unknown[0]!r}. GET /events/types/ lists them."
        yield FieldProblem("/event_types", "unknown_event_type", told)


def nameable_types() -> set[str]:
    """The types that an endpoint may name, and `order.*` for each noun."""
    told = {name for name in known_types() if audience_of(name) is not Audience.NOBODY}
    return told | {f"{name.partition('.')[0]}.*" for name in told}
