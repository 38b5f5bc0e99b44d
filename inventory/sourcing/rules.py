"""How a storefront chooses locations: its rules as they are configured, and where the goods go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from storefronts.queries import SOURCING_RULES, SourcingConfig

NEVER_SPLIT = "never_split"
FOR_SHOP_FLOOR = "reserve_for_shop_floor"
NEAREST = "nearest"
FEWEST_PARCELS = "fewest_parcels"
PRIORITY = "priority"


@dataclass(frozen=True)
class Sourcing:
    """Names of rules, the first first, and the destination as far as it is known."""

    rules: tuple[str, ...]
    country: str = ""
    postal_code: str = ""

    @classmethod
    def of(cls, config: SourcingConfig, address: Mapping[str, Any]) -> Sourcing | None:
        """None for a storefront without rules. A rule that isn't known here is passed by: it stops no order."""
        rules = tuple(each["rule"] for each in config if each["rule"] in SOURCING_RULES)
        if not rules:
            return None
        return cls(rules, address.get("country") or "", address.get("postal_code") or "")

    @classmethod
    def by_priority(cls, address: Mapping[str, Any]) -> Sourcing:
        """As for a storefront without rules."""
        return cls((PRIORITY,), address.get("country") or "", address.get("postal_code") or "")

    @property
    def never_splits(self) -> bool:
        return NEVER_SPLIT in self.rules

    @property
    def keeps_shop_floor(self) -> bool:
        return FOR_SHOP_FLOOR in self.rules

    @property
    def orderings(self) -> tuple[str, ...]:
        """The rules that prefer one plan to another. Priority decides last where it isn't named."""
        named = tuple(rule for rule in self.rules if rule not in {NEVER_SPLIT, FOR_SHOP_FLOOR})
        return named if PRIORITY in named else (*named, PRIORITY)

    def distance(self, country: str, postal_code: str) -> int:
        """How far a location is from the destination: 0 for the same postcode, more for fewer first characters in
        common, most for another or an unknown country.
        """
        if not country or country != self.country:
            return _ABROAD
        return _CHARACTERS - min(_in_common(_bare(postal_code), _bare(self.postal_code)), _CHARACTERS)


_CHARACTERS = 10
"""The most characters of a postcode that are compared; no country's has more."""
_ABROAD = _CHARACTERS + 1


def _bare(postal_code: str) -> str:
    """ "sw1a-1aa", "SW1A 1AA" → "SW1A1AA"."""
    return "".join(filter(str.isalnum, postal_code.upper()))


def _in_common(one: str, other: str) -> int:
    count = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        count += 1
    return count
