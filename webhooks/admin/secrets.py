"""Secrets of endpoints: each is shown once, as it is made; afterwards only how long it signs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.safestring import SafeString

from core.console import ConsoleAdmin, Done, Fact, Submission, badge, link_to, moment
from core.console.parts import page_of
from webhooks.admin.parts import ENDPOINT
from webhooks.models import Endpoint, EndpointSecret


def shown_once(
    pressed: Submission, endpoint: Endpoint, secret: str, *, others_until: dt.datetime | None = None
) -> Done:
    """The page with the text of a new secret. `others_until`: when those before it end."""
    context = {
        **admin.site.each_context(pressed.request),
        "title": "Secret",
        "opts": Endpoint._meta,
        "original": endpoint,
        "secret": secret,
        "others_until": others_until,
    }
    response = TemplateResponse(pressed.request, "admin/webhooks/secret.html", context)
    response["Cache-Control"] = "no-store"
    said = f"{endpoint} has a secret, which was shown then and isn't again: rotate it if it was lost."
    return Done(said, page_of(ENDPOINT, endpoint.pk), response)


def secret_badge(secret: EndpointSecret) -> SafeString:
    if secret.expires_at is None:
        return badge("Signs", "good")
    return badge("Signs until then", "info") if secret.expires_at > timezone.now() else badge("Ended")


@admin.register(EndpointSecret)
class EndpointSecretAdmin(ConsoleAdmin):
    list_display = ("__str__", "of", "state", "until")
    list_select_related = ("endpoint",)
    list_defer = ("sealed",)
    ordering = ("-id",)

    @admin.display(description="Endpoint")
    def of(self, secret: EndpointSecret) -> object:
        return link_to(ENDPOINT, secret.endpoint_id, secret.endpoint)

    @admin.display(description="Status")
    def state(self, secret: EndpointSecret) -> SafeString:
        return secret_badge(secret)

    @admin.display(description="Until")
    def until(self, secret: EndpointSecret) -> object:
        return moment(secret.expires_at)

    def page_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().page_queryset(request).select_related("endpoint").defer("sealed")

    def badges(self, obj: EndpointSecret) -> Sequence[object]:
        return [secret_badge(obj)]

    def facts(self, obj: EndpointSecret) -> Sequence[Fact]:
        return [
            Fact("Endpoint", self.of(obj)),
            Fact("Made", moment(obj.created_at)),
            Fact("Signs until", moment(obj.expires_at) if obj.expires_at else "It is replaced"),
        ]
