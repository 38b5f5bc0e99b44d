from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q

from core.models.clients import owner_key
from core.models.events import Event
from core.triggers import permanent

# A reader that has read position n trusts that nothing appears before it.
_WITHOUT_GAPS = """
IF EXISTS (
    SELECT 1 FROM (SELECT min(position) AS first, max(position) AS last, count(*) AS many FROM stamped) s
    WHERE s.last - s.first + 1 <> s.many
       OR (s.first > 1 AND NOT EXISTS (SELECT 1 FROM core_logentry e WHERE e.position = s.first - 1))
) THEN
    RAISE EXCEPTION 'positions of the log leave a gap' USING ERRCODE = 'check_violation';
END IF;
RETURN NULL;
"""


class LogEntry(models.Model):
    """An event's place in the one order in which all are read. The stamper alone gives positions (`core.log`)."""

    position = models.BigIntegerField(primary_key=True, help_text="Counted from 1, without gaps.")
    event = models.OneToOneField(Event, on_delete=models.PROTECT, related_name="log_entry")
    type = models.CharField(max_length=60)
    client = owner_key()

    class Meta:
        verbose_name = "entry of the log"
        verbose_name_plural = "log of events"
        ordering = ["-position"]
        constraints = [models.CheckConstraint(condition=Q(position__gte=1), name="log_position_from_one")]
        indexes = [models.Index(fields=["client", "position"], name="log_of_client")]
        triggers = [
            *permanent("log_entry"),
            pgtrigger.Trigger(
                name="log_without_gaps",
                level=pgtrigger.Statement,
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                referencing=pgtrigger.Referencing(new="stamped"),  # type: ignore[no-untyped-call]
                func=_WITHOUT_GAPS,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}: {self.type}"
