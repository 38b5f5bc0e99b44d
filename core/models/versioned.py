from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models.base import ModelBase

from core.ids import new_id


class Versioned(models.Model):
    """An object with a history: its version is the number of events recorded of it, and its ETag."""

    subject_type: ClassVar[str]
    """The noun in event subjects and links: "order"."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        abstract = True

    stored_version: int = 0
    """The version that the database row has, as far as this instance knows."""

    def save(
        self,
        force_insert: bool | tuple[ModelBase, ...] = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        if update_fields is not None and self.version != self.stored_version:
            update_fields = {*update_fields, "version"}
        super().save(force_insert=force_insert, force_update=force_update, using=using, update_fields=update_fields)
        self.stored_version = self.version

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **options: Any) -> Self:
        instance = super().from_db(db, field_names, values, **options)
        if "version" not in instance.get_deferred_fields():
            instance.stored_version = instance.version
        return instance

    @property
    def is_new(self) -> bool:
        """Whether it is still to be inserted."""
        return self._state.adding

    @property
    def owner_id(self) -> uuid.UUID | None:
        """The storefront that it belongs to; None for what all share."""
        return getattr(self, "client_id", None)

    @property
    def etag(self) -> str:
        return f'"v{self.version}"'
