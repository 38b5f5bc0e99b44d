"""What the API, the console and other apps may read of documents."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet

from core.errors import NotFound
from documents.errors import TooManyToPrint
from documents.models import Document
from documents.statuses import OF_MONEY

MOST_PRINTED = 200
"""Documents that one file holds."""


def visible_documents(owner: uuid.UUID | None) -> QuerySet[Document]:
    """Those of orders that are not deleted: one storefront's, or everybody's for None."""
    documents = Document.objects.filter(order__deleted_at=None).select_related("order")
    return documents if owner is None else documents.filter(client_id=owner)


def find_document(document_id: uuid.UUID, owner: uuid.UUID | None) -> Document:
    """Raises NotFound alike for a missing and another storefront's."""
    document = visible_documents(owner).filter(pk=document_id).first()
    if document is None:
        raise NotFound("There is no such document.")
    return document


def documents_of(order_id: uuid.UUID) -> QuerySet[Document]:
    """Those of one order, newest first."""
    return Document.objects.filter(order_id=order_id)


def money_documents_of(order_id: uuid.UUID) -> list[Document]:
    """Its invoices and credit notes, the first issued first."""
    return list(documents_of(order_id).filter(kind__in=OF_MONEY).order_by("version"))


def to_print(rows: QuerySet[Any]) -> list[Document]:
    """The documents, the first issued first. Raises TooManyToPrint beyond MOST_PRINTED."""
    found = list(rows.order_by("id")[: MOST_PRINTED + 1])
    if len(found) > MOST_PRINTED:
        raise TooManyToPrint(
            f"One file holds {MOST_PRINTED} documents, and these are more.", unblock="Choose fewer of them."
        )
    return found
