"""The list and page of refunds, across orders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from core.console import ConsoleAdmin, Fact, Panel, link_to, moment
from core.console.dashboard import Tile, register_tile
from core.console.filters import ChoicesDropdownFilter, EnteredFilter
from core.console.navigation import Menu
from core.money import format_money
from orders.console import SALES, PartAdmin
from orders.refunds.admin.panels import lines_panel, parts_panel, refund_state_badge
from orders.refunds.models import Refund, RefundLine, RefundPart
from orders.refunds.statuses import RefundState


@admin.register(Refund)
class RefundAdmin(PartAdmin):
    menu = Menu(SALES, 13, "undo")
    list_display = ("__str__", "of", "state", "reason", "gave_up", "went_back", "actor", "at")
    list_filter = (("status", ChoicesDropdownFilter), ("reason", ChoicesDropdownFilter), EnteredFilter)

    @admin.display(description="Status")
    def state(self, refund: Refund) -> SafeString:
        return refund_state_badge(refund)

    @admin.display(description="Credited")
    def gave_up(self, refund: Refund) -> str:
        return format_money(refund.credited, refund.order.currency)

    @admin.display(description="Given back")
    def went_back(self, refund: Refund) -> str:
        return format_money(refund.amount, refund.order.currency)

    @admin.display(description="When")
    def at(self, refund: Refund) -> object:
        return moment(refund.created_at)

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).prefetch_related("lines__line", "parts__payment")

    def headline(self, obj: Refund) -> str:
        return f"Refund {format_money(obj.amount, obj.order.currency)}"

    def badges(self, obj: Refund) -> Sequence[object]:
        return [refund_state_badge(obj)]

    def facts(self, obj: Refund) -> Sequence[Fact]:
        return [
            Fact("Order", self.of(obj)),
            Fact("Why", obj.get_reason_display()),
            Fact("Note", obj.note),
            Fact("Credited", self.gave_up(obj)),
            Fact("Given back", self.went_back(obj)),
            Fact("To", obj.get_to_display()),
            Fact("Asked by", obj.actor),
            Fact("Asked", moment(obj.created_at)),
            Fact("Decided by", obj.decided_by or ""),
            Fact("Decided", moment(obj.decided_at)),
            Fact("Rejected because", obj.rejection),
        ]

    def panels(self, request: HttpRequest, obj: Refund) -> Sequence[Panel]:
        return [lines_panel(obj), parts_panel(obj)]


class _OfRefund(PartAdmin):
    """A row of a refund."""

    list_select_related = ("refund__order",)
    search_exact = ("refund__order__number", "refund__order__id")

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return ConsoleAdmin.page_queryset(self, request).select_related("refund__order")

    @admin.display(description="Order")
    def of(self, part: RefundLine | RefundPart) -> object:
        return link_to("orders.order", part.refund.order_id, part.refund.order)

    @admin.display(description="Refund")
    def its_refund(self, part: RefundLine | RefundPart) -> object:
        return link_to("orders.refund", part.refund_id, part.refund)

    @admin.display(description="Amount")
    def money(self, part: RefundLine | RefundPart) -> str:
        return format_money(part.amount, part.refund.order.currency)


@admin.register(RefundLine)
class RefundLineAdmin(_OfRefund):
    menu = Menu(SALES, 19, "playlist_remove")
    list_display = ("kind", "of", "its_refund", "quantity", "money")
    list_filter = (("kind", ChoicesDropdownFilter),)

    def facts(self, obj: RefundLine) -> Sequence[Fact]:
        return [
            Fact("Order", self.of(obj)),
            Fact("Refund", self.its_refund(obj)),
            Fact("Units", obj.quantity),
            Fact("Amount", self.money(obj)),
        ]


@admin.register(RefundPart)
class RefundPartAdmin(_OfRefund):
    menu = Menu(SALES, 19, "currency_exchange")
    list_display = ("__str__", "of", "its_refund", "money")

    def facts(self, obj: RefundPart) -> Sequence[Fact]:
        return [
            Fact("Order", self.of(obj)),
            Fact("Refund", self.its_refund(obj)),
            Fact("Payment", link_to("orders.payment", obj.payment_id, "payment")),
            Fact("Amount", self.money(obj)),
        ]


register_tile(
    Tile(
        "Refunds to decide", "Asked for beyond somebody's limit: a second person approves or rejects them.",
        "orders.refund", lambda: Refund.objects.filter(status=RefundState.REQUESTED), {"status__exact": "requested"},
        position=22,
    )
)  # fmt: skip
