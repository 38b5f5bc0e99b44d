"""The only way to write to endpoints."""

from webhooks.actions.endpoints import (
    EndpointChanges,
    create_endpoint,
    edit_endpoint,
    pause_endpoint,
    remove_endpoint,
    resume_endpoint,
)
from webhooks.actions.noting import DeliveryResult, note_attempt, purge_attempts
from webhooks.actions.replaying import replay, send_test
from webhooks.actions.secrets import rotate_secret

__all__ = [
    "DeliveryResult",
    "EndpointChanges",
    "create_endpoint",
    "edit_endpoint",
    "note_attempt",
    "pause_endpoint",
    "purge_attempts",
    "remove_endpoint",
    "replay",
    "resume_endpoint",
    "rotate_secret",
    "send_test",
]
