"""The console's pages of customers and their groups."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django_countries import countries

from core.console import ActionForm, Button, ConsoleAdmin, Fact, Panel, Submission, badge, button_of, link_to, moment
from core.console.filters import EnteredFilter, RelatedDropdownFilter
from core.console.forms import EmailField
from core.console.navigation import Menu
from core.console.parts import NOTHING, list_of
from core.console.timeline import register_words
from core.folding import same_in_any_case
from core.models import Client, ClientKind
from customers import actions
from customers import authorities as may
from customers.admin.credit import PEOPLE, NewCreditForm, credit_panel, open_for
from customers.models import Address, Customer, CustomerGroup, GroupMembership
from customers.operations import ADD_ADDRESS, EDIT, EDIT_GROUP, OPEN_CREDIT, REMOVE_ADDRESS, SET_GROUPS
from customers.queries import POSTAL_FIELDS, group_ids_of, groups_of_client, matching_ids

MEMBERS_SHOWN = 25
_IN_WORDS = {"group_ids": "groups", "vat_id": "VAT id"}


class CustomerForm(ActionForm):
    email = EmailField(label="E-mail", required=False)
    name = forms.CharField(max_length=200, required=False)
    phone = forms.CharField(max_length=40, required=False)
    external_ref = forms.CharField(label="Reference", max_length=100, required=False, help_text="The storefront's own.")
    vat_id = forms.CharField(label="VAT id", max_length=40, required=False, help_text="As they gave it.")
    tax_exempt_reason = forms.CharField(
        label="Pays no tax because", max_length=200, required=False, help_text="Empty for everybody who pays taxes."
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not cleaned.get("email") and not cleaned.get("external_ref"):
            raise forms.ValidationError("A customer has an e-mail, a reference, or both.")
        return cleaned


class NewCustomerForm(CustomerForm):
    client = forms.ModelChoiceField(label="Storefront", queryset=Client.objects.none(), empty_label=None)

    field_order = ("client",)

    def prepare(self) -> None:
        _offer_storefronts(self)


class GroupsForm(ActionForm):
    groups = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, help_text="Price lists and offers may be for a group."
    )

    def prepare(self) -> None:
        groups = groups_of_client(self.subject.client_id)
        choices = [(str(group.id), f"{group.code} · {group.name}") for group in groups]
        self.fields["groups"].choices = choices  # type: ignore[attr-defined]


class GroupForm(ActionForm):
    name = forms.CharField(max_length=100)


class NewGroupForm(GroupForm):
    client = forms.ModelChoiceField(label="Storefront", queryset=Client.objects.none(), empty_label=None)
    code = forms.CharField(max_length=50, help_text="It stays: price lists are found by it.")

    field_order = ("client", "code")

    def prepare(self) -> None:
        _offer_storefronts(self)


def _offer_storefronts(form: ActionForm) -> None:
    storefronts = Client.objects.filter(kind=ClientKind.STOREFRONT, active=True)
    form.fields["client"].queryset = storefronts  # type: ignore[attr-defined]


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
        vat_id=data["vat_id"],
        tax_exempt_reason=data["tax_exempt_reason"],
        actor=pressed.actor,
    )
    return f"{customer} is a customer of {data['client']} now."


def _update(pressed: Submission) -> str:
    data = pressed.data
    changes = actions.CustomerChanges(
        email=data["email"] or None,
        name=data["name"],
        phone=data["phone"],
        external_ref=data["external_ref"] or None,
        vat_id=data["vat_id"],
        tax_exempt_reason=data["tax_exempt_reason"],
    )
    actions.update_customer(pressed.obj.pk, changes, actor=pressed.actor, expected_version=pressed.expected_version)
    return "The customer is up to date."


def _set_groups(pressed: Submission) -> str:
    changes = actions.CustomerChanges(group_ids=[uuid.UUID(group_id) for group_id in pressed.data["groups"]])
    actions.update_customer(pressed.obj.pk, changes, actor=pressed.actor, expected_version=pressed.expected_version)
    return "The customer's groups are up to date."


def _add_group(pressed: Submission) -> str:
    data = pressed.data
    group = actions.create_group(client_id=data["client"].pk, code=data["code"], name=data["name"], actor=pressed.actor)
    return f"{data['client']} has the customer group {group} now."


def _update_group(pressed: Submission) -> str:
    changes = actions.CustomerGroupChanges(name=pressed.data["name"])
    actions.update_group(pressed.obj.pk, changes, actor=pressed.actor, expected_version=pressed.expected_version)
    return "The customer group is up to date."


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


_CONTACT = ("email", "name", "phone", "external_ref", "vat_id", "tax_exempt_reason")


def _contact_of(customer: Customer) -> dict[str, Any]:
    return {name: getattr(customer, name) for name in _CONTACT}


@admin.register(Customer)
class CustomerAdmin(ConsoleAdmin):
    menu = Menu(PEOPLE, 20, "person")
    list_display = ("__str__", "name", "client", "external_ref", "entered")
    list_select_related = ("client",)
    list_filter = (("client", RelatedDropdownFilter), EnteredFilter)
    search_text = ("email", "name")
    search_help_text = "E-mail, name or the storefront's reference"
    list_buttons = (Button("add", "Add customer", _add, may.CREATE, form=NewCustomerForm, look="primary"),)
    buttons = (
        button_of(EDIT, _update, form=CustomerForm, initial=_contact_of,
               help="Orders keep the name and e-mail that they were placed with."),
        button_of(SET_GROUPS, _set_groups, form=GroupsForm,
               initial=lambda customer: {"groups": [str(group_id) for group_id in group_ids_of(customer)]}),
        button_of(ADD_ADDRESS, _add_address, form=AddressForm),
        button_of(OPEN_CREDIT, open_for, form=NewCreditForm,
               help="How much the customer may owe in a currency for orders on account."),
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
        return (
            super()
            .page_queryset(request)
            .select_related("client")
            .prefetch_related("addresses", "memberships__group", "credit_accounts")
        )

    def facts(self, obj: Customer) -> Sequence[Fact]:
        return [
            Fact("E-mail", obj.email),
            Fact("Name", obj.name),
            Fact("Phone", obj.phone),
            Fact("Storefront", link_to("core.client", obj.client_id, obj.client)),
            Fact("Reference", obj.external_ref),
            Fact("Groups", _groups(obj)),
            Fact("VAT id", obj.vat_id),
            *([Fact("Pays no tax", obj.tax_exempt_reason)] if obj.tax_exempt_reason else []),
            Fact("Entered", moment(obj.created_at)),
        ]

    def panels(self, request: HttpRequest, obj: Customer) -> Sequence[Panel]:
        rows = [
            (*_address_text(address), badge("Default", "info") if address.is_default else "")
            for address in obj.addresses.all()
        ]
        headers = ("Addressee", "Street", "Town", "Country", "Phone", "")
        return [Panel("Addresses", headers, rows, empty="No address yet."), credit_panel(obj)]


def _groups(customer: Customer) -> object:
    groups = sorted((membership.group for membership in customer.memberships.all()), key=lambda group: group.code)
    links = ((link_to("customers.customergroup", group.pk, group.code),) for group in groups)
    return format_html_join(", ", "{}", links) or NOTHING


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


@admin.register(CustomerGroup)
class CustomerGroupAdmin(ConsoleAdmin):
    menu = Menu(PEOPLE, 22, "groups")
    list_display = ("code", "name", "client", "entered")
    list_select_related = ("client",)
    list_filter = (("client", RelatedDropdownFilter), EnteredFilter)
    search_help_text = "A code"
    ordering = ("-id",)
    list_buttons = (
        Button("add", "Add customer group", _add_group, may.MANAGE_GROUPS, form=NewGroupForm, look="primary",
               help="Price lists and offers may be for a group alone. Who is in it, each customer's page says."),
    )  # fmt: skip
    buttons = (button_of(EDIT_GROUP, _update_group, form=GroupForm, initial=lambda group: {"name": group.name}),)

    def get_search_fields(self, request: HttpRequest) -> Sequence[str]:
        return ["code"]

    def search(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Codes are indexed within their storefront, of which there are few."""
        storefronts = list(Client.objects.values_list("pk", flat=True))
        of_code = queryset.filter(same_in_any_case("code", term), client__in=storefronts)
        return super().search(queryset, term) | of_code

    @admin.display(description="Entered")
    def entered(self, group: CustomerGroup) -> object:
        return moment(group.created_at)

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("client")

    def headline(self, obj: CustomerGroup) -> str:
        return f"{obj.code} · {obj.name}"

    def facts(self, obj: CustomerGroup) -> Sequence[Fact]:
        return [
            Fact("Storefront", link_to("core.client", obj.client_id, obj.client)),
            Fact("Entered", moment(obj.created_at)),
        ]

    def panels(self, request: HttpRequest, obj: CustomerGroup) -> Sequence[Panel]:
        to = [("All members", list_of("customers.groupmembership", group__id__exact=obj.pk))]
        members = obj.memberships.select_related("customer").order_by("-customer_id")[:MEMBERS_SHOWN]
        rows = [
            (link_to("customers.customer", each.customer_id, each.customer), each.customer.name) for each in members
        ]
        return [Panel("Newest members", ("Customer", "Name"), rows, empty="Nobody is in it.", to=to if rows else [])]


