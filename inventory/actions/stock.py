"""Receive, adjust, transfer and scrap stock.

Locks: variants by key (theirs is the timeline), then levels by key; adjusting locks the orders that give way before.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.actors import Actor
from core.errors import InvalidInput
from core.outbox import record
from core.transactions import StartOver, action, step
from inventory.actions import displacing
from inventory.actions.displacing import Claim, Claims
from inventory.errors import CountOutdated, NotEnoughStock
from inventory.events import StockAdjusted, StockReceived, StockReleased, StockScrapped, StockTransferred
from inventory.models import Location, StockLevel, StockMovement, Variant
from inventory.sourcing.rules import Sourcing
from inventory.sourcing.supply import read_supply
from inventory.statuses import MovementKind


@dataclass(frozen=True)
class StockItem:
    """Units of a variant at a location; `quantity` is at least 1."""

    variant_id: uuid.UUID
    location_id: uuid.UUID
    quantity: int


@dataclass(frozen=True)
class TransferItem:
    """Units of a variant on their way from one location to another; `quantity` is at least 1."""

    variant_id: uuid.UUID
    from_location_id: uuid.UUID
    to_location_id: uuid.UUID
    quantity: int


@dataclass(frozen=True)
class CountedItem:
    """So many units of a variant were counted at a location; the `note` says by whom and why."""

    variant_id: uuid.UUID
    location_id: uuid.UUID
    counted: int
    note: str = ""


class _Count:
    """What a locked level has, as the changes of one action are counted through."""

    def __init__(self, variant: Variant, location: Location, level: StockLevel | None) -> None:
        self.variant = variant
        self.location = location
        self.on_hand = level.on_hand if level else 0
        self.reserved = level.reserved if level else 0

    def change(self, units: int) -> None:
        """Raises NotEnoughStock when fewer units would be left than are reserved."""
        if units < 0 and self.on_hand + units < self.reserved:
            raise self.refusal(units)
        self.on_hand += units

    def over(self, units: int) -> int:
        """How many reserved units such a change leaves none on hand for; not positive when there are enough."""
        return self.reserved - max(self.on_hand + units, 0)

    def refusal(self, units: int, **words: str) -> NotEnoughStock:
        return NotEnoughStock(
            sku=self.variant.sku,
            location=self.location.code,
            requested=-units,
            on_hand=self.on_hand,
            reserved=self.reserved,
            **words,
        )


@action
def receive(items: Sequence[StockItem], *, note: str = "", actor: Actor) -> list[StockMovement]:
    """Take delivered units in. Raises InvalidInput for an unknown variant or location."""
    return _receive(items, note, actor)


@step
def receive_missing(
    wanted: Mapping[uuid.UUID, int],
    location_id: uuid.UUID,
    *,
    sourcing: Sourcing | None = None,
    note: str = "",
    actor: Actor,
) -> list[StockMovement]:
    """Take in what an order for the `wanted` units by variant would lack. Whoever reserves next in the same action, and
    by the same rules, finds them, for the levels stay locked. Raises as receive.
    """
    free = _lock_free(wanted)
    missing = {variant_id: units - free[variant_id] for variant_id, units in wanted.items()}
    if sourcing is not None:
        missing = read_supply(wanted).missing_at(location_id, wanted, sourcing)
    items = [StockItem(variant_id, location_id, units) for variant_id, units in missing.items() if units > 0]
    return _receive(items, note, actor) if items else []


@action
def adjust(
    variant_id: uuid.UUID,
    location_id: uuid.UUID,
    *,
    to: int | None = None,
    change: int | None = None,
    seen: int | None = None,
    note: str,
    actor: Actor,
) -> list[StockMovement]:
    """Correct the units on hand `to` what was counted, or by a `change`; exactly one is given.

    With `seen`, the units that were on hand when it was counted, it raises CountOutdated once there are others.

    When fewer are left than are reserved, the youngest reservations are released and their units backordered: those
    movements come first. There is no movement when there is nothing to correct.
    Raises NotEnoughStock when too few reservations can give way, InvalidInput for an unknown variant or location.
    """
    if (to is None) == (change is None):
        raise InvalidInput("Give either `to` or `change`.")
    claims = _claim(variant_id, location_id, to, change)
    counts = _lock([(variant_id, location_id)])
    count = counts[variant_id, location_id]
    if seen is not None and seen != count.on_hand:
        raise CountOutdated(seen=seen, on_hand=count.on_hand)
    units = change or 0 if to is None else to - count.on_hand
    if units == 0:
        return []
    displaced = _give_way(claims, count, units)
    moves = [_displace(count, each, note, actor) for each in displaced]
    item = StockItem(variant_id, location_id, units)
    moves.append(_change(counts, item, MovementKind.ADJUST, StockAdjusted, note, actor))
    stored = _store(moves, counts)
    displacing.let_wait(displaced, actor=actor)
    return stored


@action
def count(items: Sequence[CountedItem], *, actor: Actor) -> list[StockMovement]:
    """Correct the units on hand to what was counted, many levels in as many statements as one. No level is in it twice.

    Of none may fewer be counted than are reserved there, which `adjust` is for. There are no movements of levels that
    have what was counted. Raises StartOver where fewer were counted than are reserved now, InvalidInput.
    """
    counts = _lock((item.variant_id, item.location_id) for item in items)
    moves = []
    for item in items:
        level = counts[item.variant_id, item.location_id]
        if item.counted < level.reserved:
            raise StartOver
        change = StockItem(item.variant_id, item.location_id, item.counted - level.on_hand)
        if change.quantity:
            moves.append(_change(counts, change, MovementKind.ADJUST, StockAdjusted, item.note, actor))
    return _store(moves, counts) if moves else []


@action
def scrap(items: Sequence[StockItem], *, note: str = "", actor: Actor) -> list[StockMovement]:
    """Write off free units that can't be sold. Raises NotEnoughStock, InvalidInput."""
    counts = _lock((item.variant_id, item.location_id) for item in items)
    gone = [StockItem(item.variant_id, item.location_id, -item.quantity) for item in items]
    return _store([_change(counts, item, MovementKind.SCRAP, StockScrapped, note, actor) for item in gone], counts)


