"""The delivery methods of a storefront, and their rates."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from rest_framework.request import Request

from core.api.replies import Reply
from core.api.views import ActionView, ApiView, ListView
from pricing.delivery.actions import change_method, create_method, set_rates
from pricing.delivery.api import serializers
from pricing.delivery.api.documents import show_method, show_rates
from pricing.delivery.api.filters import DeliveryMethodFilters
from pricing.delivery.models import DeliveryMethod
from pricing.delivery.queries import method_of, rates_of

_SCOPES = {"GET": "delivery:read", "POST": "delivery:write", "PATCH": "delivery:write", "PUT": "delivery:write"}


class DeliveryMethods(ListView, ActionView):
    """The storefront's delivery methods, in the order in which they are offered."""

    scopes = _SCOPES
    bodies = {"POST": serializers.NewDeliveryMethodSerializer}
    answers = {
        "GET": serializers.DeliveryMethodSerializer,
        "POST": (201, serializers.DeliveryMethodSerializer),
    }
    filterset = DeliveryMethodFilters
    orderings = {
        "position": ("position", "id"),
        "-position": ("-position", "-id"),
        "created_at": ("id",),
        "-created_at": ("-id",),
    }

    def rows(self) -> QuerySet[Any, Any]:
        return DeliveryMethod.objects.of_client(self.caller.client.pk).with_codes()

    def present(self, rows: list[DeliveryMethod]) -> list[Any]:
        return [show_method(row) for row in rows]

    def act(self, body: dict[str, Any], **_: Any) -> Reply:
        code, kind, client_id = body.pop("code"), body.pop("kind"), self.caller.client.pk
        settings: Any = body
        method = create_method(client_id=client_id, code=code, kind=kind, settings=settings, actor=self.actor)
        location = reverse("delivery-method", args=[method.pk])
        return Reply.created(show_method(method), location=location, version=method.version)


class _OfOneMethod(ApiView):
    scopes = _SCOPES
    version_of = "version"

    def target(self) -> QuerySet[Any, Any]:
        return DeliveryMethod.objects.of_client(self.caller.client.pk).filter(pk=self.kwargs["method_id"])


class OneDeliveryMethod(_OfOneMethod):
    bodies = {"PATCH": serializers.DeliveryMethodChangesSerializer}
    answers = {"GET": serializers.DeliveryMethodSerializer, "PATCH": serializers.DeliveryMethodSerializer}

    def get(self, request: Request, method_id: uuid.UUID) -> HttpResponse:
        method = method_of(self.caller.client.pk, method_id)
        return self.versioned(show_method(method), method.version)

    def patch(self, request: Request, method_id: uuid.UUID) -> HttpResponse:
        """Orders keep what they were placed with."""
        changes: Any = self.body()
        method = change_method(
            method_id,
            changes,
            client_id=self.caller.client.pk,
            actor=self.actor,
            expected_version=self.expected_version(),
        )
        return Reply.ok(show_method(method), version=method.version).response()


class DeliveryRates(_OfOneMethod):
    """The rates of a delivery method, of which they are a part: the ETag is the method's."""

    bodies = {"PUT": serializers.NewDeliveryRatesSerializer}
    answers = {"GET": serializers.DeliveryRatesSerializer, "PUT": serializers.DeliveryRatesSerializer}

    def get(self, request: Request, method_id: uuid.UUID) -> HttpResponse:
        method = method_of(self.caller.client.pk, method_id)
        return self.versioned(show_rates(rates_of(method)), method.version)

    def put(self, request: Request, method_id: uuid.UUID) -> HttpResponse:
        """Replaces all. The most precise zone that has the destination decides, then the cheapest of its rates."""
        rates = self.body()["rates"]
        method = set_rates(
            method_id,
            rates,
            client_id=self.caller.client.pk,
            actor=self.actor,
            expected_version=self.expected_version(),
        )
        return Reply.ok(show_rates(rates_of(method)), version=method.version).response()
