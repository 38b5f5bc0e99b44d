"""An order's holds."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from core.api.replies import Reply
from orders import actions
from orders.api import serializers
from orders.api.documents import hold_document
from orders.queries import holds_of, require_order
from orders.routes import READ, WRITE, ActionOnOrder, ListOfOrder


class Holds(ListOfOrder, ActionOnOrder):
    scopes = {"GET": READ, "POST": WRITE}
    bodies = {"POST": serializers.NewHoldSerializer}
    answers = {"GET": serializers.HoldSerializer, "POST": (201, serializers.HoldSerializer)}
    orderings = {"-placed_at": ("-placed_at", "-id"), "placed_at": ("placed_at", "id")}
    run = staticmethod(actions.place_hold)

    def rows(self) -> QuerySet[Any, Any]:
        return holds_of(self.kwargs["order_id"])

    def present(self, rows: list[Any]) -> list[Any]:
        return [hold_document(hold) for hold in rows]

    def reply(self, result: Any, **path: uuid.UUID) -> Reply:
        location = reverse("order-holds", args=[path["order_id"]])
        return Reply.created(hold_document(result), location=location, version=result.order.version)


class LiftHold(ActionOnOrder):
    """Settles a hold, and answers with it."""

    answers = {"POST": serializers.HoldSerializer}

    def act(self, body: dict[str, Any], **path: uuid.UUID) -> Reply:
        require_order(path["order_id"], self.owner)
        hold = self.run_action(actions.lift_hold, path["order_id"], path["hold_id"])
        return Reply.ok(hold_document(hold), version=hold.order.version)
