"""Stock levels, the ledger of movements, and reservations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from core.console import Button, ConsoleAdmin, Fact, Panel, Submission, badge, button_of, link_to, moment
from core.console.filters import ChoicesDropdownFilter, RelatedDropdownFilter
from core.console.navigation import Menu
from core.console.parts import Tone, list_of
from inventory import actions
from inventory import authorities as may
from inventory.admin import forms
from inventory.models import Reservation, StockLevel, StockMovement
from inventory.operations import ADJUST, SCRAP, TRANSFER

STOCK = "Stock"
ON_HAND = "On hand"
MOVEMENT_TONES: dict[str, Tone] = {
    "receive": "good", "undelivered": "warn", "return": "good", "reserve": "info", "release": "neutral",
    "ship": "info", "adjust": "warn", "transfer": "neutral", "scrap": "bad",
}  # fmt: skip


def level_row(level: StockLevel) -> tuple[object, ...]:
    return (
        link_to("inventory.stocklevel", level.pk, level.location),
        f"{level.on_hand:,}",
        f"{level.reserved:,}",
        _available(level),
    )


def movement_row(move: StockMovement) -> tuple[object, ...]:
    order = link_to("orders.order", move.order_id, "order")
    return (
        _kind(move), move.location.code, _signed(move.on_hand), _signed(move.reserved), order, move.actor, move.note,
        moment(move.created_at),
    )  # fmt: skip


def _kind(move: StockMovement) -> SafeString:
    return badge(move.get_kind_display(), MOVEMENT_TONES[move.kind])


def _signed(units: int) -> str:
    return f"{units:+,}" if units else "0"


def _available(level: StockLevel) -> SafeString | str:
    return f"{level.available:,}" if level.available > 0 else badge("None left", "bad")


def _receive(pressed: Submission) -> str:
    data = pressed.data
    items = [
        actions.StockItem(data["variants"][row["sku"]], data["location"].pk, row["quantity"]) for row in data["rows"]
    ]
    actions.receive(items, note=data["note"], actor=pressed.actor)
    return f"{sum(item.quantity for item in items):,} units received at {data['location']}."


def _adjust(pressed: Submission) -> str:
    level: StockLevel = pressed.obj
    moves = actions.adjust(
        level.variant_id,
        level.location_id,
        to=pressed.data["to"],
        seen=int(*pressed.seen[ON_HAND]),
        note=pressed.data["note"],
        actor=pressed.actor,
    )
    if not moves:
        return "The count agrees; nothing was changed."
    *displaced, adjusted = moves
    waiting = -sum(move.reserved for move in displaced)
    told = f" {waiting:,} reserved units are backordered now." if waiting else ""
    return f"Adjusted by {adjusted.on_hand:+,}.{told}"


def _transfer(pressed: Submission) -> str:
    level, data = pressed.obj, pressed.data
    item = actions.TransferItem(level.variant_id, level.location_id, data["to"].pk, data["quantity"])
    actions.transfer([item], note=data["note"], actor=pressed.actor)
    return f"{data['quantity']:,} transferred to {data['to']}."


def _scrap(pressed: Submission) -> str:
    level, data = pressed.obj, pressed.data
    item = actions.StockItem(level.variant_id, level.location_id, data["quantity"])
    actions.scrap([item], note=data["note"], actor=pressed.actor)
    return f"{data['quantity']:,} scrapped."


@admin.register(StockLevel)
class StockLevelAdmin(ConsoleAdmin):
    menu = Menu(STOCK, 40, "inventory")
    list_display = ("variant", "name", "location", "has", "kept", "free")
    list_display_links = ("variant",)
    list_select_related = ("variant", "location")
    list_filter = (("location", RelatedDropdownFilter),)
    linked_lookups = ("location__id__exact",)
    search_exact = ("variant__sku",)
    search_text = ("variant__sku", "variant__name")
    search_help_text = "SKU or name"
    ordering = (F("on_hand") - F("reserved"), "id")
    list_buttons = (Button("receive", "Receive stock", _receive, may.RECEIVE, form=forms.ReceiveForm, look="primary"),)
    buttons = (
        button_of(
            ADJUST,
            _adjust,
            form=forms.AdjustForm,
            watched=lambda level: {ON_HAND: level.on_hand},
            help="When fewer are left than are reserved, the youngest orders wait for stock again.",
        ),
        button_of(TRANSFER, _transfer, form=forms.TransferForm),
        button_of(SCRAP, _scrap, form=forms.ScrapForm, look="danger"),
    )

    @admin.display(description="Name")
    def name(self, level: StockLevel) -> str:
        return level.variant.name

    @admin.display(description="On hand")
    def has(self, level: StockLevel) -> str:
        return f"{level.on_hand:,}"

    @admin.display(description="Reserved")
    def kept(self, level: StockLevel) -> str:
        return f"{level.reserved:,}"

    @admin.display(description="Available")
    def free(self, level: StockLevel) -> SafeString | str:
        return _available(level)

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("variant", "location")

    def headline(self, obj: StockLevel) -> str:
        return f"{obj.variant.sku} at {obj.location.code}"

    def facts(self, obj: StockLevel) -> Sequence[Fact]:
        return [
            Fact("Variant", link_to("inventory.variant", obj.variant_id, obj.variant)),
            Fact("Name", obj.variant.name),
            Fact("Location", link_to("inventory.location", obj.location_id, obj.location)),
        ]

    def panels(self, request: HttpRequest, obj: StockLevel) -> Sequence[Panel]:
        moves = StockMovement.objects.filter(variant_id=obj.variant_id, location_id=obj.location_id)
        rows = [movement_row(move) for move in moves.select_related("location").order_by("-id")[:25]]
        kept = Reservation.objects.filter(variant_id=obj.variant_id, location_id=obj.location_id).order_by("id")[:25]
        reserved = [(link_to("orders.order", each.order_id, "order"), each.quantity) for each in kept]
        headers = ("Kind", "Location", "On hand", "Reserved", "For", "By", "Note", "When")
        to = [("All of the variant", list_of("inventory.stockmovement", variant__id__exact=obj.variant_id))]
        return [
            Panel("Stock", ("Location", "On hand", "Reserved", "Available"), [level_row(obj)], numeric={1, 2, 3}),
            Panel("Reserved for", ("Order", "Units"), reserved, numeric={1}, empty="No order.", aside=True),
            Panel("Movements", headers, rows, numeric={2, 3}, empty="Nothing has moved.", to=to),
        ]


@admin.register(StockMovement)
class StockMovementAdmin(ConsoleAdmin):
    menu = Menu(STOCK, 41, "swap_vert")
    list_display = ("what", "variant", "location", "hand", "kept", "of", "actor", "note", "at")
    list_select_related = ("variant", "location")
    list_filter = (("kind", ChoicesDropdownFilter),)
    linked_lookups = ("variant__id__exact", "location__id__exact", "order_id__exact")
    search_exact = ("variant__sku", "order_id")
    search_help_text = "SKU or an order's id"

    @admin.display(description="Kind")
    def what(self, move: StockMovement) -> SafeString:
        return _kind(move)

    @admin.display(description="On hand")
    def hand(self, move: StockMovement) -> str:
        return _signed(move.on_hand)

    @admin.display(description="Reserved")
    def kept(self, move: StockMovement) -> str:
        return _signed(move.reserved)

    @admin.display(description="For")
    def of(self, move: StockMovement) -> object:
        return link_to("orders.order", move.order_id, "order")

    @admin.display(description="When")
    def at(self, move: StockMovement) -> object:
        return moment(move.created_at)

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("variant", "location")

    def headline(self, obj: StockMovement) -> str:
        return f"{obj.get_kind_display()} {obj.variant.sku} at {obj.location.code}"

    def badges(self, obj: StockMovement) -> Sequence[object]:
        return [_kind(obj)]

    def facts(self, obj: StockMovement) -> Sequence[Fact]:
        return [
            Fact("Variant", link_to("inventory.variant", obj.variant_id, obj.variant)),
            Fact("Location", link_to("inventory.location", obj.location_id, obj.location)),
            Fact("On hand", _signed(obj.on_hand)),
            Fact("Reserved", _signed(obj.reserved)),
            Fact("For", self.of(obj)),
            Fact("By", obj.actor),
            Fact("Note", obj.note),
            Fact("When", self.at(obj)),
        ]


@admin.register(Reservation)
class ReservationAdmin(ConsoleAdmin):
    menu = Menu(STOCK, 42, "lock")
    list_display = ("variant", "location", "quantity", "of")
    list_select_related = ("variant", "location")
    search_exact = ("variant__sku", "order_id", "line_id")
    search_help_text = "SKU or an order's id"
    ordering = ("-id",)

    @admin.display(description="For")
    def of(self, reservation: Reservation) -> object:
        return link_to("orders.order", reservation.order_id, "order")

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("variant", "location")

    def headline(self, obj: Reservation) -> str:
        return f"{obj.quantity} of {obj.variant.sku} at {obj.location.code}"

    def facts(self, obj: Reservation) -> Sequence[Fact]:
        return [
            Fact("Order", self.of(obj)),
            Fact("Variant", link_to("inventory.variant", obj.variant_id, obj.variant)),
            Fact("Location", link_to("inventory.location", obj.location_id, obj.location)),
            Fact("Units", obj.quantity),
        ]
