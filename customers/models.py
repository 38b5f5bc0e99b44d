from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Upper
from django.utils import timezone
from django_countries.fields import CountryField

from core.ids import new_id
from core.models import Versioned
from core.models.text import EmailField, IdentifierField, LineField
from core.money import MAX_MINOR
from core.triggers import kept
from customers.querysets import CreditAccountQuerySet, CustomerGroupQuerySet, CustomerQuerySet
from customers.triggers import (
    OPEN_WITH_WHAT_IS_OWED,
    OWED_BY_HAND,
    REFUSE_FOREIGN_CUSTOMER,
    REFUSE_FOREIGN_GROUP,
    REFUSE_OWED_BY_HAND,
)

MOST_DAYS_TO_PAY = 365
"""The longest that a customer may be given to pay."""


class CustomerGroup(Versioned):
    """Customers of one storefront who are treated alike: price lists and offers name the groups that they are for."""

    subject_type: ClassVar[str] = "customer_group"

    client = models.ForeignKey("core.Client", on_delete=models.PROTECT, related_name="+", verbose_name="storefront")
    code = IdentifierField(max_length=50)
    name = LineField(max_length=100)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = CustomerGroupQuerySet.as_manager()

    class Meta:
        ordering = ["client", "code"]
        constraints = [
            models.UniqueConstraint("client", Lower("code"), name="customer_group_code_once_per_storefront"),
        ]
        indexes = [models.Index(fields=["client", "-id"], name="customer_group_newest")]
        triggers = [
            pgtrigger.ReadOnly(name="customer_group_is_what_it_is", fields=["client", "code", "created_at"]),
            *kept("customer_group"),
        ]

    def __str__(self) -> str:
        return self.code


class Customer(Versioned):
    """A person or business that buys from one storefront. The e-mail is unique there, whatever its letter case.

    One that was imported may have no e-mail, only the storefront's own reference.
    """

    subject_type: ClassVar[str] = "customer"

    client = models.ForeignKey("core.Client", on_delete=models.PROTECT, related_name="+", verbose_name="storefront")
    email = EmailField(null=True, blank=True, help_text="Empty for one known only by the storefront's own reference.")
    name = LineField(max_length=200, blank=True, default="")
    phone = LineField(max_length=40, blank=True, default="")
    external_ref = IdentifierField(max_length=100, null=True, blank=True)
    vat_id = IdentifierField("VAT id", max_length=40, blank=True, default="", db_default="", help_text="As given.")
    tax_exempt_reason = LineField(
        max_length=200, blank=True, default="", db_default="", help_text="Why they pay no tax. Empty: they do."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint("client", Lower("email"), name="customer_email_once_per_storefront"),
            models.UniqueConstraint(fields=["client", "external_ref"], name="customer_ref_once_per_storefront"),
            models.CheckConstraint(
                condition=Q(email__isnull=False) | Q(external_ref__isnull=False),
                name="customer_has_email_or_ref",
            ),
        ]
        indexes = [
            models.Index(fields=["client", "-id"], name="customer_newest"),
            GinIndex(OpClass(Upper("email"), "gin_trgm_ops"), name="customer_email_search"),
            GinIndex(OpClass(Upper("name"), "gin_trgm_ops"), name="customer_name_search"),
        ]
        triggers = [pgtrigger.ReadOnly(name="customer_stays_with_the_storefront", fields=["client"])]

    def __str__(self) -> str:
        return self.email or self.name or str(self.external_ref)


class GroupMembership(models.Model):
    """A customer is in a group. It is a part of its customer, whose version tells of it."""

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="memberships", db_index=False)
    group = models.ForeignKey(CustomerGroup, on_delete=models.PROTECT, related_name="memberships", db_index=False)

    class Meta:
        verbose_name = "member"
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["customer", "group"], name="membership_once_per_group")]
        indexes = [models.Index(fields=["group", "-customer"], name="membership_of_group")]
        triggers = [
            pgtrigger.Trigger(
                name="membership_within_the_storefront",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                func=REFUSE_FOREIGN_GROUP,
            )
        ]

    def __str__(self) -> str:
        return f"{self.customer} in {self.group}"


class Address(models.Model):
    """A postal address in a customer's book. Orders keep snapshots, so changing it changes no order."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="addresses")
    name = LineField(max_length=200)
    company = LineField(max_length=200, blank=True, default="")
    line1 = LineField(max_length=200)
    line2 = LineField(max_length=200, blank=True, default="")
    city = LineField(max_length=100)
    region = LineField(max_length=100, blank=True, default="")
    postal_code = LineField(max_length=20, blank=True, default="")
    country = CountryField()
    phone = LineField(max_length=40, blank=True, default="")
    is_default = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name_plural = "addresses"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(is_default=True), name="address_one_default_per_customer"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.line1}, {self.city}"


class CreditAccount(Versioned):
    """How much one customer may owe in one currency for orders on account, and how many days they have to pay.

    Amounts are minor units of `currency`. `owed` is what is due of their orders on account: it moves with those orders'
    money, by a trigger of theirs, and no write of `owed` raises the version.
    """

    subject_type: ClassVar[str] = "credit_account"

    client = models.ForeignKey("core.Client", on_delete=models.PROTECT, related_name="+", verbose_name="storefront")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="credit_accounts", db_index=False)
    currency = models.CharField(max_length=3)
    limit = models.BigIntegerField(help_text="They may owe so much at most; 0: nothing more.")
    days_to_pay = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Empty: the storefront's.")
    owed = models.BigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = CreditAccountQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "currency"], name="credit_account_once_per_currency"),
            models.CheckConstraint(condition=Q(limit__range=(0, MAX_MINOR)), name="credit_account_limit_not_negative"),
            models.CheckConstraint(
                condition=Q(days_to_pay=None) | Q(days_to_pay__range=(0, MOST_DAYS_TO_PAY)),
                name="credit_account_days_range",
            ),
            models.CheckConstraint(condition=Q(owed__gte=0), name="credit_account_owed_not_negative"),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="credit_account_currency_code"),
        ]
        indexes = [models.Index(fields=["client", "-id"], name="credit_account_newest")]
        triggers = [
            pgtrigger.ReadOnly(
                name="credit_account_is_what_it_is", fields=["id", "client", "customer", "currency", "created_at"]
            ),
            pgtrigger.Trigger(
                name="credit_account_customer_of_storefront",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func=REFUSE_FOREIGN_CUSTOMER,
            ),
            pgtrigger.Trigger(
                name="credit_account_opens_with_what_is_owed",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func=OPEN_WITH_WHAT_IS_OWED,
            ),
            pgtrigger.Trigger(
                name="credit_account_owed_moves_by_order",
                operation=pgtrigger.UpdateOf("owed"),  # type: ignore[no-untyped-call]
                when=pgtrigger.Before,
                condition=pgtrigger.Condition(OWED_BY_HAND),
                func=REFUSE_OWED_BY_HAND,
            ),
            *kept("credit_account"),
        ]

    def __str__(self) -> str:
        return f"Credit in {self.currency}"

    @property
    def left(self) -> int:
        """What they may still order on account, in minor units; 0 where more is owed than the limit."""
        return max(self.limit - self.owed, 0)
