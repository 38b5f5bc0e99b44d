"""What an order says about itself, and notes between colleagues."""

from __future__ import annotations

from typing import Any

import pytest

from core.errors import NotFound, StaleVersion
from core.ids import new_id
from core.models import Event
from core.operations import OperationRefused
from core.versions import document_as_of
from orders.actions import add_note, update_order
from orders.models import OrderNote
from orders.statuses import OrderStatus
from tests.factories.core import timeline
from tests.factories.orders import ACTOR, a_placed_order, an_order, reload
from tests.factories.watching import nothing_changes, refused

pytestmark = pytest.mark.django_db

CHANGES: dict[str, Any] = {
    "email": "bea@example.com",
    "shipping_address": {"name": "Bea", "line1": "2 Low St", "city": "York", "country": "GB"},
    "billing_address": {"name": "Bea", "city": "York"},
    "handover": "in_person",
    "shipping_method": "Express",
    "payment_terms": "on_account",
    "tags": ["gift", "vip"],
    "metadata": {"channel": "phone"},
}


@pytest.mark.parametrize("status", ["draft", "placed", "processing"])
def test_an_open_order_can_be_edited(status: str) -> None:
    order = an_order(status)
    update_order(order.pk, actor=ACTOR, **CHANGES)
    stored = reload(order)
    assert {name: getattr(stored, name) for name in CHANGES} == CHANGES
    assert stored.version == order.version + 1
    assert stored.updated_at > order.updated_at


def test_the_event_names_what_changed_and_the_versions_keep_what_was_and_what_is() -> None:
    order = a_placed_order()
    update_order(order.pk, email="bea@example.com", tags=[], actor=ACTOR)
    event = Event.objects.filter(subject_id=order.pk).latest("version")
    assert (event.type, event.data) == ("order.updated", {"changed": ["email"]})
    was, now = (document_as_of("order", order.pk, version) for version in (2, 3))
    assert was is not None
    assert now is not None
    assert (was.document["email"], now.document["email"]) == ("ann@example.com", "bea@example.com")


def test_what_is_the_same_already_changes_nothing() -> None:
    order = a_placed_order()
    same = {name: getattr(order, name) for name in CHANGES}
    with nothing_changes():
        update_order(order.pk, actor=ACTOR, **same)
        update_order(order.pk, actor=ACTOR)


@pytest.mark.parametrize("status", ["shipped", "delivered", "completed", "cancelled"])
def test_once_the_goods_have_left_or_it_is_over_only_tags_and_metadata_change(status: str) -> None:
    order = an_order(status)
    with refused(OperationRefused) as refusal:
        update_order(order.pk, actor=ACTOR, **CHANGES)
    assert (refusal.value.context["state"], refusal.value.context["operation"]) == (status, "edit_contact")
    with refused(OperationRefused) as refusal:
        update_order(order.pk, billing_address={"line1": "2 Low St"}, actor=ACTOR)
    assert refusal.value.context["operation"] == "edit_billing_address"
    updated = update_order(order.pk, tags=["late"], email=order.email, actor=ACTOR)
    assert updated.tags == ["late"]


def test_a_stale_version_edits_nothing() -> None:
    order = a_placed_order()
    with refused(StaleVersion):
        update_order(order.pk, actor=ACTOR, expected_version=1, **CHANGES)


def test_an_unknown_order_is_not_found() -> None:
    with refused(NotFound):
        update_order(new_id(), actor=ACTOR, **CHANGES)


def test_a_note_is_kept_with_its_author_in_any_state() -> None:
    order = an_order(OrderStatus.COMPLETED)
    add_note(order.pk, body="Called back.", actor=ACTOR)
    note = OrderNote.objects.get()
    assert (note.body, note.actor, note.version) == ("Called back.", ACTOR, reload(order).version)
    assert timeline(order.pk)[-1] == "order.note_added"
