"""Documents as JSON values."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from documents.models import Document

_PLAIN = (
    "id", "order_id", "kind", "year", "language", "currency", "total", "shipment_id", "refund_id", "invoice_id",
    "issued_at",
)  # fmt: skip


def listed_document(document: Document) -> dict[str, Any]:
    """`document` comes with its order."""
    return {
        **{name: getattr(document, name) for name in _PLAIN},
        "storefront_id": document.client_id,
        "order_number": document.order.display_number,
        "number": document.printed,
        "actor": asdict(document.actor),
    }


def whole_document(document: Document) -> dict[str, Any]:
    return {**listed_document(document), "content": document.content}
