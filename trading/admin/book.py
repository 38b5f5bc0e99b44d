"""The list of books and the page of one, which keeps itself up to date."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import BigIntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.http import Http404, HttpRequest, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from core.console import Button, ConsoleAdmin, Fact, Panel, Submission, button_of, link_to, moment
from core.console.filters import ChoicesDropdownFilter
from core.console.navigation import Menu
from core.console.parts import NOTHING, list_of
from core.money import format_money
from trading import actions
from trading.admin import forms
from trading.admin.live import CHARTED, LISTED, Asked, axis, live
from trading.admin.parts import TRADING, SymbolFilter, side_badge
from trading.authorities import LIST_INSTRUMENTS
from trading.models import Instrument, PriceLevel, SideTotal
from trading.operations import EDIT_INSTRUMENT
from trading.statuses import Side


def _list(pressed: Submission) -> str:
    instrument = actions.list_instrument(**pressed.data, actor=pressed.actor)
    return f"There is a book of {instrument} now."


def _edit(pressed: Submission) -> str:
    actions.change_instrument(
        pressed.obj.symbol, dict(pressed.data), actor=pressed.actor, expected_version=pressed.expected_version
    )
    return f"{pressed.obj} is up to date."


def _best(side: Side) -> Subquery:
    levels = PriceLevel.objects.filter(instrument=OuterRef("pk"), side=side).order_by("rank")
    return Subquery(levels.values("rank")[:1], output_field=BigIntegerField())


def _available(side: Side) -> Subquery:
    totals = SideTotal.objects.filter(instrument=OuterRef("pk"), side=side).order_by().values("side")
    return Subquery(totals.annotate(available=Sum("amount")).values("available"), output_field=BigIntegerField())


@admin.register(Instrument)
class InstrumentAdmin(ConsoleAdmin):
    menu = Menu(TRADING, 60, "candlestick_chart")
    object_template = "admin/trading/book.html"
    list_display = ("symbol", "currency", "sku", "best_buy", "buyable", "best_sell", "sellable")
    search_help_text = "A symbol's beginning, or a SKU"
    list_buttons = (Button("add", "New book", _list, LIST_INSTRUMENTS, form=forms.NewInstrumentForm, look="primary"),)
    buttons = (
        button_of(EDIT_INSTRUMENT, _edit, form=forms.InstrumentForm, any_version=True,
               initial=lambda instrument: {"currency": instrument.currency, "sku": instrument.sku},
               help="The currency stays once there are orders, whose prices are in it."),
    )  # fmt: skip

    # The list

    def get_search_fields(self, request: HttpRequest) -> Sequence[str]:
        return ["symbol", "sku"]

    def search(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        begins = Q(symbol__startswith=term) | Q(symbol__startswith=term.upper())
        return super().search(queryset, term) | queryset.filter(begins | Q(sku=term))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset: QuerySet[Any] = super().get_queryset(request)
        figures: QuerySet[Any] = queryset.annotate(
            best_buy_rank=_best(Side.BUY),
            best_sell_rank=_best(Side.SELL),
            buy_available=_available(Side.BUY),
            sell_available=_available(Side.SELL),
        )
        return figures

    @admin.display(description="Best Buy")
    def best_buy(self, instrument: Any) -> str:
        return _money(instrument.best_buy_rank, instrument)

    @admin.display(description="Available to Buy")
    def buyable(self, instrument: Any) -> str:
        return f"{instrument.buy_available or 0:,}"

    @admin.display(description="Best Sell")
    def best_sell(self, instrument: Any) -> str:
        return _money(instrument.best_sell_rank, instrument)

    @admin.display(description="Available to Sell")
    def sellable(self, instrument: Any) -> str:
        return f"{instrument.sell_available or 0:,}"

    # The page

    def get_urls(self) -> list[URLPattern]:
        now = path("<uuid:object_id>/now/", self.admin_site.admin_view(self.now_view), name="trading_instrument_now")
        return [now, *super().get_urls()]

    def now_view(self, request: HttpRequest, object_id: uuid.UUID) -> JsonResponse:
        """The page's own question: how the book stands now."""
        if request.method != "GET" or not self.has_view_permission(request):
            raise PermissionDenied
        instrument = self._find(request, str(object_id))
        if instrument is None:
            raise Http404
        return JsonResponse(live(request, instrument))

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return Instrument.objects.all()

    def said_of(self, obj: Instrument) -> dict[str, Any]:
        return {"currency": obj.currency}

    def headline(self, obj: Instrument) -> str:
        return f"Book of {obj}"

    def facts(self, obj: Instrument) -> Sequence[Fact]:
        return [
            Fact("Currency", obj.currency),
            Fact("SKU", obj.sku),
            Fact("Listed", moment(obj.created_at)),
        ]

    def panels(self, request: HttpRequest, obj: Instrument) -> Sequence[Panel]:
        now = live(request, obj)
        parts = now["parts"]
        chart = {"points": now["chart"], "repeat": now["repeat"], **axis(obj)}
        of_book = {"symbol": obj.symbol}
        more = [
            (label, list_of(model, **of_book))
            for label, model in (("All levels", "trading.pricelevel"), ("Orders", "trading.bookorder"))
        ]
        trades = [("All trades", list_of("trading.trade", **of_book))]
        depth = {
            "at": now["at"],
            "chart": chart,
            "levels": CHARTED,
            "address": reverse("admin:trading_instrument_now", args=[obj.pk]),
        }
        return [
            Panel("Depth", template="admin/trading/depth.html", context=depth),
            Panel("Price for an amount", template="admin/trading/ask.html",
                  context={"sides": Side.choices, "asked": Asked.by(request), "html": parts["price"]}),
            _live_panel(f"The {LISTED} best levels of each side", "levels", parts["levels"], more),
            _live_panel("Last trades", "trades", parts["trades"], trades),
            _live_panel("Best now", "best", parts["best"], aside=True),
        ]  # fmt: skip


