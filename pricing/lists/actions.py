"""The only way to write to price lists.

Groups and prices are part of their list, whose row is locked and tells of them.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from django.db import IntegrityError, connection, transaction

import customers.queries
import inventory.queries
from core.actors import Actor
from core.changes import apply_changes
from core.errors import FieldProblem, InvalidInput, NotFound, StaleVersion
from core.folding import same_in_any_case
from core.jobs.actions import open_queued_job
from core.models import Job
from core.money import MAX_MINOR, require_currency
from core.operations import performs
from core.outbox import record
from core.text import normal
from core.transactions import action, step
from core.versions import keep_version
from pricing.lists.errors import PriceListExists
from pricing.lists.events import PriceListCreated, PriceListUpdated, PricesRemoved, PricesSet
from pricing.lists.models import MAX_QUANTITY, PriceList, PriceListGroup
from pricing.lists.operations import EDIT, REMOVE_PRICES, SET_PRICES
from pricing.lists.versions import content_of

PRICE_IMPORT = "price_import"
"""The kind of a job that brings prices of a file into a list."""


@dataclass(frozen=True)
class NewPrice:
    """What a SKU costs from so many units on, in minor units of the list's currency.

    `compare_at` is what a storefront shows as the former price.
    """

    sku: str
    amount: int
    from_quantity: int = 1
    compare_at: int | None = None


@dataclass(frozen=True)
class PriceKey:
    """The price of a SKU from so many units on; None: all its prices in the list."""

    sku: str
    from_quantity: int | None = None


@dataclass(frozen=True)
class PriceChange:
    """What was done to the prices of a list: how many are new, other than before or gone, and how many as they were."""

    price_list: PriceList
    changed: int
    unchanged: int


class PriceListChanges(TypedDict, total=False):
    """`group_ids` replaces the groups that it is for; none: it is for everybody."""

    name: str
    prices_include_tax: bool
    priority: int
    starts_at: dt.datetime | None
    ends_at: dt.datetime | None
    active: bool
    group_ids: Collection[uuid.UUID]


@action
def create_price_list(
    *,
    client_id: uuid.UUID,
    code: str,
    name: str,
    currency: str,
    prices_include_tax: bool,
    priority: int = 0,
    starts_at: dt.datetime | None = None,
    ends_at: dt.datetime | None = None,
    active: bool = True,
    group_ids: Collection[uuid.UUID] = (),
    actor: Actor,
) -> PriceList:
    """A list without prices. Higher priorities are asked first.

    Raises PriceListExists when the storefront has one with that code, in any letter case; InvalidInput for an unknown
    currency, groups that the storefront hasn't, or an end that isn't after the start.
    """
    require_currency(currency)
    customers.queries.require_groups(client_id, group_ids)
    price_list = PriceList(
        client_id=client_id, code=normal(code), name=name, currency=currency, prices_include_tax=prices_include_tax,
        priority=priority, starts_at=starts_at, ends_at=ends_at, active=active,
    )  # fmt: skip
    _require_fitting_time(price_list)
    record(PriceListCreated(client_id, price_list.code, currency), subject=price_list, actor=actor)
    try:
        with transaction.atomic():
            price_list.save(force_insert=True)
    except IntegrityError:
        same = PriceList.objects.of_client(client_id).get(same_in_any_case("code", code))
        raise PriceListExists(list_code=same.code, price_list_id=same.pk) from None
    _add_groups(price_list, set(group_ids))
    keep_version(content_of(price_list), subject=price_list)
    return price_list


@performs(EDIT)
@action
def update_price_list(
    list_id: uuid.UUID,
    changes: PriceListChanges,
    *,
    client_id: uuid.UUID | None = None,
    actor: Actor,
    expected_version: int | None = None,
) -> PriceList:
    """Its code and currency stay; orders keep the prices that they were placed with.

    Raises NotFound, StaleVersion, InvalidInput as create_price_list.
    """
    price_list = lock_price_list(list_id, client_id, expected_version)
    values: dict[str, Any] = {**changes}
    group_ids: Collection[uuid.UUID] | None = values.pop("group_ids", None)
    columns = list(apply_changes(price_list, values, PriceListChanges))
    _require_fitting_time(price_list)
    regrouped = group_ids is not None and _replace_groups(price_list, group_ids)
    if columns or regrouped:
        changed = [*columns, *(["group_ids"] if regrouped else [])]
        record(PriceListUpdated(changed), subject=price_list, actor=actor)
        keep_version(content_of(price_list), subject=price_list)
        price_list.save(update_fields=[*columns, "updated_at"])
    return price_list


@performs(SET_PRICES)
@action
def set_prices(
    list_id: uuid.UUID,
    prices: Sequence[NewPrice],
    *,
    client_id: uuid.UUID | None = None,
    actor: Actor,
    expected_version: int | None = None,
) -> PriceChange:
    """Set these prices of the list, however many, in one statement; others stay. Set already, they stay as they are.

    Raises NotFound, StaleVersion, InvalidInput for unknown SKUs, a price that is named twice, and amounts or quantities
    out of range.
    """
    price_list = lock_price_list(list_id, client_id, expected_version)
    variant_ids = inventory.queries.variant_ids({price.sku for price in prices})
    problems = [*_unknown_skus(prices, variant_ids.keys()), *_repeated(prices, variant_ids), *_out_of_range(prices)]
    if problems:
        raise InvalidInput("Some prices cannot be set.", errors=problems)
    wanted = {(variant_ids[price.sku], price.from_quantity): price for price in prices}
    changed = upsert_prices(price_list, wanted, actor)
    return PriceChange(price_list, changed, len(prices) - changed)


@performs(REMOVE_PRICES)
@action
def remove_prices(
    list_id: uuid.UUID,
    prices: Sequence[PriceKey],
    *,
    client_id: uuid.UUID | None = None,
    actor: Actor,
    expected_version: int | None = None,
) -> PriceChange:
    """Remove these prices from the list, in one statement. What isn't in it is gone already.

    Raises NotFound, StaleVersion, InvalidInput for unknown SKUs.
    """
    price_list = lock_price_list(list_id, client_id, expected_version)
    variant_ids = inventory.queries.variant_ids({price.sku for price in prices})
    if problems := list(_unknown_skus(prices, variant_ids.keys())):
        raise InvalidInput("Some prices cannot be removed.", errors=problems)
    values = [variant_ids[price.sku] for price in prices], [price.from_quantity for price in prices]
    removed = _execute(_REMOVE, *values, price_list.pk)
    _note_removed(price_list, removed, actor)
    return PriceChange(price_list, removed, 0)


@action
def remove_price(
    list_id: uuid.UUID,
    price_id: uuid.UUID,
    *,
    client_id: uuid.UUID | None = None,
    actor: Actor,
    expected_version: int | None = None,
) -> PriceList:
    """Remove one price from the list. Raises NotFound, for the list or the price, and StaleVersion."""
    price_list = lock_price_list(list_id, client_id, expected_version)
    removed, _ = price_list.entries.filter(pk=price_id).delete()
    if not removed:
        raise NotFound("The list has no such price.")
    _note_removed(price_list, removed, actor)
    return price_list


def queue_price_import(price_list: PriceList, *, name: str, job_id: uuid.UUID, total: int, actor: Actor) -> Job:
    """A job that brings prices of a file of `total` bytes into the list; the store has it under the key of the id."""
    return open_queued_job(
        PRICE_IMPORT,
        name=name,
        client_id=price_list.client_id,
        job_id=job_id,
        total=total,
        options={"price_list": price_list.code},
        actor=actor,
    )


@step
def lock_price_list(list_id: uuid.UUID, client_id: uuid.UUID | None, expected_version: int | None) -> PriceList:
    """Of this client alone, unless staff ask (None). Raises NotFound, StaleVersion."""
    rows = PriceList.objects.locked().filter(pk=list_id)
    price_list = (rows if client_id is None else rows.of_client(client_id)).first()
    if price_list is None:
        raise NotFound("There is no such price list.")
    if expected_version is not None and expected_version != price_list.version:
        raise StaleVersion(expected=expected_version, actual=price_list.version)
    return price_list


_SET = """
INSERT INTO pricing_pricelistentry AS had (price_list_id, variant_id, from_quantity, amount, compare_at)
SELECT %s, came.* FROM unnest(%s::uuid[], %s::integer[], %s::bigint[], %s::bigint[])
    AS came (variant_id, from_quantity, amount, compare_at)
