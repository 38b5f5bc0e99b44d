"""What an order that is asked for costs: who asks and what is on sale are looked up, the rules decide."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils import timezone

import customers.queries
import inventory.queries
from core.errors import FieldProblem, InvalidInput, NotFound
from core.ids import new_id
from core.money import require_currency
from core.text import fold
from customers.queries import CustomerSnapshot
from inventory.queries import SellableVariant
from orders.pricing.asked import NewOrder
from orders.pricing.lines import items_of
from orders.statuses import Handover
from pricing.queries import Basket, Buyer, Calculation, Rules, goes_nowhere, price, rules_of
from storefronts.queries import StorefrontRules, require_sold, settings_at
from taxes.queries import Destination

_IDLE = "no_effect", "It makes delivery free, and this order has no charge for it."


@dataclass(frozen=True)
class PricedOrder:
    """An order that is asked for, with what it comes to; `variants` are by SKU. Nothing is stored."""

    new: NewOrder
    customer: CustomerSnapshot | None
    variants: Mapping[str, SellableVariant]
    basket: Basket
    calculation: Calculation
    mark: uuid.UUID | None

    @property
    def storefront(self) -> StorefrontRules:
        return settings_at(self.basket.client_id, self.mark)

    @property
    def email(self) -> str:
        return self.new.email or (self.customer.email if self.customer else "")

    @property
    def own_discount(self) -> int:
        """What the discounts of the one who asks come to."""
        rows = [each for line in self.calculation.lines for each in line.adjustments if each.code == "own"]
        return -sum(each.amount for each in rows)

    @property
    def shipping_address(self) -> Mapping[str, str]:
        return self.new.shipping_address or (self.customer.default_address if self.customer else None) or {}


def price_order(new: NewOrder, client_id: uuid.UUID) -> PricedOrder:
    """Raises InvalidInput for unknown SKUs, prices, customers, currencies and delivery methods, NotSold."""
    require_currency(new.currency)
    customer = _customer(client_id, new.customer_id) if new.customer_id else None
    found = inventory.queries.sellable({line.sku for line in new.lines}, new.currency)
    basket = _basket(new, client_id, customer, found.variants)
    if new.placed_at is None:  # What was placed elsewhere is brought in as it was.
        _require_sold(basket, rules_of(client_id, found.mark))
    by_sku = {variant.sku: variant for variant in found.variants.values()}
    return PricedOrder(new, customer, by_sku, basket, price(basket, found.mark), found.mark)


def _require_sold(basket: Basket, rules: Rules) -> None:
    country = "" if goes_nowhere(basket, rules) else basket.destination.country
    require_sold(rules.storefront, currency=basket.currency, country=country)


def require_codes_to_apply(priced: PricedOrder) -> None:
    """Raises InvalidInput naming each code that gives nothing, with why: nobody pays more than they think."""
    problems = list(_refused_codes(priced))
    if problems:
        raise InvalidInput(
            "Some codes don't apply to this order.",
            unblock="Leave them out, or ask for a quote first.",
            errors=problems,
        )


def _refused_codes(priced: PricedOrder) -> Iterator[FieldProblem]:
    refused = {fold(offer.code): (offer.reason, offer.detail) for offer in priced.calculation.refused}
    used = {fold(offer.code) for offer in priced.calculation.used}
    for index, code in enumerate(priced.new.codes):
        if fold(code) not in used:
            yield FieldProblem(f"/codes/{index}", *refused.get(fold(code), _IDLE))


def _customer(client_id: uuid.UUID, customer_id: uuid.UUID) -> CustomerSnapshot:
    try:
        return customers.queries.customer_for_order(client_id, customer_id)
    except NotFound:
        raise InvalidInput.at("/customer_id", "unknown_customer", "The storefront has no such customer.") from None


def _basket(
    new: NewOrder,
    client_id: uuid.UUID,
    customer: CustomerSnapshot | None,
    variants: Mapping[str, SellableVariant],
) -> Basket:
    address = new.shipping_address or (customer.default_address if customer else None) or {}
    return Basket(
        client_id=client_id,
        order_id=new_id(),
        currency=new.currency,
        at=new.placed_at or timezone.now(),
        items=items_of(new.lines, variants),
        destination=Destination.of(address),
        buyer=_buyer(new, customer),
        codes=new.codes,
        delivery=new.delivery_method,
        delivery_charge=new.shipping,
        handed_over=new.handover == Handover.IN_PERSON,
        own_discounts=new.discounts,
        surcharges=new.surcharges,
    )


def _buyer(new: NewOrder, customer: CustomerSnapshot | None) -> Buyer:
    if customer is None:
        return Buyer(email=new.email)
    return Buyer(
        customer_id=customer.id,
        group_ids=customer.group_ids,
        vat_id=customer.vat_id,
        tax_exempt_reason=customer.tax_exempt_reason,
    )
