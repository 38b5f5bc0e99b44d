"""Taxes of lines and delivery, after discounts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pricing.calculation.basket import Basket
from pricing.calculation.result import Adjustment, CalculatedDelivery, CalculatedLine, TaxTotal
from pricing.calculation.rules import Rules
from taxes.queries import STANDARD, Destination, Tax, Taxable, TaxBuyer, Taxed, TaxRequest, without_tax

DELIVERY = "delivery"
"""The key of the delivery charge among what is taxed."""


def request_of(basket: Basket, rules: Rules, items: Sequence[Taxable] = ()) -> TaxRequest:
    return TaxRequest(
        currency=basket.currency,
        on=rules.storefront.day_of(basket.at),
        seller=rules.seller,
        destination=destination_of(basket, rules),
        buyer=TaxBuyer(basket.buyer.vat_id, basket.buyer.tax_exempt_reason),
        items=items,
    )


def destination_of(basket: Basket, rules: Rules) -> Destination:
    """Where the goods change hands: where they go, or where they are fetched. Where neither is known, and of what is
    handed over in person, where the storefront is.
    """
    seller, pickup = rules.seller, rules.pickup_of(basket)
    if pickup is not None:
        return seller if pickup.location_country in ("", seller.country) else Destination(pickup.location_country)
    return basket.destination if basket.destination.country and not basket.handed_over else seller


def goes_nowhere(basket: Basket, rules: Rules) -> bool:
    """Whether the goods are fetched or handed over, whatever address there is."""
    return basket.handed_over or rules.pickup_of(basket) is not None


def is_untaxed(basket: Basket, rules: Rules) -> bool:
    """Whether this buyer pays none of the taxes that prices include."""
    classes = {item.tax_class or STANDARD for item in basket.items}
    items = [Taxable(each, 0, each, included=True) for each in sorted(classes)]
    return bool(rules.taxes.is_taxed(request_of(basket, rules, items)))


def without_home_tax(amount: int, tax_class: str, basket: Basket, rules: Rules) -> int:
    """A price that includes the tax of the storefront's own country, without it."""
    day = rules.storefront.day_of(basket.at)
    return without_tax(amount, rules.taxes.rates_at(rules.seller, tax_class or STANDARD, day))


def tax(
    basket: Basket, rules: Rules, lines: Sequence[CalculatedLine], delivery: CalculatedDelivery | None
) -> tuple[Mapping[str, Sequence[Adjustment]], Sequence[TaxTotal]]:
    """The taxes of each line, and of the delivery under DELIVERY; and all of each rate.

    Raises AskFirst where a service outside says what they are.
    """
    items = list(_taxables(basket, lines, delivery))
    taxed = rules.tax_provider.taxes_of(request_of(basket, rules, items)) if items else Taxed({}, ())
    adjustments = {key: [_adjustment(each) for each in taxes] for key, taxes in taxed.by_item.items()}
    given = {item.key: item.tax for item in basket.items if item.tax}
    for key, amount in given.items():
        adjustments[key] = [Adjustment("tax", "given", "Tax", amount, reason="given")]
    return adjustments, [*(TaxTotal(**vars(each)) for each in taxed.totals), *_given_total(basket, lines)]


def _taxables(
    basket: Basket, lines: Sequence[CalculatedLine], delivery: CalculatedDelivery | None
) -> Iterator[Taxable]:
    for item, line in zip(basket.items, lines, strict=True):
        if item.tax is None:
            yield Taxable(item.key, line.total, item.tax_class or STANDARD, line.price.includes_tax)
    taxes_are_given = any(item.tax is not None for item in basket.items)
    if delivery is not None and not taxes_are_given:
        yield Taxable(DELIVERY, delivery.total, delivery.tax_class or STANDARD, delivery.includes_tax)


def _adjustment(each: Tax) -> Adjustment:
    return Adjustment("tax", each.reason or "tax", each.name, each.amount, each.rate, each.included, each.reason)


def _given_total(basket: Basket, lines: Sequence[CalculatedLine]) -> Iterator[TaxTotal]:
    taxed = [(item.tax, line) for item, line in zip(basket.items, lines, strict=True) if item.tax]
    if taxed:
        net, amount = sum(line.total for _, line in taxed), sum(given for given, _ in taxed)
        yield TaxTotal("Tax", None, net, amount, included=False, reason="given")
