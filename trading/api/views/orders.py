"""The client's orders of the book."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from rest_framework.request import Request

from core.api.operations import OperationsView
from core.api.replies import Reply
from core.api.views import ActionView, ListView
from trading import actions
from trading.api import serializers
from trading.api.documents import history_document, order_document
from trading.api.filters import BookOrderFilters
from trading.api.views.base import READ, WRITE, TradingView
from trading.errors import AddedMeanwhile
from trading.models import BookOrder
from trading.queries import find_order, history_of, orders_of


class OrderView(TradingView):
    def target(self) -> QuerySet[Any, Any]:
        return orders_of(self.owner).filter(ref=self.kwargs["ref"])


class Orders(ListView, ActionView, TradingView):
    """Your orders, in the book and out of it, newest first."""

    scopes = {"GET": READ, "POST": WRITE}
    bodies = {"POST": serializers.NewBookOrderSerializer}
    answers = {"GET": serializers.BookOrderSerializer, "POST": (201, serializers.BookOrderSerializer)}
    filterset = BookOrderFilters
    orderings = {"-created_at": ("-id",), "created_at": ("id",)}

    def rows(self) -> QuerySet[Any, Any]:
        return orders_of(self.owner)

    def present(self, rows: list[BookOrder]) -> list[Any]:
        return [order_document(order) for order in rows]

    def post(self, request: Request, **path: Any) -> HttpResponse:
        try:
            return super().post(request, **path)
        except AddedMeanwhile:  # The other request has committed, so this time its order is seen.
            return super().post(request, **path)

    def act(self, body: dict[str, Any], **_: Any) -> Reply:
        order = actions.add_order(actions.NewBookOrder(**body), client_id=self.owner, actor=self.actor)
        location = reverse("book-order", args=[order.ref])
        return Reply.created(order_document(order), location=location, version=order.version)


class OneOrder(OrderView):
    scopes = {"GET": READ, "PATCH": WRITE, "DELETE": WRITE}
    bodies = {"PATCH": serializers.BookOrderChangesSerializer}
    answers = {"GET": serializers.BookOrderSerializer, "PATCH": serializers.BookOrderSerializer}
    version_of = "version"

    def get(self, request: Request, ref: str) -> HttpResponse:
        order = find_order(self.owner, ref)
        return self.versioned(order_document(order), order.version)

    def patch(self, request: Request, ref: str) -> HttpResponse:
        changes, expected = self.body(), self.expected_version()
        order = actions.change_order(ref, changes, client_id=self.owner, actor=self.actor, expected_version=expected)
        return Reply.ok(order_document(order), version=order.version).response()

    def delete(self, request: Request, ref: str) -> HttpResponse:
        expected = self.expected_version()
        order = actions.remove_order(ref, client_id=self.owner, actor=self.actor, expected_version=expected)
        return Reply.nothing(version=order.version).response()


class History(ListView, OrderView):
    """Who did what to the order and when, from what to what. Of an order that an import brought, since then."""

    scopes = {"GET": READ}
    answers = {"GET": serializers.BookEventSerializer}
    orderings = {"sequence": ("version",), "-sequence": ("-version",)}

    def rows(self) -> QuerySet[Any, Any]:
        return history_of(find_order(self.owner, self.kwargs["ref"]))

    def present(self, rows: list[Any]) -> list[Any]:
        return [history_document(event) for event in rows]


class Operations(OperationsView, OrderView):
    scopes = {"GET": READ}

    def row(self) -> BookOrder:
        return find_order(self.owner, self.kwargs["ref"])
