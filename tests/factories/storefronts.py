"""Storefronts and how they sell."""

from __future__ import annotations

from typing import Any

from core.models import Client
from storefronts.actions import SettingsChanges, change_settings
from storefronts.models import Storefront
from tests.factories.core import ACTOR, a_client

EVERY_SETTING: dict[str, Any] = {
    "time_zone": "Europe/Zurich",
    "country": "CH",
    "region": "Zürich",
    "currencies": ["CHF", "EUR"],
    "countries": ["AT", "CH", "DE"],
    "prices_include_tax": True,
    "cash_rounding": {"CHF": 5},
    "tax_provider": "table",
    "terms": "Sold as seen.\nNo credit.",
    "terms_url": "https://harbour.example/terms?lang=en",
    "mail_from": "orders@harbour.example",
    "mail_name": "Harbour & Sons",
    "reply_to": "help@harbour.example",
    "return_days": 30,
    "return_policy": "Unworn, with its label.",
    "hold_minutes": 45,
    "number_prefix": "HF-",
    "release_on_authorised": True,
    "days_to_pay": 14,
    "on_account_needs_credit": True,
    "language": "de",
    "letterhead": "Harbour & Sons\nQuay 1, 8001 Zürich\nCHE-123.456.789 MWST",
    "e_invoice": True,
    "legal_name": "Harbour & Sons AG",
    "vat_id": "CHE123456789",
    "street": "Quay 1",
    "postal_code": "8001",
    "city": "Zürich",
    "iban": "CH9300762011623852957",
    "sourcing": [{"rule": "nearest", "parameters": {}}, {"rule": "reserve_for_shop_floor", "parameters": {}}],
}
"""A value for each, none of them the default but the provider's."""


def a_storefront(name: str = "", **settings: Any) -> Client:
    """A storefront that sells so; one without settings if none are given."""
    client = a_client(name)
    if settings:
        sells(client, **settings)
    return client


def sells(client: Client, **settings: Any) -> Storefront:
    """Change how a storefront sells."""
    return change_settings(client.pk, SettingsChanges(**settings), actor=ACTOR)  # type: ignore[typeddict-item]
