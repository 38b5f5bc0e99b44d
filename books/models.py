from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from books.statuses import Account, PostingKind
from books.triggers import DAY_IS_OPEN, HAS_LINES, LINES_BALANCE
from core.actors import Actor
from core.ids import new_id
from core.models import Caused, MadeByKeyword, Versioned, owner_key
from core.models.text import LineField
from core.triggers import permanent


class Posting(Caused):
    """One thing that happened to money, for ever, as double entry: its lines come to nothing together.

    It is of an order, a gift card or store credit, or of what a gateway says, and of the event of that version. One
    that takes another back has the same lines with the other sign. None is posted on a day that is closed.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    client = owner_key()
    subject_type = models.CharField(max_length=20)
    subject_id = models.UUIDField()
    kind = models.CharField(max_length=12, choices=PostingKind)
    currency = models.CharField(max_length=3)
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversed_by", editable=False
    )
    posted_at = models.DateTimeField(default=timezone.now)

    class Meta(Caused.Meta):
        ordering = ["-id"]
        constraints = [
            *Caused.Meta.constraints,
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="posting_currency_code"),
            models.CheckConstraint(condition=Q(kind__in=PostingKind.values), name="posting_kind_known"),
            models.UniqueConstraint(
                fields=["subject_id", "version", "kind"], name="posting_once_per_event", include=["subject_type"]
            ),
        ]
        indexes = [
            models.Index(fields=["client", "posted_at"], name="posting_by_time"),
            models.Index(fields=["posted_at"], name="posting_of_all_by_time"),
        ]
        triggers = [
            *permanent("posting"),
            pgtrigger.Trigger(
                name="posting_has_lines",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                timing=pgtrigger.Deferred,
                func=HAS_LINES,
            ),
            pgtrigger.Trigger(
                name="posting_on_an_open_day",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                level=pgtrigger.Statement,
                referencing=pgtrigger.Referencing(new="entered"),  # type: ignore[no-untyped-call]
                declare=[("closed_before", "timestamptz")],
                func=DAY_IS_OPEN,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.currency}"


class PostingLine(MadeByKeyword):
    """What a posting moved on one account: debits are positive, credits negative, in minor units of its currency."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    client = owner_key()
    posting = models.ForeignKey(Posting, on_delete=models.PROTECT, related_name="lines", db_index=False)
    account = models.CharField(max_length=16, choices=Account)
    detail = LineField(max_length=120, blank=True, default="")
    amount = models.BigIntegerField()

    class Meta:
        ordering = ["posting", "-amount", "account", "detail"]
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="posting_line_moves_something"),
            models.CheckConstraint(condition=Q(account__in=Account.values), name="posting_line_account_known"),
            models.UniqueConstraint(fields=["posting", "account", "detail"], name="posting_line_account_once"),
        ]
        triggers = [
            *permanent("posting_line"),
            pgtrigger.Trigger(
                name="posting_lines_balance",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                level=pgtrigger.Statement,
                referencing=pgtrigger.Referencing(new="entered"),  # type: ignore[no-untyped-call]
                declare=[("added", "record")],
                func=LINES_BALANCE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.amount}"


class DayClose(Versioned):
    """A day of all books that is closed, for ever: nothing is posted on it, or before it, any more.

    `before` is the first moment after it, by the server's time zone as it was then. `balances` is what the accounts
    came to at its end, as a list of {currency, account, detail, amount} with debits positive; `totals` the sum of the
    debits, which is that of the credits, by currency.
    """

    subject_type = "day_close"

    day = models.DateField(unique=True)
    before = models.DateTimeField(unique=True)
    balances = models.JSONField()
    totals = models.JSONField()
    closed_at = models.DateTimeField(default=timezone.now)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.CharField(max_length=64)
    actor_name = models.CharField(max_length=150)

    class Meta:
        verbose_name = "closed day"
        ordering = ["-day"]
        constraints = [
            models.CheckConstraint(condition=Q(closed_at__gte=F("before")), name="day_close_of_a_day_that_is_over"),
        ]
        triggers = [*permanent("day_close")]

    def __str__(self) -> str:
        return self.day.isoformat()

    @property
    def actor(self) -> Actor:
        return Actor.of(self.actor_kind, self.actor_id, self.actor_name)
