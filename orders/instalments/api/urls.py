from django.urls import path

from orders.instalments.api import views

urlpatterns = [
    path("orders/<id:order_id>/instalments/", views.Instalments.as_view(), name="order-instalments"),
]
