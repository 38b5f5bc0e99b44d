"""Create, change and end offers. Locks: the offer, and the count of its uses where its limit changes."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any, TypedDict

from django.db import IntegrityError, transaction
from django.utils import timezone

import customers.queries
from core.actors import Actor
from core.changes import apply_changes
from core.errors import InvalidInput
from core.folding import same_in_any_case
from core.money import MAX_MINOR, require_currency
from core.operations import done_already, performs
from core.outbox import record
from core.transactions import action
from inventory.queries import known_products, known_variants
from pricing.offers.actions.locking import keep_offer_version, lock_offer, targets_of
from pricing.offers.errors import OfferExists, OfferLimitTooLow
from pricing.offers.events import OfferCreated, OfferEnded, OfferUpdated
from pricing.offers.models import Offer, OfferCount, OfferTarget
from pricing.offers.operations import END
from pricing.offers.statuses import OF_A_PERCENTAGE, OfferKind


class OfferFields(TypedDict, total=False):
    """The fields of an offer that may change. Amounts are minor units by currency."""

    label: str
    percentage: Decimal | None
    amounts: Mapping[str, int]
    buy_quantity: int | None
    get_quantity: int | None
    minimum_amounts: Mapping[str, int]
    minimum_quantity: int
    group_ids: Collection[uuid.UUID]
    combinable: bool
    priority: int
    total_limit: int | None
    limit_per_customer: int | None
    starts_at: dt.datetime | None
    ends_at: dt.datetime | None
    active: bool


class OfferTerms(OfferFields, total=False):
    """The same with what it is for: everything, where neither a product nor a variant is named."""

    product_ids: Collection[uuid.UUID]
    variant_ids: Collection[uuid.UUID]


@action
def create_offer(
    *, client_id: uuid.UUID, code: str, kind: str, terms: OfferTerms, automatic: bool = False, actor: Actor
) -> Offer:
    """`code` is of the people who work here. `terms` say what its kind needs and nothing of another kind's.

    Raises OfferExists for a code that another offer of the storefront has in any letter case, InvalidInput.
    """
    offer = Offer(client_id=client_id, code=code, kind=kind, automatic=automatic)
    customers.queries.require_groups(client_id, list(terms.get("group_ids", ())))
    own, targets = _split(terms)
    apply_changes(offer, own, OfferFields)
    _require_fitting(offer, {})
    record(OfferCreated(code=code, kind=kind), subject=offer, actor=actor)
    try:
        with transaction.atomic():
            offer.save(force_insert=True)
    except IntegrityError:
        raise _existing(offer) from None
    _replace_targets(offer, targets)
    keep_offer_version(offer)
    return offer


@action
def update_offer(
    offer_id: uuid.UUID,
    changes: OfferTerms,
    *,
    client_id: uuid.UUID | None = None,
    actor: Actor,
    expected_version: int | None = None,
) -> Offer:
    """Orders keep what they were given. Raises NotFound, StaleVersion, InvalidInput, and OfferLimitTooLow for a limit
    under what is in use.
    """
    offer = lock_offer(offer_id, client_id, expected_version)
    customers.queries.require_groups(offer.client_id, list(changes.get("group_ids", ())))
    had = {**offer.amounts, **offer.minimum_amounts}
    own, targets = _split(changes)
    changed = list(apply_changes(offer, own, OfferFields))
    _require_fitting(offer, had)
    if "total_limit" in changed:
        _require_room(offer)
    if _replace_targets(offer, targets):
        changed.append("targets")
    if changed:
        record(OfferUpdated(changed=changed), subject=offer, actor=actor)
        offer.save(update_fields=[*(name for name in changed if name != "targets"), "updated_at"])
        keep_offer_version(offer)
    return offer


@performs(END)
@action
def end_offer(
    offer_id: uuid.UUID,
    *,
    client_id: uuid.UUID | None = None,
    actor: Actor,
    expected_version: int | None = None,
) -> Offer:
    """Nobody gets it from now on, whatever its dates say. One that has ended stays as it is.

    Raises NotFound, StaleVersion.
    """
    offer = lock_offer(offer_id, client_id, expected_version)
    if done_already(offer, END):
        return offer
    now = timezone.now()
    offer.ends_at = now
    offer.starts_at = min(offer.starts_at, now) if offer.starts_at else None
    record(OfferEnded(), subject=offer, actor=actor)
    offer.save(update_fields=["starts_at", "ends_at", "updated_at"])
    keep_offer_version(offer)
    return offer


def _split(terms: OfferTerms) -> tuple[dict[str, Any], dict[str, set[uuid.UUID]]]:
    """The offer's own fields, as they are compared and kept, and its targets by column."""
    own: dict[str, Any] = {**terms}
    targets = {name: set(own.pop(f"{name}s")) for name in ("product_id", "variant_id") if f"{name}s" in own}
    if "group_ids" in own:
        own["group_ids"] = sorted(set(own["group_ids"]))
    for name in ("amounts", "minimum_amounts"):
        if name in own:
            own[name] = dict(own[name])
    return own, targets


