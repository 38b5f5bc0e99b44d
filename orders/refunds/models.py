"""Refunds, what they credit, and the payments that their money goes back to."""

from __future__ import annotations

import datetime as dt

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django_fsm import FSMField, FSMModelMixin

from core.actors import Actor
from core.ids import new_id
from core.models import Caused
from core.models.text import LineField
from core.operations import transition
from core.triggers import kept, permanent
from orders.models import Order, OrderLine
from orders.payments.models import Payment
from orders.pricing.models import DeliveryCharge
from orders.refunds.statuses import REFUND_MOVES, CreditKind, RefundReason, RefundState, RefundTo
from orders.refunds.triggers import CREDIT_IS_COUNTED, PART_IS_OF_THE_ORDER, REFUND_ADDS_UP

DECIDED = ("decided_at", "decided_version", "decided_by_kind", "decided_by_id", "decided_by_name")
"""The columns that approving or rejecting sets."""


class Refund(FSMModelMixin, Caused):
    """What of an order is credited to its customer, and the money that goes back for it: minor units of its currency.

    Its actor asked for it. `asked` says of what: {lines: [{line_id, quantity}], delivery, goodwill, amount}; until it
    is approved, `credited` and `amount` are what that came to when it was asked. `above_limit`: it goes beyond what
    who asked for it may give back, so that somebody else decides.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="refunds")
    status = FSMField(default=RefundState.REQUESTED, choices=RefundState.choices, protected=True, max_length=12)
    reason = models.CharField(max_length=12, choices=RefundReason)
    note = LineField(max_length=200, blank=True, default="")
    to = models.CharField(max_length=12, choices=RefundTo)
    gift_card = models.ForeignKey(
        "stored_value.StoredValue", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    asked = models.JSONField()
    credited = models.BigIntegerField()
    amount = models.BigIntegerField()
    above_limit = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    rejection = LineField(max_length=200, blank=True, default="")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_version = models.PositiveIntegerField(
        null=True, blank=True, help_text="Of the order: the event of this version tells of the decision."
    )
    decided_by_kind = models.CharField(max_length=10, blank=True, default="")
    decided_by_id = models.CharField(max_length=64, blank=True, default="")
    decided_by_name = models.CharField(max_length=150, blank=True, default="")

    class Meta(Caused.Meta):
        ordering = ["-id"]
        constraints = [
            *Caused.Meta.constraints,
            models.CheckConstraint(
                condition=Q(credited__gte=0, amount__gte=0) & (Q(credited__gt=0) | Q(amount__gt=0)),
                name="refund_gives_something",
            ),
            models.CheckConstraint(
                condition=Q(reason__in=RefundReason.values, to__in=RefundTo.values), name="refund_words_known"
            ),
            models.CheckConstraint(
                condition=Q(to="gift_card", gift_card__isnull=False) | (~Q(to="gift_card") & Q(gift_card=None)),
                name="refund_to_a_gift_card_names_it",
            ),
            models.CheckConstraint(
                condition=Q(status="requested", decided_at=None, decided_version=None, decided_by_kind="")
                | (
                    ~Q(status="requested")
                    & Q(decided_at__isnull=False, decided_version__gte=F("version"))
                    & ~Q(decided_by_kind="")
                ),
                name="refund_decision_names_its_cause",
            ),
            models.CheckConstraint(
                condition=Q(above_limit=False)
                | Q(status="requested")
                | Q(status="rejected")
                | ~Q(decided_by_kind=F("actor_kind"), decided_by_id=F("actor_id")),
                name="refund_above_limit_by_a_second_person",
            ),
        ]
        indexes = [models.Index(fields=["-id"], name="refund_to_decide", condition=Q(status="requested"))]
        triggers = [
            pgtrigger.FSM(name="refund_status_moves", field="status", transitions=REFUND_MOVES),
            pgtrigger.Protect(
                name="refund_begins_requested",
                operation=pgtrigger.Insert,
                condition=~pgtrigger.Q(new__status="requested"),
            ),
            pgtrigger.ReadOnly(
                name="refund_is_as_it_was_asked",
                fields=[
                    "id",
                    "order",
                    "reason",
                    "note",
                    "to",
                    "gift_card",
                    "asked",
                    "above_limit",
                    "actor_kind",
                    "actor_id",
                    "actor_name",
                    "version",
                    "created_at",
                ],
            ),
            pgtrigger.Protect(
                name="refund_decided_is_settled",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.status <> 'requested' AND (OLD.credited, OLD.amount, OLD.rejection, OLD.decided_at,"
                    " OLD.decided_version, OLD.decided_by_kind, OLD.decided_by_id, OLD.decided_by_name)"
                    " IS DISTINCT FROM (NEW.credited, NEW.amount, NEW.rejection, NEW.decided_at,"
                    " NEW.decided_version, NEW.decided_by_kind, NEW.decided_by_id, NEW.decided_by_name)"
                ),
            ),
            pgtrigger.Trigger(
                name="refund_adds_up",
                operation=pgtrigger.UpdateOf("status"),  # type: ignore[no-untyped-call]
                when=pgtrigger.After,
                timing=pgtrigger.Deferred,
                condition=pgtrigger.Condition("NEW.status = 'succeeded'"),
                func=REFUND_ADDS_UP,
            ),
            *kept("refund"),
        ]

    def __str__(self) -> str:
        return f"{self.get_status_display()} refund"

    @property
    def waits(self) -> bool:
        """Whether it is still to be approved or rejected."""
        return bool(self.status == RefundState.REQUESTED)

    @property
    def decided_by(self) -> Actor | None:
        """Who approved or rejected it, if anybody has."""
        if self.decided_at is None:
            return None
        return Actor.of(self.decided_by_kind, self.decided_by_id, self.decided_by_name)

    @transition(status, source=RefundState.REQUESTED, target=RefundState.APPROVED, label="Approve")
    def approve(self, actor: Actor, *, at: dt.datetime, version: int) -> None:
        """What it credits is credited, and its money may go back."""
        self._decide(actor, at, version)

    @transition(status, source=RefundState.REQUESTED, target=RefundState.REJECTED, label="Reject", advised=False)
    def reject(self, actor: Actor, *, reason: str, at: dt.datetime, version: int) -> None:
        """Nothing is credited and no money goes back."""
        self.rejection = reason
        self._decide(actor, at, version)

    @transition(status, source=RefundState.APPROVED, target=RefundState.SUCCEEDED, label="Succeed")
    def succeed(self) -> None:
        """All of its money went back."""

    @transition(status, source=RefundState.APPROVED, target=RefundState.FAILED, label="Fail", advised=False)
    def fail(self) -> None:
        """A gateway declined to give all of it back."""

    def _decide(self, actor: Actor, at: dt.datetime, version: int) -> None:
        self.decided_at, self.decided_version = at, version
        self.decided_by_kind, self.decided_by_id, self.decided_by_name = actor.kind, actor.id, actor.name


class RefundLine(models.Model):
    """What a refund credits, for ever: units of a line with their exact share of its total, part of a delivery charge,
    or money for neither.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="lines")
    kind = models.CharField(max_length=12, choices=CreditKind)
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    delivery = models.ForeignKey(DeliveryCharge, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    quantity = models.PositiveIntegerField(default=0)
    amount = models.BigIntegerField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="goods", line__isnull=False, delivery=None, quantity__gte=1, amount__gte=0)
                | Q(kind="delivery", line=None, delivery__isnull=False, quantity=0, amount__gt=0)
                | Q(kind="goodwill", line=None, delivery=None, quantity=0, amount__gt=0)
                | (Q(kind="balance", line=None, delivery=None, quantity=0) & ~Q(amount=0)),
                name="refund_line_fits_its_kind",
            ),
            models.UniqueConstraint(
                fields=["refund", "kind", "line", "delivery"], name="refund_line_once", nulls_distinct=False
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="refund_line_is_counted",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                declare=[("total", "numeric"), ("units", "numeric"), ("upto", "numeric")],
                func=CREDIT_IS_COUNTED,
            ),
            *permanent("refund_line"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"


class RefundPart(models.Model):
    """The money of a refund that goes back of one payment, for ever."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="parts")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="+")
    amount = models.BigIntegerField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_part_positive"),
            models.UniqueConstraint(fields=["refund", "payment"], name="refund_part_once_per_payment"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="refund_part_is_of_the_order",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                func=PART_IS_OF_THE_ORDER,
            ),
            *permanent("refund_part"),
        ]

    def __str__(self) -> str:
        return "Part of a refund"
