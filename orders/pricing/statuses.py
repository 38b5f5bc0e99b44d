"""The words for what makes an order dearer or cheaper."""

from django.db import models


class AdjustmentKind(models.TextChoices):
    DISCOUNT = "discount", "Discount"
    TAX = "tax", "Tax"
    SURCHARGE = "surcharge", "Surcharge"
    ROUNDING = "rounding", "Rounding"
