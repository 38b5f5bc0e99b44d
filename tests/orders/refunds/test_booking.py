"""What a refund is in the books: each unit gives back its own price, discount and tax."""

from __future__ import annotations

import pytest

from books.queries import postings_of, trial_balance
from core.models import Client
from inventory.actions import update_variant
from orders.actions import Asked, NewLine, NewOrder, UnitsAsked, cancel_order, place_order, record_payment, refund_items
from orders.models import Order
from tests.factories.delivery import a_method, a_rate
from tests.factories.inventory import stock_up
from tests.factories.offers import an_offer
from tests.factories.orders import ACTOR, assert_everything_adds_up, reload
from tests.factories.storefronts import a_storefront
from tests.factories.taxes import a_tax_class, a_tax_rate

pytestmark = pytest.mark.django_db

ADDRESS = {"name": "Ann", "line1": "1 Weg", "city": "Bonn", "postal_code": "53111", "country": "DE"}


@pytest.fixture
def order() -> Order:
    """3 × A at 2.50 with 19 % and 1 × B at 10.00 with 7 %, less a tenth; the post costs 4.93. All is paid in cash."""
    found = stock_up({"A": 50, "B": 50})
    a_tax_rate("DE", "0.19")
    a_tax_class("food", "Food")
    a_tax_rate("DE", "0.07", tax_class_code="food", name="Reduced VAT")
    update_variant(found["B"].pk, {"tax_class_code": "food"}, actor=ACTOR)
    shop: Client = a_storefront("Laden", country="DE", prices_include_tax=True, cash_rounding={"EUR": 5})
    an_offer(shop, "TEN", automatic=True)
    a_method(shop, "POST", a_rate(493), prices_include_tax=True)
    new = NewOrder(
        currency="EUR", lines=[NewLine("A", 3), NewLine("B", 1)], shipping_address=ADDRESS, delivery_method="POST"
    )
    order = place_order(new, client_id=shop.pk, actor=ACTOR)
    record_payment(order.pk, method="cash", amount=order.total, actor=ACTOR)
    return reload(order)


def refund(order: Order, asked: Asked) -> None:
    refund_items(order.pk, asked=asked, reason="other", actor=ACTOR)


def units(order: Order, sku: str, quantity: int) -> Asked:
    return Asked([UnitsAsked(order.lines.get(sku=sku).pk, quantity)])


def credited(order: Order) -> dict[str, int]:
    posting = postings_of(order.pk).filter(kind="credited").latest("version")
    return {f"{line.account} {line.detail}".strip(): line.amount for line in posting.lines.all()}


def test_a_unit_gives_back_its_own_tax(order: Order) -> None:
    """10.00 less a tenth is 9.00 with 0.59 of tax in it, and 0.07 of tax in the discount: 9.34 net, 0.93 off."""
    refund(order, units(order, "B", 1))
    assert credited(order) == {"receivable": -900, "goods": 934, "discounts": -93, "tax Reduced VAT 7 %": 59}
    assert_everything_adds_up()


def test_goodwill_is_of_all_that_is_left_alike(order: Order) -> None:
    refund(order, Asked(goodwill=100))
    lines = credited(order)
    assert lines["receivable"] == -100
    assert {"tax VAT 19 %", "tax Reduced VAT 7 %", "goods", "delivery", "discounts"} <= lines.keys()
    assert_everything_adds_up()


@pytest.mark.parametrize("cancelled", [False, True])
def test_whatever_the_parts_nothing_is_left_when_all_is_given_back(order: Order, cancelled: bool) -> None:
    refund(order, units(order, "A", 2))
    refund(order, Asked(delivery=100))
    refund(order, Asked(goodwill=77))
    refund(order, units(order, "B", 1))
    if cancelled:
        cancel_order(order.pk, reason="Enough", actor=ACTOR)
        refund(order, Asked())
    else:
        refund(order, Asked(everything=True))
    assert trial_balance(None) == []
    assert_everything_adds_up()
