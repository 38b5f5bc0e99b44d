"""Offers, what they are for, their codes, and the ledger of their uses."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Lower
from django.utils import timezone

from core.ids import NewId, new_id
from core.models import Caused, Versioned, owner_key
from core.models.text import IdentifierField, LineField
from core.rulesets import rules_changed
from core.triggers import BY_HAND, kept, not_truncated, permanent
from pricing.offers import triggers
from pricing.offers.querysets import OfferCodeQuerySet, OfferQuerySet
from pricing.offers.statuses import OF_A_PERCENTAGE, OfferKind


def _are_amounts(column: str) -> Func:
    return Func(F(column), function="pricing_are_amounts", output_field=models.BooleanField())


class Offer(Versioned):
    """What takes something off the lines of a basket or off its delivery, of one storefront.

    Amounts are minor units by currency. Whose it is, its code, kind and whether it is automatic are for ever.
    """

    subject_type: ClassVar[str] = "offer"

    client = models.ForeignKey("core.Client", on_delete=models.PROTECT, related_name="+", verbose_name="storefront")
    code = IdentifierField(max_length=40, help_text="Of the people who work here; shoppers see the label.")
    label = LineField(max_length=100)
    kind = models.CharField(max_length=13, choices=OfferKind)
    automatic = models.BooleanField(default=False, help_text="Without a code, for every basket that it fits.")
    percentage = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    amounts = models.JSONField(default=dict, blank=True)
    buy_quantity = models.PositiveIntegerField(null=True, blank=True)
    get_quantity = models.PositiveIntegerField(null=True, blank=True)
    minimum_amounts = models.JSONField(default=dict, blank=True)
    minimum_quantity = models.PositiveIntegerField(default=0)
    group_ids = ArrayField(models.UUIDField(), default=list, blank=True)
    combinable = models.BooleanField(default=True)
    priority = models.PositiveSmallIntegerField(default=100, help_text="Lower numbers take first.")
    total_limit = models.PositiveIntegerField(null=True, blank=True)
    limit_per_customer = models.PositiveIntegerField(null=True, blank=True)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = OfferQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint("client", Lower("code"), name="offer_code_of_its_own_once_per_storefront"),
            models.CheckConstraint(condition=Q(kind__in=OfferKind.values), name="offer_kind_known"),
            models.CheckConstraint(
                condition=Q(kind__in=OF_A_PERCENTAGE, percentage__isnull=False, percentage__gt=0, percentage__lte=100)
                | (Q(percentage=None) & ~Q(kind__in=OF_A_PERCENTAGE)),
                name="offer_percentage_fits_its_kind",
            ),
            models.CheckConstraint(
                condition=Q(_are_amounts("amounts"), kind=OfferKind.AMOUNT) & ~Q(amounts={})
                | (Q(amounts={}) & ~Q(kind=OfferKind.AMOUNT)),
                name="offer_amounts_fit_its_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind=OfferKind.BUY_X_GET_Y, buy_quantity__isnull=False, get_quantity__isnull=False)
                & Q(buy_quantity__gte=1, get_quantity__gte=1)
                | (Q(buy_quantity=None, get_quantity=None) & ~Q(kind=OfferKind.BUY_X_GET_Y)),
                name="offer_quantities_fit_its_kind",
            ),
            models.CheckConstraint(
                condition=Q(_are_amounts("minimum_amounts")), name="offer_minimum_amounts_are_amounts"
            ),
            models.CheckConstraint(
                condition=Q(starts_at=None) | Q(ends_at=None) | Q(ends_at__gte=F("starts_at")),
                name="offer_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=(Q(total_limit=None) | Q(total_limit__gte=1))
                & (Q(limit_per_customer=None) | Q(limit_per_customer__gte=1)),
                name="offer_limits_allow_one_use",
            ),
        ]
        indexes = [models.Index(fields=["client", "-id"], name="offer_newest")]
        triggers = [
            rules_changed("prices"),
            pgtrigger.ReadOnly(
                name="offer_is_of_one_kind", fields=["id", "client", "code", "kind", "automatic", "created_at"]
            ),
            pgtrigger.Trigger(
                name="offer_is_counted",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                func=triggers.COUNT_FROM_NOTHING,
            ),
            pgtrigger.Trigger(
                name="offer_limits_its_count",
                operation=pgtrigger.UpdateOf("total_limit", "limit_per_customer"),  # type: ignore[no-untyped-call]
                when=pgtrigger.After,
                func=triggers.TELL_THE_COUNT_ITS_LIMITS,
            ),
            *kept("offer"),
        ]

    def __str__(self) -> str:
        return self.code


class OfferTarget(models.Model):
    """A product, with all its variants, or a variant that an offer is for. An offer without any is for everything."""

    id = models.BigAutoField(primary_key=True)
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="targets", db_index=False)
    product = models.ForeignKey("inventory.Product", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    variant = models.ForeignKey("inventory.Variant", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["offer", "product"], name="offer_target_product_once"),
            models.UniqueConstraint(fields=["offer", "variant"], name="offer_target_variant_once"),
            models.CheckConstraint(
                condition=Q(product=None, variant__isnull=False) | Q(product__isnull=False, variant=None),
                name="offer_target_is_a_product_or_a_variant",
            ),
        ]
        triggers = [rules_changed("prices"), not_truncated("offer_target")]

    def __str__(self) -> str:
        return str(self.product or self.variant)


class OfferCode(models.Model):
    """What a shopper types to have an offer; unique in its storefront in any letter case.

    How often it was used is moved by uses alone; it is looked up with each order, and remembered by no process.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    client = models.ForeignKey("core.Client", on_delete=models.PROTECT, related_name="+", verbose_name="storefront")
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="codes", db_index=False)
    code = IdentifierField(max_length=40)
    use_limit = models.PositiveIntegerField(null=True, blank=True)
    used = models.PositiveIntegerField(default=0, editable=False)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OfferCodeQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint("client", Lower("code"), name="offer_code_once_per_storefront"),
            models.CheckConstraint(condition=Q(code__regex=r"^[A-Za-z0-9_-]{3,40}$"), name="offer_code_can_be_typed"),
            models.CheckConstraint(condition=Q(use_limit=None) | Q(use_limit__gte=1), name="offer_code_allows_one_use"),
            models.CheckConstraint(
                condition=Q(use_limit=None) | Q(used__lte=F("use_limit")), name="offer_code_within_its_limit"
            ),
        ]
        indexes = [models.Index(fields=["offer", "-id"], name="offer_code_newest")]
        triggers = [
            pgtrigger.ReadOnly(name="offer_code_is_of_its_offer", fields=["id", "client", "offer", "code"]),
            pgtrigger.Trigger(
                name="offer_code_fits_its_offer",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func=triggers.CODE_FITS_ITS_OFFER,
            ),
            pgtrigger.Trigger(
                name="offer_code_begins_unused",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                condition=pgtrigger.Condition("NEW.used <> 0"),
                func=triggers.REFUSE_DIRECT_WRITE,
            ),
            pgtrigger.Trigger(
                name="offer_code_is_used_by_uses",
                operation=pgtrigger.UpdateOf("used"),  # type: ignore[no-untyped-call]
                when=pgtrigger.Before,
                condition=pgtrigger.Condition(triggers.moved_by_hand(["used"])),
                func=triggers.REFUSE_DIRECT_WRITE,
            ),
            *kept("offer_code"),
        ]

    def __str__(self) -> str:
        return self.code


