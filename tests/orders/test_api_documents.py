"""An order's JSON is the same whether Python builds it from the model or the database from the row."""

from __future__ import annotations

import datetime as dt

import orjson
import pytest

from core.api.renderers import render
from orders.actions import NewLine, NewOrder, cancel_order, create_draft, place_order
from orders.api.documents import order_document, stored_document, with_documents
from orders.models import Order
from tests.factories.core import a_client
from tests.factories.inventory import stock_up
from tests.factories.orders import ACTOR, an_empty_order

pytestmark = pytest.mark.django_db


def same(order: Order, *, lines: bool = True) -> bool:
    row = with_documents(Order.objects.filter(pk=order.pk), lines=lines).get()
    fresh = Order.objects.get(pk=order.pk)
    assert (row["id"], row["number"], row["version"]) == (fresh.pk, fresh.number, fresh.version)
    return bool(orjson.loads(row["document"]) == orjson.loads(render(order_document(fresh, lines=lines))))


@pytest.fixture
def order() -> Order:
    stock_up({"A": 10, "B": 10})
    new = NewOrder(
        currency="EUR",
        lines=[NewLine("B", 2, discount=100), NewLine("A", 1, tax=19)],
        email="ada@example.com",
        external_ref='ref "1"',
        shipping=500,
        shipping_address={"name": "Ada", "city": "Zürich"},
        metadata={"a": "\\ü\n", "": "x"},
        tags=["b", 'a "c"'],
        placed_at=dt.datetime(2026, 1, 31, 23, 59, 59, tzinfo=dt.UTC),
    )
    return place_order(new, client_id=a_client().pk, actor=ACTOR)


def test_a_placed_order_with_every_field(order: Order) -> None:
    assert same(order)


def test_without_its_lines(order: Order) -> None:
    assert same(order, lines=False)


def test_a_cancelled_order(order: Order) -> None:
    assert same(cancel_order(order.pk, reason="changed my mind", actor=ACTOR))


def test_a_draft_of_a_guest() -> None:
    stock_up({"A": 10})
    assert same(create_draft(NewOrder(currency="EUR", lines=[NewLine("A", 1)]), client_id=a_client().pk, actor=ACTOR))


def test_an_order_without_lines_has_an_empty_list() -> None:
    order = an_empty_order()
    assert same(order)


def test_members_can_be_added(order: Order) -> None:
    row = with_documents(Order.objects.all(), lines=False).get()
    document = stored_document(row, {"shipments": []})
    assert document == {**orjson.loads(render(stored_document(row, {}))), "shipments": []}
    assert document["id"] == str(order.pk)
