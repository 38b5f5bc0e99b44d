"""Whatever is asked for, wherever it goes: a quote tells what the order costs that is placed from it, and the parts of
the order sum to it.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import share
from orders.actions import NewOrder, place_order
from orders.models import Order
from orders.pricing.quotes import Quote, quote_order
from tests.factories import any_shop
from tests.factories.orders import ACTOR, assert_everything_adds_up, reload
from tests.machines import as_many_as
from tests.undoing import undone

pytestmark = pytest.mark.django_db

QUICK = 20


@pytest.fixture
def catalogue() -> None:
    any_shop.a_catalogue()


@as_many_as(QUICK)
@given(st.data())
def test_an_order_costs_what_its_quote_says_and_its_parts_sum_to_it(catalogue: None, data: st.DataObject) -> None:
    with undone():
        currency = data.draw(st.sampled_from(any_shop.CURRENCIES))
        client = data.draw(st.composite(any_shop.a_shop)(currency))
        new = data.draw(st.composite(any_shop.an_order)(client, currency))
        quote = quote_order(new, client.pk)
        applied = [code for code in new.codes if code in {offer.code for offer in quote.priced.calculation.used}]
        order = place_order(
            NewOrder(**{**vars(new), "codes": applied, "quote": quote.text}), client_id=client.pk, actor=ACTOR
        )
        assert told(quote) == stored(reload(order))
        assert_everything_adds_up()
        assert_parts_sum_to_lines(reload(order), data.draw(st.lists(st.integers(0, 20), max_size=4)))


def told(quote: Quote) -> Any:
    found = quote.priced.calculation
    lines = [
        (line.unit_price, line.discount, line.surcharge, line.tax, line.tax_included, line.total)
        for line in found.lines
    ]
    delivery = (found.delivery.price, found.delivery.tax, found.delivery.total) if found.delivery else None
    taxes = sorted((tax.name, tax.rate, tax.taxable, tax.amount, tax.reason) for tax in found.tax_totals)
    return lines, delivery, taxes, found.rounding, found.total


def stored(order: Order) -> Any:
    lines = [
        (line.unit_price, line.discount, line.surcharge, line.tax, line.tax_included, line.total)
        for line in order.lines.all()
    ]
    charge = order.deliveries.first()
    delivery = (charge.price, charge.tax, charge.total) if charge else None
    rows = order.tax_totals.all()
    taxes = sorted((tax.name, tax.rate, tax.taxable, tax.amount, tax.reason) for tax in rows)
    return lines, delivery, taxes, order.rounding, order.total


def assert_parts_sum_to_lines(order: Order, cuts: list[int]) -> None:
    lines = list(order.lines.all())
    charges = [charge.total for charge in order.deliveries.all()]
    assert sum(line.total for line in lines) + sum(charges) + order.rounding == order.total
    for line in lines:
        borders = sorted({0, line.quantity, *(cut % (line.quantity + 1) for cut in cuts)})
        for amount in (line.total, line.tax, line.discount, line.surcharge):
            parts = [share(amount, line.quantity, begin, end) for begin, end in pairwise(borders)]
            assert sum(parts) == amount
