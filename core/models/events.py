from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.events import Envelope
from core.ids import new_id
from core.models.clients import owner_key
from core.models.made import MadeByKeyword
from core.triggers import permanent

_GAP_FREE = """
IF NEW.version > 1 AND NOT EXISTS (
    SELECT 1 FROM core_event e
    WHERE e.subject_type = NEW.subject_type AND e.subject_id = NEW.subject_id AND e.version = NEW.version - 1
) THEN
    RAISE EXCEPTION 'event % of % % leaves a gap', NEW.version, NEW.subject_type, NEW.subject_id
        USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""

# Whoever inserts an event, and however: none is left out of the outbox.
_ENTER_OUTBOX = """
INSERT INTO core_outboxentry (event_id, subject_id, version) SELECT id, subject_id, version FROM recorded;
RETURN NULL;
"""


class Event(MadeByKeyword):
    """A recorded fact: the timeline entry and the published event are this one row, which is inserted and stays.

    It can never be corrected, so nothing in its data is personal: fields are named, people identified by id. What was
    typed, and may have to be forgotten, is in the version documents.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    type = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=30)
    subject_id = models.UUIDField()
    version = models.PositiveIntegerField()
    client = owner_key()
    schema_version = models.PositiveSmallIntegerField(default=1, help_text="Of the data, among those of its type.")
    actor_kind = models.CharField(max_length=10)
    actor_id = models.CharField(max_length=64)
    actor_name = models.CharField(max_length=150)
    occurred_at = models.DateTimeField(default=timezone.now)
    request_id = models.CharField(max_length=128, blank=True, default="")
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["subject_type", "subject_id", "version"], name="event_version_once"),
            models.CheckConstraint(condition=Q(version__gte=1), name="event_version_from_one"),
        ]
        triggers = [
            *permanent("event"),
            pgtrigger.Trigger(name="event_gap_free", operation=pgtrigger.Insert, when=pgtrigger.Before, func=_GAP_FREE),
            pgtrigger.Trigger(
                name="event_enters_outbox",
                level=pgtrigger.Statement,
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                referencing=pgtrigger.Referencing(new="recorded"),  # type: ignore[no-untyped-call]
                func=_ENTER_OUTBOX,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} v{self.version}"

    def envelope(self) -> Envelope:
        return Envelope(
            id=self.id,
            type=self.type,
            subject_type=self.subject_type,
            subject_id=self.subject_id,
            version=self.version,
            client_id=self.client_id,
            schema_version=self.schema_version,
            actor_kind=self.actor_kind,
            actor_id=self.actor_id,
            occurred_at=self.occurred_at,
            request_id=self.request_id,
            data=self.data,
        )
