"""What the version documents of an endpoint say."""

from __future__ import annotations

from typing import Any

from webhooks.models import Endpoint

SETTINGS = ("url", "description", "event_types", "payload", "notify")
PERSONAL = ("notify",)


def content_of(endpoint: Endpoint) -> dict[str, Any]:
    return {name: getattr(endpoint, name) for name in SETTINGS}
