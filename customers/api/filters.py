from __future__ import annotations

import django_filters
from django.db.models import QuerySet

from core.api.filters import StrictFilterSet
from customers.models import Customer
from customers.querysets import CustomerQuerySet


class CustomerFilters(StrictFilterSet):
    email = django_filters.CharFilter(method="with_email", help_text="The whole e-mail, in any letter case.")
    external_ref = django_filters.CharFilter()
    created_after = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
    created_before = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="lt")

    def with_email(self, rows: CustomerQuerySet, _: str, email: str) -> QuerySet[Customer]:
        return rows.with_email(email.strip())
