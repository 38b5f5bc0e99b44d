"""What is off the lines, and what comes on top of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from core.money import allot
from pricing.calculation.basket import Basket, OwnDiscount, Surcharge
from pricing.calculation.result import Adjustment, CalculatedLine
from pricing.offers.evaluating import Applied, OfferLine


def offer_lines(basket: Basket, lines: Sequence[CalculatedLine]) -> list[OfferLine]:
    """What offers may be off: a price of one's own takes none, and no more is given than is left to pay."""
    return [
        OfferLine(
            key=item.key,
            variant_id=item.variant_id,
            product_id=item.product_id,
            quantity=item.quantity,
            unit_price=line.unit_price,
            takes_offers=item.unit_price is None and not item.discount,
        )
        for item, line in zip(basket.items, lines, strict=True)
    ]


def take_offers(lines: Sequence[CalculatedLine], applied: Iterable[Applied]) -> list[CalculatedLine]:
    """The lines with the discounts of the offers that apply."""
    for offer in applied:
        lines = [_with(line, _off(offer, offer.by_line.get(line.key, 0))) for line in lines]
    return list(lines)


def _off(offer: Applied, amount: int) -> Adjustment:
    code = offer.code
    rate = None if offer.rate is None else offer.rate / 100
    return Adjustment("discount", code, offer.label, -amount, rate=rate, offer_id=offer.offer_id)


def take_own_discounts(lines: Sequence[CalculatedLine], own: Iterable[OwnDiscount]) -> list[CalculatedLine]:
    """Discounts of who asks, each split over the lines by what is left to pay of them, and never more than that."""
    for discount in own:
        left = [line.total for line in lines]
        parts = allot(min(_amount(discount, sum(left)), sum(left)), left)
        rate = None if discount.percentage is None else discount.percentage / 100
        lines = [
            _with(line, Adjustment("discount", "own", "Discount", -part, rate=rate, reason=discount.reason))
            for line, part in zip(lines, parts, strict=True)
        ]
    return list(lines)


def _amount(discount: OwnDiscount, of: int) -> int:
    """In minor units, rounded half up."""
    if discount.amount is not None:
        return discount.amount
    numerator, denominator = (discount.percentage or 0).as_integer_ratio()
    return (2 * of * numerator + 100 * denominator) // (200 * denominator)


def add_surcharges(lines: Sequence[CalculatedLine], surcharges: Iterable[Surcharge]) -> list[CalculatedLine]:
    """Surcharges, each split over the lines by what they cost, so that each part is taxed as its line is."""
    for surcharge in surcharges:
        parts = allot(surcharge.amount, [line.amount for line in lines])
        lines = [
            _with(line, Adjustment("surcharge", surcharge.code or "surcharge", surcharge.label, part))
            for line, part in zip(lines, parts, strict=True)
        ]
    return list(lines)


def add_to(lines: Sequence[CalculatedLine], more: Mapping[str, Sequence[Adjustment]]) -> list[CalculatedLine]:
    """The lines with further adjustments, by their keys."""
    return [replace(line, adjustments=(*line.adjustments, *more.get(line.key, ()))) for line in lines]


def _with(line: CalculatedLine, adjustment: Adjustment) -> CalculatedLine:
    return replace(line, adjustments=(*line.adjustments, adjustment)) if adjustment.amount else line
