from django.urls import path

from core.api.operations import action_paths
from orders.api import serializers, views
from orders.models import Order
from orders.operations import CANCEL, WRITE_OFF

_ORDER = "orders/<uuid:order_id>/"
_BODIES = {CANCEL: serializers.CancelOrderSerializer, WRITE_OFF: serializers.WriteOffBalanceSerializer}
"""What an operation asks beside the order, where it asks anything."""

urlpatterns = [
    path("orders/", views.Orders.as_view(), name="orders"),
    path(_ORDER, views.OneOrder.as_view(), name="order"),
    path(f"{_ORDER}operations/", views.Operations.as_view(), name="order-operations"),
    *action_paths(Order, views.OrderAction, _ORDER, _BODIES),
    path(f"{_ORDER}events/", views.Events.as_view(), name="order-events"),
    path(f"{_ORDER}holds/", views.Holds.as_view(), name="order-holds"),
    path(f"{_ORDER}holds/<uuid:hold_id>/lift/", views.LiftHold.as_view(), name="order-hold-lift"),
    path(f"{_ORDER}notes/", views.Notes.as_view(), name="order-notes"),
    path(f"{_ORDER}payments/", views.Payments.as_view(), name="order-payments"),
    path(f"{_ORDER}payments/<uuid:payment_id>/refund/", views.Refund.as_view(), name="order-payment-refund"),
]
