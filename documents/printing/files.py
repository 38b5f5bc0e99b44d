"""The PDF of documents as an answer over HTTP."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from documents.models import Document
from documents.printing.pdf import pdf_of


def pdf_response(documents: Iterable[Document], name: str, *, shown: bool = False) -> HttpResponse:
    """A file of this name, without its ending; `shown` in the browser instead of being saved."""
    found = content_disposition_header(not shown, f"{name.replace('/', '-')}.pdf")
    headers = {"Content-Disposition": str(found), "X-Content-Type-Options": "nosniff"}
    return HttpResponse(pdf_of(documents), content_type="application/pdf", headers=headers)
