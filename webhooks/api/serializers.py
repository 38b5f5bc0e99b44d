"""Endpoints, and what they were sent, as JSON."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api.serializers import (
    ChoiceField,
    EmailField,
    IdentifierField,
    IdField,
    IntegerField,
    ListField,
    StrictSerializer,
    StringField,
    TimestampField,
)
from core.models import Delivery
from webhooks.actions.endpoints import MOST_TYPES, nameable_types
from webhooks.actions.secrets import MOST_OVERLAP_HOURS, OVERLAP_HOURS
from webhooks.models import Attempt, Endpoint
from webhooks.sending.urls import LONGEST_URL
from webhooks.statuses import EndpointStatus, Outcome, Payload

STANDINGS = [("waiting", "Waiting"), ("given_up", "Given up")]
_TYPES = "Types of events, `order.created`, or all of a noun: `order.*`. Empty: all that you may see."
_NOTIFY = "An e-mail address that is told when the endpoint is disabled. May be empty."


@extend_schema_field({"type": "string", "pattern": r"^[a-z_]+\.([a-z_]+|\*)$", "example": "order.*"})
class EventTypeField(ChoiceField):
    """A type of event that clients are told of, or all of a noun."""

    default_error_messages = {
        "invalid_choice": "No event that clients are told of has this type. GET /events/types/ lists them; order.* is "
        "all of order."
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(sorted(nameable_types()), **options)


class EndpointChangesSerializer(StrictSerializer):
    """The settings that change. What waits is sent to the URL that holds as it is sent."""

    url = IdentifierField(required=False, max_length=LONGEST_URL, help_text="https://…, on the public internet.")
    description = StringField(required=False, max_length=200, allow_blank=True)
    event_types = ListField(child=EventTypeField(), required=False, max_length=MOST_TYPES, help_text=_TYPES)
    payload = ChoiceField(
        Payload.choices,
        required=False,
        help_text="thin: what happened to which subject at which version. full: with the event's data and, as "
        "`document` in it, what the subject said then.",
    )
    notify = EmailField(required=False, allow_blank=True, help_text=_NOTIFY)


class NewEndpointSerializer(EndpointChangesSerializer):
    url = IdentifierField(max_length=LONGEST_URL, help_text="https://…, on the public internet.")


class RotateSecretSerializer(StrictSerializer):
    overlap_hours = IntegerField(
        required=False,
        min_value=0,
        max_value=MOST_OVERLAP_HOURS,
        help_text=f"For how long the secrets before sign beside the new one; {OVERLAP_HOURS} when absent.",
    )


class ReplaySerializer(StrictSerializer):
    """Either `event_id`, or `since` with or without `until`."""

    event_id = IdField(required=False)
    since = TimestampField(required=False, help_text="Events recorded then or later.")
    until = TimestampField(required=False, help_text="Events recorded before; now when absent.")


class EndpointSerializer(StrictSerializer):
    id = IdField()
    url = StringField()
    description = StringField()
    event_types = serializers.ListField(child=StringField(), help_text=_TYPES)
    payload = ChoiceField(Payload.choices)
    notify = StringField(help_text=_NOTIFY)
    status = ChoiceField(EndpointStatus.choices)
    disabled_at = TimestampField(allow_null=True)
    disabled_reason = StringField(help_text="gone: it answered 410. failing: it took nothing for three days.")
    failures = IntegerField(help_text="One after the other, up to now.")
    failing_since = TimestampField(allow_null=True)
    next_try_at = TimestampField(allow_null=True, help_text="Nothing is sent before.")
    last_error = StringField(help_text="Why it last failed; empty while it fares well.")
    delivered_at = TimestampField(allow_null=True, help_text="When it last took something, to some seconds.")
    created_at = TimestampField()
    version = IntegerField()


class EndpointWithSecretSerializer(EndpointSerializer):
    secret = StringField(allow_null=True, help_text="Shown in the first answer alone; null in a repeat.")


class ReplayedEndpointSerializer(EndpointSerializer):
    replayed = IntegerField(help_text="How many events wait for the endpoint because of this.")


class AttemptSerializer(StrictSerializer):
    id = IntegerField()
    event_id = IdField(help_text="What its webhook-id said.")
    event_type = StringField()
    outcome = ChoiceField(Outcome.choices)
    status_code = IntegerField(allow_null=True, help_text="Of the answer.")
    error_code = StringField()
    error = StringField()
    address = StringField(allow_null=True, help_text="The IP address that was asked.")
    milliseconds = IntegerField()
    request_headers = serializers.DictField(child=StringField())
    request_body = serializers.CharField(help_text="Without the subject's document.")
    response_headers = serializers.DictField(child=StringField())
    response_body = serializers.CharField(help_text="Its beginning, without what looks like somebody's.")
    made_at = TimestampField()


class UndeliveredEventSerializer(StrictSerializer):
    event_id = IdField()
    event_type = StringField()
    subject_id = IdField()
    status = ChoiceField(STANDINGS)
    attempts = IntegerField()
    queued_at = TimestampField(help_text="Given up three days later.")
    next_try_at = TimestampField(allow_null=True, help_text="Not before; null once it is given up.")
    last_error = StringField()


_SHOWN = (
    "id", "url", "description", "event_types", "payload", "notify", "status", "disabled_at", "disabled_reason",
    "failures", "failing_since", "next_try_at", "last_error", "delivered_at", "created_at", "version",
)  # fmt: skip
_ATTEMPT = (
    "id", "event_id", "event_type", "outcome", "status_code", "error_code", "error", "address", "milliseconds",
    "request_headers", "request_body", "response_headers", "response_body", "made_at",
)  # fmt: skip


def show_endpoint(endpoint: Endpoint) -> dict[str, Any]:
    return {name: getattr(endpoint, name) for name in _SHOWN}


def show_attempt(attempt: Attempt) -> dict[str, Any]:
    return {name: getattr(attempt, name) for name in _ATTEMPT}


def show_undelivered(delivery: Delivery) -> dict[str, Any]:
    is_dead = delivery.status == "dead"
    return {
        "event_id": delivery.event_id,
        "event_type": delivery.event.type,
        "subject_id": delivery.subject_id,
        "status": "given_up" if is_dead else "waiting",
        "attempts": delivery.attempts,
        "queued_at": delivery.queued_at,
        "next_try_at": None if is_dead else delivery.available_at,
        "last_error": delivery.last_error,
    }
