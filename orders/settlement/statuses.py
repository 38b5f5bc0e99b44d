"""The words for how a gateway and our records differ, and what became of it."""

from __future__ import annotations

from django.db import models


class DifferenceKind(models.TextChoices):
    """Of one call the first that holds: a call that has another outcome isn't compared by its amount."""

    MISSING_THERE = "missing_there", "Missing at the gateway"
    MISSING_HERE = "missing_here", "Missing here"
    CURRENCY = "currency", "Currency differs"
    OUTCOME = "outcome", "Outcome differs"
    AMOUNT = "amount", "Amount differs"


class Resolution(models.TextChoices):
    OPEN = "open", "Open"
    ACCEPTED = "accepted", "Accepted"
    DISMISSED = "dismissed", "Dismissed"


MOVES_CASH = {"capture succeeded": 1, "refund succeeded": -1}
"""What was done, and became of it → which way it moves the money that lies at the gateway. Anything else moves none."""
