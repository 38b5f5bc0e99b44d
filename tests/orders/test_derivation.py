"""Payment, fulfilment and return status from the figures alone."""

from __future__ import annotations

import pytest

from orders.derivation import fulfilment_status, payment_status, return_status
from orders.models import Order, OrderLine

DRAFT, PLACED = "draft", "placed"


@pytest.mark.parametrize(
    ("status", "charged", "captured", "refunded", "credited", "written_off", "expected"),
    [
        (DRAFT, 0, 0, 0, 0, 0, "unpaid"),
        (PLACED, 0, 0, 0, 0, 0, "nothing_due"),
        (PLACED, 100, 0, 0, 0, 0, "unpaid"),
        (PLACED, 100, 40, 0, 0, 0, "part_paid"),
        (PLACED, 100, 100, 0, 0, 0, "paid"),
        (PLACED, 100, 101, 0, 0, 0, "overpaid"),
        (PLACED, 100, 100, 30, 0, 0, "part_refunded"),
        (PLACED, 100, 100, 100, 0, 0, "refunded"),
        (PLACED, 100, 0, 0, 100, 0, "nothing_due"),
        (PLACED, 100, 0, 0, 0, 100, "nothing_due"),
        (PLACED, 100, 40, 0, 0, 60, "paid"),
        (PLACED, 100, 100, 0, 100, 0, "overpaid"),
        (PLACED, 200, 100, 0, 100, 0, "paid"),
    ],
)
def test_payment_status(
    status: str, charged: int, captured: int, refunded: int, credited: int, written_off: int, expected: str
) -> None:
    order = Order(
        status=status,
        total=100,
        charged=charged,
        captured=captured,
        refunded=refunded,
        credited=credited,
        written_off=written_off,
    )
    assert payment_status(order) == expected


def lines(*counters: tuple[int, ...]) -> list[OrderLine]:
    """(quantity, cancelled, shipped, delivered, undelivered, returned) each."""
    names = ("quantity", "cancelled", "shipped", "delivered", "undelivered", "returned")
    return [OrderLine(**dict(zip(names, each, strict=True))) for each in counters]


@pytest.mark.parametrize(
    ("counters", "fulfilment", "returned"),
    [
        ([(3, 0, 0, 0, 0, 0), (2, 0, 0, 0, 0, 0)], "unfulfilled", "none"),
        ([(3, 0, 1, 0, 0, 0), (2, 0, 0, 0, 0, 0)], "part_shipped", "none"),
        ([(3, 0, 3, 3, 0, 0), (2, 0, 0, 0, 0, 0)], "part_shipped", "none"),
        ([(3, 0, 3, 0, 0, 0), (2, 0, 2, 0, 0, 0)], "shipped", "none"),
        ([(3, 0, 3, 1, 0, 0), (2, 0, 2, 0, 0, 0)], "part_delivered", "none"),
        ([(3, 0, 3, 3, 0, 0), (2, 0, 2, 2, 0, 0)], "delivered", "none"),
        ([(3, 0, 3, 3, 0, 0), (2, 0, 2, 0, 2, 0)], "delivered", "none"),
        ([(3, 0, 3, 0, 3, 0), (2, 0, 2, 0, 0, 0)], "shipped", "none"),
        ([(3, 0, 3, 0, 3, 0), (2, 0, 2, 0, 2, 0)], "undelivered", "none"),
        ([(3, 0, 3, 0, 3, 0), (2, 0, 0, 0, 0, 0)], "part_shipped", "none"),
        ([(3, 0, 3, 3, 0, 1), (2, 0, 2, 2, 0, 0)], "delivered", "part_returned"),
        ([(3, 0, 3, 3, 0, 3), (2, 0, 2, 0, 2, 0)], "delivered", "returned"),
        ([(3, 0, 3, 3, 0, 3), (2, 0, 2, 2, 0, 2)], "delivered", "returned"),
        ([(3, 0, 3, 2, 0, 2), (2, 0, 0, 0, 0, 0)], "part_shipped", "returned"),
        ([(3, 3, 0, 0, 0, 0), (2, 2, 0, 0, 0, 0)], "nothing_to_ship", "none"),
        ([(3, 1, 2, 2, 0, 0)], "delivered", "none"),
        ([], "nothing_to_ship", "none"),
    ],
)
def test_fulfilment_and_return_status(counters: list[tuple[int, ...]], fulfilment: str, returned: str) -> None:
    assert fulfilment_status(lines(*counters)) == fulfilment
    assert return_status(lines(*counters)) == returned
