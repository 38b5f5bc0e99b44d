"""Lists of what orders consist of, across orders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from core.console import Fact, Panel, link_to, moment
from core.console.filters import ChoicesDropdownFilter, EnteredFilter, FlagFilter
from core.console.navigation import Menu
from core.money import format_money
from orders.admin.tones import hold_badge, shown_promise
from orders.console import COUNTERS, SALES, PartAdmin
from orders.models import Hold, OrderLine, OrderNote


@admin.register(OrderLine)
class OrderLineAdmin(PartAdmin):
    menu = Menu(SALES, 11, "list_alt")
    list_display = ("sku", "name", "of", "quantity", "reserved", "backordered", "shipped", "delivered", "amount")
    search_exact = ("sku", "order__number", "order__id")
    search_help_text = "SKU or the order's number"

    @admin.display(description="Total")
    def amount(self, line: OrderLine) -> str:
        return format_money(line.total, line.order.currency)

    def facts(self, obj: OrderLine) -> Sequence[Fact]:
        def money(amount: int) -> str:
            return format_money(amount, obj.order.currency)

        return [
            Fact("Order", self.of(obj)),
            Fact("SKU", link_to("inventory.variant", obj.variant_id, obj.sku)),
            Fact("Name", obj.name),
            Fact("Price", money(obj.unit_price)),
            Fact("Discount", money(obj.discount)),
            Fact("Tax", money(obj.tax)),
            Fact("Total", money(obj.total)),
            Fact("Promised for", shown_promise(obj)),
        ]

    def panels(self, request: HttpRequest, obj: OrderLine) -> Sequence[Panel]:
        counters = ("quantity", *COUNTERS)
        rows = [[getattr(obj, counter) for counter in counters]]
        return [Panel("Units", [counter.capitalize() for counter in counters], rows, numeric=range(len(counters)))]


class OpenFilter(FlagFilter):
    title = "open"
    parameter_name = "open"

    def yes(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(lifted_at=None)

    def no(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(lifted_at__isnull=False)


@admin.register(Hold)
class HoldAdmin(PartAdmin):
    menu = Menu(SALES, 14, "front_hand")
    list_display = ("__str__", "of", "state", "actor", "placed", "expires")
    list_filter = (OpenFilter, ("reason", ChoicesDropdownFilter), EnteredFilter)

    @admin.display(description="State")
    def state(self, hold: Hold) -> SafeString:
        return hold_badge(hold, timezone.now())

    @admin.display(description="Placed")
    def placed(self, hold: Hold) -> object:
        return moment(hold.placed_at)

    @admin.display(description="Expires")
    def expires(self, hold: Hold) -> object:
        return moment(hold.expires_at)

    def badges(self, obj: Hold) -> Sequence[object]:
        return [self.state(obj)]

    def facts(self, obj: Hold) -> Sequence[Fact]:
        return [
            Fact("Order", self.of(obj)),
            Fact("Note", obj.note),
            Fact("By", obj.actor),
            Fact("Placed", moment(obj.placed_at)),
            Fact("Expires", moment(obj.expires_at)),
            Fact("Lifted", moment(obj.lifted_at)),
            Fact("Lifted by", obj.lifted_by or ""),
        ]


@admin.register(OrderNote)
class OrderNoteAdmin(PartAdmin):
    menu = Menu(SALES, 15, "sticky_note_2")
    list_display = ("__str__", "of", "actor", "at")
    list_filter = (EnteredFilter,)

    @admin.display(description="When")
    def at(self, note: OrderNote) -> object:
        return moment(note.created_at)

    def headline(self, obj: OrderNote) -> str:
        return f"Note on order {obj.order}"

    def facts(self, obj: OrderNote) -> Sequence[Fact]:
        return [Fact("Order", self.of(obj)), Fact("By", obj.actor), Fact("When", self.at(obj))]

    def panels(self, request: HttpRequest, obj: OrderNote) -> Sequence[Panel]:
        return [Panel("Note", facts=[Fact("Text", obj.body)])]
