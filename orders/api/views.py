"""Orders over HTTP: each write calls one action."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

import orders.actions as actions
from core.api.expansions import expand, expansions_of, scope_of
from core.api.operations import OperationsView
from core.api.permissions import require_scope
from core.api.replies import Reply
from core.api.views import ActionView, ApiView, ListView
from core.clients import is_storefront
from core.errors import InvalidInput, NotFound
from core.models import ClientKind
from orders.api import serializers
from orders.api.documents import (
    event_document,
    hold_document,
    note_document,
    order_document,
    payment_document,
    stored_document,
    with_documents,
)
from orders.api.filters import OrderFilters
from orders.models import Order
from orders.queries import (
    events_of,
    find_order,
    holds_of,
    notes_of,
    payments_of,
    require_order,
    visible_orders,
)
from orders.statuses import PaymentTerms

READ, WRITE = "orders:read", "orders:write"
PRICE, TERMS = "orders:price", "orders:terms"
"""Setting one's own prices or discounts, and letting an order go unpaid, are asked for beside orders:write."""
PAYMENTS_READ, PAYMENTS_WRITE = "payments:read", "payments:write"

EXPANSIONS = ("lines", "payments", *expansions_of("order"))
"""Routes are loaded once every app is ready, so the apps that import this one have registered theirs by then."""


class OrderView(ApiView):
    """What all routes of orders share: who sees what."""

    @property
    def owner(self) -> uuid.UUID | None:
        """The storefront whose orders the caller sees; None for the kinds of client that work for all of them."""
        client = self.caller.client
        return client.pk if client.kind == ClientKind.STOREFRONT else None

    def target_exists(self) -> bool:
        order_id = self.kwargs.get("order_id")
        return order_id is None or visible_orders(self.owner).filter(pk=order_id).exists()

    def expanded(self) -> frozenset[str]:
        names = super().expanded()
        for name in names:
            scope = PAYMENTS_READ if name == "payments" else scope_of("order", name)
            if scope is not None:
                require_scope(self.request, scope)
        return names

    def require_terms(self, body: dict[str, Any]) -> None:
        """Raises ScopeMissing when the caller may not let an order go unpaid, and asks for it."""
        if body.get("payment_terms") == PaymentTerms.ON_ACCOUNT:
            require_scope(self.request, TERMS)

    def shown(self, order: Order) -> Reply:
        return Reply.ok(order_document(order), version=order.version)


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
        client_id = self._storefront(body.pop("client_id", None))
        order = place(self._new_order(body), client_id=client_id, actor=self.actor)
        return Reply.created(order_document(order), location=reverse("order", args=[order.pk]), version=order.version)

    def _new_order(self, body: dict[str, Any]) -> actions.NewOrder:
        if any("unit_price" in line or line.get("discount") for line in body["lines"]):
            require_scope(self.request, PRICE)
        self.require_terms(body)
        lines = [actions.NewLine(**line) for line in body.pop("lines")]
        return actions.NewOrder(lines=lines, **body)

    def _storefront(self, asked: uuid.UUID | None) -> uuid.UUID:
        if self.owner is not None:
            if asked not in {None, self.owner}:
                raise PermissionDenied("A storefront orders for itself only.")
            return self.owner
        if asked is None:
            raise InvalidInput.at("/client_id", "required", "Name the storefront to order for.")
        if not is_storefront(asked):
            raise InvalidInput.at("/client_id", "unknown_client", "There is no such storefront.")
        return asked


class OneOrder(OrderView):
    scopes = {"GET": READ, "PATCH": WRITE, "DELETE": WRITE}
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
        self.require_terms(changes)
        return self.shown(
            actions.update_order(order_id, actor=self.actor, expected_version=expected, **changes)
        ).response()

    def delete(self, request: Request, order_id: uuid.UUID) -> HttpResponse:
        self.body()
        expected = self.expected_version()
        require_order(order_id, self.owner)
        actions.delete_order(order_id, actor=self.actor, expected_version=expected)
        return Reply.nothing().response()


class OrderAction(ActionView, OrderView):
    """POST runs `run(order_id, **body, actor=...)` on an order that the caller sees, and answers with the order."""

    scopes = {"POST": WRITE}
    answers = {"POST": serializers.OrderSerializer}
    run: ClassVar[Callable[..., Any]]

    def act(self, body: dict[str, Any], **path: uuid.UUID) -> Reply:
        require_order(path["order_id"], self.owner)
        return self.reply(type(self).run(path["order_id"], **body, actor=self.actor), **path)

    def reply(self, result: Any, **_: uuid.UUID) -> Reply:
        return self.shown(result)


class Operations(OperationsView, OrderView):
    scopes = {"GET": READ}

    def row(self) -> Order:
        return find_order(self.kwargs["order_id"], self.owner)


