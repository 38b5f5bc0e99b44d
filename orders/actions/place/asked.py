"""An order as it is asked for."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orders.pricing.lines import NewLine
from orders.statuses import PaymentTerms


@dataclass(frozen=True)
class NewOrder:
    """An order as asked for.

    `shipping` is the shipping charge in minor units; a guest has an e-mail and no customer.
    """

    currency: str
    lines: Sequence[NewLine]
    customer_id: uuid.UUID | None = None
    email: str = ""
    external_ref: str | None = None
    shipping: int = 0
    payment_terms: str = PaymentTerms.PREPAID
    shipping_address: Mapping[str, Any] = field(default_factory=dict)
    billing_address: Mapping[str, Any] = field(default_factory=dict)
    shipping_method: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    tags: Sequence[str] = ()
    placed_at: dt.datetime | None = None
