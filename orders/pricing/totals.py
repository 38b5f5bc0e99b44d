"""What the lines and the shipping charge of an order come to."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import InvalidInput
from core.money import MAX_MINOR
from orders.models import Order, OrderLine


def set_totals(order: Order, lines: Sequence[OrderLine]) -> None:
    """Sum up the lines and the shipping charge. Raises InvalidInput when that is too large."""
    order.subtotal = sum(line.unit_price * line.quantity for line in lines)
    order.discount = sum(line.discount for line in lines)
    order.tax = sum(line.tax for line in lines)
    order.total = order.subtotal - order.discount + order.tax + order.shipping
    if order.total > MAX_MINOR or order.subtotal > MAX_MINOR:
        raise InvalidInput.at("/lines", "too_large", "The order's total is too large.")
