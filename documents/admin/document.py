"""The list of documents and the page of one, with its preview and its file."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from core.console import Button, ConsoleAdmin, Fact, Panel, Submission, badge, link_to, moment
from core.console.filters import ChoicesDropdownFilter, EnteredFilter, RelatedDropdownFilter
from core.console.navigation import Menu
from core.console.parts import known, page_of
from core.console.picking import PickAction, register_pick_action
from core.console.submissions import Done
from core.money import format_money
from documents.actions import issue_due, issue_invoice, issue_slip
from documents.admin.forms import IssueForm, SlipForm
from documents.authorities import ISSUE, SLIP, VIEW
from documents.einvoices.cii import e_invoice_of
from documents.errors import NoEInvoice, NothingCredited
from documents.models import Document, DocumentSeries
from documents.printing.files import e_invoice_response, pdf_response
from documents.printing.html import html_of
from documents.queries import to_print
from documents.statuses import DocumentKind
from orders.queries import order_ids_called

SALES = "Sales"


def _done(document: Document, said: str) -> Done:
    return Done(said, page_of("documents.document", document.pk))


def _issue(pressed: Submission) -> Done:
    order_id = pressed.data["order"]
    if pressed.data["kind"] == DocumentKind.INVOICE:
        invoice = issue_invoice(order_id, actor=pressed.actor)
        return _done(invoice, f"The order's invoice is {invoice}.")
    notes = issue_due(order_id, invoice=False, actor=pressed.actor)
    if not notes:
        raise NothingCredited(
            "Nothing was credited of the order since its last invoice that has no credit note.",
            unblock="Nothing to do.",
        )
    return _done(notes[-1], f"Issued: {', '.join(map(str, notes))}.")


def _slip(pressed: Submission) -> Done:
    shipment = pressed.data["shipment"]
    slip = issue_slip(shipment.order_id, kind=pressed.data["kind"], shipment_id=shipment.pk, actor=pressed.actor)
    return _done(slip, f"{slip.get_kind_display()} {slip} is issued.")


ISSUE_DOCUMENT = Button(
    "issue", "Issue", _issue, ISSUE, form=IssueForm, look="primary",
    help="An order has one invoice; it is issued by itself as the order is shipped, and credit notes as something of "
    "it is credited.",
)  # fmt: skip
ISSUE_A_SLIP = Button(
    "slip", "Issue slip", _slip, SLIP, form=SlipForm,
    help="Of the shipment as it is now: a new document with a new number each time.",
)  # fmt: skip


class DocumentsPage:
    """The addresses of a document's preview and files."""

    PREVIEW, PDF = "documents_document_preview", "documents_document_pdf"
    E_INVOICE = "documents_document_e_invoice"

    @classmethod
    def preview(cls, pk: object) -> str:
        return reverse(f"admin:{cls.PREVIEW}", args=[pk])

    @classmethod
    def pdf(cls, pk: object) -> str:
        return reverse(f"admin:{cls.PDF}", args=[pk])

    @classmethod
    def e_invoice(cls, pk: object) -> str:
        return reverse(f"admin:{cls.E_INVOICE}", args=[pk])


