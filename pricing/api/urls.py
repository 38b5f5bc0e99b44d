import pricing.offers.api.urls

urlpatterns = [*pricing.offers.api.urls.urlpatterns]
