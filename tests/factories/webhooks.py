"""Endpoints of webhooks and what they were sent."""

from __future__ import annotations

from typing import Any

from core.models import Client, Event
from tests.factories.core import ACTOR
from webhooks.actions import create_endpoint
from webhooks.models import Attempt, Endpoint

URL = "https://hooks.example.com/orders"


def an_endpoint(client: Client, url: str = URL, **changes: Any) -> Endpoint:
    told: Any = {"url": url, **changes}
    return create_endpoint(client.pk, told, actor=ACTOR)[0]


def an_attempt(endpoint: Endpoint, **values: Any) -> Attempt:
    """Of the newest event, refused unless `values` say otherwise."""
    event = Event.objects.latest("pk")
    refused = {"outcome": "refused", "status_code": 500, "error_code": "status", "error": "It answered 500."}
    return Attempt.objects.create(
        endpoint=endpoint,
        event=event,
        event_type=event.type,
        **{"milliseconds": 12, "request_body": "{}", **refused, **values},
    )
