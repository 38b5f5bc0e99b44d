"""Customers, their addresses and groups.

Addresses and memberships of groups are part of their customer, whose row is locked and tells of them.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any, TypedDict

from django.db import IntegrityError, transaction

from core.actors import Actor
from core.changes import apply_changes
from core.errors import InvalidInput, NotFound, StaleVersion
from core.folding import same_in_any_case
from core.outbox import record
from core.text import normal
from core.transactions import action, step
from core.versions import keep_version
from customers.errors import CustomerExists, CustomerGroupExists
from customers.events import (
    AddressAdded,
    AddressRemoved,
    AddressUpdated,
    CustomerCreated,
    CustomerGroupCreated,
    CustomerGroupUpdated,
    CustomerUpdated,
)
from customers.models import Address, Customer, CustomerGroup, GroupMembership
from customers.queries import address_of, group_ids_of, require_groups
from customers.versions import content_of, group_content


class CustomerChanges(TypedDict, total=False):
    """`group_ids` replaces all groups that the customer is in. Without a `tax_exempt_reason` they pay taxes."""

    email: str | None
    name: str
    phone: str
    external_ref: str | None
    vat_id: str
    tax_exempt_reason: str
    group_ids: Collection[uuid.UUID]


class CustomerGroupChanges(TypedDict, total=False):
    name: str


class NewAddress(TypedDict, total=False):
    """name, line1, city and country (ISO 3166, two letters) are needed; the rest is empty when absent."""

    name: str
    company: str
    line1: str
    line2: str
    city: str
    region: str
    postal_code: str
    country: str
    phone: str
    is_default: bool


def normalised(email: str | None) -> str | None:
    """As it is stored: " Ann@Example.COM " → "Ann@example.com". The part before the @ is its owner's to spell."""
    if not email:
        return None
    name, at, domain = normal(email).rpartition("@")
    return f"{name}{at}{domain.lower()}"


@action
def create_customer(
    *,
    client_id: uuid.UUID,
    email: str | None,
    name: str = "",
    phone: str = "",
    external_ref: str | None = None,
    vat_id: str = "",
    tax_exempt_reason: str = "",
    group_ids: Collection[uuid.UUID] = (),
    actor: Actor,
) -> Customer:
    """Raises CustomerExists when the storefront has one with that e-mail, in any letter case, or that reference.

    Raises InvalidInput for groups that the storefront hasn't.
    """
    require_groups(client_id, group_ids)
    customer = Customer(
        client_id=client_id,
        email=normalised(email),
        name=name,
        phone=phone,
        external_ref=external_ref,
        vat_id=vat_id,
        tax_exempt_reason=tax_exempt_reason,
    )
    _insert(customer, actor, group_ids)
    return customer


@action
def update_customer(
    customer_id: uuid.UUID,
    changes: CustomerChanges,
    *,
    client_id: uuid.UUID | None = None,
    actor: Actor,
    expected_version: int | None = None,
) -> Customer:
    """Orders keep the name and e-mail that they were placed with.

    Raises NotFound, StaleVersion, CustomerExists, InvalidInput for groups that the storefront hasn't.
    """
    customer = _lock(customer_id, client_id, expected_version)
    values: dict[str, Any] = {**changes}
    group_ids: Collection[uuid.UUID] | None = values.pop("group_ids", None)
    if "email" in values:
        values["email"] = normalised(values["email"])
    columns = list(apply_changes(customer, values, CustomerChanges))
    regrouped = group_ids is not None and _replace_groups(customer, group_ids)
    if columns or regrouped:
        changed = [*columns, *(["group_ids"] if regrouped else [])]
        record(CustomerUpdated(changed=changed), subject=customer, actor=actor)
        _save(customer, update_fields=[*columns, "updated_at"])
        _keep_version(customer)
    return customer


@action
def create_group(*, client_id: uuid.UUID, code: str, name: str, actor: Actor) -> CustomerGroup:
    """A group of the storefront's customers. Raises CustomerGroupExists when it has one with that code, in any letter
    case.
    """
    group = CustomerGroup(client_id=client_id, code=normal(code), name=name)
    record(CustomerGroupCreated(client=client_id, code=group.code), subject=group, actor=actor)
    try:
        with transaction.atomic():
            group.save(force_insert=True)
    except IntegrityError:
        same = CustomerGroup.objects.of_client(client_id).get(same_in_any_case("code", code))
        raise CustomerGroupExists(group_code=same.code, group_id=same.pk) from None
    keep_version(group_content(group), subject=group)
    return group


@action
def update_group(
    group_id: uuid.UUID,
    changes: CustomerGroupChanges,
    *,
    client_id: uuid.UUID | None = None,
    actor: Actor,
    expected_version: int | None = None,
) -> CustomerGroup:
    """Its code stays. Raises NotFound, StaleVersion."""
    rows = CustomerGroup.objects.locked().filter(pk=group_id)
    group = (rows if client_id is None else rows.of_client(client_id)).first()
    if group is None:
        raise NotFound("There is no such customer group.")
    if expected_version is not None and expected_version != group.version:
        raise StaleVersion(expected=expected_version, actual=group.version)
    changed = list(apply_changes(group, changes, CustomerGroupChanges))
    if changed:
        record(CustomerGroupUpdated(changed=changed), subject=group, actor=actor)
        keep_version(group_content(group), subject=group)
        group.save(update_fields=changed)
    return group


