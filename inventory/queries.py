"""What other apps may read of inventory."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db import connection
from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from inventory.errors import Shortage
from inventory.models import Location, Reservation, StockLevel, StockMovement, Variant
from inventory.statuses import MovementKind


@dataclass(frozen=True)
class Allocation:
    """Units of one order line at one location."""

    line_id: uuid.UUID
    variant_id: uuid.UUID
    location_id: uuid.UUID
    quantity: int


@dataclass(frozen=True)
class SellableVariant:
    """A variant as an order line copies it; `price` is in minor units of the asked currency, None when it has none."""

    id: uuid.UUID
    sku: str
    name: str
    price: int | None


_SELLABLE = """
SELECT variant.id, variant.sku, variant.name, price.amount
FROM inventory_variant variant
JOIN inventory_product product ON product.id = variant.product_id
LEFT JOIN inventory_price price ON price.variant_id = variant.id AND price.currency = %s
WHERE variant.sku = ANY(%s) AND variant.active AND product.active
"""


def sellable(skus: Collection[str], currency: str) -> dict[str, SellableVariant]:
    """The active variants among `skus`, by SKU."""
    with connection.cursor() as cursor:
        cursor.execute(_SELLABLE, [currency, list(skus)])
        return {row[1]: SellableVariant(*row) for row in cursor.fetchall()}


def reservations_of(order_id: uuid.UUID) -> list[Allocation]:
    """What is kept for an order right now."""
    rows = Reservation.objects.filter(order_id=order_id).order_by("location_id", "line_id")
    return [Allocation(r.line_id, r.variant_id, r.location_id, r.quantity) for r in rows]


def available(variant_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Units of each variant that active locations have and no order holds; 0 for one that has no stock level."""
    free = dict.fromkeys(variant_ids, 0)
    levels = StockLevel.objects.filter(variant_id__in=free, location__active=True).order_by()
    for variant_id, units in levels.values_list("variant_id").annotate(free=Sum(F("on_hand") - F("reserved"))):
        free[variant_id] = units
    return free


def shortages(requested: Mapping[uuid.UUID, int]) -> list[Shortage]:
    """The variants of which fewer units are free than `requested`, by SKU. It reads, and locks nothing."""
    if not requested:
        return []
    sold = Q(levels__location__active=True)
    free = Coalesce(Sum(F("levels__on_hand") - F("levels__reserved"), filter=sold), 0)
    found = (
        Variant.objects.filter(pk__in=requested).annotate(free=free).order_by("sku").values_list("pk", "sku", "free")
    )
    return [Shortage(sku, requested[pk], units) for pk, sku, units in found if units < requested[pk]]


def variant_ids(skus: Collection[str]) -> dict[str, uuid.UUID]:
    """The variants among `skus`, active or not, by SKU."""
    return dict(Variant.objects.filter(sku__in=skus).order_by().values_list("sku", "pk"))


def location_ids(codes: Collection[str]) -> dict[str, uuid.UUID]:
    """The locations among `codes`, active or not, by code."""
    return dict(Location.objects.filter(code__in=codes).order_by().values_list("code", "pk"))


def known_locations(location_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the ids that are locations, active or not."""
    return set(Location.objects.filter(pk__in=location_ids).order_by().values_list("pk", flat=True))


@dataclass(frozen=True)
class Discrepancy:
    """A stored figure that the ledger contradicts.

    `what` is level.on_hand or level.reserved (against the movements there), level.reservations (reserved, against the
    reservations there) or reservation.quantity (of one order line, against that line's movements).
    """

    what: str
    sku: str
    location: str
    line_id: uuid.UUID | None
    stored: int
    expected: int

    @property
    def off(self) -> int:
        """Units by which the figure is wrong."""
        return abs(self.stored - self.expected)

    def __str__(self) -> str:
        line = f" for line {self.line_id}" if self.line_id else ""
        where = f"{self.sku} at {self.location}{line}"
        return f"{where}: {self.what} is {self.stored}, the ledger says {self.expected} ({self.off} units off)"


# One statement, so that it sees one snapshot whatever is committed meanwhile. It reads, and locks nothing.
_DISCREPANCIES = """
WITH moved AS (
    SELECT variant_id, location_id, sum(on_hand) AS on_hand, sum(reserved) AS reserved
    FROM inventory_stockmovement GROUP BY variant_id, location_id
), kept AS (
    SELECT variant_id, location_id, sum(quantity) AS quantity
    FROM inventory_reservation GROUP BY variant_id, location_id
), moved_of_line AS (
    SELECT line_id, location_id, variant_id, sum(reserved) AS quantity FROM inventory_stockmovement
    WHERE reserved <> 0 GROUP BY line_id, location_id, variant_id
), compared AS (
    SELECT variant_id, location_id, NULL::uuid AS line_id, figure.what, figure.stored, figure.expected
    FROM inventory_stocklevel level
    FULL JOIN moved USING (variant_id, location_id)
    FULL JOIN kept USING (variant_id, location_id)
    CROSS JOIN LATERAL (VALUES
        ('level.on_hand', coalesce(level.on_hand, 0), coalesce(moved.on_hand, 0)),
        ('level.reserved', coalesce(level.reserved, 0), coalesce(moved.reserved, 0)),
        ('level.reservations', coalesce(level.reserved, 0), coalesce(kept.quantity, 0))
    ) AS figure (what, stored, expected)
    UNION ALL
    SELECT variant_id, location_id, line_id, 'reservation.quantity',
           coalesce(reservation.quantity, 0), coalesce(moved_of_line.quantity, 0)
    FROM inventory_reservation reservation FULL JOIN moved_of_line USING (line_id, location_id, variant_id)
)
SELECT compared.what, coalesce(variant.sku, variant_id::text), coalesce(place.code, location_id::text),
       compared.line_id, compared.stored::bigint, compared.expected::bigint
FROM compared
LEFT JOIN inventory_variant variant ON variant.id = variant_id
LEFT JOIN inventory_location place ON place.id = location_id
WHERE compared.stored <> compared.expected
ORDER BY variant_id, location_id, compared.what, compared.line_id
LIMIT %s
"""


def stock_discrepancies(limit: int = 100) -> list[Discrepancy]:
    """The first stored figures of stock that its ledger contradicts, by variant and location. Empty: it all adds up."""
    with connection.cursor() as cursor:
        cursor.execute(_DISCREPANCIES, [limit])
        return [Discrepancy(*row) for row in cursor.fetchall()]


@dataclass
class LineUnits:
    """The units of one order line as the stock ledger tells: reserved by its movements, kept by its reservations."""

    reserved: int = 0
    kept: int = 0
    shipped: int = 0
    returned: int = 0


def units_of_orders(order_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, LineUnits]:
    """What the stock ledger says of each line of the orders; lines without a movement are left out."""
    units: defaultdict[uuid.UUID, LineUnits] = defaultdict(LineUnits)
    moves = StockMovement.objects.filter(order_id__in=order_ids).order_by()
    for line_id, kind, on_hand, reserved in moves.values_list("line_id", "kind").annotate(
        Sum("on_hand"), Sum("reserved")
    ):
        line = units[line_id]
        line.reserved += reserved
        line.shipped -= on_hand if kind == MovementKind.SHIP else 0
        line.returned += on_hand if kind == MovementKind.RETURN else 0
    for line_id, kept in Reservation.objects.filter(order_id__in=order_ids).values_list("line_id", "quantity"):
        units[line_id].kept += kept
    return dict(units)
