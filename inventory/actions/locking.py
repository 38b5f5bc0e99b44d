"""Lock a row of the catalogue, then ask whether it is the one the caller has seen."""

from __future__ import annotations

import uuid
from typing import TypeVar

from django.db.models import QuerySet

from core.errors import NotFound, StaleVersion
from core.models import Versioned

Row = TypeVar("Row", bound=Versioned)


def get_locked(locked: QuerySet[Row], row_id: uuid.UUID, *, expected_version: int | None = None) -> Row:
    """The row out of a locking queryset. Raises NotFound, and StaleVersion when the caller saw another version."""
    row = locked.filter(pk=row_id).first()
    if row is None:
        raise NotFound(f"There is no such {locked.model.subject_type}.")
    if expected_version is not None and expected_version != row.version:
        raise StaleVersion(expected=expected_version, actual=row.version)
    return row
