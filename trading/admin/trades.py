"""The list of trades, the page of one, and the form that places one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from core.console import Button, ConsoleAdmin, Done, Fact, Panel, Submission, link_to, moment
from core.console.filters import ChoicesDropdownFilter, EnteredFilter, FlagFilter, RelatedDropdownFilter
from core.console.navigation import Menu
from core.console.parts import known, page_of
from core.errors import InvalidInput
from core.ids import new_id
from core.money import format_money
from orders.authorities import PLACE
from trading import actions
from trading.actions import NewTrade
from trading.admin import forms
from trading.admin.parts import TRADING, SymbolFilter, client_ids, side_badge
from trading.authorities import PLACE_TRADE
from trading.models import Fill, Trade
from trading.queries import Average

FILLS_SHOWN = 500


def _place(pressed: Submission) -> Done:
    data = pressed.data
    if data["customer_id"] is not None and not PLACE.held_by(pressed.request.user):
        raise InvalidInput.at("/customer_id", "not_permitted", "Your account may not place orders.")
    new = NewTrade(
        symbol=data["symbol"],
        side=data["side"],
        amount=data["amount"],
        client_ref=data["client_ref"] or f"console-{new_id()}",
        limit_total=data["limit_total"],
        customer_id=data["customer_id"],
    )
    trade = actions.place_trade(new, client_id=data["client"].pk, actor=pressed.actor)
    return Done(f"{trade.side} {trade.amount:,} {trade.instrument} is traded.", page_of("trading.trade", trade.pk))


class SettledFilter(FlagFilter):
    title = "settled as an order"
    parameter_name = "settled"

    def yes(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(order__isnull=False)

    def no(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(order=None)


@admin.register(Trade)
class TradeAdmin(ConsoleAdmin):
    menu = Menu(TRADING, 62, "swap_horiz")
    list_display = ("reference", "of", "labelled", "amount", "money", "average", "client", "settled", "entered")
    list_select_related = ("instrument", "client", "order")
    list_filter = (
        SymbolFilter,
        ("side", ChoicesDropdownFilter),
        ("client", RelatedDropdownFilter),
        SettledFilter,
        EnteredFilter,
    )
    search_help_text = "The trade's reference"
    list_buttons = (
        Button("place", "Place trade", _place, PLACE_TRADE, form=forms.TradeForm, look="primary",
               help="Takes the amount at the best price that the book gives when the trade is placed, or nothing."),
    )  # fmt: skip

    def get_search_fields(self, request: HttpRequest) -> Sequence[str]:
        return ["client_ref"]

    def search(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        return super().search(queryset, term) | queryset.filter(client__in=client_ids(), client_ref=term)

    @admin.display(description="Reference")
    def reference(self, trade: Trade) -> str:
        return trade.client_ref

    @admin.display(description="Symbol")
    def of(self, trade: Trade) -> object:
        return link_to("trading.instrument", trade.instrument_id, trade.instrument)

    @admin.display(description="Side")
    def labelled(self, trade: Trade) -> SafeString:
        return side_badge(trade.side)

    @admin.display(description="Total")
    def money(self, trade: Trade) -> str:
        return format_money(trade.total, trade.instrument.currency)

    @admin.display(description="Average")
    def average(self, trade: Trade) -> str:
        return format_money(Average.of(trade.total, trade.amount).price, trade.instrument.currency)

    @admin.display(description="Order")
    def settled(self, trade: Trade) -> object:
        return link_to("orders.order", trade.order_id, trade.order)

    @admin.display(description="When")
    def entered(self, trade: Trade) -> object:
        return moment(trade.created_at)

    # The page

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("instrument", "client", "order")

    def headline(self, obj: Trade) -> str:
        return f"{obj.side} {obj.amount:,} {obj.instrument} for {self.money(obj)}"

    def badges(self, obj: Trade) -> Sequence[object]:
        return [side_badge(obj.side)]

    def facts(self, obj: Trade) -> Sequence[Fact]:
        currency = obj.instrument.currency
        facts = [
            Fact("Symbol", self.of(obj)),
            Fact("Client", link_to("core.client", obj.client_id, obj.client)),
            Fact("Reference", obj.client_ref),
            Fact("Amount", f"{obj.amount:,}"),
            Fact("Total", self.money(obj)),
            Fact("Average", average_in_words(obj.total, obj.amount, currency)),
            Fact("Limit", "" if obj.limit_total is None else format_money(obj.limit_total, currency)),
            Fact("Settled as", self.settled(obj) if obj.order_id else ""),
            Fact("For", link_to("customers.customer", obj.customer_id, "customer") if obj.customer_id else ""),
            Fact("When", moment(obj.created_at)),
        ]
        return known(facts)

    def panels(self, request: HttpRequest, obj: Trade) -> Sequence[Panel]:
        found = list(obj.fills.select_related("order").order_by("position")[: FILLS_SHOWN + 1])
        rows: list[Sequence[object]] = [
            (
                link_to("trading.bookorder", fill.order_id, fill.order.ref), fill.order.source,
                *_figures(fill, obj.instrument.currency),
            )
            for fill in found[:FILLS_SHOWN]
        ]  # fmt: skip
        if len(found) > FILLS_SHOWN:
            rows.append(("and more", "", "", "", ""))
        rows.append(("Total", "", f"{obj.amount:,}", "", self.money(obj)))
        headers = ("Order", "Source", "Amount", "Price", "Total")
        return [Panel("Fills", headers, rows, numeric={2, 3, 4})]


def average_in_words(total: int, amount: int, currency: str) -> str:
    """100, 3, "USD" → "0.33 USD, remainder 0.01 USD": the price times the amount, plus the remainder, is the total."""
    average = Average.of(total, amount)
    words = format_money(average.price, currency)
    return f"{words}, remainder {format_money(average.remainder, currency)}" if average.remainder else words


def _figures(fill: Fill, currency: str) -> tuple[str, str, str]:
    """Amount, price, total."""
    return f"{fill.amount:,}", format_money(fill.price, currency), format_money(fill.amount * fill.price, currency)


@admin.register(Fill)
class FillAdmin(ConsoleAdmin):
    menu = Menu(TRADING, 63, "call_split")
    list_display = ("of", "position", "book_order", "amount", "price_in_words", "total")
    list_display_links = ("position",)
    list_select_related = ("trade__instrument", "order")
    search_help_text = "The trade's reference"
    ordering = ("-id",)

    def get_search_fields(self, request: HttpRequest) -> Sequence[str]:
        return ["trade"]

    def search(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        trades = Trade.objects.filter(client__in=client_ids(), client_ref=term)
        return queryset.filter(trade__in=list(trades.values_list("pk", flat=True)))

    @admin.display(description="Trade")
    def of(self, fill: Fill) -> object:
        return link_to("trading.trade", fill.trade_id, fill.trade)

    @admin.display(description="Order")
    def book_order(self, fill: Fill) -> object:
        return link_to("trading.bookorder", fill.order_id, fill.order.ref)

    @admin.display(description="Price")
    def price_in_words(self, fill: Fill) -> str:
        return _figures(fill, fill.trade.instrument.currency)[1]

    @admin.display(description="Total")
    def total(self, fill: Fill) -> str:
        return _figures(fill, fill.trade.instrument.currency)[2]

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("trade__instrument", "order")

    def headline(self, obj: Fill) -> str:
        return f"Fill {obj.position} of trade {obj.trade}"

    def facts(self, obj: Fill) -> Sequence[Fact]:
        amount, price, total = _figures(obj, obj.trade.instrument.currency)
        return [
            Fact("Trade", self.of(obj)),
            Fact("Order", self.book_order(obj)),
            Fact("Amount", amount),
            Fact("Price", price),
            Fact("Total", total),
        ]
