"""How a storefront sells, as everything that sells reads it: whole, with the defaults filled in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from email.utils import formataddr, parseaddr
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from storefronts.models import TABLE, StorefrontSettings
from storefronts.sourcing import SourcingConfig


def _time_zone() -> str:
    return str(settings.TIME_ZONE)


def _hold_minutes() -> int:
    return int(settings.DRAFT_RESERVATION_MINUTES)


@dataclass(frozen=True)
class StorefrontRules:
    """`has_own_time` tells whether the storefront chose its time zone. Empty currencies are any, countries all."""

    time_zone: str = field(default_factory=_time_zone)
    has_own_time: bool = False
    country: str = ""
    region: str = ""
    currencies: Collection[str] = ()
    countries: Collection[str] = ()
    prices_include_tax: bool = False
    cash_rounding: Mapping[str, int] = field(default_factory=dict)
    tax_provider: str = TABLE
    terms: str = ""
    terms_url: str = ""
    mail_from: str = ""
    mail_name: str = ""
    reply_to: str = ""
    return_days: int | None = None
    return_policy: str = ""
    hold_minutes: int = field(default_factory=_hold_minutes)
    number_prefix: str = ""
    release_on_authorised: bool = False
    days_to_pay: int | None = None
    on_account_needs_credit: bool = False
    language: str = ""
    letterhead: str = ""
    e_invoice: bool = False
    legal_name: str = ""
    vat_id: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""
    iban: str = ""
    sourcing: SourcingConfig = ()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def sender(self) -> str:
        """Who its e-mails come from: "Harbour <orders@harbour.example>"."""
        name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
        return formataddr((self.mail_name or ("" if self.mail_from else name), self.mail_from or address))

    def day_of(self, at: dt.datetime) -> dt.date:
        """The day that it was there."""
        return timezone.localdate(at, self.zone)

    def held_until(self, begun_at: dt.datetime) -> dt.datetime:
        """How long a draft that is made then keeps its stock."""
        return begun_at + dt.timedelta(minutes=self.hold_minutes)


def rules_in(row: StorefrontSettings) -> StorefrontRules:
    given = {name: getattr(row, name) for name in _AS_THEY_ARE}
    if row.time_zone:
        given |= {"time_zone": row.time_zone, "has_own_time": True}
    if row.hold_minutes is not None:
        given |= {"hold_minutes": row.hold_minutes}
    return StorefrontRules(
        **given,
        currencies=frozenset(row.currencies),
        countries=frozenset(row.countries),
        sourcing=tuple(row.sourcing),
    )


_AS_THEY_ARE = (
    "country", "region", "prices_include_tax", "cash_rounding", "tax_provider", "terms", "terms_url", "mail_from",
    "mail_name", "reply_to", "return_days", "return_policy", "number_prefix",
    "release_on_authorised", "days_to_pay", "on_account_needs_credit",
    "language", "letterhead", "e_invoice", "legal_name", "vat_id", "street", "postal_code", "city", "iban",
)  # fmt: skip
