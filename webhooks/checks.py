"""What must be so before something may be done to an endpoint. Each docstring is the line in docs/transitions.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.transitions import Blocker, words
from webhooks.statuses import EndpointStatus

if TYPE_CHECKING:
    from webhooks.models import Endpoint


def not_removed(endpoint: Endpoint) -> Blocker | None:
    """It is not removed."""
    if endpoint.status != EndpointStatus.REMOVED:
        return None
    return Blocker("The endpoint is removed.", "Nothing: make another one.")


def is_active(endpoint: Endpoint) -> Blocker | None:
    """It is active."""
    if endpoint.status == EndpointStatus.ACTIVE:
        return None
    if endpoint.status == EndpointStatus.REMOVED:
        return not_removed(endpoint)
    return Blocker(f"The endpoint is {words(endpoint.status)}.", "First: resume.", ("resume",))


def hears(endpoint: Endpoint) -> Blocker | None:
    """It is active or paused."""
    if endpoint.status == EndpointStatus.PAUSED:
        return None
    return is_active(endpoint)
