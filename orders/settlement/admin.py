"""The console's pages of differences with gateways and of payouts, and the buttons that decide on a difference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from core.console import ActionForm, ConsoleAdmin, Fact, Panel, badge, button_of, link_to, moment
from core.console.dashboard import Tile, register_tile
from core.console.filters import ChoicesDropdownFilter, EnteredFilter
from core.console.navigation import Menu
from core.console.parts import NOTHING, Tone, list_of
from core.console.timeline import register_words
from core.money import format_money
from orders.console import SALES
from orders.settlement.models import PaymentDifference, Payout, PayoutLine
from orders.settlement.operations import ACCEPT, DISMISS
from orders.settlement.statuses import Resolution

LINES_SHOWN = 200
_TONES: dict[str, Tone] = {"open": "bad", "accepted": "good", "dismissed": "neutral"}


class NoteForm(ActionForm):
    note = forms.CharField(label="Why", max_length=200, help_text="What was found out, and with whom.")


def _figures(amount: int | None, currency: str, outcome: str) -> str:
    return NOTHING if amount is None else f"{outcome.replace('_', ' ')}, {format_money(amount, currency)}"


@admin.register(PaymentDifference)
class PaymentDifferenceAdmin(ConsoleAdmin):
    menu = Menu(SALES, 20, "difference")
    list_display = ("kind", "state", "gateway", "ours", "theirs", "of", "at")
    list_select_related = ("attempt__payment__order",)
    list_filter = (("resolution", ChoicesDropdownFilter), ("kind", ChoicesDropdownFilter), EnteredFilter)
    linked_lookups = ("gateway__exact",)
    search_exact = ("key",)
    search_help_text = "The key of the call"
    ordering = ("-resolution", "-id")
    buttons = (
        button_of(ACCEPT, told="Difference accepted, and posted.", form=NoteForm, look="primary",
                  help="The gateway is right: what its cash is off by is posted, against the differences to clear."),
        button_of(DISMISS, told="Difference dismissed.", form=NoteForm, help="Nothing is posted."),
    )  # fmt: skip

    @admin.display(description="Status")
    def state(self, difference: PaymentDifference) -> SafeString:
        return badge(difference.get_resolution_display(), _TONES[difference.resolution])

    @admin.display(description="Ours")
    def ours(self, difference: PaymentDifference) -> str:
        return _figures(difference.our_amount, difference.our_currency, difference.our_outcome)

    @admin.display(description="The gateway's")
    def theirs(self, difference: PaymentDifference) -> str:
        return _figures(difference.their_amount, difference.their_currency, difference.their_outcome)

    @admin.display(description="Order")
    def of(self, difference: PaymentDifference) -> object:
        if difference.attempt is None:
            return NOTHING
        order = difference.attempt.payment.order
        return link_to("orders.order", order.pk, order)

    @admin.display(description="Found")
    def at(self, difference: PaymentDifference) -> object:
        return moment(difference.found_at)

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("attempt__payment__order")

    def badges(self, obj: PaymentDifference) -> Sequence[object]:
        return [self.state(obj)]

    def facts(self, obj: PaymentDifference) -> Sequence[Fact]:
        return [
            Fact("Gateway", obj.gateway),
            Fact("Key of the call", obj.key),
            Fact("Order", self.of(obj)),
            Fact("Attempt", link_to("orders.paymentattempt", obj.attempt_id, obj.attempt)),
            Fact("Ours", self.ours(obj)),
            Fact("The gateway's", self.theirs(obj)),
            Fact("Posted to its cash", "" if obj.posted is None else format_money(obj.posted, obj.currency)),
            Fact("Why", obj.note),
            Fact("Decided by", obj.resolved_by),
            Fact("Decided", moment(obj.resolved_at)),
            Fact("Found", self.at(obj)),
        ]

    def panels(self, request: HttpRequest, obj: PaymentDifference) -> Sequence[Panel]:
        postings = list_of("books.posting", subject_id__exact=obj.pk)
        return [Panel("In the books", facts=[Fact("To post", _to_post(obj))], to=[("Postings", postings)])]


def _to_post(difference: PaymentDifference) -> str:
    if difference.resolution != Resolution.OPEN or difference.is_of_two_currencies:
        return NOTHING
    return format_money(difference.to_post(), difference.currency)


register_tile(
    Tile(
        "Differences with gateways", "A gateway tells of money otherwise than we do.", "orders.paymentdifference",
        lambda: PaymentDifference.objects.filter(resolution=Resolution.OPEN), {"resolution__exact": "open"},
        position=24,
    )
)  # fmt: skip


@admin.register(Payout)
class PayoutAdmin(ConsoleAdmin):
    menu = Menu(SALES, 21, "account_balance_wallet")
    list_display = ("reference", "gateway", "paid_on", "came", "kept", "all_in_all", "by", "at")
    list_filter = (EnteredFilter,)
    search_exact = ("reference",)
    search_help_text = "The gateway's reference"
    ordering = ("-id",)

    @admin.display(description="To the bank")
    def came(self, payout: Payout) -> str:
        return format_money(payout.net, payout.currency)

    @admin.display(description="Fee")
    def kept(self, payout: Payout) -> str:
        return format_money(payout.fee, payout.currency)

    @admin.display(description="Gross")
    def all_in_all(self, payout: Payout) -> str:
        return format_money(payout.gross, payout.currency)

    @admin.display(description="By")
    def by(self, payout: Payout) -> str:
        return str(payout.actor)

    @admin.display(description="Brought in")
    def at(self, payout: Payout) -> object:
        return moment(payout.imported_at)

    def headline(self, obj: Payout) -> str:
        return f"{obj.reference}: {self.came(obj)}"

    def facts(self, obj: Payout) -> Sequence[Fact]:
        return [
            Fact("Gateway", obj.gateway),
            Fact("Paid on", obj.paid_on),
            Fact("Gross", self.all_in_all(obj)),
            Fact("Fee", self.kept(obj)),
            Fact("To the bank", self.came(obj)),
            Fact("By", self.by(obj)),
            Fact("Brought in", self.at(obj)),
        ]

    def panels(self, request: HttpRequest, obj: Payout) -> Sequence[Panel]:
        lines = obj.lines.select_related("attempt__payment__order")[:LINES_SHOWN]
        rows = [
            (
                link_to("orders.order", line.attempt.payment.order_id, line.attempt.payment.order),
                line.attempt.get_kind_display(), format_money(line.amount, obj.currency),
                format_money(line.fee, obj.currency),
            )
            for line in lines
        ]  # fmt: skip
        to = [
            ("All lines", list_of("orders.payoutline", payout__exact=obj.pk)),
            ("Postings", list_of("books.posting", subject_id__exact=obj.pk)),
        ]
        return [Panel("Calls", ("Order", "What", "Amount", "Fee"), rows, numeric={2, 3}, to=to)]


@admin.register(PayoutLine)
class PayoutLineAdmin(ConsoleAdmin):
    """Out of the sidebar: the page of a payout shows its lines."""

    list_display = ("of", "what", "money", "kept", "payout")
    list_display_links = ("what",)
    list_select_related = ("payout", "attempt__payment__order")
    linked_lookups = ("payout__exact",)
    ordering = ("-id",)

    @admin.display(description="Order")
    def of(self, line: PayoutLine) -> object:
        return link_to("orders.order", line.attempt.payment.order_id, line.attempt.payment.order)

    @admin.display(description="What")
    def what(self, line: PayoutLine) -> str:
        return str(line.attempt.get_kind_display())

    @admin.display(description="Amount")
    def money(self, line: PayoutLine) -> str:
        return format_money(line.amount, line.payout.currency)

    @admin.display(description="Fee")
    def kept(self, line: PayoutLine) -> str:
        return format_money(line.fee, line.payout.currency)

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("payout", "attempt__payment__order")

    def headline(self, obj: PayoutLine) -> str:
        return f"{self.what(obj)} {self.money(obj)}"

    def facts(self, obj: PayoutLine) -> Sequence[Fact]:
        return [
            Fact("Payout", link_to("orders.payout", obj.payout_id, obj.payout)),
            Fact("Order", self.of(obj)),
            Fact("Amount", self.money(obj)),
            Fact("Fee", self.kept(obj)),
        ]


register_words(
    {
        "payment_difference.found": lambda _: "Found as the gateway's calls were compared with ours",
        "payment_difference.accepted": lambda data: (
            f"Accepted: posted {format_money(data['amount'], data['currency'])}"
        ),
        "payment_difference.dismissed": lambda _: "Dismissed: nothing is posted",
        "payout.imported": lambda data: f"Brought in: {format_money(data['net'], data['currency'])} came to the bank",
    }
)
