"""Columns of text: settled as they are written and looked for, and held to it by a CHECK of their own.

The functions of the CHECKs are made by core's migrations, from the same ranges as core/text.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import EmailValidator
from django.db import models

from core.errors import InvalidInput
from core.text import TextKind, UnfitText, normal, settle, settle_all

_ST = TypeVar("_ST", contravariant=True)
_GT = TypeVar("_GT", covariant=True)

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    class _CharField(models.CharField[_ST, _GT]): ...

    class _TextField(models.TextField[_ST, _GT]): ...

    class _JSONField(models.JSONField[_ST, _GT]): ...

    class _ArrayField(ArrayField[_ST, _GT]): ...

    class _Field(models.Field[_ST, _GT]): ...

else:

    class _Field(Generic[_ST, _GT]): ...

    class _CharField(models.CharField, Generic[_ST, _GT]): ...

    class _TextField(models.TextField, Generic[_ST, _GT]): ...

    class _JSONField(models.JSONField, Generic[_ST, _GT]): ...

    class _ArrayField(ArrayField, Generic[_ST, _GT]): ...


CHECKS = {
    TextKind.LINE: "core_is_line",
    TextKind.BLOCK: "core_is_block",
    TextKind.IDENTIFIER: "core_is_identifier",
}
"""The database's function that says whether a text is settled."""

JSON_CHECKS = {TextKind.LINE: "core_has_lines", TextKind.BLOCK: "core_has_blocks"}
ARRAY_CHECK = "core_are_identifiers"


class SettledField(_Field[_ST, _GT]):
    """What all columns of text share: `kind` says what may be in it."""

    kind: ClassVar[TextKind]

    def settled(self, value: Any) -> Any:
        """Raises UnfitText."""
        return settle(value, self.kind) if isinstance(value, str) else value

    def kept(self, value: Any) -> Any:
        """The value as it is stored. Raises InvalidInput, at the column's name."""
        try:
            kept = self.settled(value)
        except UnfitText as error:
            raise InvalidInput.at(f"/{self.name}", error.code, error.detail) from None
        if self.max_length is not None and isinstance(kept, str) and len(kept) > self.max_length:
            raise InvalidInput.at(f"/{self.name}", "max_length", f"This has more than {self.max_length} characters.")
        return kept

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Raises InvalidInput, at the column's name."""
        value = super().pre_save(model_instance, add)
        kept = self.kept(value)
        if kept != value:
            setattr(model_instance, self.attname, kept)
        return kept

    def check_function(self) -> str:
        return CHECKS[self.kind]

    def db_check(self, connection: BaseDatabaseWrapper) -> str:
        return f"{self.check_function()}({connection.ops.quote_name(str(self.column))})"


class _SettledText(SettledField[_ST, _GT]):
    def get_prep_value(self, value: Any) -> Any:
        """Looked for in the form in which it is kept."""
        value = super().get_prep_value(value)
        return normal(value) if isinstance(value, str) else value


class LineField(_SettledText[_ST, _GT], _CharField[_ST, _GT]):
    """A name, an address's line, a reason: one line."""

    kind = TextKind.LINE


class IdentifierField(_SettledText[_ST, _GT], _CharField[_ST, _GT]):
    """What something is found by: a SKU, a code, a reference. Nothing in it can't be seen."""

    kind = TextKind.IDENTIFIER


class EmailField(IdentifierField[_ST, _GT]):
    """An e-mail address, of at most 254 characters."""

    default_validators = [EmailValidator()]
    description = "E-mail address"

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"max_length": 254, **options})


class BlockField(_SettledText[_ST, _GT], _TextField[_ST, _GT]):
    """A note, a description: several lines, perhaps."""

    kind = TextKind.BLOCK


class LinesField(SettledField[_ST, _GT], _JSONField[_ST, _GT]):
    """A JSON value whose strings are lines: an address."""

    kind = TextKind.LINE

    def settled(self, value: Any) -> Any:
        return settle_all(value, self.kind)

    def check_function(self) -> str:
        return JSON_CHECKS[self.kind]


class BlocksField(LinesField[_ST, _GT]):
    """A JSON value whose strings may have several lines."""

    kind = TextKind.BLOCK


class IdentifiersField(SettledField[_ST, _GT], _ArrayField[_ST, _GT]):
    """Identifiers, such as tags."""

    kind = TextKind.IDENTIFIER

    def settled(self, value: Any) -> Any:
        return settle_all(value, self.kind)

    def check_function(self) -> str:
        return ARRAY_CHECK
