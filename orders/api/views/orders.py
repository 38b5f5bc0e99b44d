"""Orders themselves: lists, one order, and what is done to it."""

from __future__ import annotations

import functools
import uuid
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from core.api.expansions import expand, expansions_of
from core.api.operations import OperationsView
from core.api.permissions import require_scope
from core.api.replies import Reply
from core.api.views import ActionView, ListView
from core.clients import is_storefront
from core.errors import InvalidInput, NotFound
from orders import actions
from orders.api import serializers
from orders.api.documents import order_document, stored_document, with_documents
from orders.api.filters import OrderFilters
from orders.models import Order
from orders.queries import find_order, require_order, visible_orders
from orders.routes import READ, WRITE, ActionOnOrder, OrderView
from orders.statuses import PaymentTerms

PRICE, TERMS = "orders:price", "orders:terms"
"""Setting one's own prices, discounts or taxes, and letting an order go unpaid, are asked for beside orders:write."""

EXPANSIONS = ("lines", *expansions_of("order"))
"""Routes are loaded once every app is ready, so whatever adds to an order has registered itself by then."""


class Orders(ListView, ActionView, OrderView):
    """Orders, newest first."""

    scopes = {"GET": READ, "POST": WRITE}
    further_scopes = (PRICE, TERMS)
    bodies = {"POST": serializers.NewOrderSerializer}
    answers = {"GET": serializers.OrderSerializer, "POST": (201, serializers.OrderSerializer)}
    expansions = EXPANSIONS
    filterset = OrderFilters
    orderings = {"-created_at": ("-id",), "created_at": ("id",), "-number": ("-number",), "number": ("number",)}

    def rows(self) -> QuerySet[Any, Any]:
        return with_documents(visible_orders(self.owner), lines="lines" in self.expanded())

    def present(self, rows: list[dict[str, Any]]) -> list[Any]:
        return expanded_documents(rows, self.expanded())

    def act(self, body: dict[str, Any], **_: Any) -> Reply:
        place = actions.create_draft if body.pop("draft", False) else actions.place_order
        client_id = storefront_of(self.owner, body.pop("client_id", None))
        _require_terms(self.request, body)
        order = place(new_order(self.request, body), client_id=client_id, actor=self.actor)
        return Reply.created(order_document(order), location=reverse("order", args=[order.pk]), version=order.version)


def new_order(request: Request, body: dict[str, Any]) -> actions.NewOrder:
    """The order that a body asks for. Raises ScopeMissing for prices of one's own without orders:price."""
    own = any("unit_price" in line or line.get("discount") or "tax" in line for line in body["lines"])
    if own or body.get("discounts") or body.get("surcharges"):
        require_scope(request, PRICE)
    lines = [actions.NewLine(**line) for line in body.pop("lines")]
    discounts = [actions.OwnDiscount(**each) for each in body.pop("discounts", ())]
    surcharges = [actions.Surcharge(**each) for each in body.pop("surcharges", ())]
    return actions.NewOrder(lines=lines, discounts=discounts, surcharges=surcharges, **body)


def storefront_of(owner: uuid.UUID | None, asked: uuid.UUID | None) -> uuid.UUID:
    """The storefront that a caller orders for. Raises PermissionDenied, InvalidInput."""
    if owner is not None:
        if asked not in {None, owner}:
            raise PermissionDenied("A storefront orders for itself only.")
        return owner
    if asked is None:
        raise InvalidInput.at("/client_id", "required", "Name the storefront to order for.")
    if not is_storefront(asked):
        raise InvalidInput.at("/client_id", "unknown_client", "There is no such storefront.")
    return asked


class OneOrder(OrderView):
    """One order with its lines."""

    scopes = {"GET": READ, "PATCH": WRITE, "DELETE": WRITE}
    version_of = "version"
    patches_once = True
    further_scopes = (TERMS,)
    bodies = {"PATCH": serializers.OrderChangesSerializer}
    answers = {"GET": serializers.OrderSerializer, "PATCH": serializers.OrderSerializer}
    expansions = EXPANSIONS

    def get(self, request: Request, order_id: uuid.UUID) -> HttpResponse:
        row = with_documents(visible_orders(self.owner).filter(pk=order_id), lines=True).first()
        if row is None:
            raise NotFound("There is no such order.")
        names = self.expanded()
        document = expanded_documents([row], names)[0]
        return self.versioned(document, row["version"], covered=names <= {"lines"})

    def patch(self, request: Request, order_id: uuid.UUID) -> HttpResponse:
        changes, expected = self.body(), self.expected_version()
        require_order(order_id, self.owner)
        _require_terms(request, changes)
        update = functools.partial(actions.update_order, order_id, actor=self.actor, expected_version=expected)
        return self.once_if_keyed(lambda: _shown(update(**changes)))

    def delete(self, request: Request, order_id: uuid.UUID) -> HttpResponse:
        expected = self.expected_version()
        require_order(order_id, self.owner)
        actions.delete_order(order_id, actor=self.actor, expected_version=expected)
        return Reply.nothing().response()


class OrderAction(ActionOnOrder):
    """Answers with the order as it is then."""

    answers = {"POST": serializers.OrderSerializer}

    def reply(self, result: Order, **_: uuid.UUID) -> Reply:
        return _shown(result)


class Operations(OperationsView, OrderView):
    scopes = {"GET": READ}

    def row(self) -> Order:
        return find_order(self.kwargs["order_id"], self.owner)


def expanded_documents(rows: list[dict[str, Any]], names: frozenset[str]) -> list[Any]:
    """Documents of rows of with_documents, with what `?expand=` adds, loaded at once for all of them."""
    extra = expand("order", names, [row["id"] for row in rows])
    return [stored_document(row, extra[row["id"]]) for row in rows]


def _require_terms(request: Request, body: dict[str, Any]) -> None:
    """Raises ScopeMissing when the caller may not let an order go unpaid, and asks for it."""
    if body.get("payment_terms") == PaymentTerms.ON_ACCOUNT:
        require_scope(request, TERMS)


def _shown(order: Order) -> Reply:
    return Reply.ok(order_document(order), version=order.version)
