"""What is sold and ordered in a run: SKU-1 to SKU-1000 at one location, and a storefront with a key."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from core.actors import Actor
from core.clients import issue_key
from core.models import Client
from inventory.models import Location, Price, Product, StockMovement, Variant

FIRST_NUMBER_OF_ORDERS = 100_001
CURRENCY = "EUR"
_ACTOR = Actor.system("bench")
_IN_STOCK = 10_000_000
ADDRESS = {
    "name": "Ada Lovelace",
    "line1": "12 St James's Square",
    "city": "London",
    "postal_code": "SW1Y 4JH",
    "country": "GB",
}


@dataclass(frozen=True)
class Shop:
    storefront: uuid.UUID
    token: str
    skus: int

    def place(self, *, hot: bool) -> Callable[[], bytes]:
        """Requests to place an order of three SKUs; when hot, each takes SKU-1."""

        def request() -> bytes:
            chosen = self._three(hot=hot)
            lines = [{"sku": f"SKU-{number}", "quantity": units} for units, number in enumerate(chosen, start=1)]
            order = {"currency": CURRENCY, "email": "ada@example.com", "lines": lines, "shipping_address": ADDRESS}
            body = json.dumps(order).encode()
            kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            return self._head("POST", "/api/v1/orders/", f"{kind}Idempotency-Key: {uuid.uuid4()}\r\n") + body

        return request

    def get(self, ids: list[uuid.UUID]) -> Callable[[], bytes]:
        return lambda: self._head("GET", f"/api/v1/orders/{random.choice(ids)}/")  # noqa: S311

    def newest(self) -> Callable[[], bytes]:
        request = self._head("GET", "/api/v1/orders/?status=placed&expand=lines&limit=50")
        return lambda: request

    def _three(self, *, hot: bool) -> list[int]:
        if hot:
            return [1, *random.sample(range(2, self.skus + 1), 2)]
        return random.sample(range(1, self.skus + 1), 3)

    def _head(self, method: str, path: str, more: str = "") -> bytes:
        common = f"Host: 127.0.0.1\r\nAuthorization: Bearer {self.token}\r\n"
        return f"{method} {path} HTTP/1.1\r\n{common}{more}\r\n".encode()


def open_shop(skus: int) -> Shop:
    """The storefront, its catalogue and more stock than any run sells; and the functions of the limit."""
    storefront = Client.objects.create(name="bench")
    _, token = issue_key(storefront.pk, scopes=["orders:read", "orders:write"], actor=_ACTOR)
    location = Location.objects.create(code="MAIN", name="Main warehouse")
    product = Product.objects.create(name="Thing")
    variants = Variant.objects.bulk_create(
        Variant(product=product, sku=f"SKU-{number}", name=f"Thing number {number}") for number in range(1, skus + 1)
    )
    Price.objects.bulk_create(Price(variant=variant, currency=CURRENCY, amount=1250) for variant in variants)
    StockMovement.objects.bulk_create(
        StockMovement(variant=variant, location=location, kind="receive", on_hand=_IN_STOCK, actor=str(_ACTOR))
        for variant in variants
    )
    with connection.cursor() as cursor:
        cursor.execute((Path(__file__).parent / "functions.sql").read_text().replace("%", "%%"))
    return Shop(storefront.pk, token, skus)
