"""The self-check of offers: counters against the ledger of uses, and the ledger against the events of its orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection

from pricing.offers.events import OffersGivenBack, OffersUsed


@dataclass(frozen=True)
class OfferDiscrepancy:
    """A stored figure that the ledger contradicts; `offer` is its own code.

    `what` is "used", "at most" or "at most each" of the offer's count (the last two against the offer), "used of code
    …", "used of buyer …", or "use of order … at version n", against the order's event of that version.
    """

    offer: str
    what: str
    stored: int | None
    expected: int | None

    @property
    def source(self) -> str:
        if self.what.startswith("at most"):
            return "the offer"
        return "its event" if self.what.startswith("use of order") else "the ledger"

    def __str__(self) -> str:
        return f"offer {self.offer}: {self.what} is {self.stored}, {self.source} says {self.expected}"


# One statement, so that it sees one snapshot whatever is committed meanwhile. It reads, and locks nothing.
_OFF = """
WITH ledger AS (
    SELECT offer_id, code_id, buyer_key, order_id, version, change FROM pricing_offeruse
), told AS (
    SELECT (offer ->> 'offer_id')::uuid AS offer_id, (offer ->> 'code_id')::uuid AS code_id, e.subject_id AS order_id,
           e.version, CASE e.type WHEN %(used)s THEN 1 ELSE -1 END AS change
    FROM core_event e CROSS JOIN LATERAL jsonb_array_elements(e.data -> 'offers') AS offer
    WHERE e.type IN (%(used)s, %(given_back)s) AND e.subject_type = 'order'
), compared AS (
    SELECT offer.id AS offer_id, figure.what, figure.stored, figure.expected
    FROM pricing_offer offer
    LEFT JOIN pricing_offercount count ON count.offer_id = offer.id
    LEFT JOIN (SELECT offer_id, sum(change) AS used FROM ledger GROUP BY offer_id) summed ON summed.offer_id = offer.id
    CROSS JOIN LATERAL (VALUES
        ('used', count.used, coalesce(summed.used, 0)),
        ('at most', count.at_most, offer.total_limit),
        ('at most each', count.at_most_each, offer.limit_per_customer)
    ) AS figure (what, stored, expected)
    UNION ALL
    SELECT code.offer_id, 'used of code ' || code.id, code.used, coalesce(summed.used, 0)
    FROM pricing_offercode code
    LEFT JOIN (SELECT code_id, sum(change) AS used FROM ledger GROUP BY code_id) summed ON summed.code_id = code.id
    UNION ALL
    SELECT offer_id, 'used of buyer ' || buyer_key, coalesce(buyer.used, 0), coalesce(summed.used, 0)
    FROM pricing_offerbuyercount buyer
    FULL JOIN (SELECT offer_id, buyer_key, sum(change) AS used FROM ledger GROUP BY offer_id, buyer_key) summed
        USING (offer_id, buyer_key)
    UNION ALL
    SELECT offer_id, 'use of order ' || order_id || ' at version ' || version,
           coalesce(entered.change, 0), coalesce(told.change, 0)
    FROM (SELECT offer_id, order_id, version, code_id, change FROM ledger) entered
    FULL JOIN told USING (offer_id, order_id, version)
    WHERE entered.code_id IS NOT DISTINCT FROM told.code_id OR entered.change IS NULL OR told.change IS NULL
    UNION ALL
    SELECT offer_id, 'use of order ' || order_id || ' at version ' || version || ' by its code', 1, 0
    FROM ledger JOIN told USING (offer_id, order_id, version)
    WHERE ledger.code_id IS DISTINCT FROM told.code_id
)
SELECT coalesce(offer.code, compared.offer_id::text), compared.what, compared.stored::bigint, compared.expected::bigint
FROM compared LEFT JOIN pricing_offer offer ON offer.id = compared.offer_id
WHERE compared.stored IS DISTINCT FROM compared.expected
ORDER BY compared.offer_id, compared.what
LIMIT %(limit)s
"""


def offers_off(limit: int = 100) -> list[OfferDiscrepancy]:
    """The first figures of offers that the ledger or its events contradict. Empty: it all adds up."""
    values: dict[str, Any] = {"used": OffersUsed.type, "given_back": OffersGivenBack.type, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(_OFF, values)
        return [OfferDiscrepancy(*row) for row in cursor.fetchall()]
