"""The console's pages of customers."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django_countries import countries

from core.console import ActionForm, Button, ConsoleAdmin, Fact, Panel, Submission, badge, button_of, link_to, moment
from core.console.filters import EnteredFilter, RelatedDropdownFilter
from core.console.navigation import Menu
from core.console.timeline import register_words
from core.models import Client, ClientKind
from customers import actions
from customers import authorities as may
from customers.models import Address, Customer
from customers.operations import ADD_ADDRESS, EDIT, REMOVE_ADDRESS
from customers.queries import POSTAL_FIELDS, matching_ids

PEOPLE = "Customers"


class CustomerForm(ActionForm):
    email = forms.EmailField(label="E-mail", required=False)
    name = forms.CharField(max_length=200, required=False)
    phone = forms.CharField(max_length=40, required=False)
    external_ref = forms.CharField(label="Reference", max_length=100, required=False, help_text="The storefront's own.")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not cleaned.get("email") and not cleaned.get("external_ref"):
            raise forms.ValidationError("A customer has an e-mail, a reference, or both.")
        return cleaned


class NewCustomerForm(CustomerForm):
    client = forms.ModelChoiceField(label="Storefront", queryset=Client.objects.none(), empty_label=None)

    field_order = ("client",)

    def prepare(self) -> None:
        storefronts = Client.objects.filter(kind=ClientKind.STOREFRONT, active=True)
        self.fields["client"].queryset = storefronts  # type: ignore[attr-defined]


class AddressForm(ActionForm):
    name = forms.CharField(label="Addressee", max_length=200)
    company = forms.CharField(max_length=200, required=False)
    line1 = forms.CharField(label="Address", max_length=200)
    line2 = forms.CharField(label="Address, second line", max_length=200, required=False)
    city = forms.CharField(max_length=100)
    region = forms.CharField(max_length=100, required=False)
    postal_code = forms.CharField(max_length=20, required=False)
    country = forms.ChoiceField()
    phone = forms.CharField(max_length=40, required=False)
    is_default = forms.BooleanField(label="Default address", required=False)

    def prepare(self) -> None:
        self.fields["country"].choices = [("", "—"), *countries]  # type: ignore[attr-defined]


class AddressChoiceForm(ActionForm):
    address = forms.ChoiceField()

    def prepare(self) -> None:
        choices = [(str(address.pk), str(address)) for address in self.subject.addresses.all()]
        self.fields["address"].choices = choices  # type: ignore[attr-defined]


def _add(pressed: Submission) -> str:
    data = pressed.data
    customer = actions.create_customer(
        client_id=data["client"].pk,
        email=data["email"] or None,
        name=data["name"],
        phone=data["phone"],
        external_ref=data["external_ref"] or None,
        actor=pressed.actor,
    )
    return f"{customer} is a customer of {data['client']} now."


def _update(pressed: Submission) -> str:
    data = pressed.data
    changes = actions.CustomerChanges(
        email=data["email"] or None, name=data["name"], phone=data["phone"], external_ref=data["external_ref"] or None
    )
    actions.update_customer(pressed.obj.pk, changes, actor=pressed.actor, expected_version=pressed.expected_version)
    return "The customer is up to date."


def _add_address(pressed: Submission) -> str:
    address = actions.NewAddress(**pressed.data)  # type: ignore[typeddict-item]
    actions.add_address(pressed.obj.pk, address, actor=pressed.actor, expected_version=pressed.expected_version)
    return "The address is added."


def _remove_address(pressed: Submission) -> str:
    actions.remove_address(
        pressed.obj.pk,
        uuid.UUID(pressed.data["address"]),
        actor=pressed.actor,
        expected_version=pressed.expected_version,
    )
    return "The address is removed."


def _contact_of(customer: Customer) -> dict[str, Any]:
    return {name: getattr(customer, name) for name in ("email", "name", "phone", "external_ref")}


@admin.register(Customer)
class CustomerAdmin(ConsoleAdmin):
    menu = Menu(PEOPLE, 20, "person")
    list_display = ("__str__", "name", "client", "external_ref", "entered")
    list_select_related = ("client",)
    list_filter = (("client", RelatedDropdownFilter), EnteredFilter)
    search_text = ("email", "name")
    search_help_text = "E-mail, name or the storefront's reference"
    list_buttons = (Button("add", "Add customer", _add, may.CREATE, form=NewCustomerForm, look="primary", once=True),)
    buttons = (
        button_of(EDIT, _update, form=CustomerForm, initial=_contact_of,
               help="Orders keep the name and e-mail that they were placed with."),
        button_of(ADD_ADDRESS, _add_address, form=AddressForm),
        button_of(REMOVE_ADDRESS, _remove_address, form=AddressChoiceForm, look="danger"),
    )  # fmt: skip

    def search(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """References are indexed within their storefront, of which there are few."""
        storefronts = list(Client.objects.values_list("pk", flat=True))
        return super().search(queryset, term) | queryset.filter(client__in=storefronts, external_ref=term)

    @admin.display(description="Entered")
    def entered(self, customer: Customer) -> object:
        return moment(customer.created_at)

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("client").prefetch_related("addresses")

    def facts(self, obj: Customer) -> Sequence[Fact]:
        return [
            Fact("E-mail", obj.email),
            Fact("Name", obj.name),
            Fact("Phone", obj.phone),
            Fact("Storefront", link_to("core.client", obj.client_id, obj.client)),
            Fact("Reference", obj.external_ref),
            Fact("Entered", moment(obj.created_at)),
        ]

    def panels(self, request: HttpRequest, obj: Customer) -> Sequence[Panel]:
        rows = [
            (*_address_text(address), badge("Default", "info") if address.is_default else "")
            for address in obj.addresses.all()
        ]
        headers = ("Addressee", "Street", "Town", "Country", "Phone", "")
        return [Panel("Addresses", headers, rows, empty="No address yet.")]


def _address_text(address: Address) -> tuple[str, ...]:
    return (
        " · ".join(filter(None, [address.name, address.company])),
        ", ".join(filter(None, [address.line1, address.line2])),
        " ".join(filter(None, [address.postal_code, address.city, address.region])),
        address.country.name,
        address.phone,
    )


@admin.register(Address)
class AddressAdmin(ConsoleAdmin):
    menu = Menu(PEOPLE, 21, "home_pin")
    list_display = ("name", "line1", "postal_code", "city", "country", "customer")
    list_select_related = ("customer",)
    search_help_text = "The customer's e-mail or name"
    list_filter = ("is_default",)
    ordering = ("-id",)

    def get_search_fields(self, request: HttpRequest) -> Sequence[str]:
        return ["customer"]

    def search(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        return queryset.filter(customer__in=matching_ids(term))

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("customer")

    def facts(self, obj: Address) -> Sequence[Fact]:
        return [
            Fact("Customer", link_to("customers.customer", obj.customer_id, obj.customer)),
            *(Fact(field.replace("_", " ").capitalize(), str(getattr(obj, field))) for field in POSTAL_FIELDS),
        ]


def _changed(data: dict[str, Any]) -> str:
    return f"Changed: {', '.join(data['changed']).replace('_', ' ')}"


register_words(
    {
        "customer.created": lambda _: "Created",
        "customer.updated": _changed,
        "customer.address_added": lambda _: "Address added",
        "customer.address_updated": _changed,
        "customer.address_removed": lambda _: "Address removed",
    }
)
