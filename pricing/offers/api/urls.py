from django.urls import path

from pricing.offers.api import views

_OFFER = "offers/<id:offer_id>/"

urlpatterns = [
    path("offers/", views.OfferList.as_view(), name="offers"),
    path(_OFFER, views.OfferDetail.as_view(), name="offer"),
    path(f"{_OFFER}end/", views.EndOffer.as_view(), name="offer-end"),
    path(f"{_OFFER}codes/", views.CodeList.as_view(), name="offer-codes"),
    path(f"{_OFFER}codes/generate/", views.GenerateCodes.as_view(), name="offer-codes-generate"),
    path(f"{_OFFER}codes/<id:code_id>/", views.CodeDetail.as_view(), name="offer-code"),
]
