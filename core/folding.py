"""Text that is the same in capital and small letters: the database folds it, so that a search and a UNIQUE agree."""

from __future__ import annotations

from django.db.models import F, Value
from django.db.models.functions import Lower
from django.db.models.lookups import Exact

from core.text import normal


def same_in_any_case(column: str, text: str) -> Exact:
    """The condition that the column says this, whatever the letter case; an index of Lower(column) serves it."""
    return Exact(Lower(F(column)), Lower(Value(normal(text))))
