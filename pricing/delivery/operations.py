"""What can be done to a delivery method."""

from __future__ import annotations

from core.operations import Operation, Route, declare_operations
from pricing.delivery import authorities
from pricing.delivery.models import DeliveryMethod

EDIT = Operation("edit", "Edit", authorities.EDIT, route=Route("PATCH", "delivery-method"))
SET_RATES = Operation("set_rates", "Set rates", authorities.EDIT, route=Route("PUT", "delivery-method-rates"))

declare_operations(DeliveryMethod, EDIT, SET_RATES)
