"""New rows of several tables in one statement: a round trip, and most of what the ORM spends on an INSERT, saved."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import orjson
from django.db import IntegrityError, connection
from django.db.models import AutoField, DateField, Field, GeneratedField, Model
from django.db.models.fields import NOT_PROVIDED

from core.models import Versioned
from core.transactions import current_unit


def insert_together(*instances: Model) -> None:
    """Insert all of them, of whatever models, in one statement that PostgreSQL reads as JSON.

    Columns with a database default get it, and the instance learns it when its key was made by us; keys that the
    database makes stay unknown. No signals are sent. Foreign keys among the rows hold because they are checked at
    commit.
    """
    by_model: dict[type[Model], list[Model]] = {}
    for instance in instances:
        by_model.setdefault(type(instance), []).append(instance)
    if not by_model:
        return
    rows = [_json(model, group) for model, group in by_model.items()]
    with connection.cursor() as cursor:
        cursor.execute(_statement(tuple(by_model)), rows)
        learned = [orjson.loads(row) for _, row in cursor.fetchall() if row]
    _note(instances)
    if learned:
        _learn([each for model in by_model if _defaulted(model) for each in by_model[model]], learned)


def adopt(instance: Model, relation: str, rows: Sequence[Model]) -> None:
    """Take `rows`, just inserted or just read, as the loaded ones of `relation`, so that nobody reads them again."""
    loaded = getattr(instance, relation).all()
    loaded._result_cache = list(rows)  # noqa: SLF001 - Django offers no public way to fill a relation
    loaded._prefetch_done = True  # noqa: SLF001
    instance.__dict__.setdefault("_prefetched_objects_cache", {})[relation] = loaded


def insert_last(*instances: Model, refusals: Mapping[str, type[Exception]] | None = None) -> None:
    """Insert them just before the commit, in the one statement for all that is inserted then.

    `refusals` tells what to raise when a constraint, by its name, refuses the rows. Until then nothing can read them,
    nor do the instances know what the database will give them. Raises UnitOfWorkError outside an action.
    """
    unit = current_unit()
    last: _Last | None = unit.buffers.get(_Last)
    if last is None:
        last = unit.buffers[_Last] = _Last()
        unit.at_close(last.insert)
    last.instances.extend(instances)
    last.refusals.update(refusals or {})


class _Last:
    def __init__(self) -> None:
        self.instances: list[Model] = []
        self.refusals: dict[str, type[Exception]] = {}

    def insert(self) -> None:
        try:
            insert_together(*self.instances)
        except IntegrityError as error:
            for name, refusal in self.refusals.items():
                if name in str(error):
                    raise refusal from error
            raise


def _json(model: type[Model], group: Sequence[Model]) -> str:
    columns, values, prepared = _reading(model)
    rows = [
        dict(zip(columns, values(instance), strict=True))
        | {str(field.column): field.pre_save(instance, add=True) for field in prepared}
        for instance in group
    ]
    return orjson.dumps(rows, default=_text, option=orjson.OPT_NAIVE_UTC).decode()


def _text(value: Any) -> str:
    return f"\\x{value.hex()}" if isinstance(value, bytes | memoryview) else str(value)


def _note(instances: Sequence[Model]) -> None:
    """What Model.save() notes too."""
    alias = connection.alias
    for instance in instances:
        state = instance._state  # noqa: SLF001
        state.adding, state.db = False, alias
        if isinstance(instance, Versioned):
            instance.stored_version = instance.version


def _learn(instances: Sequence[Model], rows: Iterable[dict[str, Any]]) -> None:
    """Give the instances what the database filled in, by their keys."""
    by_key = {row.pop("id"): row for row in rows}
    for instance in instances:
        for name, value in by_key.get(str(instance.pk), {}).items():
            setattr(instance, name, value)


@functools.cache
def _given(model: type[Model]) -> list[Field[Any, Any]]:
    """The fields whose values come from us."""
    fields = model._meta.local_concrete_fields
    made_by_the_database = AutoField, GeneratedField
    return [
        field for field in fields if not isinstance(field, made_by_the_database) and field.db_default is NOT_PROVIDED
    ]


@functools.cache
def _reading(model: type[Model]) -> tuple[list[str], Callable[[Model], Iterable[Any]], list[Field[Any, Any]]]:
    """Columns whose values are as they stand, how to read all of them at once, and the fields that prepare theirs."""
    fields = _given(model)
    plain = [field for field in fields if _is_as_it_stands(field)]
    # One attribute more, so that a single column comes as a tuple too.
    values = operator.attrgetter("_state", *(field.attname for field in plain))
    return (
        [str(field.column) for field in plain],
        lambda instance: values(instance)[1:],
        [field for field in fields if field not in plain],
    )


def _is_as_it_stands(field: Field[Any, Any]) -> bool:
    if isinstance(field, DateField):
        return not (field.auto_now or field.auto_now_add)
    return type(field).pre_save is Field.pre_save


@functools.cache
def _statement(models: tuple[type[Model], ...]) -> str:
    inserts = [_insert(model, f"rows_{number}") for number, model in enumerate(models)]
    answers = [
        f"SELECT {number}, to_json(rows_{number})::text FROM rows_{number}"  # noqa: S608
        for number, model in enumerate(models)
        if _defaulted(model)
    ]
    return f"WITH {', '.join(inserts)} {' UNION ALL '.join(answers) or 'SELECT NULL, NULL'}"


def _insert(model: type[Model], name: str) -> str:
    table = connection.ops.quote_name(model._meta.db_table)
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in _given(model))
    read = f"SELECT {columns} FROM json_populate_recordset(NULL::{table}, %s::json)"  # noqa: S608
    learned = f" RETURNING {', '.join(['id', *_defaulted(model)])}" if _defaulted(model) else ""
    return f"{name} AS (INSERT INTO {table} ({columns}) {read}{learned})"


@functools.cache
def _defaulted(model: type[Model]) -> list[str]:
    """Columns that the database fills in and the instance then learns."""
    return [str(f.column) for f in model._meta.local_concrete_fields if f.db_default is not NOT_PROVIDED]
