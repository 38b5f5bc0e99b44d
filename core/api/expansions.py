"""What `?expand=` may add to an object. Apps register their part here, so that the object's app needn't import them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

Loader = Callable[[Sequence[UUID]], dict[UUID, list[dict[str, Any]]]]
"""Loads the JSON values of all the given objects at once; an object that has none may be left out."""


@dataclass(frozen=True)
class Expansion:
    """What loads an expansion, and the scope that a key needs to ask for it."""

    loader: Loader
    scope: str


_expansions: dict[str, dict[str, Expansion]] = {}


def register_expansion(subject: str, name: str, loader: Loader, *, scope: str) -> None:
    """Let `?expand=<name>` of `subject` ("order") be answered by `loader`. Called from an app's ready()."""
    _expansions.setdefault(subject, {})[name] = Expansion(loader, scope)


def scope_of(subject: str, name: str) -> str | None:
    """The scope that a registered expansion needs; None for a name that nobody registered."""
    found = _expansions.get(subject, {}).get(name)
    return found.scope if found else None


def expansions_of(subject: str) -> tuple[str, ...]:
    """The names registered for `subject`, for a view's declaration."""
    return tuple(sorted(_expansions.get(subject, {})))


def expand(subject: str, names: Collection[str], ids: Sequence[UUID]) -> dict[UUID, dict[str, list[dict[str, Any]]]]:
    """id → name → values, for each registered name of `names`. Names that nobody registered are left to the caller."""
    known = _expansions.get(subject, {})
    found: dict[UUID, dict[str, list[dict[str, Any]]]] = {each: {} for each in ids}
    for name in sorted(known.keys() & set(names)):
        values = known[name].loader(ids)
        for each in ids:
            found[each][name] = values.get(each, [])
    return found
