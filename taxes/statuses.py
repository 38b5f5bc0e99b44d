from __future__ import annotations

from django.db import models


class TaxRounding(models.TextChoices):
    """Where the tax of an order is rounded to the currency's smallest unit: half up, away from zero."""

    LINE = "line", "Each line by itself"
    TOTAL = "total", "The total of each rate"
