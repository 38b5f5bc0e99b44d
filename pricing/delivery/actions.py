"""The only way to write to delivery methods. Rates are part of their method, whose row is locked and tells of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import TypedDict

from django.db import IntegrityError, transaction
from django_countries import countries

from core.actors import Actor
from core.changes import apply_changes
from core.errors import FieldProblem, InvalidInput, NotFound, StaleVersion
from core.folding import same_in_any_case
from core.money import EXPONENT_BY_CURRENCY, MAX_MINOR
from core.outbox import record
from core.text import normal
from core.transactions import action
from core.versions import keep_version
from inventory.queries import known_locations
from pricing.delivery.choosing import RateRule, compact
from pricing.delivery.errors import DeliveryMethodExists
from pricing.delivery.events import DeliveryMethodCreated, DeliveryMethodUpdated, DeliveryRatesSet
from pricing.delivery.models import HEAVIEST, LONGEST_PROMISE, DeliveryMethod, DeliveryRate
from pricing.delivery.queries import rates_of
from pricing.delivery.statuses import MethodKind
from pricing.delivery.versions import method_content
from taxes.queries import known_tax_classes

MOST_RATES = 200
"""Of one method."""
_COUNTRIES = frozenset(code for code, _ in countries)
_AMOUNTS = ("price", "amount_from", "amount_below", "free_from")


class MethodChanges(TypedDict, total=False):
    """`tax_class_id` None is the standard class. The promise is both `min_days` and `max_days`, or neither."""

    name: str
    location_id: uuid.UUID | None
    tax_class_id: uuid.UUID | None
    prices_include_tax: bool
    carrier: str
    min_days: int | None
    max_days: int | None
    position: int
    active: bool


@action
def create_method(
    *, client_id: uuid.UUID, code: str, kind: str, settings: MethodChanges, actor: Actor
) -> DeliveryMethod:
    """A method without rates: parcels are not offered before they have some, a pickup is free.

    `settings` has its name at least. Raises DeliveryMethodExists when the storefront has one of that code, in any
    letter case; InvalidInput as change_method.
    """
    method = DeliveryMethod(client_id=client_id, code=code, kind=kind)
    apply_changes(method, settings, MethodChanges)
    _require_fitting(method)
    record(DeliveryMethodCreated(code=code, kind=kind), subject=method, actor=actor)
    keep_version(method_content(method, []), subject=method)
    try:
        with transaction.atomic():
            method.save(force_insert=True)
    except IntegrityError:
        same = DeliveryMethod.objects.of_client(client_id).filter(same_in_any_case("code", code))
        raise DeliveryMethodExists(code, same.get().pk) from None
    return method


@action
def change_method(
    method_id: uuid.UUID,
    changes: MethodChanges,
    *,
    client_id: uuid.UUID | None = None,
    actor: Actor,
    expected_version: int | None = None,
) -> DeliveryMethod:
    """Orders keep what they were placed with.

    Raises NotFound, StaleVersion; InvalidInput for an unknown location or tax class, for a pickup without a location, a
    parcel with one, and days that make no promise.
    """
    method = _lock(method_id, client_id, expected_version)
    changed = list(apply_changes(method, changes, MethodChanges))
    if changed:
        _require_fitting(method)
        record(DeliveryMethodUpdated(code=method.code, changed=changed), subject=method, actor=actor)
        keep_version(method_content(method, rates_of(method)), subject=method)
        method.save(update_fields=[*changed, "updated_at"])
    return method


@action
def set_rates(
    method_id: uuid.UUID,
    rates: Sequence[RateRule],
    *,
    client_id: uuid.UUID | None = None,
    actor: Actor,
    expected_version: int | None = None,
) -> DeliveryMethod:
    """Replace all rates of the method by these. Those that it has already change nothing.

    Raises NotFound, StaleVersion; InvalidInput for more than MOST_RATES, for ranges that nothing is in, and for what
    can't be a zone or an amount.
    """
    method = _lock(method_id, client_id, expected_version)
    had, new = rates_of(method), [_settled(rate) for rate in rates]
    if new == had:
        return method
    _require_possible(new, {rate.currency for rate in had})
    method.rates.all().delete()
    DeliveryRate.objects.bulk_create(
        DeliveryRate(method=method, position=position, **_columns(rate)) for position, rate in enumerate(new, start=1)
    )
    record(DeliveryRatesSet(code=method.code, rates=len(new)), subject=method, actor=actor)
    keep_version(method_content(method, new), subject=method)
    return method


def _lock(method_id: uuid.UUID, client_id: uuid.UUID | None, expected_version: int | None) -> DeliveryMethod:
    """Of this storefront alone, unless staff ask (None). Raises NotFound, StaleVersion."""
    rows = DeliveryMethod.objects.locked().filter(pk=method_id)
    method = (rows if client_id is None else rows.of_client(client_id)).first()
    if method is None:
        raise NotFound("There is no such delivery method.")
    if expected_version is not None and expected_version != method.version:
        raise StaleVersion(expected=expected_version, actual=method.version)
    return method


def _require_fitting(method: DeliveryMethod) -> None:
    problems = [*_place_problems(method), *_promise_problems(method)]
    if method.tax_class_id is not None and not known_tax_classes([method.tax_class_id]):
        problems.append(FieldProblem("/tax_class_id", "unknown_tax_class", "There is no such tax class."))
    if problems:
        raise InvalidInput(problems[0].detail, errors=problems)


def _place_problems(method: DeliveryMethod) -> Iterator[FieldProblem]:
    if method.kind == MethodKind.PARCEL and method.location_id is not None:
        yield FieldProblem("/location_id", "not_a_pickup", "Only a pickup has a location.")
    elif method.kind == MethodKind.PICKUP and method.location_id is None:
        yield FieldProblem("/location_id", "required", "Goods are picked up at a location.")
    elif method.location_id is not None and not known_locations([method.location_id]):
        yield FieldProblem("/location_id", "unknown_location", "There is no such location.")


def _promise_problems(method: DeliveryMethod) -> Iterator[FieldProblem]:
    first, last = method.min_days, method.max_days
    if (first is None) != (last is None):
        missing = "/min_days" if first is None else "/max_days"
        yield FieldProblem(missing, "required", "A promise has a first and a last day.")
    elif first is not None and last is not None and not first <= last <= LONGEST_PROMISE:
        told = f"The last day is {first} or later, {LONGEST_PROMISE} at most."
        yield FieldProblem("/max_days", "out_of_range", told)


# Rates


def _settled(rate: RateRule) -> RateRule:
    """As it is stored, so that the same rates are the same."""
    prefixes = filter(None, map(compact, rate.postal_prefixes))
    return replace(
        rate,
        countries=tuple(sorted(set(rate.countries))),
        region=normal(rate.region),
        postal_prefixes=tuple(sorted(set(prefixes))),
    )


def _columns(rate: RateRule) -> dict[str, object]:
    return {**asdict(rate), "countries": list(rate.countries), "postal_prefixes": list(rate.postal_prefixes)}


def _require_possible(rates: Sequence[RateRule], had: set[str]) -> None:
    """A currency that was withdrawn since may stay."""
    if len(rates) > MOST_RATES:
        raise InvalidInput.at("/rates", "max_length", f"A method has at most {MOST_RATES} rates.")
    problems = [
        FieldProblem(f"/rates/{index}/{field}", code, detail)
        for index, rate in enumerate(rates)
        for field, code, detail in (*_zone_problems(rate), *_money_problems(rate, had), *_range_problems(rate))
    ]
    if problems:
        raise InvalidInput("Some rates cannot be.", errors=problems)


Problem = tuple[str, str, str]
"""A field, a code, a sentence."""


def _zone_problems(rate: RateRule) -> Iterator[Problem]:
    unknown = sorted(set(rate.countries) - _COUNTRIES)
    if unknown:
        yield "countries", "unknown_country", f"{', '.join(unknown)}: no country of ISO 3166 in two letters."
    if len(rate.countries) != 1 and (rate.region or rate.postal_prefixes):
        yield "countries", "one_country", "A region or postcodes are those of one country."
    wrong = [each for each in rate.postal_prefixes if not each.isascii() or len(each) > 10]
    if wrong:
        yield "postal_prefixes", "invalid", f"{wrong[0]}: a postcode begins with at most ten letters A to Z and digits."


def _money_problems(rate: RateRule, had: set[str]) -> Iterator[Problem]:
    if rate.currency not in EXPONENT_BY_CURRENCY and rate.currency not in had:
        yield "currency", "unknown_currency", f"{rate.currency} is no currency of today (ISO 4217)."
    for field in _AMOUNTS:
        amount: int | None = getattr(rate, field)
        if amount is not None and not 0 <= amount <= MAX_MINOR:
            yield field, "out_of_range", f"An amount is from 0 to {MAX_MINOR} minor units."


def _range_problems(rate: RateRule) -> Iterator[Problem]:
    if not 0 <= rate.weight_over < HEAVIEST:
        yield "weight_over", "out_of_range", f"A weight is from 0 to {HEAVIEST} grams."
    if rate.weight_up_to is not None and not rate.weight_over < rate.weight_up_to <= HEAVIEST:
        yield (
            "weight_up_to",
            "empty_range",
            f"No weight is in this range: it ends above where it begins, at {HEAVIEST} grams at most.",
        )
    if rate.amount_below is not None and rate.amount_below <= rate.amount_from:
        yield "amount_below", "empty_range", "No amount is in this range: it ends above where it begins."
    if rate.free_from is not None and not _is_reached(rate, rate.free_from):
        yield "free_from", "without_effect", "It is free from an amount within its range, and has a price below that."


def _is_reached(rate: RateRule, free_from: int) -> bool:
    """Whether some amount is below it and some from it on."""
    ends = rate.amount_below is not None and free_from >= rate.amount_below
    return rate.price > 0 and free_from > rate.amount_from and not ends