@admin.register(Document)
class DocumentAdmin(ConsoleAdmin):
    menu = Menu(SALES, 12, "description")
    list_display = ("printed", "what", "of", "client", "amount", "language", "issued")
    list_display_links = ("printed",)
    list_select_related = ("order", "client")
    list_defer = ("content",)
    list_filter = (
        ("kind", ChoicesDropdownFilter),
        ("client", RelatedDropdownFilter),
        EnteredFilter,
    )
    search_exact = ("printed",)
    search_help_text = "The document's number or the order's"
    list_buttons = (ISSUE_DOCUMENT, ISSUE_A_SLIP)

    def search(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        return super().search(queryset, term) | queryset.filter(order__in=order_ids_called(term))

    @admin.display(description="Number")
    def printed(self, document: Document) -> str:
        return document.printed

    @admin.display(description="Kind")
    def what(self, document: Document) -> SafeString:
        return badge(document.get_kind_display())

    @admin.display(description="Order")
    def of(self, document: Document) -> object:
        return link_to("orders.order", document.order_id, document.order)

    @admin.display(description="Total")
    def amount(self, document: Document) -> str:
        return total_of(document)

    @admin.display(description="Issued")
    def issued(self, document: Document) -> object:
        return moment(document.issued_at)

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("order", "client", "invoice", "shipment")

    def headline(self, obj: Document) -> str:
        return f"{obj.get_kind_display()} {obj}"

    def facts(self, obj: Document) -> Sequence[Fact]:
        shipment = link_to("shipping.shipment", obj.shipment_id, obj.shipment) if obj.shipment_id else ""
        corrects = link_to("documents.document", obj.invoice_id, obj.invoice) if obj.invoice_id else ""
        return known(
            [
                Fact("Order", self.of(obj)),
                Fact("Storefront", link_to("core.client", obj.client_id, obj.client)),
                Fact("Total", self.amount(obj)),
                Fact("Shipment", shipment),
                Fact("Corrects", corrects),
                Fact("Language", obj.language),
                Fact("Issued", moment(obj.issued_at)),
                Fact("By", obj.actor),
                Fact("No e-invoice", _why_no_e_invoice(obj) or ""),
            ]
        )

    def panels(self, request: HttpRequest, obj: Document) -> Sequence[Panel]:
        to = [("Preview", DocumentsPage.preview(obj.pk)), ("PDF", DocumentsPage.pdf(obj.pk))]
        if _why_no_e_invoice(obj) is None:
            to.append(("E-invoice", DocumentsPage.e_invoice(obj.pk)))
        rows = [(line.get("sku", ""), line["name"], line["quantity"] or "") for line in obj.content["lines"]]
        return [Panel("What it says", ("SKU", "Name", "Units"), rows, numeric={2}, empty="It has no lines.", to=to)]

    def get_urls(self) -> list[URLPattern]:
        preview = self.admin_site.admin_view(self.preview_view)
        pdf = self.admin_site.admin_view(self.pdf_view)
        e_invoice = self.admin_site.admin_view(self.e_invoice_view)
        return [
            path("<uuid:document_id>/e-invoice.xml", e_invoice, name=DocumentsPage.E_INVOICE),
            path("<uuid:document_id>/preview/", preview, name=DocumentsPage.PREVIEW),
            path("<uuid:document_id>/file.pdf", pdf, name=DocumentsPage.PDF),
            *super().get_urls(),
        ]

    def preview_view(self, request: HttpRequest, document_id: uuid.UUID) -> HttpResponse:
        return HttpResponse(html_of(self._document(request, document_id)))

    def pdf_view(self, request: HttpRequest, document_id: uuid.UUID) -> HttpResponse:
        document = self._document(request, document_id)
        return pdf_response([document], document.printed, shown=True)

    def e_invoice_view(self, request: HttpRequest, document_id: uuid.UUID) -> HttpResponse:
        """404 tells why there is none."""
        try:
            return e_invoice_response(self._document(request, document_id))
        except NoEInvoice as refusal:
            raise Http404(refusal.detail) from refusal

    def _document(self, request: HttpRequest, document_id: uuid.UUID) -> Document:
        if not self.has_view_permission(request):
            raise PermissionDenied
        document: Document | None = self.get_queryset(request).filter(pk=document_id).first()
        if document is None:
            raise Http404
        return document


@admin.register(DocumentSeries)
class DocumentSeriesAdmin(ConsoleAdmin):
    menu = Menu(SALES, 22, "format_list_numbered")
    list_display = ("name", "client", "last_number")
    list_select_related = ("client",)
    list_filter = (("kind", ChoicesDropdownFilter), ("client", RelatedDropdownFilter))
    ordering = ("-id",)

    @admin.display(description="Series")
    def name(self, series: DocumentSeries) -> str:
        return str(series)

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("client")

    def facts(self, obj: DocumentSeries) -> Sequence[Fact]:
        return [
            Fact("Storefront", link_to("core.client", obj.client_id, obj.client)),
            Fact("Documents", obj.last_number),
        ]


def total_of(document: Document) -> str:
    return format_money(document.total, document.currency) if document.is_of_money else ""


def _why_no_e_invoice(document: Document) -> str | None:
    """None where it has one, "" where its storefront wrote none as it was issued."""
    if "e_invoice" not in document.content:
        return ""
    try:
        e_invoice_of(document)
    except NoEInvoice as refusal:
        return f"{refusal.detail} {refusal.unblock}"
    return None


def _print(rows: QuerySet[Any]) -> HttpResponse:
    return pdf_response(to_print(rows.defer(None)), "documents", shown=True)


register_pick_action("documents.document", PickAction("print", "Print", VIEW, _print))
