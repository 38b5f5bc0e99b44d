"""An order's events."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from core.log.api.streams import LogStreamView
from core.log.api.views import patterns_of
from orders.api import serializers
from orders.api.documents import event_document
from orders.finding import require_order
from orders.models import Order
from orders.queries import events_of
from orders.routes import READ, ListOfOrder, OrderView


class Events(ListOfOrder):
    """The order's timeline as CloudEvents; `sequence` is gap-free."""

    scopes = {"GET": READ}
    answers = {"GET": serializers.EventSerializer}
    orderings = {"sequence": ("version",), "-sequence": ("-version",)}

    def rows(self) -> QuerySet[Any, Any]:
        return events_of(self.kwargs["order_id"])

    def present(self, rows: list[Any]) -> list[Any]:
        return [event_document(event) for event in rows]


class Stream(LogStreamView, OrderView):
    """The order's events after a position of the log, and then each as it is recorded."""

    scopes = {"GET": READ}

    def get(self, request: Request, order_id: uuid.UUID) -> HttpResponse:
        require_order(order_id, self.owner)
        return self.follow(patterns_of(request), (Order.subject_type, order_id))

    def head(self, request: Request, **_: Any) -> HttpResponse:
        require_order(self.kwargs["order_id"], self.owner)
        return super().head(request)
