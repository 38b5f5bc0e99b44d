"""Orders as the API, the console and other apps find them."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from core.errors import NotFound
from orders.models import Order
from orders.querysets import OrderQuerySet, called


def visible_orders(owner: uuid.UUID | None) -> OrderQuerySet:
    """Orders that are not deleted: one storefront's, or everybody's for None."""
    orders = Order.objects.live()
    return orders if owner is None else orders.filter(client_id=owner)


def find_order(order_id: uuid.UUID, owner: uuid.UUID | None) -> Order:
    """The order with what its operations look at.

    Raises NotFound alike for a missing, a deleted and another storefront's order.
    """
    order = visible_orders(owner).prefetch_related("lines", "holds", "payments", "refunds").filter(pk=order_id).first()
    if order is None:
        raise NotFound("There is no such order.")
    return order


def require_order(order_id: uuid.UUID, owner: uuid.UUID | None) -> None:
    """Raises NotFound as find_order does."""
    if not visible_orders(owner).filter(pk=order_id).exists():
        raise NotFound("There is no such order.")


def order_for_shipping(order_id: uuid.UUID) -> Order:
    """The order as shipping shows it: number, storefront, status and address. Raises NotFound when there is none."""
    order = Order.objects.live().filter(pk=order_id).first()
    if order is None:
        raise NotFound("There is no such order.")
    return order


def order_ids_called(text: str) -> list[uuid.UUID]:
    """The order of this number, with or without "#" and its prefix."""
    return list(Order.objects.filter(called(text.lstrip("#"))).values_list("pk", flat=True))


def taken_refs(client_ids: Collection[uuid.UUID], *, prefix: str) -> set[str]:
    """The external references of these storefronts' orders that begin so; those of deleted orders stay taken."""
    same = Order.objects.filter(client_id__in=client_ids, external_ref__startswith=prefix)
    return {ref for ref in same.values_list("external_ref", flat=True) if ref}
