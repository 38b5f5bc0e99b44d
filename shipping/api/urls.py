from __future__ import annotations

from django.urls import path

from core.api.operations import action_paths
from shipping.api import serializers, views
from shipping.models import Shipment
from shipping.operations import CANCEL, DISPATCH, MARK_FAILED, RETURN_TO_SENDER, SPLIT

_SHIPMENT = "shipments/<id:shipment_id>/"
_BODIES = {
    DISPATCH: serializers.DispatchShipmentSerializer,
    MARK_FAILED: serializers.MarkFailedSerializer,
    RETURN_TO_SENDER: serializers.ReturnToSenderSerializer,
    CANCEL: serializers.CancelShipmentSerializer,
}
"""What an operation asks beside the shipment, where it asks anything."""

urlpatterns = [
    path("shipments/", views.Shipments.as_view(), name="shipments"),
    path(_SHIPMENT, views.OneShipment.as_view(), name="shipment"),
    path(f"{_SHIPMENT}operations/", views.Operations.as_view(), name="shipment-operations"),
    path(f"{_SHIPMENT}split/", views.Split.as_view(), name="shipment-split"),
    *action_paths(Shipment, views.ShipmentAction, _SHIPMENT, _BODIES, besides=(SPLIT,)),
    path("orders/<id:order_id>/shipments/", views.ShipmentsOfOrder.as_view(), name="order-shipments"),
]
