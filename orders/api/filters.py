"""What lists of orders can be narrowed by."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone

from core.api.filters import BooleanFilter, StrictFilterSet
from orders.models import Hold, Order, OrderLine
from orders.statuses import FulfilmentStatus, OrderStatus, PaymentStatus, ReturnStatus

Orders = QuerySet[Order]


class _OneOf(django_filters.MultipleChoiceFilter):  # type: ignore[misc]
    """Any of the named values of the order's own column, so no row can come twice and nothing needs DISTINCT."""

    def __init__(self, **options: Any) -> None:
        super().__init__(distinct=False, **options)


class OrderFilters(StrictFilterSet):
    status = _OneOf(choices=OrderStatus.choices)
    payment_status = _OneOf(choices=PaymentStatus.choices)
    fulfilment_status = _OneOf(choices=FulfilmentStatus.choices)
    return_status = _OneOf(choices=ReturnStatus.choices)
    created_after = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
    created_before = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="lt")
    customer_id = django_filters.UUIDFilter()
    email = django_filters.CharFilter(method="by_email", help_text="Exact, whatever its letter case.")
    sku = django_filters.CharFilter(method="by_sku")
    number = django_filters.NumberFilter(field_name="number", min_value=1, max_value=2**63 - 1)
    external_ref = django_filters.CharFilter(field_name="external_ref")
    tag = django_filters.CharFilter(method="by_tag")
    on_hold = BooleanFilter(method="by_hold")
    search = django_filters.CharFilter(
        method="by_anything", help_text="An order number, external reference, e-mail address or SKU, exactly."
    )

    class Meta:
        model = Order
        fields: list[str] = []

    def by_email(self, orders: Orders, _name: str, value: str) -> Orders:
        return orders.annotate(email_lower=Lower("email")).filter(email_lower=value.lower())

    def by_sku(self, orders: Orders, _name: str, value: str) -> Orders:
        return orders.filter(Exists(OrderLine.objects.filter(order=OuterRef("pk"), sku=value)))

    def by_tag(self, orders: Orders, _name: str, value: str) -> Orders:
        return orders.filter(tags__contains=[value])

    def by_hold(self, orders: Orders, _name: str, value: bool) -> Orders:
        held = Exists(Hold.objects.in_force(timezone.now()).filter(order=OuterRef("pk")))
        return orders.filter(held) if value else orders.exclude(held)

    def by_anything(self, orders: Orders, _name: str, value: str) -> Orders:
        return orders.annotate(email_lower=Lower("email")).filter(_matches(value.strip().removeprefix("#")))


def _matches(text: str) -> Q:
    found = Q(external_ref=text) | Q(email_lower=text.lower())
    found |= Q(Exists(OrderLine.objects.filter(order=OuterRef("pk"), sku=text)))
    if text.isascii() and text.isdigit() and len(text) <= 18:
        found |= Q(number=int(text))
    return found
