"""What the database refuses: any write of a money column that no ledger entry made."""

from __future__ import annotations

from collections.abc import Iterable

from core.triggers import BY_HAND

REFUSE_DIRECT_WRITE = """
RAISE EXCEPTION 'the money of % moves only by inserting a ledger entry', TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
"""


def changed_by_hand(columns: Iterable[str]) -> str:
    """The condition of a trigger that refuses an UPDATE of the columns unless a trigger makes it."""
    differs = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
    return f"{BY_HAND} AND ({differs})"


def given(columns: Iterable[str]) -> str:
    """The condition of a trigger that refuses an INSERT of anything but 0 into the columns."""
    return " OR ".join(f"NEW.{column} <> 0" for column in columns)
