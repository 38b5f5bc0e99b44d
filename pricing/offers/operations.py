"""What can be done to an offer."""

from __future__ import annotations

from django.utils import timezone

from core.operations import Operation, Route, declare_operations
from core.transitions import Blocker, already
from pricing.offers import authorities
from pricing.offers.models import Offer


def has_not_ended(offer: Offer) -> Blocker | None:
    """The offer has not ended."""
    if offer.ends_at is None or offer.ends_at > timezone.now():
        return None
    return already(f"The offer ended already ({offer.ends_at:%Y-%m-%d %H:%M} UTC).")


def takes_codes(offer: Offer) -> Blocker | None:
    """The offer is asked for by code."""
    if not offer.automatic:
        return None
    return Blocker("The offer is automatic: it has no codes.", "Nothing: make another offer that is asked for by code.")


EDIT = Operation("edit", "Edit", authorities.EDIT, route=Route("PATCH", "offer"))
END = Operation("end", "End now", authorities.EDIT, checks=(has_not_ended,), route=Route("POST", "offer-end"))
ADD_CODES = Operation(
    "add_codes", "Add codes", authorities.EDIT, checks=(takes_codes,), route=Route("POST", "offer-codes")
)
GENERATE_CODES = Operation(
    "generate_codes",
    "Generate codes",
    authorities.EDIT,
    checks=(takes_codes,),
    route=Route("POST", "offer-codes-generate"),
)
EDIT_CODE = Operation(
    "edit_code", "Edit code", authorities.EDIT, checks=(takes_codes,), route=Route("PATCH", "offer-code", ("code_id",))
)

declare_operations(Offer, EDIT, END, ADD_CODES, GENERATE_CODES, EDIT_CODE)
