"""Operations of migrations that keep a live table open."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.apps.registry import Apps
from django.db import connection, migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState
from django.db.models import Model

from core.text import BIDI, CONTROL, CONTROL_IN_BLOCK, IGNORABLE, TextKind, settle_all


class SettleField(migrations.AlterField):
    """A column becomes one of core.models.text. Its CHECK holds for what is written from now on.

    Rows that there are aren't read for it (NOT VALID), so that the table is locked for a moment only.
    """

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        super().database_forwards(app_label, schema_editor, from_state, to_state)
        model = to_state.apps.get_model(app_label, self.model_name)
        field = model._meta.get_field(self.name)
        check = field.db_check(schema_editor.connection)
        name = self._name_of_check(model, schema_editor)
        table = schema_editor.quote_name(model._meta.db_table)
        schema_editor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({check}) NOT VALID")

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        table = schema_editor.quote_name(model._meta.db_table)
        schema_editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {self._name_of_check(model, schema_editor)}")
        super().database_backwards(app_label, schema_editor, from_state, to_state)

    def _name_of_check(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> str:
        """ "orders_order_email_is_settled"."""
        return schema_editor.quote_name(f"{model._meta.db_table}_{self.name}_is_settled")


class Settled(NamedTuple):
    """What is in a column of text, and the function of its CHECK."""

    kind: TextKind
    check: str
    is_json: bool = False


LINE = Settled(TextKind.LINE, "core_is_line")
BLOCK = Settled(TextKind.BLOCK, "core_is_block")
IDENTIFIER = Settled(TextKind.IDENTIFIER, "core_is_identifier")
LINES = Settled(TextKind.LINE, "core_has_lines", is_json=True)
BLOCKS = Settled(TextKind.BLOCK, "core_has_blocks", is_json=True)
IDENTIFIERS = Settled(TextKind.IDENTIFIER, "core_are_identifiers")


def mend_text(app_label: str, **columns: Mapping[str, Settled]) -> migrations.RunPython:
    """Settles text that an older version let be otherwise, so that its rows can be written again.

    `columns` are those that may change, by model. It comes before their SettleField. A line break becomes a space, and
    what can't be kept goes.
    """

    def forwards(apps: Apps, _: BaseDatabaseSchemaEditor) -> None:
        for model, settled in columns.items():
            table = apps.get_model(app_label, model)._meta.db_table
            for column, how in settled.items():
                _mend(table, column, how)

    return migrations.RunPython(forwards, migrations.RunPython.noop)


def _mend(table: str, column: str, how: Settled) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, {column} FROM {table} WHERE NOT {how.check}({column})")  # noqa: S608 - of constants
        for key, value in cursor.fetchall():
            kept = settle_all(_mended(json.loads(value) if how.is_json else value, how.kind), how.kind)
            mended = json.dumps(kept) if how.is_json else kept
            cursor.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", [mended, key])  # noqa: S608


def _mended(value: Any, kind: TextKind) -> Any:
    """Without what settling would refuse."""
    if isinstance(value, dict):
        return {_mended(name, TextKind.IDENTIFIER): _mended(each, kind) for name, each in value.items()}
    if isinstance(value, list):
        return [_mended(each, kind) for each in value]
    if not isinstance(value, str):
        return value
    control = CONTROL_IN_BLOCK if kind is TextKind.BLOCK else CONTROL
    unseen = IGNORABLE if kind is TextKind.IDENTIFIER else BIDI
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(f"[{unseen}]+", "", re.sub(f"[{control}]+", " ", text))
