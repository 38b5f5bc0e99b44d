"""SKUs and location codes of a request as ids, in two statements however many items it has."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import FieldProblem, InvalidInput
from inventory.queries import location_ids, variant_ids


@dataclass(frozen=True)
class Names:
    variants: dict[str, uuid.UUID]
    locations: dict[str, uuid.UUID]


def look_up(items: Mapping[str, Mapping[str, Any]], *location_fields: str) -> Names:
    """Of items by their JSON pointer in the body. Raises InvalidInput naming every field that names nothing."""
    names = Names(
        variant_ids({item["sku"] for item in items.values()}),
        location_ids({item[field] for item in items.values() for field in location_fields}),
    )
    problems = [
        FieldProblem(f"{pointer}/{field}", code, f"There is no {noun} {item[field]}.")
        for pointer, item in items.items()
        for field, noun, code, known in [
            ("sku", "variant", "unknown_sku", names.variants),
            *((field, "location", "unknown_location", names.locations) for field in location_fields),
        ]
        if item[field] not in known
    ]
    if problems:
        raise InvalidInput(problems[0].detail, errors=problems)
    return names