ON CONFLICT (price_list_id, variant_id, from_quantity) DO UPDATE
SET amount = EXCLUDED.amount, compare_at = EXCLUDED.compare_at
WHERE (had.amount, had.compare_at) IS DISTINCT FROM (EXCLUDED.amount, EXCLUDED.compare_at)
"""
_REMOVE = """
DELETE FROM pricing_pricelistentry entry
USING (SELECT DISTINCT * FROM unnest(%s::uuid[], %s::integer[])) AS gone (variant_id, from_quantity)
WHERE entry.price_list_id = %s AND entry.variant_id = gone.variant_id
    AND entry.from_quantity = coalesce(gone.from_quantity, entry.from_quantity)
"""


@step
def upsert_prices(price_list: PriceList, prices: Mapping[tuple[uuid.UUID, int], NewPrice], actor: Actor) -> int:
    """Set the prices, by variant and from_quantity, in the list, which the caller has locked, and record it; returns
    how many are new, or other than before. Each is in range.
    """
    changed = _execute(
        _SET,
        price_list.pk,
        [variant_id for variant_id, _ in prices],
        [from_quantity for _, from_quantity in prices],
        [price.amount for price in prices.values()],
        [price.compare_at for price in prices.values()],
    )
    if changed:
        record(PricesSet(changed), subject=price_list, actor=actor)
    return changed


def _note_removed(price_list: PriceList, removed: int, actor: Actor) -> None:
    if removed:
        record(PricesRemoved(removed), subject=price_list, actor=actor)


def _execute(statement: str, *values: Any) -> int:
    """How many rows it wrote."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def _replace_groups(price_list: PriceList, group_ids: Collection[uuid.UUID]) -> bool:
    """Whether anything changed. Raises InvalidInput for groups that the storefront hasn't."""
    had, wanted = set(price_list.group_ids), set(group_ids)
    if had == wanted:
        return False
    customers.queries.require_groups(price_list.client_id, group_ids)
    price_list.group_links.filter(group_id__in=had - wanted).delete()
    _add_groups(price_list, wanted - had)
    return True


