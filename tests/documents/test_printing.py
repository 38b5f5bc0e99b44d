"""What stands on the pages, as HTML and as PDF: in four languages, the same bytes each time, and with any letters."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest
import time_machine

from documents.actions import issue_credit_note
from documents.models import Document
from documents.printing.html import html_of
from documents.printing.page import Page, page_of
from documents.printing.pdf import pdf_of
from documents.words import WORDS
from inventory.actions import NewVariant, create_product
from orders.actions import Asked, UnitsAsked, cancel_order, refund_items
from storefronts.models import LANGUAGES
from tests.factories.documents import ACTOR, GERMAN, a_german_storefront, a_slip, an_invoice
from tests.factories.inventory import stock_up
from tests.factories.shipping import a_shipment
from tests.factories.storefronts import a_storefront, sells

pytestmark = pytest.mark.django_db


def pages_in(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def sums_of(page: Page) -> list[tuple[str, str]]:
    return [(_spaced(each.label), _spaced(each.amount)) for each in page.sums]


def _spaced(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from texts_in(each)


def test_each_language_of_storefronts_has_its_words() -> None:
    assert set(WORDS) == set(LANGUAGES)
    english = asdict(WORDS["en"])
    for words in map(asdict, WORDS.values()):
        assert all(text for text in texts_in(words))
        for name in ("reasons", "untaxed"):
            assert words[name].keys() == english[name].keys()
        assert [name for name, text in words.items() if "{}" in text] == [
            name for name, text in english.items() if "{}" in text
        ]


@pytest.mark.parametrize(
    ("language", "title", "sums"),
    [
        ("", "Invoice", [("Subtotal", "2,250.00"), ("VAT 19 %", "427.50"), ("Total", "2,677.50 EUR")]),
        ("de", "Rechnung", [("Zwischensumme", "2.250,00"), ("VAT 19 %", "427,50"), ("Gesamtbetrag", "2.677,50 EUR")]),
        ("fr", "Facture", [("Sous-total", "2\u202f250,00"), ("VAT 19 %", "427,50"), ("Total", "2\u202f677,50 EUR")]),
        ("es", "Factura", [("Subtotal", "2.250,00"), ("VAT 19 %", "427,50"), ("Total", "2.677,50 EUR")]),
    ],
)
def test_an_invoice_is_written_as_its_storefront_s_language_does(
    language: str, title: str, sums: list[tuple[str, str]]
) -> None:
    client = a_german_storefront(language=language)
    page = page_of(an_invoice(client, units={"A": 900}, shipping_address=GERMAN))
    assert (page.title, sums_of(page)[:3]) == (title, sums)


def test_amounts_are_written_by_the_digits_of_their_currency() -> None:
    client = a_storefront(language="de")
    create_product(name="Tea", variants=[NewVariant("TEA", "Tea", {"JPY": 123_456, "KWD": 1_234_567})], actor=ACTOR)
    stock_up({"TEA": 2})
    for currency, written in (("JPY", "123.456 JPY"), ("KWD", "1.234,567 KWD")):
        page = page_of(an_invoice(client, units={"TEA": 1}, currency=currency, stocked=False))
        assert sums_of(page)[0] == ("Gesamtbetrag", written)


def test_prices_that_include_tax_tell_it_below_the_total() -> None:
    page = page_of(an_invoice(a_german_storefront(prices_include_tax=True), units={"A": 4}, shipping_address=GERMAN))
    assert sums_of(page) == [
        ("Total", "10.00 EUR"), ("Includes VAT 19 %", "1.60"), ("To be paid", "10.00 EUR"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "payable"),
    [
        ("", "Payable by 11 January 2030"),
        ("de", "Zahlbar bis 11. Januar 2030"),
        ("fr", "Payable au plus tard le 11 janvier 2030"),
    ],
)
def test_an_invoice_on_account_tells_by_when_it_is_payable(language: str, payable: str) -> None:
    client = a_german_storefront(language=language, days_to_pay=10)
    with time_machine.travel(dt.datetime(2030, 1, 1, 12, tzinfo=dt.UTC)):
        page = page_of(an_invoice(client, units={"A": 4}, shipping_address=GERMAN, payment_terms="on_account"))
    assert sums_of(page)[-1] == (payable, "11,90" if language else "11.90")


def test_a_credit_note_says_what_it_corrects_and_why() -> None:
    invoice = an_invoice(a_german_storefront(), units={"A": 4}, shipping_address=GERMAN)
    line = invoice.order.lines.get()
    refund = refund_items(invoice.order_id, asked=Asked([UnitsAsked(line.pk, 1)]), reason="damaged", actor=ACTOR)
    page = page_of(issue_credit_note(invoice.order_id, refund_id=refund.pk, actor=ACTOR))
    facts = dict(page.facts)
    assert facts["Corrects invoice"].startswith(f"{invoice.printed}, ")
    assert facts["Reason"] == "Damaged"
    assert [row.cells for row in page.table.rows] == [[line.name, "1", "−2.98"]]
    cancel_order(invoice.order_id, reason="Enough", actor=ACTOR)
    cancelled = page_of(issue_credit_note(invoice.order_id, actor=ACTOR))
    assert dict(cancelled.facts)["Reason"] == "The order is cancelled"


def test_slips_have_no_prices_and_a_pick_list_is_by_sku() -> None:
    shipment = a_shipment()
    pages = {kind: page_of(a_slip(shipment, kind)) for kind in ("packing_slip", "pick_list", "return_slip")}
    for page in pages.values():
        assert (page.sums, page.taxes) == ((), None)
    rows = [row.cells for row in pages["pick_list"].table.rows]
    assert [(cells[0], cells[1], cells[3]) for cells in rows] == [("MAIN", "A", "3"), ("MAIN", "B", "2")]
    assert [column.title for column in pages["return_slip"].table.columns][-2:] == ["Returned", "Reason"]


def test_the_file_is_the_same_bytes_each_time_whatever_becomes_of_its_order() -> None:
    document = an_invoice(a_storefront(letterhead="Before"))
    before = pdf_of([document])
    sells(document.client, letterhead="After", language="fr")
    cancel_order(document.order_id, reason="Enough", actor=ACTOR)
    assert pdf_of([Document.objects.get(pk=document.pk)]) == before
    assert before.startswith(b"%PDF-")


def test_letters_of_any_script_and_signs_of_typst_and_html_are_only_text() -> None:
    name = '#panic("x") $x$ *b* _i_ [c] \\ <b>ä</b> @ref `r` Ελλάδα Київ Łódź Việt 漢字 🎉 עברית العربية'
    client = a_storefront(letterhead='#import "x"\n{{ seller }}')
    create_product(name="Any", variants=[NewVariant("ANY", name, {"EUR": 100})], actor=ACTOR)
    stock_up({"ANY": 1})
    document = an_invoice(client, units={"ANY": 1}, stocked=False)
    assert pages_in(pdf_of([document])) == 1
    page = html_of(document)
    assert "&lt;b&gt;ä&lt;/b&gt;" in page
    assert "{{ seller }}" in page


def test_two_hundred_lines_go_on_over_pages_and_words_that_are_too_long_are_broken() -> None:
    skus = {f"{number:03}-{'X' * 60}": 1 for number in range(200)}
    document = an_invoice(a_storefront(), units=skus)
    assert pages_in(pdf_of([document])) > 5


def test_many_documents_are_one_file() -> None:
    documents = [an_invoice(), an_invoice(), a_slip(a_shipment())]
    assert pages_in(pdf_of(documents)) == 3
