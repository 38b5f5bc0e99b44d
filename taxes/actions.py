"""The only way to write to tax tables."""

from __future__ import annotations

import copy
import datetime as dt
import uuid
from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any, TypedDict, TypeVar

from django.db import IntegrityError, models, transaction
from django_countries import countries

from core.actors import Actor
from core.changes import apply_changes
from core.errors import InvalidInput, NotFound, StaleVersion
from core.folding import same_in_any_case
from core.models import Versioned
from core.operations import done_already, require
from core.outbox import record
from core.transactions import action
from core.versions import keep_version
from taxes.destinations import compact
from taxes.errors import TaxClassCodeTaken, TaxCountryExists, TaxRateOverlaps
from taxes.events import (
    TaxClassCreated,
    TaxClassUpdated,
    TaxCountryCreated,
    TaxCountryUpdated,
    TaxRateCreated,
    TaxRateEnded,
    TaxRateUpdated,
)
from taxes.models import TaxClass, TaxCountry, TaxRate, earliest_end
from taxes.operations import EDIT_RATE, END_RATE
from taxes.queries import tax_classes_of
from taxes.statuses import TaxRounding
from taxes.versions import class_content, country_content, rate_content

Row = TypeVar("Row", bound=Versioned)


class TaxClassChanges(TypedDict, total=False):
    name: str


class TaxCountryChanges(TypedDict, total=False):
    rounding: str


class TaxRateChanges(TypedDict, total=False):
    """Of a rate that has not begun. `valid_until` is the last day; None: it doesn't end."""

    region: str
    postal_prefix: str
    tax_class_code: str
    name: str
    rate: Decimal
    valid_from: dt.date
    valid_until: dt.date | None


class _Columns(TypedDict, total=False):
    """What TaxRateChanges comes to in the row."""

    region: str
    postal_prefix: str
    tax_class_id: uuid.UUID
    name: str
    rate: Decimal
    valid_from: dt.date
    valid_until: dt.date | None


# Classes


@action
def create_tax_class(*, code: str, name: str, actor: Actor) -> TaxClass:
    """Raises TaxClassCodeTaken, whatever the letter case."""
    row = TaxClass(code=code, name=name)
    record(TaxClassCreated(code=code), subject=row, actor=actor)
    keep_version(class_content(row), subject=row)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        taken = TaxClass.objects.get(same_in_any_case("code", code))
        raise TaxClassCodeTaken(taken.code, taken.pk) from None
    return row


@action
def update_tax_class(
    tax_class_id: uuid.UUID, changes: TaxClassChanges, *, actor: Actor, expected_version: int | None = None
) -> TaxClass:
    """The code stays: it is what variants and delivery methods are told by. Raises NotFound, StaleVersion."""
    row = _lock(TaxClass.objects.locked(), tax_class_id, expected_version)
    changed = list(apply_changes(row, changes, TaxClassChanges))
    if changed:
        record(TaxClassUpdated(code=row.code, changed=changed), subject=row, actor=actor)
        keep_version(class_content(row), subject=row)
        row.save(update_fields=changed)
    return row


# Countries


@action
def create_tax_country(*, country: str, rounding: str = TaxRounding.LINE, actor: Actor) -> TaxCountry:
    """Raises TaxCountryExists: a country has one from its first rate on."""
    try:
        with transaction.atomic():
            return _insert_country(country, rounding, actor)
    except IntegrityError:
        existing = TaxCountry.objects.get(country=country)
        raise TaxCountryExists(str(existing), existing.pk) from None


@action
def update_tax_country(
    tax_country_id: uuid.UUID, changes: TaxCountryChanges, *, actor: Actor, expected_version: int | None = None
) -> TaxCountry:
    """Orders keep the taxes that they were placed with. Raises NotFound, StaleVersion."""
    row = _lock(TaxCountry.objects.locked(), tax_country_id, expected_version)
    changed = list(apply_changes(row, changes, TaxCountryChanges))
    if changed:
        record(TaxCountryUpdated(country=str(row.country), rounding=row.rounding), subject=row, actor=actor)
        keep_version(country_content(row), subject=row)
        row.save(update_fields=changed)
    return row


