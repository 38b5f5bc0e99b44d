"""Every route of the product: the console, the API and its documentation, health."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from core.admin import own_password
from core.api import uploads
from core.console import again

handler400 = "core.api.problems.bad_request"
handler403 = "core.api.problems.forbidden"
handler404 = "core.api.problems.not_found"
handler500 = "core.api.problems.server_error"

v1 = [
    path("book/", include("trading.api.urls")),
    path("", include("orders.api.urls")),  # what is asked for most, so that it is found first
    path("", include("books.api.urls")),
    path("", include("taxes.api.urls")),
    path("", include("customers.api.urls")),
    path("", include("inventory.api.urls")),
    path("", include("pricing.api.urls")),
    path("", include("stored_value.api.urls")),
    path("", include("pricing.delivery.api.urls")),
    path("", include("pricing.lists.api.urls")),
    path("", include("shipping.api.urls")),
    path("", include("documents.api.urls")),
    path("", include("storefronts.api.urls")),
    path("", include("webhooks.api.urls")),
    path("events/", include("core.log.api.urls")),
]

urlpatterns = [
    path("api/v1/", include(v1)),
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/login/", again.login),
    path("admin/password_change/", admin.site.admin_view(own_password.change, cacheable=True)),
    path("admin/", admin.site.urls),
    path("api/", include("core.api.urls")),
    # No slash at its end, where curl would add the name of the file it uploads.
    path("webhooks/payments/", include("orders.payments.notices")),
    path("uploads/file", uploads.receive, name="upload"),
    path("health/", include("core.health")),
]
