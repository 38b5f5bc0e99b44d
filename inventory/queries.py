"""What other apps may read of inventory."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db import connection
from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from inventory.errors import Shortage
from inventory.events import StockReleased, StockReserved, StockUndelivered
from inventory.models import Location, Reservation, StockLevel, StockMovement, Variant
from inventory.statuses import MovementKind, StockPolicy


@dataclass(frozen=True)
class Allocation:
    """Units of one order line at one location."""

    line_id: uuid.UUID
    variant_id: uuid.UUID
    location_id: uuid.UUID
    quantity: int


@dataclass(frozen=True)
class OrderAllocation:
    """Units of one order's line, of a variant and at a location that the reader knows."""

    order_id: uuid.UUID
    line_id: uuid.UUID
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


def reservations_at(
    variant_id: uuid.UUID, location_id: uuid.UUID, order_ids: Collection[uuid.UUID] | None = None
) -> list[OrderAllocation]:
    """What a location keeps of a variant for orders, or for some of them, right now."""
    kept = Reservation.objects.filter(variant_id=variant_id, location_id=location_id)
    if order_ids is not None:
        kept = kept.filter(order_id__in=order_ids)
    return [OrderAllocation(*row) for row in kept.order_by("id").values_list("order_id", "line_id", "quantity")]