class OfferUse(Caused):
    """An order uses an offer (+1) or gives it back (−1), for ever. Inserting it is the only way to move the counters.

    Its version is the order's. `turn` counts the order's uses of the offer and their returns: odd ones use it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, db_default=NewId(), editable=False)
    client = owner_key()
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="+", db_index=False)
    code = models.ForeignKey(OfferCode, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    order_id = models.UUIDField()
    buyer_key = models.CharField(max_length=80, help_text="A customer's id, or a keyed hash of a guest's e-mail.")
    turn = models.PositiveSmallIntegerField()
    change = models.SmallIntegerField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(Caused.Meta):
        ordering = ["-id"]
        constraints = [
            *Caused.Meta.constraints,
            models.UniqueConstraint(fields=["order_id", "offer", "turn"], name="offer_use_turns_once"),
            models.CheckConstraint(
                condition=Q(turn__gte=1, change=F("turn") % 2 * 2 - 1), name="offer_use_and_return_take_turns"
            ),
            models.CheckConstraint(condition=~Q(buyer_key=""), name="offer_use_names_its_buyer"),
        ]
        indexes = [models.Index(fields=["offer", "-id"], name="offer_use_of_offer")]
        triggers = [
            *permanent("offer_use"),
            pgtrigger.Trigger(
                name="offer_use_follows_the_one_before",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func=triggers.USE_FOLLOWS_THE_ONE_BEFORE,
            ),
            pgtrigger.Trigger(
                name="offer_use_is_counted",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                level=pgtrigger.Statement,
                referencing=pgtrigger.Referencing(new="entered"),  # type: ignore[no-untyped-call]
                declare=[("refused", "record")],
                func=triggers.COUNT_USES,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.change:+d}"


def _counted_by_uses(name: str) -> list[pgtrigger.Trigger]:
    """For a counter: triggers alone write it."""
    by_hand = pgtrigger.Trigger(
        name=f"{name}_moves_by_uses",
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        when=pgtrigger.Before,
        condition=pgtrigger.Condition(BY_HAND),
        func=triggers.REFUSE_DIRECT_WRITE,
    )
    return [by_hand, not_truncated(name)]


class OfferCount(models.Model):
    """How often an offer is in use: the running sum of its uses, with the limits that its offer says."""

    offer = models.OneToOneField(Offer, on_delete=models.PROTECT, primary_key=True, related_name="count")
    used = models.PositiveBigIntegerField(default=0)
    at_most = models.PositiveIntegerField(null=True)
    at_most_each = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ["-offer_id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(at_most=None) | Q(used__lte=F("at_most")), name="offer_count_within_its_limit"
            )
        ]
        triggers = _counted_by_uses("offer_count")

    def __str__(self) -> str:
        return str(self.used)


class OfferBuyerCount(models.Model):
    """How often one buyer uses an offer: the running sum of their uses."""

    id = models.BigAutoField(primary_key=True)
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="+", db_index=False)
    buyer_key = models.CharField(max_length=80)
    used = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["offer", "buyer_key"], name="offer_buyer_count_once")]
        triggers = _counted_by_uses("offer_buyer_count")

    def __str__(self) -> str:
        return str(self.used)
