"""What documents add to the pages of orders and shipments, and to the list of orders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from core.console import Panel, link_to, moment
from core.console.panels import register_panel
from core.console.parts import form_of
from core.console.picking import PickAction, register_pick_action
from core.errors import NotFound
from documents.admin.document import total_of
from documents.authorities import ISSUE, SLIP, VIEW
from documents.models import Document
from documents.printing.files import pdf_response
from documents.queries import documents_of, to_print
from documents.statuses import SLIPS, DocumentKind


def _rows(documents: QuerySet[Document]) -> list[Sequence[object]]:
    return [
        (
            link_to("documents.document", each.pk, each.printed), each.get_kind_display(), total_of(each),
            moment(each.issued_at), each.actor,
        )
        for each in documents.defer("content")
    ]  # fmt: skip


_HEADERS = ("Number", "Kind", "Total", "Issued", "By")


def documents_panel(request: HttpRequest, order: Any) -> Sequence[Panel]:
    """An order's documents, on its page."""
    if not VIEW.held_by(request.user):
        return ()
    to = []
    if order.placed_at is not None and ISSUE.held_by(request.user):
        number = order.display_number
        to = [
            ("Issue invoice", form_of("documents.document", "issue", order=number, kind=DocumentKind.INVOICE.value)),
            (
                "Issue credit notes",
                form_of("documents.document", "issue", order=number, kind=DocumentKind.CREDIT_NOTE.value),
            ),
        ]
    empty = "None yet: its invoice is issued as it is shipped."
    return [Panel("Documents", _HEADERS, _rows(documents_of(order.pk)), numeric={2}, empty=empty, to=to)]


def slips_panel(request: HttpRequest, shipment: Any) -> Sequence[Panel]:
    """A shipment's slips, on its page."""
    if not VIEW.held_by(request.user):
        return ()
    to = []
    if SLIP.held_by(request.user):
        called = f"{shipment.order.display_number}/{shipment.sequence}"
        to = [(kind.label, form_of("documents.document", "slip", shipment=called, kind=kind.value)) for kind in SLIPS]
    rows = _rows(Document.objects.filter(shipment_id=shipment.pk))
    return [Panel("Slips", _HEADERS, rows, numeric={2}, empty="None was issued.", to=to)]


def _print(orders: QuerySet[Any]) -> HttpResponse:
    """All documents of the picked orders."""
    documents = to_print(Document.objects.filter(order__in=orders.order_by().values("pk")))
    if not documents:
        raise NotFound("The picked orders have no documents.")
    return pdf_response(documents, "documents", shown=True)


register_panel("orders.order", documents_panel)
register_panel("shipping.shipment", slips_panel)
register_pick_action("orders.order", PickAction("print", "Print documents", VIEW, _print))
