"""The console's pages of gift cards and store credit, and what they add to the page of a customer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString

from core.console import (
    ActionForm,
    Button,
    ConsoleAdmin,
    Done,
    Fact,
    Panel,
    Submission,
    badge,
    button_of,
    link_to,
    moment,
)
from core.console.filters import ChoicesDropdownFilter, EnteredFilter, FlagFilter, RelatedDropdownFilter
from core.console.forms import MOST_DIGITS, DateField, MoneyField, parse_amount
from core.console.navigation import Menu
from core.console.panels import register_panel
from core.console.parts import NOTHING, Tone, known, page_of
from core.console.timeline import register_words
from core.models import Client, ClientKind
from core.money import EXPONENT_BY_CURRENCY, format_money
from customers.queries import customer_id_of, customer_id_of_ref
from stored_value import actions
from stored_value import authorities as may
from stored_value.codes import last4
from stored_value.models import StoredValue, StoredValueEntry
from stored_value.operations import ADJUST, DISABLE, ENABLE
from stored_value.statuses import EntryKind, StoredValueKind, StoredValueStatus

PEOPLE = "Customers"
"""The group of the menu, in which customers come first."""

SHOWN_ENTRIES = 100

_STATUS: dict[str, Tone] = {"active": "good", "disabled": "bad", "expired": "warn"}


def status_badge(stored: StoredValue) -> SafeString:
    return badge(StoredValueStatus(stored.status).label, _STATUS[stored.status])


class _NewValueForm(ActionForm):
    client = forms.ModelChoiceField(label="Storefront", queryset=Client.objects.none(), empty_label=None)
    currency = forms.ChoiceField(choices=[(code, code) for code in sorted(EXPONENT_BY_CURRENCY)], initial="EUR")
    amount = forms.DecimalField(max_digits=MOST_DIGITS)
    note = forms.CharField(max_length=200, required=False, help_text="For colleagues: why it is given.")

    def prepare(self) -> None:
        storefronts = Client.objects.filter(kind=ClientKind.STOREFRONT, active=True)
        self.fields["client"].queryset = storefronts  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("amount") is not None and cleaned.get("currency"):
            try:
                cleaned["amount"] = _positive(parse_amount(cleaned["amount"], cleaned["currency"]))
            except ValidationError as error:
                self.add_error("amount", error)
        return cleaned


class GiftCardForm(_NewValueForm):
    expires_on = DateField(label="Last day", required=False, help_text="Empty: it doesn't expire.")


class StoreCreditForm(_NewValueForm):
    customer = forms.CharField(max_length=254, help_text="The customer's e-mail, or the storefront's reference.")

    field_order = ("client", "customer")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        client, text = cleaned.get("client"), cleaned.get("customer")
        if client and text:
            cleaned["customer_id"] = customer_id_of(client.pk, text) or customer_id_of_ref(client.pk, text)
            if cleaned["customer_id"] is None:
                self.add_error("customer", "The storefront has no customer with this e-mail or reference.")
        return cleaned


class AdjustForm(ActionForm):
    amount = MoneyField(min_value=None, help_text="What is added; with a minus, what is taken away.")
    note = forms.CharField(max_length=200, help_text="Why it is corrected.")

    def prepare(self) -> None:
        amount = self.fields["amount"]
        assert isinstance(amount, MoneyField)  # noqa: S101 - tells the type checker
        amount.currency, amount.label = self.subject.currency, f"Amount in {self.subject.currency}"


class DisableForm(ActionForm):
    reason = forms.CharField(max_length=200, help_text="Shown here and in the API.")


def _positive(amount: int) -> int:
    if amount <= 0:
        raise ValidationError("The amount must be more than nothing.")
    return amount


def _issue(pressed: Submission) -> Done:
    data = pressed.data
    card, code = actions.issue_gift_card(
        client_id=data["client"].pk,
        currency=data["currency"],
        amount=data["amount"],
        expires_on=data["expires_on"],
        note=data["note"],
        actor=pressed.actor,
    )
    amount = format_money(card.balance, card.currency)
    context = {
        **admin.site.each_context(pressed.request),
        "title": "Gift card",
        "opts": StoredValue._meta,
        "original": card,
        "card": card,
        "storefront": data["client"],
        "amount": amount,
        "code": code,
    }
    response = TemplateResponse(pressed.request, "admin/stored_value/code.html", context)
    response["Cache-Control"] = "no-store"
    said = (
        f"{card} of {amount} is issued. Its code was shown then and is kept nowhere: disable the card if it was lost."
    )
    return Done(said, page_of("stored_value.storedvalue", card.pk), response)


def _give(pressed: Submission) -> Done:
    data = pressed.data
    credit = actions.give_store_credit(
        client_id=data["client"].pk,
        customer_id=data["customer_id"],
        currency=data["currency"],
        amount=data["amount"],
        note=data["note"],
        actor=pressed.actor,
    )
    said = f"{format_money(data['amount'], credit.currency)} given: the customer has {_left(credit)} now."
    return Done(said, page_of("stored_value.storedvalue", credit.pk))


def _left(stored: StoredValue) -> str:
    return format_money(stored.balance, stored.currency)


def _last_day(stored: StoredValue) -> str:
    return date_format(stored.expires_on, "j M Y") if stored.expires_on else NOTHING


class DisabledFilter(FlagFilter):
    title = "disabled"
    parameter_name = "disabled"

    def yes(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(disabled_at__isnull=False)

    def no(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(disabled_at=None)


@admin.register(StoredValue)
class StoredValueAdmin(ConsoleAdmin):
    menu = Menu(PEOPLE, 23, "card_giftcard")
    list_display = ("__str__", "client", "customer", "state", "left", "last_day", "entered")
    list_select_related = ("client", "customer")
    list_filter = (
        ("kind", ChoicesDropdownFilter),
        ("client", RelatedDropdownFilter),
        DisabledFilter,
        EnteredFilter,
    )
    linked_lookups = ("customer__id__exact",)
    search_exact = ("last4",)
    search_help_text = "The last four characters of a gift card's code"
    list_buttons = (
        Button("issue", "Issue gift card", _issue, may.ISSUE, form=GiftCardForm, look="primary",
               help="The code is shown once, on the next page. Only its fingerprint is stored."),
        Button("give", "Give store credit", _give, may.ISSUE, form=StoreCreditForm),
    )  # fmt: skip
    buttons = (
        button_of(ADJUST, told="{}: adjusted.", form=AdjustForm),
        button_of(DISABLE, told="{} is disabled: nobody can pay with it.", form=DisableForm, look="danger",
                  help="Its balance stays. Orders still give back to it."),
        button_of(ENABLE, told="{} is enabled: it can be paid with again."),
    )  # fmt: skip

    def search(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Whoever types a whole code finds the cards that end so."""
        return super().search(queryset, last4(term))

    @admin.display(description="Status")
    def state(self, stored: StoredValue) -> SafeString:
        return status_badge(stored)

    @admin.display(description="Balance")
    def left(self, stored: StoredValue) -> str:
        return _left(stored)

    @admin.display(description="Last day")
    def last_day(self, stored: StoredValue) -> str:
        return _last_day(stored)

    @admin.display(description="Entered")
    def entered(self, stored: StoredValue) -> object:
        return moment(stored.created_at)

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("client", "customer")

    def said_of(self, obj: StoredValue) -> dict[str, Any]:
        return {"currency": obj.currency}

    def headline(self, obj: StoredValue) -> str:
        return f"{obj} · {_left(obj)}"

    def badges(self, obj: StoredValue) -> Sequence[object]:
        return [status_badge(obj)]

    def facts(self, obj: StoredValue) -> Sequence[Fact]:
        customer = link_to("customers.customer", obj.customer_id, obj.customer) if obj.customer_id else None
        return known(
            [
                Fact("Storefront", link_to("core.client", obj.client_id, obj.client)),
                Fact("Customer", customer),
                Fact("Last day", _last_day(obj) if obj.expires_on else None),
                Fact("Entered", moment(obj.created_at)),
                Fact("Disabled", moment(obj.disabled_at) if obj.disabled_at else None),
                Fact("Disabled because", obj.disabled_reason),
            ]
        )

    def panels(self, request: HttpRequest, obj: StoredValue) -> Sequence[Panel]:
        rows = [
            (
                entry.get_kind_display(), format_money(entry.amount, obj.currency),
                link_to("orders.order", entry.order_id, "order"), entry.note, entry.actor, moment(entry.created_at),
            )
            for entry in obj.entries.order_by("-version")[:SHOWN_ENTRIES]
        ]  # fmt: skip
        headers = ("Entry", "Amount", "Order", "Note", "By", "When")
        return [Panel("Entries", headers, rows, numeric={1}, empty="No entries.", anchor="entries")]


