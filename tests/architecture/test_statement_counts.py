"""How many SQL statements the busiest routes take, BEGIN and COMMIT included: a figure that rises has to be seen."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import orjson
import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from core.clients import issue_key
from core.models import Client
from inventory.models import Location, Price, Product, StockMovement, Variant

pytestmark = pytest.mark.django_db(transaction=True)

PLACE, GET, LIST = 8, 2, 2


class Storefront:
    """Sends requests and tells how many statements each took."""

    def __init__(self) -> None:
        client = Client.objects.create(name="North storefront")
        _, token = issue_key(client.pk, scopes=["orders:read", "orders:write"])
        self.headers = {"authorization": f"Bearer {token}"}
        self.get("/api/v1/orders/")  # a key's first use in an hour is noted

    def get(self, path: str) -> tuple[Any, int]:
        with CaptureQueriesContext(connection) as queries:
            response = Browser().get(path, headers=self.headers)
        return response, len(queries)

    def place(self, *skus: str) -> tuple[Any, int]:
        body = {"currency": "EUR", "lines": [{"sku": sku, "quantity": 1} for sku in skus]}
        headers = {**self.headers, "idempotency-key": str(uuid4())}
        with CaptureQueriesContext(connection) as queries:
            response = Browser().post("/api/v1/orders/", orjson.dumps(body), "application/json", headers=headers)
        return response, len(queries)


@pytest.fixture
def storefront(settings: Any) -> Storefront:
    settings.RATE_LIMITS = None
    location = Location.objects.create(code="MAIN", name="Main")
    product = Product.objects.create(name="Thing")
    for sku in ("A", "B", "C"):
        variant = Variant.objects.create(product=product, sku=sku, name=sku)
        Price.objects.create(variant=variant, currency="EUR", amount=100)
        StockMovement.objects.create(variant=variant, location=location, kind="receive", on_hand=100, actor="test")
    return Storefront()


def test_placing_an_order(storefront: Storefront) -> None:
    response, statements = storefront.place("A", "B", "C")
    assert (response.status_code, statements) == (201, PLACE)


def test_placing_an_order_takes_no_more_statements_for_more_lines(storefront: Storefront) -> None:
    assert storefront.place("A")[1] == storefront.place("A", "B", "C", "A")[1] == PLACE


def test_getting_an_order(storefront: Storefront) -> None:
    placed, _ = storefront.place("A", "B", "C")
    response, statements = storefront.get(placed.headers["Location"])
    assert (response.status_code, statements) == (200, GET)


def test_listing_orders_with_their_lines(storefront: Storefront) -> None:
    for _ in range(3):
        storefront.place("A", "B", "C")
    response, statements = storefront.get("/api/v1/orders/?status=placed&expand=lines&limit=50")
    assert (response.status_code, statements) == (200, LIST)
    assert len(orjson.loads(response.content)["results"]) == 3
