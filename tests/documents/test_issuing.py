"""Invoices and credit notes: what they come to, when there is one, and that asking twice gives the same."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from time_machine import travel

from core.errors import NotFound, StaleVersion
from core.ids import new_id
from core.models import Event
from core.operations import OperationRefused
from documents.actions import issue_credit_note, issue_due, issue_invoice
from documents.errors import NothingCredited, NotInvoiced
from documents.models import Document, DocumentSeries
from orders.actions import (
    Asked,
    UnitsAsked,
    cancel_order,
    delete_order,
    refund_items,
    reopen_order,
    write_off_balance,
)
from orders.models import Order
from orders.refunds.models import Refund
from tests.factories.delivery import a_method, a_rate
from tests.factories.documents import ACTOR, GERMAN, a_german_storefront, an_invoice, documents_of
from tests.factories.orders import TOTAL, a_draft, a_placed_order, a_waiting_refund, an_order, pay, reload, versions
from tests.factories.storefronts import a_storefront, sells
from tests.factories.watching import nothing_changes, refused

pytestmark = pytest.mark.django_db


def refund(order: Order, **asked: Any) -> Refund:
    return refund_items(order.pk, asked=Asked(**asked), reason="damaged", actor=ACTOR)


def taxes_of(document: Document) -> list[tuple[str, str | None, int, int]]:
    return [(row["name"], row["rate"], row["taxable"], row["amount"]) for row in document.content["taxes"]]


# Invoices


def test_an_invoice_says_what_was_ordered_charged_and_paid() -> None:
    client = a_german_storefront(language="de", letterhead="Harbour GmbH\nKai 1", terms="Sofort.")
    a_method(client, "POST", a_rate(500), name="Post")
    order = a_placed_order(client, {"A": 3}, shipping_address=GERMAN, delivery_method="POST", external_ref="PO-1")
    pay(order, 100)

    document = issue_invoice(order.pk, actor=ACTOR)

    net, tax = 3 * 250 + 500, 143 + 95
    assert (document.kind, document.language, document.currency, document.total) == ("invoice", "de", "EUR", net + tax)
    content = document.content
    assert [(line["sku"], line["quantity"], line["unit_price"], line["amount"]) for line in content["lines"]] == [
        ("A", 3, 250, 750)
    ]
    assert [(each["name"], each["amount"]) for each in content["deliveries"]] == [("Post", 500)]
    assert taxes_of(document) == [("VAT", "0.19", net, tax)]
    assert (content["subtotal"], content["total"], content["paid"], content["due"]) == (
        net, net + tax, 100, net + tax - 100,
    )  # fmt: skip
    assert content["seller"]["letterhead"] == "Harbour GmbH\nKai 1"
    assert content["buyer"]["address"] == ["Jürgen Müller", "Große Straße 12", "10115 Berlin", "Deutschland"]
    assert content["order"]["reference"] == "PO-1"


def test_it_is_numbered_from_one_in_each_storefront_kind_and_year_with_the_prefix_of_the_storefront() -> None:
    one, other = a_storefront(number_prefix="HF-"), a_storefront()
    with travel(dt.datetime(2026, 5, 1, tzinfo=dt.UTC)):
        first = [an_invoice(one).printed, an_invoice(one).printed, an_invoice(other).printed]
    with travel(dt.datetime(2027, 5, 1, tzinfo=dt.UTC)):
        next_year = an_invoice(one).printed
    assert first == ["HF-INV-2026-000001", "HF-INV-2026-000002", "INV-2026-000001"]
    assert next_year == "HF-INV-2027-000001"


def test_the_year_is_that_of_the_storefront_s_time_zone() -> None:
    east = a_storefront(time_zone="Pacific/Kiritimati")
    with travel(dt.datetime(2026, 12, 31, 12, tzinfo=dt.UTC)):
        document = an_invoice(east)
    assert (document.year, document.printed, document.content["date"]) == (2027, "INV-2027-000001", "2027-01-01")


def test_a_prefix_that_changes_leaves_the_numbers_that_there_are_and_goes_on_counting() -> None:
    client = a_storefront(number_prefix="A-")
    first = an_invoice(client)
    sells(client, number_prefix="B-")
    second = an_invoice(client)
    assert (first.number, second.number) == (1, 2)
    assert (Document.objects.get(pk=first.pk).printed[:2], second.printed[:2]) == ("A-", "B-")


def test_asked_twice_it_is_the_one_that_there_is() -> None:
    document = an_invoice()
    with nothing_changes():
        assert issue_invoice(document.order_id, actor=ACTOR) == document


def test_the_timeline_of_the_order_tells_of_it() -> None:
    document = an_invoice()
    event = Event.objects.filter(subject_id=document.order_id).latest("version")
    assert (event.type, event.version) == ("document.issued", document.version)
    assert event.data == {
        "document_id": str(document.pk), "kind": "invoice", "number": document.printed, "amount": TOTAL,
    }  # fmt: skip
    assert versions(document.order)[-1] == Order.objects.get(pk=document.order_id).version


def test_a_draft_and_an_order_that_charges_nothing_any_more_are_not_invoiced() -> None:
    for order in (a_draft(), an_order("cancelled")):
        with refused(OperationRefused):
            issue_invoice(order.pk, actor=ACTOR)
    placed = a_placed_order()
    with refused(StaleVersion):
        issue_invoice(placed.pk, expected_version=9, actor=ACTOR)


def test_what_was_credited_before_is_left_out_of_the_invoice_and_of_its_taxes() -> None:
    order = a_placed_order(a_german_storefront(), {"A": 4}, shipping_address=GERMAN)
    refund(order, lines=[UnitsAsked(order.lines.get().pk, 1)])
    document = issue_invoice(order.pk, actor=ACTOR)
    content = document.content
    assert (content["subtotal"], content["credited_before"], content["total"]) == (1_000, 298, 892)
    assert taxes_of(document) == [("VAT", "0.19", 747, 142)]
    with refused(NotInvoiced):
        issue_credit_note(order.pk, refund_id=order.refunds.get().pk, actor=ACTOR)


def test_later_changes_leave_what_it_says() -> None:
    client = a_storefront(letterhead="Before")
    document = an_invoice(client)
    sells(client, letterhead="After", language="fr")
    refund(document.order, goodwill=5)
    again = Document.objects.get(pk=document.pk)
    assert (again.content, again.language, again.content["seller"]["letterhead"]) == (document.content, "en", "Before")


# Credit notes


def test_a_refund_s_note_says_its_lines_and_its_exact_share_of_each_tax() -> None:
    order = a_placed_order(a_german_storefront(), {"A": 4}, shipping_address=GERMAN)
    invoice = issue_invoice(order.pk, actor=ACTOR)
    refunded = refund(order, lines=[UnitsAsked(order.lines.get().pk, 1)], goodwill=100)

    note = issue_credit_note(order.pk, refund_id=refunded.pk, actor=ACTOR)

    assert (note.kind, note.printed, note.total) == ("credit_note", f"HF-CN-{note.year}-000001", -398)
    assert (note.invoice_id, note.refund_id, note.credit and note.credit.amount) == (
        invoice.pk, refunded.pk, 398,
    )  # fmt: skip
    assert [(each["kind"], each["sku"], each["quantity"], each["amount"]) for each in note.content["lines"]] == [
        ("goods", "A", 1, -298), ("goodwill", "", 0, -100),
    ]  # fmt: skip
    assert taxes_of(note) == [("VAT", "0.19", -334, -64)]
    assert note.content["corrects"]["number"] == invoice.printed
    assert note.content["reason"] == "damaged"
    with nothing_changes():
        assert issue_credit_note(order.pk, refund_id=refunded.pk, actor=ACTOR) == note


def test_a_cancellation_s_note_is_of_all_that_refunds_left() -> None:
    order = an_invoice(a_storefront()).order
    refunded = refund(order, lines=[UnitsAsked(reload(order).lines.all()[0].pk, 1)])
    issue_credit_note(order.pk, refund_id=refunded.pk, actor=ACTOR)
    cancel_order(order.pk, reason="Enough", actor=ACTOR)

    note = issue_credit_note(order.pk, actor=ACTOR)

    assert (note.total, note.refund_id, note.content["reason"]) == (-(TOTAL - 250), None, "cancelled")
    assert [(each["sku"], each["quantity"], each["amount"]) for each in note.content["lines"]] == [
        ("A", 2, -500), ("B", 2, -2_000),
    ]  # fmt: skip
    assert sum(total for _, _, total in documents_of(order)) == 0


def test_after_everything_was_credited_and_the_order_reopened_there_is_another_invoice() -> None:
    first = an_invoice(a_storefront())
    order = first.order
    cancel_order(order.pk, reason="Enough", actor=ACTOR)
    issue_credit_note(order.pk, actor=ACTOR)
    reopen_order(order.pk, actor=ACTOR)

    second = issue_invoice(order.pk, actor=ACTOR)

    assert second != first
    assert [total for _, _, total in documents_of(order)] == [TOTAL, -TOTAL, TOTAL]
    waiting = a_waiting_refund(reload(order))
    with refused(OperationRefused):
        issue_credit_note(order.pk, refund_id=waiting.pk, actor=ACTOR)


def test_what_a_written_off_order_s_invoice_left_out_is_invoiced_as_it_is_reopened() -> None:
    order = a_placed_order()
    pay(order, TOTAL - 100)
    write_off_balance(order.pk, note="Given up", actor=ACTOR)
    cancel_order(order.pk, reason="Enough", actor=ACTOR)
    issue_invoice(order.pk, actor=ACTOR)
    reopen_order(order.pk, actor=ACTOR)
    (rest,) = issue_due(order.pk, invoice=False, actor=ACTOR)
    assert (rest.total, rest.content["invoiced_before"]) == (TOTAL - 100, 100)
    with nothing_changes():
        assert issue_invoice(order.pk, actor=ACTOR) == rest


def test_what_was_taken_back_is_not_noted_and_the_invoice_stands() -> None:
    invoice = an_invoice()
    order = invoice.order
    cancel_order(order.pk, reason="Enough", actor=ACTOR)
    reopen_order(order.pk, actor=ACTOR)
    refund(order, goodwill=5)
    with refused(NothingCredited):
        issue_credit_note(order.pk, actor=ACTOR)
    assert issue_invoice(order.pk, actor=ACTOR) == invoice
    (note,) = issue_due(order.pk, invoice=True, actor=ACTOR)
    assert note.total == -5


def test_without_an_invoice_or_a_credit_there_is_no_note() -> None:
    order = a_placed_order()
    with refused(OperationRefused):
        issue_credit_note(order.pk, actor=ACTOR)
    refunded = refund(order, goodwill=5)
    with refused(NotInvoiced):
        issue_credit_note(order.pk, refund_id=refunded.pk, actor=ACTOR)
    with refused(NothingCredited):
        issue_credit_note(order.pk, actor=ACTOR)
    with refused(NotFound):
        issue_credit_note(order.pk, refund_id=new_id(), actor=ACTOR)


# What is due by itself


def test_what_is_due_is_issued_once() -> None:
    order = a_placed_order()
    (invoice,) = issue_due(order.pk, invoice=True, actor=ACTOR)
    for amount in (5, 7):
        refund(order, goodwill=amount)
    notes = issue_due(order.pk, invoice=False, actor=ACTOR)
    assert [(each.kind, each.total) for each in (invoice, *notes)] == [
        ("invoice", TOTAL), ("credit_note", -5), ("credit_note", -7),
    ]  # fmt: skip
    with nothing_changes():
        assert issue_due(order.pk, invoice=True, actor=ACTOR) == []


@pytest.mark.parametrize("status", ["draft", "cancelled"])
def test_where_nothing_is_due_nothing_is_issued(status: str) -> None:
    order = an_order(status)
    with nothing_changes():
        assert issue_due(order.pk, invoice=True, actor=ACTOR) == []


def test_a_deleted_order_s_invoice_is_noted_too() -> None:
    order = an_invoice().order
    delete_order(order.pk, actor=ACTOR)
    (note,) = issue_due(order.pk, invoice=False, actor=ACTOR)
    assert note.total == -TOTAL


def test_numbers_have_no_gaps_after_refusals() -> None:
    client = a_storefront()
    an_invoice(client)
    with pytest.raises(OperationRefused):
        issue_invoice(a_draft(client).pk, actor=ACTOR)
    assert an_invoice(client).number == 2
    assert DocumentSeries.objects.get(client=client).last_number == 2
