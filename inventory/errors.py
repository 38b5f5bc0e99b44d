"""The errors that inventory's actions raise."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from core.errors import DomainError, Stale


@dataclass(frozen=True)
class Shortage:
    """A SKU of which fewer units are free than were asked for."""

    sku: str
    requested: int
    available: int


class OutOfStock(DomainError):
    code = "out_of_stock"
    title = "Out of stock"

    def __init__(self, shortages: Sequence[Shortage], *, unsplit: bool = False) -> None:
        """`unsplit`: what one location can send counts, as the storefront's orders come from one only."""
        named = ", ".join(f"{s.sku}: {s.requested} requested, {s.available} available" for s in shortages)
        where = " in one place, and the storefront never splits an order" if unsplit else ""
        super().__init__(
            f"Not enough stock{where} ({named}).",
            unblock="Ask for fewer units, or receive stock first.",
            shortages=[asdict(shortage) for shortage in shortages],
        )


class NotEnoughStock(DomainError):
    """Units that are wanted elsewhere, or reserved, cannot be taken away."""

    code = "not_enough_stock"
    title = "Not enough stock"

    def __init__(
        self,
        *,
        sku: str,
        location: str,
        requested: int,
        on_hand: int,
        reserved: int,
        unblock: str = "Take fewer units, receive stock, or cancel what reserves it.",
    ) -> None:
        available = on_hand - reserved
        super().__init__(
            f"{sku} at {location}: {requested} to be taken, {available} available "
            f"({on_hand} on hand, {reserved} of them reserved).",
            unblock=unblock,
            sku=sku,
            location_code=location,
            requested=requested,
            on_hand=on_hand,
            reserved=reserved,
            available=available,
        )


class CountOutdated(Stale):
    """Units came or went after it was looked how many there are."""

    code = "count_outdated"

    def __init__(self, *, seen: int, on_hand: int) -> None:
        super().__init__(
            f"{on_hand} are on hand now; the count was made when there were {seen}.",
            unblock="Count again, or send the count with what is on hand now if it still stands.",
            on_hand=on_hand,
        )


class NotReserved(DomainError):
    """Units that are to be shipped were taken from the order's reservation meanwhile."""

    code = "not_reserved"
    title = "Not reserved"

    def __init__(self, line_ids: Sequence[uuid.UUID]) -> None:
        super().__init__(
            "Some of these units are no longer reserved for the order here.",
            unblock="Look at the order's shipments again: they are settled within seconds.",
            lines=[str(line_id) for line_id in line_ids],
        )


class SkuTaken(DomainError):
    """`taken`: the id of the variant that has each SKU already."""

    code = "sku_taken"
    title = "SKU taken"

    def __init__(self, taken: Mapping[str, uuid.UUID]) -> None:
        super().__init__(
            f"There are variants with these SKUs already: {', '.join(sorted(taken))}.",
            unblock="Use other SKUs, or change the variants that exist.",
            taken={sku: str(variant_id) for sku, variant_id in taken.items()},
        )


class LocationCodeTaken(DomainError):
    code = "location_code_taken"
    title = "Location code taken"

    def __init__(self, code: str, location_id: uuid.UUID) -> None:
        super().__init__(
            f"There is a location {code} already.",
            unblock="Use another code, or change the location that exists.",
            location_id=str(location_id),
        )
