"""The lines of a new order: as asked for, merged, and priced by the catalogue or by who asks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import inventory.queries
from core.errors import FieldProblem, InvalidInput
from inventory.queries import SellableVariant
from orders.models import OrderLine

MAX_QUANTITY = 1_000_000
"""Units of one SKU at one price in an order."""


@dataclass(frozen=True)
class NewLine:
    """A line as asked for.

    Amounts are minor units for the whole line; without `unit_price` the variant's price holds. Lines of one SKU and
    price become one, unless they are of different lots.
    """

    sku: str
    quantity: int
    unit_price: int | None = None
    discount: int = 0
    tax: int = 0
    lot: str = ""


def price_lines(new: Sequence[NewLine], currency: str) -> list[OrderLine]:
    """The lines of an order that isn't stored yet, priced and numbered from 1.

    Raises InvalidInput for unknown SKUs, missing prices and amounts or quantities that are too large.
    """
    merged = merge_lines(new)
    offers = inventory.queries.sellable({line.sku for line in merged}, currency)
    problems = list(_problems(new, currency, offers))
    if problems:
        raise InvalidInput("Some lines cannot be ordered.", errors=problems)
    return [_priced(position, line, offers[line.sku]) for position, line in enumerate(merged, start=1)]


def merge_lines(lines: Sequence[NewLine]) -> list[NewLine]:
    """One line per SKU, price and lot, in the order in which they first come; quantities, discounts and taxes are
    summed."""
    merged: dict[tuple[str, int | None, str], NewLine] = {}
    for line in lines:
        key = (line.sku, line.unit_price, line.lot)
        same = merged.get(key)
        merged[key] = (
            line
            if same is None
            else replace(
                line,
                quantity=same.quantity + line.quantity,
                discount=same.discount + line.discount,
                tax=same.tax + line.tax,
            )
        )
    return list(merged.values())


def _problems(new: Sequence[NewLine], currency: str, offers: Mapping[str, SellableVariant]) -> Iterator[FieldProblem]:
    totals: Counter[tuple[str, int | None]] = Counter()
    for index, line in enumerate(new):
        at = f"/lines/{index}"
        offer = offers.get(line.sku)
        totals[line.sku, line.unit_price] += line.quantity
        if offer is None:
            yield FieldProblem(f"{at}/sku", "unknown_sku", f"No product with SKU {line.sku!r} is on sale.")
            continue
        price = offer.price if line.unit_price is None else line.unit_price
        if price is None:
            yield FieldProblem(f"{at}/sku", "no_price", f"{line.sku} has no price in {currency}.")
        elif line.discount > price * line.quantity:
            yield FieldProblem(f"{at}/discount", "too_large", "The discount is larger than the line's amount.")
        if totals[line.sku, line.unit_price] > MAX_QUANTITY:
            yield FieldProblem(f"{at}/quantity", "too_large", f"At most {MAX_QUANTITY:,} units of one SKU in an order.")


def _priced(position: int, line: NewLine, offer: SellableVariant) -> OrderLine:
    unit_price = line.unit_price if line.unit_price is not None else offer.price or 0
    return OrderLine(
        position=position,
        variant_id=offer.id,
        sku=offer.sku,
        name=offer.name,
        unit_price=unit_price,
        quantity=line.quantity,
        discount=line.discount,
        tax=line.tax,
        total=unit_price * line.quantity - line.discount + line.tax,
    )
