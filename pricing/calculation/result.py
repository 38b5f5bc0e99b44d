"""What a basket comes to, and why. Amounts are minor units of its currency."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from pricing.offers.evaluating import Applied, Refused

AdjustmentKind = Literal["discount", "tax", "surcharge", "rounding"]


@dataclass(frozen=True)
class Adjustment:
    """One thing that makes something dearer or cheaper. Discounts are negative.

    `included` amounts are in the price already and don't change what is paid. `reason` is why: of a discount of
    one's own as typed, of a tax that isn't raised its word.
    """

    kind: AdjustmentKind
    code: str
    label: str
    amount: int
    rate: Decimal | None = None
    included: bool = False
    reason: str = ""
    offer_id: uuid.UUID | None = None


class Adjusted:
    """What has adjustments, and the sums of them."""

    adjustments: Sequence[Adjustment]

    @property
    def discount(self) -> int:
        return -self._sum("discount")

    @property
    def surcharge(self) -> int:
        return self._sum("surcharge")

    @property
    def tax(self) -> int:
        """All of it, whether the price includes it or not."""
        return self._sum("tax")

    @property
    def tax_included(self) -> int:
        return sum(each.amount for each in self.adjustments if each.kind == "tax" and each.included)

    @property
    def adjusted_by(self) -> int:
        """By how much the adjustments change what is paid."""
        return sum(each.amount for each in self.adjustments if not each.included)

    def _sum(self, kind: AdjustmentKind) -> int:
        return sum(each.amount for each in self.adjustments if each.kind == kind)


@dataclass(frozen=True)
class PriceReason:
    """Where a unit price comes from: "given" by who asked, a "list" by its code and quantity break, or the "catalogue".

    `before_untaxing` is the price with the tax that this buyer doesn't pay, where it was taken out.
    """

    source: Literal["given", "list", "catalogue"]
    list_code: str = ""
    from_quantity: int = 1
    compare_at: int | None = None
    includes_tax: bool = False
    before_untaxing: int | None = None


@dataclass(frozen=True)
class CalculatedLine(Adjusted):
    key: str
    quantity: int
    unit_price: int
    price: PriceReason
    adjustments: Sequence[Adjustment] = ()

    @property
    def amount(self) -> int:
        """Before adjustments."""
        return self.unit_price * self.quantity

    @property
    def total(self) -> int:
        return self.amount + self.adjusted_by


@dataclass(frozen=True)
class CalculatedDelivery(Adjusted):
    """The charge of a method, or one that was given, which has no `method`."""

    method: str
    name: str
    kind: Literal["parcel", "pickup"]
    price: int
    location_id: uuid.UUID | None = None
    tax_class: str = ""
    includes_tax: bool = False
    adjustments: Sequence[Adjustment] = ()

    @property
    def total(self) -> int:
        return self.price + self.adjusted_by


@dataclass(frozen=True)
class TaxTotal:
    """What an invoice shows of one tax: the net amounts that it is of, and the tax.

    There is no rate where the caller gave the amounts; `given` is what the buyer gave for a rate of zero.
    """

    name: str
    rate: Decimal | None
    taxable: int
    amount: int
    included: bool
    reason: str = ""
    given: str = ""


@dataclass(frozen=True)
class Calculation(Adjusted):
    """Its own adjustments are those of no line and no delivery: what a total is rounded by."""

    currency: str
    lines: Sequence[CalculatedLine]
    delivery: CalculatedDelivery | None = None
    adjustments: Sequence[Adjustment] = ()
    tax_totals: Sequence[TaxTotal] = ()
    applied: Sequence[Applied] = ()
    refused: Sequence[Refused] = ()

    def parts(self) -> Iterator[CalculatedLine | CalculatedDelivery]:
        yield from self.lines
        if self.delivery:
            yield self.delivery

    @property
    def used(self) -> Sequence[Applied]:
        """The offers that make something cheaper; one for free delivery does so only where there is a charge."""
        ids = {each.offer_id for part in self.parts() for each in part.adjustments}
        return [offer for offer in self.applied if offer.offer_id in ids]

    @property
    def subtotal(self) -> int:
        return sum(line.amount for line in self.lines)

    @property
    def rounding(self) -> int:
        return self._sum("rounding")

    @property
    def total(self) -> int:
        return sum(part.total for part in self.parts()) + self.adjusted_by
