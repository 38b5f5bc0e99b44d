"""What inventory refuses, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from core.errors import DomainError


@dataclass(frozen=True)
class Shortage:
    """A SKU of which fewer units are free than were asked for."""

    sku: str
    requested: int
    available: int


class OutOfStock(DomainError):
    code = "out_of_stock"
    title = "Out of stock"

    def __init__(self, shortages: Sequence[Shortage]) -> None:
        named = ", ".join(f"{s.sku}: {s.requested} requested, {s.available} available" for s in shortages)
        super().__init__(
            f"Not enough stock ({named}).",
            unblock="Ask for fewer units, or receive stock first.",
            shortages=[asdict(shortage) for shortage in shortages],
        )
