from __future__ import annotations

import datetime as dt
from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.ids import new_id
from core.models import Caused, Versioned, owner_key
from core.models.text import IdentifierField, LineField
from core.money import MAX_MINOR
from core.triggers import kept, permanent
from stored_value.querysets import StoredValueQuerySet
from stored_value.statuses import ADDING, OF_ORDERS, TAKING, EntryKind, StoredValueKind, StoredValueStatus
from stored_value.triggers import APPLY_ENTRIES, CHANGED_BY_HAND, CUSTOMER_OF_STOREFRONT, REFUSE_DIRECT_WRITE


class StoredValue(Versioned):
    """Money of one storefront's customers that they can pay with: a gift card, or a customer's store credit.

    The balance, in minor units, moves only by entries. Of a gift card's code a keyed hash is kept, and its end.
    """

    subject_type: ClassVar[str] = "stored_value"

    client = models.ForeignKey("core.Client", on_delete=models.PROTECT, related_name="+", verbose_name="storefront")
    kind = models.CharField(max_length=12, choices=StoredValueKind)
    currency = models.CharField(max_length=3)
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    code_digest = models.CharField(max_length=64, null=True, unique=True, editable=False)
    last4 = IdentifierField("last four characters", max_length=4, blank=True, default="", editable=False)
    balance = models.BigIntegerField(default=0, editable=False)
    expires_on = models.DateField("last day", null=True, blank=True, help_text="Empty: it doesn't expire.")
    disabled_at = models.DateTimeField(null=True, blank=True, editable=False)
    disabled_reason = LineField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = StoredValueQuerySet.as_manager()

    class Meta:
        verbose_name = "stored value"
        verbose_name_plural = "gift cards and store credit"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="gift_card", customer=None, code_digest__isnull=False, last4__regex=r"^[0-9A-Z]{4}$")
                | Q(kind="store_credit", customer__isnull=False, code_digest=None, last4="", expires_on=None),
                name="stored_value_has_what_its_kind_has",
            ),
            models.CheckConstraint(
                condition=Q(code_digest=None) | Q(("code_digest__regex", r"^[0-9a-f]{64}$")),
                name="stored_value_keeps_a_digest",
            ),
            models.CheckConstraint(
                condition=Q(balance__gte=0, balance__lte=MAX_MINOR), name="stored_value_balance_not_below_nothing"
            ),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="stored_value_currency_code"),
            models.CheckConstraint(
                condition=Q(disabled_at=None, disabled_reason="")
                | (Q(disabled_at__isnull=False) & ~Q(disabled_reason="")),
                name="stored_value_disabled_for_a_reason",
            ),
            models.UniqueConstraint(
                fields=["customer", "currency"], name="stored_value_one_credit_per_customer_and_currency"
            ),
        ]
        indexes = [
            models.Index(fields=["last4"], name="stored_value_by_last4"),
            models.Index(fields=["expires_on"], condition=Q(expires_on__isnull=False), name="stored_value_by_last_day"),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="stored_value_identity",
                fields=["id", "client", "kind", "currency", "customer", "code_digest", "last4", "created_at"],
            ),
            pgtrigger.Trigger(
                name="stored_value_begins_empty",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                condition=pgtrigger.Condition("NEW.balance <> 0"),
                func=REFUSE_DIRECT_WRITE,
            ),
            pgtrigger.Trigger(
                name="stored_value_balance_moves_by_entry",
                operation=pgtrigger.UpdateOf("balance"),  # type: ignore[no-untyped-call]
                when=pgtrigger.Before,
                condition=pgtrigger.Condition(CHANGED_BY_HAND),
                func=REFUSE_DIRECT_WRITE,
            ),
            pgtrigger.Trigger(
                name="stored_value_customer_of_storefront",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                condition=pgtrigger.Condition("NEW.customer_id IS NOT NULL"),
                func=CUSTOMER_OF_STOREFRONT,
            ),
            *kept("stored_value"),
        ]

    def __str__(self) -> str:
        if self.kind == StoredValueKind.GIFT_CARD:
            return f"Gift card …{self.last4}"
        return f"Store credit in {self.currency}"

    @property
    def noun(self) -> str:
        """ "gift card", "store credit"."""
        return str(StoredValueKind(self.kind).label).lower()

    @property
    def status(self) -> str:
        """As a StoredValueStatus, as of today in the shop's time zone."""
        if self.disabled_at is not None:
            return StoredValueStatus.DISABLED
        return StoredValueStatus.EXPIRED if self.is_expired() else StoredValueStatus.ACTIVE

    def is_expired(self, today: dt.date | None = None) -> bool:
        """Whether its last day is over."""
        return self.expires_on is not None and self.expires_on < (today or timezone.localdate())


class StoredValueEntry(Caused):
    """One change of a balance, for ever: inserting it is the only way to move one.

    What was taken away is negative. What an order took or gave back names the order and its payment. `reference` is
    what another system called it, such as a credit invoice, which is entered once for a storefront.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    client = owner_key()
    stored_value = models.ForeignKey(StoredValue, on_delete=models.PROTECT, related_name="entries", db_index=False)
    kind = models.CharField(max_length=12, choices=EntryKind)
    amount = models.BigIntegerField()
    order_id = models.UUIDField(null=True, blank=True)
    payment_id = models.UUIDField(null=True, blank=True)
    note = LineField(max_length=200, blank=True, default="")
    reference = IdentifierField(max_length=100, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(Caused.Meta):
        verbose_name = "stored value entry"
        verbose_name_plural = "gift card and store credit entries"
        ordering = ["id"]
        constraints = [
            *Caused.Meta.constraints,
            models.CheckConstraint(
                condition=Q(kind__in=ADDING, amount__gt=0)
                | Q(kind__in=TAKING, amount__lt=0)
                | (Q(kind=EntryKind.ADJUST) & ~Q(amount=0)),
                name="stored_value_entry_moves_the_way_of_its_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=OF_ORDERS, order_id__isnull=False, payment_id__isnull=False)
                | (~Q(kind__in=OF_ORDERS) & Q(order_id=None, payment_id=None)),
                name="stored_value_entry_names_the_payment_of_its_kind",
            ),
            models.UniqueConstraint(fields=["stored_value", "version"], name="stored_value_entry_once_per_event"),
            models.UniqueConstraint(
                fields=["client", "reference"], condition=~Q(reference=""), name="stored_value_entry_reference_once"
            ),
        ]
        indexes = [
            models.Index(fields=["order_id"], condition=Q(order_id__isnull=False), name="stored_value_entry_by_order"),
            models.Index(fields=["actor_id", "-created_at"], name="stored_value_entry_by_actor"),
        ]
        triggers = [
            *permanent("stored_value_entry"),
            pgtrigger.Trigger(
                name="stored_value_entry_moves_the_balance",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                level=pgtrigger.Statement,
                referencing=pgtrigger.Referencing(new="entered"),  # type: ignore[no-untyped-call]
                declare=[("touched", "bigint")],
                func=APPLY_ENTRIES,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"
