"""Documents in the console: the list, the page, preview and file, what orders and shipments show, printing many."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from documents.einvoices.cii import e_invoice_of
from documents.models import Document
from documents.queries import MOST_PRINTED
from orders.actions import Asked, refund_items
from tests.documents.test_printing import pages_in
from tests.factories.documents import ACTOR, a_slip, an_e_invoice, an_invoice
from tests.factories.orders import a_placed_order
from tests.factories.shipping import a_shipment
from tests.factories.staff import (
    a_person,
    a_staff_member,
    a_superuser,
    as_opened,
    browser_of,
    list_button,
    list_page,
    object_page,
    told,
)
from tests.factories.storefronts import a_storefront
from tests.factories.watching import nothing_changes

pytestmark = pytest.mark.django_db

ORDER, DOCUMENT = "orders.order", "documents.document"


@pytest.fixture
def browser() -> Browser:
    return browser_of(a_superuser())


def press(browser: Browser, name: str, **typed: str) -> Any:
    address = list_button(DOCUMENT, name)
    return browser.post(address, {**as_opened(browser, address), **typed}, follow=True)


def pick(browser: Browser, model: str, name: str, *rows: Any) -> Any:
    return browser.post(list_page(model), {"action": name, "_selected_action": [str(each.pk) for each in rows]})


def test_the_list_and_the_page_tell_of_a_document(browser: Browser) -> None:
    document = an_invoice(a_storefront("North"))
    assert document.printed in told(browser.get(list_page(DOCUMENT)))
    assert document.printed in told(browser.get(list_page(DOCUMENT, q=document.order.display_number)))
    page = told(browser.get(object_page(DOCUMENT, document.pk)))
    for words in (f"Invoice {document.printed}", "North", "27.50 EUR", "Preview", "PDF"):
        assert words in page, words


def test_the_preview_is_a_page_and_the_file_a_pdf(browser: Browser) -> None:
    document = an_invoice()
    preview = browser.get(reverse("admin:documents_document_preview", args=[document.pk]))
    assert document.printed in preview.content.decode()
    file = browser.get(reverse("admin:documents_document_pdf", args=[document.pk]))
    assert file.headers["Content-Disposition"] == f'inline; filename="{document.printed}.pdf"'
    assert file.content.startswith(b"%PDF-")


def test_the_page_leads_to_the_e_invoice_or_says_why_there_is_none(browser: Browser) -> None:
    document = an_e_invoice()
    address = reverse("admin:documents_document_e_invoice", args=[document.pk])
    assert address in browser.get(object_page(DOCUMENT, document.pk)).content.decode()
    assert browser.get(address).content == e_invoice_of(document)
    lacking = an_invoice(a_storefront(e_invoice=True))
    page = browser.get(object_page(DOCUMENT, lacking.pk))
    assert "The seller's legal name, VAT id, city, country was not set as it was issued." in told(page)
    address = reverse("admin:documents_document_e_invoice", args=[lacking.pk])
    assert address not in page.content.decode()
    assert browser.get(address).status_code == 404


def test_without_the_authority_nobody_sees_them() -> None:
    document = an_invoice()
    stranger = browser_of(a_person())
    for name in ("preview", "pdf", "e_invoice"):
        assert stranger.get(reverse(f"admin:documents_document_{name}", args=[document.pk])).status_code == 403
    assert stranger.post(list_button(DOCUMENT, "issue")).status_code == 403


def test_an_order_s_page_shows_its_documents_and_the_way_to_issue_them(browser: Browser) -> None:
    document = an_invoice()
    page = browser.get(object_page(ORDER, document.order_id))
    for words in ("Documents", document.printed, "Issue invoice", "Issue credit notes"):
        assert words in told(page), words
    assert f"Invoice {document.printed} issued" in told(page)


def test_invoice_and_credit_notes_are_issued_by_the_order_s_number(browser: Browser) -> None:
    order = a_placed_order(a_storefront(number_prefix="HF-"))
    page = press(browser, "issue", order=f"#{order.display_number}", kind="invoice")
    document = Document.objects.get(kind="invoice")
    assert f"The order's invoice is {document.printed}." in told(page)
    refund_items(order.pk, asked=Asked(goodwill=5), reason="late", actor=ACTOR)
    page = press(browser, "issue", order=order.display_number, kind="credit_note")
    assert f"Issued: {Document.objects.get(kind='credit_note').printed}." in told(page)
    with nothing_changes():
        again = press(browser, "issue", order=order.display_number, kind="credit_note")
        assert "Nothing was credited of the order since its last invoice" in told(again)
        assert "There is no such order." in told(press(browser, "issue", order="7", kind="invoice"))


def test_a_slip_is_issued_of_the_shipment_that_is_named(browser: Browser) -> None:
    shipment = a_shipment()
    called = f"{shipment.order.display_number}/1"
    assert "Pick list" in told(browser.get(object_page("shipping.shipment", shipment.pk)))
    page = press(browser, "slip", shipment=called, kind="pick_list")
    slip = Document.objects.get()
    assert f"Pick list {slip.printed} is issued." in told(page)
    assert slip.printed in told(browser.get(object_page("shipping.shipment", shipment.pk)))
    with nothing_changes():
        for wrong, says in (("7", "A shipment is called as 100001/1 is."), (called[:-1] + "9", "no such shipment")):
            assert says in told(press(browser, "slip", shipment=wrong, kind="pick_list"))


def test_picked_documents_are_one_file(browser: Browser) -> None:
    documents = [an_invoice(), an_invoice(), a_slip(a_shipment())]
    response = pick(browser, DOCUMENT, "print", *documents[:2])
    assert response.headers["Content-Type"] == "application/pdf"
    assert pages_in(response.content) == 2


def test_picked_orders_have_all_of_their_documents_in_one_file(browser: Browser) -> None:
    document = an_invoice()
    refund_items(document.order_id, asked=Asked(goodwill=5), reason="late", actor=ACTOR)
    press(browser, "issue", order=document.order.display_number, kind="credit_note")
    other = a_placed_order()
    response = pick(browser, ORDER, "print", document.order, other)
    assert pages_in(response.content) == 2
    nothing: Any = browser.post(list_page(ORDER), {"action": "print", "_selected_action": [str(other.pk)]}, follow=True)
    assert "The picked orders have no documents." in told(nothing)


def test_more_than_one_file_holds_are_refused_and_told(browser: Browser) -> None:
    assert MOST_PRINTED == 200
    shipment = a_shipment()
    slips = [a_slip(shipment) for _ in range(MOST_PRINTED + 1)]
    response: Any = browser.post(
        list_page(ORDER), {"action": "print", "_selected_action": [str(slips[0].order_id)]}, follow=True
    )
    assert "One file holds 200 documents, and these are more. Choose fewer of them." in told(response)


def test_who_may_not_see_documents_is_not_offered_to_print_them() -> None:
    a_placed_order()
    offered = {
        person: "Print documents" in browser_of(person).get(list_page(ORDER)).content.decode()
        for person in (a_person("warehouse"), a_staff_member("orders.view_order"))
    }
    assert list(offered.values()) == [True, False]
