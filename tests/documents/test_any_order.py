"""Whatever is credited of any order, in whatever parts: its documents come to what it charges."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from core.operations import OperationRefused
from documents.actions import issue_due, issue_invoice
from documents.models import Document
from documents.printing.page import page_of
from orders.actions import (
    Asked,
    NewOrder,
    UnitsAsked,
    cancel_order,
    place_order,
    refund_items,
    reopen_order,
    write_off_balance,
)
from orders.errors import CreditTooLarge, NothingToRefund
from orders.models import Order
from tests.factories import any_shop
from tests.factories.documents import ACTOR
from tests.factories.orders import assert_everything_adds_up, reload
from tests.machines import as_many_as
from tests.undoing import undone

pytestmark = pytest.mark.django_db

QUICK = 15


@pytest.fixture
def catalogue() -> None:
    any_shop.a_catalogue()


def an_order(data: st.DataObject) -> Order:
    currency = data.draw(st.sampled_from(any_shop.CURRENCIES))
    client = data.draw(st.composite(any_shop.a_shop)(currency))
    new = data.draw(st.composite(any_shop.an_order)(client, currency))
    return place_order(NewOrder(**{**vars(new), "codes": ()}), client_id=client.pk, actor=ACTOR)


def some_credit(draw: st.DrawFn, order: Order) -> Asked:
    lines = [UnitsAsked(line.pk, draw(st.integers(0, line.to_credit))) for line in order.lines.all()]
    delivery = sum(each.to_credit for each in order.deliveries.all())
    return Asked(
        lines=[each for each in lines if each.quantity],
        delivery=draw(st.integers(0, delivery)),
        goodwill=draw(st.sampled_from([0, 0, 1, 50])),
    )


def do_something(order: Order, data: st.DataObject) -> None:
    """Credit some of it or all, give up what is due, cancel or reopen it; unless that isn't possible now."""
    act = data.draw(st.sampled_from(["refund", "refund", "everything", "write_off", "cancel", "reopen"]))
    with suppress(CreditTooLarge, NothingToRefund, InvalidInput, OperationRefused):
        if act in {"refund", "everything"}:
            asked = Asked(everything=True) if act == "everything" else data.draw(st.composite(some_credit)(order))
            refund_items(order.pk, asked=asked, reason="other", actor=ACTOR)
        elif act == "write_off":
            write_off_balance(order.pk, note="Given up", actor=ACTOR)
        elif act == "cancel":
            cancel_order(order.pk, reason="Enough", actor=ACTOR)
        else:
            reopen_order(order.pk, actor=ACTOR)
            issue_due(order.pk, invoice=False, actor=ACTOR)


def assert_documents_come_to_what_it_charges(order: Order) -> None:
    documents = list(Document.objects.filter(order=order).order_by("version"))
    assert sum(each.total for each in documents) in {0, order.charged - order.credited}
    for document in documents:
        adds_up(document)
        page_of(document)
    if documents and order.charged == order.credited:
        assert +taxed(documents) == Counter()


def adds_up(document: Document) -> None:
    content: dict[str, Any] = document.content
    if document.kind == "credit_note":
        assert sum(line["amount"] for line in content["lines"]) == document.total == content["total"]
    else:
        parts = [*content["lines"], *content["deliveries"]]
        assert content["subtotal"] == sum(part["amount"] for part in parts)
        added = sum(tax["added"] for tax in content["taxes"])
        before = content["credited_before"] + content["invoiced_before"]
        assert document.total == content["subtotal"] + added + content["rounding"] - before


def taxed(documents: list[Document]) -> Counter[tuple[str, str | None]]:
    """(name, rate) → the tax that the documents come to."""
    found: Counter[tuple[str, str | None]] = Counter()
    for document in documents:
        for tax in document.content["taxes"]:
            found[tax["name"], tax["rate"]] += tax["amount"]
    return found


@as_many_as(QUICK)
@given(st.data())
def test_documents_of_any_order_come_to_what_it_charges(catalogue: None, data: st.DataObject) -> None:
    with undone():
        order = an_order(data)
        for _ in range(data.draw(st.integers(1, 6))):
            order = reload(order)
            if order.charged > order.credited and data.draw(st.booleans()):
                issue_invoice(order.pk, actor=ACTOR)
            do_something(order, data)
            if data.draw(st.booleans()):
                issue_due(order.pk, invoice=data.draw(st.booleans()), actor=ACTOR)
        issue_due(order.pk, invoice=False, actor=ACTOR)
        assert_documents_come_to_what_it_charges(reload(order))
        assert_everything_adds_up()
