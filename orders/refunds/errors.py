"""The errors that refunds' actions raise."""

from __future__ import annotations

from core.errors import DomainError


class CreditTooLarge(DomainError):
    """More units or more money than are left to credit."""

    code = "credit_too_large"
    title = "Credit too large"


class NothingToRefund(DomainError):
    """What is asked for credits nothing, and nothing is overpaid."""

    code = "nothing_to_refund"
    title = "Nothing to refund"


class SecondPersonNeeded(DomainError):
    """Who asked for a refund above their limit doesn't approve it."""

    code = "second_person_needed"
    title = "Second person needed"
