"""What happened to endpoints, in plain words."""

from __future__ import annotations

from typing import Any

from core.console.timeline import of_versions, register_details, register_words
from webhooks.statuses import DisabledReason

_LABELS = {"url": "URL", "event_types": "types of events", "notify": "where notices go"}


def _created(data: dict[str, Any]) -> str:
    return f"Created: told of {', '.join(data['event_types']) or 'all that the client may see'}"


def _updated(data: dict[str, Any]) -> str:
    return "Changed: " + ", ".join(_LABELS.get(name, name) + _now(data.get(name)) for name in data["changed"])


def _now(value: Any) -> str:
    """What a setting says since; of one that was redacted, nothing."""
    if value is None:
        return ""
    text = ", ".join(value) if isinstance(value, list) else str(value)
    return f" to {text or 'none'}"


def _disabled(data: dict[str, Any]) -> str:
    given_up = f"; {_events(data['given_up'])} given up" if data["given_up"] else ""
    return f"Disabled: {DisabledReason(data['reason']).label}{given_up}"


def _replayed(data: dict[str, Any]) -> str:
    what = "one event" if data["event_id"] else f"a range: {_events(data['deliveries'])}"
    return f"Sent again: {what}"


def _events(count: int) -> str:
    return f"{count:,} {'event' if count == 1 else 'events'}"


def register() -> None:
    register_details("endpoint.updated", of_versions)
    register_words(
        {
            "endpoint.created": _created,
            "endpoint.updated": _updated,
            "endpoint.paused": lambda _: "Paused: what happens is kept for it",
            "endpoint.resumed": lambda _: "Resumed",
            "endpoint.disabled": _disabled,
            "endpoint.removed": lambda _: "Removed",
            "endpoint.secret_rotated": lambda _: "Given a new secret",
            "endpoint.tested": lambda _: "Sent a test",
            "endpoint.replayed": _replayed,
        }
    )
