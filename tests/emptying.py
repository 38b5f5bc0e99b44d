"""After each test with transactions of its own, every table is again as the migrations left it.

In place of Django's flush, which the product's triggers refuse and which takes the standard roles away too. That takes
half a second besides, to truncate fifty tables and to make all permissions anew.
"""

from __future__ import annotations

from django.db import connection, transaction
from django.test import TransactionTestCase

_SCHEMA = "as_migrated"


def keep_what_migrations_made() -> None:
    """Copy the rows that are there before any test, such as roles and permissions."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {_SCHEMA} CASCADE; CREATE SCHEMA {_SCHEMA}")
        for table in _tables():
            cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {table})")
            if cursor.fetchone() == (True,):
                cursor.execute(f"CREATE TABLE {_SCHEMA}.{table} AS TABLE {table}")


def empty() -> None:
    """Past the triggers, as only a superuser can; a test's own TRUNCATE or DELETE is refused as anybody's."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [_SCHEMA])
        kept = [table for (table,) in cursor.fetchall()]
        emptied = [f"DELETE FROM {table}" for table in _tables()]
        restored = [f"INSERT INTO {table} TABLE {_SCHEMA}.{table}" for table in kept]
        cursor.execute("; ".join(["SET LOCAL session_replication_role = replica", *emptied, *restored]))


def install() -> None:
    TransactionTestCase._fixture_teardown = lambda _: empty()  # type: ignore[attr-defined]


def _tables() -> list[str]:
    return connection.introspection.django_table_names(only_existing=True, include_views=False)
