"""Steps that reserve, release, ship and take back the units of an order.

Called with the order locked; stock rows are locked here, by key.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from core.actors import Actor
from core.models import Versioned
from core.outbox import record
from core.transactions import StartOver, step
from inventory.errors import NotReserved, OutOfStock, Shortage
from inventory.events import StockReleased, StockReserved, StockUndelivered
from inventory.models import Reservation, StockLevel, StockMovement
from inventory.queries import Allocation, Offered, offered
from inventory.sourcing.planning import Plan
from inventory.sourcing.rules import Sourcing
from inventory.sourcing.supply import Explained, read_supply
from inventory.statuses import MovementKind, StockPolicy


@dataclass(frozen=True)
class Wanted:
    """Units that one order line asks for."""

    line_id: uuid.UUID
    variant_id: uuid.UUID
    sku: str
    quantity: int


@dataclass(frozen=True)
class Reserved:
    """What became of a wish: the units that are kept, and by line (if any) those that nobody has.

    `offered` is, for each variant of a line that is short, what is known of when there are more.
    """

    kept: Sequence[Allocation]
    short: Mapping[uuid.UUID, int]
    offered: Mapping[uuid.UUID, Offered]
    plan: Explained | None = None
    """By which the units were taken, where the storefront has rules."""


# One conditional statement: lock the levels by key, lay the demand of all lines and the supply of all locations end
# to end per variant, and let each line take where the two overlap. Nothing is inserted when any variant falls short
# whose policy is to refuse; of the others, lines take what there is, in their order.
_RESERVE = """
WITH wanted AS (
    SELECT line_id, variant_id, quantity,
           sum(quantity) OVER (PARTITION BY variant_id ORDER BY position ROWS UNBOUNDED PRECEDING) AS upto
    FROM unnest(%(lines)s::uuid[], %(variants)s::uuid[], %(quantities)s::bigint[])
         WITH ORDINALITY AS w (line_id, variant_id, quantity, position)
), locked AS MATERIALIZED (
    SELECT level.variant_id, level.location_id, place.priority, place.code,
           level.on_hand - level.reserved AS available
    FROM inventory_stocklevel level JOIN inventory_location place ON place.id = level.location_id
    WHERE level.variant_id = ANY(%(variants)s::uuid[]) AND place.active
    ORDER BY level.variant_id, level.location_id FOR UPDATE OF level
), offered AS (
    SELECT variant_id, location_id, available,
           sum(available) OVER (PARTITION BY variant_id ORDER BY priority, code ROWS UNBOUNDED PRECEDING) AS upto
    FROM locked WHERE available > 0
), short AS (
    SELECT 1 FROM (SELECT variant_id, max(upto) AS units FROM wanted GROUP BY variant_id) demand
    LEFT JOIN (SELECT variant_id, max(upto) AS units FROM offered GROUP BY variant_id) supply USING (variant_id)
    WHERE demand.units > coalesce(supply.units, 0) AND NOT %(partial)s
      AND (SELECT stock_policy FROM inventory_variant WHERE id = variant_id) = 'refuse'
)
INSERT INTO inventory_stockmovement
    (client_id, variant_id, location_id, kind, on_hand, reserved, order_id, line_id,
     version, actor_kind, actor_id, actor_name, note, created_at)
SELECT %(client)s, variant_id, location_id, 'reserve', 0,
       least(wanted.upto, offered.upto) - greatest(wanted.upto - wanted.quantity, offered.upto - offered.available),
       %(order)s, line_id, %(version)s, %(actor_kind)s, %(actor_id)s, %(actor_name)s, '', statement_timestamp()
FROM wanted JOIN offered USING (variant_id)
WHERE least(wanted.upto, offered.upto) > greatest(wanted.upto - wanted.quantity, offered.upto - offered.available)
  AND NOT EXISTS (SELECT 1 FROM short)
RETURNING line_id, variant_id, location_id, reserved
"""

_RELEASE = """
WITH kept AS (
    SELECT line_id, variant_id, location_id, quantity FROM inventory_reservation
    WHERE order_id = %(order)s AND (%(lines)s::uuid[] IS NULL OR line_id = ANY(%(lines)s::uuid[]))
), locked AS MATERIALIZED (
    SELECT 1 FROM inventory_stocklevel level
    WHERE (level.variant_id, level.location_id) IN (SELECT variant_id, location_id FROM kept)
    ORDER BY level.variant_id, level.location_id FOR UPDATE
)
INSERT INTO inventory_stockmovement
    (client_id, variant_id, location_id, kind, on_hand, reserved, order_id, line_id,
     version, actor_kind, actor_id, actor_name, note, created_at)
