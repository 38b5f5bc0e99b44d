"""What makes an order dearer or cheaper, as rows: adjustments, the charge of its delivery, taxes by rate."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from core.ids import new_id
from core.models.text import IdentifierField, LineField
from core.triggers import kept
from orders.models import Order, OrderLine
from orders.pricing.statuses import AdjustmentKind
from orders.statuses import Handover
from orders.triggers import (
    ADJUSTED,
    ADJUSTED_COLUMNS,
    ADJUSTMENT_IS_COUNTED,
    adds_up,
    credited_by_refunds,
    sums_of,
)


class DeliveryCharge(models.Model):
    """What it costs to bring the goods, in minor units; with discounts and taxes of its own.

    `credited` is what of its total the customer need not pay.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="deliveries")
    method = IdentifierField(
        max_length=32, blank=True, default="", help_text="Its code; empty for a charge that was given."
    )
    name = LineField(max_length=100)
    kind = models.CharField(max_length=12, choices=Handover)
    location = models.ForeignKey(
        "inventory.Location", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False,
        help_text="Where it is picked up.",
    )  # fmt: skip
    price = models.BigIntegerField()
    discount = models.BigIntegerField(default=0)
    surcharge = models.BigIntegerField(default=0)
    tax = models.BigIntegerField(default=0)
    tax_included = models.BigIntegerField(default=0)
    total = models.BigIntegerField()
    credited = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(credited__gte=0, total__gte=F("credited")), name="delivery_credited_within_total"
            ),
            models.CheckConstraint(
                condition=Q(price__gte=0, discount__gte=0, discount__lte=F("price"), surcharge__gte=0)
                & Q(tax_included__gte=0, tax_included__lte=F("tax")),
                name="delivery_amounts_in_range",
            ),
            models.CheckConstraint(
                condition=Q(total=F("price") - F("discount") + F("surcharge") + F("tax") - F("tax_included")),
                name="delivery_total_adds_up",
            ),
        ]
        triggers = [
            *adds_up(
                "delivery_adjustments_add_up",
                ADJUSTED_COLUMNS,
                ADJUSTED,
                sums_of("orders_deliverycharge", "delivery_id"),
            ),
            *credited_by_refunds("delivery"),
            pgtrigger.ReadOnly(name="delivery_identity", fields=["id", "order"]),
            *kept("delivery"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def to_credit(self) -> int:
        """What of its total was not credited yet."""
        return self.total - self.credited


class Adjustment(models.Model):
    """One thing that makes a line, a delivery charge or the whole order dearer or cheaper, in minor units.

    Discounts are negative. `included` amounts are in the price already. `reason` is why: of a discount of staff's own
    as typed, of a tax that isn't raised its word.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="adjustments")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, null=True, related_name="adjustments", db_index=False)
    delivery = models.ForeignKey(
        DeliveryCharge, on_delete=models.PROTECT, null=True, related_name="adjustments", db_index=False
    )
    kind = models.CharField(max_length=12, choices=AdjustmentKind)
    code = IdentifierField(max_length=64)
    label = LineField(max_length=200)
    rate = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    amount = models.BigIntegerField()
    included = models.BooleanField(default=False)
    reason = LineField(max_length=200, blank=True, default="")
    offer_id = models.UUIDField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(line=None) | Q(delivery=None), name="adjustment_of_one_thing"),
            models.CheckConstraint(
                condition=Q(kind="discount", amount__lt=0, included=False)
                | Q(kind="surcharge", amount__gt=0, included=False)
                | Q(kind="tax", amount__gte=0)
                | (Q(kind="rounding", included=False, line=None, delivery=None) & ~Q(amount=0)),
                name="adjustment_amount_fits_its_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind="rounding") | Q(line__isnull=False) | Q(delivery__isnull=False),
                name="adjustment_of_the_order_is_a_rounding",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="adjustment_is_counted",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                level=pgtrigger.Statement,
                referencing=pgtrigger.Referencing(new="added"),  # type: ignore[no-untyped-call]
                func=ADJUSTMENT_IS_COUNTED,
            ),
            pgtrigger.ReadOnly(name="adjustment_is_as_it_was", exclude=["label", "reason"]),
            *kept("adjustment"),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.amount}"


class TaxTotal(models.Model):
    """All of one tax of an order, as its invoice shows it: the net amounts that it is of, and the tax."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="tax_totals")
    name = LineField(max_length=100)
    rate = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    reason = LineField(max_length=200, blank=True, default="")
    given = LineField(
        max_length=200, blank=True, default="", help_text="What the buyer gave for it: a VAT id, a reason."
    )
    included = models.BooleanField()
    taxable = models.BigIntegerField()
    amount = models.BigIntegerField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(taxable__gte=0, amount__gte=0), name="tax_total_not_negative"),
            models.UniqueConstraint(
                fields=["order", "name", "rate", "reason", "included"], name="tax_total_once", nulls_distinct=False
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="tax_total_is_as_it_was", exclude=["given"]),
            *kept("tax_total"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.amount}"
