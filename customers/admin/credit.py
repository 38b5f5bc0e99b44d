"""The console's pages of credit accounts, and what they add to the page of a customer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from core.console import ActionForm, ConsoleAdmin, Fact, Panel, Submission, badge, button_of, link_to, moment
from core.console.filters import EnteredFilter, FlagFilter, RelatedDropdownFilter
from core.console.forms import MOST_DIGITS, MoneyField, parse_amount
from core.console.navigation import Menu
from core.console.timeline import register_words
from core.money import EXPONENT_BY_CURRENCY, format_money
from customers import actions
from customers.models import MOST_DAYS_TO_PAY, CreditAccount, Customer
from customers.operations import SET_CREDIT
from customers.queries import matching_ids

PEOPLE = "Customers"
"""The group of the menu, in which customers come first."""

_LIMIT_HELP = "They may owe so much at most for orders on account. 0: nothing more."


class CreditForm(ActionForm):
    limit = MoneyField(help_text=_LIMIT_HELP)
    days_to_pay = forms.IntegerField(
        min_value=0, max_value=MOST_DAYS_TO_PAY, required=False, help_text="Empty: the storefront's."
    )

    def prepare(self) -> None:
        limit = self.fields["limit"]
        assert isinstance(limit, MoneyField)  # noqa: S101 - tells the type checker
        limit.currency, limit.label = self.subject.currency, f"Limit in {self.subject.currency}"


class NewCreditForm(ActionForm):
    currency = forms.ChoiceField(choices=[(code, code) for code in sorted(EXPONENT_BY_CURRENCY)], initial="EUR")
    limit = forms.DecimalField(max_digits=MOST_DIGITS, min_value=0, help_text=_LIMIT_HELP)
    days_to_pay = forms.IntegerField(
        min_value=0, max_value=MOST_DAYS_TO_PAY, required=False, help_text="Empty: the storefront's."
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("limit") is not None and cleaned.get("currency"):
            try:
                cleaned["limit"] = parse_amount(cleaned["limit"], cleaned["currency"])
            except ValidationError as error:
                self.add_error("limit", error)
        return cleaned


def open_for(pressed: Submission) -> str:
    """What the button on a customer's page does."""
    customer: Customer = pressed.obj
    data = pressed.data
    account = actions.open_credit(
        client_id=customer.client_id,
        customer_id=customer.pk,
        currency=data["currency"],
        limit=data["limit"],
        days_to_pay=data["days_to_pay"],
        actor=pressed.actor,
    )
    return f"{customer} may owe {_money(account, account.limit)} on account."


def _set(pressed: Submission) -> str:
    changes = actions.CreditChanges(limit=pressed.data["limit"], days_to_pay=pressed.data["days_to_pay"])
    actions.set_credit(pressed.obj.pk, changes, actor=pressed.actor, expected_version=pressed.expected_version)
    return "The credit account is up to date."


def _money(account: CreditAccount, amount: int) -> str:
    return format_money(amount, account.currency)


def _days(account: CreditAccount) -> str:
    return "The storefront's" if account.days_to_pay is None else str(account.days_to_pay)


def _standing(account: CreditAccount) -> SafeString:
    if account.owed > account.limit:
        return badge("Over the limit", "warn")
    return badge("Closed") if account.limit == 0 else badge("Open", "good")


class OverLimitFilter(FlagFilter):
    title = "over the limit"
    parameter_name = "over"

    def yes(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(owed__gt=F("limit"))

    def no(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(owed__lte=F("limit"))


@admin.register(CreditAccount)
class CreditAccountAdmin(ConsoleAdmin):
    menu = Menu(PEOPLE, 22, "credit_score")
    list_display = ("__str__", "customer", "client", "most", "owes", "remains", "standing", "entered")
    list_select_related = ("client", "customer")
    list_filter = (("client", RelatedDropdownFilter), OverLimitFilter, EnteredFilter)
    linked_lookups = ("customer__id__exact",)
    search_help_text = "The customer's e-mail or name"
    ordering = ("-id",)
    buttons = (
        button_of(SET_CREDIT, _set, form=CreditForm,
               initial=lambda account: {"limit": account.limit, "days_to_pay": account.days_to_pay},
               help="A limit below what is owed refuses new orders on account, and nothing else."),
    )  # fmt: skip

    def get_search_fields(self, request: HttpRequest) -> Sequence[str]:
        return ["customer"]

    def search(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        return queryset.filter(customer__in=matching_ids(term))

    @admin.display(description="Limit")
    def most(self, account: CreditAccount) -> str:
        return _money(account, account.limit)

    @admin.display(description="Owed")
    def owes(self, account: CreditAccount) -> str:
        return _money(account, account.owed)

    @admin.display(description="Left")
    def remains(self, account: CreditAccount) -> str:
        return _money(account, account.left)

    @admin.display(description="Status")
    def standing(self, account: CreditAccount) -> SafeString:
        return _standing(account)

    @admin.display(description="Entered")
    def entered(self, account: CreditAccount) -> object:
        return moment(account.created_at)

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("client", "customer")

    def headline(self, obj: CreditAccount) -> str:
        return f"{obj} · {self.remains(obj)} left"

    def facts(self, obj: CreditAccount) -> Sequence[Fact]:
        return [
            Fact("Customer", link_to("customers.customer", obj.customer_id, obj.customer)),
            Fact("Storefront", link_to("core.client", obj.client_id, obj.client)),
            Fact("Limit", self.most(obj)),
            Fact("Owed", self.owes(obj)),
            Fact("Left", self.remains(obj)),
            Fact("Days to pay", _days(obj)),
            Fact("Entered", moment(obj.created_at)),
        ]


def credit_panel(customer: Customer) -> Panel:
    """A customer's credit accounts, as loaded with them."""
    rows = [
        (
            link_to("customers.creditaccount", each.pk, each), _money(each, each.limit), _money(each, each.owed),
            _money(each, each.left), _days(each), _standing(each),
        )
        for each in sorted(customer.credit_accounts.all(), key=lambda account: account.currency)
    ]  # fmt: skip
    headers = ("Account", "Limit", "Owed", "Left", "Days to pay", "Status")
    return Panel("Credit for orders on account", headers, rows, numeric={1, 2, 3, 4}, empty="No credit account.")


def _said(verb: str) -> Any:
    def words(data: dict[str, Any]) -> str:
        days = data["days_to_pay"]
        told = "the storefront's days to pay" if days is None else f"{days} days to pay"
        return f"{verb}: {format_money(data['limit'], data['currency'])}, {told}"

    return words


register_words({"credit_account.opened": _said("Opened"), "credit_account.changed": _said("Changed")})
