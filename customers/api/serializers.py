"""Customers as JSON: request bodies and responses."""

from __future__ import annotations

from typing import Any

from django_countries import countries
from rest_framework import serializers

from core.api.serializers import (
    AmountField,
    BooleanField,
    ChoiceField,
    CurrencyField,
    EmailField,
    IdentifierField,
    IdField,
    IntegerField,
    ListField,
    StrictSerializer,
    StringField,
)
from customers.models import MOST_DAYS_TO_PAY, Address, CreditAccount, Customer, CustomerGroup
from customers.queries import POSTAL_FIELDS, group_ids_of

MAX_GROUPS = 50
"""That a customer can be put into by one request."""


def _optional(max_length: int) -> StringField:
    return StringField(max_length=max_length, required=False, allow_blank=True)


class NewCustomerSerializer(StrictSerializer):
    email = EmailField()
    name = _optional(200)
    phone = _optional(40)
    external_ref = IdentifierField(max_length=100, required=False, allow_null=True)
    vat_id = IdentifierField(max_length=40, required=False, allow_blank=True, help_text="As given.")
    tax_exempt_reason = StringField(
        max_length=200, required=False, allow_blank=True, help_text="Why they pay no tax; empty if they do."
    )
    group_ids = ListField(
        child=IdField(), max_length=MAX_GROUPS, required=False, help_text="All customer groups that they are in."
    )


class CustomerChangesSerializer(NewCustomerSerializer):
    """The fields of a customer that change."""


class NewAddressSerializer(StrictSerializer):
    name = StringField(max_length=200)
    company = _optional(200)
    line1 = StringField(max_length=200)
    line2 = _optional(200)
    city = StringField(max_length=100)
    region = _optional(100)
    postal_code = _optional(20)
    country = ChoiceField([(code, code) for code, _ in countries], help_text="ISO 3166, two letters.")
    phone = _optional(40)
    is_default = BooleanField(required=False)


class AddressChangesSerializer(NewAddressSerializer):
    """The fields of an address that change."""


class CustomerSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    email = serializers.CharField(allow_null=True, help_text="Null for one known by its external_ref alone.")
    name = serializers.CharField()
    phone = serializers.CharField()
    external_ref = serializers.CharField(allow_null=True)
    vat_id = serializers.CharField(help_text="As given.")
    tax_exempt_reason = serializers.CharField(help_text="Why they pay no tax; empty if they do.")
    group_ids = serializers.ListField(child=serializers.UUIDField(), help_text="The customer groups that they are in.")
    version = serializers.IntegerField(help_text="What the ETag names.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class NewCustomerGroupSerializer(StrictSerializer):
    code = IdentifierField(max_length=50)
    name = StringField(max_length=100)


class CustomerGroupChangesSerializer(StrictSerializer):
    """The fields of a customer group that change; its code stays."""

    name = StringField(max_length=100)


class CustomerGroupSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    code = serializers.CharField(help_text="Unique at the storefront, in any letter case.")
    name = serializers.CharField()
    version = serializers.IntegerField(help_text="What the ETag names. Members don't change it.")
    created_at = serializers.DateTimeField()


_LIMIT_HELP = "They may owe so much at most for orders on account; 0: nothing more."
_DAYS_HELP = "How many days they have to pay; null for the storefront's."


class CreditAccountChangesSerializer(StrictSerializer):
    """What of a credit account changes; its currency stays."""

    limit = AmountField(min_value=0, help_text=_LIMIT_HELP)
    days_to_pay = IntegerField(
        min_value=0, max_value=MOST_DAYS_TO_PAY, required=False, allow_null=True, help_text=_DAYS_HELP
    )


class NewCreditAccountSerializer(CreditAccountChangesSerializer):
    currency = CurrencyField()


class CreditAccountSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    customer_id = serializers.UUIDField()
    currency = serializers.CharField()
    limit = serializers.IntegerField(help_text=_LIMIT_HELP)
    days_to_pay = serializers.IntegerField(allow_null=True, help_text=_DAYS_HELP)
    owed = serializers.IntegerField(help_text="What is due of their orders on account in the currency.")
    left = serializers.IntegerField(
        help_text="What they may still order on account: the limit less what is owed, or 0."
    )
    version = serializers.IntegerField(help_text="What the ETag names. Orders and payments, which move owed, don't.")
    created_at = serializers.DateTimeField()


class AddressSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    company = serializers.CharField()
    line1 = serializers.CharField()
    line2 = serializers.CharField()
    city = serializers.CharField()
    region = serializers.CharField()
    postal_code = serializers.CharField()
    country = serializers.CharField(help_text="ISO 3166, two letters.")
    phone = serializers.CharField()
    is_default = serializers.BooleanField()
    created_at = serializers.DateTimeField()


def show_customer(customer: Customer) -> dict[str, Any]:
    return {
        "id": customer.pk,
        "email": customer.email,
        "name": customer.name,
        "phone": customer.phone,
        "external_ref": customer.external_ref,
        "vat_id": customer.vat_id,
        "tax_exempt_reason": customer.tax_exempt_reason,
        "group_ids": group_ids_of(customer),
        "version": customer.version,
        "created_at": customer.created_at,
        "updated_at": customer.updated_at,
    }


def show_address(address: Address) -> dict[str, Any]:
    postal = {field: str(getattr(address, field)) for field in POSTAL_FIELDS}
    return {"id": address.pk, **postal, "is_default": address.is_default, "created_at": address.created_at}


def show_group(group: CustomerGroup) -> dict[str, Any]:
    return {
        "id": group.pk,
        "code": group.code,
        "name": group.name,
        "version": group.version,
        "created_at": group.created_at,
    }


def show_credit_account(account: CreditAccount) -> dict[str, Any]:
    return {
        "id": account.pk,
        "customer_id": account.customer_id,
        "currency": account.currency,
        "limit": account.limit,
        "days_to_pay": account.days_to_pay,
        "owed": account.owed,
        "left": account.left,
        "version": account.version,
        "created_at": account.created_at,
    }
