from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Upper
from django.utils import timezone
from django_countries.fields import CountryField

from core.ids import NewId, new_id
from core.models import Caused, Versioned, owner_key
from core.models.text import BlockField, IdentifierField, LineField
from core.rulesets import rules_changed
from core.triggers import BY_HAND, not_truncated, permanent
from inventory.querysets import (
    LocationQuerySet,
    ProductQuerySet,
    StockLevelQuerySet,
    StockMovementQuerySet,
    VariantQuerySet,
)
from inventory.statuses import LONGEST_RESTOCK, MOST_SHOP_FLOOR_UNITS, RESTOCK_DAYS, MovementKind, StockPolicy
from inventory.triggers import APPLY_MOVEMENTS, REFUSE_DIRECT_WRITE


class Product(Versioned):
    """What is offered; its variants are what is sold and stocked."""

    subject_type: ClassVar[str] = "product"

    name = LineField(max_length=250)
    description = BlockField(blank=True, default="")
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [GinIndex(OpClass(Upper("name"), "gin_trgm_ops"), name="product_name_search")]

    def __str__(self) -> str:
        return self.name


class Variant(Versioned):
    """One sellable thing with a stock-keeping unit of its own."""

    subject_type: ClassVar[str] = "variant"

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="variants")
    sku = IdentifierField("SKU", max_length=64, unique=True)
    name = LineField(max_length=250)
    active = models.BooleanField(default=True)
    stock_policy = models.CharField(max_length=12, choices=StockPolicy, default=StockPolicy.REFUSE)
    available_from = models.DateField(null=True, blank=True, help_text="When a preorder's first stock is expected.")
    restock_days = models.PositiveSmallIntegerField(null=True, blank=True, help_text=RESTOCK_DAYS)
    tax_class = models.ForeignKey(
        "taxes.TaxClass", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False,
        help_text="Empty: the standard class.",
    )  # fmt: skip
    weight_grams = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Of one unit, packed; 0 if it doesn't matter."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = VariantQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(Lower("sku"), name="variant_sku_once_in_any_case"),
            models.CheckConstraint(
                condition=Q(stock_policy__in=["refuse", "backorder", "preorder"]), name="variant_stock_policy_known"
            ),
            models.CheckConstraint(
                condition=Q(available_from=None) | Q(stock_policy="preorder"),
                name="variant_available_from_is_of_a_preorder",
            ),
            models.CheckConstraint(
                condition=Q(restock_days=None) | Q(restock_days__lte=LONGEST_RESTOCK),
                name="variant_restock_days_in_range",
            ),
        ]
        indexes = [
            GinIndex(OpClass(Upper("sku"), "gin_trgm_ops"), name="variant_sku_search"),
            GinIndex(OpClass(Upper("name"), "gin_trgm_ops"), name="variant_name_search"),
        ]

    def __str__(self) -> str:
        return self.sku

    @property
    def tax_class_code(self) -> str | None:
        return self.tax_class.code if self.tax_class else None


class Price(models.Model):
    """What a variant costs in one currency, in minor units, before tax."""

    id = models.BigAutoField(primary_key=True)
    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="prices")
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField()

    class Meta:
        ordering = ["currency"]
        constraints = [
            models.UniqueConstraint(fields=["variant", "currency"], name="price_once_per_currency"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="price_not_negative"),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="price_currency_code"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


class Location(Versioned):
    """A place that holds stock. Lower priority numbers are drawn from first."""

    subject_type: ClassVar[str] = "location"

    code = IdentifierField(max_length=32, unique=True)
    name = LineField(max_length=100)
    country = CountryField(blank=True, default="")
    postal_code = LineField(
        max_length=20, blank=True, default="", db_default="", help_text="What “nearest” compares with the buyer's."
    )
    priority = models.PositiveSmallIntegerField(default=100)
    shop_floor_units = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Units of each variant that stay for the counter, by a rule of storefronts."
    )
    active = models.BooleanField(default=True, help_text="An inactive location keeps its stock but sells none of it.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = LocationQuerySet.as_manager()

    class Meta:
        ordering = ["priority", "code"]
        constraints = [
            models.UniqueConstraint(Lower("code"), name="location_code_once_in_any_case"),
            models.CheckConstraint(
                condition=Q(shop_floor_units__lte=MOST_SHOP_FLOOR_UNITS), name="location_shop_floor_units_in_range"
            ),
        ]
        triggers = [rules_changed("prices")]  # delivery methods of a pickup depend on whether it is active

    def __str__(self) -> str:
        return self.code


class StockLevel(models.Model):
    """How much of a variant a location has: the running sum of its movements, kept by the database itself."""

    id = models.BigAutoField(primary_key=True)
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="levels", db_index=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="levels")
    on_hand = models.BigIntegerField(default=0)
    reserved = models.BigIntegerField(default=0)

    objects = StockLevelQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["variant", "location"], name="level_once_per_variant_and_location"),
            models.CheckConstraint(
                condition=Q(reserved__gte=0, reserved__lte=F("on_hand")), name="level_reserved_within_on_hand"
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="level_moves_by_movement",
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                when=pgtrigger.Before,
                condition=pgtrigger.Condition(BY_HAND),
                func=REFUSE_DIRECT_WRITE,
            ),
            not_truncated("level"),
        ]

    def __str__(self) -> str:
        return f"{self.on_hand} on hand, {self.reserved} reserved"

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved


