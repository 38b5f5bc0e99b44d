"""The variants and locations that a request names, looked up in two statements however many items it has."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from core.errors import FieldProblem, InvalidInput
from inventory.queries import known_locations, variant_ids


def by_pointer(items: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The elements of `items` by their JSON pointer in the body."""
    return {f"/items/{position}": item for position, item in enumerate(items)}


def variants_of(items: Mapping[str, Mapping[str, Any]], *location_fields: str) -> dict[str, uuid.UUID]:
    """The ids of the items' variants by SKU; `items` are by their JSON pointer in the body.

    Raises InvalidInput for every SKU, and every location id in the given fields, that doesn't exist.
    """
    variants = variant_ids({item["sku"] for item in items.values()})
    locations = known_locations({item[field] for item in items.values() for field in location_fields})
    problems = [
        FieldProblem(f"{pointer}/{field}", code, f"There is no {noun} {item[field]}.")
        for pointer, item in items.items()
        for field, noun, code, known in [
            ("sku", "variant", "unknown_sku", variants),
            *((field, "location", "unknown_location", locations) for field in location_fields),
        ]
        if item[field] not in known
    ]
    if problems:
        raise InvalidInput(problems[0].detail, errors=problems)
    return variants
