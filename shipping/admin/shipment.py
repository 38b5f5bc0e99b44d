"""The lists and pages of shipments and their lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from core.console import ConsoleAdmin, Fact, Panel, link_to, moment
from core.console.filters import ChoicesDropdownFilter, EnteredFilter, RelatedDropdownFilter
from core.console.navigation import Menu
from core.console.parts import known, page_of
from customers.queries import address_lines
from orders.queries import order_ids_called
from shipping.admin.buttons import BUTTONS
from shipping.admin.parts import SHIPPING, status_badge
from shipping.models import Shipment, ShipmentLine


@admin.register(Shipment)
class ShipmentAdmin(ConsoleAdmin):
    menu = Menu(SHIPPING, 45, "local_shipping")
    timeline = False
    list_display = ("name", "of", "state", "location", "carrier", "tracking_number", "estimated_delivery", "opened")
    list_select_related = ("order", "location")
    list_defer = ("notes",)
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("location", RelatedDropdownFilter),
        ("client", RelatedDropdownFilter),
        EnteredFilter,
    )
    linked_lookups = ("status__exact", "status__in")
    search_exact = ("tracking_number", "order__id")
    search_help_text = "Tracking number or the order's number"
    buttons = BUTTONS

    def search(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        return super().search(queryset, term) | queryset.filter(order__in=order_ids_called(term))

    @admin.display(description="Shipment")
    def name(self, shipment: Shipment) -> str:
        return f"{shipment.order}/{shipment.sequence}"

    @admin.display(description="Order")
    def of(self, shipment: Shipment) -> object:
        return link_to("orders.order", shipment.order_id, shipment.order)

    @admin.display(description="Status")
    def state(self, shipment: Shipment) -> SafeString:
        return status_badge(shipment)

    @admin.display(description="Opened")
    def opened(self, shipment: Shipment) -> object:
        return moment(shipment.created_at)

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).with_contents().prefetch_related("order__lines", "order__holds")  # type: ignore[attr-defined,no-any-return]

    def headline(self, obj: Shipment) -> str:
        return f"Shipment {obj.sequence} of order {obj.order}"

    def badges(self, obj: Shipment) -> Sequence[object]:
        return [status_badge(obj)]

    def facts(self, obj: Shipment) -> Sequence[Fact]:
        facts = [
            Fact("Order", self.of(obj)),
            Fact("From", link_to("inventory.location", obj.location_id, obj.location)),
            Fact("To", address_lines(obj.address) or obj.order.get_handover_display()),
            Fact("Carrier", obj.carrier),
            Fact("Tracking number", obj.tracking_number),
            Fact("Estimated delivery", obj.estimated_delivery),
            Fact("Notes", obj.notes),
            Fact("Failed because", obj.failure_reason),
            Fact("Opened", moment(obj.created_at)),
            *(
                Fact(label, moment(at))
                for label, at in (
                    ("Packed", obj.packed_at), ("Dispatched", obj.dispatched_at), ("Delivered", obj.delivered_at),
                    ("Closed", obj.closed_at),
                ) if at is not None
            ),
        ]  # fmt: skip
        return known(facts)

    def panels(self, request: HttpRequest, obj: Shipment) -> Sequence[Panel]:
        rows = [(line.order_line.sku, line.order_line.name, line.quantity) for line in obj.lines.all()]
        to = [("Timeline of the order", page_of("orders.order", obj.order_id) + "#timeline")]
        return [Panel("Contents", ("SKU", "Name", "Units"), rows, numeric={2}, empty="It is empty.", to=to)]


@admin.register(ShipmentLine)
class ShipmentLineAdmin(ConsoleAdmin):
    menu = Menu(SHIPPING, 46, "package_2")
    list_display = ("sku", "name", "quantity", "of")
    list_select_related = ("order_line", "shipment__order")
    search_exact = ("shipment__order__number", "shipment__tracking_number")
    search_help_text = "The order's number or a tracking number"
    ordering = ("-id",)

    @admin.display(description="SKU")
    def sku(self, line: ShipmentLine) -> str:
        return line.order_line.sku

    @admin.display(description="Name")
    def name(self, line: ShipmentLine) -> str:
        return line.order_line.name

    @admin.display(description="Shipment")
    def of(self, line: ShipmentLine) -> object:
        shipment = line.shipment
        return link_to("shipping.shipment", shipment.pk, f"{shipment.order}/{shipment.sequence}")

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("order_line", "shipment__order")

    def headline(self, obj: ShipmentLine) -> str:
        return f"{obj.quantity} of {obj.order_line.sku}"

    def facts(self, obj: ShipmentLine) -> Sequence[Fact]:
        return [Fact("Shipment", self.of(obj)), Fact("Name", obj.order_line.name), Fact("Units", obj.quantity)]
