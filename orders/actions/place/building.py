"""The rows of a new order, before they are stored."""

from __future__ import annotations

import uuid

from django.utils import timezone

import customers.queries
from core.errors import InvalidInput, NotFound
from core.ids import new_id
from customers.queries import CustomerSnapshot
from orders.actions.place.asked import NewOrder
from orders.models import Order, OrderLine
from orders.pricing.lines import price_lines
from orders.pricing.totals import set_totals
from orders.statuses import OrderStatus


def build_order(new: NewOrder, client_id: uuid.UUID, status: OrderStatus) -> tuple[Order, list[OrderLine]]:
    """The order and its lines, priced and summed up; nothing is stored.

    Raises InvalidInput for unknown SKUs, prices or customers.
    """
    customer = _customer(client_id, new.customer_id) if new.customer_id else None
    lines = price_lines(new.lines, new.currency)
    order = Order(
        id=new_id(),
        client_id=client_id,
        customer_id=new.customer_id,
        email=new.email or (customer.email if customer else ""),
        external_ref=new.external_ref,
        currency=new.currency,
        status=status,
        payment_terms=new.payment_terms,
        shipping=new.shipping,
        shipping_address=new.shipping_address or (customer.default_address if customer else None) or {},
        billing_address=new.billing_address,
        shipping_method=new.shipping_method,
        metadata=new.metadata,
        tags=sorted(set(new.tags)),
        created_at=timezone.now(),
    )
    set_totals(order, lines)
    for line in lines:
        line.order = order
    return order, lines


def _customer(client_id: uuid.UUID, customer_id: uuid.UUID) -> CustomerSnapshot:
    try:
        return customers.queries.customer_for_order(client_id, customer_id)
    except NotFound:
        raise InvalidInput.at("/customer_id", "unknown_customer", "The storefront has no such customer.") from None