SELECT %(client)s, variant_id, location_id, 'release', 0, -quantity, %(order)s, line_id,
       %(version)s, %(actor_kind)s, %(actor_id)s, %(actor_name)s, '', statement_timestamp()
FROM kept WHERE (SELECT count(*) FROM locked) > 0
RETURNING line_id, variant_id, location_id, -reserved
"""


@step
def reserve(
    wanted: Sequence[Wanted],
    *,
    order: Versioned,
    actor: Actor,
    partial: bool = False,
    sourcing: Sourcing | None = None,
) -> Reserved:
    """Keep units of active locations for the order's lines: by the storefront's rules of sourcing if it has any,
    otherwise locations of lower priority number first.

    The policy of a variant decides what happens when it falls short: all is refused, or the lines take what there is
    and the answer says what they lack. With `partial`, as for units that wait already, nothing is refused.
    Raises OutOfStock naming each such SKU with what was requested and what is available, and StartOver.
    """
    if not wanted:
        return Reserved([], {}, {})
    if sourcing is not None:
        return _reserve_by_plan(wanted, order=order, actor=actor, partial=partial, sourcing=sourcing)
    values = {
        "partial": partial,
        "lines": [want.line_id for want in wanted],
        "variants": [want.variant_id for want in wanted],
        "quantities": [want.quantity for want in wanted],
        **_cause(order, actor),
    }
    kept = _moved(_RESERVE, values)
    short = _short(wanted, kept)
    seen = _look_again(wanted, kept, short, refusing=not partial) if short else {}
    if kept:
        record(StockReserved(units=_units(kept)), subject=order, actor=actor)
    return Reserved(kept, short, seen)


def _reserve_by_plan(
    wanted: Sequence[Wanted], *, order: Versioned, actor: Actor, partial: bool, sourcing: Sourcing
) -> Reserved:
    """Lock the levels as _RESERVE does, and then plan: what is planned is there."""
    units, _, skus = _by_variant(wanted, {})
    supply = read_supply(units, order_id=order.pk, lock=True)
    explained = supply.best(units, sourcing, refusing=not partial)
    short = explained.plan.short
    if short and read_supply(units, order_id=order.pk) != supply:
        raise StartOver  # A level was made while this waited for another: see _look_again.
    refused = [] if partial else list(supply.refused(short))
    if refused:
        shortages = [Shortage(skus[each], units[each], units[each] - short[each]) for each in refused]
        raise OutOfStock(shortages, unsplit=sourcing.never_splits)
    kept = list(_for_lines(wanted, explained.plan))
    if kept:
        StockMovement.objects.bulk_create(
            _movement(unit, MovementKind.RESERVE, order, actor, on_hand=0, reserved=unit.quantity) for unit in kept
        )
        record(StockReserved(units=_units(kept)), subject=order, actor=actor)
    return Reserved(kept, _short(wanted, kept), offered(short) if short else {}, explained)


def _for_lines(wanted: Iterable[Wanted], plan: Plan) -> Iterator[Allocation]:
    """The units of the plan, to the lines in their order."""
    left = [(parcel.place.id, Counter(parcel.units)) for parcel in plan.parcels]
    for want in wanted:
        lacking = want.quantity
        for location_id, units in left:
            taken = min(lacking, units[want.variant_id])
            if taken:
                units[want.variant_id] -= taken
                lacking -= taken
                yield Allocation(want.line_id, want.variant_id, location_id, taken)


@step
def release(*, order: Versioned, actor: Actor, line_ids: Collection[uuid.UUID] | None = None) -> list[Allocation]:
    """Give back everything that is still kept for the order, or for some of its lines; returns what was kept."""
    lines = None if line_ids is None else list(line_ids)
    freed = _moved(_RELEASE, {"lines": lines, **_cause(order, actor)})
    if freed:
        record(StockReleased(units=_units(freed)), subject=order, actor=actor)
    return freed


@step
def ship(picked: Sequence[Allocation], *, order: Versioned, actor: Actor) -> None:
    """Take reserved units out of their locations; the event that the caller records next of the order tells of it.

    Raises NotReserved for more than is reserved for the line there.
    """
    _lock_levels(picked)
    _require_reserved(picked, order)
    StockMovement.objects.bulk_create(
        _movement(unit, MovementKind.SHIP, order, actor, on_hand=-unit.quantity, reserved=-unit.quantity)
        for unit in picked
    )


@step
def take_back(units: Sequence[Allocation], *, order: Versioned, restock: bool, actor: Actor) -> None:
    """Note units that the carrier brought back.

    Those not fit for sale are scrapped in the same breath, so both facts stay in the ledger.
    """
    _lock_levels(units)
    moves = [_movement(unit, MovementKind.UNDELIVERED, order, actor, on_hand=unit.quantity) for unit in units]
    if not restock:
        moves += [_movement(unit, MovementKind.SCRAP, order, actor, on_hand=-unit.quantity) for unit in units]
    StockMovement.objects.bulk_create(moves)
    record(StockUndelivered(units=_units(units), restocked=restock), subject=order, actor=actor)


def _cause(order: Versioned, actor: Actor) -> dict[str, Any]:
    """What a movement of the order's units says of its cause: the order's next event, which comes after it."""
    return {"order": order.pk, "client": order.owner_id, "version": order.version + 1, **actor.columns()}


def _moved(statement: str, values: dict[str, Any]) -> list[Allocation]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [Allocation(*row) for row in cursor.fetchall()]


def _short(wanted: Iterable[Wanted], kept: Iterable[Allocation]) -> dict[uuid.UUID, int]:
    """line → units that it asked for and did not get; lines that got all are left out."""
    got: Counter[uuid.UUID] = Counter()
    for allocation in kept:
        got[allocation.line_id] += allocation.quantity
    return {want.line_id: want.quantity - got[want.line_id] for want in wanted if want.quantity > got[want.line_id]}


def _look_again(
    wanted: Iterable[Wanted], kept: Iterable[Allocation], short: Mapping[uuid.UUID, int], *, refusing: bool
) -> Mapping[uuid.UUID, Offered]:
    """What is offered of the variants that are short, and whether the shortage is true. A statement that waited for a
    level doesn't see one that was made meanwhile, where the units that it misses may have gone; this is a new
    statement, and holds the locks of all that it saw.

    Raises OutOfStock for true shortages of variants that are refused, StartOver when there are units after all.
    """
    requested, missing, skus = _by_variant(wanted, short)
    seen = offered(missing)
    refusable = [variant for variant in missing if refusing and seen[variant].stock_policy == StockPolicy.REFUSE]
    refused = [variant for variant in refusable if missing[variant] > seen[variant].units]
    if refused and not kept:
        raise OutOfStock([Shortage(skus[variant], requested[variant], seen[variant].units) for variant in refused])
    if refused or any(each.units for each in seen.values()):
        raise StartOver
    return seen


def _by_variant(
    wanted: Iterable[Wanted], short: Mapping[uuid.UUID, int]
) -> tuple[Counter[uuid.UUID], Counter[uuid.UUID], dict[uuid.UUID, str]]:
    """Of the variants of short lines: units requested, units missing, SKU."""
    requested: Counter[uuid.UUID] = Counter()
    missing: Counter[uuid.UUID] = Counter()
    skus = {}
    for want in wanted:
        requested[want.variant_id] += want.quantity
        missing[want.variant_id] += short.get(want.line_id, 0)
        skus[want.variant_id] = want.sku
    return requested, +missing, skus


def _require_reserved(picked: Iterable[Allocation], order: Versioned) -> None:
    rows = Reservation.objects.filter(order_id=order.pk).values_list("line_id", "location_id", "quantity")
    kept = {(line_id, location_id): quantity for line_id, location_id, quantity in rows}
    lacking = [unit.line_id for unit in picked if kept.get((unit.line_id, unit.location_id), 0) < unit.quantity]
    if lacking:
        raise NotReserved(lacking)


def _lock_levels(units: Iterable[Allocation]) -> None:
    pairs = {(unit.variant_id, unit.location_id) for unit in units}
    variants, locations = {variant for variant, _ in pairs}, {location for _, location in pairs}
    levels = StockLevel.objects.filter(variant_id__in=variants, location_id__in=locations)
    list(levels.order_by("variant_id", "location_id").select_for_update().values_list("pk"))


def _movement(
    unit: Allocation, kind: MovementKind, order: Versioned, actor: Actor, *, on_hand: int, reserved: int = 0
) -> StockMovement:
    return StockMovement(
        client_id=order.owner_id,
        variant_id=unit.variant_id,
        location_id=unit.location_id,
        kind=kind,
        on_hand=on_hand,
        reserved=reserved,
        order_id=order.pk,
        line_id=unit.line_id,
        version=order.version + 1,
        **actor.columns(),
    )


def _units(allocations: Iterable[Allocation]) -> list[dict[str, Any]]:
    return [
        {"line_id": a.line_id, "variant_id": a.variant_id, "location_id": a.location_id, "quantity": a.quantity}
        for a in allocations
    ]
