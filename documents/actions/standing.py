"""How an order's documents stand against what it charges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from books.queries import PostingKind
from documents.models import Document
from documents.queries import money_documents_of
from documents.statuses import DocumentKind


@dataclass(frozen=True)
class Standing:
    """Amounts are minor units. `documents` are invoices and credit notes, the first issued first.

    `due` are the credits to be noted, the first made first. `taken_back` is what was noted since the last invoice and
    charged again as the order was reopened: what is credited after that is not noted, as the next invoice leaves it
    out.
    """

    documents: Sequence[Document]
    owed: int
    due: Sequence[Any] = ()
    taken_back: int = 0

    @property
    def documented(self) -> int:
        return sum(each.total for each in self.documents)

    @property
    def invoice(self) -> Document | None:
        """The last one."""
        return next((each for each in reversed(self.documents) if each.kind == DocumentKind.INVOICE), None)

    @property
    def in_force(self) -> Document | None:
        """The invoice that stands: its credit notes don't come to all of it, and nothing noted is charged again."""
        return self.invoice if self.documented and not self.taken_back else None


def standing_of(order: Any) -> Standing:
    """Of an order under its lock."""
    found = Standing(money_documents_of(order.pk), order.charged - order.credited)
    if found.invoice is None or not found.documented:
        return found
    since = order.ledger.filter(kind=PostingKind.CREDITED, version__gt=found.invoice.version).order_by("version")
    entries = list(since.select_related("reversed_by", "credit_note", "reverses__credit_note"))
    credited = [each for each in entries if each.reverses is None]
    back = [each for each in entries if each.reverses is not None and _was_left_out(each.reverses, found.invoice)]
    until = min((each.version for each in back), default=None)
    due = [
        each
        for each in credited
        if not _has(each, "credit_note") and not _has(each, "reversed_by") and (until is None or each.version < until)
    ]
    return Standing(found.documents, found.owed, due, -sum(each.amount for each in back))


def _was_left_out(credit: Any, invoice: Document) -> bool:
    """Whether the documents say already that it was credited."""
    return credit.version < invoice.version or _has(credit, "credit_note")


def _has(entry: Any, other: str) -> bool:
    """Whether another row points at it, which Django tells by an error."""
    return hasattr(entry, other)
