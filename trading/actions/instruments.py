"""What the books are about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.conf import settings

from core.actors import Actor
from core.outbox import record
from core.transactions import action, step
from trading.actions.locking import lock_book
from trading.errors import CurrencyFixed
from trading.events import InstrumentChanged, InstrumentListed
from trading.models import BookOrder, Instrument


@action
def list_instrument(symbol: str, *, currency: str | None = None, sku: str | None = None, actor: Actor) -> Instrument:
    """The instrument of that symbol with this currency and SKU, made when there is none; None leaves what it has.

    Raises CurrencyFixed once there are orders in its book.
    """
    ensure_instruments([symbol], actor=actor)
    instrument = lock_book(symbol)
    wanted = {"currency": currency, "sku": sku}
    changes = {
        name: [getattr(instrument, name), value]
        for name, value in wanted.items()
        if value is not None and value != getattr(instrument, name)
    }
    if "currency" in changes and BookOrder.objects.filter(instrument=instrument).exists():
        raise CurrencyFixed(symbol, instrument.currency)
    for name, (_, after) in changes.items():
        setattr(instrument, name, after)
    if changes:
        instrument.save(update_fields=list(changes))
        record(InstrumentChanged(symbol, changes), subject=instrument, actor=actor)
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
    found = {each.symbol: each for each in Instrument.objects.filter(symbol__in=wanted)}
    ours = {each.pk for each in new}
    for instrument in found.values():
        if instrument.pk in ours:
            record(InstrumentListed(instrument.symbol, instrument.currency, ""), subject=instrument, actor=actor)
    return found
