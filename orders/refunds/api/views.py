"""An order's refunds."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from rest_framework.request import Request

from core.api.renderers import json_response
from core.api.replies import Reply
from orders.finding import find_order, require_order
from orders.refunds import actions
from orders.refunds.api import serializers
from orders.refunds.api.documents import preview_document, refund_document
from orders.refunds.crediting import Asked, UnitsAsked
from orders.refunds.models import Refund
from orders.refunds.queries import preview, refunds_of
from orders.routes import ActionOnOrder, ListOfOrder, OrderView

READ, WRITE = "payments:read", "payments:write"


class Refunds(ListOfOrder, ActionOnOrder):
    """What was asked to be credited and given back, newest first. A key has no limit, so that what it asks for is
    given back at once.
    """

    scopes = {"GET": READ, "POST": WRITE}
    bodies = {"POST": serializers.NewRefundSerializer}
    answers = {"GET": serializers.RefundSerializer, "POST": (201, serializers.RefundSerializer)}
    orderings = {"-created_at": ("-id",), "created_at": ("id",)}

    def rows(self) -> QuerySet[Any, Any]:
        return refunds_of(self.kwargs["order_id"])

    def present(self, rows: list[Any]) -> list[Any]:
        return [refund_document(refund) for refund in rows]

    def act(self, body: dict[str, Any], **path: uuid.UUID) -> Reply:
        require_order(path["order_id"], self.owner)
        told = {name: body[name] for name in ("reason", "to", "gift_card_id", "note") if name in body}
        refund = self.run_action(actions.refund_items, path["order_id"], asked=_asked(body), **told)
        location = reverse("order-refunds", args=[path["order_id"]])
        return Reply.created(refund_document(refund), location=location, version=refund.order.version)


class RefundPreview(OrderView):
    """What a refund would come to. Changes nothing, so that it needs no Idempotency-Key."""

    acts = False
    scopes = {"POST": READ}
    bodies = {"POST": serializers.AskedSerializer}
    answers = {"POST": serializers.RefundPreviewSerializer}

    def post(self, request: Request, **path: uuid.UUID) -> HttpResponse:
        order = find_order(path["order_id"], self.owner)
        return json_response(preview_document(preview(order, _asked(self.body())), order.currency))


class _Deciding(ActionOnOrder):
    """Answers with the refund."""

    scopes = {"POST": WRITE}
    answers = {"POST": serializers.RefundSerializer}

    def act(self, body: dict[str, Any], **path: uuid.UUID) -> Reply:
        require_order(path["order_id"], self.owner)
        refund: Refund = self.run_action(type(self).run, path["order_id"], path["refund_id"], **body)
        return Reply.ok(refund_document(refund), version=refund.order.version)


class ApproveRefund(_Deciding):
    """Credits and gives back what somebody else asked for."""

    run = staticmethod(actions.approve_refund)


class RejectRefund(_Deciding):
    """Gives nothing back."""

    bodies = {"POST": serializers.RejectRefundSerializer}
    run = staticmethod(actions.reject_refund)


def _asked(body: dict[str, Any]) -> Asked:
    lines = [UnitsAsked(**each) for each in body.get("lines", ())]
    figures = {name: body[name] for name in ("delivery", "goodwill", "everything", "amount") if name in body}
    return Asked(lines, **figures)
