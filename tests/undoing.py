"""Undoing what many tests, or many examples of one, were given."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction


@contextmanager
def undone() -> Iterator[None]:
    """What is made inside is gone afterwards."""
    block = transaction.atomic()
    # As TestCase's own transactions are: the product's outermost ones may begin within.
    block._from_testcase = True  # type: ignore[attr-defined]
    with block:
        yield
        transaction.set_rollback(True)
