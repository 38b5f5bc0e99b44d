"""The console's list of instalments, their panel on an order's page, and the button that agrees on them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString

from core.console import ActionForm, Fact, Panel, RowForm, Submission, badge, button_of
from core.console.dashboard import Tile, register_tile
from core.console.filters import FlagFilter
from core.console.forms import MOST_DIGITS, parse_amount
from core.console.navigation import Menu
from core.console.timeline import register_words
from core.money import format_money, from_minor
from orders.console import SALES, PartAdmin
from orders.instalments.actions import Agreed, agree_instalments
from orders.instalments.models import Instalment
from orders.instalments.queries import instalments_of
from orders.models import Order
from orders.operations import AGREE_INSTALMENTS
from orders.statuses import PaymentTerms


class OverdueFilter(FlagFilter):
    title = "overdue"
    parameter_name = "overdue"

    def yes(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(pk__in=Instalment.objects.overdue(timezone.localdate()).order_by().values("pk"))

    def no(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(pk__in=Instalment.objects.not_overdue(timezone.localdate()).order_by().values("pk"))


@admin.register(Instalment)
class InstalmentAdmin(PartAdmin):
    menu = Menu(SALES, 14, "event_upcoming")
    list_display = ("due_on", "of", "money", "left", "state")
    list_filter = (OverdueFilter,)

    @admin.display(description="Amount")
    def money(self, instalment: Instalment) -> str:
        return format_money(instalment.amount, instalment.order.currency)

    @admin.display(description="Outstanding")
    def left(self, instalment: Instalment) -> str:
        return format_money(instalment.outstanding, instalment.order.currency)

    @admin.display(description="Status")
    def state(self, instalment: Instalment) -> SafeString:
        return state_badge(instalment)

    def headline(self, obj: Instalment) -> str:
        return f"{self.money(obj)} by {obj.due_on}"

    def badges(self, obj: Instalment) -> Sequence[object]:
        return [state_badge(obj)]

    def facts(self, obj: Instalment) -> Sequence[Fact]:
        return [
            Fact("Order", self.of(obj)),
            Fact("Payable by", obj.due_on),
            Fact("Amount", self.money(obj)),
            Fact("Outstanding", self.left(obj)),
        ]


register_tile(
    Tile(
        "Overdue", "Instalments of orders on account whose day is over.", "orders.instalment",
        lambda: Instalment.objects.overdue(timezone.localdate()), {"overdue": "yes"}, position=24,
    )
)  # fmt: skip


def state_badge(instalment: Instalment) -> SafeString:
    if not instalment.outstanding:
        return badge("Settled", "good")
    return badge("Overdue", "bad") if instalment.is_overdue(timezone.localdate()) else badge("Open", "info")


def instalments_panel(order: Order) -> Sequence[Panel]:
    """Of an order on account; others have none."""
    if order.payment_terms != PaymentTerms.ON_ACCOUNT or order.placed_at is None:
        return []
    rows = [
        (
            each.due_on, format_money(each.amount, order.currency), format_money(each.outstanding, order.currency),
            state_badge(each),
        )
        for each in instalments_of([order.pk])
    ]  # fmt: skip
    headers = ("Payable by", "Amount", "Outstanding", "Status")
    return [Panel("Instalments", headers, rows, numeric={1, 2}, empty="No day is agreed.", anchor="instalments")]


class InstalmentRow(RowForm):
    due_on = forms.DateField(label="Payable by", widget=forms.DateInput(attrs={"type": "date"}))
    amount = forms.DecimalField(min_value=0, max_digits=MOST_DIGITS)


class InstalmentsForm(ActionForm):
    row_form = InstalmentRow

    def clean(self) -> dict[str, Any]:
        """Adds `instalments`, if every row's amount is one of the order's currency."""
        cleaned = super().clean()
        try:
            cleaned["instalments"] = [
                Agreed(row["due_on"], parse_amount(row["amount"], self.subject.currency))
                for row in cleaned.get("rows", ())
            ]
        except ValidationError as error:
            self.add_error(None, error)
        return cleaned


def _agree(pressed: Submission) -> str:
    instalments = pressed.data["instalments"]
    agree_instalments(
        pressed.obj.pk, instalments=instalments, actor=pressed.actor, expected_version=pressed.expected_version
    )
    return f"{len(instalments)} instalments are agreed." if len(instalments) > 1 else "The day to pay is agreed."


def _as_agreed(order: Order) -> dict[str, Any]:
    """What is left of what was agreed; all that is due in one, where nothing was."""
    left = [(each.due_on, each.outstanding) for each in instalments_of([order.pk]) if each.outstanding]
    rows: list[tuple[dt.date | None, int]] = [*left] or [(None, order.due)]
    return {"rows": [{"due_on": day, "amount": from_minor(amount, order.currency)} for day, amount in rows]}


INSTALMENT_BUTTONS = (
    button_of(AGREE_INSTALMENTS, _agree, form=InstalmentsForm, initial=_as_agreed, group="Money",
              help="What is due now is to be paid by these days, in place of all that was agreed before."),
)  # fmt: skip


def _told(data: dict[str, Any]) -> str:
    agreed = data["instalments"]
    if not agreed:
        return "No day to pay is agreed any more"
    first, last = _day(agreed[0]["due_on"]), _day(agreed[-1]["due_on"])
    return f"Payable by {first}" if len(agreed) == 1 else f"Payable in {len(agreed)} instalments, {first} to {last}"


def _day(text: str) -> str:
    return date_format(dt.date.fromisoformat(text), "j M Y")


register_words({"order.instalments_agreed": _told})
