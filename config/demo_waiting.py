"""An order of the demo shop that waits for stock, with a day that is promised: it can be released in part."""

from __future__ import annotations

import uuid

import inventory.actions
import inventory.queries
import orders.actions
import orders.queries
from config.demo_prices import STANDARD
from core.actors import Actor
from inventory.actions import NewVariant, StockItem
from orders.actions import NewLine, NewOrder

ACTOR = Actor.system("demo")
REF = "DEMO-WAITS"

_KETTLE = NewVariant(
    "KETTLE-COPPER", "Copper kettle", {"GBP": 7900, "EUR": 9200}, stock_policy="backorder", restock_days=12
)


def place_waiting_order(client_id: uuid.UUID, customer_id: uuid.UUID) -> None:
    """One of three kettles is there, and it is paid for. Placed already, nothing is added."""
    if orders.queries.taken_refs([client_id], prefix=REF):
        return
    kettle = inventory.actions.ensure_catalogue([_KETTLE], actor=ACTOR)[_KETTLE.sku]
    if not inventory.queries.available([kettle])[kettle]:
        leeds = inventory.queries.location_ids(["LEEDS"])["LEEDS"]
        inventory.actions.receive([StockItem(kettle, leeds, 1)], note="Opening stock", actor=ACTOR)
    new = NewOrder(
        currency="GBP",
        lines=[NewLine(_KETTLE.sku, 3), NewLine("MUG-MOSS", 1)],
        customer_id=customer_id,
        external_ref=REF,
        delivery_method=STANDARD,
    )
    order = orders.actions.place_order(new, client_id=client_id, actor=ACTOR)
    orders.actions.record_payment(order.pk, method="bank_transfer", amount=order.total, reference=REF, actor=ACTOR)
