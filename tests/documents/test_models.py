"""What the database refuses of documents and their numbers, whoever writes."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction

from documents.models import Document, DocumentSeries
from orders.actions import Asked, refund_items
from orders.models import Order
from orders.payments.models import LedgerEntry
from tests.factories.core import cause
from tests.factories.documents import ACTOR, a_slip, an_invoice
from tests.factories.orders import TOTAL, a_placed_order
from tests.factories.shipping import a_shipment
from tests.factories.watching import refused_by_the_database

pytestmark = pytest.mark.django_db


def plant(order: Order, **fields: Any) -> Document:
    """Inserted past the actions."""
    given = {
        "client_id": order.client_id, "order": order, "kind": "invoice", "year": 2026, "language": "en",
        "currency": order.currency, "total": TOTAL, "content": {}, **cause(), **fields,
    }  # fmt: skip
    return Document.objects.create(**given)


def test_a_document_is_for_ever_as_it_was_issued() -> None:
    document = an_invoice()
    changes: list[dict[str, Any]] = [{"total": 1}, {"content": {}}, {"number": 7}, {"printed": "X"}]
    for change in changes:
        with refused_by_the_database("Cannot update or delete"):
            Document.objects.filter(pk=document.pk).update(**change)
    with refused_by_the_database("Cannot update or delete"):
        Document.objects.filter(pk=document.pk).delete()


def test_a_series_counts_only_by_a_document_and_is_kept() -> None:
    document = an_invoice()
    series = DocumentSeries.objects.filter(client=document.client)
    with refused_by_the_database("counts only by inserting a document"):
        series.update(last_number=0)
    with refused_by_the_database("counts only by inserting a document"):
        DocumentSeries.objects.create(client=document.client, kind="invoice", year=2030, last_number=5)
    with refused_by_the_database("Cannot delete"):
        series.delete()


def test_a_number_that_is_given_by_hand_is_not_taken() -> None:
    order = a_placed_order()
    document = plant(order, number=99, printed="FORGED")
    document.refresh_from_db()
    assert (document.number, document.printed) == (1, "INV-2026-000001")


def plant_and_give_up(order: Order) -> None:
    assert plant(order).number == 2
    raise RuntimeError


def test_a_rollback_gives_the_number_back() -> None:
    first = plant(a_placed_order())
    other = a_placed_order(first.client)
    with pytest.raises(RuntimeError), transaction.atomic():
        plant_and_give_up(other)
    assert plant(a_placed_order(first.client), year=first.year).number == 2


def test_an_invoice_is_of_all_that_its_order_charges_and_of_what_none_is_of() -> None:
    order = a_placed_order()
    with refused_by_the_database("all that its order charges"):
        plant(order, total=TOTAL - 1)
    an_invoice_of = plant(order)
    with refused_by_the_database("document_fits_its_kind|all that its order charges"):
        plant(order)
    assert list(Document.objects.filter(order=order)) == [an_invoice_of]


def test_it_has_the_storefront_and_the_currency_of_its_order() -> None:
    order, other = a_placed_order(), a_placed_order()
    for wrong in ({"client_id": other.client_id}, {"currency": "USD"}):
        with refused_by_the_database("the storefront and the currency of its order"):
            plant(order, **wrong)


def test_a_credit_note_is_of_an_entry_that_credits_as_much_after_its_invoice_and_is_the_only_one() -> None:
    invoice = an_invoice()
    order = invoice.order
    refund = refund_items(order.pk, asked=Asked(goodwill=5), reason="other", actor=ACTOR)
    credit = LedgerEntry.objects.get(order=order, kind="credited")
    note = {"kind": "credit_note", "total": -5, "credit": credit, "refund": refund, "invoice": invoice}
    charge = LedgerEntry.objects.get(order=order, kind="charged")
    other = an_invoice()
    wrong: list[dict[str, Any]] = [
        {"total": -4}, {"credit": charge}, {"refund": None}, {"invoice": other},
    ]  # fmt: skip
    for each in wrong:
        with refused_by_the_database("what was credited of its order"):
            plant(order, **{**note, **each})
    with refused_by_the_database("what was credited of its order"):
        plant(other.order, **{**note, "invoice": other})
    plant(order, **note)
    with refused_by_the_database("credit_id"):
        plant(order, **note)


def test_a_slip_goes_with_a_shipment_of_its_order_and_charges_nothing() -> None:
    shipment = a_shipment()
    order = Order.objects.get(pk=shipment.order_id)
    slip = {"kind": "packing_slip", "total": 0, "shipment": shipment}
    other = a_placed_order()
    with refused_by_the_database("a slip goes with a shipment of its order"):
        plant(other, **slip)
    for wrong in ({"total": 5}, {"shipment": None}, {"kind": "receipt"}):
        with refused_by_the_database("document_fits_its_kind|document_kind_known|null value"):
            plant(order, **{**slip, **wrong})
    assert a_slip(shipment).shipment == shipment


def test_a_series_that_has_lost_count_gives_no_number_twice() -> None:
    first = an_invoice()
    an_invoice(first.client)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        DocumentSeries.objects.filter(client=first.client).update(last_number=1)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    order = a_placed_order(first.client)
    with refused_by_the_database("document_number_once"):
        plant(order, year=first.year)
