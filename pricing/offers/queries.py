"""What the calculation, the API and the console may read of offers."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from core.errors import NotFound
from pricing.offers.models import Offer, OfferCode
from pricing.offers.rules import OfferRule
from pricing.offers.statuses import OfferKind
from pricing.offers.verification import OfferDiscrepancy, offers_off

__all__ = [
    "OfferDiscrepancy",
    "Uses",
    "automatic_offers",
    "code_of",
    "offer_of",
    "offers_of_codes",
    "offers_off",
    "offers_shown",
    "uses_of",
]


def automatic_offers(client_id: uuid.UUID) -> Sequence[OfferRule]:
    """The storefront's offers without a code that run or will: one statement. How often they were used isn't in it."""
    rows = Offer.objects.of_client(client_id).filter(automatic=True).may_run(timezone.now())
    return [_rule(offer, offer) for offer in rows.with_targets().order_by("priority", "code")]


def offers_of_codes(client_id: uuid.UUID, codes: Collection[str]) -> Sequence[OfferRule]:
    """The storefront's offers that these codes ask for, in any letter case, whether they hold or not: one statement.

    One rule for each code that there is; of the others `evaluate` says so. None is read for no codes.
    """
    if not codes:
        return []
    rows = OfferCode.objects.of_client(client_id).among(codes).with_targets()
    return [_asked(code) for code in rows.select_related("offer__count").order_by("code")]


@dataclass(frozen=True)
class Uses:
    """How often offers are in use: by all together, and by one buyer."""

    by_all: Mapping[uuid.UUID, int] = field(default_factory=dict)
    by_buyer: Mapping[uuid.UUID, int] = field(default_factory=dict)


_USES = """
SELECT count.offer_id, count.used, coalesce(buyer.used, 0)
FROM pricing_offercount count
LEFT JOIN pricing_offerbuyercount buyer ON buyer.offer_id = count.offer_id AND buyer.buyer_key = %s
WHERE count.offer_id = ANY(%s)
"""


def uses_of(rules: Iterable[OfferRule], buyer_key: str) -> Uses:
    """Of those offers that have a limit: one statement, and none where there is no such offer."""
    limited = sorted({rule.id for rule in rules if rule.limited})
    if not limited:
        return Uses()
    with connection.cursor() as cursor:
        cursor.execute(_USES, [buyer_key, limited])
        rows = cursor.fetchall()
    return Uses({offer: used for offer, used, _ in rows}, {offer: used for offer, _, used in rows})


def offers_shown(client_id: uuid.UUID, at: dt.datetime) -> QuerySet[Offer]:
    """The storefront's, with their state at that moment, counts and targets: one statement."""
    return Offer.objects.of_client(client_id).with_targets().with_state(at).select_related("count")


def offer_of(client_id: uuid.UUID, offer_id: uuid.UUID) -> Offer:
    """As offers_shown. Raises NotFound, also for another storefront's offer."""
    offer = offers_shown(client_id, timezone.now()).filter(pk=offer_id).first()
    if offer is None:
        raise NotFound("There is no such offer.")
    return offer


def code_of(client_id: uuid.UUID, offer_id: uuid.UUID, code_id: uuid.UUID) -> OfferCode:
    """With its offer. Raises NotFound, also for another offer's code."""
    code = OfferCode.objects.of_client(client_id).select_related("offer").filter(pk=code_id, offer=offer_id).first()
    if code is None:
        raise NotFound("There is no such code.")
    return code


def _asked(code: Any) -> OfferRule:
    offer = code.offer
    return _rule(
        offer,
        code,
        used=offer.count.used,
        asked_by=code.code,
        code_active=code.active,
        code_limit=code.use_limit,
        code_used=code.used,
    )


def _rule(offer: Offer, targets: Any, **asked: Any) -> OfferRule:
    """`targets` is the row that was read with them."""
    return OfferRule(
        id=offer.pk,
        code=offer.code,
        label=offer.label,
        kind=OfferKind(offer.kind),
        automatic=offer.automatic,
        percentage=offer.percentage,
        amounts=offer.amounts,
        buy_quantity=offer.buy_quantity or 0,
        get_quantity=offer.get_quantity or 0,
        minimum_amounts=offer.minimum_amounts,
        minimum_quantity=offer.minimum_quantity,
        product_ids=frozenset(targets.product_ids),
        variant_ids=frozenset(targets.variant_ids),
        group_ids=frozenset(offer.group_ids),
        combinable=offer.combinable,
        priority=offer.priority,
        total_limit=offer.total_limit,
        limit_per_customer=offer.limit_per_customer,
        starts_at=offer.starts_at,
        ends_at=offer.ends_at,
        active=offer.active,
        **asked,
    )
