"""The rules by which a storefront chooses where its goods come from, as it keeps them: named, in order.

What they mean is inventory's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.errors import FieldProblem

RULES = ("priority", "nearest", "fewest_parcels", "never_split", "reserve_for_shop_floor")
"""None of them takes a parameter: what a rule counts with is said of each location."""

SourcingConfig = Sequence[Mapping[str, Any]]
"""Such as [{"rule": "nearest", "parameters": {}}, {"rule": "priority", "parameters": {}}], the first rule first."""


def problems_of(config: SourcingConfig) -> list[FieldProblem]:
    """What is wrong with rules whose form is right: unknown ones, and one that comes twice."""
    return list(_problems(config))


def _problems(config: SourcingConfig) -> Iterator[FieldProblem]:
    seen: set[str] = set()
    for position, each in enumerate(config):
        rule = each["rule"]
        if rule not in RULES:
            known = ", ".join(RULES)
            yield FieldProblem(f"/sourcing/{position}/rule", "unknown_rule", f"There is no rule {rule}, but {known}.")
        if rule in seen:
            yield FieldProblem(f"/sourcing/{position}/rule", "rule_twice", f"The rule {rule} is there already.")
        seen.add(rule)
        for name in each["parameters"]:
            told = f"The rule {rule} takes no parameter {name}."
            yield FieldProblem(f"/sourcing/{position}/parameters", "unknown_parameter", told)