class ListOfOrder(ListView, OrderView):
    """A list that belongs to one order."""

    def get(self, request: Request, **path: Any) -> HttpResponse:
        require_order(path["order_id"], self.owner)
        return super().get(request, **path)


class Events(ListOfOrder):
    """The order's timeline as CloudEvents; `sequence` is gap-free."""

    scopes = {"GET": READ}
    answers = {"GET": serializers.EventSerializer}
    orderings = {"sequence": ("version",), "-sequence": ("-version",)}

    def rows(self) -> QuerySet[Any, Any]:
        return events_of(self.kwargs["order_id"])

    def present(self, rows: list[Any]) -> list[Any]:
        return [event_document(event) for event in rows]


class Holds(ListOfOrder, OrderAction):
    scopes = {"GET": READ, "POST": WRITE}
    bodies = {"POST": serializers.NewHoldSerializer}
    answers = {"GET": serializers.HoldSerializer, "POST": (201, serializers.HoldSerializer)}
    orderings = {"-placed_at": ("-placed_at", "-id"), "placed_at": ("placed_at", "id")}
    run = staticmethod(actions.place_hold)

    def rows(self) -> QuerySet[Any, Any]:
        return holds_of(self.kwargs["order_id"])

    def present(self, rows: list[Any]) -> list[Any]:
        return [hold_document(hold) for hold in rows]

    def reply(self, result: Any, **path: uuid.UUID) -> Reply:
        return Reply.created(hold_document(result), location=reverse("order-holds", args=[path["order_id"]]))


class LiftHold(OrderAction):
    answers = {"POST": serializers.HoldSerializer}

    def act(self, body: dict[str, Any], **path: uuid.UUID) -> Reply:
        require_order(path["order_id"], self.owner)
        return Reply.ok(hold_document(actions.lift_hold(path["order_id"], path["hold_id"], actor=self.actor)))


class Notes(ListOfOrder, OrderAction):
    """Notes between colleagues; storefronts with the scope may read and write them."""

    scopes = {"GET": READ, "POST": WRITE}
    bodies = {"POST": serializers.NewNoteSerializer}
    answers = {"GET": serializers.NoteSerializer, "POST": (201, serializers.NoteSerializer)}
    orderings = {"-created_at": ("-id",), "created_at": ("id",)}
    run = staticmethod(actions.add_note)

    def rows(self) -> QuerySet[Any, Any]:
        return notes_of(self.kwargs["order_id"])

    def present(self, rows: list[Any]) -> list[Any]:
        return [note_document(note) for note in rows]

    def reply(self, result: Any, **path: uuid.UUID) -> Reply:
        return Reply.created(note_document(result), location=reverse("order-notes", args=[path["order_id"]]))


class Payments(ListOfOrder, OrderAction):
    scopes = {"GET": PAYMENTS_READ, "POST": PAYMENTS_WRITE}
    bodies = {"POST": serializers.NewPaymentSerializer}
    answers = {"GET": serializers.PaymentSerializer, "POST": (201, serializers.PaymentSerializer)}
    orderings = {"-created_at": ("-id",), "created_at": ("id",)}
    run = staticmethod(actions.record_payment)

    def rows(self) -> QuerySet[Any, Any]:
        return payments_of([self.kwargs["order_id"]]).select_related("order")

    def present(self, rows: list[Any]) -> list[Any]:
        return [payment_document(payment, payment.order.currency) for payment in rows]

    def reply(self, result: Any, **path: uuid.UUID) -> Reply:
        document = payment_document(result, result.order.currency)
        return Reply.created(document, location=reverse("order-payments", args=[path["order_id"]]))


class Refund(OrderAction):
    scopes = {"POST": PAYMENTS_WRITE}
    bodies = {"POST": serializers.RefundPaymentSerializer}
    answers = {"POST": serializers.PaymentSerializer}

    def act(self, body: dict[str, Any], **path: uuid.UUID) -> Reply:
        require_order(path["order_id"], self.owner)
        payment = actions.refund_payment(path["order_id"], path["payment_id"], actor=self.actor, **body)
        return Reply.ok(payment_document(payment, payment.order.currency))


def expanded_documents(rows: list[dict[str, Any]], names: frozenset[str]) -> list[Any]:
    """Documents of rows of with_documents, with what `?expand=` adds, loaded at once for all of them."""
    ids = [row["id"] for row in rows]
    extra: dict[uuid.UUID, dict[str, Any]] = expand("order", names, ids)
    if "payments" in names:
        currencies = {row["id"]: row["currency"] for row in rows}
        for pk in ids:
            extra[pk]["payments"] = []
        for payment in payments_of(ids):
            extra[payment.order_id]["payments"].append(payment_document(payment, currencies[payment.order_id]))
    return [stored_document(row, extra[row["id"]]) for row in rows]
