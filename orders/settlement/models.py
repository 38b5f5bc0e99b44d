"""Differences between gateways and what is recorded here, and payouts."""

from __future__ import annotations

import datetime as dt

import pgtrigger
from django.db import models
from django.db.models import F, Q, Sum
from django.utils import timezone

from core.actors import Actor
from core.ids import new_id
from core.models import Versioned, owner_key
from core.models.text import IdentifierField, LineField
from core.triggers import kept, permanent
from orders.payments.models import PaymentAttempt
from orders.settlement.statuses import MOVES_CASH, DifferenceKind, Resolution
from orders.settlement.triggers import LINES_AT_ONCE, PAYOUT_ADDS_UP, RESOLVED_ONCE

_OURS_ONLY = Q(our_amount__isnull=False, their_amount=None, attempt__isnull=False)
_THEIRS_ONLY = Q(our_amount=None, their_amount__isnull=False, attempt=None)
_BOTH = Q(our_amount__isnull=False, their_amount__isnull=False, attempt__isnull=False)
_OPEN = Q(resolution="open", resolved_at=None, resolved_by_kind="", note="", posted=None)
_CLOSED = Q(resolved_at__isnull=False) & ~Q(resolved_by_kind="") & ~Q(note="")


class PaymentDifference(Versioned):
    """One call that a gateway tells otherwise than we do, or that one of us doesn't know of; what was asked, and what
    became of it, stays as it is recorded.

    `key` is that of the call. Amounts are minor units of the currency beside them; an outcome is what was asked and
    what became of it, "capture succeeded". Once it is resolved it says by whom, and their `note` why; `posted` is what
    was posted to the cash at the gateway when it was accepted.
    """

    subject_type = "payment_difference"

    client = owner_key()
    gateway = IdentifierField(max_length=32)
    kind = models.CharField(max_length=16, choices=DifferenceKind)
    key = IdentifierField(max_length=200)
    attempt = models.ForeignKey(PaymentAttempt, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    our_amount = models.BigIntegerField(null=True, blank=True)
    our_currency = IdentifierField(max_length=3, blank=True, default="")
    our_outcome = IdentifierField(max_length=40, blank=True, default="")
    their_amount = models.BigIntegerField(null=True, blank=True)
    their_currency = IdentifierField(max_length=3, blank=True, default="")
    their_outcome = IdentifierField(max_length=40, blank=True, default="")
    found_at = models.DateTimeField(default=timezone.now)
    resolution = models.CharField(max_length=10, choices=Resolution, default=Resolution.OPEN)
    note = LineField(max_length=200, blank=True, default="")
    posted = models.BigIntegerField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by_kind = models.CharField(max_length=10, blank=True, default="")
    resolved_by_id = models.CharField(max_length=64, blank=True, default="")
    resolved_by_name = models.CharField(max_length=150, blank=True, default="")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["gateway", "key", "kind"], name="difference_found_once"),
            models.CheckConstraint(condition=Q(kind__in=DifferenceKind.values), name="difference_kind_known"),
            models.CheckConstraint(
                condition=(Q(kind="missing_there") & _OURS_ONLY)
                | (Q(kind="missing_here") & _THEIRS_ONLY)
                | (Q(kind__in=["currency", "outcome", "amount"]) & _BOTH),
                name="difference_has_the_figures_of_its_kind",
            ),
            models.CheckConstraint(
                condition=_OPEN
                | (Q(resolution="accepted", posted__isnull=False) & ~Q(posted=0) & _CLOSED)
                | (Q(resolution="dismissed", posted=None) & _CLOSED),
                name="difference_resolved_says_how",
            ),
        ]
        indexes = [models.Index(fields=["-resolution", "-id"], name="difference_open_first")]
        triggers = [
            pgtrigger.ReadOnly(
                name="difference_is_as_it_was_found",
                fields=[
                    "id", "client", "gateway", "kind", "key", "attempt", "our_amount", "our_currency", "our_outcome",
                    "their_amount", "their_currency", "their_outcome", "found_at",
                ],
            ),
            pgtrigger.Protect(
                name="difference_resolved_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(RESOLVED_ONCE),
            ),
            *kept("difference"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.their_outcome or self.our_outcome}"

    @property
    def currency(self) -> str:
        """That of the gateway's figures if it has any."""
        return self.their_currency or self.our_currency

    @property
    def is_of_two_currencies(self) -> bool:
        return bool(self.our_currency and self.their_currency and self.our_currency != self.their_currency)

    @property
    def cash_off(self) -> int:
        """What lies at the gateway beyond what the books say of this call; negative: so much less."""
        theirs = MOVES_CASH.get(self.their_outcome, 0) * (self.their_amount or 0)
        return theirs - MOVES_CASH.get(self.our_outcome, 0) * (self.our_amount or 0)

    def to_post(self) -> int:
        """The same, less what was posted for other differences of this call."""
        others = PaymentDifference.objects.filter(gateway=self.gateway, key=self.key).exclude(pk=self.pk)
        posted: int | None = others.aggregate(posted=Sum("posted"))["posted"]
        return self.cash_off - (posted or 0)

    @property
    def resolved_by(self) -> Actor | None:
        if not self.resolved_by_kind:
            return None
        return Actor.of(self.resolved_by_kind, self.resolved_by_id, self.resolved_by_name)

    def resolve(self, resolution: Resolution, *, note: str, by: Actor, at: dt.datetime) -> None:
        self.resolution, self.note, self.resolved_at = resolution, note, at
        self.resolved_by_kind, self.resolved_by_id, self.resolved_by_name = by.kind, by.id, by.name


class Payout(Versioned):
    """What a gateway paid to the bank: the calls that it is of come to `gross`, less its fee. Minor units."""

    subject_type = "payout"

    gateway = IdentifierField(max_length=32)
    reference = IdentifierField(max_length=100, help_text="The gateway's own.")
    currency = models.CharField(max_length=3)
    gross = models.BigIntegerField()
    fee = models.BigIntegerField()
    net = models.BigIntegerField()
    paid_on = models.DateField()
    imported_at = models.DateTimeField(default=timezone.now)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.CharField(max_length=64)
    actor_name = models.CharField(max_length=150)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["gateway", "reference"], name="payout_reference_once"),
            models.CheckConstraint(condition=Q(gross=F("net") + F("fee")), name="payout_gross_is_net_and_fee"),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="payout_currency_code"),
            models.CheckConstraint(condition=~Q(gateway="") & ~Q(reference=""), name="payout_names_its_gateway"),
        ]
        triggers = [
            *permanent("payout"),
            pgtrigger.Trigger(
                name="payout_adds_up",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                timing=pgtrigger.Deferred,
                func=PAYOUT_ADDS_UP,
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def actor(self) -> Actor:
        return Actor.of(self.actor_kind, self.actor_id, self.actor_name)


class PayoutLine(models.Model):
    """One call that a payout is of: what was captured, or given back as a negative amount, and the gateway's fee."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="lines")
    attempt = models.OneToOneField(PaymentAttempt, on_delete=models.PROTECT, related_name="paid_out")
    amount = models.BigIntegerField()
    fee = models.BigIntegerField()

    class Meta:
        ordering = ["id"]
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="payout_line_moves_something")]
        triggers = [
            *permanent("payout_line"),
            pgtrigger.Trigger(
                name="payout_lines_at_once",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                level=pgtrigger.Statement,
                referencing=pgtrigger.Referencing(new="entered"),  # type: ignore[no-untyped-call]
                func=LINES_AT_ONCE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount}"
