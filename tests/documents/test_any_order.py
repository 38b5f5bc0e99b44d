"""Whatever is credited of any order, in whatever parts: its documents come to what it charges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from core.money import exponent
from core.operations import OperationRefused
from documents.actions import issue_due, issue_invoice
from documents.einvoices.cii import e_invoice_of
from documents.errors import NoEInvoice
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
from tests.documents.en16931 import Read, broken_rules
from tests.factories import any_shop
from tests.factories.documents import ACTOR, SELLER
from tests.factories.orders import assert_everything_adds_up, reload
from tests.factories.storefronts import sells
from tests.machines import as_many_as
from tests.undoing import undone

pytestmark = pytest.mark.django_db

QUICK = 15


@pytest.fixture
def catalogue() -> None:
    any_shop.a_catalogue()


def an_order(data: st.DataObject, currencies: Sequence[str] = any_shop.CURRENCIES, **settings: Any) -> Order:
    """Of any shop, with these settings too."""
    currency = data.draw(st.sampled_from(currencies))
    client = data.draw(st.composite(any_shop.a_shop)(currency))
    if settings:
        sells(client, **settings)
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


def live(order: Order, data: st.DataObject) -> None:
    """Whatever can be done to it and noted of it."""
    for _ in range(data.draw(st.integers(1, 6))):
        order = reload(order)
        if order.charged > order.credited and data.draw(st.booleans()):
            issue_invoice(order.pk, actor=ACTOR)
        do_something(order, data)
        if data.draw(st.booleans()):
            issue_due(order.pk, invoice=data.draw(st.booleans()), actor=ACTOR)
    issue_due(order.pk, invoice=False, actor=ACTOR)


def says_what_it_comes_to(document: Document, xml: bytes) -> None:
    """Its sums are the document's, and its parts come to them, for whoever reads the XML alone."""
    assert broken_rules(xml) == []
    told, content = Read(xml), document.content
    sums, scale = Counter(told.sums()), -exponent(document.currency)
    (net, tax) = (sum(row[what] for row in content["taxes"]) for what in ("taxable", "amount"))
    whole = sums["GrandTotalAmount"] + sums["RoundingAmount"]
    assert whole == Decimal(abs(document.total)).scaleb(scale)
    assert sums["TaxBasisTotalAmount"] == Decimal(abs(net)).scaleb(scale)
    assert sums["TaxTotalAmount"] == Decimal(abs(tax)).scaleb(scale)
    assert sums["LineTotalAmount"] == sum(told.amounts("SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount"))
    extras = sums["ChargeTotalAmount"] - sums["AllowanceTotalAmount"]
    assert sums["TaxBasisTotalAmount"] == sums["LineTotalAmount"] + extras
    assert sums["DuePayableAmount"] == whole - sums["TotalPrepaidAmount"]
    if document.kind == "invoice" and not (content["credited_before"] or content["invoiced_before"]):
        assert sums["DuePayableAmount"] == Decimal(content["due"]).scaleb(scale)


def can_be_told(document: Document) -> bool:
    """Whether nothing of the shop and the order keeps it from being an e-invoice."""
    content = document.content
    parts = [*content["lines"], *(each for each in content.get("deliveries", ()) if each["amount"])]
    told_by_line = all(len(part["taxes"]) == 1 for part in parts)
    whole = document.kind == "invoice" and not content["credited_before"] and not content["invoiced_before"]
    return document.currency in {"CHF", "EUR"} and told_by_line and whole


@as_many_as(QUICK)
@given(st.data())
def test_e_invoices_of_any_order_keep_the_rules_and_say_what_its_documents_do(
    catalogue: None, data: st.DataObject
) -> None:
    with undone():
        order = an_order(data, ("CHF", "EUR", "JPY"), **SELLER)
        if order.charged:
            issue_invoice(order.pk, actor=ACTOR)
        live(order, data)
        for document in Document.objects.filter(order=order):
            try:
                says_what_it_comes_to(document, e_invoice_of(document))
            except NoEInvoice:
                assert not can_be_told(document)


@as_many_as(QUICK)
@given(st.data())
def test_documents_of_any_order_come_to_what_it_charges(catalogue: None, data: st.DataObject) -> None:
    with undone():
        order = an_order(data)
        live(order, data)
        assert_documents_come_to_what_it_charges(reload(order))
        assert_everything_adds_up()
