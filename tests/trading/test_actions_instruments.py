"""What the books are about: listed once, changed, and listed by their first order."""

from __future__ import annotations

from typing import Any

import pytest

from core.errors import InvalidInput, NotFound, StaleVersion
from core.models import Event
from core.transactions import UnitOfWorkError, action
from tests.factories.core import a_client, timeline
from tests.factories.trading import ACTOR, a_book_order, an_instrument, assert_the_book_adds_up, new_book_order
from tests.factories.watching import nothing_changes, refused
from trading.actions import add_order, change_instrument, ensure_instruments, is_symbol, list_instrument
from trading.errors import CurrencyFixed, InstrumentExists
from trading.models import Instrument

pytestmark = pytest.mark.django_db

listing_actions = action(ensure_instruments)


def events(instrument: Instrument) -> list[tuple[str, int, dict[str, Any]]]:
    told = Event.objects.filter(subject_id=instrument.pk).order_by("version")
    return list(told.values_list("type", "version", "data"))


def test_it_is_listed_with_its_currency_and_sku() -> None:
    instrument = list_instrument("JPM", currency="EUR", sku="MUG", actor=ACTOR)
    stored = Instrument.objects.get()
    assert (stored.pk, stored.symbol, stored.currency, stored.sku, stored.version) == (
        instrument.pk, "JPM", "EUR", "MUG", 1,
    )  # fmt: skip
    assert events(stored) == [("instrument.listed", 1, {"symbol": "JPM", "currency": "EUR", "sku": "MUG"})]


def test_a_listed_symbol_is_not_listed_again() -> None:
    an_instrument()
    with refused(InstrumentExists):
        list_instrument("JPM", currency="EUR", actor=ACTOR)


@pytest.mark.parametrize("symbol", ["orders", "trades", "imports", "instruments"])
def test_a_word_that_stands_in_paths_is_no_symbol(symbol: str) -> None:
    with refused(InvalidInput) as caught:
        list_instrument(symbol, currency="EUR", actor=ACTOR)
    assert [(each.pointer, each.code) for each in caught.value.errors] == [("/symbol", "reserved")]


@pytest.mark.parametrize("currency", ["BGN", "XXX", "usd"])
def test_its_currency_is_one_of_today(currency: str) -> None:
    an_instrument(currency="USD")
    with refused(InvalidInput) as caught:
        list_instrument("IBM", currency=currency, actor=ACTOR)
    assert [(each.pointer, each.code) for each in caught.value.errors] == [("/currency", "unknown_currency")]
    with refused(InvalidInput):
        change_instrument("JPM", {"currency": currency}, actor=ACTOR)


def test_its_currency_and_sku_change_with_an_event_that_says_from_what_to_what() -> None:
    instrument = an_instrument(currency="USD")
    changed = change_instrument("JPM", {"currency": "EUR", "sku": "MUG"}, actor=ACTOR, expected_version=1)
    assert (changed.currency, changed.sku, changed.version) == ("EUR", "MUG", 2)
    changes = {"currency": ["USD", "EUR"], "sku": ["", "MUG"]}
    assert events(instrument)[1:] == [("instrument.changed", 2, {"symbol": "JPM", "changes": changes})]


def test_a_change_to_what_it_has_is_no_change() -> None:
    an_instrument(currency="USD", sku="MUG")
    with nothing_changes():
        assert change_instrument("JPM", {"currency": "USD", "sku": "MUG"}, actor=ACTOR).version == 1


@pytest.mark.parametrize("status", ["open", "filled", "removed"])
def test_its_currency_is_fixed_once_its_book_had_an_order(status: str) -> None:
    a_book_order(status=status)
    with refused(CurrencyFixed):
        change_instrument("JPM", {"currency": "EUR", "sku": "MUG"}, actor=ACTOR)
    assert change_instrument("JPM", {"sku": "MUG", "currency": "USD"}, actor=ACTOR).sku == "MUG"


def test_a_change_of_a_stale_version_or_an_unknown_symbol_is_refused() -> None:
    an_instrument()
    with refused(StaleVersion):
        change_instrument("JPM", {"sku": "MUG"}, actor=ACTOR, expected_version=7)
    with refused(NotFound):
        change_instrument("NONE", {"sku": "MUG"}, actor=ACTOR)


def test_the_first_order_of_a_symbol_lists_it_in_the_currency_of_the_house() -> None:
    order = add_order(new_book_order(symbol="FRESH"), client_id=a_client().pk, actor=ACTOR)
    instrument = Instrument.objects.get(symbol="FRESH")
    assert events(instrument) == [("instrument.listed", 1, {"symbol": "FRESH", "currency": "USD", "sku": ""})]
    assert timeline(order.pk) == ["book_order.added"]
    a_book_order(symbol="FRESH")
    assert Instrument.objects.count() == 1
    assert_the_book_adds_up()


def test_many_are_ensured_together_and_the_known_ones_left_alone() -> None:
    known = an_instrument("KNOWN", currency="EUR", sku="MUG")
    found = listing_actions(["NEW", "KNOWN", "NEW", "ALSO"], actor=ACTOR)
    assert {symbol: each.currency for symbol, each in found.items()} == {"NEW": "USD", "KNOWN": "EUR", "ALSO": "USD"}
    assert found["KNOWN"].pk == known.pk
    assert {symbol: timeline(each.pk) for symbol, each in found.items()} == {
        symbol: ["instrument.listed"] for symbol in found
    }
    with nothing_changes():
        listing_actions(["NEW", "ALSO"], actor=ACTOR)
    assert_the_book_adds_up()


def test_ensuring_is_part_of_an_action() -> None:
    with pytest.raises(UnitOfWorkError):
        ensure_instruments(["JPM"], actor=ACTOR)


@pytest.mark.parametrize("symbol", ["JPM", "a", "0", "BRK.B", "EUR:USD", "x-y_z", "A" * 64])
def test_symbols(symbol: str) -> None:
    assert is_symbol(symbol)


@pytest.mark.parametrize(
    "symbol", ["", "A" * 65, " JPM", "JPM ", "JPM\n", ".x", "-x", "_x", "a/b", "a b", "é", "A\0", "٣"]
)
def test_what_is_no_symbol(symbol: str) -> None:
    assert not is_symbol(symbol)
