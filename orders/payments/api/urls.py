from django.urls import path

from orders.payments.api import views

_PAYMENTS = "orders/<uuid:order_id>/payments/"

urlpatterns = [
    path(_PAYMENTS, views.Payments.as_view(), name="order-payments"),
    path(f"{_PAYMENTS}<uuid:payment_id>/refund/", views.Refund.as_view(), name="order-payment-refund"),
]
