"""The words for where an order is. Three questions, three fields: its life, its money, its goods."""

import datetime as dt

from django.db import models


class OrderStatus(models.TextChoices):
    DRAFT = "draft", "Draft"
    PLACED = "placed", "Placed"
    PROCESSING = "processing", "Processing"
    SHIPPED = "shipped", "Shipped"
    DELIVERED = "delivered", "Delivered"
    COMPLETED = "completed", "Completed"
    CANCELLED = "cancelled", "Cancelled"


OPEN = frozenset({OrderStatus.DRAFT, OrderStatus.PLACED, OrderStatus.PROCESSING})
"""An order of which something may still leave; until then it may be held, and what it says about itself may change."""

ORDER_MOVES = [
    ("draft", "placed"),
    ("draft", "cancelled"),
    ("placed", "processing"),
    ("placed", "cancelled"),
    ("processing", "shipped"),
    ("processing", "cancelled"),
    ("shipped", "delivered"),
    ("shipped", "completed"),
    ("delivered", "completed"),
    ("cancelled", "placed"),
]
"""Every move that the database's own trigger lets through; a test holds it against the transitions of the model."""


MAX_LINES = 500
"""Lines that one request may name."""

LONGEST_HOLD = dt.timedelta(hours=24)
"""For how long a draft may keep stock from others, however often it is renewed."""


class Handover(models.TextChoices):
    """How the goods come to the customer."""

    PARCEL = "parcel", "Parcel to the address"
    IN_PERSON = "in_person", "Handed over in person"


NEEDED_OF_AN_ADDRESS = ("name", "line1", "city", "country")
"""Without one of these no parcel arrives."""


class PaymentStatus(models.TextChoices):
    """Derived from the money ledger, never set by hand."""

    UNPAID = "unpaid", "Unpaid"
    PART_PAID = "part_paid", "Part paid"
    PAID = "paid", "Paid"
    OVERPAID = "overpaid", "Overpaid"
    PART_REFUNDED = "part_refunded", "Part refunded"
    REFUNDED = "refunded", "Refunded"
    NOTHING_DUE = "nothing_due", "Nothing due"


class FulfilmentStatus(models.TextChoices):
    """Derived from the line counters, never set by hand."""

    UNFULFILLED = "unfulfilled", "Unfulfilled"
    PART_SHIPPED = "part_shipped", "Part shipped"
    SHIPPED = "shipped", "Shipped"
    PART_DELIVERED = "part_delivered", "Part delivered"
    DELIVERED = "delivered", "Delivered"
    UNDELIVERED = "undelivered", "Undelivered"
    NOTHING_TO_SHIP = "nothing_to_ship", "Nothing to ship"


class ReturnStatus(models.TextChoices):
    """Derived from the line counters, never set by hand."""

    NONE = "none", "None"
    PART_RETURNED = "part_returned", "Part returned"
    RETURNED = "returned", "Returned"


class PaymentTerms(models.TextChoices):
    PREPAID = "prepaid", "Paid before release"
    ON_ACCOUNT = "on_account", "On account"


class HoldReason(models.TextChoices):
    FRAUD_REVIEW = "fraud_review", "Fraud review"
    ADDRESS_CHECK = "address_check", "Address check"
    AWAITING_STOCK = "awaiting_stock", "Awaiting stock"
    OTHER = "other", "Other"


MOST_KEPT = 10
"""What is kept of a customer's money is at most so many times the order's total: more is a slip of the keyboard."""

ORDER_MONEY = {
    **{kind: {kind: 1} for kind in ("charged", "captured", "refunded", "credited", "written_off")},
    "authorised": {"authorised": 1, "voided": -1, "captured": -1},
}
"""Money column of an order → the kinds of entries that move it, and which way."""
