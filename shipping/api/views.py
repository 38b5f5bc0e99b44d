"""Shipments over HTTP. A storefront sees those of its own orders; carriers, warehouses and the back office see all."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from rest_framework.request import Request

import orders.queries
from core.api.operations import OperationsView
from core.api.replies import Reply
from core.api.views import ActionView, ApiView, ListView
from core.models import ClientKind
from core.operations import done_already, require
from shipping import actions
from shipping.api import serializers
from shipping.api.documents import shipment_document
from shipping.api.filters import ShipmentFilters
from shipping.models import Shipment
from shipping.operations import OPEN_SHIPMENTS
from shipping.queries import find_shipment, require_shipment, shipments_of, visible_shipments
from shipping.statuses import NOT_DISPATCHED

READ, WRITE = "shipments:read", "shipments:write"


class ShipmentView(ApiView):
    """A route that may be about one shipment: the path names it as `shipment_id`."""

    @property
    def owner(self) -> uuid.UUID | None:
        """The storefront whose shipments the caller sees; None for the kinds of client that work for all of them."""
        client = self.caller.client
        return client.pk if client.kind == ClientKind.STOREFRONT else None

    def target(self) -> QuerySet[Any, Any] | None:
        shipment_id = self.kwargs.get("shipment_id")
        return None if shipment_id is None else visible_shipments(self.owner).filter(pk=shipment_id)


class Shipments(ListView, ShipmentView):
    scopes = {"GET": READ}
    answers = {"GET": serializers.ShipmentSerializer}
    filterset = ShipmentFilters
    orderings = {"-created_at": ("-id",), "created_at": ("id",)}

    def rows(self) -> QuerySet[Shipment]:
        return visible_shipments(self.owner).with_contents()

    def present(self, rows: list[Shipment]) -> list[Any]:
        return [shipment_document(shipment) for shipment in rows]


class OneShipment(ShipmentView):
    scopes = {"GET": READ, "PATCH": WRITE}
    version_of = "version"
    bodies = {"PATCH": serializers.ShipmentChangesSerializer}
    answers = {"GET": serializers.ShipmentSerializer, "PATCH": serializers.ShipmentSerializer}

    def get(self, request: Request, shipment_id: uuid.UUID) -> HttpResponse:
        shipment = find_shipment(shipment_id, self.owner)
        return self.versioned(shipment_document(shipment), shipment.version)

    def patch(self, request: Request, shipment_id: uuid.UUID) -> HttpResponse:
        changes, expected = self.body(), self.expected_version()
        require_shipment(shipment_id, self.owner)
        actions.update_shipment(shipment_id, actor=self.actor, expected_version=expected, **changes)
        return _reply(shipment_id).response()


class Operations(OperationsView, ShipmentView):
    scopes = {"GET": READ}

    def row(self) -> Shipment:
        return find_shipment(self.kwargs["shipment_id"], self.owner)


class ShipmentAction(ActionView, ShipmentView):
    """POST runs one action on the shipment; the body's fields are its arguments. If-Match is honoured when sent."""

    scopes = {"POST": WRITE}
    answers = {"POST": serializers.ShipmentSerializer}
    version_of = "version"
    run: ClassVar[Callable[..., Shipment]]

    def act(self, body: dict[str, Any], **path: uuid.UUID) -> Reply:
        require_shipment(path["shipment_id"], self.owner)
        shipment = self.run_action(path["shipment_id"], body)
        return _reply(shipment.pk)

    def run_action(self, shipment_id: uuid.UUID, arguments: dict[str, Any]) -> Shipment:
        run = type(self).run
        return run(shipment_id, actor=self.actor, expected_version=self.expected_version(), **arguments)


class Split(ShipmentAction):
    """Answers with the new shipment."""

    bodies = {"POST": serializers.SplitShipmentSerializer}
    answers = {"POST": (201, serializers.ShipmentSerializer)}
    run = staticmethod(actions.split_shipment)

    def act(self, body: dict[str, Any], **path: uuid.UUID) -> Reply:
        require_shipment(path["shipment_id"], self.owner)
        units = {each["line_id"]: each["quantity"] for each in body["lines"]}
        part = self.run_action(path["shipment_id"], {"units": units})
        location = reverse("shipment", args=[part.pk])
        return Reply.created(shipment_document(find_shipment(part.pk)), location=location, version=part.version)


class ShipmentsOfOrder(ListView, ActionView, ShipmentView):
    """GET lists them; POST opens shipments for the units that are in none, and answers with the new ones.

    When every unit is in one, it answers with those that wait. Its ETag and If-Match are the order's.
    """

    scopes = {"GET": READ, "POST": WRITE}
    version_of = "version"
    answers = {"GET": serializers.ShipmentSerializer, "POST": (201, serializers.OpenedShipmentsSerializer)}
    orderings = {"sequence": ("sequence",), "-sequence": ("-sequence",)}

    def target(self) -> QuerySet[Any, Any]:
        return orders.queries.visible_orders(self.owner).filter(pk=self.kwargs["order_id"])

    def get(self, request: Request, **path: Any) -> HttpResponse:
        orders.queries.require_order(path["order_id"], self.owner)
        return super().get(request, **path)

    def rows(self) -> QuerySet[Shipment]:
        return Shipment.objects.filter(order_id=self.kwargs["order_id"]).with_contents()

    def present(self, rows: list[Shipment]) -> list[Any]:
        return [shipment_document(shipment) for shipment in rows]

    def act(self, body: dict[str, Any], **path: uuid.UUID) -> Reply:
        order_id = path["order_id"]
        orders.queries.require_order(order_id, self.owner)
        expected = self.expected_version()
        opened = {each.pk for each in actions.open_shipments(order_id, actor=self.actor, expected_version=expected)}
        order, shipments = orders.queries.order_for_shipping(order_id), shipments_of(order_id)
        if not opened and done_already(order, OPEN_SHIPMENTS):
            opened = {shipment.pk for shipment in shipments if shipment.status in NOT_DISPATCHED}
        elif not opened:
            require(order, OPEN_SHIPMENTS)
        results = [shipment_document(shipment) for shipment in shipments if shipment.pk in opened]
        location = reverse("order-shipments", args=[order_id])
        return Reply.created({"results": results}, location=location, version=order.version)


def _reply(shipment_id: uuid.UUID) -> Reply:
    shipment = find_shipment(shipment_id)
    return Reply.ok(shipment_document(shipment), version=shipment.version)