# Rates


@action
def create_tax_rate(
    *,
    country: str,
    tax_class_code: str,
    name: str,
    rate: Decimal,
    valid_from: dt.date,
    region: str = "",
    postal_prefix: str = "",
    valid_until: dt.date | None = None,
    actor: Actor,
) -> TaxRate:
    """`rate` is a fraction from 0 to 1, `valid_until` the last day.

    The country's first rate makes its TaxCountry, which rounds by line.

    Raises TaxRateOverlaps, InvalidInput for an unknown class and for what a rate can't be.
    """
    _lock_country(country, actor)
    row = TaxRate(country=country)
    given: TaxRateChanges = {
        "region": region, "postal_prefix": postal_prefix, "tax_class_code": tax_class_code, "name": name, "rate": rate,
        "valid_from": valid_from, "valid_until": valid_until,
    }  # fmt: skip
    apply_changes(row, _columns(given), _Columns)
    _require_fitting(row)
    created = TaxRateCreated(country, row.tax_class.code, _written(row.rate), row.valid_from, row.valid_until)
    record(created, subject=row, actor=actor)
    keep_version(rate_content(row), subject=row)
    _save(row, force_insert=True)
    return row


@action
def update_tax_rate(
    tax_rate_id: uuid.UUID, changes: TaxRateChanges, *, actor: Actor, expected_version: int | None = None
) -> TaxRate:
    """Of a rate that has not begun; one that has may stand on invoices, and is ended.

    Raises NotFound, StaleVersion, OperationRefused, and as create_tax_rate.
    """
    row = _lock_rate(tax_rate_id, expected_version)
    columns = _columns(changes)
    if not apply_changes(copy.copy(row), columns, _Columns):
        return row
    require(row, EDIT_RATE)
    changed = list(apply_changes(row, columns, _Columns))
    _require_fitting(row)
    told = ["tax_class_code" if name == "tax_class_id" else name for name in changed]
    record(TaxRateUpdated(country=str(row.country), changed=told), subject=row, actor=actor)
    keep_version(rate_content(row), subject=row)
    _save(row, update_fields=changed)
    return row


@action
def end_tax_rate(
    tax_rate_id: uuid.UUID, *, valid_until: dt.date, actor: Actor, expected_version: int | None = None
) -> TaxRate:
    """Let it hold until that day, at the earliest yesterday: orders may have been taxed by it.

    One that has not begun is withdrawn by the day before it begins. An end in future may be moved.

    Raises NotFound, StaleVersion, OperationRefused once it is over, TaxRateOverlaps, InvalidInput for a day too early.
    """
    row = _lock_rate(tax_rate_id, expected_version)
    if row.valid_until == valid_until or done_already(row, END_RATE, valid_until=False):
        return row
    _require_end(row, valid_until)
    row.valid_until = valid_until
    record(TaxRateEnded(country=str(row.country), valid_until=valid_until), subject=row, actor=actor)
    keep_version(rate_content(row), subject=row)
    _save(row, update_fields=["valid_until"])
    return row


def _columns(changes: TaxRateChanges) -> Mapping[str, Any]:
    """Raises InvalidInput for an unknown class."""
    columns: dict[str, Any] = {**changes}
    if "tax_class_code" in columns:
        code = columns.pop("tax_class_code")
        found = tax_classes_of([code])
        if code not in found:
            raise InvalidInput.at("/tax_class_code", "unknown_tax_class", f"There is no tax class {code}.")
        columns["tax_class_id"] = found[code].pk
    if "postal_prefix" in columns:
        columns["postal_prefix"] = compact(columns["postal_prefix"])
    return columns


