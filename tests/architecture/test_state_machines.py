"""The status machines of the models against the database's triggers, and their shape."""

from __future__ import annotations

from typing import Any

import pytest

from core.transitions import edges
from orders.models import Order, Payment
from orders.statuses import ORDER_MOVES, PAYMENT_MOVES
from shipping.models import Shipment
from shipping.statuses import SHIPMENT_MOVES

MACHINES = [(Order, ORDER_MOVES), (Payment, PAYMENT_MOVES), (Shipment, SHIPMENT_MOVES)]


@pytest.mark.parametrize(("model", "moves"), MACHINES)
def test_the_trigger_lets_through_exactly_what_the_model_declares(model: Any, moves: list[tuple[str, str]]) -> None:
    assert edges(model) == set(moves)
    assert len(moves) == len(set(moves))
