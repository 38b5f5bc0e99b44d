"""What all routes of orders share: who sees what."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from core.api.expansions import scope_of
from core.api.permissions import require_scope
from core.api.replies import Reply
from core.api.views import ActionView, ApiView, ListView
from core.models import ClientKind
from orders.finding import require_order, visible_orders
from orders.querysets import OrderQuerySet

READ, WRITE = "orders:read", "orders:write"


class OrderView(ApiView):
    """A route of orders."""

    @property
    def owner(self) -> uuid.UUID | None:
        """The storefront whose orders the caller sees; None for the kinds of client that work for all of them."""
        client = self.caller.client
        return client.pk if client.kind == ClientKind.STOREFRONT else None

    def target(self) -> OrderQuerySet | None:
        order_id = self.kwargs.get("order_id")
        return None if order_id is None else visible_orders(self.owner).filter(pk=order_id)

    def expanded(self) -> frozenset[str]:
        names = super().expanded()
        for name in names:
            scope = scope_of("order", name)
            if scope is not None:
                require_scope(self.request, scope)
        return names


class ActionOnOrder(ActionView, OrderView):
    """POST runs `run(order_id, **body, actor=...)` on an order that the caller sees, and answers with its result and
    the order's new ETag. If-Match is honoured when it is sent."""

    scopes = {"POST": WRITE}
    version_of = "version"
    run: ClassVar[Callable[..., Any]]

    def act(self, body: dict[str, Any], **path: uuid.UUID) -> Reply:
        require_order(path["order_id"], self.owner)
        return self.reply(self.run_action(type(self).run, path["order_id"], **body), **path)

    def run_action(self, action: Callable[..., Any], *path: uuid.UUID, **body: Any) -> Any:
        return action(*path, **body, actor=self.actor, expected_version=self.expected_version())

    def reply(self, result: Any, **path: uuid.UUID) -> Reply:
        raise NotImplementedError


class ListOfOrder(ListView, OrderView):
    """A list that belongs to one order."""

    def get(self, request: Request, **path: Any) -> HttpResponse:
        require_order(path["order_id"], self.owner)
        return super().get(request, **path)
