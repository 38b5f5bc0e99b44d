"""E-invoices: XML that EN 16931 allows, of the snapshot alone, and a PDF that is an archive's with it inside."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.utils import timezone
from lxml import etree
from pypdf import PdfReader

from documents.actions import issue_credit_note, issue_invoice
from documents.einvoices.cii import e_invoice_of
from documents.errors import NoEInvoice
from documents.models import Document
from documents.printing.pdf import pdf_of
from inventory.actions import NewVariant, create_product
from orders.actions import Asked, OwnDiscount, UnitsAsked, cancel_order, refund_items
from orders.instalments.actions import Agreed, agree_instalments
from orders.models import Order
from pricing.queries import Surcharge
from tests.documents.en16931 import Read, broken_rules, rules_named
from tests.factories.customers import a_customer
from tests.factories.delivery import a_method, a_rate
from tests.factories.documents import ACTOR, GERMAN, SELLER, a_german_storefront, a_slip, an_e_invoice, an_invoice
from tests.factories.inventory import stock_up
from tests.factories.orders import a_placed_order, pay
from tests.factories.shipping import a_shipment
from tests.factories.storefronts import a_storefront, sells

pytestmark = pytest.mark.django_db

FACTUR_X = ("{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}*",)
PDF_A = ("{http://www.aiim.org/pdfa/ns/id/}*",)


def read(document: Document) -> Read:
    xml = e_invoice_of(document)
    assert broken_rules(xml) == []
    return Read(xml)


def test_the_rules_find_a_sum_that_is_wrong() -> None:
    xml = e_invoice_of(an_e_invoice())
    wrong = xml.replace(b"<ram:GrandTotalAmount>11.90<", b"<ram:GrandTotalAmount>11.91<")
    assert rules_named(broken_rules(wrong)) == {"BR-CO-15", "BR-CO-16"}


def test_an_invoice_tells_who_sells_what_to_whom_and_for_how_much() -> None:
    document = an_e_invoice()
    told = read(document)
    assert told.texts("SellerTradeParty/Name") == ["Harbour GmbH"]
    assert told.texts("SellerTradeParty/SpecifiedTaxRegistration/ID") == ["DE123456789"]
    assert told.texts("BuyerTradeParty/PostalTradeAddress/CityName") == ["Berlin"]
    assert told.text("SellerOrderReferencedDocument/IssuerAssignedID") == document.order.display_number
    assert told.text("InvoiceCurrencyCode") == "EUR"
    assert told.text("PayeePartyCreditorFinancialAccount/IBANID") == "DE89370400440532013000"
    assert told.sums() == {
        "LineTotalAmount": Decimal("10.00"), "TaxBasisTotalAmount": Decimal("10.00"),
        "TaxTotalAmount": Decimal("1.90"), "GrandTotalAmount": Decimal("11.90"), "DuePayableAmount": Decimal("11.90"),
    }  # fmt: skip


def test_of_prices_with_tax_in_them_it_tells_what_they_are_without() -> None:
    told = read(an_e_invoice(prices_include_tax=True))
    assert told.amounts("NetPriceProductTradePrice/ChargeAmount") == [Decimal("8.40")]
    assert told.texts("NetPriceProductTradePrice/BasisQuantity") == ["4"]
    assert told.sums()["TaxBasisTotalAmount"] == Decimal("8.40")
    assert told.sums()["GrandTotalAmount"] == Decimal("10.00")


def test_a_credit_note_names_its_invoice_and_tells_what_is_credited_as_positive() -> None:
    invoice = an_e_invoice()
    line = invoice.order.lines.get()
    asked = Asked([UnitsAsked(line.pk, 1)], goodwill=50)
    refund = refund_items(invoice.order_id, asked=asked, reason="damaged", actor=ACTOR)
    note = issue_credit_note(invoice.order_id, refund_id=refund.pk, actor=ACTOR)
    told = read(note)
    assert told.text("InvoiceReferencedDocument/IssuerAssignedID") == invoice.printed
    assert told.texts("SpecifiedTradeProduct/Name") == [line.name, "Goodwill"]
    assert told.sums()["GrandTotalAmount"] == Decimal(-note.total).scaleb(-2) == Decimal("3.48")
    cancel_order(invoice.order_id, reason="Enough", actor=ACTOR)
    rest = issue_credit_note(invoice.order_id, actor=ACTOR)
    assert read(rest).sums()["GrandTotalAmount"] == Decimal("8.42")


@pytest.mark.parametrize(
    ("buyer", "country", "code", "reason"),
    [
        ({"vat_id": "FR12345678901"}, "FR", "AE", "reverse charge, the recipient owes it"),
        ({"tax_exempt_reason": "Charity"}, "DE", "E", "exempt, Charity"),
    ],
)
def test_a_tax_that_is_not_raised_has_its_category_and_reason(
    buyer: dict[str, str], country: str, code: str, reason: str
) -> None:
    client = a_german_storefront(**SELLER)
    customer = a_customer(client, **buyer)
    document = an_invoice(
        client, units={"A": 4}, customer_id=customer.pk, shipping_address={**GERMAN, "country": country}
    )
    told = read(document)
    assert set(told.texts("ApplicableTradeTax/CategoryCode")) == {code}
    assert told.text("ApplicableTradeTax/ExemptionReason") == reason
    assert told.texts("BuyerTradeParty/SpecifiedTaxRegistration/ID") == list(filter(None, [buyer.get("vat_id")]))


def test_what_was_credited_before_the_invoice_is_an_allowance_of_its_category() -> None:
    order = a_placed_order(a_german_storefront(**SELLER), units={"A": 4}, shipping_address=GERMAN)
    asked = Asked([UnitsAsked(order.lines.get().pk, 1)])
    refund_items(order.pk, asked=asked, reason="damaged", actor=ACTOR)
    invoice = issue_invoice(order.pk, actor=ACTOR)
    told = read(invoice)
    (taxes,) = invoice.content["taxes"]
    assert told.texts("SpecifiedTradeAllowanceCharge/Reason") == ["Credited before"]
    assert told.sums()["TaxBasisTotalAmount"] == Decimal(taxes["taxable"]).scaleb(-2)
    sums = told.sums()
    assert sums["GrandTotalAmount"] + sums["RoundingAmount"] == Decimal(invoice.total).scaleb(-2) == Decimal("8.92")


def test_a_discount_a_surcharge_and_delivery_are_told_apart() -> None:
    client = a_german_storefront(**SELLER)
    a_method(client, "POST", a_rate(490))
    document = an_invoice(
        client,
        units={"A": 4},
        shipping_address=GERMAN,
        delivery_method="POST",
        discounts=[OwnDiscount("Late", amount=100)],
        surcharges=[Surcharge("Wrapping", amount=50)],
    )
    told = read(document)
    (line,), (delivery,) = document.content["lines"], document.content["deliveries"]
    labels = [each["label"] for each in line["adjustments"]]
    assert len(labels) == 2
    reasons = told.texts("SpecifiedTradeAllowanceCharge/Reason")
    assert sorted(reasons) == sorted([*labels, f"Delivery: {delivery['name']}"])
    assert told.sums()["ChargeTotalAmount"] + told.sums()["LineTotalAmount"] == Decimal("14.40")
    assert told.sums()["GrandTotalAmount"] == Decimal(document.total).scaleb(-2)


def test_amounts_in_yen_have_no_digits_after_the_point() -> None:
    client = a_german_storefront(**SELLER)
    create_product(name="Tea", variants=[NewVariant("TEA", "Tea", {"JPY": 1_000, "KWD": 1_000})], actor=ACTOR)
    stock_up({"TEA": 2})
    of_tea: dict[str, Any] = {"units": {"TEA": 1}, "stocked": False, "shipping_address": GERMAN}
    assert e_invoice_of(an_invoice(client, currency="JPY", **of_tea)).count(b">1190<") == 2
    dinars = an_invoice(client, currency="KWD", **of_tea)
    with pytest.raises(NoEInvoice, match="Amounts in KWD have more than two digits"):
        e_invoice_of(dinars)


@pytest.mark.parametrize(
    ("lacking", "told"),
    [
        ({"e_invoice": False}, "The storefront wrote no e-invoices as it was issued."),
        ({"vat_id": ""}, "The seller's VAT id was not set as it was issued."),
        ({"legal_name": "", "city": ""}, "The seller's legal name, city was not set as it was issued."),
    ],
)
def test_a_storefront_that_does_not_say_who_sells_has_plain_files(lacking: dict[str, Any], told: str) -> None:
    document = an_e_invoice(**lacking)
    with pytest.raises(NoEInvoice, match=told) as refusal:
        e_invoice_of(document)
    assert refusal.value.unblock.startswith("Change the storefront's settings")
    assert not PdfReader(BytesIO(pdf_of([document]))).attachments


def test_lines_without_a_tax_and_without_a_buyer_s_address_have_none() -> None:
    untaxed = an_invoice(a_storefront(country="DE", **SELLER), units={"A": 1}, shipping_address=GERMAN)
    with pytest.raises(NoEInvoice, match="it has no tax, and no reason for that is kept"):
        e_invoice_of(untaxed)
    nowhere = an_invoice(a_german_storefront(**SELLER), units={"A": 1}, shipping_address={})
    with pytest.raises(NoEInvoice, match="It has no address of its buyer"):
        e_invoice_of(nowhere)
    with pytest.raises(NoEInvoice, match="Only invoices and credit notes are e-invoices"):
        e_invoice_of(a_slip(a_shipment(a_storefront(**SELLER))))


# The PDF


def test_the_pdf_is_an_archive_s_with_the_e_invoice_in_it_and_says_so() -> None:
    document = an_e_invoice()
    pdf = PdfReader(BytesIO(pdf_of([document])))
    assert pdf.attachments == {"factur-x.xml": [e_invoice_of(document)]}
    root: Any = pdf.trailer["/Root"]
    (attached,) = [each.get_object() for each in root["/AF"]]
    assert attached["/AFRelationship"] == "/Alternative"
    assert attached["/EF"]["/F"].get_object()["/Subtype"] == "/text/xml"
    assert root["/OutputIntents"][0].get_object()["/S"] == "/GTS_PDFA1"
    metadata = etree.fromstring(root["/Metadata"].get_object().get_data())
    told = {etree.QName(each).localname: each.text for each in metadata.iter(*FACTUR_X, *PDF_A)}
    assert told == {
        "DocumentType": "INVOICE", "DocumentFileName": "factur-x.xml", "Version": "1.0",
        "ConformanceLevel": "EN 16931", "part": "3", "conformance": "B",
    }  # fmt: skip
    assert len(list(metadata.iter("{http://www.aiim.org/pdfa/ns/extension/}schemas"))) == 1
    assert pdf.pdf_header == "%PDF-1.7"


def test_pdf_and_xml_are_the_same_bytes_each_time_whatever_becomes_of_the_storefront() -> None:
    document = an_e_invoice()
    before = (e_invoice_of(document), pdf_of([document]))
    sells(document.client, legal_name="After", vat_id="", e_invoice=False)
    again = Document.objects.get(pk=document.pk)
    assert (e_invoice_of(again), pdf_of([again])) == before


def test_letters_that_no_font_has_keep_the_e_invoice_out_of_the_pdf_and_in_its_own_file() -> None:
    client = a_german_storefront(**SELLER)
    create_product(name="Tea", variants=[NewVariant("TEA", "漢字 🎉", {"EUR": 100})], actor=ACTOR)
    stock_up({"TEA": 1})
    document = an_invoice(client, units={"TEA": 1}, stocked=False, shipping_address=GERMAN)
    assert read(document).texts("SpecifiedTradeProduct/Name") == ["漢字 🎉"]
    assert not PdfReader(BytesIO(pdf_of([document]))).attachments


def test_many_documents_in_one_file_have_no_e_invoice_in_it() -> None:
    documents = [an_e_invoice(), an_invoice()]
    assert not PdfReader(BytesIO(pdf_of(documents))).attachments


class TestWhenItIsPaid:
    def an_order(self, **settings: Any) -> Order:
        client = a_german_storefront(**{**SELLER, **settings})
        return a_placed_order(client, {"A": 4}, shipping_address=GERMAN, payment_terms="on_account")

    def test_an_order_that_is_payable_by_a_day_tells_that_day(self) -> None:
        told = read(issue_invoice(self.an_order(days_to_pay=14).pk, actor=ACTOR))
        due_on = timezone.localdate() + dt.timedelta(days=14)
        (told_on,) = told.all("SpecifiedTradePaymentTerms/DueDateDateTime")
        assert [each.text for each in told_on] == [f"{due_on:%Y%m%d}"]
        assert told.texts("SpecifiedTradePaymentTerms/Description") == []

    def test_instalments_are_told_in_words_with_what_is_left_of_each(self) -> None:
        order = self.an_order()
        first, last = (timezone.localdate() + dt.timedelta(days=days) for days in (10, 40))
        agree_instalments(order.pk, instalments=[Agreed(first, 400), Agreed(last, 790)], actor=ACTOR)
        pay(order, 100)
        told = read(issue_invoice(order.pk, actor=ACTOR))
        in_words = f"Payable by {first}: 3.00; Payable by {last}: 7.90"
        assert told.text("SpecifiedTradePaymentTerms/Description") == in_words

    def test_an_order_of_which_no_day_is_agreed_is_payable_on_receipt(self) -> None:
        assert read(an_e_invoice()).text("SpecifiedTradePaymentTerms/Description") == "Payable on receipt."
