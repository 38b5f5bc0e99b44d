from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone

from core.models import Versioned
from core.models.text import IdentifierField, IdentifiersField, LineField
from core.money import MAX_MINOR
from core.rulesets import rules_changed
from core.triggers import kept, not_truncated
from pricing.delivery.querysets import DeliveryMethodQuerySet
from pricing.delivery.statuses import MethodKind

LONGEST_PROMISE = 365
"""Days."""
_COMPACT = r'^\{(?!(.*,)?NULL[,}])("?[0-9A-Z]+"?(,"?[0-9A-Z]+"?)*)?\}$'
"""An array of capital letters and digits as PostgreSQL writes it; "NULL" in quotes is a text."""
HEAVIEST = 100_000_000
"""Grams."""


class DeliveryMethod(Versioned):
    """A way in which goods of a storefront reach the customer. Orders keep its code, which stays, and copy the rest."""

    subject_type: ClassVar[str] = "delivery_method"

    client = models.ForeignKey("core.Client", on_delete=models.PROTECT, related_name="+", verbose_name="storefront")
    code = IdentifierField(max_length=32)
    name = LineField(max_length=100, help_text="As shoppers read it.")
    kind = models.CharField(max_length=10, choices=MethodKind)
    location = models.ForeignKey(
        "inventory.Location", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False,
        help_text="Where goods are picked up.",
    )  # fmt: skip
    tax_class = models.ForeignKey(
        "taxes.TaxClass", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False,
        help_text="Empty: the standard class.",
    )  # fmt: skip
    prices_include_tax = models.BooleanField(default=False)
    carrier = LineField(max_length=64, blank=True, default="")
    min_days = models.PositiveSmallIntegerField(null=True, blank=True)
    max_days = models.PositiveSmallIntegerField(null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=100, help_text="Lower numbers are offered first.")
    active = models.BooleanField(default=True, help_text="An inactive method is not offered.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = DeliveryMethodQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint("client", Lower("code"), name="delivery_method_code_once_per_storefront"),
            models.CheckConstraint(
                condition=Q(kind=MethodKind.PARCEL, location=None) | Q(kind=MethodKind.PICKUP, location__isnull=False),
                name="delivery_method_picked_up_somewhere",
            ),
            models.CheckConstraint(
                condition=Q(min_days=None, max_days=None)
                | Q(min_days__isnull=False, max_days__isnull=False, max_days__gte=F("min_days"))
                & Q(max_days__lte=LONGEST_PROMISE),
                name="delivery_method_promise_in_order",
            ),
        ]
        indexes = [models.Index(fields=["client", "position", "id"], name="delivery_method_in_order")]
        triggers = [
            rules_changed("prices"),
            pgtrigger.ReadOnly(name="delivery_method_identity", fields=["client", "code", "kind", "created_at"]),
            *kept("delivery_method"),
        ]

    def __str__(self) -> str:
        return self.code


class DeliveryRate(models.Model):
    """What a method costs for a zone, a weight and an amount of goods, which each may be left open.

    It holds for parcels over `weight_over` grams, up to `weight_up_to` and with it (over 0 is any weight, 0 too), and
    for goods of `amount_from` minor units or more, below `amount_below`. Without countries it holds everywhere; a
    region or beginnings of postcodes narrow one country. Goods for `free_from` or more cost nothing to deliver.
    """

    id = models.BigAutoField(primary_key=True)
    method = models.ForeignKey(DeliveryMethod, on_delete=models.PROTECT, related_name="rates", db_index=False)
    position = models.PositiveSmallIntegerField()
    currency = models.CharField(max_length=3)
    countries = IdentifiersField(models.CharField(max_length=2), default=list, blank=True)
    region = LineField(max_length=100, blank=True, default="")
    postal_prefixes = IdentifiersField(models.CharField(max_length=10), default=list, blank=True)
    weight_over = models.PositiveIntegerField(default=0)
    weight_up_to = models.PositiveIntegerField(null=True, blank=True)
    amount_from = models.BigIntegerField(default=0)
    amount_below = models.BigIntegerField(null=True, blank=True)
    price = models.BigIntegerField()
    free_from = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["method", "position"], name="delivery_rate_once_per_place"),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="delivery_rate_currency_code"),
            models.CheckConstraint(
                condition=Q(countries__regex=r"^\{([A-Z]{2}(,[A-Z]{2})*)?\}$"), name="delivery_rate_country_codes"
            ),
            models.CheckConstraint(
                condition=Q(postal_prefixes__regex=_COMPACT),
                name="delivery_rate_compact_postcodes",
            ),
            models.CheckConstraint(
                condition=Q(region="", postal_prefixes=[]) | Q(countries__len=1),
                name="delivery_rate_narrows_one_country",
            ),
            models.CheckConstraint(
                condition=Q(weight_over__lt=HEAVIEST)
                & (Q(weight_up_to=None) | Q(weight_up_to__gt=F("weight_over"), weight_up_to__lte=HEAVIEST)),
                name="delivery_rate_weights_not_empty",
            ),
            models.CheckConstraint(
                condition=Q(amount_from__gte=0, amount_from__lte=MAX_MINOR)
                & (Q(amount_below=None) | Q(amount_below__gt=F("amount_from"), amount_below__lte=MAX_MINOR)),
                name="delivery_rate_amounts_not_empty",
            ),
            models.CheckConstraint(
                condition=Q(price__gte=0, price__lte=MAX_MINOR)
                & (
                    Q(free_from=None)
                    | Q(price__gt=0, free_from__gt=F("amount_from"), free_from__lte=MAX_MINOR)
                    & (Q(amount_below=None) | Q(free_from__lt=F("amount_below")))
                ),
                name="delivery_rate_free_within_its_amounts",
            ),
        ]
        triggers = [rules_changed("prices"), not_truncated("delivery_rate")]

    def __str__(self) -> str:
        return f"Rate {self.position}"
