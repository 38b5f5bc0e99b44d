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
from tests.factories.core import a_client
from tests.factories.customers import a_customer
from tests.factories.inventory import stock_up
from tests.factories.storefronts import sells
from tests.factories.trading import ACTOR, SCOPES, an_instrument

pytestmark = pytest.mark.django_db(transaction=True)

PLACE, PLACE_BY_RULES, GET, LIST = 8, 9, 2, 2
BOOK = {
    "add": 6, "add again": 7, "get": 2, "patch": 10, "delete": 8, "list": 2, "price": 2, "trade": 8, "trade again": 9,
    "settle": 12, "trades": 3, "book": 3, "history": 3,
}  # fmt: skip
"""What each route of the book takes."""


class Storefront:
    """Sends requests and tells how many statements each took."""

    def __init__(self) -> None:
        client = a_client("North storefront")
        self.client = client
        _, token = issue_key(client.pk, scopes=["orders:read", "orders:write", *SCOPES], actor=ACTOR)
        self.headers = {"authorization": f"Bearer {token}"}
        self.get("/api/v1/orders/")  # a key's first use in an hour is noted

    def get(self, path: str) -> tuple[Any, int]:
        with CaptureQueriesContext(connection) as queries:
            response = Browser().get(path, headers=self.headers)
        return response, len(queries)

    def place(self, *skus: str) -> tuple[Any, int]:
        body = {"currency": "EUR", "lines": [{"sku": sku, "quantity": 1} for sku in skus]}
        return self.send("post", "/api/v1/orders/", body)

    def send(self, verb: str, path: str, body: Any = None, **headers: str) -> tuple[Any, int]:
        sent = {**self.headers, "idempotency-key": str(uuid4()), **headers}
        with CaptureQueriesContext(connection) as queries:
            response = Browser().generic(
                verb.upper(), path, b"" if body is None else orjson.dumps(body), "application/json", headers=sent
            )
        return response, len(queries)


@pytest.fixture
def storefront(settings: Any) -> Storefront:
    settings.RATE_LIMITS = None
    stock_up({"A": 100, "B": 100, "C": 100})
    shop = Storefront()
    shop.place("A")  # loads the rules of the storefront, which are remembered
    return shop


def test_placing_an_order(storefront: Storefront) -> None:
    response, statements = storefront.place("A", "B", "C")
    assert (response.status_code, statements) == (201, PLACE)


def test_placing_an_order_takes_no_more_statements_for_more_lines(storefront: Storefront) -> None:
    assert storefront.place("A")[1] == storefront.place("A", "B", "C", "A")[1] == PLACE


def test_placing_an_order_by_rules_of_sourcing(storefront: Storefront) -> None:
    sells(storefront.client, sourcing=[{"rule": "fewest_parcels", "parameters": {}}])
    storefront.place("A")  # loads the rules again
    assert storefront.place("A")[1] == storefront.place("A", "B", "C", "A")[1] == PLACE_BY_RULES


def test_getting_an_order(storefront: Storefront) -> None:
    placed, _ = storefront.place("A", "B", "C")
    response, statements = storefront.get(placed.headers["Location"])
    assert (response.status_code, statements) == (200, GET)


def test_listing_orders_with_their_lines(storefront: Storefront) -> None:
    for _ in range(3):
        storefront.place("A", "B", "C")
    response, statements = storefront.get("/api/v1/orders/?status=placed&expand=lines&limit=50")
    assert (response.status_code, statements) == (200, LIST)
    assert len(orjson.loads(response.content)["results"]) == 4


def test_every_route_of_the_book(storefront: Storefront) -> None:
    an_instrument(sku="A", currency="EUR")
    ann = a_customer(storefront.client)
    orders, book = "/api/v1/book/orders/", "/api/v1/book/JPM/"
    new = [{"id": n, "symbol": "JPM", "side": "Buy", "amount": 5, "price": 20 + n} for n in range(6)]
    trade = {"side": "Buy", "amount": 7, "client_ref": "R-1"}
    for each in new[1:]:
        assert storefront.send("post", orders, each)[0].status_code == 201
    taken = {
        "add": storefront.send("post", orders, new[0]),
        "add again": storefront.send("post", orders, new[0]),
        "get": storefront.get(f"{orders}0/"),
        "patch": storefront.send("patch", f"{orders}5/", {"price": 70}, **{"if-match": '"v1"'}),
        "delete": storefront.send("delete", f"{orders}5/", **{"if-match": '"v2"'}),
        "list": storefront.get(f"{orders}?symbol=JPM&side=Buy"),
        "price": storefront.send("post", f"{book}price/", {"side": "Buy", "amount": 7}),
        "trade": storefront.send("post", f"{book}trades/", trade),
        "trade again": storefront.send("post", f"{book}trades/", trade),
        "settle": storefront.send("post", f"{book}trades/", {**trade, "client_ref": "R-2", "customer_id": str(ann.pk)}),
        "trades": storefront.get("/api/v1/book/trades/?expand=fills"),
        "book": storefront.get(book),
        "history": storefront.get(f"{orders}0/history/"),
    }
    assert {name: response.status_code // 100 for name, (response, _) in taken.items()} == dict.fromkeys(BOOK, 2)
    assert {name: statements for name, (_, statements) in taken.items()} == BOOK


def test_a_trade_takes_no_more_statements_for_more_fills(storefront: Storefront) -> None:
    for n in range(12):
        body = {"id": n, "symbol": "JPM", "side": "Buy", "amount": 5, "price": 20}
        assert storefront.send("post", "/api/v1/book/orders/", body)[0].status_code == 201
    few, many = (
        storefront.send("post", "/api/v1/book/JPM/trades/", {"side": "Buy", "amount": n, "client_ref": str(n)})
        for n in (1, 49)
    )
    assert len(orjson.loads(many[0].content)["fills"]) == 10
    assert few[1] == many[1] == BOOK["trade"]
