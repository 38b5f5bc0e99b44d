"""What is to be bought, as the calculation sees it. Amounts are minor units of the basket's currency."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from taxes.queries import Destination


@dataclass(frozen=True)
class Item:
    """Units of one variant that are priced alike.

    `index` is where it stands among what was asked for. With `unit_price` the price is given by who asks, and takes no
    offers. A `tax` that is given is on top of the price, and the line is not taxed again.
    """

    key: str
    index: int
    sku: str
    variant_id: uuid.UUID
    product_id: uuid.UUID
    quantity: int
    tax_class: str
    catalogue_price: int | None
    weight_grams: int = 0
    unit_price: int | None = None
    discount: int = 0
    tax: int | None = None


@dataclass(frozen=True)
class OwnDiscount:
    """Off all lines together, by who asks and with a reason: an `amount`, or a `percentage` of what they come to."""

    reason: str
    amount: int | None = None
    percentage: Decimal | None = None


@dataclass(frozen=True)
class Surcharge:
    """On top of all lines together: gift wrapping, a small order."""

    label: str
    amount: int
    code: str = ""


@dataclass(frozen=True)
class Buyer:
    """Who buys, as far as it decides a price. `customer_id` and `email` are what uses of offers are counted under;
    `tax_exempt_reason` is empty for somebody who is taxed.
    """

    customer_id: uuid.UUID | None = None
    email: str = ""
    group_ids: frozenset[uuid.UUID] = frozenset()
    vat_id: str = ""
    tax_exempt_reason: str = ""

    @property
    def is_known(self) -> bool:
        return self.customer_id is not None or bool(self.email)


@dataclass(frozen=True)
class Basket:
    """`delivery` is the code of the method that is chosen, `delivery_charge` a charge that is given instead.

    `order_id` is that of the order that it would become. What is `handed_over` in person goes nowhere.
    """

    client_id: uuid.UUID
    order_id: uuid.UUID
    currency: str
    at: dt.datetime
    items: Sequence[Item]
    destination: Destination = field(default_factory=Destination)
    buyer: Buyer = field(default_factory=Buyer)
    codes: Sequence[str] = ()
    delivery: str = ""
    delivery_charge: int | None = None
    handed_over: bool = False
    own_discounts: Sequence[OwnDiscount] = ()
    surcharges: Sequence[Surcharge] = ()
