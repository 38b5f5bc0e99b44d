from django.urls import path

from customers.api import views

urlpatterns = [
    path("customers/", views.CustomerList.as_view(), name="customers"),
    path("customers/<uuid:customer_id>/", views.CustomerDetail.as_view(), name="customer"),
    path("customers/<uuid:customer_id>/addresses/", views.AddressList.as_view(), name="customer-addresses"),
    path(
        "customers/<uuid:customer_id>/addresses/<uuid:address_id>/",
        views.AddressDetail.as_view(),
        name="customer-address",
    ),
]
