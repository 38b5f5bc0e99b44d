"""What the feed tells of states, without any connection or database."""

from __future__ import annotations

import datetime as dt

import pytest

from trading.feed import messages
from trading.feed.hub import Watch
from trading.feed.reading import MOST_TRADES, SeenTrade, Sides, Sight
from trading.models import Instrument

NOW = dt.datetime(2026, 1, 31, tzinfo=dt.UTC)


def sides(buy: dict[int, tuple[int, int]] | None = None, sell: dict[int, tuple[int, int]] | None = None) -> Sides:
    return {"Buy": buy or {}, "Sell": sell or {}}


def a_watch() -> Watch:
    return Watch(Instrument(symbol="JPM", currency="USD"))


def seen(*sequences: int) -> Sight:
    return Sight(sides(), [SeenTrade(sequence, "Buy", 1, 20, NOW, [(1, 20)], 0) for sequence in sequences])


def show(watch: Watch, sight: Sight, at: float = 1.0) -> int:
    """The version of the book after it was seen."""
    watch.see(sight, at=at)
    return watch.version


def told(watch: Watch, after: int | None) -> tuple[int | None, list[int]]:
    """What is missed, and the sequences of the trades told."""
    news = watch.news(after)
    return news.missed, [int(text.split(b"id: ")[1].split(b"\n")[0]) for text in news.trades]


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        (sides({20: (5, 1)}), sides({20: (5, 1)}), sides()),
        (sides({20: (5, 1)}), sides({20: (7, 1)}), sides({20: (7, 1)})),
        (sides({20: (5, 1)}), sides({20: (5, 2)}), sides({20: (5, 2)})),
        (sides({20: (5, 1)}), sides({21: (1, 1)}), sides({20: (0, 0), 21: (1, 1)})),
        (sides({20: (5, 1)}), sides({19: (1, 1), 20: (5, 1)}), sides({19: (1, 1)})),
        (sides({20: (5, 1)}), sides({}, {20: (5, 1)}), sides({20: (0, 0)}, {20: (5, 1)})),
    ],
)
def test_changes_are_the_levels_that_differ_and_those_that_went(before: Sides, after: Sides, changed: Sides) -> None:
    assert messages.changes(before, after) == changed


def test_a_level_that_is_pushed_out_of_sight_went_for_whoever_sees_no_deeper() -> None:
    before, after = sides({20: (5, 1), 21: (5, 1)}), sides({19: (1, 1), 20: (5, 1), 21: (5, 1)})
    assert messages.changes(messages.cut(before, 2), messages.cut(after, 2)) == sides({19: (1, 1), 21: (0, 0)})


def test_only_news_gets_a_new_version() -> None:
    watch = a_watch()
    first = show(watch, seen(4))
    assert show(watch, seen()) == first
    assert show(watch, Sight(sides({20: (5, 1)}), [])) == first + 1
    assert show(watch, Sight(sides({20: (5, 1)}), [])) == first + 1
    assert show(watch, Sight(sides({20: (5, 1)}), seen(6).trades)) == first + 2


def test_who_joins_hears_of_the_next_look_even_if_nothing_changed() -> None:
    watch = a_watch()
    first = show(watch, seen(4), at=1.0)
    watch.joined_at = 2.0
    assert show(watch, seen(), at=3.0) == first + 1
    assert show(watch, seen(), at=4.0) == first + 1


def test_an_outage_is_told_once_and_so_is_its_end() -> None:
    watch = a_watch()
    first = show(watch, seen(4))
    watch.lose()
    watch.lose()
    assert (watch.version, watch.news(4).is_lost) == (first + 1, True)
    assert show(watch, seen()) == first + 2
    assert not watch.news(4).is_lost


def test_each_listener_gets_the_trades_after_its_last_one() -> None:
    watch = a_watch()
    show(watch, seen(2, 5))
    show(watch, seen(9))
    assert told(watch, None) == (None, [])
    assert told(watch, 0) == (None, [2, 5, 9])
    assert told(watch, 2) == (None, [5, 9])
    assert told(watch, 4) == (None, [5, 9])
    assert told(watch, 9) == (None, [])
    assert watch.news(1000).after == 9  # No trade of this book has it: nothing is held back because of it.


def test_what_is_not_kept_any_more_is_a_gap_for_those_who_had_less() -> None:
    watch = a_watch()
    show(watch, seen(*range(1, MOST_TRADES + 1)))
    assert told(watch, 0)[0] is None
    show(watch, seen(MOST_TRADES + 5))
    assert told(watch, 0)[0] == 1
    assert told(watch, 1) == (None, [*range(2, MOST_TRADES + 1), MOST_TRADES + 5])


def test_one_trade_too_many_at_first_sight_is_a_gap() -> None:
    watch = a_watch()
    show(watch, seen(*range(7, MOST_TRADES + 8)))
    assert told(watch, 0)[0] == 7
    assert told(watch, 7)[0] is None
