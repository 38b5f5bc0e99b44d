"""The words for what an offer gives, and for how it stands."""

from __future__ import annotations

from django.db import models


class OfferKind(models.TextChoices):
    PERCENTAGE = "percentage", "Percentage off"
    AMOUNT = "amount", "Amount off"
    FREE_DELIVERY = "free_delivery", "Free delivery"
    BUY_X_GET_Y = "buy_x_get_y", "Buy X get Y"


OF_A_PERCENTAGE = (OfferKind.PERCENTAGE, OfferKind.BUY_X_GET_Y)
"""Kinds that need a percentage: of what they are for, or of the units that are got."""


class OfferState(models.TextChoices):
    """How an offer stands at a moment: the first that is so."""

    OFF = "off", "Switched off"
    ENDED = "ended", "Ended"
    USED_UP = "used_up", "Used up"
    PLANNED = "planned", "Planned"
    RUNNING = "running", "Running"
