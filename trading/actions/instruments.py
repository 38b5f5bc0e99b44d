"""What the books are about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TypedDict

from django.conf import settings

from core.actors import Actor
from core.changes import apply_changes
from core.errors import InvalidInput, StaleVersion
from core.money import require_currency
from core.outbox import record
from core.transactions import action, step
from trading.actions.locking import lock_book
from trading.errors import CurrencyFixed, InstrumentExists
from trading.events import InstrumentChanged, InstrumentListed
from trading.models import BookOrder, Instrument

RESERVED_SYMBOLS = frozenset({"imports", "instruments", "orders", "trades"})
"""What stands in a path where a symbol would."""

is_symbol = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:\-]{0,63}", re.ASCII).fullmatch


class InstrumentChanges(TypedDict, total=False):
    sku: str
    currency: str


@action
def list_instrument(symbol: str, *, currency: str, sku: str = "", actor: Actor) -> Instrument:
    """A new instrument. Raises InstrumentExists, InvalidInput."""
    refuse_reserved(symbol)
    require_currency(currency)
    instrument = Instrument(symbol=symbol, currency=currency, sku=sku)
    Instrument.objects.bulk_create([instrument], ignore_conflicts=True)
    if not Instrument.objects.filter(pk=instrument.pk).exists():
        raise InstrumentExists(symbol)
    record(InstrumentListed(symbol, currency, sku), subject=instrument, actor=actor)
    return instrument


@action
def change_instrument(
    symbol: str, changes: Mapping[str, str], *, actor: Actor, expected_version: int | None = None
) -> Instrument:
    """Set the SKU, the currency, or both.

    Raises NotFound, StaleVersion, InvalidInput; CurrencyFixed once its book has orders.
    """
    instrument = lock_book(symbol)
    if expected_version is not None and expected_version != instrument.version:
        raise StaleVersion(expected=expected_version, actual=instrument.version)
    differing = apply_changes(instrument, changes, InstrumentChanges)
    if "currency" in differing:
        require_currency(instrument.currency)
    if "currency" in differing and BookOrder.objects.filter(instrument=instrument).exists():
        raise CurrencyFixed(symbol, differing["currency"][0])
    if differing:
        instrument.save(update_fields=list(differing))
        record(InstrumentChanged(symbol, differing), subject=instrument, actor=actor)
    return instrument


@step
def ensure_instruments(symbols: Iterable[str], *, actor: Actor) -> Mapping[str, Instrument]:
    """The instrument of each symbol; a symbol seen for the first time is listed in the currency of the house."""
    wanted = sorted(set(symbols))
    found = {each.symbol: each for each in Instrument.objects.filter(symbol__in=wanted)}
    new = [Instrument(symbol=symbol, currency=settings.BOOK_CURRENCY) for symbol in wanted if symbol not in found]
    if not new:
        return found
    Instrument.objects.bulk_create(new, ignore_conflicts=True)
    ours = {each.pk for each in new}
    found = {each.symbol: each for each in Instrument.objects.filter(symbol__in=wanted)}
    for instrument in found.values():
        if instrument.pk in ours:
            record(InstrumentListed(instrument.symbol, instrument.currency, ""), subject=instrument, actor=actor)
    return found


def refuse_reserved(symbol: str) -> None:
    """Raises InvalidInput."""
    if symbol in RESERVED_SYMBOLS:
        raise InvalidInput.at("/symbol", "reserved", f"{symbol} stands for something else in paths.")
