"""What a refusal must leave alone: every row of every table of the product, found in the registry of models."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction

from core.errors import DomainError

NOTED_BY_ANY_REQUEST = ("last_used_at", "last_login")
"""Columns that say when somebody was last seen: a refused request notes that too."""


def watched() -> list[type[models.Model]]:
    """Every model of the registry, tables of many-to-many relations among them: a new one needs no line here."""
    return [model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy]


def everything() -> dict[str, list[str]]:
    """table → its rows as text, of every watched table."""
    return rows_of([model._meta.db_table for model in watched()])


def rows_of(tables: Iterable[str]) -> dict[str, list[str]]:
    """table → its rows as text, read in one statement. They are sorted here: PostgreSQL takes four times as long."""
    seen = " - ".join(["to_jsonb(t)", *(f"'{column}'" for column in NOTED_BY_ANY_REQUEST)])
    each = [f"SELECT '{table}', coalesce(array_agg(({seen})::text), '{{}}') FROM {table} t" for table in tables]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(each))
        return {table: sorted(rows) for table, rows in cursor.fetchall()}


@contextmanager
def nothing_changes(*, but: str = "") -> Iterator[None]:
    """The block leaves every row of every table as it was, but for one table."""
    before = everything()
    yield
    after = everything()
    others = {table: rows for table, rows in after.items() if table != but}
    changed = {table: (before[table], rows) for table, rows in others.items() if rows != before[table]}
    assert changed == {}, changed


@contextmanager
def refused(error: type[DomainError]) -> Iterator[pytest.ExceptionInfo[DomainError]]:
    """The block raises this refusal, and leaves every row as it was: no event, no movement, no new version."""
    with nothing_changes(), pytest.raises(error) as caught:
        yield caught


@contextmanager
def refused_by_the_database(match: str) -> Iterator[None]:
    """The block is refused by a constraint or trigger that says `match`, and leaves every row as it was."""
    with nothing_changes(), pytest.raises(DatabaseError, match=match), transaction.atomic():
        yield


@contextmanager
def as_superuser(*tables: type[models.Model]) -> Iterator[None]:
    """No trigger, no CHECK and no uniqueness holds: the rows say whatever they are made to say."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        for model in tables:
            for constraint in model._meta.constraints:
                cursor.execute(f"ALTER TABLE {model._meta.db_table} DROP CONSTRAINT IF EXISTS {constraint.name}")
        yield
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
