"""What is sold in a run, who sells it, and who is told of it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from core.actors import Actor
from core.clients import create_client, issue_key
from core.models import ClientKind
from inventory.actions import NewVariant, StockItem, create_location, ensure_catalogue, receive
from webhooks.actions import create_endpoint

HEARD = ("order.", "payment.", "shipment.")
"""What the types of the events that endpoints hear begin with."""
IN_STOCK = 100_000
_ACTOR = Actor.system("faults")
_SELLING = ("orders:read", "orders:write", "orders:terms", "payments:read", "payments:write", "shipments:read")


@dataclass(frozen=True)
class Shop:
    """`secrets` are those of its endpoints, `targets` the keys by which the relay knows them."""

    client: uuid.UUID
    storefront: str
    warehouse: str
    targets: Sequence[str]
    secrets: Sequence[str]


def open_shop(urls: Sequence[str]) -> Shop:
    """With an endpoint at each URL, and more stock than any run sells."""
    client = create_client(name="Faults", actor=_ACTOR)
    hands = create_client(name="Faults warehouse", kind=ClientKind.WAREHOUSE, actor=_ACTOR)
    location = create_location(code="MAIN", name="Main", country="GB", actor=_ACTOR)
    (mug,) = ensure_catalogue([NewVariant("MUG", "Mug", {"EUR": 1250})], actor=_ACTOR).values()
    receive([StockItem(mug, location.pk, IN_STOCK)], actor=_ACTOR)
    types = [f"{each}*" for each in HEARD]
    made = [create_endpoint(client.pk, {"url": url, "event_types": types}, actor=_ACTOR) for url in urls]
    return Shop(
        client=client.pk,
        storefront=issue_key(client.pk, scopes=_SELLING, actor=_ACTOR)[1],
        warehouse=issue_key(hands.pk, scopes=("shipments:read", "shipments:write"), actor=_ACTOR)[1],
        targets=[endpoint.key for endpoint, _ in made],
        secrets=[secret for _, secret in made],
    )
