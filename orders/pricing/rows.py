"""What was calculated for an order, as the rows that keep it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from django.db.models import Model

from core.errors import InvalidInput
from core.money import MAX_MINOR
from inventory.queries import SellableVariant
from orders.models import Order, OrderLine
from orders.pricing.models import Adjustment, DeliveryCharge, TaxTotal
from pricing.queries import Adjustment as Calculated
from pricing.queries import CalculatedDelivery, CalculatedLine, Calculation

_SUMS = ("discount", "surcharge", "tax", "tax_included")


def line_of(order: Order, line: CalculatedLine, variant: SellableVariant) -> OrderLine:
    return OrderLine(
        order=order,
        position=int(line.key),
        variant_id=variant.id,
        sku=variant.sku,
        name=variant.name,
        unit_price=line.unit_price,
        quantity=line.quantity,
        total=line.total,
        **{name: getattr(line, name) for name in _SUMS},
    )


def set_sums(order: Order, calculation: Calculation) -> None:
    """Give the order the sums of what was calculated. Raises InvalidInput when they are too large."""
    parts = list(calculation.parts())
    for name in _SUMS:
        setattr(order, name, sum(getattr(part, name) for part in parts))
    order.subtotal = calculation.subtotal
    order.shipping = calculation.delivery.price if calculation.delivery else 0
    order.rounding = calculation.rounding
    order.total = calculation.total
    if order.total > MAX_MINOR or order.subtotal > MAX_MINOR:
        raise InvalidInput.at("/lines", "too_large", "The order's total is too large.")


def belongings_of(order: Order, lines: Sequence[OrderLine], calculation: Calculation) -> list[Model]:
    """The rows beside the lines: delivery charge, adjustments, taxes by rate. A plain order has none."""
    delivery = _delivery(order, calculation.delivery) if calculation.delivery else None
    by_key = {str(line.position): line for line in lines}
    return [
        *([delivery] if delivery else []),
        *_adjustments(order, by_key, delivery, calculation),
        *(
            TaxTotal(
                order=order, name=tax.name, rate=tax.rate, reason=tax.reason, given=tax.given,
                included=tax.included, taxable=tax.taxable, amount=tax.amount,
            )
            for tax in calculation.tax_totals
        ),
    ]  # fmt: skip


def _delivery(order: Order, charge: CalculatedDelivery) -> DeliveryCharge:
    return DeliveryCharge(
        order=order,
        method=charge.method,
        name=charge.name,
        kind="in_person" if charge.kind == "pickup" else "parcel",
        location_id=charge.location_id,
        price=charge.price,
        total=charge.total,
        **{name: getattr(charge, name) for name in _SUMS},
    )


def _adjustments(
    order: Order, lines: Mapping[str, OrderLine], delivery: DeliveryCharge | None, calculation: Calculation
) -> Iterator[Adjustment]:
    for line in calculation.lines:
        yield from (_adjustment(order, each, line=lines[line.key]) for each in line.adjustments)
    if calculation.delivery:
        yield from (_adjustment(order, each, delivery=delivery) for each in calculation.delivery.adjustments)
    yield from (_adjustment(order, each) for each in calculation.adjustments)


def _adjustment(
    order: Order, each: Calculated, *, line: OrderLine | None = None, delivery: DeliveryCharge | None = None
) -> Adjustment:
    return Adjustment(
        order=order, line=line, delivery=delivery, kind=each.kind, code=each.code, label=each.label, rate=each.rate,
        amount=each.amount, included=each.included, reason=each.reason, offer_id=each.offer_id,
    )  # fmt: skip
