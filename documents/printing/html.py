"""A document as a web page, for a look at it."""

from __future__ import annotations

from django.template.loader import render_to_string

from documents.models import Document
from documents.printing.page import page_of


def html_of(document: Document) -> str:
    return render_to_string("documents/document.html", {"page": page_of(document)})
