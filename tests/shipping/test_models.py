"""What holds true of a shipment whoever writes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from core.ids import new_id
from core.transitions import edges
from orders.actions import cancel_order
from shipping.actions import pack_shipment
from shipping.models import Shipment, ShipmentLine
from shipping.statuses import SHIPMENT_MOVES, ShipmentStatus
from tests.factories.shipping import ACTOR, a_shipment, fresh, snapshot

pytestmark = pytest.mark.django_db

JUMPS = [
    (ShipmentStatus.PENDING, ShipmentStatus.DELIVERED),
    (ShipmentStatus.PENDING, ShipmentStatus.IN_TRANSIT),
    (ShipmentStatus.DISPATCHED, ShipmentStatus.PENDING),
    (ShipmentStatus.DISPATCHED, ShipmentStatus.CANCELLED),
    (ShipmentStatus.DELIVERED, ShipmentStatus.FAILED),
    (ShipmentStatus.FAILED, ShipmentStatus.PACKED),
]


def test_the_database_lets_through_exactly_the_moves_of_the_model() -> None:
    assert edges(Shipment) == set(SHIPMENT_MOVES)


@pytest.mark.parametrize(("source", "target"), JUMPS)
def test_an_update_that_jumps_is_refused_by_the_database(source: str, target: str) -> None:
    shipment = a_shipment(status=source)
    before = snapshot(shipment.order_id)
    with pytest.raises(DatabaseError, match="Invalid transition"), transaction.atomic():
        Shipment.objects.filter(pk=shipment.pk).update(status=target)
    assert snapshot(shipment.order_id) == before


@pytest.mark.parametrize(("source", "target"), JUMPS)
def test_raw_sql_that_jumps_is_refused_by_the_database(source: str, target: str) -> None:
    shipment = a_shipment(status=source)
    before = snapshot(shipment.order_id)
    with pytest.raises(DatabaseError, match="Invalid transition"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE shipping_shipment SET status = %s WHERE id = %s", [target, shipment.pk])
    assert snapshot(shipment.order_id) == before


def test_a_shipment_that_begins_anywhere_but_pending_is_refused_by_the_database() -> None:
    shipment = a_shipment()
    with pytest.raises(DatabaseError, match="Cannot insert"), transaction.atomic():
        Shipment.objects.create(
            order_id=shipment.order_id,
            client_id=shipment.client_id,
            location_id=shipment.location_id,
            sequence=2,
            status=ShipmentStatus.PACKED,
        )
    assert Shipment.objects.count() == 1


def test_a_shipment_is_never_deleted() -> None:
    shipment = a_shipment()
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
        shipment.delete()
    assert fresh(shipment).lines.count() == 2


def test_raw_sql_cannot_dispatch_the_shipment_of_a_cancelled_order() -> None:
    shipment = a_shipment()
    cancel_order(shipment.order_id, reason="Changed their mind", actor=ACTOR)
    before = snapshot(shipment.order_id)
    with pytest.raises(IntegrityError, match="its order is cancelled"), transaction.atomic():
        Shipment.objects.filter(pk=shipment.pk).update(
            status=ShipmentStatus.DISPATCHED, carrier="Royal Mail", dispatched_at=shipment.created_at
        )
    assert snapshot(shipment.order_id) == before


def test_a_shipment_on_its_way_without_a_company_is_refused_by_the_database() -> None:
    shipment = a_shipment(status=ShipmentStatus.DISPATCHED)
    with pytest.raises(IntegrityError, match="shipment_on_its_way_has_a_carrier"), transaction.atomic():
        Shipment.objects.filter(pk=shipment.pk).update(carrier="")
    assert fresh(shipment).carrier == "Royal Mail"


LINE_WRITES = {
    "insert": lambda line: ShipmentLine.objects.create(shipment=line.shipment, order_line_id=new_id(), quantity=1),
    "update": lambda line: ShipmentLine.objects.filter(pk=line.pk).update(quantity=1),
    "delete": lambda line: line.delete(),
}


@pytest.mark.parametrize("write", LINE_WRITES.values(), ids=LINE_WRITES)
def test_the_lines_of_a_packed_shipment_are_fixed_by_the_database(write: Callable[[ShipmentLine], Any]) -> None:
    shipment = a_shipment()
    pack_shipment(shipment.pk, actor=ACTOR)
    line = shipment.lines.earliest("id")
    before = snapshot(shipment.order_id)
    with pytest.raises(DatabaseError, match="are fixed"), transaction.atomic():
        write(line)
    assert snapshot(shipment.order_id) == before


def test_two_shipments_of_an_order_cannot_have_the_same_sequence() -> None:
    shipment = a_shipment()
    with pytest.raises(IntegrityError, match="shipment_sequence_once_per_order"), transaction.atomic():
        Shipment.objects.create(
            order_id=shipment.order_id, client_id=shipment.client_id, location_id=shipment.location_id, sequence=1
        )
    assert Shipment.objects.count() == 1
