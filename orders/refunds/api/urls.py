from django.urls import path

from orders.refunds.api import views

_REFUNDS = "orders/<id:order_id>/refunds/"

urlpatterns = [
    path(_REFUNDS, views.Refunds.as_view(), name="order-refunds"),
    path(f"{_REFUNDS}preview/", views.RefundPreview.as_view(), name="order-refund-preview"),
    path(f"{_REFUNDS}<id:refund_id>/approve/", views.ApproveRefund.as_view(), name="order-refund-approve"),
    path(f"{_REFUNDS}<id:refund_id>/reject/", views.RejectRefund.as_view(), name="order-refund-reject"),
]
