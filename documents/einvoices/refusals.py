"""Why a document has no e-invoice, and what makes later ones have one."""

from __future__ import annotations

from documents.errors import NoEInvoice

_AS_IT_IS = "Use the PDF as it is: what was issued stays as it was issued."
_SETTINGS = "Change the storefront's settings: what is issued from then on has one."


def refused(why: str) -> NoEInvoice:
    """Of a document that can't be told so."""
    return NoEInvoice(why, unblock=_AS_IT_IS)


def not_set(why: str) -> NoEInvoice:
    """Of a document whose storefront didn't say enough of itself as it was issued."""
    return NoEInvoice(why, unblock=_SETTINGS)
