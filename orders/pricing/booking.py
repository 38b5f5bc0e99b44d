"""What a charge is made of, as lines of the books: what is sold net of the tax in its price, and each tax."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from books.queries import Account, Line, summed
from orders.models import Order, OrderLine
from orders.pricing.models import DeliveryCharge, TaxTotal
from orders.pricing.statuses import AdjustmentKind


def charged_as(
    order: Order, lines: Iterable[OrderLine], deliveries: Iterable[DeliveryCharge], taxes: Iterable[TaxTotal]
) -> list[Line]:
    """The whole of an order: its total is owed, for goods, delivery, surcharges and taxes, less discounts."""
    return summed(
        [
            Line(Account.RECEIVABLE, order.total),
            *_parts(lines, deliveries),
            *(Line(Account.TAX, -tax.amount, tax_in_words(tax)) for tax in taxes),
            Line(Account.ROUNDING, -order.rounding),
        ]
    )


def charge_of_stored(order: Order, lines: Sequence[OrderLine]) -> list[Line]:
    """The same of an order whose other rows are read."""
    return charged_as(order, lines, order.deliveries.all(), order.tax_totals.all())


def tax_in_words(tax: TaxTotal) -> str:
    """ "VAT 19 %"."""
    return _in_words(tax.name, tax.rate)


def _in_words(name: str, rate: Decimal | None) -> str:
    return name if rate is None else f"{name} {(rate * 100).normalize():f} %"


def part_as_charged(part: OrderLine | DeliveryCharge, account: str) -> list[Line]:
    """A line or delivery alone: its total is owed, for what is sold and its taxes, less its discounts."""
    taxes = [each for each in part.adjustments.all() if each.kind == AdjustmentKind.TAX]
    return summed(
        [
            Line(Account.RECEIVABLE, part.total),
            *_net(account, part.price if isinstance(part, DeliveryCharge) else part.unit_price * part.quantity, part),
            *(Line(Account.TAX, -tax.amount, _in_words(tax.label, tax.rate)) for tax in taxes),
        ]
    )


def _parts(lines: Iterable[OrderLine], deliveries: Iterable[DeliveryCharge]) -> Iterator[Line]:
    for line in lines:
        yield from _net(Account.GOODS, line.unit_price * line.quantity, line)
    for delivery in deliveries:
        yield from _net(Account.DELIVERY, delivery.price, delivery)


def _net(account: str, price: int, part: OrderLine | DeliveryCharge) -> Iterator[Line]:
    """The tax in a price is in its discount and surcharge too, by what they are of it."""
    base = price - part.discount + part.surcharge
    in_discount, in_surcharge = (
        _rounded(part.tax_included * each, base) if base else 0 for each in (part.discount, part.surcharge)
    )
    in_price = part.tax_included + in_discount - in_surcharge
    yield Line(account, in_price - price)
    yield Line(Account.DISCOUNTS, part.discount - in_discount)
    yield Line(Account.SURCHARGES, in_surcharge - part.surcharge)


def _rounded(numerator: int, denominator: int) -> int:
    """Half up; both aren't negative."""
    return (2 * numerator + denominator) // (2 * denominator)
