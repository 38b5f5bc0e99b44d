from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.ids import new_id
from core.models.clients import owner_key
from core.models.made import MadeByKeyword
from core.triggers import kept

_ONLY_TAKE_AWAY = """
IF NEW.redacted_at IS NULL OR NOT OLD.document @> jsonb_strip_nulls(NEW.document) THEN
    RAISE EXCEPTION 'a version document changes only by a redaction, which takes values away and says when'
        USING ERRCODE = 'restrict_violation';
END IF;
RETURN NEW;
"""


class VersionDocument(MadeByKeyword):
    """What a subject said as of one of its versions: names, addresses, prices, texts that people typed.

    The event of that version says what happened and who did it. Events are for ever as they are; what is personal in
    a document can be redacted. A part of the subject (a shipment of an order) has its documents under its own type and
    id, at the subject's versions.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject_type = models.CharField(max_length=30)
    subject_id = models.UUIDField()
    version = models.PositiveIntegerField()
    client = owner_key()
    document = models.JSONField()
    recorded_at = models.DateTimeField(default=timezone.now)
    redacted_at = models.DateTimeField(null=True)
    redacted_by = models.CharField(max_length=80, blank=True, default="", help_text="Kind and id of who had it done.")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["subject_type", "subject_id", "version"], name="version_document_once"),
            models.CheckConstraint(condition=Q(version__gte=1), name="version_document_from_one"),
            models.CheckConstraint(
                condition=Q(redacted_at=None, redacted_by="") | (Q(redacted_at__isnull=False) & ~Q(redacted_by="")),
                name="version_document_redacted_by_somebody",
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="version_document_is_of_its_version", exclude=["document", "redacted_at", "redacted_by"]
            ),
            pgtrigger.Trigger(
                name="version_document_only_loses",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func=_ONLY_TAKE_AWAY,
            ),
            *kept("version_document"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_type} v{self.version}"
