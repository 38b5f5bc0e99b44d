from django.urls import path

from orders.api import views

_ORDER = "orders/<uuid:order_id>/"

urlpatterns = [
    path("orders/", views.Orders.as_view(), name="orders"),
    path(_ORDER, views.OneOrder.as_view(), name="order"),
    path(f"{_ORDER}operations/", views.Operations.as_view(), name="order-operations"),
    path(f"{_ORDER}place/", views.Place.as_view(), name="order-place"),
    path(f"{_ORDER}release/", views.Release.as_view(), name="order-release"),
    path(f"{_ORDER}cancel/", views.Cancel.as_view(), name="order-cancel"),
    path(f"{_ORDER}reopen/", views.Reopen.as_view(), name="order-reopen"),
    path(f"{_ORDER}complete/", views.Complete.as_view(), name="order-complete"),
    path(f"{_ORDER}events/", views.Events.as_view(), name="order-events"),
    path(f"{_ORDER}holds/", views.Holds.as_view(), name="order-holds"),
    path(f"{_ORDER}holds/<uuid:hold_id>/lift/", views.LiftHold.as_view(), name="order-hold-lift"),
    path(f"{_ORDER}notes/", views.Notes.as_view(), name="order-notes"),
    path(f"{_ORDER}payments/", views.Payments.as_view(), name="order-payments"),
    path(f"{_ORDER}payments/<uuid:payment_id>/refund/", views.Refund.as_view(), name="order-payment-refund"),
    path(f"{_ORDER}write-off/", views.WriteOff.as_view(), name="order-write-off"),
]
