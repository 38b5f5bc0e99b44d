"""Lists and pages of payments and ledger entries, across orders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.console import ConsoleAdmin, Fact, Panel, link_to, moment
from core.console.dashboard import Tile, register_tile
from core.console.filters import ChoicesDropdownFilter, EnteredFilter
from core.console.navigation import Menu
from core.money import format_money
from orders.console import SALES, PartAdmin
from orders.payments.admin.panels import attempts_panel, did, notices_panel, reference_of
from orders.payments.admin.tones import attempt_state_badge, outcome_badge, payment_state_badge
from orders.payments.models import LedgerEntry, Payment, PaymentAttempt, PaymentNotice
from orders.payments.statuses import AttemptState


@admin.register(Payment)
class PaymentAdmin(PartAdmin):
    menu = Menu(SALES, 12, "payments")
    list_display = ("__str__", "of", "state", "got", "given_back", "reference", "at")
    list_filter = (("status", ChoicesDropdownFilter), ("method", ChoicesDropdownFilter), EnteredFilter)

    @admin.display(description="Status")
    def state(self, payment: Payment) -> SafeString:
        return payment_state_badge(payment)

    @admin.display(description="Captured")
    def got(self, payment: Payment) -> str:
        return format_money(payment.captured, payment.order.currency)

    @admin.display(description="Refunded")
    def given_back(self, payment: Payment) -> str:
        return format_money(payment.refunded, payment.order.currency)

    @admin.display(description="When")
    def at(self, payment: Payment) -> object:
        return moment(payment.created_at)

    def headline(self, obj: Payment) -> str:
        return f"{obj.get_method_display()} {format_money(obj.amount, obj.order.currency)}"

    def badges(self, obj: Payment) -> Sequence[object]:
        return [payment_state_badge(obj)]

    def facts(self, obj: Payment) -> Sequence[Fact]:
        return [
            Fact("Order", self.of(obj)),
            Fact("Reference", reference_of(obj)),
            Fact("Gateway", obj.gateway),
            Fact("Captured", self.got(obj)),
            Fact("Refunded", self.given_back(obj)),
            Fact("Recorded", moment(obj.created_at)),
            Fact("Captured at", moment(obj.captured_at)),
        ]

    def panels(self, request: HttpRequest, obj: Payment) -> Sequence[Panel]:
        rows = [
            (entry.get_kind_display(), format_money(entry.amount, obj.order.currency), entry.actor,
             moment(entry.created_at))
            for entry in obj.order.ledger.all() if entry.payment_id == obj.pk
        ]  # fmt: skip
        ledger = Panel("Ledger", ("Entry", "Amount", "By", "When"), rows, numeric={1}, empty="No entries.")
        return [attempts_panel(obj), notices_panel(obj), ledger] if obj.gateway else [ledger]


def _linked(url: str) -> object:
    is_page = url.startswith(("https://", "http://"))
    return format_html('<a href="{}" rel="noreferrer noopener">{}</a>', url, url) if is_page else url


@admin.register(PaymentAttempt)
class PaymentAttemptAdmin(PartAdmin):
    menu = Menu(SALES, 19, "sync_alt")
    list_select_related = ("payment__order",)
    search_exact = ("payment__order__number", "payment__order__id")
    list_display = ("kind", "of", "state", "money", "code", "actor", "at")
    list_filter = (("status", ChoicesDropdownFilter), ("kind", ChoicesDropdownFilter), EnteredFilter)

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return ConsoleAdmin.page_queryset(self, request).select_related("payment__order")

    @admin.display(description="Order")
    def of(self, part: PaymentAttempt) -> object:
        return link_to("orders.order", part.payment.order_id, part.payment.order)

    @admin.display(description="Status")
    def state(self, attempt: PaymentAttempt) -> SafeString:
        return attempt_state_badge(attempt)

    @admin.display(description="Amount")
    def money(self, attempt: PaymentAttempt) -> str:
        return format_money(attempt.amount, attempt.payment.order.currency)

    @admin.display(description="When")
    def at(self, attempt: PaymentAttempt) -> object:
        return moment(attempt.created_at)

    def headline(self, obj: PaymentAttempt) -> str:
        return f"{obj.get_kind_display()} {self.money(obj)}"

    def badges(self, obj: PaymentAttempt) -> Sequence[object]:
        return [attempt_state_badge(obj)]

    def facts(self, obj: PaymentAttempt) -> Sequence[Fact]:
        return [
            Fact("Order", self.of(obj)),
            Fact("Payment", link_to("orders.payment", obj.payment_id, "payment")),
            Fact("Gateway", obj.payment.gateway),
            Fact("Its reference", obj.reference),
            Fact("Declined because", obj.code),
            Fact("The payer acts at", _linked(obj.action_url)),
            Fact("Asked by", obj.actor),
            Fact("Asked", moment(obj.created_at)),
            Fact("Settled", moment(obj.settled_at)),
        ]


@admin.register(PaymentNotice)
class PaymentNoticeAdmin(PartAdmin):
    menu = Menu(SALES, 20, "campaign")
    list_select_related = ("attempt__payment__order",)
    search_exact = ("attempt__payment__order__number", "attempt__payment__order__id")
    list_display = ("__str__", "of", "asked", "code", "effect", "at")
    list_filter = (("outcome", ChoicesDropdownFilter),)

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return ConsoleAdmin.page_queryset(self, request).select_related("attempt__payment__order")

    @admin.display(description="Order")
    def of(self, part: PaymentNotice) -> object:
        return link_to("orders.order", part.attempt.payment.order_id, part.attempt.payment.order)

    @admin.display(description="Of")
    def asked(self, notice: PaymentNotice) -> object:
        return link_to("orders.paymentattempt", notice.attempt_id, notice.attempt.get_kind_display())

    @admin.display(description="Effect")
    def effect(self, notice: PaymentNotice) -> str:
        return did(notice)

    @admin.display(description="Received")
    def at(self, notice: PaymentNotice) -> object:
        return moment(notice.received_at)

    def headline(self, obj: PaymentNotice) -> str:
        return f"{obj.attempt.get_kind_display()}: {obj}"

    def badges(self, obj: PaymentNotice) -> Sequence[object]:
        return [outcome_badge(obj)]

    def facts(self, obj: PaymentNotice) -> Sequence[Fact]:
        return [
            Fact("Order", self.of(obj)),
            Fact("Payment", link_to("orders.payment", obj.attempt.payment_id, "payment")),
            Fact("Of", self.asked(obj)),
            Fact("Gateway", obj.attempt.payment.gateway),
            Fact("Its reference", obj.reference),
            Fact("Declined because", obj.code),
            Fact("Effect", self.effect(obj)),
            Fact("Received", self.at(obj)),
        ]


register_tile(
    Tile(
        "Payments under way", "Asked of a gateway, and nobody knows yet what became of it.", "orders.paymentattempt",
        lambda: PaymentAttempt.objects.filter(status=AttemptState.REQUESTED), {"status__exact": "requested"},
        position=23,
    )
)  # fmt: skip


@admin.register(LedgerEntry)
class LedgerEntryAdmin(PartAdmin):
    menu = Menu(SALES, 13, "account_balance")
    list_display = ("kind", "of", "money", "note", "actor", "at")
    list_filter = (("kind", ChoicesDropdownFilter),)

    @admin.display(description="Amount")
    def money(self, entry: LedgerEntry) -> str:
        return format_money(entry.amount, entry.order.currency)

    @admin.display(description="When")
    def at(self, entry: LedgerEntry) -> object:
        return moment(entry.created_at)

    def headline(self, obj: LedgerEntry) -> str:
        return f"{obj.get_kind_display()} {self.money(obj)}"

    def facts(self, obj: LedgerEntry) -> Sequence[Fact]:
        return [
            Fact("Order", self.of(obj)),
            Fact("Payment", link_to("orders.payment", obj.payment_id, "payment")),
            Fact("Note", obj.note),
            Fact("By", obj.actor),
            Fact("When", self.at(obj)),
        ]
