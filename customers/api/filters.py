from __future__ import annotations

from django.db.models import QuerySet

from core.api.filters import AnyCaseFilter, IdFilter, StrictFilterSet, TextFilter, TimestampFilter
from customers.models import Customer
from customers.querysets import CustomerQuerySet


class CustomerFilters(StrictFilterSet):
    email = TextFilter(method="with_email", help_text="The whole e-mail, in any letter case.")
    external_ref = TextFilter()
    group_id = IdFilter(field_name="memberships__group_id", help_text="Those in that customer group.")
    created_after = TimestampFilter(field_name="created_at", lookup_expr="gte")
    created_before = TimestampFilter(field_name="created_at", lookup_expr="lt")

    def with_email(self, rows: CustomerQuerySet, _: str, email: str) -> QuerySet[Customer]:
        return rows.with_email(email)


class CustomerGroupFilters(StrictFilterSet):
    code = AnyCaseFilter(help_text="The whole code, in any letter case.")
