"""Lists and pages of payments and ledger entries, across orders."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from core.console import Fact, Panel, link_to, moment
from core.console.filters import ChoicesDropdownFilter, EnteredFilter
from core.console.navigation import Menu
from core.money import format_money
from orders.console import SALES, PartAdmin
from orders.payments.admin.panels import reference_of
from orders.payments.admin.tones import payment_state_badge
from orders.payments.models import LedgerEntry, Payment


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
        return [Panel("Ledger", ("Entry", "Amount", "By", "When"), rows, numeric={1}, empty="No entries.")]


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
