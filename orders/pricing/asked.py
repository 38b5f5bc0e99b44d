"""An order as it is asked for."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orders.pricing.lines import NewLine
from orders.statuses import Handover, PaymentTerms
from pricing.queries import OwnDiscount, Surcharge


@dataclass(frozen=True)
class NewOrder:
    """An order as asked for.

    `shipping` is a delivery charge that is given, in minor units; else the `delivery_method` of that code charges.
    `codes` are those of offers. A guest has an e-mail and no customer. With a `quote` it costs what was quoted,
    or is refused.
    """

    currency: str
    lines: Sequence[NewLine]
    customer_id: uuid.UUID | None = None
    email: str = ""
    external_ref: str | None = None
    shipping: int | None = None
    delivery_method: str = ""
    codes: Sequence[str] = ()
    discounts: Sequence[OwnDiscount] = ()
    surcharges: Sequence[Surcharge] = ()
    quote: str = ""
    payment_terms: str = PaymentTerms.PREPAID
    shipping_address: Mapping[str, Any] = field(default_factory=dict)
    billing_address: Mapping[str, Any] = field(default_factory=dict)
    handover: str = Handover.PARCEL
    shipping_method: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    tags: Sequence[str] = ()
    placed_at: dt.datetime | None = None