def available(variant_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Units of each variant that active locations have and no order holds; 0 for one that has no stock level."""
    free = dict.fromkeys(variant_ids, 0)
    levels = StockLevel.objects.filter(variant_id__in=free, location__active=True).order_by()
    for variant_id, units in levels.values_list("variant_id").annotate(free=Sum(F("on_hand") - F("reserved"))):
        free[variant_id] = units
    return free


def shortages(requested: Mapping[uuid.UUID, int]) -> list[Shortage]:
    """What reserving would be refused for: the variants that aren't sold beyond their stock and of which fewer units
    are free than `requested`, by SKU. It reads, and locks nothing.
    """
    if not requested:
        return []
    sold = Q(levels__location__active=True)
    free = Coalesce(Sum(F("levels__on_hand") - F("levels__reserved"), filter=sold), 0)
    found = (
        Variant.objects.filter(pk__in=requested, stock_policy=StockPolicy.REFUSE)
        .annotate(free=free)
        .order_by("sku")
        .values_list("pk", "sku", "free")
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
    reservations there), reservation.quantity (of one order line, against that line's movements), or "movements of
    version n": those of a variant that are for no order, against the variant's event of that version.
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
        return f"{where}: {self.what} is {self.stored}, {self.source} says {self.expected} ({self.off} units off)"

    @property
    def source(self) -> str:
        return "its event" if self.what.startswith("movements") else "the ledger"


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
), moved_of_variant AS (
    SELECT variant_id, location_id, version, sum(on_hand) AS on_hand
    FROM inventory_stockmovement WHERE order_id IS NULL GROUP BY variant_id, location_id, version
), told_of_variant AS (
    SELECT e.subject_id AS variant_id, place.id AS location_id, e.version, sum(moved.units) AS on_hand
    FROM core_event e
    CROSS JOIN LATERAL (VALUES
        (e.data ->> 'location_code', (e.data ->> 'change')::bigint),
        (e.data ->> 'from_location_code', -(e.data ->> 'quantity')::bigint),
        (e.data ->> 'to_location_code', (e.data ->> 'quantity')::bigint)
    ) AS moved (code, units)
    JOIN inventory_location place ON place.code = moved.code
    WHERE e.subject_type = 'variant' AND e.type LIKE 'inventory.%%'
    GROUP BY e.subject_id, place.id, e.version
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
    UNION ALL
    SELECT variant_id, location_id, NULL, 'movements of version ' || version,
           coalesce(moved_of_variant.on_hand, 0), coalesce(told_of_variant.on_hand, 0)
    FROM moved_of_variant FULL JOIN told_of_variant USING (variant_id, location_id, version)
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
    undelivered: int = 0
    returned: int = 0


def units_of_orders(order_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, LineUnits]:
    """What the stock ledger says of each line of the orders; lines without a movement are left out."""
    units = _moved_units(StockMovement.objects.filter(order_id__in=order_ids))
    for line_id, kept in Reservation.objects.filter(order_id__in=order_ids).values_list("line_id", "quantity"):
        units[line_id].kept += kept
    return dict(units)


def units_as_of(order_id: uuid.UUID, version: int) -> dict[uuid.UUID, LineUnits]:
    """The units of the order's lines as they were when it had this version: the sums of its movements up to then."""
    units = _moved_units(StockMovement.objects.filter(order_id=order_id, version__lte=version))
    for line in units.values():
        line.kept = line.reserved
    return dict(units)


def _moved_units(moves: QuerySet[StockMovement]) -> defaultdict[uuid.UUID, LineUnits]:
    units: defaultdict[uuid.UUID, LineUnits] = defaultdict(LineUnits)
    sums = moves.order_by().values_list("line_id", "kind").annotate(Sum("on_hand"), Sum("reserved"))
    for line_id, kind, on_hand, reserved in sums:
        line = units[line_id]
        line.reserved += reserved
        line.shipped -= on_hand if kind == MovementKind.SHIP else 0
        line.undelivered += on_hand if kind == MovementKind.UNDELIVERED else 0
        line.returned += on_hand if kind == MovementKind.RETURN else 0
    return units


_TELLING: list[tuple[str, MovementKind]] = [
    (StockReserved.type, MovementKind.RESERVE),
    (StockReleased.type, MovementKind.RELEASE),
    (StockUndelivered.type, MovementKind.UNDELIVERED),
    (StockUndelivered.type, MovementKind.SCRAP),
]


def tells_units(event_type: str, kind: MovementKind) -> None:
    """An event of an order that tells of movements of this kind by its `units`: one {line, quantity} each."""
    _TELLING.append((event_type, kind))


@dataclass(frozen=True)
class UntoldUnits:
    """Units that movements of an order's line moved, where the order's event of that version tells of others."""

    order_id: uuid.UUID
    version: int
    kind: str
    line_id: uuid.UUID
    moved: int
    told: int


_UNTOLD = """
WITH told AS (
    SELECT e.subject_id AS order_id, e.version, telling.kind, (unit ->> 'line_id')::uuid AS line_id,
           sum((unit ->> 'quantity')::bigint) AS units
    FROM core_event e
    JOIN unnest(%(types)s::text[], %(kinds)s::text[]) AS telling (type, kind) ON telling.type = e.type
    CROSS JOIN LATERAL jsonb_array_elements(e.data -> 'units') AS unit
    WHERE e.subject_type = 'order' AND e.subject_id = ANY(%(orders)s)
        AND (telling.kind <> 'scrap' OR e.data ->> 'restocked' = 'false')
    GROUP BY e.subject_id, e.version, telling.kind, line_id
), moved AS (
    SELECT order_id, version, kind, line_id, sum(greatest(abs(on_hand), abs(reserved))) AS units
    FROM inventory_stockmovement WHERE order_id = ANY(%(orders)s) GROUP BY order_id, version, kind, line_id
)
SELECT order_id, version, kind, line_id, coalesce(moved.units, 0)::bigint, coalesce(told.units, 0)::bigint
FROM told FULL JOIN moved USING (order_id, version, kind, line_id)
WHERE moved.units IS DISTINCT FROM told.units
ORDER BY order_id, version, kind, line_id
"""


def untold_units(order_ids: Collection[uuid.UUID]) -> list[UntoldUnits]:
    """Movements of the orders that their events contradict. Empty: each is told of, and each telling has moved."""
    types, kinds = zip(*_TELLING, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_UNTOLD, {"orders": list(order_ids), "types": list(types), "kinds": list(kinds)})
        return [UntoldUnits(*row) for row in cursor.fetchall()]
