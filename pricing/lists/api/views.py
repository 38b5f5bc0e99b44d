from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from core.api.idempotency import idempotent
from core.api.replies import Reply
from core.api.views import ApiView, ListView
from core.errors import NotFound
from pricing.lists import authorities
from pricing.lists.actions import create_price_list, remove_price, set_prices, update_price_list
from pricing.lists.api.filters import ListPriceFilters, PriceListFilters
from pricing.lists.api.serializers import (
    ListPriceSerializer,
    NewPriceListSerializer,
    PriceChangeSerializer,
    PriceListChangesSerializer,
    PriceListSerializer,
    SetPricesSerializer,
    show_change,
    show_price,
    show_price_list,
)
from pricing.lists.models import PriceList, PriceListEntry
from pricing.lists.queries import entries_of, price_list_of

_SCOPES = {
    "GET": authorities.READ,
    "POST": authorities.WRITE,
    "PATCH": authorities.WRITE,
    "PUT": authorities.WRITE,
    "DELETE": authorities.WRITE,
}


class PriceLists(ListView):
    """The storefront's price lists, newest first."""

    scopes = _SCOPES
    bodies = {"POST": NewPriceListSerializer}
    answers = {"GET": PriceListSerializer, "POST": (201, PriceListSerializer)}
    filterset = PriceListFilters
    orderings = {"-created_at": ("-id",), "created_at": ("id",)}

    def rows(self) -> QuerySet[PriceList]:
        return PriceList.objects.of_client(self.caller.client.pk).with_groups()

    def present(self, rows: list[PriceList]) -> list[Any]:
        return [show_price_list(row) for row in rows]

    def post(self, request: Request) -> HttpResponse:
        """A code that another list of the storefront has is 409 with that list's id."""
        body = self.body()

        def create() -> Reply:
            price_list = create_price_list(client_id=self.caller.client.pk, **body, actor=self.actor)
            location = f"/api/v1/price-lists/{price_list.pk}/"
            return Reply.created(show_price_list(price_list), location=location, version=price_list.version)

        return idempotent(request, create)


class _OfOnePriceList(ApiView):
    scopes = _SCOPES
    version_of = "version"

    def price_list(self) -> PriceList:
        return price_list_of(self.caller.client.pk, self.kwargs["price_list_id"])

    def target(self) -> QuerySet[Any, Any]:
        return PriceList.objects.of_client(self.caller.client.pk).filter(pk=self.kwargs["price_list_id"])


class OnePriceList(_OfOnePriceList):
    bodies = {"PATCH": PriceListChangesSerializer}
    answers = {"GET": PriceListSerializer, "PATCH": PriceListSerializer}

    def get(self, request: Request, price_list_id: uuid.UUID) -> HttpResponse:
        price_list = self.price_list()
        return self.versioned(show_price_list(price_list), price_list.version)

    def patch(self, request: Request, price_list_id: uuid.UUID) -> HttpResponse:
        """`group_ids` replaces all groups. Orders keep the prices that they were placed with."""
        changes: Any = self.body()
        price_list = update_price_list(
            price_list_id,
            changes,
            client_id=self.caller.client.pk,
            actor=self.actor,
            expected_version=self.expected_version(),
        )
        return Reply.ok(show_price_list(price_list), version=price_list.version).response()


class Prices(_OfOnePriceList, ListView):
    """The list's prices, those of a variant one after the other, from the fewest units on."""

    bodies = {"PUT": SetPricesSerializer}
    answers = {"GET": ListPriceSerializer, "PUT": PriceChangeSerializer}
    filterset = ListPriceFilters
    orderings = {"variant_id": ("variant_id", "from_quantity"), "-variant_id": ("-variant_id", "-from_quantity")}

    def rows(self) -> QuerySet[PriceListEntry]:
        return entries_of(self.price_list()).select_related("price_list")

    def present(self, rows: list[PriceListEntry]) -> list[Any]:
        return [show_price(row, row.price_list.currency) for row in rows]

    def put(self, request: Request, price_list_id: uuid.UUID) -> HttpResponse:
        """Sets the prices that it names, by SKU and `from_quantity`; others stay. The ETag is the list's."""
        prices = self.body()["prices"]
        change = set_prices(
            price_list_id,
            prices,
            client_id=self.caller.client.pk,
            actor=self.actor,
            expected_version=self.expected_version(),
        )
        return Reply.ok(show_change(change), version=change.price_list.version).response()


class OnePrice(_OfOnePriceList):
    """A price is a part of its list, and its ETag is the list's."""

    answers = {"GET": ListPriceSerializer}
    version_of = "price_list__version"

    def target(self) -> QuerySet[Any, Any]:
        return PriceListEntry.objects.filter(
            pk=self.kwargs["price_id"],
            price_list_id=self.kwargs["price_list_id"],
            price_list__client_id=self.caller.client.pk,
        )

    def get(self, request: Request, price_list_id: uuid.UUID, price_id: uuid.UUID) -> HttpResponse:
        entry = self.target().select_related("variant", "price_list").first()
        if entry is None:
            raise NotFound("There is no such price.")
        return self.versioned(show_price(entry, entry.price_list.currency), entry.price_list.version)

    def delete(self, request: Request, price_list_id: uuid.UUID, price_id: uuid.UUID) -> HttpResponse:
        """Removed already, it is 404. A variant that no list has a price for costs what the catalogue says."""
        price_list = remove_price(
            price_list_id,
            price_id,
            client_id=self.caller.client.pk,
            actor=self.actor,
            expected_version=self.expected_version(),
        )
        return Reply.nothing(version=price_list.version).response()
