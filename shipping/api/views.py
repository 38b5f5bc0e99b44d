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
from core.api.etags import expected_version
from core.api.renderers import json_response
from core.api.replies import Reply
from core.api.views import ActionView, ApiView, ListView
from core.errors import NotFound
from core.models import ClientKind
from shipping import actions
from shipping.api import serializers
from shipping.api.documents import document, moves
from shipping.api.filters import ShipmentFilters
from shipping.errors import NothingToShip
from shipping.models import Shipment
from shipping.queries import is_visible, shipment_of, shipments_of, transitions_of

READ, WRITE = "shipments:read", "shipments:write"


class ShipmentView(ApiView):
    """A route that may be about one shipment: the path names it as `shipment_id`."""

    @property
    def only_client(self) -> uuid.UUID | None:
        """The storefront to which the caller's sight is limited; None when it sees all."""
        client = self.caller.client
        return client.pk if client.kind == ClientKind.STOREFRONT else None

    def target_exists(self) -> bool:
        return is_visible(self.kwargs["shipment_id"], client_id=self.only_client)

    def require_target(self) -> None:
        """Raises NotFound unless the caller may see what the path names."""
        if not self.target_exists():
            raise NotFound("There is no such shipment.")


class Shipments(ListView, ShipmentView):
    scopes = {"GET": READ}
    answers = {"GET": serializers.ShipmentAnswer}
    filterset = ShipmentFilters
    orderings = {"-created": ("-id",), "created": ("id",)}

    def target_exists(self) -> bool:
        return True

    def rows(self) -> QuerySet[Shipment]:
        rows = Shipment.objects.with_contents()
        return rows if self.only_client is None else rows.of_client(self.only_client)

    def present(self, rows: list[Shipment]) -> list[Any]:
        return [document(shipment) for shipment in rows]


class OneShipment(ShipmentView):
    scopes = {"GET": READ, "PATCH": WRITE}
    bodies = {"PATCH": serializers.ShipmentChanges}
    answers = {"GET": serializers.ShipmentDetailAnswer, "PATCH": serializers.ShipmentAnswer}

    def get(self, request: Request, shipment_id: uuid.UUID) -> HttpResponse:  # noqa: ARG002
        shipment = shipment_of(shipment_id, client_id=self.only_client)
        order = orders.queries.order_for_shipping(shipment.order_id)
        ordered = {"order_number": order.number, "ship_to": order.shipping_address}
        return self.versioned({**document(shipment), **ordered}, shipment.version)

    def patch(self, request: Request, shipment_id: uuid.UUID) -> HttpResponse:  # noqa: ARG002
        changes, expected = self.body(), self.expected_version()
        self.require_target()
        actions.update_shipment(shipment_id, actor=self.actor, expected_version=expected, **changes)
        return _reply(shipment_id).response()


class Transitions(ShipmentView):
    scopes = {"GET": READ}
    answers = {"GET": serializers.ShipmentMovesAnswer}

    def get(self, request: Request, shipment_id: uuid.UUID) -> HttpResponse:  # noqa: ARG002
        shipment = shipment_of(shipment_id, client_id=self.only_client)
        return self.versioned(moves(shipment, transitions_of(shipment)), shipment.version)


class ShipmentAction(ActionView, ShipmentView):
    """POST runs one action on the shipment; the body's fields are its arguments. If-Match is honoured when sent."""

    scopes = {"POST": WRITE}
    answers = {"POST": serializers.ShipmentAnswer}
    run: ClassVar[Callable[..., Shipment]]

    def act(self, body: dict[str, Any], **path: uuid.UUID) -> Reply:
        self.require_target()
        shipment = self.run_action(path["shipment_id"], body)
        return _reply(shipment.pk)

    def run_action(self, shipment_id: uuid.UUID, arguments: dict[str, Any]) -> Shipment:
        run = type(self).run
        return run(shipment_id, actor=self.actor, expected_version=self.version_if_named(), **arguments)

    def version_if_named(self) -> int | None:
        return expected_version(self.request) if "HTTP_IF_MATCH" in self.request.META else None


class Pack(ShipmentAction):
    run = staticmethod(actions.pack_shipment)


class Unpack(ShipmentAction):
    run = staticmethod(actions.unpack_shipment)


class Dispatch(ShipmentAction):
    bodies = {"POST": serializers.Dispatch}
    run = staticmethod(actions.dispatch_shipment)


class InTransit(ShipmentAction):
    run = staticmethod(actions.mark_in_transit)


class Fail(ShipmentAction):
    bodies = {"POST": serializers.Failure}
    run = staticmethod(actions.mark_failed)


class Deliver(ShipmentAction):
    run = staticmethod(actions.deliver_shipment)


class Return(ShipmentAction):
    bodies = {"POST": serializers.Return}
    run = staticmethod(actions.return_shipment)


class Cancel(ShipmentAction):
    bodies = {"POST": serializers.Cancellation}
    run = staticmethod(actions.cancel_shipment)


class Split(ShipmentAction):
    """Answers with the new shipment."""

    bodies = {"POST": serializers.Split}
    answers = {"POST": (201, serializers.ShipmentAnswer)}
    run = staticmethod(actions.split_shipment)

    def act(self, body: dict[str, Any], **path: uuid.UUID) -> Reply:
        self.require_target()
        units = {each["line"]: each["quantity"] for each in body["lines"]}
        part = self.run_action(path["shipment_id"], {"units": units})
        shown = shipment_of(part.pk)
        return Reply.created(document(shown), location=reverse("shipment", args=[part.pk]), version=shown.version)


class ShipmentsOfOrder(ActionView, ShipmentView):
    """GET lists them; POST opens shipments for the units that are in none, and answers with the new ones."""

    scopes = {"GET": READ, "POST": WRITE}
    answers = {"GET": serializers.ShipmentsOfOrderAnswer, "POST": (201, serializers.ShipmentsOfOrderAnswer)}

    def target_exists(self) -> bool:
        order = orders.queries.order_for_shipping(self.kwargs["order_id"])
        return self.only_client in {None, order.client_id}

    def require_target(self) -> None:
        if not self.target_exists():
            raise NotFound("There is no such order.")

    def get(self, request: Request, order_id: uuid.UUID) -> HttpResponse:  # noqa: ARG002
        self.require_target()
        return json_response({"results": [document(shipment) for shipment in shipments_of(order_id)]})

    def act(self, body: dict[str, Any], **path: uuid.UUID) -> Reply:  # noqa: ARG002
        order_id = path["order_id"]
        self.require_target()
        opened = {shipment.pk for shipment in actions.open_shipments(order_id, actor=self.actor)}
        if not opened:
            raise NothingToShip(
                "Every reserved unit is in a shipment already, or the order is not processing.",
                unblock="Release the order, or cancel a shipment whose units should go another way.",
            )
        return Reply(201, {"results": [document(each) for each in shipments_of(order_id) if each.pk in opened]})


def _reply(shipment_id: uuid.UUID) -> Reply:
    shipment = shipment_of(shipment_id)
    return Reply.ok(document(shipment), version=shipment.version)
