"""The chart of accounts, and what is posted to it."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import models


class Account(models.TextChoices):
    """What money is, or what it was for. A line's `detail` divides one further: the method of cash, a tax's rate."""

    RECEIVABLE = "receivable", "Receivables"
    CASH = "cash", "Cash"
    BANK = "bank", "Bank"
    SUSPENSE = "suspense", "Differences to clear"
    GIFT_CARDS = "gift_cards", "Gift cards"
    STORE_CREDIT = "store_credit", "Store credit"
    TAX = "tax", "Tax"
    GOODS = "goods", "Goods sold"
    DELIVERY = "delivery", "Delivery"
    SURCHARGES = "surcharges", "Surcharges"
    DISCOUNTS = "discounts", "Discounts"
    ROUNDING = "rounding", "Rounding"
    GIVEN_VALUE = "given_value", "Gift cards and credit given"
    EXPIRED_VALUE = "expired_value", "Expired gift cards"
    WRITTEN_OFF = "written_off", "Written off"
    FEES = "fees", "Fees of gateways"


class PostingKind(models.TextChoices):
    """What happened: of an order as its ledger says, of a gift card or store credit as its own says; of a gateway what
    it paid out, and differences that somebody accepted.
    """

    CHARGED = "charged", "Charged"
    CREDITED = "credited", "Credited"
    WRITTEN_OFF = "written_off", "Written off"
    CAPTURED = "captured", "Captured"
    REFUNDED = "refunded", "Refunded"
    ISSUE = "issue", "Issued"
    ADJUST = "adjust", "Adjusted"
    EXPIRE = "expire", "Expired"
    ACCEPTED = "accepted", "Difference accepted"
    PAID_OUT = "paid_out", "Paid out"


class Side(models.TextChoices):
    DEBIT = "debit", "Debit"
    CREDIT = "credit", "Credit"


NORMAL_SIDE = {
    Account.RECEIVABLE: Side.DEBIT,
    Account.CASH: Side.DEBIT,
    Account.BANK: Side.DEBIT,
    Account.SUSPENSE: Side.DEBIT,
    Account.GIFT_CARDS: Side.CREDIT,
    Account.STORE_CREDIT: Side.CREDIT,
    Account.TAX: Side.CREDIT,
    Account.GOODS: Side.CREDIT,
    Account.DELIVERY: Side.CREDIT,
    Account.SURCHARGES: Side.CREDIT,
    Account.DISCOUNTS: Side.DEBIT,
    Account.ROUNDING: Side.DEBIT,
    Account.GIVEN_VALUE: Side.DEBIT,
    Account.EXPIRED_VALUE: Side.CREDIT,
    Account.WRITTEN_OFF: Side.DEBIT,
    Account.FEES: Side.DEBIT,
}
"""On which side a balance of the account usually stands."""

NUMBERS: Mapping[str, str] = {
    Account.RECEIVABLE: "1400",
    Account.CASH: "1200",
    Account.BANK: "1210",
    Account.SUSPENSE: "1590",
    Account.GIFT_CARDS: "1710",
    Account.STORE_CREDIT: "1711",
    Account.TAX: "1770",
    Account.GOODS: "8000",
    Account.DELIVERY: "8010",
    Account.SURCHARGES: "8020",
    Account.DISCOUNTS: "8700",
    Account.ROUNDING: "8090",
    Account.GIVEN_VALUE: "4630",
    Account.EXPIRED_VALUE: "2700",
    Account.WRITTEN_OFF: "2400",
    Account.FEES: "4970",
}
"""Four digits each, in the classes of the German standard chart SKR 03, which DATEV's programs read."""
