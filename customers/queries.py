"""What other apps may read of customers."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import FilteredRelation, OuterRef, Q, QuerySet
from django_countries import countries

from core.errors import DomainError, FieldProblem, InvalidInput, NotFound
from core.locks import lock_key
from customers.errors import CreditLimitExceeded, NoCreditAccount
from customers.models import Address, CreditAccount, Customer, CustomerGroup, GroupMembership
from customers.triggers import CREDIT

POSTAL_FIELDS = ("name", "company", "line1", "line2", "city", "region", "postal_code", "country", "phone")
"""What an address says, as orders copy it: all are strings, `country` an ISO 3166 code of two letters."""


def address_lines(address: Mapping[str, str]) -> str:
    """An address as it is written on a parcel."""
    country = countries.name(address["country"]) if address.get("country") else ""
    town = " ".join(filter(None, [address.get("postal_code"), address.get("city"), address.get("region")]))
    written = [address.get(field, "") for field in ("name", "company", "line1", "line2")]
    return "\n".join(filter(None, [*written, town, country, address.get("phone", "")]))


@dataclass(frozen=True)
class CustomerSnapshot:
    """A customer as an order copies it; `default_address` has POSTAL_FIELDS, and is None for one without.

    `group_ids` are the groups that they are in, `tax_exempt_reason` is empty for one who pays taxes.
    """

    id: uuid.UUID
    email: str
    name: str
    default_address: dict[str, Any] | None
    group_ids: frozenset[uuid.UUID] = frozenset()
    vat_id: str = ""
    tax_exempt_reason: str = ""


@dataclass(frozen=True)
class Group:
    """A group of a storefront's customers."""

    id: uuid.UUID
    code: str
    name: str


def customer_for_order(client_id: uuid.UUID, customer_id: uuid.UUID) -> CustomerSnapshot:
    """The customer of that storefront. Raises InvalidInput at /customer_id when the storefront has no such customer."""
    groups = GroupMembership.objects.filter(customer=OuterRef("pk")).order_by().values("group_id")
    row = (
        Customer.objects.filter(pk=customer_id, client_id=client_id)
        .annotate(
            address=FilteredRelation("addresses", condition=Q(addresses__is_default=True)),
            group_ids=ArraySubquery(groups),
        )
        .values_list(
            "id",
            "email",
            "name",
            "group_ids",
            "vat_id",
            "tax_exempt_reason",
            "address__id",
            *(f"address__{field}" for field in POSTAL_FIELDS),
        )
        .first()
    )
    if row is None:
        raise InvalidInput.at("/customer_id", "unknown_customer", "The storefront has no such customer.")
    found, email, name, group_ids, vat_id, exempt, address_id, *postal = row
    address = dict(zip(POSTAL_FIELDS, postal, strict=True)) if address_id else None
    return CustomerSnapshot(found, email or "", name, address, frozenset(group_ids), vat_id, exempt)


def customers_with(client_id: uuid.UUID, customer_id: uuid.UUID) -> QuerySet[Customer]:
    """The storefront's customer of that id, or nothing."""
    return Customer.objects.of_client(client_id).filter(pk=customer_id)


def customer_of(client_id: uuid.UUID, customer_id: uuid.UUID) -> Customer:
    """Raises NotFound, also for another storefront's customer."""
    customer = customers_with(client_id, customer_id).first()
    if customer is None:
        raise NotFound("There is no such customer.")
    return customer


def group_of(client_id: uuid.UUID, group_id: uuid.UUID) -> CustomerGroup:
    """Raises NotFound, also for another storefront's group."""
    group = CustomerGroup.objects.of_client(client_id).filter(pk=group_id).first()
    if group is None:
        raise NotFound("There is no such customer group.")
    return group


def group_ids_of(customer: Customer) -> list[uuid.UUID]:
    """The groups that the customer is in, oldest first: read now, unless they were loaded with the customer."""
    return sorted(membership.group_id for membership in customer.memberships.all())