@admin.register(StoredValueEntry)
class StoredValueEntryAdmin(ConsoleAdmin):
    menu = Menu(PEOPLE, 24, "receipt")
    list_display = ("kind", "of", "money", "note", "actor", "at")
    list_select_related = ("stored_value",)
    list_filter = (("kind", ChoicesDropdownFilter), EnteredFilter)
    search_exact = ("order_id",)
    search_help_text = "The id of an order"
    ordering = ("-id",)

    @admin.display(description="Gift card or credit")
    def of(self, entry: StoredValueEntry) -> object:
        return link_to("stored_value.storedvalue", entry.stored_value_id, entry.stored_value)

    @admin.display(description="Amount")
    def money(self, entry: StoredValueEntry) -> str:
        return format_money(entry.amount, entry.stored_value.currency)

    @admin.display(description="When")
    def at(self, entry: StoredValueEntry) -> object:
        return moment(entry.created_at)

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("stored_value")

    def headline(self, obj: StoredValueEntry) -> str:
        return f"{obj.get_kind_display()} {self.money(obj)}"

    def facts(self, obj: StoredValueEntry) -> Sequence[Fact]:
        return [
            Fact("Of", self.of(obj)),
            Fact("Order", link_to("orders.order", obj.order_id, "order")),
            Fact("Payment", link_to("orders.payment", obj.payment_id, "payment")),
            Fact("Note", obj.note),
            Fact("Reference", obj.reference),
            Fact("By", obj.actor),
            Fact("When", self.at(obj)),
        ]


