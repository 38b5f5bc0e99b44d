"""What other apps may read of inventory."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeVar

from django.db import connection
from django.db.models import Q, QuerySet, Sum

from core.folding import same_in_any_case
from core.rulesets import PRICES
from core.text import normal
from inventory.events import StockReleased, StockReserved, StockUndelivered
from inventory.models import Location, Product, Reservation, StockLevel, StockMovement, Variant
from inventory.sourcing.documents import plan_document as plan_document
from inventory.sourcing.rules import Sourcing as Sourcing
from inventory.sourcing.stock import FreeStock as FreeStock
from inventory.sourcing.stock import Offered as Offered
from inventory.sourcing.stock import available as available
from inventory.sourcing.stock import expected_on as expected_on
from inventory.sourcing.stock import offered as offered
from inventory.sourcing.stock import shortages as shortages
from inventory.sourcing.stock import sourcing_plans as sourcing_plans
from inventory.sourcing.supply import Explained as Explained
from inventory.statuses import MovementKind

Found = TypeVar("Found")


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
    """A variant as an order line copies it; `price` is in minor units of the asked currency, None when it has none.

    `tax_class` is the code of its class, empty for the standard one.
    """

    id: uuid.UUID
    product_id: uuid.UUID
    sku: str
    name: str
    tax_class: str
    weight_grams: int
    price: int | None


@dataclass(frozen=True)
class Sellable:
    """What is on sale, by the SKU as it is asked for. `mark` is that of the rules of prices: see core.rulesets."""

    variants: Mapping[str, SellableVariant]
    mark: uuid.UUID | None


_SELLABLE = """
SELECT asked.sku, (SELECT mark FROM core_ruleset WHERE key = %s),
       variant.id, variant.product_id, variant.sku, variant.name, coalesce(tax_class.code, ''), variant.weight_grams,
       price.amount
FROM unnest(%s::text[]) AS asked (sku)
JOIN inventory_variant variant ON lower(variant.sku) = lower(asked.sku)
JOIN inventory_product product ON product.id = variant.product_id
LEFT JOIN taxes_taxclass tax_class ON tax_class.id = variant.tax_class_id
LEFT JOIN inventory_price price ON price.variant_id = variant.id AND price.currency = %s
WHERE variant.active AND product.active
"""


def sellable(skus: Collection[str], currency: str) -> Sellable:
    """The active variants among `skus`, asked for in any letter case."""
    with connection.cursor() as cursor:
        cursor.execute(_SELLABLE, [PRICES, _asked(skus), currency])
        rows = cursor.fetchall()
    found = {asked: SellableVariant(*row) for asked, _, *row in rows}
    return Sellable(_as_asked(skus, found), rows[0][1] if rows else None)


def withdrawn_skus(variant_ids: Collection[uuid.UUID]) -> list[str]:
    """The SKUs of those variants that are not on sale any more, or whose product isn't."""
    sold_no_more = Q(active=False) | Q(product__active=False)
    found = Variant.objects.filter(sold_no_more, pk__in=variant_ids).order_by("sku")
    return list(found.values_list("sku", flat=True))


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


def locations_of_orders(order_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, set[uuid.UUID]]:
    """Where units are kept for each order; orders that have none are left out."""
    found: defaultdict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    rows = Reservation.objects.filter(order_id__in=order_ids).order_by()
    for order_id, location_id in rows.values_list("order_id", "location_id"):
        found[order_id].add(location_id)
    return dict(found)


def reserved_units(variant_ids: Collection[uuid.UUID]) -> dict[tuple[uuid.UUID, uuid.UUID], int]:
    """How many units of the variants are reserved, by variant and location; levels that reserve none are left out."""
    rows = StockLevel.objects.filter(variant_id__in=variant_ids, reserved__gt=0).order_by()
    return {(variant, place): units for variant, place, units in rows.values_list("variant", "location", "reserved")}


def variant_ids(skus: Collection[str]) -> dict[str, uuid.UUID]:
    """The variants among `skus`, active or not, by the SKU as it is asked for: in any letter case."""
    return _ids("inventory_variant", "sku", skus)


def spelling_of(sku: str) -> str:
    """The SKU as the catalogue spells it, and so every line of an order; as it is asked for, if there is none."""
    spelt = Variant.objects.filter(same_in_any_case("sku", sku)).values_list("sku", flat=True).first()
    return spelt or normal(sku)


def location_ids(codes: Collection[str]) -> dict[str, uuid.UUID]:
    """The locations among `codes`, active or not, by the code as it is asked for: in any letter case."""
    return _ids("inventory_location", "code", codes)


def _ids(table: str, column: str, texts: Collection[str]) -> dict[str, uuid.UUID]:
    """The ids of rows by what was asked for; the index of lower(column) serves it."""
    rows = f"SELECT text, id FROM {table} JOIN unnest(%s::text[]) AS text ON lower({column}) = lower(text)"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(rows, [_asked(texts)])
        return _as_asked(texts, dict(cursor.fetchall()))


def _asked(texts: Collection[str]) -> list[str]:
    return sorted({normal(text) for text in texts})


def _as_asked(texts: Collection[str], found: Mapping[str, Found]) -> dict[str, Found]:
    """What was found, by the text as the caller has it."""
    return {text: found[normal(text)] for text in texts if normal(text) in found}


def active_location_ids(codes: Collection[str]) -> dict[str, uuid.UUID]:
    """The active locations among `codes`, by code: those whose stock is sold."""
    return dict(Location.objects.filter(code__in=codes, active=True).order_by().values_list("code", "pk"))


def known_locations(location_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the ids that are locations, active or not."""
    return set(Location.objects.filter(pk__in=location_ids).order_by().values_list("pk", flat=True))


def known_products(product_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the ids that are products, active or not."""
    return set(Product.objects.filter(pk__in=product_ids).order_by().values_list("pk", flat=True))


def known_variants(variant_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the ids that are variants, active or not."""
    return set(Variant.objects.filter(pk__in=variant_ids).order_by().values_list("pk", flat=True))


def products_of(skus: Collection[str]) -> dict[str, uuid.UUID]:
    """The products of the variants among `skus`, by the SKU as it is asked for: in any letter case."""
    ids = variant_ids(skus)
    products = dict(Variant.objects.filter(pk__in=ids.values()).order_by().values_list("pk", "product_id"))
    return {sku: products[variant_id] for sku, variant_id in ids.items()}


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
