"""What other apps, the API and the console may read of gift cards and store credit."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from django.db import connection
from django.db.models import QuerySet, Sum

from books.queries import Line, not_posted, posted_for
from core.errors import InvalidInput, NotFound
from stored_value.booking import BOOKED, booked_as
from stored_value.events import (
    StoredValueAdjusted,
    StoredValueExpired,
    StoredValueGivenBack,
    StoredValueIssued,
    StoredValueRedeemed,
    ValueMoved,
)
from stored_value.models import StoredValue, StoredValueEntry
from stored_value.statuses import EntryKind


def gift_cards_of(client_id: uuid.UUID) -> QuerySet[StoredValue]:
    return StoredValue.objects.of_client(client_id).gift_cards()


def store_credit_of(client_id: uuid.UUID, customer_id: uuid.UUID) -> QuerySet[StoredValue]:
    """What the storefront's customer has, a row per currency."""
    return StoredValue.objects.of_client(client_id).credit_of(customer_id)


def credited_by_reference(client_id: uuid.UUID | None) -> dict[str, int]:
    """What credits of other systems came to, by currency; of all storefronts for None."""
    entries = StoredValueEntry.objects.exclude(reference="")
    if client_id is not None:
        entries = entries.filter(client_id=client_id)
    sums = entries.order_by().values_list("stored_value__currency").annotate(Sum("amount"))
    return dict(sums)


def store_credit_left(customer_id: uuid.UUID, currency: str) -> int:
    """What the customer could pay with store credit in the currency."""
    found = StoredValue.objects.credit_of(customer_id).filter(currency=currency, disabled_at=None)
    return found.values_list("balance", flat=True).first() or 0


def stored_value_of(client_id: uuid.UUID, stored_value_id: uuid.UUID) -> StoredValue:
    """Raises NotFound, also for another storefront's."""
    found = StoredValue.objects.of_client(client_id).filter(pk=stored_value_id).first()
    if found is None:
        raise NotFound("There is no such gift card or store credit.")
    return found


def is_gift_card_of(client_id: uuid.UUID, stored_value_id: uuid.UUID) -> bool:
    """Whether that is a gift card of the storefront."""
    return StoredValue.objects.of_client(client_id).gift_cards().filter(pk=stored_value_id).exists()


def gift_card_with(client_id: uuid.UUID, code: str, *, locked: bool = False) -> StoredValue:
    """The storefront's gift card of that code. Raises InvalidInput at /code, also for another storefront's."""
    rows = StoredValue.objects.locked() if locked else StoredValue.objects.all()
    card = rows.of_client(client_id).gift_cards().with_code(code).first()
    if card is None:
        raise InvalidInput.at("/code", "unknown_gift_card", "The storefront has no gift card with this code.")
    return card


def entries_of(stored_value_id: uuid.UUID) -> QuerySet[StoredValueEntry]:
    return StoredValueEntry.objects.filter(stored_value_id=stored_value_id)


# The self-check

_AT_A_TIME = 1_000


@dataclass
class OfPayment:
    """What the entries of one payment and one row of stored value say, in minor units."""

    redeemed: int = 0
    given_back: int = 0


def moved_by_orders(order_ids: Collection[uuid.UUID]) -> dict[tuple[uuid.UUID, uuid.UUID, uuid.UUID], OfPayment]:
    """(order, payment, stored value) → what its entries took and gave back."""
    moved: defaultdict[tuple[uuid.UUID, uuid.UUID, uuid.UUID], OfPayment] = defaultdict(OfPayment)
    rows = StoredValueEntry.objects.filter(order_id__in=order_ids).order_by()
    for order_id, payment_id, stored_value_id, kind, amount in rows.values_list(
        "order_id", "payment_id", "stored_value_id", "kind", "amount"
    ):
        if order_id is not None and payment_id is not None:
            figures = moved[order_id, payment_id, stored_value_id]
            figures.redeemed -= amount if kind == EntryKind.REDEEM else 0
            figures.given_back += amount if kind == EntryKind.GIVE_BACK else 0
    return dict(moved)


@dataclass(frozen=True)
class Discrepancy:
    """One value that two places tell differently. `version` is the entry's; 0 for the balance."""

    stored_value_id: uuid.UUID
    version: int
    what: str
    stored: str
    expected: str

    @property
    def off(self) -> int:
        """Cents, where it is about an amount."""
        return abs(int(self.stored) - int(self.expected)) if self.what in {"amount", "balance"} else 0

    def __str__(self) -> str:
        of = f" of the entry at version {self.version}" if self.version else ""
        source = "its event" if self.version else "the ledger"
        return f"stored value {self.stored_value_id}: {self.what}{of} is {self.stored}, {source} says {self.expected}"


