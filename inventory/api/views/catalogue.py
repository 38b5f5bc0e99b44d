"""Products, variants and locations, which all clients share."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from core.api.idempotency import idempotent
from core.api.replies import Reply
from core.api.views import ApiView, ListView
from core.errors import InvalidInput, NotFound
from inventory.actions import (
    NewVariant,
    add_variant,
    create_location,
    create_product,
    update_location,
    update_product,
    update_variant,
)
from inventory.api.documents import show_location, show_product, show_variant
from inventory.api.filters import LocationFilters, ProductFilters, VariantFilters
from inventory.api.serializers.locations import LocationChangesSerializer, LocationSerializer, NewLocationSerializer
from inventory.api.serializers.products import (
    NewProductSerializer,
    NewVariantSerializer,
    ProductChangesSerializer,
    ProductSerializer,
    VariantChangesSerializer,
    VariantSerializer,
)
from inventory.models import Location, Product, Variant

_PRODUCTS = {"GET": "products:read", "POST": "products:write", "PATCH": "products:write"}
_STOCK = {"GET": "stock:read", "POST": "stock:write", "PATCH": "stock:write"}
_NEWEST = {"-created_at": ("-id",), "created_at": ("id",)}


class ProductList(ListView):
    """All products with their variants, newest first."""

    scopes = _PRODUCTS
    bodies = {"POST": NewProductSerializer}
    answers = {"GET": ProductSerializer, "POST": (201, ProductSerializer)}
    filterset = ProductFilters
    orderings = _NEWEST

    def rows(self) -> QuerySet[Product]:
        return Product.objects.with_variants()

    def present(self, rows: list[Product]) -> list[Any]:
        return [show_product(row) for row in rows]

    def post(self, request: Request) -> HttpResponse:
        """A SKU that another variant has is 409 with that variant's id."""
        body = self.body()

        def create() -> Reply:
            product = create_product(**body, actor=self.actor)
            location = f"/api/v1/products/{product.pk}/"
            return Reply.created(_product(product.pk), location=location, version=product.version)

        return idempotent(request, create)


class ProductDetail(ApiView):
    scopes = _PRODUCTS
    bodies = {"PATCH": ProductChangesSerializer}
    answers = {"GET": ProductSerializer, "PATCH": ProductSerializer}
    version_of = "version"

    def target(self) -> QuerySet[Product]:
        return Product.objects.filter(pk=self.kwargs["product_id"])

    def get(self, request: Request, product_id: uuid.UUID) -> HttpResponse:
        """Never 304: the variants shown change without the product."""
        product = _product(product_id)
        return self.versioned(product, product["version"], covered=False)

    def patch(self, request: Request, product_id: uuid.UUID) -> HttpResponse:
        changes: Any = self.body()
        product = update_product(product_id, changes, actor=self.actor, expected_version=self.expected_version())
        return Reply.ok(_product(product_id), version=product.version).response()


class VariantList(ListView):
    """All variants with their prices and availability, newest first."""

    scopes = _PRODUCTS
    bodies = {"POST": NewVariantSerializer}
    answers = {"GET": VariantSerializer, "POST": (201, VariantSerializer)}
    filterset = VariantFilters
    orderings = _NEWEST

    def rows(self) -> QuerySet[Variant]:
        return Variant.objects.with_offer()

    def present(self, rows: list[Variant]) -> list[Any]:
        return [show_variant(row) for row in rows]

    def post(self, request: Request) -> HttpResponse:
        """A SKU that another variant has is 409 with that variant's id."""
        body = self.body()
        product_id = body.pop("product_id")

        def create() -> Reply:
            try:
                variant = add_variant(product_id, NewVariant(**body), actor=self.actor)
            except NotFound:
                raise InvalidInput.at("/product_id", "unknown_product", "There is no such product.") from None
            location = f"/api/v1/variants/{variant.pk}/"
            return Reply.created(_variant(variant.pk), location=location, version=variant.version)

        return idempotent(request, create)


class VariantDetail(ApiView):
    scopes = _PRODUCTS
    bodies = {"PATCH": VariantChangesSerializer}
    answers = {"GET": VariantSerializer, "PATCH": VariantSerializer}
    version_of = "version"

    def target(self) -> QuerySet[Variant]:
        return Variant.objects.filter(pk=self.kwargs["variant_id"])

    def get(self, request: Request, variant_id: uuid.UUID) -> HttpResponse:
        """Never 304: reservations change the availability shown, and not the variant."""
        variant = _variant(variant_id)
        return self.versioned(variant, variant["version"], covered=False)

    def patch(self, request: Request, variant_id: uuid.UUID) -> HttpResponse:
        """`prices` replaces all prices. Orders keep the price and name that they were placed with."""
        changes: Any = self.body()
        variant = update_variant(variant_id, changes, actor=self.actor, expected_version=self.expected_version())
        return Reply.ok(_variant(variant_id), version=variant.version).response()


class LocationList(ListView):
    """All locations, newest first."""

    scopes = _STOCK
    bodies = {"POST": NewLocationSerializer}
    answers = {"GET": LocationSerializer, "POST": (201, LocationSerializer)}
    filterset = LocationFilters
    orderings = _NEWEST

    def rows(self) -> QuerySet[Location]:
        return Location.objects.all()

    def present(self, rows: list[Location]) -> list[Any]:
        return [show_location(row) for row in rows]

    def post(self, request: Request) -> HttpResponse:
        """A code that another location has is 409 with that location's id."""
        body = self.body()

        def create() -> Reply:
            location = create_location(**body, actor=self.actor)
            address = f"/api/v1/locations/{location.pk}/"
            return Reply.created(show_location(location), location=address, version=location.version)

        return idempotent(request, create)


class LocationDetail(ApiView):
    scopes = _STOCK
    bodies = {"PATCH": LocationChangesSerializer}
    answers = {"GET": LocationSerializer, "PATCH": LocationSerializer}
    version_of = "version"

    def target(self) -> QuerySet[Location]:
        return Location.objects.filter(pk=self.kwargs["location_id"])

    def get(self, request: Request, location_id: uuid.UUID) -> HttpResponse:
        location = Location.objects.get(pk=location_id)
        return self.versioned(show_location(location), location.version)

    def patch(self, request: Request, location_id: uuid.UUID) -> HttpResponse:
        """An inactive location keeps its stock but sells none of it."""
        changes: Any = self.body()
        location = update_location(location_id, changes, actor=self.actor, expected_version=self.expected_version())
        return Reply.ok(show_location(location), version=location.version).response()


def _product(product_id: uuid.UUID) -> dict[str, Any]:
    return show_product(Product.objects.with_variants().get(pk=product_id))


def _variant(variant_id: uuid.UUID) -> dict[str, Any]:
    return show_variant(Variant.objects.with_offer().get(pk=variant_id))
