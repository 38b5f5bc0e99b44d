"""What triggers of several apps have in common."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import connections

# To be the trigger's own condition, not asked in its function: for the writes that another trigger makes, as many as
# there are rows, no function is called then. Each call of one goes through every foreign key that the transaction has
# yet to check, so that a bulk of rows would take quadratic time.
BY_HAND = "pg_trigger_depth() = 0"

_REFUSE_TRUNCATE = """
RAISE EXCEPTION 'rows of % are kept; it is never truncated', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
"""

# pgtrigger's functions ask this one whether the session wants them passed by, which any session could say of itself
# (SET pgtrigger.ignore). Inlined, it costs no call either.
_NO_WAY_PAST = """
CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name name) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT false'
"""


def leave_no_way_past(*, using: str, **_: Any) -> None:
    """Hears post_migrate: every trigger that a migration makes brings that function with it again."""
    with connections[using].cursor() as cursor:
        cursor.execute(_NO_WAY_PAST)


def kept(name: str) -> list[pgtrigger.Trigger]:
    """For rows that change but are never deleted, neither one by one nor by TRUNCATE."""
    return [pgtrigger.Protect(name=f"{name}_is_kept", operation=pgtrigger.Delete), not_truncated(name)]


def permanent(name: str) -> list[pgtrigger.Trigger]:
    """For rows that are for ever as they were inserted: no UPDATE, no DELETE, no TRUNCATE."""
    for_ever = pgtrigger.Protect(name=f"{name}_is_for_ever", operation=pgtrigger.Update | pgtrigger.Delete)
    return [for_ever, not_truncated(name)]


def not_truncated(name: str) -> pgtrigger.Trigger:
    """TRUNCATE passes by every trigger of rows; a table that guards its rows needs this one beside them."""
    return pgtrigger.Trigger(
        name=f"{name}_not_truncated",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func=_REFUSE_TRUNCATE,
    )
