"""The errors of what orders cost."""

from __future__ import annotations

from core.errors import DomainError


class QuoteChanged(DomainError):
    """What was quoted is not what the order would cost now."""

    code = "quote_changed"
    title = "The quote is out of date"
