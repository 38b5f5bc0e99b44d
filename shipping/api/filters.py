from __future__ import annotations

import django_filters

from core.api.filters import StrictFilterSet
from shipping.statuses import ShipmentStatus


class ShipmentFilters(StrictFilterSet):
    status = django_filters.ChoiceFilter(choices=ShipmentStatus.choices)
    order = django_filters.UUIDFilter(field_name="order_id")
    location = django_filters.UUIDFilter(field_name="location_id")
    tracking_number = django_filters.CharFilter()
