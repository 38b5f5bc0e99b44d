from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.events import Envelope
from core.ids import new_id
from core.models.clients import Client
from core.triggers import kept

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


class Event(models.Model):
    """A recorded fact: the outbox row, the timeline entry and the published event are this one row.

    It can never be corrected, so nothing in its data is personal: fields are told by name, people by id. What was
    written, and may have to be forgotten, is in the version documents.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    type = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=30)
    subject_id = models.UUIDField()
    version = models.PositiveIntegerField()
    client = models.ForeignKey(
        Client,
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
        help_text="The storefront whose fact it is; empty for what all share.",
    )
    schema_version = models.PositiveSmallIntegerField(default=1, help_text="Of the data, among those of its type.")
    actor_kind = models.CharField(max_length=10)
    actor_id = models.CharField(max_length=64)
    actor_name = models.CharField(max_length=150)
    occurred_at = models.DateTimeField(default=timezone.now)
    request_id = models.CharField(max_length=128, blank=True, default="")
    data = models.JSONField(default=dict)
    fanned_out_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["subject_type", "subject_id", "version"], name="event_version_once"),
            models.CheckConstraint(condition=Q(version__gte=1), name="event_version_from_one"),
        ]
        indexes = [models.Index(fields=["id"], name="event_to_fan_out", condition=Q(fanned_out_at=None))]
        triggers = [
            pgtrigger.ReadOnly(name="event_is_a_fact", exclude=["fanned_out_at"]),
            *kept("event"),
            pgtrigger.Trigger(name="event_gap_free", operation=pgtrigger.Insert, when=pgtrigger.Before, func=_GAP_FREE),
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


class DeliveryStatus(models.TextChoices):
    PENDING = "pending", "Pending"
    CLAIMED = "claimed", "Claimed"
    DONE = "done", "Done"
    DEAD = "dead", "Dead letter"


class Delivery(models.Model):
    """One event on its way to one handler. A claim is a lease with a token; only its holder completes it."""

    id = models.BigAutoField(primary_key=True)
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="deliveries")
    handler = models.CharField(max_length=100)
    subject_id = models.UUIDField()
    version = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=DeliveryStatus, default=DeliveryStatus.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    available_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True)
    token = models.UUIDField(null=True)
    last_error = models.TextField(blank=True, default="")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["event", "handler"], name="delivery_once_per_handler"),
            models.CheckConstraint(
                condition=~Q(status=DeliveryStatus.CLAIMED) | Q(lease_until__isnull=False, token__isnull=False),
                name="delivery_claim_has_lease",
            ),
        ]
        indexes = [
            models.Index(
                fields=["handler", "subject_id", "version"],
                name="delivery_open_in_order",
                condition=Q(status__in=["pending", "claimed"]),
            ),
            models.Index(fields=["available_at"], name="delivery_open", condition=Q(status__in=["pending", "claimed"])),
            models.Index(fields=["finished_at"], name="delivery_finished", condition=Q(status="done")),
            models.Index(fields=["-id"], name="delivery_dead", condition=Q(status="dead")),
        ]

    def __str__(self) -> str:
        return f"{self.handler} ← event {self.event_id}"
