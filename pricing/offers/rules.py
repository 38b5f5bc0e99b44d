"""Offers and baskets as the evaluation sees them. Amounts are minor units of the basket's currency."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from pricing.offers.statuses import OfferKind


@dataclass(frozen=True)
class OfferLine:
    """Units of one variant at one price. `takes_offers` is False for a price of its own."""

    key: str
    variant_id: UUID
    product_id: UUID
    quantity: int
    unit_price: int
    takes_offers: bool = True

    @property
    def amount(self) -> int:
        return self.unit_price * self.quantity


@dataclass(frozen=True)
class OfferRule:
    """All of an offer, and the code that it was asked for by: `asked_by` is empty for an automatic one.

    `used` and `code_used` are what was counted as it was read; an automatic offer is remembered, so that its `used` is
    told to the evaluation beside it.
    """

    id: UUID
    code: str
    label: str
    kind: OfferKind
    automatic: bool = False
    percentage: Decimal | None = None
    amounts: Mapping[str, int] = field(default_factory=dict)
    buy_quantity: int = 0
    get_quantity: int = 0
    minimum_amounts: Mapping[str, int] = field(default_factory=dict)
    minimum_quantity: int = 0
    product_ids: frozenset[UUID] = frozenset()
    variant_ids: frozenset[UUID] = frozenset()
    group_ids: frozenset[UUID] = frozenset()
    combinable: bool = True
    priority: int = 100
    total_limit: int | None = None
    limit_per_customer: int | None = None
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    active: bool = True
    used: int = 0
    asked_by: str = ""
    code_active: bool = True
    code_limit: int | None = None
    code_used: int = 0

    @property
    def limited(self) -> bool:
        """Whether it matters how often it was used."""
        return self.total_limit is not None or self.limit_per_customer is not None

    @property
    def rank(self) -> tuple[int, str]:
        """What takes first, and wins where two give the same."""
        return self.priority, self.code

    def is_for(self, line: OfferLine) -> bool:
        if not line.takes_offers:
            return False
        everything = not self.product_ids and not self.variant_ids
        return everything or line.product_id in self.product_ids or line.variant_id in self.variant_ids


@dataclass(frozen=True)
class Applied:
    """What an offer gives. `by_line` is what it takes off each line, and has no line that it takes nothing off.

    `code` is the shopper's; of an automatic offer its own.
    """

    offer_id: UUID
    code: str
    label: str
    kind: OfferKind
    by_line: Mapping[str, int]
    free_delivery: bool = False
    rate: Decimal | None = None

    @property
    def amount(self) -> int:
        return sum(self.by_line.values())


@dataclass(frozen=True)
class Refused:
    """Why an offer gives nothing: `reason` is a word for machines, `detail` a sentence for the shopper."""

    code: str
    label: str
    reason: str
    detail: str
    offer_id: UUID | None = None
