"""Documents over HTTP: issued, listed, read and fetched as files."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from core.ids import new_id
from core.models import Client
from documents.einvoices.cii import e_invoice_of
from documents.models import Document
from documents.printing.pdf import pdf_of
from orders.actions import Asked, refund_items
from orders.models import Order
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import pointers, problem
from tests.factories.core import a_client, read
from tests.factories.documents import ACTOR, a_slip, an_e_invoice, an_invoice
from tests.factories.orders import TOTAL, a_draft, a_placed_order
from tests.factories.shipping import a_shipment
from tests.factories.storefronts import a_storefront
from tests.factories.watching import nothing_changes

pytestmark = pytest.mark.django_db

SCOPES = ("documents:read", "documents:write")


@pytest.fixture(autouse=True)
def no_limits(settings: Settings) -> None:
    settings.RATE_LIMITS = None


@pytest.fixture
def shop() -> Caller:
    return Caller(a_storefront("North", number_prefix="N/"), SCOPES)


def of_order(order_id: UUID) -> str:
    return f"/api/v1/orders/{order_id}/documents/"


def one(document: Document, tail: str = "") -> str:
    return f"/api/v1/documents/{document.pk}/{tail}"


def test_an_invoice_is_issued_and_asked_for_again_it_is_the_same(shop: Caller) -> None:
    order = a_placed_order(shop.client)
    response = shop.post(of_order(order.pk), {"kind": "invoice"})
    told = read(response, 201)
    document = Document.objects.get()
    assert {name: told[name] for name in ("id", "kind", "number", "order_number", "currency", "total")} == {
        "id": str(document.pk), "kind": "invoice", "number": f"N/INV-{document.year}-000001",
        "order_number": order.display_number, "currency": "EUR", "total": TOTAL,
    }  # fmt: skip
    assert told["content"]["due"] == TOTAL
    assert response.headers["Location"] == one(document)
    assert response.headers["ETag"] == Order.objects.get(pk=order.pk).etag
    assert read(shop.post(of_order(order.pk), {"kind": "invoice"}), 201) == told
    assert read(shop.get(one(document))) == told


def test_a_key_that_is_sent_again_issues_one_slip(shop: Caller) -> None:
    shipment = a_shipment(shop.client)
    body = {"kind": "pick_list", "shipment_id": str(shipment.pk)}
    first = shop.post(of_order(shipment.order_id), body, idempotency_key="k")
    again = shop.post(of_order(shipment.order_id), body, idempotency_key="k")
    assert first.content == again.content
    assert Document.objects.count() == 1
    read(shop.post(of_order(shipment.order_id), body), 201)
    assert sorted(Document.objects.values_list("number", flat=True)) == [1, 2]


def test_a_refund_s_credit_note_names_its_invoice(shop: Caller) -> None:
    invoice = an_invoice(shop.client)
    refund = refund_items(invoice.order_id, asked=Asked(goodwill=5), reason="late", actor=ACTOR)
    told = read(shop.post(of_order(invoice.order_id), {"kind": "credit_note", "refund_id": str(refund.pk)}), 201)
    assert (told["total"], told["invoice_id"], told["refund_id"]) == (-5, str(invoice.pk), str(refund.pk))


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"kind": "packing_slip"}, {("/shipment_id", "required")}),
        ({"kind": "packing_slip", "shipment_id": str(new_id())}, {("/shipment_id", "unknown_shipment")}),
        ({"kind": "invoice", "shipment_id": str(new_id())}, {("/shipment_id", "not_of_this_kind")}),
        ({"kind": "invoice", "refund_id": str(new_id())}, {("/refund_id", "not_of_this_kind")}),
        ({"kind": "receipt"}, {("/kind", "invalid_choice")}),
        ({}, {("/kind", "required")}),
    ],
)
def test_a_body_that_does_not_fit_its_kind_is_400(
    body: dict[str, Any], where: set[tuple[str, str]], shop: Caller
) -> None:
    order = a_placed_order(shop.client)
    with nothing_changes():
        told = problem(shop.post(of_order(order.pk), body), 400, "invalid_input")
        assert pointers(told) == where


def test_what_the_order_s_state_refuses_is_409(shop: Caller) -> None:
    draft, placed = a_draft(shop.client), a_placed_order(shop.client)
    with nothing_changes():
        problem(shop.post(of_order(draft.pk), {"kind": "invoice"}), 409, "operation_refused")
        problem(shop.post(of_order(placed.pk), {"kind": "credit_note"}), 409, "operation_refused")
        problem(shop.post(of_order(placed.pk), {"kind": "invoice"}, if_match='"v9"'), 412, "stale_version")


def test_the_file_is_a_pdf_with_the_number_as_its_name(shop: Caller) -> None:
    document = an_invoice(shop.client)
    response = shop.get(one(document, "pdf/"))
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/pdf")
    assert response.headers["Content-Disposition"] == f'attachment; filename="N-INV-{document.year}-000001.pdf"'
    assert response.content == pdf_of([document])
    problem(shop.get(one(document, "pdf/"), accept="text/html"), 406, "not_acceptable")


def test_the_e_invoice_alone_is_what_is_in_the_pdf_and_without_one_the_answer_says_why(shop: Caller) -> None:
    document, plain = an_e_invoice(), an_invoice(shop.client)
    office = Caller(a_client("Office", kind="back_office"), SCOPES)
    response = office.get(one(document, "e-invoice/"))
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/xml")
    assert response.headers["Content-Disposition"] == f'attachment; filename="{document.printed}.xml"'
    assert response.content == e_invoice_of(document)
    told = problem(office.get(one(plain, "e-invoice/")), 404, "no_e_invoice")
    assert told["detail"] == "The storefront wrote no e-invoices as it was issued."
    assert told["unblock"] == "Change the storefront's settings: what is issued from then on has one."
    problem(shop.get(one(document, "e-invoice/")), 404, "not_found")


def test_lists_are_filtered_and_newest_first(shop: Caller) -> None:
    office = Caller(a_client("Office", kind="back_office"), SCOPES)
    own, other = an_invoice(shop.client), an_invoice(a_client("South"))
    slip = a_slip(a_shipment(shop.client))
    listed = read(office.get("/api/v1/documents/"))["results"]
    assert [each["id"] for each in listed] == [str(each.pk) for each in (slip, other, own)]
    assert all("content" not in each for each in listed)
    for query, found in (
        (f"storefront_id={other.client_id}", [other]),
        ("kind=packing_slip", [slip]),
        (f"number={own.printed}", [own]),
        (f"order_id={own.order_id}", [own]),
    ):
        assert [each["id"] for each in read(office.get(f"/api/v1/documents/?{query}"))["results"]] == [
            str(each.pk) for each in found
        ]
    of_it = read(shop.get(of_order(own.order_id) + "?kind=invoice"))["results"]
    assert [each["number"] for each in of_it] == [own.printed]


def test_a_storefront_sees_its_own_alone(shop: Caller) -> None:
    other = an_invoice(a_client("South"))
    assert read(shop.get("/api/v1/documents/"))["results"] == []
    for path in (one(other), one(other, "pdf/"), of_order(other.order_id)):
        problem(shop.get(path), 404, "not_found")
    with nothing_changes():
        problem(shop.post(of_order(other.order_id), {"kind": "invoice"}), 404, "not_found")


@pytest.mark.parametrize("count", [1, 4])
def test_a_list_takes_as_many_statements_however_long_it_is(
    count: int, shop: Caller, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        an_invoice(shop.client)
    with django_assert_max_num_queries(4):
        assert len(read(shop.get("/api/v1/documents/"))["results"]) == count


def test_an_order_s_operations_tell_what_can_be_issued(shop: Caller) -> None:
    caller = Caller(shop.client, ("orders:read", *SCOPES))
    order = a_placed_order(shop.client)
    told = {each["name"]: each for each in read(caller.get(f"/api/v1/orders/{order.pk}/operations/"))["operations"]}
    assert told["issue_invoice"]["allowed"]
    assert told["issue_credit_note"]["reason"] == "Nothing of the order is credited."


def test_clients_of_other_kinds_have_no_scope_for_it() -> None:
    carrier: Client = a_client("Carrier", kind="carrier")
    problem(Caller(carrier, ()).get("/api/v1/documents/"), 403, "scope_missing")