class StockMovement(Caused):
    """One change of stock, for ever. Inserting it is the only way to change a level or a reservation.

    Its version is the order's for units of an order, otherwise the variant's.
    """

    id = models.UUIDField(primary_key=True, default=new_id, db_default=NewId(), editable=False)
    client = owner_key()
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="+", db_index=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=12, choices=MovementKind)
    on_hand = models.BigIntegerField(default=0, help_text="Change of the units on hand.")
    reserved = models.BigIntegerField(default=0, help_text="Change of the units reserved.")
    order_id = models.UUIDField(null=True, help_text="The order that the units are for.")
    line_id = models.UUIDField(null=True, help_text="The order line that the units are for.")
    note = LineField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)

    objects = StockMovementQuerySet.as_manager()

    class Meta(Caused.Meta):
        ordering = ["-id"]
        constraints = [
            *Caused.Meta.constraints,
            models.CheckConstraint(
                name="movement_signs_fit_its_kind",
                condition=Q(kind__in=["receive", "undelivered", "return"], on_hand__gt=0, reserved=0)
                | Q(kind="reserve", on_hand=0, reserved__gt=0)
                | Q(kind="release", on_hand=0, reserved__lt=0)
                | Q(kind="ship", on_hand__lt=0, reserved=F("on_hand"))
                | (Q(kind__in=["adjust", "transfer"], reserved=0) & ~Q(on_hand=0))
                | Q(kind="scrap", on_hand__lt=0, reserved=0),
            ),
            models.CheckConstraint(
                name="movement_of_reserved_units_names_its_line",
                condition=Q(reserved=0) | Q(order_id__isnull=False, line_id__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["variant", "location", "-id"], name="movement_of_level"),
            models.Index(fields=["order_id"], name="movement_of_order", condition=Q(order_id__isnull=False)),
        ]
        triggers = [
            *permanent("movement"),
            pgtrigger.Trigger(
                name="movement_moves_the_level",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                level=pgtrigger.Statement,
                referencing=pgtrigger.Referencing(new="moved"),  # type: ignore[no-untyped-call]
                declare=[("touched", "bigint")],
                func=APPLY_MOVEMENTS,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.on_hand:+d}/{self.reserved:+d}"


class Reservation(models.Model):
    """Units that a location keeps for one order line.

    The running sum of that line's movements; none are left at zero.
    """

    id = models.BigAutoField(primary_key=True)
    order_id = models.UUIDField()
    line_id = models.UUIDField()
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="+", db_index=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+", db_index=False)
    quantity = models.BigIntegerField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["line_id", "location"], name="reservation_once_per_line_and_location"),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="reservation_not_negative"),
        ]
        indexes = [
            models.Index(fields=["order_id"], name="reservation_of_order"),
            models.Index(fields=["variant", "location"], name="reservation_of_level"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="reservation_moves_by_movement",
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                when=pgtrigger.Before,
                condition=pgtrigger.Condition(BY_HAND),
                func=REFUSE_DIRECT_WRITE,
            ),
            not_truncated("reservation"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} reserved"
