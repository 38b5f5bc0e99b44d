"""What happened to customers. Names of fields, never their values: events outlive a person's wish to be forgotten."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import ClassVar

from core.events import DomainEvent


@dataclass(frozen=True)
class CustomerCreated(DomainEvent):
    type: ClassVar[str] = "customer.created"
    client: uuid.UUID


@dataclass(frozen=True)
class CustomerUpdated(DomainEvent):
    type: ClassVar[str] = "customer.updated"
    changed: list[str]


@dataclass(frozen=True)
class CustomerGroupCreated(DomainEvent):
    type: ClassVar[str] = "customer_group.created"
    client: uuid.UUID
    code: str


@dataclass(frozen=True)
class CustomerGroupUpdated(DomainEvent):
    type: ClassVar[str] = "customer_group.updated"
    changed: list[str]


@dataclass(frozen=True)
class AddressAdded(DomainEvent):
    type: ClassVar[str] = "customer.address_added"
    address_id: uuid.UUID


@dataclass(frozen=True)
class AddressUpdated(DomainEvent):
    type: ClassVar[str] = "customer.address_updated"
    address_id: uuid.UUID
    changed: list[str]


@dataclass(frozen=True)
class AddressRemoved(DomainEvent):
    type: ClassVar[str] = "customer.address_removed"
    address_id: uuid.UUID


@dataclass(frozen=True)
class CreditAccountOpened(DomainEvent):
    """`limit` in minor units; `days_to_pay` is None for the storefront's."""

    type: ClassVar[str] = "credit_account.opened"
    customer_id: uuid.UUID
    currency: str
    limit: int
    days_to_pay: int | None


@dataclass(frozen=True)
class CreditAccountChanged(DomainEvent):
    """What holds from now on, whichever of the two changed."""

    type: ClassVar[str] = "credit_account.changed"
    currency: str
    limit: int
    days_to_pay: int | None
