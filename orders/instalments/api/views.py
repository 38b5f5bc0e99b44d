"""An order's instalments."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from core.api.replies import Reply
from orders.finding import find_order, require_order
from orders.instalments import actions
from orders.instalments.actions import Agreed
from orders.instalments.api import serializers
from orders.instalments.api.documents import instalments_by_order
from orders.routes import OrderView


class Instalments(OrderView):
    """When what is due of the order is to be paid. The ETag is the order's."""

    scopes = {"GET": "payments:read", "PUT": "orders:terms"}
    version_of = "version"
    bodies = {"PUT": serializers.NewInstalmentsSerializer}
    answers = {"GET": serializers.InstalmentsSerializer, "PUT": serializers.InstalmentsSerializer}

    def get(self, request: Request, order_id: uuid.UUID) -> HttpResponse:
        order = find_order(order_id, self.owner)
        return Reply.ok(_shown(order_id), version=order.version).response()

    def put(self, request: Request, order_id: uuid.UUID) -> HttpResponse:
        """Replaces all that was agreed, for what is due now."""
        require_order(order_id, self.owner)
        order = actions.agree_instalments(
            order_id,
            instalments=[Agreed(**each) for each in self.body()["instalments"]],
            actor=self.actor,
            expected_version=self.expected_version(),
        )
        return Reply.ok(_shown(order_id), version=order.version).response()


def _shown(order_id: uuid.UUID) -> dict[str, Any]:
    return {"instalments": instalments_by_order([order_id]).get(order_id, [])}