def _require_fitting(row: TaxRate) -> None:
    """What the table's constraints hold too, in words."""
    if not 0 <= row.rate <= 1:
        raise InvalidInput.at("/rate", "out_of_range", "A rate is a fraction from 0 to 1: 0.19 is 19 %.")
    if row.rate != round(row.rate, 6):
        raise InvalidInput.at("/rate", "too_precise", "A rate has six digits after the point at most.")
    if not row.name:
        raise InvalidInput.at("/name", "blank", "A tax has a name: VAT.")
    if not _is_prefix(row.postal_prefix):
        raise InvalidInput.at("/postal_prefix", "invalid", "Postal codes consist of letters A to Z and digits.")
    earliest = row.valid_from if row.is_new else _day_before(row.valid_from)
    if row.valid_until is not None and row.valid_until < earliest:
        raise InvalidInput.at("/valid_until", "before_it_begins", "It would end before it begins.")


def _is_prefix(text: str) -> bool:
    return not text or (text.isascii() and text.isalnum())


def _require_end(row: TaxRate, valid_until: dt.date) -> None:
    earliest = earliest_end() if row.began else _day_before(row.valid_from)
    if valid_until < earliest:
        detail = f"{earliest:%Y-%m-%d} is the earliest day on which it can end."
        raise InvalidInput.at("/valid_until", "too_early", detail)


def _day_before(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=1)


def _lock_country(country: str, actor: Actor) -> None:
    """The lock under which all rates of a country are written, one after the other. Makes its row, if it is the first.
    Raises InvalidInput.
    """
    if country not in dict(countries):
        raise InvalidInput.at("/country", "unknown_country", f"{country} is no country's code (ISO 3166).")
    rows = TaxCountry.objects.locked().filter(country=country)
    if rows.first() is None:
        with suppress(IntegrityError), transaction.atomic():
            _insert_country(country, TaxRounding.LINE, actor)
            return
        rows.get()  # which somebody else has made in this instant


def _insert_country(country: str, rounding: str, actor: Actor) -> TaxCountry:
    """Raises IntegrityError if there is one, and then tells of nothing."""
    row = TaxCountry(country=country, rounding=rounding)
    row.save(force_insert=True)
    record(TaxCountryCreated(country=country, rounding=rounding), subject=row, actor=actor)
    keep_version(country_content(row), subject=row)
    return row


def _lock_rate(tax_rate_id: uuid.UUID, expected_version: int | None) -> TaxRate:
    """Its country's row before its own. Raises NotFound, StaleVersion."""
    country = TaxRate.objects.filter(pk=tax_rate_id).values_list("country", flat=True).first()
    TaxCountry.objects.locked().filter(country=country).first()
    return _lock(TaxRate.objects.locked().select_related("tax_class"), tax_rate_id, expected_version)


def _save(row: TaxRate, **how: Any) -> None:
    """Raises TaxRateOverlaps."""
    try:
        with transaction.atomic():
            row.save(**how)
    except IntegrityError:
        other = _overlapping(row)
        if other is None:
            raise
        raise TaxRateOverlaps(f"{other} from {other.valid_from:%Y-%m-%d}", other.pk) from None


def _overlapping(row: TaxRate) -> TaxRate | None:
    same = TaxRate.objects.filter(
        same_in_any_case("region", row.region), same_in_any_case("name", row.name), country=row.country,
        postal_prefix=row.postal_prefix, tax_class_id=row.tax_class_id,
    )  # fmt: skip
    others = same.exclude(pk=row.pk).order_by("valid_from")
    return next((each for each in others if each.overlaps(row)), None)


def _written(rate: Decimal) -> str:
    return f"{rate.normalize():f}"


def _lock(locked: models.QuerySet[Row], row_id: uuid.UUID, expected_version: int | None) -> Row:
    row = locked.filter(pk=row_id).first()
    if row is None:
        raise NotFound(f"There is no such {locked.model._meta.verbose_name}.")
    if expected_version is not None and expected_version != row.version:
        raise StaleVersion(expected=expected_version, actual=row.version)
    return row
