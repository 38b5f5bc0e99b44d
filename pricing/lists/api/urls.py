from django.urls import path

from pricing.lists.api import views

_LIST = "price-lists/<id:price_list_id>/"

urlpatterns = [
    path("price-lists/", views.PriceLists.as_view(), name="price-lists"),
    path(_LIST, views.OnePriceList.as_view(), name="price-list"),
    path(f"{_LIST}prices/", views.Prices.as_view(), name="price-list-prices"),
    path(f"{_LIST}prices/<id:price_id>/", views.OnePrice.as_view(), name="price-list-price"),
]
