"""The only way to write to the settings of storefronts."""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection, Iterator, Mapping
from typing import Any, TypedDict

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django_countries import countries
from stdnum import iban as ibans

from core.actors import Actor
from core.changes import apply_changes
from core.errors import FieldProblem, InvalidInput, NotFound, StaleVersion
from core.money import EXPONENT_BY_CURRENCY
from core.outbox import record
from core.transactions import action
from core.versions import keep_version
from storefronts.events import StorefrontUpdated
from storefronts.models import (
    ADDRESS,
    IBAN,
    LANGUAGES,
    MOST_DAYS_TO_PAY,
    MOST_HOLD_MINUTES,
    MOST_RETURN_DAYS,
    NUMBER_PREFIX,
    VAT_ID,
    Storefront,
    StorefrontSettings,
)
from storefronts.providers import tax_providers
from storefronts.sourcing import SourcingConfig, problems_of
from storefronts.versions import SETTINGS, content_of
from storefronts.zones import time_zones

LARGEST_STEP = 100_000
"""The largest step that amounts are rounded to for cash, in minor units."""

_OF_TWO = "region_without_country"
"""What is wrong of two settings together, whichever of them changed."""


class SettingsChanges(TypedDict, total=False):
    """An empty value, or None where there is one, is the default again."""

    time_zone: str
    country: str
    region: str
    currencies: Collection[str]
    countries: Collection[str]
    prices_include_tax: bool
    cash_rounding: Mapping[str, int]
    tax_provider: str
    terms: str
    terms_url: str
    mail_from: str
    mail_name: str
    reply_to: str
    return_days: int | None
    return_policy: str
    hold_minutes: int | None
    number_prefix: str
    release_on_authorised: bool
    days_to_pay: int | None
    on_account_needs_credit: bool
    language: str
    letterhead: str
    e_invoice: bool
    legal_name: str
    vat_id: str
    street: str
    postal_code: str
    city: str
    iban: str
    sourcing: SourcingConfig


@action
def change_settings(
    client_id: uuid.UUID,
    changes: SettingsChanges,
    *,
    owner: uuid.UUID | None = None,
    actor: Actor,
    expected_version: int | None = None,
) -> Storefront:
    """Change the settings that are named; the row is made with the first. Before it, they are at version 0.

    Orders stay as they were placed. `owner` is the storefront that asks, None for who works for all of them. Raises
    NotFound, StaleVersion, InvalidInput.
    """
    storefront, row = _lock(client_id, owner, expected_version)
    changed = list(apply_changes(row, _in_order(changes), SettingsChanges))
    _require_sound(row, changed)
    if changed:
        record(StorefrontUpdated(changed=changed), subject=row, actor=actor)
        row.save(**({"force_insert": True} if row.is_new else {"update_fields": changed}))
        keep_version(content_of(row), subject=row)
    return storefront


def _lock(
    client_id: uuid.UUID, owner: uuid.UUID | None, expected_version: int | None
) -> tuple[Storefront, StorefrontSettings]:
    """The client's row is the lock, as there may be no row of settings yet."""
    rows = Storefront.objects.select_for_update(no_key=True).filter(pk=client_id)
    storefront = (rows if owner is None else rows.filter(pk=owner)).first()
    if storefront is None:
        raise NotFound("There is no such storefront.")
    row = StorefrontSettings.objects.filter(client_id=client_id).first() or storefront.settings
    storefront.storefront_settings = row
    if expected_version is not None and expected_version != row.version:
        raise StaleVersion(expected=expected_version, actual=row.version)
    return storefront, row


def _in_order(changes: SettingsChanges) -> dict[str, Any]:
    """Codes each once and sorted; an address's domain in small letters; VAT id and IBAN without blanks."""
    values: dict[str, Any] = {**changes}
    for name in values.keys() & {"currencies", "countries"}:
        values[name] = sorted(set(values[name]))
    for name in values.keys() & {"mail_from", "reply_to"}:
        mailbox, at, domain = values[name].strip().rpartition("@")
        values[name] = f"{mailbox}{at}{domain.lower()}"
    for name in values.keys() & {"vat_id", "iban"}:
        values[name] = "".join(values[name].split()).upper()
    if "sourcing" in values:
        values["sourcing"] = [
            {"rule": each["rule"], "parameters": dict(each.get("parameters", {}))} for each in values["sourcing"]
        ]
    return {name: values[name] for name in (*SETTINGS, *(values.keys() - {*SETTINGS})) if name in values}


def _require_sound(row: StorefrontSettings, changed: Collection[str]) -> None:
    """Raises InvalidInput with all that is wrong of what changed; what was right once, as a currency, may stay."""
    found = [*_places(row), *_money(row), *_mails(row), *_numbers(row), *_documents(row), *problems_of(row.sourcing)]
    problems = [each for each in found if each.code == _OF_TWO or each.pointer.split("/")[1] in changed]
    if problems:
        raise InvalidInput(" ".join(each.detail for each in problems), errors=problems)


