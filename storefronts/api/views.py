from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from rest_framework.request import Request

from core.api.replies import Reply
from core.api.views import ApiView
from core.models import ClientKind
from storefronts.actions import change_settings
from storefronts.api.serializers import StorefrontChangesSerializer, StorefrontSerializer, show_storefront
from storefronts.authorities import READ, WRITE
from storefronts.queries import find_storefront, visible_storefronts


class StorefrontDetail(ApiView):
    """How a storefront sells: its own, or any for a back office. Before the first change it is at version 0."""

    scopes = {"GET": READ, "PATCH": WRITE}
    bodies = {"PATCH": StorefrontChangesSerializer}
    answers = {"GET": StorefrontSerializer, "PATCH": StorefrontSerializer}
    version_of = "settings_version"

    @property
    def owner(self) -> uuid.UUID | None:
        """The storefront that asks; None for the kinds of client that work for all of them."""
        client = self.caller.client
        return client.pk if client.kind == ClientKind.STOREFRONT else None

    @property
    def wanted(self) -> uuid.UUID:
        """The client that the path names, else the caller itself."""
        found: uuid.UUID = self.kwargs.get("client_id") or self.caller.client.pk
        return found

    def target(self) -> QuerySet[Any, Any]:
        storefronts = visible_storefronts(self.owner).filter(pk=self.wanted)
        return storefronts.annotate(settings_version=Coalesce("storefront_settings__version", 0))

    def get(self, request: Request, client_id: uuid.UUID | None = None) -> HttpResponse:
        storefront = find_storefront(self.wanted, owner=self.owner)
        return self.versioned(show_storefront(storefront), storefront.settings.version)

    def patch(self, request: Request, client_id: uuid.UUID | None = None) -> HttpResponse:
        """Orders stay as they were placed."""
        changes: Any = self.body()
        storefront = change_settings(
            self.wanted, changes, owner=self.owner, actor=self.actor, expected_version=self.expected_version()
        )
        return Reply.ok(show_storefront(storefront), version=storefront.settings.version).response()
