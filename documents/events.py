"""What happened to documents. The subject is their order, so that all of it is one timeline."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import ClassVar

from core.events import DomainEvent


@dataclass(frozen=True, kw_only=True)
class DocumentIssued(DomainEvent):
    """`number` is as it is printed; `amount` is its total in minor units of the order's currency,
    negative of a credit note; "total" of an event is that of the order.
    """

    type: ClassVar[str] = "document.issued"
    document_id: uuid.UUID
    kind: str
    number: str
    amount: int
