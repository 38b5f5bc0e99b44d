"""A tiny API over core's own models, so that the HTTP layer is tested without any business app."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection, connections
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from rest_framework import serializers
from rest_framework.request import Request

from core.api.filters import ChoiceFilter, StrictFilterSet, TextFilter, TimestampFilter
from core.api.idempotency import _fingerprint, idempotent
from core.api.renderers import json_response
from core.api.replies import Reply
from core.api.serializers import AmountField, CurrencyField, Nothing, QuantityField, StrictSerializer, StringField
from core.api.views import ActionView, ApiView, ListView
from core.errors import DomainError, NotFound, StaleVersion
from core.models import Client, ClientKind, IdempotencyRecord
from core.transactions import action

VERSION = 17


class NameTaken(DomainError):
    code = "name_taken"
    title = "Name taken"


class Line(StrictSerializer):
    sku = StringField(max_length=20)
    quantity = QuantityField()


class Basket(StrictSerializer):
    name = StringField()
    amount = AmountField(required=False)
    currency = CurrencyField(required=False)
    lines = Line(many=True, required=False)


class Rename(StrictSerializer):
    name = StringField()


class Shop(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()


class ShopFilters(StrictFilterSet):
    kind = ChoiceFilter(choices=ClientKind.choices)
    name = TextFilter()
    created_after = TimestampFilter(field_name="created_at", lookup_expr="gte")


@action
def open_shop(name: str) -> Client:
    if Client.objects.filter(name=name).exists():
        raise NameTaken(f"{name} is taken.", unblock="Choose another name.", name=name)
    return Client.objects.create(name=name)


@action
def rename_shop(shop_id: UUID, *, name: str = "", expected_version: int | None) -> Client:
    shop = Client.objects.select_for_update().filter(pk=shop_id).first()
    if shop is None:
        raise NotFound("There is no such shop.")
    if expected_version not in {None, VERSION}:
        assert expected_version is not None
        raise StaleVersion(expected=expected_version, actual=VERSION)
    shop.name = name or shop.name
    shop.save()
    return shop


@action
def close_shop(shop_id: UUID) -> Client:
    shop = Client.objects.select_for_update().get(pk=shop_id)
    if not shop.active:
        raise NameTaken("The shop is closed already.")
    shop.active = False
    shop.save()
    return shop


def shown(shop: Client) -> dict[str, Any]:
    return {"id": shop.pk, "name": shop.name, "created_at": shop.created_at}


class Shops(ListView):
    scopes = {"GET": "shops:read", "POST": "shops:write"}
    bodies = {"POST": Basket}
    answers = {"GET": Shop, "POST": (201, Shop)}
    filterset = ShopFilters
    expansions = ("keys", "owner")
    orderings = {"-created_at": ("-created_at", "-id"), "name": ("name", "id")}
    sunset_on = dt.date(2030, 1, 1)
    deprecated_on = dt.date(2029, 1, 1)

    def rows(self) -> QuerySet[Client]:
        self.expanded()
        return Client.objects.all()

    def present(self, rows: list[Client]) -> list[Any]:
        return [shown(row) for row in rows]

    def post(self, request: Request) -> HttpResponse:
        body = self.body()

        def work() -> Reply:
            shop = open_shop(body["name"])
            return Reply.created(shown(shop), location=f"/api/v1/shops/{shop.pk}/", version=1)

        return idempotent(request, work)


class OneShop(ApiView):
    scopes = {"GET": "shops:read", "PATCH": "shops:write"}
    bodies = {"PATCH": Rename}
    answers = {"GET": Shop, "PATCH": Shop}
    version_of = "version"

    def target(self) -> QuerySet[Client]:
        return Client.objects.filter(pk=self.kwargs["shop_id"])

    def get(self, request: Request, shop_id: UUID) -> HttpResponse:
        return self.versioned(shown(Client.objects.get(pk=shop_id)), VERSION)

    def patch(self, request: Request, shop_id: UUID) -> HttpResponse:
        body = self.body()
        shop = rename_shop(shop_id, **body, expected_version=self.expected_version())
        return Reply.ok(shown(shop), version=VERSION + 1).response()


class CloseShop(ActionView):
    scopes = {"POST": "shops:write"}
    answers = {"POST": Shop}

    def target(self) -> QuerySet[Client]:
        return Client.objects.filter(pk=self.kwargs["shop_id"])

    def act(self, body: dict[str, Any], **path: Any) -> Reply:
        return Reply.ok(shown(close_shop(path["shop_id"])))


class Gate:
    """Lets a test hold a request in the middle of its work."""

    entered = threading.Event()
    leave = threading.Event()


class SlowShops(ActionView):
    scopes = {"POST": "shops:write"}
    bodies = {"POST": Rename}
    answers = {"POST": (201, Shop)}

    def act(self, body: dict[str, Any], **path: Any) -> Reply:
        shop = open_shop(body["name"])
        Gate.entered.set()
        Gate.leave.wait(10)
        return Reply.created(shown(shop), location=f"/api/v1/shops/{shop.pk}/")


class OvertakenShops(ActionView):
    """An identical request commits between this one's look and its work."""

    scopes = {"POST": "shops:write"}
    bodies = {"POST": Rename}
    answers = {"POST": (201, Shop)}

    def act(self, body: dict[str, Any], **path: Any) -> Reply:
        overtaking = threading.Thread(target=self.commit_first)
        overtaking.start()
        overtaking.join()
        shop = open_shop(body["name"])
        return Reply.created(shown(shop), location=f"/api/v1/shops/{shop.pk}/")

    def commit_first(self) -> None:
        IdempotencyRecord.objects.create(
            client=self.caller.client,
            key=self.request.META["HTTP_IDEMPOTENCY_KEY"],
            fingerprint=_fingerprint(self.request),
            status=201,
            headers={"Location": "/first/"},
            body=b'{"the": "first"}',
        )
        connections.close_all()


