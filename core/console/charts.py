"""Charts drawn on the server: bars hour by hour, with the same figures as a table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.utils import timezone
from django.utils.formats import date_format

from core.console.parts import Tone

HOURS = 24

_HEIGHT, _STEP, _WIDTH = 100.0, 10, 7
"""Of the drawing, which is stretched to the room that it has: its height, and of a bar its place and its width."""
_LOWEST = 2.0
"""Height of what is more than nothing: one failure among a thousand is seen."""
_LABELLED = 6
"""Every so many hours have a label."""


@dataclass(frozen=True)
class Series:
    """What the bars are made of. The tone is a colour that only repeats what the legend says."""

    label: str
    tone: Tone


@dataclass(frozen=True)
class Part:
    """A piece of a bar as it is drawn."""

    tone: Tone
    y: float
    height: float


@dataclass(frozen=True)
class Bar:
    """An hour. `values` are those of the series, in their order."""

    hour: str
    values: Sequence[int]
    x: int
    parts: Sequence[Part]

    @property
    def shown(self) -> Sequence[str]:
        return [f"{value:,}" for value in self.values]


@dataclass(frozen=True)
class Chart:
    """`values` are those of the series by the beginning of the hour; hours without any have none. `name` is its id on
    the page, `empty` what is told when there is nothing to draw.
    """

    name: str
    title: str
    series: Sequence[Series]
    hours: Sequence[dt.datetime]
    values: Mapping[dt.datetime, Sequence[int]]
    empty: str = "Nothing in this time."

    @cached_property
    def bars(self) -> Sequence[Bar]:
        return [self._bar(place, hour) for place, hour in enumerate(self.hours)]

    @cached_property
    def top(self) -> int:
        """The least round number that no bar is above. Its half is a whole number."""
        most = max((sum(self._of(hour)) for hour in self.hours), default=0)
        return next(step for step in _round_numbers() if step >= most)

    @property
    def scale(self) -> Sequence[str]:
        """What the lines across mean, from above."""
        return [f"{self.top:,}", f"{self.top // 2:,}", "0"]

    @property
    def is_empty(self) -> bool:
        return not any(map(sum, self.values.values()))

    @property
    def totals(self) -> Sequence[tuple[Series, str]]:
        sums = [sum(bar.values[place] for bar in self.bars) for place, _ in enumerate(self.series)]
        return [(series, f"{total:,}") for series, total in zip(self.series, sums, strict=True)]

    @property
    def description(self) -> str:
        """ "From 15:00 on, 24 hours: 120 taken, 3 failed. At most 40 in an hour, at 17:00." """
        told = ", ".join(f"{total} {series.label.lower()}" for series, total in self.totals)
        most = max(self.bars, key=lambda bar: sum(bar.values))
        begins = f"From {self.bars[0].hour} on, {len(self.bars)} hours"
        return f"{begins}: {told}. At most {sum(most.values):,} in an hour, at {most.hour}."

    @property
    def labels(self) -> Sequence[str]:
        """Of every few hours, below the bars."""
        return [bar.hour for bar in self.bars[::_LABELLED]]

    @property
    def width(self) -> int:
        return len(self.hours) * _STEP

    @property
    def bar_width(self) -> int:
        return _WIDTH

    def _of(self, hour: dt.datetime) -> Sequence[int]:
        return self.values.get(hour, [0] * len(self.series))

    def _bar(self, place: int, hour: dt.datetime) -> Bar:
        values, below, parts = self._of(hour), 0.0, []
        for series, value in zip(self.series, values, strict=True):
            height = max(_LOWEST, value / self.top * _HEIGHT) if value else 0.0
            below = min(below + height, _HEIGHT)
            if value:
                parts.append(Part(series.tone, round(_HEIGHT - below, 2), round(height, 2)))
        shown = date_format(timezone.localtime(hour), "H:i")
        return Bar(shown, values, place * _STEP + (_STEP - _WIDTH) // 2, parts)


def last_hours(now: dt.datetime, count: int = HOURS) -> list[dt.datetime]:
    """The beginnings of the last hours of UTC; the last is the hour of `now`."""
    begun = now.astimezone(dt.UTC).replace(minute=0, second=0, microsecond=0)
    return [begun - dt.timedelta(hours=ago) for ago in reversed(range(count))]


def _round_numbers() -> Iterator[int]:
    """2, 4, 6, 8, 10, 20, 30, 40, 60, 80, 100, …"""
    yield from (2, 4, 6, 8)
    unit = 10
    while True:
        yield from (unit * step for step in (1, 2, 3, 4, 6, 8))
        unit *= 10
