from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from core.ids import new_id
from core.models import MadeByKeyword
from core.models.text import IdentifierField, LineField
from orders.models.order import Order
from orders.querysets import OrderLineQuerySet
from orders.triggers import ADJUSTED, ADJUSTED_COLUMNS, adds_up, credited_by_refunds, sums_of


class OrderLine(MadeByKeyword):
    """One product of an order. Price, name and SKU are snapshots; the counters say where its units are.

    `discount`, `surcharge` and `tax` are sums of its adjustments; `tax_included` is the tax that its price includes.
    `backordered` units wait for stock; `promised_on` is the day that was told for them, and stays when they come.
    `credited` units are those whose share of the total the customer need not pay, wherever they are.
    `shipped` counts every unit that ever left: those that arrived count as `delivered` too, those that the carrier
    brought back as `undelivered`. `returned` counts delivered ones that the customer sent back.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines", db_index=False)
    position = models.PositiveSmallIntegerField()
    variant = models.ForeignKey("inventory.Variant", on_delete=models.PROTECT, related_name="+", db_index=False)
    sku = IdentifierField("SKU", max_length=64)
    name = LineField(max_length=250)
    unit_price = models.BigIntegerField()
    discount = models.BigIntegerField(default=0)
    surcharge = models.BigIntegerField(default=0)
    tax = models.BigIntegerField(default=0)
    tax_included = models.BigIntegerField(default=0)
    total = models.BigIntegerField()

    quantity = models.PositiveIntegerField()
    cancelled = models.PositiveIntegerField(default=0)
    reserved = models.PositiveIntegerField(default=0)
    backordered = models.PositiveIntegerField(default=0)
    shipped = models.PositiveIntegerField(default=0)
    delivered = models.PositiveIntegerField(default=0)
    undelivered = models.PositiveIntegerField(default=0)
    returned = models.PositiveIntegerField(default=0)
    credited = models.IntegerField(default=0)
    promised_on = models.DateField(null=True, blank=True)

    objects = OrderLineQuerySet.as_manager()

    class Meta:
        ordering = ["order", "position"]
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="line_position_once"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=1_000_000), name="line_quantity_in_range"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=F("cancelled") + F("reserved") + F("backordered") + F("shipped")),
                name="line_units_within_quantity",
            ),
            models.CheckConstraint(
                condition=Q(shipped__gte=F("delivered") + F("undelivered")), name="line_arrivals_within_shipped"
            ),
            models.CheckConstraint(condition=Q(delivered__gte=F("returned")), name="line_returned_within_delivered"),
            models.CheckConstraint(
                condition=Q(credited__gte=0, quantity__gte=F("credited")), name="line_credited_within_quantity"
            ),
            models.CheckConstraint(
                condition=Q(unit_price__gte=0, discount__gte=0, surcharge__gte=0)
                & Q(discount__lte=F("unit_price") * F("quantity"), tax_included__gte=0, tax_included__lte=F("tax")),
                name="line_amounts_in_range",
            ),
            models.CheckConstraint(
                condition=Q(
                    total=F("unit_price") * F("quantity")
                    - F("discount")
                    + F("surcharge")
                    + F("tax")
                    - F("tax_included")
                ),
                name="line_total_adds_up",
            ),
        ]
        indexes = [
            models.Index(fields=["sku", "order"], name="line_by_sku"),
            models.Index(fields=["variant", "order"], name="line_backordered", condition=Q(backordered__gt=0)),
            models.Index(
                fields=["promised_on", "order"],
                name="line_promised",
                condition=Q(backordered__gt=0, promised_on__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="line_identity", fields=["id", "order", "position", "variant", "sku"]),
            *credited_by_refunds("line"),
            *adds_up("line_adjustments_add_up", ADJUSTED_COLUMNS, ADJUSTED, sums_of("orders_orderline", "line_id")),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku}"

    @property
    def wanted(self) -> int:
        """Units of the line that are not cancelled."""
        return self.quantity - self.cancelled

    @property
    def to_ship(self) -> int:
        """Units that have not left yet, whether there is stock for them or not."""
        return self.quantity - self.cancelled - self.shipped

    @property
    def under_way(self) -> int:
        """Units that left and neither arrived nor came back."""
        return self.shipped - self.delivered - self.undelivered

    @property
    def to_credit(self) -> int:
        """Units that were not credited yet."""
        return self.quantity - self.credited
