"""Any sequence of what may happen to an order, against a model of plain dicts: same numbers, no dead end."""

from __future__ import annotations

import pytest

from core.transitions import report
from orders.statuses import OrderStatus
from tests.factories.orders import an_order


@pytest.mark.django_db
@pytest.mark.parametrize("status", [s for s in OrderStatus if s != OrderStatus.COMPLETED])
def test_only_a_completed_order_has_nowhere_to_go(status: str) -> None:
    assert any(status in move.sources for move in report(an_order(status)))
