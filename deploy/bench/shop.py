"""What is sold and ordered in a run: SKU-1 to SKU-1000 at one location, and a storefront with a key."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection

from core.actors import Actor
from core.clients import issue_key
from core.models import Client
from deploy.bench.rules import CODE, COUNTRY, DELIVERY, set_rules
from inventory.actions import StockItem, receive
from inventory.models import Location, Price, Product, Variant

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
    """`more` is what its orders say beyond lines and buyer."""

    storefront: uuid.UUID
    token: str
    skus: int
    more: Mapping[str, object] = field(default_factory=dict)

    def place(self, *, hot: bool) -> Callable[[], bytes]:
        """Requests to place an order of three SKUs; when hot, each takes SKU-1."""

        def request() -> bytes:
            return self._post("/api/v1/orders/", self._order(hot=hot), f"Idempotency-Key: {uuid.uuid4()}\r\n")

        return request

    def quote(self) -> Callable[[], bytes]:
        """Requests for what such an order costs."""
        return lambda: self._post("/api/v1/quotes/", self._order())

    def _order(self, *, hot: bool = False) -> dict[str, object]:
        lines = [
            {"sku": f"SKU-{number}", "quantity": units} for units, number in enumerate(self._three(hot=hot), start=1)
        ]
        buyer = {"email": "ada@example.com", "shipping_address": ADDRESS}
        return {"currency": CURRENCY, "lines": lines, **buyer, **self.more}

    def _post(self, path: str, content: object, more: str = "") -> bytes:
        body = json.dumps(content).encode()
        kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        return self._head("POST", path, kind + more) + body

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
    shop = _storefront("bench", skus)
    location = Location.objects.create(code="MAIN", name="Main warehouse")
    product = Product.objects.create(name="Thing")
    variants = Variant.objects.bulk_create(
        Variant(product=product, sku=f"SKU-{number}", name=f"Thing number {number}") for number in range(1, skus + 1)
    )
    Price.objects.bulk_create(Price(variant=variant, currency=CURRENCY, amount=1250) for variant in variants)
    receive([StockItem(variant.pk, location.pk, _IN_STOCK) for variant in variants], actor=_ACTOR)
    with connection.cursor() as cursor:
        cursor.execute((Path(__file__).parent / "functions.sql").read_text().replace("%", "%%"))
    return shop


def open_shop_with_rules(skus: int) -> Shop:
    """Another storefront of the same catalogue, whose prices come from rules."""
    asked = {"codes": [CODE], "delivery_method": DELIVERY, "shipping_address": {**ADDRESS, "country": COUNTRY}}
    shop = _storefront("bench with rules", skus, asked)
    set_rules(shop.storefront, [f"SKU-{number}" for number in range(1, skus + 1)], CURRENCY)
    return shop


def _storefront(name: str, skus: int, more: Mapping[str, object] | None = None) -> Shop:
    storefront = Client.objects.create(name=name)
    _, token = issue_key(storefront.pk, scopes=["orders:read", "orders:write"], actor=_ACTOR)
    return Shop(storefront.pk, token, skus, more or {})
