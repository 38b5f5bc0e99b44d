"""What is read of price lists."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet

from core.errors import NotFound
from core.money import from_minor
from pricing.lists.choosing import Entry, ListRule
from pricing.lists.models import PriceList, PriceListEntry, PriceListGroup

_ROWS_AT_A_TIME = 2000


def list_rules(client_id: uuid.UUID) -> list[ListRule]:
    """The storefront's active lists, those among them whose time hasn't come or is over. One statement."""
    groups = PriceListGroup.objects.filter(price_list=OuterRef("pk")).order_by().values("group_id")
    rows = PriceList.objects.of_client(client_id).filter(active=True).order_by("code")
    found = rows.annotate(groups=ArraySubquery(groups)).values_list(
        "id", "code", "currency", "prices_include_tax", "groups", "priority", "starts_at", "ends_at"
    )
    return [
        ListRule(list_id, code, currency, includes_tax, frozenset(group_ids), priority, starts_at, ends_at)
        for list_id, code, currency, includes_tax, group_ids, priority, starts_at, ends_at in found
    ]


def prices_in(
    list_ids: Collection[uuid.UUID], variant_ids: Collection[uuid.UUID]
) -> Mapping[uuid.UUID, Sequence[Entry]]:
    """What each of the variants costs in these lists, whatever the units; those that no list has are left out.

    One statement, which the unique index serves; none where nothing is asked for.
    """
    found: defaultdict[uuid.UUID, list[Entry]] = defaultdict(list)
    if list_ids and variant_ids:
        entries = PriceListEntry.objects.filter(price_list_id__in=list_ids, variant_id__in=variant_ids).order_by()
        columns = ("variant_id", "price_list_id", "from_quantity", "amount", "compare_at")
        for variant_id, list_id, from_quantity, amount, compare_at in entries.values_list(*columns):
            found[variant_id].append(Entry(list_id, from_quantity, amount, compare_at))
    return dict(found)


def price_list_of(client_id: uuid.UUID, list_id: uuid.UUID) -> PriceList:
    """Raises NotFound, also for another storefront's list."""
    found = PriceList.objects.of_client(client_id).filter(pk=list_id).first()
    if found is None:
        raise NotFound("There is no such price list.")
    return found


def entries_of(price_list: PriceList) -> QuerySet[PriceListEntry]:
    """Its prices with their variants, each variant's from the fewest units on."""
    return price_list.entries.select_related("variant").order_by("variant_id", "from_quantity")


def price_rows(price_list: PriceList) -> Iterator[Sequence[object]]:
    """Its prices as rows of a file that can be imported again, the first one naming the columns."""
    yield ["sku", "price", "from_quantity", "compare_at"]
    for entry in entries_of(price_list).iterator(_ROWS_AT_A_TIME):
        compare_at = "" if entry.compare_at is None else from_minor(entry.compare_at, price_list.currency)
        yield [entry.variant.sku, from_minor(entry.amount, price_list.currency), entry.from_quantity, compare_at]
