"""An order of a shop that uses every rule: taxes, a price list, offers, a delivery method, rounding."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import Client
from orders.actions import (
    NewLine,
    NewOrder,
    OwnDiscount,
    cancel_order,
    create_draft,
    place_draft,
    place_order,
    record_payment,
    redeem_gift_card,
    reopen_order,
)
from orders.models import Order
from orders.pricing.models import Adjustment
from pricing.errors import OfferUsedUp
from pricing.lists.actions import NewPrice
from pricing.offers.models import OfferCount
from tests.factories.delivery import a_method, a_rate
from tests.factories.inventory import stock_up
from tests.factories.offers import an_offer
from tests.factories.orders import ACTOR, assert_everything_adds_up, reload
from tests.factories.pricing import a_price_list
from tests.factories.stored_value import a_gift_card_and_code, moves
from tests.factories.storefronts import a_storefront
from tests.factories.taxes import a_tax_rate
from tests.factories.watching import refused, refused_by_the_database

pytestmark = pytest.mark.django_db

ADDRESS = {"name": "Ann", "line1": "1 Weg", "city": "Bonn", "postal_code": "53111", "country": "DE"}


@pytest.fixture
def shop() -> Client:
    stock_up({"A": 50, "B": 50})
    a_tax_rate("DE", "0.19")
    client = a_storefront("Laden", country="DE", prices_include_tax=True, cash_rounding={"EUR": 5})
    a_price_list(client, "SALE", NewPrice("A", 199), prices_include_tax=True, currency="EUR")
    an_offer(client, "TEN", automatic=True, percentage=Decimal(10), total_limit=2)
    a_method(client, "POST", a_rate(495), prices_include_tax=True)
    return client


def new_order(**fields: Any) -> NewOrder:
    lines = [NewLine("A", 3), NewLine("B", 1)]
    given = {"currency": "EUR", "lines": lines, "email": "ann@example.com", "shipping_address": ADDRESS}
    return NewOrder(**{**given, "delivery_method": "POST", **fields})


def test_it_costs_what_it_does_by_hand(shop: Client) -> None:
    """15.97 less a tenth (1.597) is 14.37; with the post 19.32, which can be paid as 19.30. Of that 3.09 is VAT."""
    order = reload(place_order(new_order(), client_id=shop.pk, actor=ACTOR))
    lines = [(line.unit_price, line.discount, line.tax, line.total) for line in order.lines.all()]
    assert lines == [(199, 60, 86, 537), (1_000, 100, 144, 900)]
    assert (order.subtotal, order.discount, order.shipping, order.rounding) == (1_597, 160, 495, -2)
    assert (order.tax, order.tax_included, order.total) == (309, 309, 1_930)
    assert order.shipping_method == order.deliveries.get().name
    assert [(tax.name, tax.taxable, tax.amount) for tax in order.tax_totals.all()] == [("VAT", 1_623, 309)]
    assert_everything_adds_up()


def test_a_gift_card_pays_a_part_and_the_price_stays_what_it_is(shop: Client) -> None:
    """10.00 of 19.30 from a card leave 9.30; that the card is money, and no discount, leaves 3.09 of VAT."""
    order = place_order(new_order(), client_id=shop.pk, actor=ACTOR)
    card, code = a_gift_card_and_code(shop, 1_000)
    redeem_gift_card(order.pk, code=code, actor=ACTOR)
    paid = reload(order)
    assert (paid.total, paid.tax, paid.captured, paid.due, paid.payment_status) == (1_930, 309, 1_000, 930, "part_paid")
    record_payment(order.pk, method="cash", amount=930, actor=ACTOR)
    assert (reload(order).due, reload(order).payment_status) == (0, "paid")
    assert moves(card) == [("issue", 1_000), ("redeem", -1_000)]
    assert_everything_adds_up()


def test_placing_takes_at_most_twelve_statements(shop: Client) -> None:
    place_order(new_order(), client_id=shop.pk, actor=ACTOR)
    with CaptureQueriesContext(connection) as queries:
        place_order(new_order(), client_id=shop.pk, actor=ACTOR)
    assert len(queries) <= 12, [query["sql"][:80] for query in queries.captured_queries]


class TestUses:
    def test_an_offer_is_used_up_by_orders_and_given_back_by_cancelling(self, shop: Client) -> None:
        first, second = (place_order(new_order(), client_id=shop.pk, actor=ACTOR) for _ in range(2))
        third = place_order(new_order(), client_id=shop.pk, actor=ACTOR)
        assert [first.discount, second.discount, third.discount] == [160, 160, 0]
        assert OfferCount.objects.get().used == 2
        cancel_order(first.pk, reason="Mistake", actor=ACTOR)
        assert OfferCount.objects.get().used == 1
        assert place_order(new_order(), client_id=shop.pk, actor=ACTOR).discount == 160
        with refused(OfferUsedUp):
            reopen_order(first.pk, actor=ACTOR)

    def test_a_draft_uses_it_when_it_is_placed(self, shop: Client) -> None:
        drafts = [create_draft(new_order(), client_id=shop.pk, actor=ACTOR) for _ in range(3)]
        assert OfferCount.objects.get().used == 0
        for draft in drafts[:2]:
            place_draft(draft.pk, actor=ACTOR)
        assert OfferCount.objects.get().used == 2
        with refused(OfferUsedUp):
            place_draft(drafts[2].pk, actor=ACTOR)


class TestWhatTheDatabaseRefuses:
    @pytest.mark.parametrize(
        ("table", "change"),
        [
            ("orders_order", "discount = discount + 1, total = total - 1"),
            ("orders_order", "tax = tax + 1, total = total + 1"),
            ("orders_order", "rounding = rounding + 1, total = total + 1"),
            ("orders_order", "shipping = shipping + 1, total = total + 1"),
            ("orders_orderline", "discount = discount + 1, total = total - 1"),
            ("orders_orderline", "tax = tax + 1, tax_included = tax_included + 1"),
            ("orders_deliverycharge", "tax = tax + 1, tax_included = tax_included + 1"),
        ],
    )
    def test_sums_that_their_rows_do_not_come_to(self, shop: Client, table: str, change: str) -> None:
        order = place_order(new_order(), client_id=shop.pk, actor=ACTOR)
        where = "id" if table == "orders_order" else "order_id"
        with refused_by_the_database("add_up"), connection.cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET {change} WHERE {where} = %s", [order.pk])
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def test_an_adjustment_that_nobody_counts(self, shop: Client) -> None:
        order = place_order(new_order(), client_id=shop.pk, actor=ACTOR)
        line = order.lines.all()[0]
        with refused_by_the_database("adjustment_is_counted"):
            Adjustment.objects.create(order=order, line=line, kind="discount", code="x", label="X", amount=-1)

    @pytest.mark.parametrize("statement", ["UPDATE orders_adjustment SET amount = 0", "DELETE FROM orders_adjustment"])
    def test_a_change_of_what_made_the_price(self, shop: Client, statement: str) -> None:
        place_order(new_order(), client_id=shop.pk, actor=ACTOR)
        with refused_by_the_database("adjustment_is"), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_discount_of_ones_own_is_kept_with_its_reason_and_is_never_more_than_there_is(shop: Client) -> None:
    own = [OwnDiscount("Late parcel", amount=1_000_000)]
    order = place_order(new_order(discounts=own), client_id=shop.pk, actor=ACTOR)
    assert sum(line.total for line in Order.objects.get(pk=order.pk).lines.all()) == 0
    assert set(order.adjustments.filter(code="own").values_list("reason", flat=True)) == {"Late parcel"}
