"""What happened to tax tables, in plain words."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from core.console.timeline import register_words
from taxes.admin.parts import day
from taxes.models import percent
from taxes.statuses import TaxRounding


def _changed(data: dict[str, Any]) -> str:
    return f"Changed: {', '.join(data['changed']).replace('_', ' ')}"


def _rounding(data: dict[str, Any]) -> str:
    return f"Rounds: {TaxRounding(data['rounding']).label.lower()}"


def _created(data: dict[str, Any]) -> str:
    return f"Created: {percent(Decimal(data['rate']))} since {day(dt.date.fromisoformat(data['valid_from']))}"


def _ended(data: dict[str, Any]) -> str:
    return f"Last day: {day(dt.date.fromisoformat(data['valid_until']))}"


def register() -> None:
    register_words(
        {
            "tax_class.created": lambda _: "Created",
            "tax_class.updated": _changed,
            "tax_country.created": _rounding,
            "tax_country.updated": _rounding,
            "tax_rate.created": _created,
            "tax_rate.updated": _changed,
            "tax_rate.ended": _ended,
        }
    )