@admin.register(GroupMembership)
class GroupMembershipAdmin(ConsoleAdmin):
    """Out of the sidebar: the page of a group leads here."""

    list_display = ("customer", "name", "of")
    list_select_related = ("customer", "group")
    linked_lookups = ("group__id__exact",)
    ordering = ("group_id", "-customer_id")

    @admin.display(description="Name")
    def name(self, membership: GroupMembership) -> str:
        return membership.customer.name

    @admin.display(description="Group")
    def of(self, membership: GroupMembership) -> object:
        return link_to("customers.customergroup", membership.group_id, membership.group)

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("customer", "group")

    def facts(self, obj: GroupMembership) -> Sequence[Fact]:
        return [
            Fact("Customer", link_to("customers.customer", obj.customer_id, obj.customer)),
            Fact("Group", link_to("customers.customergroup", obj.group_id, obj.group)),
        ]


def _changed(data: dict[str, Any]) -> str:
    names = (_IN_WORDS.get(name, name.replace("_", " ")) for name in data["changed"])
    return f"Changed: {', '.join(names)}"


register_words(
    {
        "customer.created": lambda _: "Created",
        "customer.updated": _changed,
        "customer.address_added": lambda _: "Address added",
        "customer.address_updated": _changed,
        "customer.address_removed": lambda _: "Address removed",
        "customer_group.created": lambda _: "Created",
        "customer_group.updated": _changed,
    }
)
