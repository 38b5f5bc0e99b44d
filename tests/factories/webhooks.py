"""Endpoints of webhooks and what they were sent."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from core.models import Client, Event
from tests.factories.core import ACTOR
from webhooks.actions import DeliveryResult, create_endpoint, note_attempt
from webhooks.models import Attempt, Endpoint
from webhooks.statuses import Outcome

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


def a_failing_endpoint(client: Client, **changes: Any) -> Endpoint:
    endpoint = an_endpoint(client, **changes)
    endpoint.fail("It answered 500.", at=timezone.now(), next_try_at=None)
    endpoint.save(update_fields=["failures", "failing_since", "last_error"])
    return endpoint


def a_disabled_endpoint(client: Client, **changes: Any) -> Endpoint:
    """By its own answer, 410."""
    endpoint = an_endpoint(client, **changes)
    event = Event.objects.latest("pk").envelope()
    gone = DeliveryResult(
        event=event,
        outcome=Outcome.REFUSED,
        status_code=410,
        error_code="status",
        error="It answered 410.",
        seconds=0.012,
        request_headers={},
        request_body="{}",
    )
    note_attempt(endpoint, gone)
    endpoint.refresh_from_db()
    return endpoint
