from django.urls import path

from inventory.api.views import catalogue, stock

urlpatterns = [
    path("products/", catalogue.ProductList.as_view()),
    path("products/<uuid:product_id>/", catalogue.ProductDetail.as_view()),
    path("variants/", catalogue.VariantList.as_view()),
    path("variants/<uuid:variant_id>/", catalogue.VariantDetail.as_view()),
    path("locations/", catalogue.LocationList.as_view()),
    path("locations/<uuid:location_id>/", catalogue.LocationDetail.as_view()),
    path("stock/", stock.LevelList.as_view()),
    path("stock/movements/", stock.MovementList.as_view()),
    path("stock/receipts/", stock.Receipts.as_view()),
    path("stock/adjustments/", stock.Adjustments.as_view()),
    path("stock/transfers/", stock.Transfers.as_view()),
    path("stock/scraps/", stock.Scraps.as_view()),
]
