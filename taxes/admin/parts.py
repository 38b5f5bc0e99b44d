"""Rates as people read them."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString

from core.console import badge
from taxes.models import TaxRate


def day(date: dt.date) -> str:
    """ "1 Jan 2026"."""
    return str(date_format(date, "j M Y"))


def place(rate: TaxRate) -> str:
    """The part of the country: "CA, postal codes 941…"."""
    parts = [rate.region, f"postal codes {rate.postal_prefix}…" if rate.postal_prefix else ""]
    return ", ".join(filter(None, parts)) or "Everywhere"


def days(rate: TaxRate) -> str:
    """ "since 1 Jan 2007", "1 Jan 2007 to 31 Dec 2020"."""
    if rate.is_withdrawn:
        return "never"
    if rate.valid_until is not None:
        return f"{day(rate.valid_from)} to {day(rate.valid_until)}"
    return f"{'since' if rate.began else 'from'} {day(rate.valid_from)}"


def standing(rate: TaxRate) -> SafeString:
    if rate.is_withdrawn:
        return badge("Withdrawn", "neutral")
    if not rate.began:
        return badge("To come", "info")
    if rate.valid_until is None:
        return badge("In force", "good")
    return badge("Ended", "neutral") if rate.valid_until < timezone.localdate() else badge("Ends", "warn")
