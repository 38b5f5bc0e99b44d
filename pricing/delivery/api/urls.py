from django.urls import path

from pricing.delivery.api import views

urlpatterns = [
    path("delivery-methods/", views.DeliveryMethods.as_view(), name="delivery-methods"),
    path("delivery-methods/<id:method_id>/", views.OneDeliveryMethod.as_view(), name="delivery-method"),
    path("delivery-methods/<id:method_id>/rates/", views.DeliveryRates.as_view(), name="delivery-method-rates"),
]
