"""What the version documents of a storefront's settings say: all of them."""

from __future__ import annotations

from typing import Any

from storefronts.models import StorefrontSettings

SETTINGS = (
    "time_zone", "country", "region", "currencies", "countries", "prices_include_tax", "cash_rounding", "tax_provider",
    "terms", "terms_url", "mail_from", "mail_name", "reply_to", "return_days", "return_policy", "hold_minutes",
    "number_prefix", "release_on_authorised", "days_to_pay", "on_account_needs_credit", "language", "letterhead",
    "e_invoice", "legal_name", "vat_id", "street", "postal_code", "city", "iban", "sourcing",
)  # fmt: skip
"""Every setting, in the order in which they are shown."""

PERSONAL = (
    "mail_from", "mail_name", "reply_to", "letterhead", "legal_name", "vat_id", "street", "postal_code", "city", "iban",
)  # fmt: skip
"""Somebody's own name, address or account, perhaps."""


def content_of(settings: StorefrontSettings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in SETTINGS}
