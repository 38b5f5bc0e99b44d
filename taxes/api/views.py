"""Tax classes, countries and rates, which all clients share and back offices keep."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from core.api.idempotency import idempotent
from core.api.replies import Reply
from core.api.views import ActionView, ApiView, ListView
from taxes.actions import (
    create_tax_class,
    create_tax_country,
    create_tax_rate,
    end_tax_rate,
    update_tax_class,
    update_tax_country,
    update_tax_rate,
)
from taxes.api.filters import TaxClassFilters, TaxCountryFilters, TaxRateFilters
from taxes.api.serializers import (
    EndTaxRateSerializer,
    NewTaxClassSerializer,
    NewTaxCountrySerializer,
    NewTaxRateSerializer,
    TaxClassChangesSerializer,
    TaxClassSerializer,
    TaxCountryChangesSerializer,
    TaxCountrySerializer,
    TaxRateChangesSerializer,
    TaxRateSerializer,
    show_class,
    show_country,
    show_rate,
)
from taxes.models import TaxClass, TaxCountry, TaxRate

_SCOPES = {"GET": "taxes:read", "POST": "taxes:write", "PATCH": "taxes:write"}
_NEWEST = {"-created_at": ("-id",), "created_at": ("id",)}


class TaxClassList(ListView):
    """All tax classes, newest first."""

    scopes = _SCOPES
    bodies = {"POST": NewTaxClassSerializer}
    answers = {"GET": TaxClassSerializer, "POST": (201, TaxClassSerializer)}
    filterset = TaxClassFilters
    orderings = _NEWEST

    def rows(self) -> QuerySet[TaxClass]:
        return TaxClass.objects.all()

    def present(self, rows: list[TaxClass]) -> list[Any]:
        return [show_class(row) for row in rows]

    def post(self, request: Request) -> HttpResponse:
        """A code that another class has is 409 with that class's id."""
        body = self.body()

        def create() -> Reply:
            row = create_tax_class(**body, actor=self.actor)
            return Reply.created(show_class(row), location=f"/api/v1/tax-classes/{row.pk}/", version=row.version)

        return idempotent(request, create)


class TaxClassDetail(ApiView):
    scopes = _SCOPES
    bodies = {"PATCH": TaxClassChangesSerializer}
    answers = {"GET": TaxClassSerializer, "PATCH": TaxClassSerializer}
    version_of = "version"

    def target(self) -> QuerySet[TaxClass]:
        return TaxClass.objects.filter(pk=self.kwargs["tax_class_id"])

    def get(self, request: Request, tax_class_id: uuid.UUID) -> HttpResponse:
        row = TaxClass.objects.get(pk=tax_class_id)
        return self.versioned(show_class(row), row.version)

    def patch(self, request: Request, tax_class_id: uuid.UUID) -> HttpResponse:
        """The code stays: it is what variants and delivery methods are told by."""
        changes: Any = self.body()
        row = update_tax_class(tax_class_id, changes, actor=self.actor, expected_version=self.expected_version())
        return Reply.ok(show_class(row), version=row.version).response()


class TaxCountryList(ListView):
    """The countries that have rates or rules of their own, newest first."""

    scopes = _SCOPES
    bodies = {"POST": NewTaxCountrySerializer}
    answers = {"GET": TaxCountrySerializer, "POST": (201, TaxCountrySerializer)}
    filterset = TaxCountryFilters
    orderings = _NEWEST

    def rows(self) -> QuerySet[TaxCountry]:
        return TaxCountry.objects.all()

    def present(self, rows: list[TaxCountry]) -> list[Any]:
        return [show_country(row) for row in rows]

    def post(self, request: Request) -> HttpResponse:
        """A country's first rate makes this too, rounding by line. One that exists is 409 with its id."""
        body = self.body()

        def create() -> Reply:
            row = create_tax_country(**body, actor=self.actor)
            return Reply.created(show_country(row), location=f"/api/v1/tax-countries/{row.pk}/", version=row.version)

        return idempotent(request, create)


class TaxCountryDetail(ApiView):
    scopes = _SCOPES
    bodies = {"PATCH": TaxCountryChangesSerializer}
    answers = {"GET": TaxCountrySerializer, "PATCH": TaxCountrySerializer}
    version_of = "version"

    def target(self) -> QuerySet[TaxCountry]:
        return TaxCountry.objects.filter(pk=self.kwargs["tax_country_id"])

    def get(self, request: Request, tax_country_id: uuid.UUID) -> HttpResponse:
        row = TaxCountry.objects.get(pk=tax_country_id)
        return self.versioned(show_country(row), row.version)

    def patch(self, request: Request, tax_country_id: uuid.UUID) -> HttpResponse:
        """Orders keep the taxes that they were placed with."""
        changes: Any = self.body()
        row = update_tax_country(tax_country_id, changes, actor=self.actor, expected_version=self.expected_version())
        return Reply.ok(show_country(row), version=row.version).response()


class TaxRateList(ListView):
    """All rates, those that ended too, newest first."""

    scopes = _SCOPES
    bodies = {"POST": NewTaxRateSerializer}
    answers = {"GET": TaxRateSerializer, "POST": (201, TaxRateSerializer)}
    filterset = TaxRateFilters
    orderings = _NEWEST

    def rows(self) -> QuerySet[TaxRate]:
        return _rates()

    def present(self, rows: list[TaxRate]) -> list[Any]:
        return [show_rate(row) for row in rows]

    def post(self, request: Request) -> HttpResponse:
        """Another rate of the same name, class and place that holds on some of the same days is 409 with its id."""
        body = self.body()

        def create() -> Reply:
            rate = create_tax_rate(**body, actor=self.actor)
            return Reply.created(show_rate(rate), location=f"/api/v1/tax-rates/{rate.pk}/", version=rate.version)

        return idempotent(request, create)


class _OfOneRate(ApiView):
    scopes = _SCOPES
    version_of = "version"

    def target(self) -> QuerySet[TaxRate]:
        return TaxRate.objects.filter(pk=self.kwargs["tax_rate_id"])


class TaxRateDetail(_OfOneRate):
    bodies = {"PATCH": TaxRateChangesSerializer}
    answers = {"GET": TaxRateSerializer, "PATCH": TaxRateSerializer}

    def get(self, request: Request, tax_rate_id: uuid.UUID) -> HttpResponse:
        rate = _rates().get(pk=tax_rate_id)
        return self.versioned(show_rate(rate), rate.version)

    def patch(self, request: Request, tax_rate_id: uuid.UUID) -> HttpResponse:
        """Of a rate that has not begun. One that has may stand on invoices: end it, and create another."""
        changes: Any = self.body()
        rate = update_tax_rate(tax_rate_id, changes, actor=self.actor, expected_version=self.expected_version())
        return Reply.ok(show_rate(rate), version=rate.version).response()


class EndTaxRate(_OfOneRate, ActionView):
    """Let a rate hold until a day: yesterday at the earliest. The day before it begins withdraws it."""

    bodies = {"POST": EndTaxRateSerializer}
    answers = {"POST": TaxRateSerializer}

    def act(self, body: dict[str, Any], **path: Any) -> Reply:
        rate = end_tax_rate(**path, **body, actor=self.actor, expected_version=self.expected_version())
        return Reply.ok(show_rate(rate), version=rate.version)


def _rates() -> QuerySet[TaxRate]:
    return TaxRate.objects.select_related("tax_class")
