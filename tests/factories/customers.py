from __future__ import annotations

from typing import Any

from core.actors import Actor
from core.models import Client
from customers.actions import NewAddress, create_customer
from customers.models import Customer

ACTOR = Actor.system("test")


def a_customer(client: Client, email: str = "ann@example.com", **fields: Any) -> Customer:
    return create_customer(client_id=client.pk, email=email, actor=ACTOR, **fields)


def an_address(**fields: Any) -> NewAddress:
    """What add_address() takes, and the API."""
    base = NewAddress(name="Ann", line1="1 High St", city="Leeds", postal_code="LS1 1AA", country="GB")
    return NewAddress(**{**base, **fields})  # type: ignore[typeddict-item]
