"""Which commands there are, and which request of the API each of them is."""

from __future__ import annotations

from dataclasses import dataclass

COMMANDS = "order_commands"
REQUESTS = "order_requests"
QUEUES = (COMMANDS, REQUESTS)
"""Those that act, and those that only read: an answer that somebody waits for isn't behind work that nobody does."""


@dataclass(frozen=True)
class Command:
    """A request of the API by its method and the name of its route; `subject` is the member that names whose."""

    name: str
    queue: str
    method: str
    route: str
    subject: str | None = None


_ALL = (
    Command("order.create", COMMANDS, "POST", "orders"),
    Command("order.update", COMMANDS, "PATCH", "order", "order_id"),
    Command("order.cancel", COMMANDS, "POST", "order-cancel", "order_id"),
    # What carriers deliver are shipments, and an order has one or several: it is delivered with the last of them.
    Command("order.delivered", COMMANDS, "POST", "shipment-deliver", "shipment_id"),
    Command("order.get", REQUESTS, "GET", "order", "order_id"),
    Command("order.list", REQUESTS, "GET", "orders"),
)
BY_NAME = {command.name: command for command in _ALL}
