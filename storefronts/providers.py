"""The tax providers that a storefront may name."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from storefronts.models import TABLE

_sources: list[Callable[[], Iterable[str]]] = []


def register_tax_providers(names: Callable[[], Iterable[str]]) -> None:
    """For what is above: a storefront may have its taxes from whatever `names` gives when it is asked."""
    _sources.append(names)


def tax_providers() -> list[str]:
    """Their names."""
    return sorted({TABLE}.union(*(names() for names in _sources)))
