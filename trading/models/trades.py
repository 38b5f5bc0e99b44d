from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from core.ids import new_id
from core.models.text import IdentifierField
from core.triggers import permanent
from trading.models.book import MAX_AMOUNT, BookOrder, Instrument
from trading.statuses import Side
from trading.triggers import APPLY_FILLS, REQUIRE_FILLS


class Trade(models.Model):
    """An amount taken from one side of a book at once. Its fills add up to it, and neither ever changes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    client = models.ForeignKey("core.Client", on_delete=models.PROTECT, related_name="+", db_index=False)
    client_ref = IdentifierField(max_length=100, help_text="The client's own reference; a repeated one acts once.")
    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="+", db_index=False)
    sequence = models.BigIntegerField(help_text="The version of its event among those of the symbol; it only grows.")
    side = models.CharField(max_length=4, choices=Side)
    amount = models.BigIntegerField()
    total = models.BigIntegerField(help_text="In minor units of the symbol's currency.")
    limit_total = models.BigIntegerField(null=True, help_text="What the client would pay at most.")
    customer_id = models.UUIDField(null=True, help_text="Whom it was settled for.")
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["client", "client_ref"], name="trade_ref_once_per_client"),
            models.UniqueConstraint(fields=["instrument", "sequence"], name="trade_sequence_once_per_instrument"),
            models.CheckConstraint(condition=Q(amount__range=(1, MAX_AMOUNT)), name="trade_amount_in_range"),
            models.CheckConstraint(
                condition=Q(limit_total=None) | Q(total__lte=F("limit_total")), name="trade_within_its_limit"
            ),
            models.CheckConstraint(
                condition=Q(order=None) | Q(customer_id__isnull=False, side="Buy"), name="trade_settled_for_a_customer"
            ),
        ]
        indexes = [
            models.Index(fields=["client", "-id"], name="trade_of_client"),
            models.Index(fields=["instrument", "-id"], name="trade_of_instrument"),
            models.Index(fields=["order"], name="trade_of_order", condition=Q(order__isnull=False)),
        ]
        triggers = [
            *permanent("trade"),
            pgtrigger.Trigger(
                name="trade_has_fills",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                timing=pgtrigger.Deferred,
                func=REQUIRE_FILLS,
            ),
        ]

    def __str__(self) -> str:
        return self.client_ref


class Fill(models.Model):
    """What a trade took from one order. Inserting it is the only way to take from an order."""

    id = models.BigAutoField(primary_key=True)
    trade = models.ForeignKey(Trade, on_delete=models.PROTECT, related_name="fills", db_index=False)
    position = models.PositiveIntegerField(help_text="1 for the order taken first.")
    order = models.ForeignKey(BookOrder, on_delete=models.PROTECT, related_name="fills", db_index=False)
    amount = models.BigIntegerField()
    price = models.BigIntegerField()

    class Meta:
        ordering = ["trade", "position"]
        constraints = [
            models.UniqueConstraint(fields=["trade", "position"], name="fill_position_once_per_trade"),
            models.UniqueConstraint(fields=["order", "trade"], name="fill_once_per_order_and_trade"),
            models.CheckConstraint(condition=Q(amount__gte=1), name="fill_takes_something"),
        ]
        triggers = [
            *permanent("fill"),
            pgtrigger.Trigger(
                name="fill_takes_from_its_order",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                level=pgtrigger.Statement,
                referencing=pgtrigger.Referencing(new="taken"),  # type: ignore[no-untyped-call]
                declare=[("touched", "bigint")],
                func=APPLY_FILLS,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} at {self.price}"
