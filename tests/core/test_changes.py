"""A row changes by the fields that its action offers, and by no other, whoever calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypedDict

import pytest

from core.changes import UnknownChange, apply_changes
from core.models import Client
from customers.actions import add_address, update_address, update_customer
from inventory.actions import create_location, update_location, update_product, update_variant
from inventory.models import Variant
from orders.actions import update_order
from orders.models import Order
from shipping.actions import update_shipment
from tests.factories.core import a_client
from tests.factories.customers import a_customer
from tests.factories.inventory import stock_up
from tests.factories.orders import ACTOR, a_placed_order
from tests.factories.shipping import a_shipment
from tests.factories.trading import a_book_order, an_instrument
from tests.factories.watching import nothing_changes
from trading.actions import change_instrument, change_order


class Offered(TypedDict, total=False):
    name: str
    kind: str


def test_only_what_differs_is_set_and_told() -> None:
    row = Client(name="North", kind="storefront")
    assert apply_changes(row, {"name": "South", "kind": "storefront"}, Offered) == {"name": ["North", "South"]}
    assert (row.name, row.kind) == ("South", "storefront")


def test_a_field_that_is_not_offered_is_refused_and_nothing_is_set() -> None:
    row = Client(name="North", active=True)
    with pytest.raises(UnknownChange, match="Offered has no active"):
        apply_changes(row, {"name": "South", "active": False}, Offered)
    assert (row.name, row.active) == ("North", True)


def _any(changes: dict[str, Any]) -> Any:
    """As a caller passes them whom no type checker has seen."""
    return changes


def _order(changes: dict[str, Any]) -> None:
    update_order(a_placed_order().pk, actor=ACTOR, **changes)


def _customer(changes: dict[str, Any]) -> None:
    update_customer(a_customer(a_client()).pk, _any(changes), actor=ACTOR)


def _new_address(changes: dict[str, Any]) -> None:
    add_address(a_customer(a_client()).pk, _any(changes), actor=ACTOR)


def _address(changes: dict[str, Any]) -> None:
    customer = a_customer(a_client())
    address = add_address(customer.pk, {"name": "Ann", "line1": "1", "city": "York", "country": "GB"}, actor=ACTOR)
    update_address(customer.pk, address.pk, _any(changes), actor=ACTOR)


def _product(changes: dict[str, Any]) -> None:
    stock_up({"A": 1})
    update_product(Variant.objects.get().product_id, _any(changes), actor=ACTOR)


def _variant(changes: dict[str, Any]) -> None:
    stock_up({"A": 1})
    update_variant(Variant.objects.get().pk, _any(changes), actor=ACTOR)


def _location(changes: dict[str, Any]) -> None:
    update_location(create_location(code="X", name="X", actor=ACTOR).pk, _any(changes), actor=ACTOR)


def _shipment(changes: dict[str, Any]) -> None:
    update_shipment(a_shipment().pk, actor=ACTOR, **changes)


def _instrument(changes: dict[str, Any]) -> None:
    an_instrument(sku="", currency="EUR")
    change_instrument("JPM", changes, actor=ACTOR)


def _book_order(changes: dict[str, Any]) -> None:
    order = a_book_order(a_client())
    change_order(order.ref, changes, client_id=order.client_id, actor=ACTOR)


UPDATES = [
    _order, _customer, _new_address, _address, _product, _variant, _location, _shipment, _instrument, _book_order,
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["id", "pk", "version", "client_id", "status", "deleted_at", "nonsense", "_state"])
@pytest.mark.parametrize("update", UPDATES)
def test_no_update_takes_a_field_that_it_does_not_offer(update: Callable[[dict[str, Any]], None], field: str) -> None:
    with pytest.raises(UnknownChange, match=f"has no {field}"):
        update({field: None})


@pytest.mark.django_db
@pytest.mark.parametrize(
    "column",
    [each.name for each in Order._meta.concrete_fields if each.name not in {
        "email", "shipping_address", "billing_address", "handover", "shipping_method", "payment_terms", "metadata",
        "tags",
    }],
)  # fmt: skip
def test_an_order_s_other_columns_are_not_to_be_updated(column: str) -> None:
    order = a_placed_order()
    with nothing_changes(), pytest.raises(UnknownChange, match=column):
        update_order(order.pk, actor=ACTOR, **_any({column: getattr(order, column)}))
