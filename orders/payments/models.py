"""Payments and the money ledger."""

from __future__ import annotations

import datetime as dt

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django_fsm import FSMField, FSMModelMixin

from core.ids import new_id
from core.models import Caused, owner_key
from core.models.text import IdentifierField, LineField
from core.operations import transition
from core.triggers import kept, permanent
from orders.models import Order
from orders.payments.gateways.interface import Outcome
from orders.payments.statuses import (
    ATTEMPT_MOVES,
    GIVEN_UP,
    KINDS_OF_PAYMENTS,
    OF_STORED_VALUE,
    PAYMENT_MONEY,
    PAYMENT_MOVES,
    UNDER_WAY,
    AttemptKind,
    AttemptState,
    LedgerKind,
    PaymentMethod,
    PaymentState,
)
from orders.payments.triggers import APPLY_ENTRIES, MIRROR_THE_REVERSED, STORED_VALUE_AGREES
from orders.triggers import REFUSE_DIRECT_WRITE, changed_by_hand, given


class Payment(FSMModelMixin, models.Model):
    """Money that came in for an order, in minor units of the order's currency.

    What is authorised, captured and refunded moves only by ledger entries.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    method = models.CharField(max_length=20, choices=PaymentMethod)
    status = FSMField(default=PaymentState.PENDING, choices=PaymentState.choices, protected=True, max_length=12)
    amount = models.BigIntegerField()
    authorised = models.BigIntegerField(default=0)
    captured = models.BigIntegerField(default=0)
    refunded = models.BigIntegerField(default=0)
    reference = IdentifierField(max_length=100, blank=True, default="")
    gateway = IdentifierField(max_length=32, blank=True, default="", help_text="Whom a card is charged by.")
    stored_value = models.ForeignKey(
        "stored_value.StoredValue", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(default=timezone.now)
    captured_at = models.DateTimeField(null=True, blank=True)
    authorised_until = models.DateTimeField(null=True, blank=True, help_text="When the payer's bank lets go of it.")

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
            models.CheckConstraint(
                condition=~Q(status__in=["pending", "failed", "voided"]) | Q(captured=0),
                name="payment_without_capture_has_none",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["failed", "voided"]) | Q(authorised=0), name="payment_given_up_sets_none_aside"
            ),
            models.CheckConstraint(
                condition=~Q(status="expired") | Q(authorised=0, captured=0), name="payment_expired_sets_none_aside"
            ),
            models.CheckConstraint(
                condition=Q(method__in=OF_STORED_VALUE, stored_value__isnull=False)
                | (~Q(method__in=OF_STORED_VALUE) & Q(stored_value=None)),
                name="payment_names_the_stored_value_of_its_method",
            ),
            models.CheckConstraint(
                condition=(Q(method="card") & ~Q(gateway="")) | (~Q(method="card") & Q(gateway="")),
                name="payment_by_card_names_its_gateway",
            ),
            models.UniqueConstraint(
                fields=["order", "method", "reference"],
                condition=~Q(reference="") & ~Q(status__in=GIVEN_UP),
                name="payment_reference_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["authorised_until"],
                name="payment_to_expire",
                condition=Q(status="authorised", authorised_until__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="payment_status_moves", field="status", transitions=PAYMENT_MOVES),
            pgtrigger.Protect(
                name="payment_begins_pending",
                operation=pgtrigger.Insert,
                condition=~pgtrigger.Q(new__status="pending"),
            ),
            pgtrigger.Trigger(
                name="payment_begins_without_money",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                condition=pgtrigger.Condition(given(PAYMENT_MONEY)),
                func=REFUSE_DIRECT_WRITE,
            ),
            pgtrigger.Trigger(
                name="payment_money_moves_by_entry",
                operation=pgtrigger.UpdateOf(*PAYMENT_MONEY),  # type: ignore[no-untyped-call]
                when=pgtrigger.Before,
                condition=pgtrigger.Condition(changed_by_hand(PAYMENT_MONEY)),
                func=REFUSE_DIRECT_WRITE,
            ),
            pgtrigger.Trigger(
                name="payment_of_stored_value_agrees",
                operation=pgtrigger.UpdateOf("captured", "refunded"),  # type: ignore[no-untyped-call]
                when=pgtrigger.After,
                timing=pgtrigger.Deferred,
                condition=pgtrigger.Condition("NEW.stored_value_id IS NOT NULL"),
                func=STORED_VALUE_AGREES,
            ),
            pgtrigger.ReadOnly(
                name="payment_identity",
                fields=["id", "order", "method", "amount", "reference", "gateway", "stored_value", "created_at"],
            ),
            *kept("payment"),
        ]

    def __str__(self) -> str:
        return f"{self.get_method_display()} {self.amount}"

    @property
    def refundable(self) -> int:
        return self.captured - self.refunded

    @transition(status, source=PaymentState.PENDING, target=PaymentState.AUTHORISED, label="Authorise")
    def authorise(self) -> None:
        """The payer's bank has set the money aside."""

    @transition(status, source=PaymentState.AUTHORISED, target=PaymentState.CAPTURED, label="Capture")
    def capture(self, *, at: dt.datetime) -> None:
        """The money is ours."""
        self.captured_at = at

    @transition(
        status,
        source=[PaymentState.PENDING, PaymentState.AUTHORISED],
        target=PaymentState.FAILED,
        label="Fail",
        advised=False,
    )
    def fail(self) -> None:
        """The payer's bank said no; what it had set aside is voided first."""

    @transition(
        status,
        source=[PaymentState.PENDING, PaymentState.AUTHORISED],
        target=PaymentState.VOIDED,
        label="Void",
        advised=False,
    )
    def void(self) -> None:
        """The payment is not wanted any more; what was set aside is voided first."""

    @transition(status, source=PaymentState.AUTHORISED, target=PaymentState.EXPIRED, label="Expire", advised=False)
    def expire(self) -> None:
        """Nobody captured it in time; what was set aside is voided first."""

    def is_past(self, now: dt.datetime) -> bool:
        """Whether the payer's bank has let go of what it had set aside."""
        return self.authorised_until is not None and self.authorised_until <= now