_TOLD_BY: dict[type[ValueMoved], EntryKind] = {
    StoredValueIssued: EntryKind.ISSUE,
    StoredValueRedeemed: EntryKind.REDEEM,
    StoredValueGivenBack: EntryKind.GIVE_BACK,
    StoredValueAdjusted: EntryKind.ADJUST,
    StoredValueExpired: EntryKind.EXPIRE,
}

# An event and its entry tell the same; what only one of the two has differs in its amount from nothing. One statement,
# so that it is one snapshot.
_DISCREPANCIES = """
WITH told AS (
    SELECT e.subject_id AS id, e.version, kinds.kind, (e.data ->> 'amount')::bigint AS amount,
           e.client_id::text AS client, coalesce(e.data ->> 'order_id', '') AS order_id,
           coalesce(e.data ->> 'payment_id', '') AS payment_id,
           concat_ws(' ', e.actor_kind, e.actor_id, e.actor_name) AS actor
    FROM core_event e JOIN unnest(%(types)s::text[], %(kinds)s::text[]) AS kinds (type, kind) ON kinds.type = e.type
    WHERE e.subject_type = 'stored_value'
), entered AS (
    SELECT stored_value_id AS id, version, kind, amount, client_id::text AS client,
           coalesce(order_id::text, '') AS order_id, coalesce(payment_id::text, '') AS payment_id,
           concat_ws(' ', actor_kind, actor_id, actor_name) AS actor
    FROM stored_value_storedvalueentry
)
SELECT id, version, differing.what, differing.stored, differing.expected
FROM told FULL JOIN entered USING (id, version)
CROSS JOIN LATERAL (VALUES
    ('amount', coalesce(entered.amount, 0)::text, coalesce(told.amount, 0)::text),
    ('kind', entered.kind, told.kind),
    ('client', entered.client, told.client),
    ('order', entered.order_id, told.order_id),
    ('payment', entered.payment_id, told.payment_id),
    ('actor', entered.actor, told.actor)
) AS differing (what, stored, expected)
WHERE differing.stored <> differing.expected
UNION ALL
SELECT s.id, 0, 'balance', s.balance::text, coalesce(sums.amount, 0)::text
FROM stored_value_storedvalue s
LEFT JOIN (SELECT id, sum(amount) AS amount FROM entered GROUP BY id) sums USING (id)
WHERE s.balance <> coalesce(sums.amount, 0)
ORDER BY 1, 2, 3
LIMIT %(limit)s
"""


def stored_value_discrepancies(limit: int = 100) -> list[Discrepancy]:
    """Where balances, entries and events differ, for equality alone. Empty: it all adds up."""
    with connection.cursor() as cursor:
        cursor.execute(
            _DISCREPANCIES,
            {"types": [event.type for event in _TOLD_BY], "kinds": [*map(str, _TOLD_BY.values())], "limit": limit},
        )
        return [Discrepancy(*row) for row in cursor.fetchall()]


def value_postings_off(limit: int = 100) -> list[Discrepancy]:
    """Where entries and the books differ; both are read a thousand rows of stored value at a time."""
    return list(islice(_postings_off(), limit))


def values_not_posted() -> list[uuid.UUID]:
    """Gift cards and store credit that have an entry without a posting, the oldest first."""
    return not_posted(StoredValueEntry.objects.all(), "stored_value_id", BOOKED)


def _postings_off() -> Iterator[Discrepancy]:
    rows = StoredValue.objects.order_by("id").values_list("pk", "kind", "currency", "client_id").iterator(_AT_A_TIME)
    while some := list(islice(rows, _AT_A_TIME)):
        ids = [pk for pk, *_ in some]
        posted = posted_for(ids)
        entered: defaultdict[uuid.UUID, list[StoredValueEntry]] = defaultdict(list)
        for entry in StoredValueEntry.objects.filter(stored_value_id__in=ids):
            entered[entry.stored_value_id].append(entry)
        for pk, kind, currency, client_id in some:
            expected = {
                (entry.version, entry.kind): _in_words(currency, client_id, lines)
                for entry in entered[pk]
                if (lines := booked_as(kind, entry.kind, entry.amount))
            }
            stored = {
                (each.version, each.kind): _in_words(each.currency, each.client_id, each.lines)
                for each in posted.get(pk, ())
            }
            for key in sorted(expected.keys() | stored.keys()):
                has, should = stored.get(key, "none"), expected.get(key, "none")
                if has != should:
                    yield Discrepancy(pk, key[0], f"posting {key[1]}", has, should)


def _in_words(currency: str, client_id: uuid.UUID | None, lines: Iterable[Line]) -> str:
    told = ", ".join(f"{line.account} {line.amount}" for line in sorted(lines, key=lambda line: line.account))
    return f"{told} {currency} of {client_id}"
