"""An order's events."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from orders.api import serializers
from orders.api.documents import event_document
from orders.queries import events_of
from orders.routes import READ, ListOfOrder


class Events(ListOfOrder):
    """The order's timeline as CloudEvents; `sequence` is gap-free."""

    scopes = {"GET": READ}
    answers = {"GET": serializers.EventSerializer}
    orderings = {"sequence": ("version",), "-sequence": ("-version",)}

    def rows(self) -> QuerySet[Any, Any]:
        return events_of(self.kwargs["order_id"])

    def present(self, rows: list[Any]) -> list[Any]:
        return [event_document(event) for event in rows]
