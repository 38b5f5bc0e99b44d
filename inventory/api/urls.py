from django.urls import path

from inventory.api.views import catalogue, sourcing, stock

urlpatterns = [
    path("products/", catalogue.ProductList.as_view(), name="products"),
    path("products/<id:product_id>/", catalogue.ProductDetail.as_view(), name="product"),
    path("variants/", catalogue.VariantList.as_view(), name="variants"),
    path("variants/<id:variant_id>/", catalogue.VariantDetail.as_view(), name="variant"),
    path("locations/", catalogue.LocationList.as_view(), name="locations"),
    path("locations/<id:location_id>/", catalogue.LocationDetail.as_view(), name="location"),
    path("stock/", stock.LevelList.as_view(), name="stock"),
    path("stock/movements/", stock.MovementList.as_view(), name="stock-movements"),
    path("stock/receipts/", stock.Receipts.as_view(), name="stock-receipts"),
    path("stock/adjustments/", stock.Adjustments.as_view(), name="stock-adjustments"),
    path("stock/transfers/", stock.Transfers.as_view(), name="stock-transfers"),
    path("stock/sourcing-plan/", sourcing.SourcingPlans.as_view(), name="stock-sourcing-plan"),
    path("stock/scraps/", stock.Scraps.as_view(), name="stock-scraps"),
]
