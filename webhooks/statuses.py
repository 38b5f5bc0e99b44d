from django.db import models


class EndpointStatus(models.TextChoices):
    ACTIVE = "active", "Active"
    PAUSED = "paused", "Paused"
    DISABLED = "disabled", "Disabled"
    REMOVED = "removed", "Removed"


ENDPOINT_MOVES = [
    ("active", "paused"),
    ("active", "disabled"),
    ("active", "removed"),
    ("paused", "active"),
    ("paused", "removed"),
    ("disabled", "active"),
    ("disabled", "removed"),
]
"""Every move that the database's own trigger lets through; a test holds it against the transitions of the model."""

HEARING = (EndpointStatus.ACTIVE, EndpointStatus.PAUSED)
"""What happens now is kept for it; for one that is paused until it goes on."""


class Payload(models.TextChoices):
    THIN = "thin", "Thin: what happened to which subject"
    FULL = "full", "Full: with the event's data, and what the subject said then"


class Outcome(models.TextChoices):
    DELIVERED = "delivered", "Delivered"
    REFUSED = "refused", "Refused"
    NOT_SENT = "not_sent", "No answer"


class DisabledReason(models.TextChoices):
    GONE = "gone", "It answered 410 Gone"
    FAILING = "failing", "It took nothing for three days"