class Echo(ActionView):
    scopes = {"POST": "shops:read"}
    bodies = {"POST": Nothing}
    answers = {"POST": Shop}

    def post(self, request: Request, **_: Any) -> HttpResponse:
        return json_response({"data": request.data})


class Broken(ApiView):
    scopes = {"GET": "shops:read", "POST": "shops:write"}

    def get(self, request: Request) -> HttpResponse:
        raise RuntimeError("the password is hunter2")

    def post(self, request: Request) -> HttpResponse:
        raise OperationalError("server closed the connection")


class Sleepy(ApiView):
    scopes = {"GET": "shops:read"}

    def get(self, request: Request) -> HttpResponse:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '20ms'; SELECT pg_sleep(2)")
        return json_response({})


class Unscoped(ApiView):
    def get(self, request: Request) -> HttpResponse:
        return json_response({})


class ByNumber(ApiView):
    scopes = {"GET": "shops:read"}

    def get(self, request: Request, number: str) -> HttpResponse:
        return json_response({"number": number})


def outside(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("outside of any API view")


v1 = [
    path("shops/", Shops.as_view()),
    path("shops/<id:shop_id>/", OneShop.as_view()),
    path("shops/<id:shop_id>/close/", CloseShop.as_view()),
    path("slow-shops/", SlowShops.as_view()),
    path("overtaken-shops/", OvertakenShops.as_view()),
    path("echo/", Echo.as_view()),
    path("broken/", Broken.as_view()),
    path("sleepy/", Sleepy.as_view()),
    path("numbers/<str:number>/", ByNumber.as_view()),
]
urlpatterns = [
    path("api/v1/", include(v1)),
    path("api/unscoped/", Unscoped.as_view()),
    path("api/outside/", outside),
    path("outside/", outside),
    path("api/", include("core.api.urls")),
    path("health/", include("core.health")),
]
handler400 = "core.api.problems.bad_request"
handler403 = "core.api.problems.forbidden"
handler404 = "core.api.problems.not_found"
handler500 = "core.api.problems.server_error"