def _places(row: StorefrontSettings) -> Iterator[FieldProblem]:
    if row.time_zone and row.time_zone not in time_zones():
        told = f"There is no time zone {row.time_zone}. Name one as Europe/London is named (IANA)."
        yield FieldProblem("/time_zone", "unknown_time_zone", told)
    if row.country and row.country not in countries:
        yield FieldProblem("/country", "unknown_country", f"{row.country} is no country (ISO 3166, two letters).")
    if row.region and not row.country:
        yield FieldProblem("/region", _OF_TWO, "A region is one of a country: name that too.")
    if unknown := [code for code in row.countries if code not in countries]:
        told = f"{', '.join(unknown)}: no country (ISO 3166, two letters)."
        yield FieldProblem("/countries", "unknown_country", told)


def _money(row: StorefrontSettings) -> Iterator[FieldProblem]:
    if unknown := [code for code in row.currencies if code not in EXPONENT_BY_CURRENCY]:
        yield FieldProblem("/currencies", "unknown_currency", f"{', '.join(unknown)}: no currency of today (ISO 4217).")
    for currency, step in row.cash_rounding.items():
        if currency not in EXPONENT_BY_CURRENCY:
            told = f"{currency} is no currency of today (ISO 4217)."
            yield FieldProblem("/cash_rounding", "unknown_currency", told)
        if not 1 <= step <= LARGEST_STEP:
            told = f"{currency}: a step is 1 to {LARGEST_STEP:,} minor units."
            yield FieldProblem("/cash_rounding", "bad_step", told)
    if row.tax_provider not in tax_providers():
        told = f"There is no tax provider {row.tax_provider!r}, but {', '.join(tax_providers())}."
        yield FieldProblem("/tax_provider", "unknown_tax_provider", told)


def _mails(row: StorefrontSettings) -> Iterator[FieldProblem]:
    for name in ("mail_from", "reply_to"):
        if not _is_address(getattr(row, name)):
            told = "This is no e-mail address in ASCII; a domain of other letters is written as xn--…."
            yield FieldProblem(f"/{name}", "bad_address", told)
    if not _is_url(row.terms_url):
        told = "This is no address of a page: https://… in ASCII."
        yield FieldProblem("/terms_url", "bad_url", told)


def _numbers(row: StorefrontSettings) -> Iterator[FieldProblem]:
    if row.hold_minutes is not None and not 1 <= row.hold_minutes <= MOST_HOLD_MINUTES:
        yield FieldProblem("/hold_minutes", "out_of_range", f"This is 1 to {MOST_HOLD_MINUTES:,} minutes.")
    if row.return_days is not None and not 0 <= row.return_days <= MOST_RETURN_DAYS:
        yield FieldProblem("/return_days", "out_of_range", f"This is 0 to {MOST_RETURN_DAYS:,} days.")
    if row.days_to_pay is not None and not 0 <= row.days_to_pay <= MOST_DAYS_TO_PAY:
        yield FieldProblem("/days_to_pay", "out_of_range", f"This is 0 to {MOST_DAYS_TO_PAY:,} days.")
    if not re.search(NUMBER_PREFIX, row.number_prefix):
        told = "A prefix is letters, digits and . _ / -, the first a letter and the last no digit, such as HF-."
        yield FieldProblem("/number_prefix", "bad_prefix", told)


def _documents(row: StorefrontSettings) -> Iterator[FieldProblem]:
    if row.language and row.language not in LANGUAGES:
        told = f"Documents are written in {', '.join(LANGUAGES)}."
        yield FieldProblem("/language", "unknown_language", told)
    if not _is_vat_id(row.vat_id):
        told = "A VAT id is its country's two letters and up to 13 letters and digits, such as DE123456789."
        yield FieldProblem("/vat_id", "bad_vat_id", told)
    if row.iban and not (re.search(IBAN, row.iban) and ibans.is_valid(row.iban)):
        yield FieldProblem("/iban", "bad_iban", "This is no IBAN: its country, length or check digits are wrong.")


def _is_vat_id(text: str) -> bool:
    """Greece writes EL and Northern Ireland XI, which are no countries' codes."""
    return not text or (re.search(VAT_ID, text) is not None and (text[:2] in {"EL", "XI"} or text[:2] in countries))


def _is_address(text: str) -> bool:
    return not text or (re.search(ADDRESS, text) is not None and _passes(validate_email, text))


def _is_url(text: str) -> bool:
    return not text or (text.isascii() and _passes(URLValidator(schemes=["http", "https"]), text))


def _passes(validate: Any, text: str) -> bool:
    try:
        validate(text)
    except ValidationError:
        return False
    return True
