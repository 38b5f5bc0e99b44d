"""What the console's pages of orders share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core.console import ConsoleAdmin, link_to

SALES = "Sales"
"""The group of the menu."""

COUNTERS = ("cancelled", "reserved", "backordered", "shipped", "delivered", "undelivered", "returned")


class PartAdmin(ConsoleAdmin):
    """Something that belongs to one order."""

    list_select_related: Sequence[str] = ("order",)
    search_exact: Sequence[str] = ("order__number", "order__id")
    search_help_text = "The order's number"
    ordering = ("-id",)

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("order")

    @admin.display(description="Order")
    def of(self, part: Any) -> object:
        return link_to("orders.order", part.order_id, part.order)
