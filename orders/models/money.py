from __future__ import annotations

import datetime as dt

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django_fsm import FSMField, FSMModelMixin

from core.ids import new_id
from core.operations import transition
from orders.models.order import Order
from orders.statuses import PAYMENT_MOVES, LedgerKind, PaymentMethod, PaymentState


class Payment(FSMModelMixin, models.Model):
    """Money that came in for an order, in minor units of the order's currency."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    method = models.CharField(max_length=20, choices=PaymentMethod)
    status = FSMField(default=PaymentState.PENDING, choices=PaymentState.choices, protected=True, max_length=12)
    amount = models.BigIntegerField()
    authorised = models.BigIntegerField(default=0)
    captured = models.BigIntegerField(default=0)
    refunded = models.BigIntegerField(default=0)
    reference = models.CharField(max_length=100, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)
    captured_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_positive"),
            models.CheckConstraint(
                condition=Q(
                    authorised__gte=0,
                    captured__gte=0,
                    refunded__gte=0,
                    authorised__lte=F("amount"),
                    captured__lte=F("authorised"),
                    refunded__lte=F("captured"),
                ),
                name="payment_refunded_captured_authorised",
            ),
            models.UniqueConstraint(
                fields=["order", "method", "reference"],
                condition=~Q(reference="") & ~Q(status__in=["failed", "voided"]),
                name="payment_reference_once",
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="payment_status_moves", field="status", transitions=PAYMENT_MOVES),
            pgtrigger.Protect(
                name="payment_begins_pending",
                operation=pgtrigger.Insert,
                condition=~pgtrigger.Q(new__status="pending"),
            ),
            pgtrigger.Protect(name="payment_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.get_method_display()} {self.amount}"

    @property
    def refundable(self) -> int:
        return self.captured - self.refunded

    @transition(status, source=PaymentState.PENDING, target=PaymentState.AUTHORISED, label="Authorise")
    def authorise(self) -> None:
        """The payer's bank has set the money aside."""
        self.authorised = self.amount

    @transition(status, source=PaymentState.AUTHORISED, target=PaymentState.CAPTURED, label="Capture")
    def capture(self, *, at: dt.datetime) -> None:
        """The money is ours."""
        self.captured = self.authorised
        self.captured_at = at

    @transition(
        status,
        source=[PaymentState.PENDING, PaymentState.AUTHORISED],
        target=PaymentState.FAILED,
        label="Fail",
        advised=False,
    )
    def fail(self) -> None:
        """The payer's bank said no."""
        self.authorised = 0

    @transition(
        status,
        source=[PaymentState.PENDING, PaymentState.AUTHORISED],
        target=PaymentState.VOIDED,
        label="Void",
        advised=False,
    )
    def void(self) -> None:
        """The payment is not wanted any more."""
        self.authorised = 0


class LedgerEntry(models.Model):
    """One change of an order's money, for ever; `amount` is positive, the kind says which way it counts."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="ledger")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="ledger", db_index=False)
    kind = models.CharField(max_length=12, choices=LedgerKind)
    amount = models.BigIntegerField()
    actor = models.CharField(max_length=170)
    note = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "ledger entries"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="ledger_amount_positive"),
            models.CheckConstraint(
                condition=~Q(kind__in=["captured", "refunded"]) | Q(payment__isnull=False),
                name="ledger_money_names_its_payment",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="ledger_is_for_ever", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"
