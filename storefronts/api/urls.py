from django.urls import path

from storefronts.api import views

urlpatterns = [
    path("storefront/", views.StorefrontDetail.as_view(), name="own-storefront"),
    path("storefronts/<id:client_id>/", views.StorefrontDetail.as_view(), name="storefront"),
]