@step
def ensure_customer(
    *, client_id: uuid.UUID, email: str | None = None, external_ref: str | None = None, name: str = "", actor: Actor
) -> uuid.UUID:
    """The id of the storefront's customer with that reference or, without one, that e-mail; made when there is none.

    One that exists stays as it is. Raises CustomerExists when the reference is new and the e-mail another customer's,
    or when another caller has made the same customer in this instant; InvalidInput when neither is given.
    """
    known = Customer.objects.of_client(client_id)
    known = known.with_email(email or "") if external_ref is None else known.filter(external_ref=external_ref)
    customer_id = known.values_list("pk", flat=True).first()
    if customer_id is not None:
        return customer_id
    customer = Customer(client_id=client_id, email=normalised(email), name=name, external_ref=external_ref)
    _insert(customer, actor)
    return customer.pk


@action
def add_address(
    customer_id: uuid.UUID,
    address: NewAddress,
    *,
    client_id: uuid.UUID | None = None,
    actor: Actor,
    expected_version: int | None = None,
) -> Address:
    """A customer's first address is their default, and so is one that says so. Raises NotFound, StaleVersion."""
    customer = _lock(customer_id, client_id, expected_version)
    row = Address(customer=customer)
    apply_changes(row, address, NewAddress)
    row.is_default = row.is_default or not customer.addresses.exists()
    record(AddressAdded(address_id=row.pk), subject=customer, actor=actor)
    _unset_other_default(row)
    row.save(force_insert=True)
    _keep_version(customer)
    return row


@action
def update_address(
    customer_id: uuid.UUID,
    address_id: uuid.UUID,
    changes: NewAddress,
    *,
    client_id: uuid.UUID | None = None,
    actor: Actor,
    expected_version: int | None = None,
) -> Address:
    """Orders keep the address that they were placed with. Raises NotFound, StaleVersion."""
    customer = _lock(customer_id, client_id, expected_version)
    row = address_of(customer, address_id)
    changed = list(apply_changes(row, changes, NewAddress))
    if changed:
        record(AddressUpdated(address_id=row.pk, changed=changed), subject=customer, actor=actor)
        _unset_other_default(row)
        row.save(update_fields=changed)
        _keep_version(customer)
    return row


@action
def remove_address(
    customer_id: uuid.UUID,
    address_id: uuid.UUID,
    *,
    client_id: uuid.UUID | None = None,
    actor: Actor,
    expected_version: int | None = None,
) -> Customer:
    """Without its default address a customer has none until another is made so. Raises NotFound, StaleVersion."""
    customer = _lock(customer_id, client_id, expected_version)
    address_of(customer, address_id).delete()
    record(AddressRemoved(address_id=address_id), subject=customer, actor=actor)
    _keep_version(customer)
    return customer


def _lock(customer_id: uuid.UUID, client_id: uuid.UUID | None, expected_version: int | None) -> Customer:
    """Of this client alone, unless staff ask (None). Raises NotFound, StaleVersion."""
    rows = Customer.objects.locked().filter(pk=customer_id)
    customer = (rows if client_id is None else rows.of_client(client_id)).first()
    if customer is None:
        raise NotFound("There is no such customer.")
    if expected_version is not None and expected_version != customer.version:
        raise StaleVersion(expected=expected_version, actual=customer.version)
    return customer


def _insert(customer: Customer, actor: Actor, group_ids: Collection[uuid.UUID] = ()) -> None:
    record(CustomerCreated(client=customer.client_id), subject=customer, actor=actor)
    _save(customer, force_insert=True)
    _join_groups(customer, set(group_ids))
    keep_version(content_of(customer, [], set(group_ids)), subject=customer)


def _keep_version(customer: Customer) -> None:
    content = content_of(customer, customer.addresses.order_by("id"), group_ids_of(customer))
    keep_version(content, subject=customer)


def _replace_groups(customer: Customer, group_ids: Collection[uuid.UUID]) -> bool:
    """Whether anything changed. Raises InvalidInput for groups that the storefront hasn't."""
    had, wanted = set(group_ids_of(customer)), set(group_ids)
    if had == wanted:
        return False
    require_groups(customer.client_id, group_ids)
    customer.memberships.filter(group_id__in=had - wanted).delete()
    _join_groups(customer, wanted - had)
    return True


def _join_groups(customer: Customer, group_ids: Collection[uuid.UUID]) -> None:
    GroupMembership.objects.bulk_create(
        GroupMembership(customer=customer, group_id=group_id) for group_id in sorted(group_ids)
    )


def _save(customer: Customer, **how: Any) -> None:
    if customer.email is None and customer.external_ref is None:
        raise InvalidInput("A customer has an e-mail or an external_ref.")
    try:
        with transaction.atomic():
            customer.save(**how)
    except IntegrityError:
        raise _existing(customer) from None


def _existing(wanted: Customer) -> CustomerExists:
    others = Customer.objects.of_client(wanted.client_id).exclude(pk=wanted.pk)
    by_email = others.with_email(wanted.email).first() if wanted.email else None
    if by_email is not None:
        return CustomerExists(field="email", value=str(by_email.email), customer_id=by_email.pk)
    ref = str(wanted.external_ref)
    return CustomerExists(field="external_ref", value=ref, customer_id=others.get(external_ref=ref).pk)


def _unset_other_default(row: Address) -> None:
    """Let no other address of the customer be the default, if this one is."""
    if row.is_default:
        row.customer.addresses.filter(is_default=True).exclude(pk=row.pk).update(is_default=False)
