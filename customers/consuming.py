"""Customers by messages: what another system knows of a customer of a storefront becomes so here."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.actors import Actor
from core.api.serializers import (
    ChoiceField,
    EmailField,
    IdentifierField,
    IdField,
    IntegerField,
    StrictSerializer,
    StringField,
    TimestampField,
)
from core.clients import is_storefront
from core.consumers.messages import MessageKind, Refusals
from core.consumers.newest import hear, require_not_ahead
from core.errors import DomainError, InvalidInput
from core.transactions import StartOver, part
from customers.actions import CustomerChanges, create_customer, update_customer
from customers.errors import CustomerExists
from customers.queries import customer_id_of_ref

NAME = "customer.upserted"


class CustomerUpsertedSerializer(StrictSerializer):
    """What a message says. Fields that are absent stay as they are; a message that is no newer than the last one of its
    customer has no effect.
    """

    type = ChoiceField([NAME])
    schema_version = IntegerField(min_value=1, max_value=1, help_text="1")
    storefront_id = IdField(help_text="The API client whose customer this is.")
    external_ref = IdentifierField(max_length=100, help_text="The storefront's own reference: who it is.")
    as_of = TimestampField(
        help_text="When it was so. Of messages of one customer the latest counts, whenever it comes."
    )
    email = EmailField(required=False, allow_null=True)
    name = StringField(max_length=200, required=False, allow_blank=True)
    phone = StringField(max_length=40, required=False, allow_blank=True)
    vat_id = IdentifierField(max_length=40, required=False, allow_blank=True)


@dataclass(frozen=True)
class CustomerUpserted:
    """`changes` are the fields that the message names."""

    storefront_id: uuid.UUID
    external_ref: str
    as_of: dt.datetime
    changes: CustomerChanges

    @property
    def key(self) -> str:
        return f"{self.storefront_id} {self.external_ref}"


def read(value: Any) -> CustomerUpserted:
    """Raises ValidationError, InvalidInput."""
    said = CustomerUpsertedSerializer.check(value)
    require_not_ahead(said["as_of"])
    changes = {name: said[name] for name in ("email", "name", "phone", "vat_id") if name in said}
    return CustomerUpserted(said["storefront_id"], said["external_ref"], said["as_of"], CustomerChanges(**changes))  # type: ignore[typeddict-item]


def work(batch: Sequence[CustomerUpserted], actor: Actor) -> Refusals:
    """By key, so that batches lock customers in one order; of a key, in the order in which they came."""
    known = {each for each in {said.storefront_id for said in batch} if is_storefront(each)}
    refusals: list[DomainError | None] = [None] * len(batch)
    for place, each in sorted(enumerate(batch), key=lambda placed: placed[1].key):
        if each.storefront_id not in known:
            refusals[place] = InvalidInput.at("/storefront_id", "unknown_storefront", "There is no such storefront.")
            continue
        try:
            with part():
                if hear(NAME, {each.key: each.as_of}):
                    _upsert(each, actor)
        except StartOver:
            raise
        except DomainError as error:
            refusals[place] = error
    return refusals


def _upsert(said: CustomerUpserted, actor: Actor) -> None:
    """Raises CustomerExists for an e-mail of another customer, StartOver when somebody made them in this instant."""
    client_id, external_ref = said.storefront_id, said.external_ref
    customer_id = customer_id_of_ref(client_id, external_ref)
    if customer_id is not None:
        update_customer(customer_id, said.changes, client_id=client_id, actor=actor)
        return
    new: dict[str, Any] = {"email": None, **said.changes}
    try:
        create_customer(client_id=client_id, external_ref=external_ref, actor=actor, **new)
    except CustomerExists as error:
        if error.context["field"] == "external_ref":
            raise StartOver from None
        raise


CUSTOMERS = MessageKind(NAME, read, work)
