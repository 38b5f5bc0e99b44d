from __future__ import annotations

import uuid
from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone

from core.ids import NewId, new_id
from core.models import Versioned
from core.models.text import IdentifierField, LineField
from core.money import MAX_MINOR
from core.rulesets import rules_changed
from core.triggers import kept, not_truncated
from pricing.lists.querysets import PriceListQuerySet
from pricing.lists.triggers import REFUSE_FOREIGN_GROUP

MAX_PRIORITY = 32_767
MAX_QUANTITY = 1_000_000
"""The largest number of units from which on a price may hold: an order has no more of one variant."""
_RULES = (
    "client_id", "code", "name", "currency", "prices_include_tax", "priority", "starts_at", "ends_at", "active",
)  # fmt: skip
"""Columns that decide which list a price comes from. Its version isn't one: prices raise it."""


class PriceList(Versioned):
    """Prices of one storefront and currency, for everybody or for some customer groups, for good or for a time."""

    subject_type: ClassVar[str] = "price_list"

    client = models.ForeignKey("core.Client", on_delete=models.PROTECT, related_name="+", verbose_name="storefront")
    code = IdentifierField(max_length=50)
    name = LineField(max_length=100)
    currency = models.CharField(max_length=3)
    prices_include_tax = models.BooleanField()
    priority = models.PositiveSmallIntegerField(default=0, help_text="Higher numbers are asked first.")
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True, help_text="The first moment at which it holds no more.")
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PriceListQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint("client", Lower("code"), name="price_list_code_once_per_storefront"),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="price_list_currency_code"),
            models.CheckConstraint(
                condition=Q(starts_at=None) | Q(ends_at=None) | Q(starts_at__lt=F("ends_at")),
                name="price_list_ends_after_it_starts",
            ),
        ]
        indexes = [models.Index(fields=["client", "-id"], name="price_list_newest")]
        triggers = [
            rules_changed("prices", of=_RULES),
            pgtrigger.ReadOnly(name="price_list_is_what_it_is", fields=["client", "code", "currency", "created_at"]),
            *kept("price_list"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def group_ids(self) -> list[uuid.UUID]:
        """The customer groups that it is for, oldest first; none: it is for everybody."""
        return sorted(link.group_id for link in self.group_links.all())


class PriceListGroup(models.Model):
    """A customer group that a price list is for. It is a part of its list, whose version tells of it."""

    id = models.BigAutoField(primary_key=True)
    price_list = models.ForeignKey(PriceList, on_delete=models.CASCADE, related_name="group_links", db_index=False)
    group = models.ForeignKey(
        "customers.CustomerGroup", on_delete=models.PROTECT, related_name="+", db_index=False
    )  # fmt: skip

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["price_list", "group"], name="price_list_group_once")]
        triggers = [
            rules_changed("prices"),
            not_truncated("price_list_group"),
            pgtrigger.Trigger(
                name="price_list_group_within_the_storefront",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                func=REFUSE_FOREIGN_GROUP,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.price_list} for {self.group}"


class PriceListEntry(models.Model):
    """What a variant costs in a list from so many units on, in minor units of the list's currency.

    `compare_at` is the price that a storefront shows as the former one. Entries may be a million: no process remembers
    them as rules, each order reads those that it needs.
    """

    id = models.UUIDField(primary_key=True, default=new_id, db_default=NewId(), editable=False)
    price_list = models.ForeignKey(PriceList, on_delete=models.CASCADE, related_name="entries", db_index=False)
    variant = models.ForeignKey("inventory.Variant", on_delete=models.PROTECT, related_name="+")
    from_quantity = models.PositiveIntegerField(default=1)
    amount = models.BigIntegerField()
    compare_at = models.BigIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = "price of a list"
        verbose_name_plural = "prices of lists"
        ordering = ["price_list_id", "variant_id", "from_quantity"]
        constraints = [
            models.UniqueConstraint(
                fields=["price_list", "variant", "from_quantity"], name="price_list_entry_once_per_quantity"
            ),
            models.CheckConstraint(
                condition=Q(from_quantity__gte=1, from_quantity__lte=MAX_QUANTITY), name="price_list_entry_quantity"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0, amount__lte=MAX_MINOR), name="price_list_entry_amount"),
            models.CheckConstraint(
                condition=Q(compare_at=None) | Q(compare_at__gt=F("amount"), compare_at__lte=MAX_MINOR),
                name="price_list_entry_compares_with_more",
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="price_list_entry_is_of_one_place", fields=["id", "price_list", "variant", "from_quantity"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.amount} from {self.from_quantity}"