class PaymentAttempt(FSMModelMixin, Caused):
    """One thing asked of a payment's gateway, in minor units of the order's currency. Its id is the key by which the
    gateway does it once.

    `then_capture`: an authorisation that is captured as soon as it succeeds. `refund_id` names the refund that it is
    part of. `token` is the card's, forgotten once it is known what became of it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="attempts")
    kind = models.CharField(max_length=12, choices=AttemptKind)
    status = FSMField(default=AttemptState.REQUESTED, choices=AttemptState.choices, protected=True, max_length=12)
    amount = models.BigIntegerField()
    then_capture = models.BooleanField(default=False)
    refund_id = models.UUIDField(null=True, blank=True)
    token = IdentifierField(max_length=200, blank=True, default="")
    reference = IdentifierField(max_length=200, blank=True, default="", help_text="The gateway's own.")
    code = IdentifierField(max_length=100, blank=True, default="", help_text="Why it was declined.")
    action_url = IdentifierField(max_length=500, blank=True, default="", help_text="Where the payer must act.")
    created_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta(Caused.Meta):
        ordering = ["-id"]
        constraints = [
            *Caused.Meta.constraints,
            models.CheckConstraint(condition=Q(amount__gt=0), name="attempt_amount_positive"),
            models.CheckConstraint(condition=Q(kind__in=AttemptKind.values), name="attempt_kind_known"),
            models.CheckConstraint(
                condition=Q(status__in=UNDER_WAY, settled_at=None)
                | (~Q(status__in=UNDER_WAY) & Q(settled_at__isnull=False, token="", action_url="")),
                name="attempt_settled_forgets_its_card",
            ),
            models.CheckConstraint(condition=Q(refund_id=None) | Q(kind="refund"), name="attempt_of_a_refund_refunds"),
            models.UniqueConstraint(
                fields=["payment"], condition=Q(status__in=UNDER_WAY), name="attempt_one_at_a_time"
            ),
        ]
        indexes = [
            models.Index(fields=["created_at"], name="attempt_under_way", condition=Q(status__in=UNDER_WAY)),
        ]
        triggers = [
            pgtrigger.FSM(name="attempt_status_moves", field="status", transitions=ATTEMPT_MOVES),
            pgtrigger.Protect(
                name="attempt_begins_requested",
                operation=pgtrigger.Insert,
                condition=~pgtrigger.Q(new__status="requested"),
            ),
            pgtrigger.ReadOnly(
                name="attempt_is_as_it_was_asked",
                fields=[
                    "id", "payment", "kind", "amount", "then_capture", "refund_id", "actor_kind", "actor_id",
                    "actor_name", "version", "created_at",
                ],
            ),
            *kept("attempt"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"

    @property
    def is_under_way(self) -> bool:
        return self.status in UNDER_WAY

    @transition(status, source=AttemptState.REQUESTED, target=AttemptState.NEEDS_ACTION, label="Wait for the payer")
    def wait(self, *, reference: str, action_url: str) -> None:
        """The payer must act before the gateway knows."""
        self.reference, self.action_url = reference, action_url

    @transition(
        status,
        source=[AttemptState.REQUESTED, AttemptState.NEEDS_ACTION],
        target=AttemptState.SUCCEEDED,
        label="Succeed",
    )
    def succeed(self, *, reference: str, at: dt.datetime) -> None:
        """The gateway did it."""
        self.reference = reference or self.reference
        self._settle(at)

    @transition(
        status,
        source=[AttemptState.REQUESTED, AttemptState.NEEDS_ACTION],
        target=AttemptState.DECLINED,
        label="Decline",
        advised=False,
    )
    def decline(self, *, code: str, at: dt.datetime) -> None:
        """The gateway did nothing, and won't."""
        self.code = code
        self._settle(at)

    def _settle(self, at: dt.datetime) -> None:
        self.settled_at, self.token, self.action_url = at, "", ""


