"""Which kind of message each consumer of KAFKA_CONSUMERS takes, by the module that declares it."""

from __future__ import annotations

MESSAGE_KINDS = {
    "stock_levels": "inventory.consuming.STOCK_LEVELS",
    "customers": "customers.consuming.CUSTOMERS",
}