def _add_groups(price_list: PriceList, group_ids: Collection[uuid.UUID]) -> None:
    PriceListGroup.objects.bulk_create(
        PriceListGroup(price_list=price_list, group_id=group_id) for group_id in sorted(group_ids)
    )


def _require_fitting_time(price_list: PriceList) -> None:
    starts_at, ends_at = price_list.starts_at, price_list.ends_at
    if starts_at is not None and ends_at is not None and ends_at <= starts_at:
        raise InvalidInput.at("/ends_at", "not_after_start", "A price list ends after it starts.")


def _unknown_skus(named: Sequence[NewPrice | PriceKey], known: Collection[str]) -> Iterator[FieldProblem]:
    for index, each in enumerate(named):
        if each.sku not in known:
            yield FieldProblem(f"/prices/{index}/sku", "unknown_sku", f"There is no variant with SKU {each.sku!r}.")


def _repeated(prices: Sequence[NewPrice], variant_ids: Mapping[str, uuid.UUID]) -> Iterator[FieldProblem]:
    seen: set[tuple[uuid.UUID | None, int]] = set()
    for index, price in enumerate(prices):
        key = variant_ids.get(price.sku), price.from_quantity
        if key[0] is not None and key in seen:
            detail = f"The price of {price.sku} from {price.from_quantity:,} on is named more than once."
            yield FieldProblem(f"/prices/{index}/sku", "repeated", detail)
        seen.add(key)


def _out_of_range(prices: Sequence[NewPrice]) -> Iterator[FieldProblem]:
    for index, price in enumerate(prices):
        for field, detail in misfits(price):
            yield FieldProblem(f"/prices/{index}/{field}", "out_of_range", detail)


def misfits(price: NewPrice) -> Iterator[tuple[str, str]]:
    """(field, why) of what the database wouldn't take of it."""
    if not 1 <= price.from_quantity <= MAX_QUANTITY:
        yield "from_quantity", f"A price holds from 1 to {MAX_QUANTITY:,} units on."
    if not 0 <= price.amount <= MAX_MINOR:
        yield "amount", "A price is not negative, and not that large."
    if price.compare_at is not None and not price.amount < price.compare_at <= MAX_MINOR:
        yield "compare_at", "What a price is compared with is more than the price."
