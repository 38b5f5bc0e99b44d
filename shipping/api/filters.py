from __future__ import annotations

from core.api.filters import ChoiceFilter, IdFilter, StrictFilterSet, TextFilter
from shipping.statuses import ShipmentStatus


class ShipmentFilters(StrictFilterSet):
    status = ChoiceFilter(choices=ShipmentStatus.choices)
    order_id = IdFilter()
    location_id = IdFilter()
    tracking_number = TextFilter()
