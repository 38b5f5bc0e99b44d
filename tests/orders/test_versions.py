"""An order can be rebuilt as of any of its versions."""

from __future__ import annotations

from typing import Any

import pytest

from core.models import VersionDocument
from core.transactions import action
from core.versions import redact
from orders.actions import (
    add_note,
    cancel_order,
    delete_order,
    lift_hold,
    place_draft,
    place_hold,
    refund_payment,
    release_order,
    reopen_order,
    update_order,
)
from orders.models import Order
from orders.versions import PERSONAL
from shipping.actions import deliver_shipment, dispatch_shipment, open_shipments
from tests.factories.orders import ACTOR, a_draft, a_placed_order, as_of, pay, reload, said_by

pytestmark = pytest.mark.django_db

ADDRESS = {"name": "Bea", "line1": "1 High Street", "city": "Leeds", "country": "GB"}
WRITES = ({"email": "bea@example.com"}, {"tags": ["vip"], "metadata": {"gift": "yes"}}, {"shipping_address": ADDRESS})


class Life:
    """Notes what the row says after each action, under the version that it has then."""

    def __init__(self, order: Order) -> None:
        self.pk = order.pk
        self.said: dict[int, Any] = {}
        self.note()

    def note(self, *_: Any) -> None:
        order = reload(Order.objects.get(pk=self.pk))
        self.said[order.version] = said_by(order)

    def passes(self) -> None:
        """Every version up to the last, those between two actions included, reads as the row did."""
        assert {version: as_of(Order.objects.get(pk=self.pk), version) for version in self.said} == self.said
        first = min(self.said)
        assert as_of(Order.objects.get(pk=self.pk), 1) == self.said[first]


def test_over_an_order_s_life_each_version_s_document_says_what_the_row_said_then() -> None:
    draft = a_draft(external_ref="R-1", shipping_address=ADDRESS, metadata={"a": "b"})
    life = Life(draft)
    life.note(place_draft(draft.pk, actor=ACTOR))
    for changes in WRITES:
        life.note(update_order(draft.pk, actor=ACTOR, **changes))
    life.note(cancel_order(draft.pk, reason="Changed their mind", actor=ACTOR))
    life.note(reopen_order(draft.pk, actor=ACTOR))
    life.note(payment := pay(draft))
    hold = place_hold(draft.pk, reason="fraud_review", note="Odd", actor=ACTOR)
    life.note(lift_hold(draft.pk, hold.pk, actor=ACTOR))
    life.note(release_order(draft.pk, actor=ACTOR))
    (shipment,) = open_shipments(draft.pk, actor=ACTOR)
    life.note(dispatch_shipment(shipment.pk, carrier="DHL", actor=ACTOR))
    life.note(add_note(draft.pk, body="Called", actor=ACTOR))
    life.note(deliver_shipment(shipment.pk, actor=ACTOR))
    life.note(refund_payment(draft.pk, payment.pk, amount=100, note="Late", actor=ACTOR))
    life.passes()
    reasons = [said["cancel_reason"] for said in life.said.values()]
    assert "Changed their mind" in reasons
    assert reasons[-1] == ""


def test_a_document_is_written_when_its_content_changes_and_not_for_a_mere_move() -> None:
    order = a_placed_order()
    update_order(order.pk, tags=["vip"], actor=ACTOR)
    pay(order)
    release_order(order.pk, actor=ACTOR)
    add_note(order.pk, body="Called", actor=ACTOR)
    written = VersionDocument.objects.filter(subject_type="order").order_by("version")
    assert list(written.values_list("version", "client_id")) == [(1, order.client_id), (3, order.client_id)]


def test_deleting_an_open_order_keeps_why_it_was_cancelled() -> None:
    order = a_placed_order()
    delete_order(order.pk, actor=ACTOR)
    deleted = Order.objects.get(pk=order.pk)
    assert as_of(deleted, deleted.version)["cancel_reason"] == "Deleted"


def test_a_redacted_order_can_still_be_rebuilt_but_for_the_person() -> None:
    order = a_placed_order(shipping_address=ADDRESS, external_ref="R-1", tags=["vip"], metadata={"a": "b"})
    before = as_of(order, 2)

    @action
    def forget() -> int:
        return redact("order", [order.pk], fields=PERSONAL, actor=ACTOR)

    assert forget() == 1
    kept = {name: value for name, value in before.items() if name not in PERSONAL}
    assert as_of(order, 2) == {**dict.fromkeys(PERSONAL), **kept}
    assert kept["lines"]
    assert kept["total"] == order.total
