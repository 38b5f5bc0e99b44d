"""The files of documents as answers over HTTP."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from documents.einvoices.cii import e_invoice_of
from documents.models import Document
from documents.printing.pdf import pdf_of


def pdf_response(documents: Iterable[Document], name: str, *, shown: bool = False) -> HttpResponse:
    """A file of this name, without its ending; `shown` in the browser instead of being saved."""
    return _file(pdf_of(documents), "application/pdf", f"{name}.pdf", shown=shown)


def e_invoice_response(document: Document) -> HttpResponse:
    """To be saved under the document's number. Raises NoEInvoice."""
    return _file(e_invoice_of(document), "application/xml", f"{document.printed}.xml", shown=False)


def _file(content: bytes, media_type: str, name: str, *, shown: bool) -> HttpResponse:
    found = content_disposition_header(not shown, name.replace("/", "-"))
    headers = {"Content-Disposition": str(found), "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=media_type, headers=headers)
