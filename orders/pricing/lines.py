"""The lines of a new order as asked for: merged, and made ready to be priced."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from core.errors import FieldProblem, InvalidInput
from inventory.queries import SellableVariant
from pricing.queries import Item

MAX_QUANTITY = 1_000_000
"""Units of one SKU at one price in an order."""


@dataclass(frozen=True)
class NewLine:
    """A line as asked for.

    Amounts are minor units for the whole line; without `unit_price` the rules decide it. Lines of one SKU and
    price become one, unless they are of different lots. Once one line of an order says its `tax`, none is calculated.
    """

    sku: str
    quantity: int
    unit_price: int | None = None
    discount: int = 0
    tax: int | None = None
    lot: str = ""


def items_of(new: Sequence[NewLine], variants: Mapping[str, SellableVariant]) -> list[Item]:
    """What the lines are of, to be priced, keyed by their position from 1.

    Raises InvalidInput for unknown SKUs and for quantities that are too large.
    """
    problems = list(_problems(new, variants))
    if problems:
        raise InvalidInput("Some lines cannot be ordered.", errors=problems)
    by_sku = {variant.sku: variant for variant in variants.values()}
    merged = merge_lines([replace(line, sku=variants[line.sku].sku) for line in new])
    taxed = any(line.tax is not None for line in new)
    first = {variants[line.sku].sku: index for index, line in reversed(list(enumerate(new)))}
    return [
        _item(position, first[line.sku], line, by_sku[line.sku], taxed=taxed)
        for position, line in enumerate(merged, start=1)
    ]


def merge_lines(lines: Sequence[NewLine]) -> list[NewLine]:
    """One line per SKU, price and lot, in the order in which they first come; quantities, discounts and taxes are
    summed."""
    merged: dict[tuple[str, int | None, str], NewLine] = {}
    for line in lines:
        key = (line.sku, line.unit_price, line.lot)
        same = merged.get(key)
        merged[key] = line if same is None else _together(same, line)
    return list(merged.values())


def _together(same: NewLine, line: NewLine) -> NewLine:
    taxes = [each.tax for each in (same, line) if each.tax is not None]
    return replace(
        line,
        quantity=same.quantity + line.quantity,
        discount=same.discount + line.discount,
        tax=sum(taxes) if taxes else None,
    )


def _problems(new: Sequence[NewLine], variants: Mapping[str, SellableVariant]) -> Iterator[FieldProblem]:
    totals: Counter[tuple[str, int | None]] = Counter()
    for index, line in enumerate(new):
        variant = variants.get(line.sku)
        if variant is None:
            yield FieldProblem(f"/lines/{index}/sku", "unknown_sku", f"No product with SKU {line.sku!r} is on sale.")
            continue
        totals[variant.sku, line.unit_price] += line.quantity
        if totals[variant.sku, line.unit_price] > MAX_QUANTITY:
            told = f"At most {MAX_QUANTITY:,} units of one SKU in an order."
            yield FieldProblem(f"/lines/{index}/quantity", "too_large", told)


def _item(position: int, index: int, line: NewLine, variant: SellableVariant, *, taxed: bool) -> Item:
    return Item(
        key=str(position),
        index=index,
        sku=variant.sku,
        variant_id=variant.id,
        product_id=variant.product_id,
        quantity=line.quantity,
        tax_class=variant.tax_class,
        catalogue_price=variant.price,
        weight_grams=variant.weight_grams,
        unit_price=line.unit_price,
        discount=line.discount,
        tax=(line.tax or 0) if taxed else None,
    )
