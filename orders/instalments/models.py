"""Instalments of orders."""

from __future__ import annotations

import datetime as dt

import pgtrigger
from django.db import models
from django.db.models import Q

from core.ids import new_id
from core.triggers import not_truncated
from orders.instalments.querysets import InstalmentQuerySet
from orders.instalments.triggers import SCHEDULE_ADDS_UP, SCHEDULE_GOES_WHOLE
from orders.models import Order

MOST_INSTALMENTS = 60


class Instalment(models.Model):
    """So much of an order is to be paid by a day, in minor units of its currency. An order that is payable at once by a
    day has one.

    `later` is what all instalments after it come to, so that it alone says how much of it is left: what was paid,
    credited or written off counts for the earliest first. They are replaced together, never changed; the events of the
    order tell what was agreed when.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="instalments", db_index=False)
    position = models.PositiveSmallIntegerField()
    due_on = models.DateField()
    amount = models.BigIntegerField()
    later = models.BigIntegerField()

    objects = InstalmentQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0, later__gte=0), name="instalment_amount_positive"),
            models.CheckConstraint(
                condition=Q(position__range=(1, MOST_INSTALMENTS)), name="instalment_position_range"
            ),
            models.UniqueConstraint(fields=["order", "position"], name="instalment_position_once"),
        ]
        indexes = [models.Index(fields=["due_on"], name="instalment_by_day")]
        triggers = [
            pgtrigger.Protect(name="instalment_is_as_agreed", operation=pgtrigger.Update),
            not_truncated("instalment"),
            pgtrigger.Trigger(
                name="instalments_add_up",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                level=pgtrigger.Statement,
                referencing=pgtrigger.Referencing(new="entered"),  # type: ignore[no-untyped-call]
                func=SCHEDULE_ADDS_UP,
            ),
            pgtrigger.Trigger(
                name="instalments_go_together",
                operation=pgtrigger.Delete,
                when=pgtrigger.After,
                level=pgtrigger.Statement,
                referencing=pgtrigger.Referencing(old="gone"),  # type: ignore[no-untyped-call]
                func=SCHEDULE_GOES_WHOLE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.due_on} {self.amount}"

    @property
    def outstanding(self) -> int:
        """What is left of it to pay, by what is due of its order now. The first takes what is due beyond all of them:
        money that was given back.
        """
        left = max(self.order.due - self.later, 0)
        return left if self.position == 1 else min(left, self.amount)

    def is_overdue(self, today: dt.date) -> bool:
        return self.due_on < today and self.outstanding > 0
