"""What happened to the books."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

from core.events import DomainEvent


@dataclass(frozen=True)
class DayClosed(DomainEvent):
    """`totals`: the sum of the debits at its end, by currency, in minor units."""

    type: ClassVar[str] = "day.closed"
    day: dt.date
    totals: dict[str, int]