@action
def transfer(items: Sequence[TransferItem], *, note: str = "", actor: Actor) -> list[StockMovement]:
    """Move free units between locations: two movements each. Raises NotEnoughStock, InvalidInput."""
    for position, item in enumerate(items):
        if item.from_location_id == item.to_location_id:
            raise InvalidInput.at(
                f"/items/{position}/to_location_id", "same_location", "Stock is transferred to another location."
            )
    counts = _lock((each.variant_id, each.location_id) for item in items for each in _ends(item))
    moves: list[StockMovement] = []
    for item in items:
        pair = [_move(counts, end, MovementKind.TRANSFER, note, actor) for end in _ends(item)]
        origin = counts[item.variant_id, item.from_location_id]
        target = counts[item.variant_id, item.to_location_id]
        told = StockTransferred(
            origin.variant.sku, origin.location.code, target.location.code, item.quantity, [move.pk for move in pair]
        )
        record(told, subject=origin.variant, actor=actor)
        moves += pair
    return _store(moves, counts)


def _claim(variant_id: uuid.UUID, location_id: uuid.UUID, to: int | None, change: int | None) -> Claims:
    """Read without a lock what will have to give way, and lock whose it is."""
    level = StockLevel.objects.filter(variant_id=variant_id, location_id=location_id).first()
    if level is None:
        return Claims()
    left = level.on_hand + (change or 0) if to is None else to
    return displacing.claim(variant_id, location_id, level.reserved - max(left, 0))


def _give_way(claims: Claims, count: _Count, units: int) -> list[Claim]:
    """The claims that make room for the change. Raises NotEnoughStock when all of them don't."""
    over = count.over(units)
    displaced = claims.first(over)
    if sum(each.quantity for each in displaced) < over:
        raise count.refusal(units, **({"unblock": claims.advice} if claims.advice else {}))
    return displaced