def _live_panel(
    title: str, name: str, html: SafeString, to: Sequence[tuple[str, str]] = (), *, aside: bool = False
) -> Panel:
    return Panel(title, template="admin/trading/part.html", context={"name": name, "html": html}, to=to, aside=aside)


def _money(rank: int | None, instrument: Instrument) -> str:
    return NOTHING if rank is None else format_money(abs(rank), instrument.currency)


@admin.register(PriceLevel)
class PriceLevelAdmin(ConsoleAdmin):
    menu = Menu(TRADING, 64, "stacked_bar_chart")
    list_display = ("of", "labelled", "money", "amount", "orders")
    list_display_links = ("money",)
    list_select_related = ("instrument",)
    list_filter = (SymbolFilter, ("side", ChoicesDropdownFilter))
    ordering = ("instrument_id", "side", "rank")

    @admin.display(description="Symbol")
    def of(self, level: PriceLevel) -> object:
        return link_to("trading.instrument", level.instrument_id, level.instrument)

    @admin.display(description="Side")
    def labelled(self, level: PriceLevel) -> SafeString:
        return side_badge(level.side)

    @admin.display(description="Price")
    def money(self, level: PriceLevel) -> str:
        return format_money(level.price, level.instrument.currency)

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("instrument")

    def headline(self, obj: PriceLevel) -> str:
        return f"{obj.side} {obj.instrument} at {self.money(obj)}"

    def facts(self, obj: PriceLevel) -> Sequence[Fact]:
        return [Fact("Symbol", self.of(obj)), Fact("Amount", f"{obj.amount:,}"), Fact("Orders", f"{obj.orders:,}")]


@admin.register(SideTotal)
class SideTotalAdmin(ConsoleAdmin):
    """Out of the sidebar: shares that say something only when they are added up, as the list of books does."""

    list_display = ("of", "labelled", "shard", "amount")
    list_display_links = ("shard",)
    list_select_related = ("instrument",)
    list_filter = (SymbolFilter, ("side", ChoicesDropdownFilter))
    ordering = ("-id",)

    @admin.display(description="Symbol")
    def of(self, total: SideTotal) -> object:
        return link_to("trading.instrument", total.instrument_id, total.instrument)

    @admin.display(description="Side")
    def labelled(self, total: SideTotal) -> SafeString:
        return side_badge(total.side)

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("instrument")

    def headline(self, obj: SideTotal) -> str:
        return f"Share {obj.shard} of {obj.side} {obj.instrument}"

    def facts(self, obj: SideTotal) -> Sequence[Fact]:
        return [Fact("Symbol", self.of(obj)), Fact("Amount", f"{obj.amount:,}")]
