"""Products, variants, prices and locations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from core.console import Button, ConsoleAdmin, Fact, Panel, Submission, badge, button_of, link_to, moment
from core.console.filters import EnteredFilter
from core.console.navigation import Menu
from core.console.parts import list_of
from core.money import format_money, from_minor
from inventory import actions
from inventory import authorities as may
from inventory.admin import forms
from inventory.admin.stock import level_row, movement_row
from inventory.models import Location, Price, Product, StockMovement, Variant
from inventory.operations import ADD_VARIANT, EDIT_LOCATION, EDIT_PRODUCT, EDIT_VARIANT, RECEIVE, SET_PRICES

CATALOGUE = "Catalogue"
MOVEMENTS_SHOWN = 25


def activity(active: bool) -> SafeString:
    return badge("Active", "good") if active else badge("Inactive", "bad")


def _new_variants(rows: Sequence[dict[str, Any]]) -> list[actions.NewVariant]:
    return [
        actions.NewVariant(
            row["sku"],
            row["name"],
            {row["currency"]: row["minor"]} if row["minor"] is not None else {},
            tax_class_code=row.get("tax_class_code") or None,
            weight_grams=row.get("weight_grams") or 0,
        )
        for row in rows
    ]


def _add_product(pressed: Submission) -> str:
    product = actions.create_product(
        name=pressed.data["name"],
        description=pressed.data["description"],
        variants=_new_variants(pressed.data["rows"]),
        actor=pressed.actor,
    )
    return f"{product} is in the catalogue."


def _edit_product(pressed: Submission) -> str:
    changes = actions.ProductChanges(**pressed.data)  # type: ignore[typeddict-item]
    actions.update_product(pressed.obj.pk, changes, actor=pressed.actor, expected_version=pressed.expected_version)
    return "The product is up to date."


def _add_variant(pressed: Submission) -> str:
    variant = actions.add_variant(pressed.obj.pk, _new_variants([dict(pressed.data)])[0], actor=pressed.actor)
    return f"{variant} is in the catalogue."


def _edit_variant(pressed: Submission) -> str:
    data = {**pressed.data, "tax_class_code": pressed.data["tax_class_code"] or None}
    changes = actions.VariantChanges(**data)  # type: ignore[typeddict-item]
    actions.update_variant(pressed.obj.pk, changes, actor=pressed.actor, expected_version=pressed.expected_version)
    return "The variant is up to date."


def _set_prices(pressed: Submission) -> str:
    prices = {row["currency"]: row["minor"] for row in pressed.data["rows"] if row["minor"] is not None}
    changes = actions.VariantChanges(prices=prices)
    actions.update_variant(pressed.obj.pk, changes, actor=pressed.actor, expected_version=pressed.expected_version)
    return "The prices are up to date."


def _priced(variant: Variant) -> dict[str, Any]:
    prices = variant.prices.all()
    return {
        "rows": [{"currency": price.currency, "amount": from_minor(price.amount, price.currency)} for price in prices]
    }


def _receive(pressed: Submission) -> str:
    data = pressed.data
    item = actions.StockItem(pressed.obj.pk, data["location"].pk, data["quantity"])
    actions.receive([item], note=data["note"], actor=pressed.actor)
    return f"{data['quantity']} received at {data['location']}."


def _add_location(pressed: Submission) -> str:
    location = actions.create_location(**pressed.data, actor=pressed.actor)
    return f"{location} can hold stock now."


def _edit_location(pressed: Submission) -> str:
    changes = actions.LocationChanges(**pressed.data)  # type: ignore[typeddict-item]
    actions.update_location(pressed.obj.pk, changes, actor=pressed.actor, expected_version=pressed.expected_version)
    return "The location is up to date."


@admin.register(Product)
class ProductAdmin(ConsoleAdmin):
    menu = Menu(CATALOGUE, 30, "category")
    list_display = ("name", "state", "entered")
    list_defer = ("description",)
    list_filter = ("active", EnteredFilter)
    search_text = ("name",)
    list_buttons = (
        Button("add", "Add product", _add_product, may.CREATE_PRODUCT, form=forms.NewProductForm, look="primary",
               help="With its variants: what is sold and stocked, each under a SKU of its own."),
    )  # fmt: skip
    buttons = (
        button_of(EDIT_PRODUCT, _edit_product, form=forms.EditProductForm,
               initial=lambda p: {"name": p.name, "description": p.description, "active": p.active}),
        button_of(ADD_VARIANT, _add_variant, form=forms.NewVariantForm),
    )  # fmt: skip

    @admin.display(description="Status")
    def state(self, product: Product) -> SafeString:
        return activity(product.active)

    @admin.display(description="Entered")
    def entered(self, product: Product) -> object:
        return moment(product.created_at)

    def badges(self, obj: Product) -> Sequence[object]:
        return [activity(obj.active)]

    def facts(self, obj: Product) -> Sequence[Fact]:
        return [Fact("Description", obj.description), Fact("Entered", moment(obj.created_at))]

    def panels(self, request: HttpRequest, obj: Product) -> Sequence[Panel]:
        variants = obj.variants.prefetch_related("prices", "levels")[:200]
        rows = [
            (
                link_to("inventory.variant", variant.pk, variant.sku), variant.name, activity(variant.active),
                _prices(variant), sum(level.available for level in variant.levels.all()),
            )
            for variant in variants
        ]  # fmt: skip
        headers = ("SKU", "Name", "Status", "Prices", "Available")
        return [Panel("Variants", headers, rows, numeric={3, 4}, empty="It has none.")]


def _prices(variant: Variant) -> str:
    return ", ".join(format_money(price.amount, price.currency) for price in variant.prices.all())


def _days(days: int | None) -> str:
    return "" if days is None else f"{days} {'day' if days == 1 else 'days'}"


@admin.register(Variant)
class VariantAdmin(ConsoleAdmin):
    menu = Menu(CATALOGUE, 31, "sell")
    list_display = ("sku", "name", "of", "state", "prices", "available")
    list_select_related = ("product",)
    list_filter = ("active", EnteredFilter)
    search_exact = ("sku",)
    search_text = ("sku", "name")
    buttons = (
        button_of(RECEIVE, _receive, form=forms.ReceiveOneForm, look="primary"),
        button_of(SET_PRICES, _set_prices, form=forms.PricesForm, initial=_priced, any_version=True,
               help="They replace all prices that it has. Orders keep the price that they were placed with."),
        button_of(EDIT_VARIANT, _edit_variant, form=forms.EditVariantForm, any_version=True,
               initial=lambda variant: {"name": variant.name, "active": variant.active,
                                        "stock_policy": variant.stock_policy,
                                        "available_from": variant.available_from,
                                        "restock_days": variant.restock_days,
                                        "tax_class_code": variant.tax_class_code or "",
                                        "weight_grams": variant.weight_grams}),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset: QuerySet[Any] = super().get_queryset(request)
        return queryset.prefetch_related("prices", "levels")

    @admin.display(description="Product")
    def of(self, variant: Variant) -> object:
        return link_to("inventory.product", variant.product_id, variant.product)

    @admin.display(description="Status")
    def state(self, variant: Variant) -> SafeString:
        return activity(variant.active)

    @admin.display(description="Prices")
    def prices(self, variant: Variant) -> str:
        return _prices(variant)

    @admin.display(description="Available")
    def available(self, variant: Variant) -> int:
        return sum(level.available for level in variant.levels.all())

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset: QuerySet[Any] = super(ConsoleAdmin, self).get_queryset(request)
        return queryset.select_related("product", "tax_class").prefetch_related("prices", "levels__location")

    def headline(self, obj: Variant) -> str:
        return f"{obj.sku} · {obj.name}"

    def badges(self, obj: Variant) -> Sequence[object]:
        return [activity(obj.active)]

    def facts(self, obj: Variant) -> Sequence[Fact]:
        prices = [format_money(price.amount, price.currency) for price in obj.prices.all()]
        return [
            Fact("Product", self.of(obj)),
            Fact("Prices", "\n".join(prices)),
            Fact("When out of stock", obj.get_stock_policy_display()),
            Fact("Available from", obj.available_from),
            Fact("Restocked after", _days(obj.restock_days)),
            Fact("Tax class", obj.tax_class.name if obj.tax_class else "The standard one"),
            Fact("Weight", f"{obj.weight_grams:,} g" if obj.weight_grams else ""),
            Fact("Entered", moment(obj.created_at)),
        ]

    def panels(self, request: HttpRequest, obj: Variant) -> Sequence[Panel]:
        levels = [level_row(level) for level in obj.levels.all()]
        moves = StockMovement.objects.filter(variant=obj).select_related("location").order_by("-id")[:MOVEMENTS_SHOWN]
        all_moves = [("All", list_of("inventory.stockmovement", variant__id__exact=obj.pk))]
        return [
            Panel("Stock", ("Location", "On hand", "Reserved", "Available"), levels, numeric={1, 2, 3},
                  empty="No location has any."),
            Panel("Movements", ("Kind", "Location", "On hand", "Reserved", "For", "By", "Note", "When"),
                  [movement_row(move) for move in moves], numeric={2, 3}, empty="Nothing has moved.", to=all_moves),
        ]  # fmt: skip


@admin.register(Price)
class PriceAdmin(ConsoleAdmin):
    menu = Menu(CATALOGUE, 32, "price_change")
    list_display = ("variant", "money")
    list_select_related = ("variant",)
    search_exact = ("variant__sku",)
    search_help_text = "SKU"
    ordering = ("-id",)

    @admin.display(description="Price")
    def money(self, price: Price) -> str:
        return format_money(price.amount, price.currency)

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("variant")

    def headline(self, obj: Price) -> str:
        return f"{obj.variant.sku}: {self.money(obj)}"

    def facts(self, obj: Price) -> Sequence[Fact]:
        return [
            Fact("Variant", link_to("inventory.variant", obj.variant_id, obj.variant)),
            Fact("Price", self.money(obj)),
        ]


@admin.register(Location)
class LocationAdmin(ConsoleAdmin):
    menu = Menu(CATALOGUE, 33, "warehouse")
    list_display = ("code", "name", "country", "priority", "state")
    list_filter = ("active",)
    search_exact = ("code",)
    list_buttons = (
        Button("add", "Add location", _add_location, may.MANAGE_LOCATIONS, form=forms.NewLocationForm, look="primary"),
    )  # fmt: skip
    buttons = (
        button_of(EDIT_LOCATION, _edit_location, form=forms.LocationForm,
               initial=lambda place: {"name": place.name, "country": place.country.code,
                                      "postal_code": place.postal_code, "priority": place.priority,
                                      "shop_floor_units": place.shop_floor_units, "active": place.active}),
    )  # fmt: skip

    @admin.display(description="Status")
    def state(self, location: Location) -> SafeString:
        return activity(location.active)

    def headline(self, obj: Location) -> str:
        return f"{obj.code} · {obj.name}"

    def badges(self, obj: Location) -> Sequence[object]:
        return [activity(obj.active)]

    def facts(self, obj: Location) -> Sequence[Fact]:
        return [
            Fact("Country", obj.country.name),
            Fact("Postcode", obj.postal_code),
            Fact("Priority", obj.priority),
            Fact("Kept for the shop floor", f"{obj.shop_floor_units:,} of each variant"),
        ]

    def panels(self, request: HttpRequest, obj: Location) -> Sequence[Panel]:
        to = [("Its stock", list_of("inventory.stocklevel", location__id__exact=obj.pk))]
        return [Panel("Stock", empty="The list of stock levels shows what is here.", to=to)]
