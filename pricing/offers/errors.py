"""The errors that actions of offers raise."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Literal

from core.errors import DomainError

Reached = Literal["offer", "code", "customer"]
"""Whose limit it is."""

_WHOSE = {
    "offer": "The offer {} has been used as often as it may be.",
    "code": "The code of the offer {} has been used as often as it may be.",
    "customer": "The customer has used the offer {} as often as each may.",
}


class OfferUsedUp(DomainError):
    """Others took the last use after the basket was calculated; `offer_id` and `limit_of` say which."""

    code = "offer_used_up"
    title = "Offer used up"

    def __init__(self, *, offer_id: uuid.UUID, label: str, limit_of: Reached) -> None:
        super().__init__(
            _WHOSE[limit_of].format(label),
            unblock="Calculate the prices again: they come without it.",
            offer_id=str(offer_id),
            limit_of=limit_of,
        )
        self.offer_id = offer_id
        self.limit_of = limit_of


class OfferExists(DomainError):
    """The storefront has an offer with this code of its own, in any letter case."""

    code = "offer_exists"
    title = "Offer exists"

    def __init__(self, code: str, offer_id: uuid.UUID) -> None:
        super().__init__(
            f"There is an offer {code} already.",
            unblock="Use another code, or change the offer that exists.",
            offer_id=str(offer_id),
        )


class OfferCodeTaken(DomainError):
    """`taken`: codes that shoppers of the storefront can type already."""

    code = "offer_code_taken"
    title = "Offer code taken"

    def __init__(self, taken: Collection[str]) -> None:
        super().__init__(
            f"There are such codes already: {', '.join(sorted(taken))}.",
            unblock="Use other codes; letter case makes no difference.",
            taken=sorted(taken),
        )


class OfferLimitTooLow(DomainError):
    code = "offer_limit_too_low"
    title = "Offer limit too low"

    def __init__(self, *, limit: int, used: int) -> None:
        super().__init__(
            f"It is used {used} times already, which is more than {limit}.",
            unblock=f"Give a limit of {used} or more, or end it.",
            used=used,
        )
