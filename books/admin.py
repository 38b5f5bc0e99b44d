"""The console's pages of the books: postings, their lines, closed days, and the trial balance of a storefront."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from books.actions import close_day
from books.authorities import CLOSE
from books.models import DayClose, Posting, PostingLine
from books.queries import Aged, Balance, aged_receivables, end_of, trial_balance
from books.statuses import Account
from core.console import Button, ConsoleAdmin, Fact, Panel, Submission, link_to, moment
from core.console.filters import ChoicesDropdownFilter, EnteredFilter, RelatedDropdownFilter
from core.console.forms import ActionForm, DateField
from core.console.navigation import Menu
from core.console.parts import NOTHING
from core.console.timeline import register_words
from core.models import Client, ClientKind
from core.money import format_money

BOOKS = "Books"
_PAGES = {
    "order": "orders.order", "stored_value": "stored_value.storedvalue", "payout": "orders.payout",
    "payment_difference": "orders.paymentdifference",
}  # fmt: skip
"""Subject type → the model whose page shows it."""


def debit_and_credit(amount: int, currency: str) -> tuple[str, str]:
    shown = format_money(abs(amount), currency)
    return (shown, "") if amount > 0 else ("", shown)


def account_in_words(account: str, detail: str) -> str:
    label = str(Account(account).label)
    return f"{label}: {detail}" if detail else label


class TrialBalanceForm(ActionForm):
    client = forms.ModelChoiceField(label="Storefront", queryset=Client.objects.none(), empty_label="All")
    day = DateField(label="At the end of", required=False, help_text="Empty: as it is now. By the server's time zone.")

    def prepare(self) -> None:
        client = self.fields["client"]
        client.queryset = Client.objects.filter(kind=ClientKind.STOREFRONT)  # type: ignore[attr-defined]
        client.required = False


@admin.register(Posting)
class PostingAdmin(ConsoleAdmin):
    menu = Menu(BOOKS, 62, "menu_book")
    change_list_template = "admin/books/postings.html"
    list_display = ("posted", "kind", "of", "client", "moved", "by")
    list_display_links = ("posted",)
    list_select_related = ("client",)
    list_filter = (("client", RelatedDropdownFilter), ("kind", ChoicesDropdownFilter), EnteredFilter)
    linked_lookups = ("subject_id__exact",)

    def get_urls(self) -> list[URLPattern]:
        balance = path("trial-balance/", self.admin_site.admin_view(self.trial_balance), name="books_trial_balance")
        return [balance, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.prefetch_related("lines")

    def trial_balance(self, request: HttpRequest) -> HttpResponse:
        """What every account of a storefront came to, by currency."""
        if request.method not in {"GET", "HEAD"} or not self.has_view_permission(request):
            raise PermissionDenied
        form = TrialBalanceForm(request.GET or None, person=request.user)
        context = {
            **self._frame(request, None),
            "title": "Trial balance",
            "try_form": form,
            "try_address": reverse("admin:books_trial_balance"),
            "panels": _balances(form.cleaned_data if form.is_bound and form.is_valid() else {}),
        }
        status = 400 if form.errors else 200
        return TemplateResponse(request, "admin/books/trial_balance.html", context, status=status)

    @admin.display(description="Posted")
    def posted(self, posting: Posting) -> object:
        return moment(posting.posted_at)

    @admin.display(description="Of")
    def of(self, posting: Posting) -> object:
        return link_to(_PAGES[posting.subject_type], posting.subject_id, posting.subject_type.replace("_", " "))

    @admin.display(description="Amount")
    def moved(self, posting: Posting) -> str:
        return format_money(sum(max(line.amount, 0) for line in posting.lines.all()), posting.currency)

    @admin.display(description="By")
    def by(self, posting: Posting) -> str:
        return str(posting.actor)

    # The page

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("client", "reverses")

    def headline(self, obj: Posting) -> str:
        return f"{obj.get_kind_display()} {self.moved(obj)}"

    def facts(self, obj: Posting) -> Sequence[Fact]:
        return [
            Fact("Of", self.of(obj)),
            Fact("Version", obj.version),
            Fact("Storefront", link_to("core.client", obj.client_id, obj.client)),
            Fact("Takes back", link_to("books.posting", obj.reverses_id, obj.reverses)),
            Fact("By", self.by(obj)),
            Fact("Posted", moment(obj.posted_at)),
        ]

    def panels(self, request: HttpRequest, obj: Posting) -> Sequence[Panel]:
        rows = [
            (account_in_words(line.account, line.detail), *debit_and_credit(line.amount, obj.currency))
            for line in obj.lines.all()
        ]
        return [Panel("Lines", ("Account", "Debit", "Credit"), rows, numeric={1, 2})]


@admin.register(PostingLine)
class PostingLineAdmin(ConsoleAdmin):
    """Out of the sidebar: the page of a posting shows its lines."""

    list_display = ("on", "debit", "credit", "posted")
    list_display_links = ("on",)
    list_select_related = ("posting",)
    list_filter = (("account", ChoicesDropdownFilter),)

    @admin.display(description="Account")
    def on(self, line: PostingLine) -> str:
        return account_in_words(line.account, line.detail)

    @admin.display(description="Debit")
    def debit(self, line: PostingLine) -> str:
        return debit_and_credit(line.amount, line.posting.currency)[0]

    @admin.display(description="Credit")
    def credit(self, line: PostingLine) -> str:
        return debit_and_credit(line.amount, line.posting.currency)[1]

    @admin.display(description="Posted")
    def posted(self, line: PostingLine) -> object:
        return moment(line.posting.posted_at)

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("posting")

    def headline(self, obj: PostingLine) -> str:
        return self.on(obj)

    def facts(self, obj: PostingLine) -> Sequence[Fact]:
        return [
            Fact("Posting", link_to("books.posting", obj.posting_id, obj.posting)),
            Fact("Debit", self.debit(obj) or NOTHING),
            Fact("Credit", self.credit(obj) or NOTHING),
        ]


class CloseDayForm(ActionForm):
    day = DateField(
        help_text="It is closed for good, and all days before it: nothing is posted on them any more. By the server's "
        "time zone, from a quarter of an hour after its end on."
    )

    def prepare(self) -> None:
        self.initial.setdefault("day", timezone.localdate() - dt.timedelta(days=1))


def _close_day(pressed: Submission) -> str:
    close = close_day(pressed.data["day"], actor=pressed.actor)
    return f"{close} is closed."


@admin.register(DayClose)
class DayCloseAdmin(ConsoleAdmin):
    menu = Menu(BOOKS, 63, "event_available")
    list_display = ("day", "came_to", "by", "closed")
    list_display_links = ("day",)
    ordering = ("-day",)
    list_buttons = (Button("close", "Close a day", _close_day, CLOSE, form=CloseDayForm, look="primary"),)

    @admin.display(description="Debits, and credits")
    def came_to(self, close: DayClose) -> str:
        return (
            " · ".join(format_money(amount, currency) for currency, amount in sorted(close.totals.items())) or NOTHING
        )

    @admin.display(description="By")
    def by(self, close: DayClose) -> str:
        return str(close.actor)

    @admin.display(description="Closed")
    def closed(self, close: DayClose) -> object:
        return moment(close.closed_at)

    def headline(self, obj: DayClose) -> str:
        return f"Closed: {obj}"

    def facts(self, obj: DayClose) -> Sequence[Fact]:
        return [
            Fact("Nothing is posted before", moment(obj.before)),
            Fact("By", self.by(obj)),
            Fact("Closed", self.closed(obj)),
        ]

    def panels(self, request: HttpRequest, obj: DayClose) -> Sequence[Panel]:
        balances = groupby((Balance(**each) for each in obj.balances), lambda each: each.currency)
        panels = [_panel(currency, list(rows)) for currency, rows in balances]
        return panels or [Panel("Trial balance", empty="Nothing was posted.")]


register_words({"day.closed": lambda data: f"Closed {data['day']} and all days before it"})


def _balances(asked: dict[str, Any]) -> list[Panel]:
    client, day = asked.get("client"), asked.get("day")
    found = trial_balance(client.pk if client else None, before=end_of(day) if day else None)
    panels = [_panel(currency, list(balances)) for currency, balances in groupby(found, lambda each: each.currency)]
    aged = aged_receivables(client.pk if client else None, before=end_of(day) if day else timezone.now())
    return [*panels, _aged_panel(aged)] if panels else [Panel("Trial balance", empty="Nothing was posted.")]


def _aged_panel(aged: list[Aged]) -> Panel:
    rows = [
        (
            each.days, each.orders, format_money(each.owed, each.currency),
            format_money(each.to_give_back, each.currency),
        )
        for each in aged
    ]  # fmt: skip
    headers = ("Days since charged", "Orders", "Owed to us", "To give back")
    return Panel("Receivables by age", headers, rows, numeric={1, 2, 3}, empty="Nobody owes anything.")


def _panel(currency: str, balances: list[Balance]) -> Panel:
    rows: list[Sequence[object]] = [
        (account_in_words(each.account, each.detail), *debit_and_credit(each.amount, currency)) for each in balances
    ]
    in_all = [
        format_money(sum(each.debit for each in balances), currency),
        format_money(sum(each.credit for each in balances), currency),
    ]
    return Panel(currency, ("Account", "Debit", "Credit"), [*rows, ("All", *in_all)], numeric={1, 2})
