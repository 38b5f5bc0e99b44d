from django.urls import path

from customers.api import views

urlpatterns = [
    path("credit-accounts/<id:credit_account_id>/", views.CreditAccountDetail.as_view(), name="credit-account"),
    path("customer-groups/", views.CustomerGroupList.as_view(), name="customer-groups"),
    path("customer-groups/<id:group_id>/", views.CustomerGroupDetail.as_view(), name="customer-group"),
    path("customers/", views.CustomerList.as_view(), name="customers"),
    path("customers/<id:customer_id>/", views.CustomerDetail.as_view(), name="customer"),
    path(
        "customers/<id:customer_id>/credit-accounts/",
        views.CreditAccountList.as_view(),
        name="customer-credit-accounts",
    ),
    path("customers/<id:customer_id>/addresses/", views.AddressList.as_view(), name="customer-addresses"),
    path(
        "customers/<id:customer_id>/addresses/<id:address_id>/",
        views.AddressDetail.as_view(),
        name="customer-address",
    ),
]
