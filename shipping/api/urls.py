from __future__ import annotations

from django.urls import path

from shipping.api import views

_ACTIONS = {
    "pack": views.Pack,
    "unpack": views.Unpack,
    "dispatch": views.Dispatch,
    "mark-in-transit": views.MarkInTransit,
    "mark-failed": views.MarkFailed,
    "deliver": views.Deliver,
    "return-to-sender": views.ReturnToSender,
    "cancel": views.Cancel,
    "split": views.Split,
}

urlpatterns = [
    path("shipments/", views.Shipments.as_view(), name="shipments"),
    path("shipments/<uuid:shipment_id>/", views.OneShipment.as_view(), name="shipment"),
    path("shipments/<uuid:shipment_id>/operations/", views.Operations.as_view(), name="shipment-operations"),
    *(
        path(f"shipments/<uuid:shipment_id>/{name}/", view.as_view(), name=f"shipment-{name}")
        for name, view in _ACTIONS.items()
    ),
    path("orders/<uuid:order_id>/shipments/", views.ShipmentsOfOrder.as_view(), name="order-shipments"),
]
