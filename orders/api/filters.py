"""What lists of orders can be narrowed by."""

from __future__ import annotations

import datetime as dt

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from core.api.filters import (
    AnyOfFilter,
    BooleanFilter,
    DayFilter,
    IdFilter,
    StrictFilterSet,
    TextFilter,
    TimestampFilter,
    WholeNumberFilter,
)
from core.folding import same_in_any_case
from inventory.queries import spelling_of
from orders.models import Hold, Order, OrderLine
from orders.querysets import called
from orders.statuses import FulfilmentStatus, OrderStatus, PaymentStatus, ReturnStatus

Orders = QuerySet[Order]


class OrderFilters(StrictFilterSet):
    status = AnyOfFilter(choices=OrderStatus.choices)
    payment_status = AnyOfFilter(choices=PaymentStatus.choices)
    fulfilment_status = AnyOfFilter(choices=FulfilmentStatus.choices)
    return_status = AnyOfFilter(choices=ReturnStatus.choices)
    created_after = TimestampFilter(field_name="created_at", lookup_expr="gte")
    created_before = TimestampFilter(field_name="created_at", lookup_expr="lt")
    customer_id = IdFilter()
    email = TextFilter(method="by_email", help_text="Exact, whatever its letter case.")
    sku = TextFilter(method="by_sku")
    number = WholeNumberFilter(range(1, 2**63))
    external_ref = TextFilter(field_name="external_ref")
    tag = TextFilter(method="by_tag")
    on_hold = BooleanFilter(method="by_hold")
    waiting = BooleanFilter(method="by_waiting", help_text="Whether units wait for stock.")
    promised_before = DayFilter(
        method="by_promise", help_text="Units wait that were promised for a day before this one."
    )
    search = TextFilter(
        method="by_anything",
        help_text="An order number, with or without its prefix, external reference, e-mail address or SKU, exactly.",
    )

    class Meta:
        model = Order
        fields: list[str] = []

    def by_email(self, orders: Orders, _name: str, value: str) -> Orders:
        return orders.filter(same_in_any_case("email", value))

    def by_sku(self, orders: Orders, _name: str, value: str) -> Orders:
        return orders.filter(Exists(OrderLine.objects.filter(order=OuterRef("pk"), sku=spelling_of(value))))

    def by_tag(self, orders: Orders, _name: str, value: str) -> Orders:
        return orders.filter(tags__contains=[value])

    def by_hold(self, orders: Orders, _name: str, value: bool) -> Orders:
        held = Exists(Hold.objects.in_force(timezone.now()).filter(order=OuterRef("pk")))
        return orders.filter(held) if value else orders.exclude(held)

    def by_waiting(self, orders: Orders, _name: str, value: bool) -> Orders:
        waiting = Q(pk__in=OrderLine.objects.backordered().order_by().values("order_id"))
        return orders.filter(waiting) if value else orders.exclude(waiting)

    def by_promise(self, orders: Orders, _name: str, value: dt.date) -> Orders:
        late = OrderLine.objects.backordered().filter(promised_on__lt=value)
        return orders.filter(pk__in=late.order_by().values("order_id"))

    def by_anything(self, orders: Orders, _name: str, value: str) -> Orders:
        return orders.filter(_matches(value.removeprefix("#")))


def _matches(text: str) -> Q:
    found = Q(external_ref=text) | Q(same_in_any_case("email", text))
    found |= Q(Exists(OrderLine.objects.filter(order=OuterRef("pk"), sku=spelling_of(text))))
    return found | called(text)