def _displace(count: _Count, claim: Claim, note: str, actor: Actor) -> StockMovement:
    """Take reserved units from an order's line."""
    count.reserved -= claim.quantity
    unit = {"line_id": claim.line_id, "variant_id": count.variant.pk, "location_id": count.location.pk}
    record(StockReleased(units=[{**unit, "quantity": claim.quantity}]), subject=claim.order, actor=actor)
    return StockMovement(
        variant=count.variant,
        location=count.location,
        kind=MovementKind.RELEASE,
        reserved=-claim.quantity,
        order_id=claim.order.pk,
        line_id=claim.line_id,
        note=note,
        version=claim.order.version,
        **actor.columns(),
    )


_Counts = dict[tuple[uuid.UUID, uuid.UUID], _Count]


def _receive(items: Sequence[StockItem], note: str, actor: Actor) -> list[StockMovement]:
    counts = _lock((item.variant_id, item.location_id) for item in items)
    return _store([_change(counts, item, MovementKind.RECEIVE, StockReceived, note, actor) for item in items], counts)


def _lock_free(variant_ids: Collection[uuid.UUID]) -> Counter[uuid.UUID]:
    """Lock variants and all their levels by key; returns the free units of each that active locations have."""
    list(Variant.objects.filter(pk__in=variant_ids).locked().values_list("pk"))
    free: Counter[uuid.UUID] = Counter()
    for level in StockLevel.objects.filter(variant_id__in=variant_ids).select_related("location").locked():
        free[level.variant_id] += level.available if level.location.active else 0
    return free


def _lock(pairs: Iterable[tuple[uuid.UUID, uuid.UUID]]) -> _Counts:
    """Lock variants and levels by key. A missing level is made by its first movement, under the variant's lock."""
    wanted = set(pairs)
    variants = Variant.objects.locked().in_bulk({variant for variant, _ in wanted})
    locations = Location.objects.in_bulk({location for _, location in wanted})
    for variant_id, location_id in wanted:
        if variant_id not in variants:
            raise InvalidInput(f"There is no variant {variant_id}.")
        if location_id not in locations:
            raise InvalidInput(f"There is no location {location_id}.")
    levels = {
        (level.variant_id, level.location_id): level
        for level in StockLevel.objects.filter(variant_id__in=variants, location_id__in=locations).locked()
    }
    return {
        (variant, place): _Count(variants[variant], locations[place], levels.get((variant, place)))
        for variant, place in wanted
    }


def _ends(item: TransferItem) -> Iterator[StockItem]:
    yield StockItem(item.variant_id, item.from_location_id, -item.quantity)
    yield StockItem(item.variant_id, item.to_location_id, item.quantity)


def _change(
    counts: _Counts,
    item: StockItem,
    kind: MovementKind,
    event: type[StockReceived | StockAdjusted | StockScrapped],
    note: str,
    actor: Actor,
) -> StockMovement:
    """One movement of `item.quantity` units, which may be negative, and its event."""
    move = _move(counts, item, kind, note, actor)
    count = counts[item.variant_id, item.location_id]
    told = event(count.variant.sku, count.location.code, item.quantity, count.on_hand, count.reserved, [move.pk])
    record(told, subject=count.variant, actor=actor)
    return move


def _move(counts: _Counts, item: StockItem, kind: MovementKind, note: str, actor: Actor) -> StockMovement:
    """A movement that the variant's next event tells of."""
    count = counts[item.variant_id, item.location_id]
    count.change(item.quantity)
    return StockMovement(
        variant=count.variant,
        location=count.location,
        kind=kind,
        on_hand=item.quantity,
        note=note,
        version=count.variant.version + 1,
        **actor.columns(),
    )


def _store(moves: list[StockMovement], counts: _Counts) -> list[StockMovement]:
    """Insert the movements, and the new versions of all variants in one statement rather than one each."""
    variants = {count.variant.pk: count.variant for count in counts.values()}.values()
    Variant.objects.bulk_update(variants, ["version"])
    for variant in variants:
        variant.stored_version = variant.version
    return StockMovement.objects.bulk_create(moves)