def credit_panel(request: HttpRequest, customer: Any) -> Sequence[Panel]:
    """A customer's store credit, on their page."""
    if not may.VIEW.held_by(request.user):
        return ()
    rows = [
        (link_to("stored_value.storedvalue", each.pk, each), status_badge(each), _left(each))
        for each in StoredValue.objects.credit_of(customer.pk).order_by("currency")
    ]
    to = [("Give store credit", _form_for(customer))] if may.ISSUE.held_by(request.user) else []
    return [Panel("Store credit", ("In", "Status", "Balance"), rows, numeric={2}, empty="None yet.", to=to)]


def _form_for(customer: Any) -> str:
    """The form that gives credit, filled in with the customer."""
    query = {"client": customer.client_id, "customer": customer.email or customer.external_ref}
    return reverse("admin:stored_value_storedvalue_do", args=["give"], query=query)


register_panel("customers.customer", credit_panel)


def _moved(words: str) -> Any:
    return lambda data: f"{words} {format_money(abs(data['amount']), data['currency'])}"


def _issued(data: dict[str, Any]) -> str:
    verb = "Issued with" if data["kind"] == StoredValueKind.GIFT_CARD else "Given"
    return f"{verb} {format_money(data['amount'], data['currency'])}"


def _adjusted(data: dict[str, Any]) -> str:
    return f"{EntryKind.ADJUST.label} by {format_money(data['amount'], data['currency'])}"


register_words(
    {
        "stored_value.issued": _issued,
        "stored_value.redeemed": _moved("Redeemed"),
        "stored_value.given_back": _moved("An order gave back"),
        "stored_value.adjusted": _adjusted,
        "stored_value.expired": _moved("Expired with"),
        "stored_value.disabled": lambda _: "Disabled",
        "stored_value.enabled": lambda _: "Enabled",
    }
)