def _replace_targets(offer: Offer, targets: Mapping[str, set[uuid.UUID]]) -> bool:
    """Whether anything changed. Raises InvalidInput for what the catalogue hasn't."""
    had = dict(zip(("product_id", "variant_id"), targets_of(offer), strict=True))
    changed = {column: wanted for column, wanted in targets.items() if wanted != had[column]}
    for column, wanted in changed.items():
        _require_known(column, wanted - had[column])
        OfferTarget.objects.filter(offer=offer, **{f"{column}__in": had[column] - wanted}).delete()
        OfferTarget.objects.bulk_create(
            OfferTarget(offer=offer, **{column: each}) for each in sorted(wanted - had[column])
        )
    return bool(changed)


def _require_known(column: str, ids: set[uuid.UUID]) -> None:
    known = known_products(ids) if column == "product_id" else known_variants(ids)
    noun = column.removesuffix("_id")
    for each in sorted(ids - known):
        raise InvalidInput.at(f"/{column}s", f"unknown_{noun}", f"There is no {noun} {each}.")


def _require_room(offer: Offer) -> None:
    """Under the count's lock, so that no use comes between."""
    used = OfferCount.objects.select_for_update().get(offer=offer).used
    if offer.total_limit is not None and offer.total_limit < used:
        raise OfferLimitTooLow(limit=offer.total_limit, used=used)


def _require_fitting(offer: Offer, had: Iterable[str]) -> None:
    """What the database holds true of one offer, in words. Currencies that it `had` may have been withdrawn since."""
    if not offer.label:
        raise InvalidInput.at("/label", "required", "Shoppers see the label: an offer has one.")
    _require_percentage(offer)
    is_amount, is_get = offer.kind == OfferKind.AMOUNT, offer.kind == OfferKind.BUY_X_GET_Y
    _require_given("amounts", bool(offer.amounts), is_amount, "An amount off needs an amount in one currency.")
    for name in ("buy_quantity", "get_quantity"):
        given = getattr(offer, name) is not None
        _require_given(name, given, is_get, "Say how many are bought, and how many are got for that.")
        if given and getattr(offer, name) < 1:
            raise InvalidInput.at(f"/{name}", "min_value", "At least one.")
    for name in ("amounts", "minimum_amounts"):
        _require_amounts(name, getattr(offer, name), had)
    for name in ("total_limit", "limit_per_customer"):
        if getattr(offer, name) is not None and getattr(offer, name) < 1:
            raise InvalidInput.at(f"/{name}", "min_value", "A limit allows one use at least.")
    if offer.starts_at and offer.ends_at and offer.ends_at < offer.starts_at:
        raise InvalidInput.at("/ends_at", "before_start", "An offer ends after it starts.")


def _require_percentage(offer: Offer) -> None:
    _require_given(
        "percentage",
        offer.percentage is not None,
        offer.kind in OF_A_PERCENTAGE,
        "Say how many percent it takes off.",
    )
    if offer.percentage is not None:
        if not 0 < offer.percentage <= 100:
            raise InvalidInput.at("/percentage", "out_of_range", "More than 0 and at most 100 percent.")
        if offer.percentage != round(offer.percentage, 2):
            raise InvalidInput.at("/percentage", "too_precise", "At most two digits after the point.")


def _require_given(name: str, given: bool, needed: bool, missing: str) -> None:
    if needed and not given:
        raise InvalidInput.at(f"/{name}", "required", missing)
    if given and not needed:
        raise InvalidInput.at(f"/{name}", "of_another_kind", "An offer of this kind has none.")


def _require_amounts(name: str, amounts: Mapping[str, int], had: Iterable[str]) -> None:
    for currency, amount in amounts.items():
        if currency not in had:
            require_currency(currency, f"/{name}")
        if not 1 <= amount <= MAX_MINOR:
            raise InvalidInput.at(f"/{name}", "out_of_range", f"An amount is 1 to {MAX_MINOR} minor units.")


def _existing(wanted: Offer) -> OfferExists:
    of_client = Offer.objects.filter(client_id=wanted.client_id)
    return OfferExists(wanted.code, of_client.get(same_in_any_case("code", wanted.code)).pk)
