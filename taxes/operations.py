"""What can be done to tax tables."""

from __future__ import annotations

from core.operations import Operation, Route, declare_operations
from core.transitions import Blocker
from taxes import authorities
from taxes.models import TaxClass, TaxCountry, TaxRate


def not_begun(rate: TaxRate) -> Blocker | None:
    """The rate has not begun."""
    if not rate.began:
        return None
    reason = f"It holds since {rate.valid_from:%Y-%m-%d}, and orders may have been taxed by it."
    return Blocker(reason, "End it, and create another one that begins then.", ("end",))


def not_over(rate: TaxRate) -> Blocker | None:
    """The rate has not ended, or only yesterday."""
    if not rate.is_over:
        return None
    return Blocker(f"It ended on {rate.valid_until:%Y-%m-%d}.", "Nothing: create another rate.", done=True)


EDIT_CLASS = Operation("edit", "Edit", authorities.EDIT, route=Route("PATCH", "tax-class"))
declare_operations(TaxClass, EDIT_CLASS)

EDIT_COUNTRY = Operation("edit", "Edit", authorities.EDIT, route=Route("PATCH", "tax-country"))
ADD_RATE = Operation("add_rate", "Add rate", authorities.EDIT, route=Route.on_list("POST", "tax-rates"))
declare_operations(TaxCountry, EDIT_COUNTRY, ADD_RATE)

END_RATE = Operation("end", "End", authorities.EDIT, checks=(not_over,), route=Route("POST", "tax-rate-end"))
EDIT_RATE = Operation("edit", "Edit", authorities.EDIT, checks=(not_begun,), route=Route("PATCH", "tax-rate"))
declare_operations(TaxRate, END_RATE, EDIT_RATE)
