"""The rows of a new order, before they are stored."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Model
from django.utils import timezone

from books.queries import Line
from orders.models import Order, OrderLine
from orders.pricing.booking import charged_as
from orders.pricing.models import DeliveryCharge, TaxTotal
from orders.pricing.prices import PricedOrder
from orders.pricing.rows import belongings_of, line_of, set_sums
from orders.statuses import Handover, OrderStatus
from pricing.queries import Applied
from storefronts.queries import StorefrontRules


@dataclass(frozen=True)
class NewRows:
    """An order with its lines, its delivery charge, adjustments and taxes, what its charge is made of, the offers that
    it uses, and how its storefront sells.
    """

    order: Order
    lines: list[OrderLine]
    belongings: Sequence[Model]
    charge: Sequence[Line]
    offers: Sequence[Applied]
    storefront: StorefrontRules


def build_order(priced: PricedOrder, client_id: uuid.UUID, status: OrderStatus) -> NewRows:
    """Nothing is stored. Raises InvalidInput when the sums are too large."""
    new, calculation = priced.new, priced.calculation
    delivery = calculation.delivery
    fetched = delivery is not None and delivery.kind == "pickup"
    order = Order(
        id=priced.basket.order_id,
        number_prefix=priced.storefront.number_prefix,
        client_id=client_id,
        customer_id=new.customer_id,
        email=priced.email,
        external_ref=new.external_ref,
        currency=new.currency,
        status=status,
        payment_terms=new.payment_terms,
        shipping_address=priced.shipping_address,
        billing_address=new.billing_address,
        handover=Handover.IN_PERSON if fetched else new.handover,
        shipping_method=new.shipping_method or (delivery.name if delivery and delivery.method else ""),
        metadata=new.metadata,
        tags=sorted(set(new.tags)),
        created_at=timezone.now(),
    )
    set_sums(order, calculation)
    calculated = zip(priced.basket.items, calculation.lines, strict=True)
    lines = [line_of(order, line, priced.variants[item.sku]) for item, line in calculated]
    belongings = belongings_of(order, lines, calculation)
    deliveries = [row for row in belongings if isinstance(row, DeliveryCharge)]
    taxes = [row for row in belongings if isinstance(row, TaxTotal)]
    charge = charged_as(order, lines, deliveries, taxes)
    return NewRows(order, lines, belongings, charge, calculation.used, priced.storefront)
