"""The list of the book's orders and the page of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from core.console import ConsoleAdmin, Fact, Panel, Submission, badge, button_of, link_to, moment
from core.console.filters import ChoicesDropdownFilter, EnteredFilter, RelatedDropdownFilter
from core.console.navigation import Menu
from core.console.parts import known, list_of
from core.console.timeline import Entry, timeline_panel
from core.money import format_money
from trading import actions
from trading.admin import forms
from trading.admin.parts import TRADING, SymbolFilter, client_ids, side_badge, status_badge
from trading.models import BookOrder
from trading.operations import CHANGE, REMOVE
from trading.queries import ahead_of
from trading.statuses import IN_THE_BOOK

FILLS_SHOWN = 50


def _change(pressed: Submission) -> str:
    order = actions.change_order(
        pressed.obj.ref,
        dict(pressed.data),
        client_id=pressed.obj.client_id,
        actor=pressed.actor,
        expected_version=pressed.expected_version,
    )
    kept = order.queue == pressed.obj.queue
    return "The order is changed; " + ("it keeps its place." if kept else "it is at the end of the queue at its price.")


def _remove(pressed: Submission) -> str:
    order = actions.remove_order(
        pressed.obj.ref,
        client_id=pressed.obj.client_id,
        actor=pressed.actor,
        expected_version=pressed.expected_version,
    )
    return f"Order {order.ref} is out of the book."


def _as_it_is(order: BookOrder) -> dict[str, Any]:
    return {"amount": order.amount, "price": order.price}


@admin.register(BookOrder)
class BookOrderAdmin(ConsoleAdmin):
    menu = Menu(TRADING, 61, "format_list_numbered")
    timeline = False
    list_display = ("ref", "of", "labelled", "money", "amount", "filled", "state", "client", "source", "entered")
    list_select_related = ("instrument", "client")
    list_filter = (
        SymbolFilter,
        ("side", ChoicesDropdownFilter),
        ("status", ChoicesDropdownFilter),
        ("client", RelatedDropdownFilter),
        EnteredFilter,
    )
    linked_lookups = ("book_import__id__exact",)
    search_help_text = "The order's id"
    buttons = (
        button_of(CHANGE, _change, form=forms.ChangeForm, initial=_as_it_is,
                  help="A smaller amount keeps its place in the queue. A new price or a larger amount loses it: the "
                       "order goes to the end of the queue at its price."),
        button_of(REMOVE, _remove, confirm=True, look="danger",
                  help="What is left of it leaves the book for good; what trades have taken stays taken."),
    )  # fmt: skip

    # The list

    def get_search_fields(self, request: HttpRequest) -> Sequence[str]:
        return ["ref"]

    def search(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        return super().search(queryset, term) | queryset.filter(client__in=client_ids(), ref=term)

    @admin.display(description="Symbol")
    def of(self, order: BookOrder) -> object:
        return link_to("trading.instrument", order.instrument_id, order.instrument)

    @admin.display(description="Side")
    def labelled(self, order: BookOrder) -> SafeString:
        return side_badge(order.side)

    @admin.display(description="Price")
    def money(self, order: BookOrder) -> str:
        return format_money(order.price, order.instrument.currency)

    @admin.display(description="Status")
    def state(self, order: BookOrder) -> SafeString:
        return status_badge(order)

    @admin.display(description="Came")
    def entered(self, order: BookOrder) -> object:
        return moment(order.created_at)

    # The page

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("instrument", "client", "book_import")

    def headline(self, obj: BookOrder) -> str:
        return f"Order {obj.ref} · {obj.side} {obj.instrument} at {self.money(obj)}"

    def badges(self, obj: BookOrder) -> Sequence[object]:
        return [status_badge(obj), side_badge(obj.side)]

    def facts(self, obj: BookOrder) -> Sequence[Fact]:
        facts = [
            Fact("Symbol", self.of(obj)),
            Fact("Client", link_to("core.client", obj.client_id, obj.client)),
            Fact("Price", self.money(obj)),
            Fact("Left", f"{obj.amount:,}"),
            Fact("Filled", f"{obj.filled:,}"),
            Fact("Source", obj.source),
            Fact("Imported from", obj.book_import),
            Fact("Came", moment(obj.created_at)),
            Fact("Came with", _came_with(obj)),
            Fact("Left the book", moment(obj.closed_at) if obj.closed_at else ""),
        ]
        return known(facts)

    def panels(self, request: HttpRequest, obj: BookOrder) -> Sequence[Panel]:
        return [_place(obj), _fills(obj), _history(request, obj)]


def _came_with(order: BookOrder) -> str:
    return f"{order.entered_amount:,} at {format_money(order.entered_price, order.instrument.currency)}"


def _place(order: BookOrder) -> Panel:
    """What a trade takes before it comes to this order."""
    if order.status not in IN_THE_BOOK:
        return Panel("Place in the queue", empty=f"It is {order.get_status_display().lower()}: out of the book.")
    ahead = ahead_of(order)
    if not ahead.better_orders and not ahead.same_orders:
        return Panel("Place in the queue", empty="It is the next to be taken.", to=_its_level(order))
    more = " or more" if ahead.more else ""
    rows = [
        ("At better prices", f"{ahead.better_amount:,}", f"{ahead.better_orders:,}"),
        (f"Before it at {format_money(order.price, order.instrument.currency)}", f"{ahead.same_amount:,}",
         f"{ahead.same_orders:,}"),
        (f"Taken before it{more}", f"{ahead.better_amount + ahead.same_amount:,}",
         f"{ahead.better_orders + ahead.same_orders:,}"),
    ]  # fmt: skip
    return Panel("Place in the queue", ("", "Amount", "Orders"), rows, numeric={1, 2}, to=_its_level(order))


def _its_level(order: BookOrder) -> Sequence[tuple[str, str]]:
    query = {"symbol": order.instrument.symbol, "side__exact": order.side}
    return [("Orders of this side", list_of("trading.bookorder", **query))]


def _fills(order: BookOrder) -> Panel:
    currency = order.instrument.currency
    found = order.fills.select_related("trade").order_by("-trade_id")[:FILLS_SHOWN]
    rows = [
        (
            link_to("trading.trade", fill.trade_id, fill.trade), f"{fill.amount:,}", format_money(fill.price, currency),
            format_money(fill.amount * fill.price, currency), moment(fill.trade.created_at),
        )
        for fill in found
    ]  # fmt: skip
    headers = ("Trade", "Amount", "Price", "Total", "When")
    return Panel("Fills", headers, rows, numeric={1, 2, 3}, empty="No trade has taken from it.")


def _history(request: HttpRequest, order: BookOrder) -> Panel:
    """Its events, and before them, for an order that came with an import, the import."""
    panel = timeline_panel(request, order, {"currency": order.instrument.currency})
    if order.book_import is None or panel.context["older"]:
        return panel
    came = Entry(
        version=0,
        type="imported",
        words=f"Imported from {order.book_import}: {order.side} {_came_with(order)}",
        actor=str(order.client),
        kind=badge("client"),
        at=moment(order.created_at),
    )
    return replace(panel, context={**panel.context, "entries": [*panel.context["entries"], came]})
