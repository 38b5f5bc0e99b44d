"""The only way to write to customers. An address is part of its customer, whose row is locked and tells of it."""

from __future__ import annotations

import uuid
from typing import Any, TypedDict

from django.db import IntegrityError, transaction

from core.actors import Actor
from core.changes import apply_changes
from core.errors import InvalidInput, NotFound, StaleVersion
from core.outbox import record
from core.transactions import action
from core.versions import keep_version
from customers.errors import CustomerExists
from customers.events import AddressAdded, AddressRemoved, AddressUpdated, CustomerCreated, CustomerUpdated
from customers.models import Address, Customer
from customers.queries import address_of
from customers.versions import content_of


class CustomerChanges(TypedDict, total=False):
    email: str | None
    name: str
    phone: str
    external_ref: str | None


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
    name, at, domain = email.strip().rpartition("@")
    return f"{name}{at}{domain.lower()}"


@action
def create_customer(
    *,
    client_id: uuid.UUID,
    email: str | None,
    name: str = "",
    phone: str = "",
    external_ref: str | None = None,
    actor: Actor,
) -> Customer:
    """Raises CustomerExists when the storefront has one with that e-mail, in any letter case, or that reference."""
    customer = Customer(client_id=client_id, email=normalised(email), name=name, phone=phone, external_ref=external_ref)
    _insert(customer, actor)
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
    """Orders keep the name and e-mail that they were placed with. Raises NotFound, StaleVersion, CustomerExists."""
    customer = _lock(customer_id, client_id, expected_version)
    values: dict[str, Any] = {**changes}
    if "email" in values:
        values["email"] = normalised(values["email"])
    changed = list(apply_changes(customer, values, CustomerChanges))
    if changed:
        record(CustomerUpdated(changed=changed), subject=customer, actor=actor)
        _save(customer, update_fields=[*changed, "updated_at"])
        _keep_version(customer)
    return customer


@action
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


def _insert(customer: Customer, actor: Actor) -> None:
    record(CustomerCreated(client=customer.client_id), subject=customer, actor=actor)
    _save(customer, force_insert=True)
    keep_version(content_of(customer, []), subject=customer)


def _keep_version(customer: Customer) -> None:
    keep_version(content_of(customer, customer.addresses.order_by("id")), subject=customer)


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
