"""What documents do when they hear of orders, through the real relay."""

from __future__ import annotations

import pytest

from core.models import Delivery, Event
from core.relay import run_relay
from documents.actions import issue_due
from documents.handlers import issue_documents
from documents.models import Document
from orders.actions import Asked, cancel_order, refund_items
from orders.models import Order
from tests.factories.documents import ACTOR, an_invoice, documents_of
from tests.factories.orders import TOTAL, a_draft, a_placed_order, an_order
from tests.factories.watching import nothing_changes

pytestmark = pytest.mark.django_db


def heard(order: Order, type_: str) -> None:
    """Hand the handler an event of the order once more."""
    issue_documents(Event.objects.filter(subject_id=order.pk, type=type_).latest("version").envelope())


def issued(order: Order) -> list[tuple[str, int]]:
    return [(kind, total) for kind, _, total in documents_of(order)]


def test_what_has_left_is_invoiced_once() -> None:
    order = an_order("shipped")
    run_relay()
    assert issued(order) == [("invoice", TOTAL)]
    assert Document.objects.get().actor.name == "documents"
    with nothing_changes():
        heard(order, "order.shipped")
    assert set(Delivery.objects.filter(target="documents.issue_due").values_list("status", flat=True)) == {"done"}


def test_a_refund_of_what_is_invoiced_is_noted_and_then_a_cancellation() -> None:
    order = an_invoice().order
    refund_items(order.pk, asked=Asked(goodwill=50), reason="late", actor=ACTOR)
    run_relay()
    cancel_order(order.pk, reason="Enough", actor=ACTOR)
    run_relay()
    assert issued(order) == [("invoice", TOTAL), ("credit_note", -50), ("credit_note", -(TOTAL - 50))]
    for type_ in ("refund.approved", "order.canceled"):
        with nothing_changes():
            heard(order, type_)


def test_what_was_not_invoiced_is_not_noted() -> None:
    placed, draft = a_placed_order(), a_draft()
    refund_items(placed.pk, asked=Asked(goodwill=50), reason="late", actor=ACTOR)
    for order in (placed, draft):
        cancel_order(order.pk, reason="Enough", actor=ACTOR)
    run_relay()
    assert not Document.objects.exists()
    assert not Delivery.objects.filter(target="documents.issue_due").exclude(status="done").exists()


def test_what_was_refunded_before_it_left_is_left_out_of_its_invoice() -> None:
    order = an_order("processing")
    refund_items(order.pk, asked=Asked(goodwill=50), reason="late", actor=ACTOR)
    run_relay()
    assert issued(order) == []
    issue_due(order.pk, invoice=True, actor=ACTOR)
    assert issued(order) == [("invoice", TOTAL - 50)]
