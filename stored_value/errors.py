"""The errors that stored value's actions raise."""

from __future__ import annotations

from core.errors import DomainError


class StoredValueUnusable(DomainError):
    """It can't be spent now: disabled, expired, or of another currency."""

    code = "stored_value_unusable"
    title = "Stored value unusable"


class BalanceTooLow(DomainError):
    """There is less on it than was asked for."""

    code = "balance_too_low"
    title = "Balance too low"


class CreditDiffers(DomainError):
    """Another credit was entered under the same reference."""

    code = "credit_differs"
    title = "Credit differs"
