from __future__ import annotations

import django_filters

from core.api.filters import StrictFilterSet
from shipping.statuses import ShipmentStatus


class ShipmentFilters(StrictFilterSet):
    status = django_filters.ChoiceFilter(choices=ShipmentStatus.choices)
    order_id = django_filters.UUIDFilter()
    location_id = django_filters.UUIDFilter()
    tracking_number = django_filters.CharFilter()
