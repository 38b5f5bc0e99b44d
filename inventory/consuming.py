"""Stock by messages: what a warehouse's system has counted becomes what is on hand here."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.actors import Actor
from core.api.serializers import (
    MAX_QUANTITY,
    ChoiceField,
    IdentifierField,
    IntegerField,
    StrictSerializer,
    StringField,
    TimestampField,
)
from core.consumers.messages import MessageKind, Refusals
from core.consumers.newest import hear, require_not_ahead
from core.errors import DomainError, InvalidInput
from core.transactions import StartOver, part
from inventory.actions import CountedItem, adjust, count
from inventory.queries import location_ids, reserved_units, variant_ids

NAME = "stock.level"


class StockLevelSerializer(StrictSerializer):
    """What a message says: what is on hand of a SKU at a location becomes what was counted. A message that is no newer
    than the last one of its SKU and location has no effect.
    """

    type = ChoiceField([NAME])
    schema_version = IntegerField(min_value=1, max_value=1, help_text="1")
    location = IdentifierField(max_length=32, help_text="The location's code.")
    sku = IdentifierField(max_length=64)
    on_hand = IntegerField(min_value=0, max_value=MAX_QUANTITY, help_text="Units counted, reserved ones included.")
    as_of = TimestampField(
        help_text="When it was so. Of messages of one SKU and location the latest counts, whenever it comes."
    )
    source = StringField(  # type: ignore[assignment]  # a field takes the property's place
        max_length=60, help_text="Who counted: a system, a warehouse."
    )
    reason = StringField(max_length=130, help_text="Why it was counted.")


@dataclass(frozen=True)
class StockCounted:
    location: str
    sku: str
    on_hand: int
    as_of: dt.datetime
    note: str


@dataclass(frozen=True)
class _Known:
    """A count of a variant and location that there are, and its place in the batch."""

    place: int
    said: StockCounted
    variant_id: uuid.UUID
    location_id: uuid.UUID

    @property
    def level(self) -> tuple[uuid.UUID, uuid.UUID]:
        return self.variant_id, self.location_id

    @property
    def key(self) -> str:
        return f"{self.variant_id} {self.location_id}"


def read(value: Any) -> StockCounted:
    """Raises ValidationError, InvalidInput."""
    said = StockLevelSerializer.check(value)
    require_not_ahead(said["as_of"])
    note = f"{said['source']}: {said['reason']}"
    return StockCounted(said["location"], said["sku"], said["on_hand"], said["as_of"], note)


def work(batch: Sequence[StockCounted], actor: Actor) -> Refusals:
    """Of several counts of a level the latest alone. First, one by one, those that take reserved units away, as they
    lock orders; then all others in as many statements as one.
    """
    refusals: list[DomainError | None] = [None] * len(batch)
    known = _latest(_known(batch, refusals))
    reserved = reserved_units({each.variant_id for each in known})
    short = [each for each in known if each.said.on_hand < reserved.get(each.level, 0)]
    for each in short:
        refusals[each.place] = _adjust(each, actor)
    _count([each for each in known if each not in short], actor)
    return refusals


def _known(batch: Sequence[StockCounted], refusals: list[DomainError | None]) -> list[_Known]:
    """Those whose SKU and location there are; the others are refused at their places."""
    variants = variant_ids({each.sku for each in batch})
    locations = location_ids({each.location for each in batch})
    known = []
    for place, each in enumerate(batch):
        if each.sku not in variants:
            refusals[place] = InvalidInput.at("/sku", "unknown_sku", f"There is no variant {each.sku}.")
        elif each.location not in locations:
            refusals[place] = InvalidInput.at("/location", "unknown_location", f"There is no {each.location}.")
        else:
            known.append(_Known(place, each, variants[each.sku], locations[each.location]))
    return known


def _latest(known: Sequence[_Known]) -> list[_Known]:
    """Of each level the latest count, the first of several of one time; by the levels' key, as they are locked."""
    latest: dict[tuple[uuid.UUID, uuid.UUID], _Known] = {}
    for each in known:
        other = latest.setdefault(each.level, each)
        if each.said.as_of > other.said.as_of:
            latest[each.level] = each
    return [latest[level] for level in sorted(latest)]


def _adjust(each: _Known, actor: Actor) -> DomainError | None:
    try:
        with part():
            if hear(NAME, {each.key: each.said.as_of}):
                adjust(*each.level, to=each.said.on_hand, note=each.said.note, actor=actor)
    except StartOver:
        raise
    except DomainError as error:
        return error
    return None


def _count(known: Sequence[_Known], actor: Actor) -> None:
    if not known:
        return
    with part():
        newer = hear(NAME, {each.key: each.said.as_of for each in known})
        items = [CountedItem(*each.level, each.said.on_hand, each.said.note) for each in known if each.key in newer]
        if items:
            count(items, actor=actor)


STOCK_LEVELS = MessageKind(NAME, read, work)
