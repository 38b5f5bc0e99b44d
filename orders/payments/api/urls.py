from django.urls import path

from orders.payments.api import views

_ORDER = "orders/<id:order_id>/"
_PAYMENTS = f"{_ORDER}payments/"

urlpatterns = [
    path(_PAYMENTS, views.Payments.as_view(), name="order-payments"),
    path(f"{_PAYMENTS}<id:payment_id>/refund/", views.Refund.as_view(), name="order-payment-refund"),
    path(f"{_PAYMENTS}<id:payment_id>/capture/", views.CapturePayment.as_view(), name="order-payment-capture"),
    path(f"{_PAYMENTS}<id:payment_id>/void/", views.VoidPayment.as_view(), name="order-payment-void"),
    path(f"{_PAYMENTS}<id:payment_id>/attempts/", views.Attempts.as_view(), name="order-payment-attempts"),
    path(f"{_ORDER}pay-by-card/", views.PayByCard.as_view(), name="order-pay-by-card"),
    path(f"{_ORDER}redeem-gift-card/", views.RedeemGiftCard.as_view(), name="order-redeem-gift-card"),
    path(f"{_ORDER}redeem-store-credit/", views.RedeemStoreCredit.as_view(), name="order-redeem-store-credit"),
]
