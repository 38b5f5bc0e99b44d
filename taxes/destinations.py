"""Where goods go, as far as a tax, a charge or a plan asks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from core.text import fold

_SPACING = re.compile(r"[\s\-]+")


@dataclass(frozen=True)
class Destination:
    """`country` is an ISO 3166 code of two letters; what is not known is empty."""

    country: str = ""
    region: str = ""
    postal_code: str = ""

    @classmethod
    def of(cls, address: Mapping[str, str]) -> Destination:
        """Of an address with the fields of customers.queries.POSTAL_FIELDS."""
        return cls(*(str(address.get(part) or "").strip() for part in ("country", "region", "postal_code")))


def compact(postal_code: str) -> str:
    """ "sw1a 1aa" → "SW1A1AA"."""
    return _SPACING.sub("", postal_code).upper()


def plain_region(region: str, country: str) -> str:
    """A region as it is compared: "US-CA" and "ca" are one in the US."""
    return fold(region).removeprefix(f"{country.lower()}-")
