"""Partial shipments: some of the units go into a shipment of their own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping

from core.actors import Actor
from core.errors import FieldProblem, InvalidInput
from core.operations import performs, require
from core.transactions import action, step
from shipping.actions.locking import lock_shipment, save
from shipping.actions.open import create
from shipping.events import ShipmentSplit
from shipping.models import Shipment
from shipping.operations import SPLIT


@performs(SPLIT)
@action
def split_shipment(
    shipment_id: uuid.UUID, units: Mapping[uuid.UUID, int], *, actor: Actor, expected_version: int | None = None
) -> Shipment:
    """Move units (by order line) of a pending shipment into a new one, which is returned; both have at least one.

    Raises InvalidInput for lines or quantities that it doesn't have, OperationRefused once it is packed.
    """
    shipment = lock_shipment(shipment_id, expected_version=expected_version)
    require(shipment, SPLIT)
    _require_part_of(shipment, units)
    part = Shipment(order=shipment.order, client_id=shipment.client_id, location_id=shipment.location_id)
    _remove_units(shipment, units)
    save(shipment, ShipmentSplit(shipment.pk, shipment.sequence, into_id=part.pk), actor=actor)
    return create(part, units, actor=actor, split_from=shipment.pk)


@step
def _remove_units(shipment: Shipment, units: Mapping[uuid.UUID, int]) -> None:
    for line in shipment.lines.all():
        taken = units.get(line.order_line_id, 0)
        if taken == line.quantity:
            line.delete()
        elif taken:
            line.quantity -= taken
            line.save(update_fields=["quantity"])


def _require_part_of(shipment: Shipment, units: Mapping[uuid.UUID, int]) -> None:
    problems = list(_problems(shipment, units))
    if problems:
        raise InvalidInput("These units cannot be split off.", errors=problems)
    if sum(units.values()) == sum(line.quantity for line in shipment.lines.all()):
        raise InvalidInput.at("/lines", "everything", "At least one unit has to stay in the shipment.")


def _problems(shipment: Shipment, units: Mapping[uuid.UUID, int]) -> Iterator[FieldProblem]:
    held = {line.order_line_id: line.quantity for line in shipment.lines.all()}
    if not units:
        yield FieldProblem("/lines", "empty", "Name at least one line.")
    for index, (line_id, quantity) in enumerate(units.items()):
        if line_id not in held:
            yield FieldProblem(f"/lines/{index}/line_id", "not_in_shipment", "This order line is not in the shipment.")
        elif not 1 <= quantity <= held[line_id]:
            detail = f"The shipment has {held[line_id]} units of this line; {quantity} cannot be split off."
            yield FieldProblem(f"/lines/{index}/quantity", "out_of_range", detail)
