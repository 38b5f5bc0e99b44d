"""A shipment can be read as of any version of its order."""

from __future__ import annotations

from typing import Any

import pytest

from core.json import to_json
from core.versions import document_as_of
from shipping.actions import (
    cancel_shipment,
    deliver_shipment,
    dispatch_shipment,
    mark_failed,
    mark_in_transit,
    split_shipment,
    update_shipment,
)
from shipping.models import Shipment
from shipping.versions import PERSONAL, content_of
from tests.factories.shipping import ACTOR, a_shipment, the_order

pytestmark = pytest.mark.django_db


def test_over_its_life_each_version_s_document_says_what_the_shipment_said_then() -> None:
    shipment = a_shipment()
    said: dict[int, Any] = {}

    def note(about: Shipment) -> None:
        stored = Shipment.objects.get(pk=about.pk)
        said[the_order(stored).version] = to_json(content_of(stored, stored.lines.all()))

    note(shipment)
    line = shipment.lines.get(quantity=3)
    part = split_shipment(shipment.pk, {line.order_line_id: 3}, actor=ACTOR)
    note(shipment)
    note(update_shipment(shipment.pk, carrier="DHL", notes="Fragile", actor=ACTOR))
    note(dispatch_shipment(shipment.pk, tracking_number="T1", actor=ACTOR))
    note(mark_failed(shipment.pk, reason="Nobody at home", actor=ACTOR))
    note(mark_in_transit(shipment.pk, actor=ACTOR))
    note(deliver_shipment(shipment.pk, actor=ACTOR))
    found = {version: document_as_of("shipment", shipment.pk, version) for version in said}
    assert {version: row and row.document for version, row in found.items()} == said
    assert [len(document["lines"]) for document in said.values()] == [2, *[1] * 6]
    opened = document_as_of("shipment", part.pk, the_order(part).version)
    assert opened is not None
    assert opened.document["lines"] == [{"order_line_id": str(line.order_line_id), "quantity": 3}]
    assert opened.client_id == shipment.client_id
    assert set(PERSONAL) <= set(opened.document)


def test_why_it_was_cancelled_is_kept_with_the_version() -> None:
    shipment = a_shipment()
    cancel_shipment(shipment.pk, reason="Wrong box", actor=ACTOR)
    found = document_as_of("shipment", shipment.pk, the_order(shipment).version)
    assert found is not None
    assert found.document["reason"] == "Wrong box"
