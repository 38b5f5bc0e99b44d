"""An event of the log as its readers get it."""

from __future__ import annotations

from typing import Any

from core.models import Event


def event_document(event: Event, position: int) -> dict[str, Any]:
    """CloudEvents 1.0. The standard's integers have 32 bits, so that the position is text."""
    return {**event.envelope().as_cloudevent(), "position": str(position)}
