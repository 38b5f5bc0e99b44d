"""Documents over HTTP. A storefront sees those of its own orders; warehouses and the back office see all."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

import orders.queries
from core.api.renderers import json_response
from core.api.replies import Reply
from core.api.views import ActionView, ApiView, ListView
from core.errors import InvalidInput
from core.models import ClientKind
from documents.actions import issue_credit_note, issue_invoice, issue_slip
from documents.api import serializers
from documents.api.documents import listed_document, whole_document
from documents.api.filters import DocumentFilters, DocumentOfOrderFilters
from documents.models import Document
from documents.printing.files import e_invoice_response, pdf_response
from documents.queries import find_document, visible_documents
from documents.statuses import SLIPS, DocumentKind

READ, WRITE = "documents:read", "documents:write"


class PdfRenderer(BaseRenderer):
    """Names the media type of what a view answers by itself."""

    media_type = "application/pdf"
    format = "pdf"
    charset = None


class XmlRenderer(BaseRenderer):
    """Likewise."""

    media_type = "application/xml"
    format = "xml"
    charset = None


class DocumentView(ApiView):
    """A route that may be about one document: the path names it as `document_id`."""

    @property
    def owner(self) -> uuid.UUID | None:
        """The storefront whose documents the caller sees; None for the kinds of client that work for all of them."""
        client = self.caller.client
        return client.pk if client.kind == ClientKind.STOREFRONT else None

    def target(self) -> QuerySet[Any, Any] | None:
        document_id = self.kwargs.get("document_id")
        return None if document_id is None else visible_documents(self.owner).filter(pk=document_id)


class Documents(ListView, DocumentView):
    """What was issued, newest first; without `content`."""

    scopes = {"GET": READ}
    answers = {"GET": serializers.ListedDocumentSerializer}
    filterset = DocumentFilters
    orderings = {"-issued_at": ("-id",), "issued_at": ("id",)}

    def rows(self) -> QuerySet[Document]:
        return visible_documents(self.owner).defer("content")

    def present(self, rows: list[Document]) -> list[Any]:
        return [listed_document(document) for document in rows]


class OneDocument(DocumentView):
    """It never changes."""

    scopes = {"GET": READ}
    answers = {"GET": serializers.DocumentSerializer}

    def get(self, request: Request, document_id: uuid.UUID) -> HttpResponse:
        return json_response(whole_document(find_document(document_id, self.owner)))


class DocumentPdf(DocumentView):
    """The file, the same bytes each time."""

    scopes = {"GET": READ}
    answers = {"GET": OpenApiTypes.BINARY}
    renderer_classes = (PdfRenderer,)

    def get(self, request: Request, document_id: uuid.UUID) -> HttpResponse:
        document = find_document(document_id, self.owner)
        return pdf_response([document], document.printed)


class DocumentEInvoice(DocumentView):
    """The e-invoice alone, as it is in the PDF: EN 16931 in the syntax CII. 404 says what it lacks where there is none;
    what a storefront's settings lacked as it was issued stays lacking.
    """

    scopes = {"GET": READ}
    answers = {"GET": OpenApiTypes.BINARY}
    renderer_classes = (XmlRenderer,)

    def get(self, request: Request, document_id: uuid.UUID) -> HttpResponse:
        return e_invoice_response(find_document(document_id, self.owner))


class DocumentsOfOrder(ListView, ActionView, DocumentView):
    """GET lists them; POST issues one. An invoice, and a credit note of the same credit, is issued once: asked for
    again, the one that there is is the answer. Its ETag and If-Match are the order's.
    """

    scopes = {"GET": READ, "POST": WRITE}
    version_of = "version"
    bodies = {"POST": serializers.NewDocumentSerializer}
    answers = {"GET": serializers.ListedDocumentSerializer, "POST": (201, serializers.DocumentSerializer)}
    filterset = DocumentOfOrderFilters
    orderings = {"-issued_at": ("-id",), "issued_at": ("id",)}

    def target(self) -> QuerySet[Any, Any]:
        return orders.queries.visible_orders(self.owner).filter(pk=self.kwargs["order_id"])

    def get(self, request: Request, **path: Any) -> HttpResponse:
        orders.queries.require_order(path["order_id"], self.owner)
        return super().get(request, **path)

    def rows(self) -> QuerySet[Document]:
        return visible_documents(self.owner).filter(order_id=self.kwargs["order_id"]).defer("content")

    def present(self, rows: list[Document]) -> list[Any]:
        return [listed_document(document) for document in rows]

    def act(self, body: dict[str, Any], **path: uuid.UUID) -> Reply:
        _require_fitting(body)
        orders.queries.require_order(path["order_id"], self.owner)
        issued = self._issue(path["order_id"], body)
        document = find_document(issued.pk, self.owner)
        location = reverse("document", args=[document.pk])
        return Reply.created(whole_document(document), location=location, version=document.order.version)

    def _issue(self, order_id: uuid.UUID, body: dict[str, Any]) -> Document:
        kind, actor, expected = body["kind"], self.actor, self.expected_version()
        if kind == DocumentKind.INVOICE:
            return issue_invoice(order_id, actor=actor, expected_version=expected)
        if kind == DocumentKind.CREDIT_NOTE:
            refund_id = body.get("refund_id")
            return issue_credit_note(order_id, refund_id=refund_id, actor=actor, expected_version=expected)
        shipment_id = body["shipment_id"]
        return issue_slip(order_id, kind=kind, shipment_id=shipment_id, actor=actor, expected_version=expected)


def _require_fitting(body: dict[str, Any]) -> None:
    """Raises InvalidInput for a reference that the kind lacks, or has no use for."""
    kind = body["kind"]
    if kind in SLIPS and "shipment_id" not in body:
        raise InvalidInput.at("/shipment_id", "required", "A slip goes with a shipment: say which.")
    if kind not in SLIPS and "shipment_id" in body:
        raise InvalidInput.at("/shipment_id", "not_of_this_kind", "Only a slip goes with a shipment.")
    if kind != DocumentKind.CREDIT_NOTE and "refund_id" in body:
        raise InvalidInput.at("/refund_id", "not_of_this_kind", "Only a credit note is of a refund.")
