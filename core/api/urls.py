"""The routes of the API that belong to no business app. Included last under /api/: it ends in a catch-all."""

from django.urls import path, re_path
from drf_spectacular.views import SpectacularSwaggerSplitView

from core.api import schema, unknown_routes

urlpatterns = [
    path("schema/", schema.document, name="schema"),
    path(
        "docs/",
        SpectacularSwaggerSplitView.as_view(url_name="schema", authentication_classes=[], permission_classes=[]),
        name="docs",
    ),
    re_path(r"", unknown_routes.unknown_route),
]
