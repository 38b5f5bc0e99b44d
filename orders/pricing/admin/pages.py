"""Lists of adjustments, delivery charges and taxes, across orders."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import admin

from core.console import Fact, link_to
from core.console.filters import ChoicesDropdownFilter
from core.console.navigation import Menu
from core.console.parts import known
from core.money import format_money
from orders.console import SALES, PartAdmin
from orders.pricing.admin.panels import amount_of, percent
from orders.pricing.models import Adjustment, DeliveryCharge, TaxTotal


@admin.register(Adjustment)
class AdjustmentAdmin(PartAdmin):
    menu = Menu(SALES, 15, "percent")
    list_display = ("label", "kind", "of", "code", "share", "amount_shown")
    list_filter = (("kind", ChoicesDropdownFilter),)
    search_exact = ("code", "order__number", "order__id")
    search_help_text = "Code or the order's number"

    @admin.display(description="Rate")
    def share(self, each: Adjustment) -> str:
        return percent(each.rate)

    @admin.display(description="Amount")
    def amount_shown(self, each: Adjustment) -> str:
        return amount_of(each, each.order.currency)

    def facts(self, obj: Adjustment) -> Sequence[Fact]:
        facts = [
            Fact("Order", self.of(obj)),
            Fact("Kind", obj.get_kind_display()),
            Fact("Code", obj.code),
            Fact("Rate", percent(obj.rate)),
            Fact("Amount", amount_of(obj, obj.order.currency)),
            Fact("Why", obj.reason),
        ]
        return known(facts)


@admin.register(DeliveryCharge)
class DeliveryChargeAdmin(PartAdmin):
    menu = Menu(SALES, 16, "local_shipping")
    list_display = ("name", "of", "method", "kind", "charge")

    @admin.display(description="Total")
    def charge(self, each: DeliveryCharge) -> str:
        return format_money(each.total, each.order.currency)

    def facts(self, obj: DeliveryCharge) -> Sequence[Fact]:
        amounts = ("price", "discount", "surcharge", "tax", "tax_included", "total")
        facts = [
            Fact("Order", self.of(obj)),
            Fact("Method", obj.method),
            Fact("Kind", obj.get_kind_display()),
            Fact("Fetched at", link_to("inventory.location", obj.location_id, obj.location) if obj.location else ""),
            *(
                Fact(name.replace("_", " ").capitalize(), format_money(getattr(obj, name), obj.order.currency))
                for name in amounts
            ),
        ]
        return known(facts)


@admin.register(TaxTotal)
class TaxTotalAdmin(PartAdmin):
    menu = Menu(SALES, 17, "account_balance")
    list_display = ("name", "of", "share", "net", "tax")

    @admin.display(description="Rate")
    def share(self, each: TaxTotal) -> str:
        return percent(each.rate)

    @admin.display(description="Net")
    def net(self, each: TaxTotal) -> str:
        return format_money(each.taxable, each.order.currency)

    @admin.display(description="Tax")
    def tax(self, each: TaxTotal) -> str:
        return format_money(each.amount, each.order.currency)

    def facts(self, obj: TaxTotal) -> Sequence[Fact]:
        facts = [
            Fact("Order", self.of(obj)),
            Fact("Rate", percent(obj.rate)),
            Fact("Net", self.net(obj)),
            Fact("Tax", self.tax(obj)),
            Fact("How", "In the prices" if obj.included else "On top of the prices"),
            Fact("Why", obj.reason.replace("_", " ")),
            Fact("Given by the buyer", obj.given),
        ]
        return known(facts)
