"""Customers and addresses, made by the real actions alone."""

from __future__ import annotations

from typing import Any

from factory.declarations import LazyAttribute, SubFactory

from core.actors import Actor
from core.models import Client
from customers.actions import NewAddress, create_customer, create_group, open_credit
from customers.models import CreditAccount, Customer, CustomerGroup
from tests.factories.core import ActionFactory, ClientFactory

ACTOR = Actor.system("test")


class CustomerFactory(ActionFactory[Customer]):
    class Meta:
        model = Customer

    client = SubFactory(ClientFactory)
    email = "ann@example.com"

    @classmethod
    def act(cls, client: Client, **fields: Any) -> Customer:
        return create_customer(client_id=client.pk, actor=ACTOR, **fields)


class CustomerGroupFactory(ActionFactory[CustomerGroup]):
    class Meta:
        model = CustomerGroup

    client = SubFactory(ClientFactory)
    code = "TRADE"
    name = LazyAttribute(lambda group: group.code.title())

    @classmethod
    def act(cls, client: Client, **fields: Any) -> CustomerGroup:
        return create_group(client_id=client.pk, actor=ACTOR, **fields)


class CreditAccountFactory(ActionFactory[CreditAccount]):
    class Meta:
        model = CreditAccount

    customer = SubFactory(CustomerFactory)
    currency = "EUR"

    @classmethod
    def act(cls, customer: Customer, **fields: Any) -> CreditAccount:
        return open_credit(client_id=customer.client_id, customer_id=customer.pk, actor=ACTOR, **fields)


def a_group(client: Client, code: str = "TRADE", **fields: Any) -> CustomerGroup:
    return CustomerGroupFactory.create(client=client, code=code, **fields)


def a_customer(client: Client, email: str = "ann@example.com", **fields: Any) -> Customer:
    return CustomerFactory.create(client=client, email=email, **fields)


def a_credit_account(customer: Customer, limit: int = 100_00, currency: str = "EUR", **fields: Any) -> CreditAccount:
    return CreditAccountFactory.create(customer=customer, limit=limit, currency=currency, **fields)


def an_address(**fields: Any) -> NewAddress:
    """What add_address() takes, and the API."""
    base = NewAddress(name="Ann", line1="1 High St", city="Leeds", postal_code="LS1 1AA", country="GB")
    return NewAddress(**{**base, **fields})  # type: ignore[typeddict-item]
