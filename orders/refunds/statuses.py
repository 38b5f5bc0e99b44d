"""The words for what a refund is."""

from django.db import models


class RefundState(models.TextChoices):
    REQUESTED = "requested", "Requested"
    APPROVED = "approved", "Approved"
    SUCCEEDED = "succeeded", "Succeeded"
    FAILED = "failed", "Failed"
    REJECTED = "rejected", "Rejected"


REFUND_MOVES = [("requested", "approved"), ("requested", "rejected"), ("approved", "succeeded"), ("approved", "failed")]
"""Every move that the database's own trigger lets through."""

DECIDED_FOR = (RefundState.APPROVED, RefundState.SUCCEEDED, RefundState.FAILED)
"""What it credits is credited."""


class RefundReason(models.TextChoices):
    RETURNED = "returned", "Sent back"
    DAMAGED = "damaged", "Damaged"
    MISSING = "missing", "Missing"
    WRONG_ITEM = "wrong_item", "Wrong item"
    LATE = "late", "Late"
    PRICE = "price", "Price"
    CANCELLED = "cancelled", "Cancelled"
    OTHER = "other", "Other"


class RefundTo(models.TextChoices):
    ORIGINAL = "original", "What it was paid with"
    STORE_CREDIT = "store_credit", "The customer's store credit"
    GIFT_CARD = "gift_card", "A gift card"


class CreditKind(models.TextChoices):
    """What a line of a refund credits. `balance` is what is left of the order's total, over or under, once all of its
    lines and deliveries are credited: a rounding of the whole, less what was credited as goodwill before.
    """

    GOODS = "goods", "Goods"
    DELIVERY = "delivery", "Delivery"
    GOODWILL = "goodwill", "Goodwill"
    BALANCE = "balance", "Balance"
