"""Changing some fields of a row: only those that a TypedDict names, whatever the caller passes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Model

from core.models.text import SettledField


class UnknownChange(TypeError):
    """A field was to be changed that the action doesn't offer: a mistake of the programmer, never of the caller."""


def apply_changes(row: Model, changes: Mapping[str, Any], offered: type) -> dict[str, list[Any]]:
    """Set the values that differ from the row's own; returns field → [before, after] of those.

    `offered` is the TypedDict of the fields that may change. Raises UnknownChange for any other name, InvalidInput
    for a text that its column can't have, and sets nothing.
    """
    unknown = sorted(changes.keys() - offered.__annotations__.keys())
    if unknown:
        raise UnknownChange(f"{offered.__name__} has no {', '.join(unknown)}")
    changes = {name: _settled(row, name, value) for name, value in changes.items()}
    changed = {name: [getattr(row, name), value] for name, value in changes.items() if getattr(row, name) != value}
    for name, (_, value) in changed.items():
        setattr(row, name, value)
    return changed


def _settled(row: Model, name: str, value: Any) -> Any:
    """The value as its column keeps it, so that what is the same already is no change."""
    field = row._meta.get_field(name)
    return field.kept(value) if isinstance(field, SettledField) else value
