from django.urls import path

from taxes.api import views

urlpatterns = [
    path("tax-classes/", views.TaxClassList.as_view(), name="tax-classes"),
    path("tax-classes/<id:tax_class_id>/", views.TaxClassDetail.as_view(), name="tax-class"),
    path("tax-countries/", views.TaxCountryList.as_view(), name="tax-countries"),
    path("tax-countries/<id:tax_country_id>/", views.TaxCountryDetail.as_view(), name="tax-country"),
    path("tax-rates/", views.TaxRateList.as_view(), name="tax-rates"),
    path("tax-rates/<id:tax_rate_id>/", views.TaxRateDetail.as_view(), name="tax-rate"),
    path("tax-rates/<id:tax_rate_id>/end/", views.EndTaxRate.as_view(), name="tax-rate-end"),
]
