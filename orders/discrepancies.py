"""What a verification finds."""

from __future__ import annotations

from dataclasses import dataclass

Figure = tuple[str, int, int]
"""(what, as stored, as it must be)"""


@dataclass(frozen=True)
class Discrepancy:
    """One value that two places tell differently; `unit` is "units", "cents", or "columns" for what isn't a figure."""

    order: int
    what: str
    stored: int | str
    expected: int | str
    unit: str
    source: str = "the ledger"

    @property
    def off(self) -> int:
        if isinstance(self.stored, int) and isinstance(self.expected, int):
            return abs(self.stored - self.expected)
        return 1

    def __str__(self) -> str:
        told = f"{self.what} is {self.stored}, {self.source} says {self.expected}"
        return f"order #{self.order}: {told} ({self.off} {self.unit} off)"
