from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection, transaction


@pytest.fixture
def no_level_constraint() -> Iterator[None]:
    """The protection off: nothing keeps the reserved units within those on hand."""
    name = "level_reserved_within_on_hand"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [name])
        (definition,) = cursor.fetchone()
        cursor.execute(f"ALTER TABLE inventory_stocklevel DROP CONSTRAINT {name}")
        yield
        with transaction.atomic():
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("TRUNCATE inventory_stocklevel, inventory_reservation, inventory_stockmovement")
        cursor.execute(f"ALTER TABLE inventory_stocklevel ADD CONSTRAINT {name} {definition}")


@pytest.fixture
def no_fill_rules() -> Iterator[None]:
    """The protection off: a fill takes what it says, whatever its order has left."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE trading_fill DISABLE TRIGGER USER")
        yield
        cursor.execute("ALTER TABLE trading_fill ENABLE TRIGGER USER")