class PaymentNotice(models.Model):
    """What a gateway told unasked of one attempt, for ever. Told again, also in another order, it is the same row.

    `was_news`: the attempt was changed by it; what was known already stays so. No token, and nothing of a card.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    attempt = models.ForeignKey(PaymentAttempt, on_delete=models.PROTECT, related_name="notices", db_index=False)
    outcome = models.CharField(max_length=12, choices=Outcome)
    reference = IdentifierField(max_length=200, blank=True, default="", help_text="The gateway's own.")
    code = IdentifierField(max_length=100, blank=True, default="", help_text="Why it was declined.")
    was_news = models.BooleanField()
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="notice_outcome_known"),
            models.UniqueConstraint(fields=["attempt", "outcome", "reference", "code"], name="notice_once"),
        ]
        triggers = permanent("notice")

    def __str__(self) -> str:
        return self.get_outcome_display()


class LedgerEntry(Caused):
    """One change of an order's money, for ever. Inserting it is the only way to move the money of order and payment.

    The kind says which way `amount` counts. An entry that reverses another has its negative amount and all else of it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    client = owner_key()
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="ledger", db_index=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="ledger", db_index=False)
    kind = models.CharField(max_length=12, choices=LedgerKind)
    amount = models.BigIntegerField()
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversed_by", editable=False
    )
    note = LineField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(Caused.Meta):
        verbose_name_plural = "ledger entries"
        ordering = ["id"]
        constraints = [
            *Caused.Meta.constraints,
            models.CheckConstraint(
                condition=Q(reverses=None, amount__gt=0) | Q(reverses__isnull=False, amount__lt=0),
                name="ledger_amount_positive_unless_reversing",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=KINDS_OF_PAYMENTS, payment__isnull=False)
                | (Q(kind__in=LedgerKind.values, payment=None) & ~Q(kind__in=KINDS_OF_PAYMENTS)),
                name="ledger_kind_fits_its_payment",
            ),
            models.UniqueConstraint(fields=["order", "version", "kind"], name="ledger_kind_once_per_event"),
        ]
        triggers = [
            *permanent("ledger"),
            pgtrigger.Trigger(
                name="ledger_reversal_mirrors",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                condition=pgtrigger.Condition("NEW.reverses_id IS NOT NULL"),
                func=MIRROR_THE_REVERSED,
            ),
            pgtrigger.Trigger(
                name="ledger_moves_the_money",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                level=pgtrigger.Statement,
                referencing=pgtrigger.Referencing(new="entered"),  # type: ignore[no-untyped-call]
                declare=[("touched", "bigint"), ("named", "record")],
                func=APPLY_ENTRIES,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"