def groups_of_client(client_id: uuid.UUID) -> list[Group]:
    """The storefront's groups, by code."""
    rows = CustomerGroup.objects.of_client(client_id).order_by("code")
    return [Group(*row) for row in rows.values_list("id", "code", "name")]


def groups_by_id(group_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Group]:
    """Those of the ids that are groups."""
    rows = CustomerGroup.objects.filter(pk__in=group_ids)
    return {row[0]: Group(*row) for row in rows.values_list("id", "code", "name")}


def require_groups(client_id: uuid.UUID, group_ids: Collection[uuid.UUID], pointer: str = "/group_ids") -> None:
    """Raises InvalidInput at those of the ids that are no groups of the storefront."""
    rows = CustomerGroup.objects.of_client(client_id).filter(pk__in=group_ids)
    known = set(rows.values_list("pk", flat=True)) if group_ids else set()
    unknown = [
        FieldProblem(f"{pointer}/{index}", "unknown_group", "The storefront has no such customer group.")
        for index, group_id in enumerate(group_ids)
        if group_id not in known
    ]
    if unknown:
        raise InvalidInput("Some customer groups are unknown.", errors=unknown)


def address_of(customer: Customer, address_id: uuid.UUID) -> Address:
    """Raises NotFound, also for another customer's address."""
    address = customer.addresses.filter(pk=address_id).first()
    if address is None:
        raise NotFound("There is no such address.")
    return address


def customer_id_of(client_id: uuid.UUID, email: str) -> uuid.UUID | None:
    """The storefront's customer with that e-mail, whatever its letter case."""
    same = Customer.objects.of_client(client_id).with_email(email)
    return same.values_list("pk", flat=True).first()


def customer_id_of_ref(client_id: uuid.UUID, external_ref: str) -> uuid.UUID | None:
    """The storefront's customer with that reference of its own."""
    same = Customer.objects.of_client(client_id).filter(external_ref=external_ref)
    return same.values_list("pk", flat=True).first()


def matching_ids(text: str, *, at_most: int = 200) -> list[uuid.UUID]:
    """The newest customers whose e-mail or name contains the text; none for fewer than three letters."""
    if len(text) < 3:
        return []
    found = Customer.objects.filter(Q(email__icontains=text) | Q(name__icontains=text))
    return list(found.values_list("pk", flat=True)[:at_most])


# Credit


def credit_lock_key() -> int:
    """The advisory lock that triggers of orders on account share as they count what is owed."""
    return lock_key(CREDIT)


def credit_account_of(client_id: uuid.UUID, account_id: uuid.UUID) -> CreditAccount:
    """Raises NotFound, also for another storefront's."""
    account = CreditAccount.objects.of_client(client_id).filter(pk=account_id).first()
    if account is None:
        raise NotFound("There is no such credit account.")
    return account


def credit_in(customer_id: uuid.UUID | None, currency: str) -> CreditAccount | None:
    """The customer's credit account in the currency; a guest (None) has none, without a statement."""
    if customer_id is None:
        return None
    return CreditAccount.objects.filter(customer_id=customer_id, currency=currency).first()


def days_to_pay_of(customer_id: uuid.UUID, currency: str) -> int | None:
    """How many days the customer has to pay an order on account; None for the storefront's."""
    found = CreditAccount.objects.filter(customer_id=customer_id, currency=currency)
    return found.values_list("days_to_pay", flat=True).first()


def credit_blocker(account: CreditAccount | None, *, currency: str, amount: int, needed: bool) -> DomainError | None:
    """Why an order on account that adds `amount` minor units to what is owed is refused: CreditLimitExceeded, or
    NoCreditAccount where one is `needed`. None: nothing is in its way.
    """
    if account is None:
        return NoCreditAccount(currency) if needed else None
    if amount and account.owed + amount > account.limit:
        return CreditLimitExceeded(limit=account.limit, owed=account.owed, total=amount, currency=currency)
    return None
