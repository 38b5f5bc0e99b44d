"""Empties the tables after a test with transactions of its own, several times faster than Django's flush.

Few rows are deleted faster than 49 tables and their indexes are truncated, and what `migrate` puts into the database
is left there: post_migrate takes longer to make it again than the rest of the flush.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection, transaction
from django.db.backends.base.operations import BaseDatabaseOperations
from django.test import TransactionTestCase

from tests.factories.watching import rows_of

MADE_BY_MIGRATE = (
    "django_content_type", "auth_permission", "auth_group", "auth_group_permissions", "core_role", "core_rolelimit",
)  # fmt: skip
FEW = 1_000
"""Rows of one table that are deleted rather than truncated."""

_made_by_migrate: dict[str, list[str]] = {}
_flush_of_django = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]
_execute_sql_flush = BaseDatabaseOperations.execute_sql_flush


def note_what_migrate_made() -> None:
    """To be called when the test's database is as `migrate` leaves it."""
    _made_by_migrate.update(rows_of(MADE_BY_MIGRATE))


def use_for_all_tests() -> None:
    """Let every TransactionTestCase, which each test with transactions of its own is, empty the tables as done here."""
    TransactionTestCase._fixture_teardown = _empty  # type: ignore[attr-defined]
    BaseDatabaseOperations.execute_sql_flush = _past_the_triggers  # type: ignore[assignment,method-assign]


def _empty(case: TransactionTestCase) -> None:
    filled = _rows_by_table()
    if max(filled.values(), default=0) <= FEW and rows_of(MADE_BY_MIGRATE) == _made_by_migrate:
        _delete_from(filled)
    else:
        _flush_of_django(case)
        note_what_migrate_made()


def _rows_by_table() -> dict[str, int]:
    """table → its rows, or FEW + 1 when there are more, of every table that has any and isn't made by migrate."""
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    each = [
        f"SELECT '{table}' AS name, count(*) AS rows FROM (SELECT FROM {table} LIMIT {FEW + 1}) AS few"
        for table in tables
        if table not in MADE_BY_MIGRATE
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT name, rows FROM ({' UNION ALL '.join(each)}) counted WHERE rows > 0")
        return dict(cursor.fetchall())


def _delete_from(tables: Iterable[str]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("; ".join([_TRIGGERS_OFF, *(f"DELETE FROM {table}" for table in tables)]))


_TRIGGERS_OFF = "SET LOCAL session_replication_role = replica"


def _past_the_triggers(operations: BaseDatabaseOperations, sql_list: Iterable[str]) -> None:
    """Only what Django's flush does is let through; a TRUNCATE of a test's own is refused as anybody's."""
    _execute_sql_flush(operations, [_TRIGGERS_OFF, *sql_list])
