"""The words for what holds value, and what an entry of its ledger does."""

from django.db import models


class StoredValueKind(models.TextChoices):
    GIFT_CARD = "gift_card", "Gift card"
    STORE_CREDIT = "store_credit", "Store credit"


class StoredValueStatus(models.TextChoices):
    """Derived from the row and the day, never stored."""

    ACTIVE = "active", "Active"
    DISABLED = "disabled", "Disabled"
    EXPIRED = "expired", "Expired"


class EntryKind(models.TextChoices):
    """What happened to the value. The sign of the amount says which way it moved."""

    ISSUE = "issue", "Issued"
    REDEEM = "redeem", "Redeemed"
    GIVE_BACK = "give_back", "Given back"
    ADJUST = "adjust", "Adjusted"
    EXPIRE = "expire", "Expired"


ADDING = (EntryKind.ISSUE, EntryKind.GIVE_BACK)
TAKING = (EntryKind.REDEEM, EntryKind.EXPIRE)
OF_ORDERS = (EntryKind.REDEEM, EntryKind.GIVE_BACK)
"""Entries that name the order and the payment that they belong to; the others name none."""
