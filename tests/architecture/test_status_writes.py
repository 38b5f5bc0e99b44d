"""Nothing but a transition method writes the status of a status machine."""

from __future__ import annotations

import pytest

from orders.models import Order, Payment
from shipping.models import Shipment


@pytest.mark.parametrize("model", [Order, Payment, Shipment])
def test_a_status_refuses_to_be_assigned(model: type[Order | Payment | Shipment]) -> None:
    row = model()
    with pytest.raises(AttributeError, match="status"):
        row.status = "completed"
