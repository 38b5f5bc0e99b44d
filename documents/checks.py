"""What must be so before a document of an order is issued. Each docstring is the line in docs/transitions.md."""

from __future__ import annotations

from typing import Any

from core.transitions import Blocker


def was_placed(order: Any) -> Blocker | None:
    """It was placed."""
    if order.placed_at is not None:
        return None
    return Blocker("The order was not placed yet.", "Place it first.", ("place",))


def is_charged(order: Any) -> Blocker | None:
    """Something of what it charged is not credited."""
    if order.charged - order.credited > 0:
        return None
    said = "All that the order charged is credited." if order.charged else "The order charges nothing."
    return Blocker(said, "Nothing: there is nothing to invoice.")


def is_credited(order: Any) -> Blocker | None:
    """Something of it is credited."""
    if order.credited > 0:
        return None
    return Blocker("Nothing of the order is credited.", "Nothing: there is nothing to note.")
