"""Gift cards and store credit, made by the real actions alone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from factory.declarations import SubFactory

from core.models import Client
from customers.models import Customer
from stored_value.actions import give_store_credit, issue_gift_card
from stored_value.models import StoredValue, StoredValueEntry
from tests.factories.core import ACTOR, ActionFactory, ClientFactory, cause, given
from tests.factories.customers import CustomerFactory

BY_ENTRY = "moves only by inserting an entry"
"""How the database refuses to move a balance in any other way."""


_codes: dict[UUID, str] = {}


class StoreCreditFactory(ActionFactory[StoredValue]):
    class Meta:
        model = StoredValue

    customer = SubFactory(CustomerFactory)
    currency = "EUR"
    amount = 5_000

    @classmethod
    def act(cls, customer: Customer, **fields: Any) -> StoredValue:
        return give_store_credit(
            client_id=customer.client_id, customer_id=customer.pk, actor=ACTOR, note="Sorry", **fields
        )


class GiftCardFactory(ActionFactory[StoredValue]):
    class Meta:
        model = StoredValue

    client = SubFactory(ClientFactory)
    currency = "EUR"
    amount = 5_000

    @classmethod
    def act(cls, **fields: Any) -> StoredValue:
        return a_gift_card_and_code(**fields)[0]


def a_gift_card_and_code(client: Client, amount: int = 5_000, **fields: Any) -> tuple[StoredValue, str]:
    fields = {"client_id": client.pk, "currency": "EUR", "amount": amount, "actor": ACTOR, **fields}
    card, code = issue_gift_card(**fields)
    _codes[card.pk] = code
    return card, code


def code_of(card: StoredValue) -> str:
    """The code of a card that was made here, which the product has forgotten."""
    return _codes[card.pk]


def a_gift_card(client: Client | None = None, **fields: Any) -> StoredValue:
    return GiftCardFactory.create(**given(client=client), **fields)


def a_store_credit(customer: Customer | None = None, **fields: Any) -> StoredValue:
    return StoreCreditFactory.create(**given(customer=customer), **fields)


def moves(stored: StoredValue) -> list[tuple[str, int]]:
    """Its entries, oldest first, as (kind, amount)."""
    return list(stored.entries.order_by("version").values_list("kind", "amount"))


def plant(stored: StoredValue, kind: str, amount: int, **fields: Any) -> StoredValueEntry:
    """An entry planted into the ledger, its trigger on."""
    return StoredValueEntry.objects.create(
        **{"client_id": stored.client_id, "stored_value": stored, "kind": kind, "amount": amount, **cause(), **fields}
    )
