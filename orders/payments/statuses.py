"""The words for what a payment is and what an entry of the money ledger does."""

from django.db import models


class PaymentMethod(models.TextChoices):
    BANK_TRANSFER = "bank_transfer", "Bank transfer"
    CASH = "cash", "Cash"
    CARD_TERMINAL = "card_terminal", "Card terminal"
    CHEQUE = "cheque", "Cheque"
    VOUCHER = "voucher", "Voucher"
    GIFT_CARD = "gift_card", "Gift card"
    STORE_CREDIT = "store_credit", "Store credit"
    CARD = "card", "Card"


OF_STORED_VALUE = (PaymentMethod.GIFT_CARD, PaymentMethod.STORE_CREDIT)
"""Methods that take from a gift card or from store credit. They are redeemed, never recorded by hand."""

RECORDED_METHODS = [
    (each.value, each.label) for each in PaymentMethod if each not in {*OF_STORED_VALUE, PaymentMethod.CARD}
]
"""Methods of money that came in elsewhere and is recorded here."""


class PaymentState(models.TextChoices):
    PENDING = "pending", "Pending"
    AUTHORISED = "authorised", "Authorised"
    CAPTURED = "captured", "Captured"
    FAILED = "failed", "Failed"
    VOIDED = "voided", "Voided"
    EXPIRED = "expired", "Expired"


GIVEN_UP = (PaymentState.FAILED, PaymentState.VOIDED)
"""Its reference may be used again."""

PAYMENT_MOVES = [
    ("pending", "authorised"),
    ("pending", "failed"),
    ("pending", "voided"),
    ("authorised", "captured"),
    ("authorised", "voided"),
    ("authorised", "failed"),
    ("authorised", "expired"),
]


class AttemptKind(models.TextChoices):
    """What is asked of a gateway."""

    AUTHORISE = "authorise", "Authorise"
    CAPTURE = "capture", "Capture"
    VOID = "void", "Void"
    REFUND = "refund", "Refund"


class AttemptState(models.TextChoices):
    REQUESTED = "requested", "Requested"
    NEEDS_ACTION = "needs_action", "Waits for the payer"
    SUCCEEDED = "succeeded", "Succeeded"
    DECLINED = "declined", "Declined"


UNDER_WAY = (AttemptState.REQUESTED, AttemptState.NEEDS_ACTION)
"""It isn't known yet what becomes of it; a payment has one such attempt at a time."""

ATTEMPT_MOVES = [
    ("requested", "needs_action"),
    ("requested", "succeeded"),
    ("requested", "declined"),
    ("needs_action", "succeeded"),
    ("needs_action", "declined"),
]


class LedgerKind(models.TextChoices):
    """What happened to the money of an order. Due = charged − credited − written off − captured + refunded."""

    AUTHORISED = "authorised", "Authorised"
    VOIDED = "voided", "Voided"
    CHARGED = "charged", "Charged"
    CAPTURED = "captured", "Captured"
    REFUNDED = "refunded", "Refunded"
    CREDITED = "credited", "Credited"
    WRITTEN_OFF = "written_off", "Written off"


PAYMENT_MONEY = {
    "authorised": {"authorised": 1, "voided": -1},
    "captured": {"captured": 1},
    "refunded": {"refunded": 1},
}
"""Money column of a payment → the kinds of entries that move it, and which way."""

KINDS_OF_PAYMENTS = sorted({kind for kinds in PAYMENT_MONEY.values() for kind in kinds})
"""Entries that are of a payment; the others are of the order alone."""
