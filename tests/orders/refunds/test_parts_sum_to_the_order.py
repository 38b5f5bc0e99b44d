"""Whatever is refunded of any order, in whatever parts and however it ends: the parts sum to the whole."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from core.operations import OperationRefused
from orders.actions import (
    Asked,
    NewOrder,
    UnitsAsked,
    cancel_order,
    place_order,
    record_payment,
    refund_items,
    write_off_balance,
)
from orders.errors import CreditTooLarge, NothingToRefund
from orders.models import Order
from orders.refunds.models import RefundLine
from tests.factories import any_shop
from tests.factories.orders import ACTOR, assert_everything_adds_up, reload
from tests.machines import as_many_as
from tests.undoing import undone

pytestmark = pytest.mark.django_db

QUICK = 15


@pytest.fixture
def catalogue() -> None:
    any_shop.a_catalogue()


def refund(order: Order, **asked: Any) -> None:
    """Unless there is not that much left, or what is asked for costs nothing."""
    with suppress(CreditTooLarge, NothingToRefund, InvalidInput, OperationRefused):
        refund_items(order.pk, asked=Asked(**asked), reason="other", actor=ACTOR)


def some_units(draw: st.DrawFn, order: Order) -> list[UnitsAsked]:
    found = [UnitsAsked(line.pk, draw(st.integers(0, line.to_credit))) for line in order.lines.all()]
    return [each for each in found if each.quantity]


@as_many_as(QUICK)
@given(st.data())
def test_parts_of_any_order_sum_to_it_exactly(catalogue: None, data: st.DataObject) -> None:
    with undone():
        currency = data.draw(st.sampled_from(any_shop.CURRENCIES))
        client = data.draw(st.composite(any_shop.a_shop)(currency))
        new = data.draw(st.composite(any_shop.an_order)(client, currency))
        order = place_order(NewOrder(**{**vars(new), "codes": ()}), client_id=client.pk, actor=ACTOR)
        paid = data.draw(st.integers(0, order.total))
        if paid:
            record_payment(order.pk, method="cash", amount=paid, actor=ACTOR)
        if order.total > paid and data.draw(st.booleans()):
            write_off_balance(order.pk, note="Given up", actor=ACTOR)
        for _ in range(data.draw(st.integers(1, 4))):
            order = reload(order)
            units = data.draw(st.composite(some_units)(order))
            delivery = sum(each.to_credit for each in order.deliveries.all())
            goodwill = data.draw(st.sampled_from([0, 0, 1, 50]))
            if units or goodwill:
                refund(order, lines=units, delivery=data.draw(st.integers(0, delivery)), goodwill=goodwill)
        order = reload(order)
        if data.draw(st.booleans()):
            cancel_order(order.pk, reason="Enough", actor=ACTOR)
        elif order.charged > order.credited + order.written_off:
            refund(order, everything=True)
        assert_everything_adds_up()
        assert_all_of_it_was_credited(reload(order))


def assert_all_of_it_was_credited(order: Order) -> None:
    credited = sum(RefundLine.objects.filter(refund__order=order).values_list("amount", flat=True))
    assert order.charged == order.credited + order.written_off
    assert credited <= order.credited
    for line in order.lines.all():
        units = RefundLine.objects.filter(line=line)
        assert sum(units.values_list("quantity", flat=True)) == line.credited
        if line.credited == line.quantity:
            assert sum(units.values_list("amount", flat=True)) == line.total
