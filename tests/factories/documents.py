"""Documents, issued by the real actions alone."""

from __future__ import annotations

from typing import Any

from core.actors import Actor
from core.models import Client
from documents.actions import issue_invoice, issue_slip
from documents.models import Document
from orders.models import Order
from shipping.models import Shipment
from tests.factories.orders import a_placed_order
from tests.factories.storefronts import a_storefront
from tests.factories.taxes import a_tax_rate

ACTOR = Actor.system("test")
GERMAN = {
    "name": "Jürgen Müller",
    "line1": "Große Straße 12",
    "postal_code": "10115",
    "city": "Berlin",
    "country": "DE",
}
SELLER: dict[str, Any] = {
    "e_invoice": True,
    "legal_name": "Harbour GmbH",
    "vat_id": "DE123456789",
    "street": "Kai 1",
    "postal_code": "20457",
    "city": "Hamburg",
    "iban": "DE89370400440532013000",
}
"""Settings of a storefront whose documents are e-invoices."""


def an_invoice(client: Client | None = None, **order: Any) -> Document:
    """Of a placed order."""
    return issue_invoice(a_placed_order(client, **order).pk, actor=ACTOR)


def a_slip(shipment: Shipment, kind: str = "packing_slip") -> Document:
    return issue_slip(shipment.order_id, kind=kind, shipment_id=shipment.pk, actor=ACTOR)


def a_german_storefront(**settings: Any) -> Client:
    """It sells from Germany, where 19 % are added to its prices."""
    a_tax_rate("DE", "0.19")
    return a_storefront(**{"country": "DE", "number_prefix": "HF-", **settings})


def an_e_invoice(**settings: Any) -> Document:
    """Of four units at 2.50 EUR, from Germany to Germany."""
    return an_invoice(a_german_storefront(**{**SELLER, **settings}), units={"A": 4}, shipping_address=GERMAN)


def documents_of(order: Order) -> list[tuple[str, str, int]]:
    """(kind, number, total) of each, the first issued first."""
    return list(Document.objects.filter(order=order).order_by("version").values_list("kind", "printed", "total"))
