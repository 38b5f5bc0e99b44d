"""The three derived statuses of an order, each from the figures that say it.

The money columns and the line counters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from orders.statuses import FulfilmentStatus, OrderStatus, PaymentStatus, ReturnStatus

if TYPE_CHECKING:
    from orders.models import Order, OrderLine


def derive_statuses(order: Order, lines: Sequence[OrderLine]) -> None:
    """Set payment, fulfilment and return status; the caller saves them with what changed them."""
    order.payment_status = payment_status(order)
    order.fulfilment_status = fulfilment_status(lines)
    order.return_status = return_status(lines)


def payment_status(order: Order) -> PaymentStatus:
    """What was kept of the customer's money, against what there is to pay; orders/README.md has it as a table.

    A draft is charged when it is placed, so what it will cost is unpaid. Money that is merely authorised is not paid.
    """
    to_pay = order.total if order.status == OrderStatus.DRAFT else order.charged - order.credited - order.written_off
    kept = order.captured - order.refunded
    if kept > to_pay:
        return PaymentStatus.OVERPAID
    if kept == to_pay > 0:
        return PaymentStatus.PAID
    if order.refunded:
        return PaymentStatus.PART_REFUNDED if kept else PaymentStatus.REFUNDED
    if kept:
        return PaymentStatus.PART_PAID
    return PaymentStatus.UNPAID if to_pay else PaymentStatus.NOTHING_DUE


def fulfilment_status(lines: Sequence[OrderLine]) -> FulfilmentStatus:
    """Undelivered once the carrier has brought back every wanted unit; delivered for good, whatever is returned."""
    wanted = sum(line.wanted for line in lines)
    shipped = sum(line.shipped for line in lines)
    delivered = sum(line.delivered for line in lines)
    undelivered = sum(line.undelivered for line in lines)
    if wanted == 0:
        return FulfilmentStatus.NOTHING_TO_SHIP
    if shipped == 0:
        return FulfilmentStatus.UNFULFILLED
    if undelivered == wanted:
        return FulfilmentStatus.UNDELIVERED
    if shipped < wanted:
        return FulfilmentStatus.PART_SHIPPED
    if delivered == 0:
        return FulfilmentStatus.SHIPPED
    return FulfilmentStatus.DELIVERED if delivered + undelivered == shipped else FulfilmentStatus.PART_DELIVERED


def return_status(lines: Sequence[OrderLine]) -> ReturnStatus:
    """What customers sent back of what was delivered to them."""
    delivered, returned = sum(line.delivered for line in lines), sum(line.returned for line in lines)
    if returned == 0:
        return ReturnStatus.NONE
    return ReturnStatus.RETURNED if returned == delivered else ReturnStatus.PART_RETURNED
