"""What can be done to a gift card or store credit."""

from __future__ import annotations

from core.operations import Operation, Route, declare_operations
from stored_value import authorities, checks
from stored_value.models import StoredValue

ADJUST = Operation(
    "adjust",
    "Adjust",
    authorities.ADJUST,
    checks=(checks.not_expired,),
    route=Route("POST", "stored-value-adjust"),
)
DISABLE = Operation(
    "disable",
    "Disable",
    authorities.DISABLE,
    checks=(checks.not_disabled,),
    route=Route("POST", "stored-value-disable"),
)
ENABLE = Operation(
    "enable",
    "Enable",
    authorities.DISABLE,
    checks=(checks.is_disabled,),
    route=Route("POST", "stored-value-enable"),
)

declare_operations(StoredValue, ADJUST, DISABLE, ENABLE)
