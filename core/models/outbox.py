from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.models.events import Event


class OutboxEntry(models.Model):
    """An event that has not become deliveries yet. PostgreSQL adds it with the event; the relay takes it out."""

    # Made from the event by its trigger, and events stay: a foreign key would be checked for nothing.
    event = models.OneToOneField(
        Event, primary_key=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="outbox_entry"
    )
    subject_id = models.UUIDField()
    version = models.PositiveIntegerField()

    class Meta:
        verbose_name_plural = "outbox entries"
        indexes = [models.Index(fields=["subject_id", "version"], name="outbox_entry_in_order")]

    def __str__(self) -> str:
        return f"event {self.event_id}"


class DeliveryStatus(models.TextChoices):
    PENDING = "pending", "Pending"
    CLAIMED = "claimed", "Claimed"
    DONE = "done", "Done"
    DEAD = "dead", "Dead letter"


_OPEN = Q(status__in=["pending", "claimed"])


class Delivery(models.Model):
    """One event on its way to one target. A claim is a lease with a token; only its holder completes it.

    `target` names a handler of the code ("orders.mail_confirmation") or a row of a target source ("endpoint:<id>").
    """

    id = models.BigAutoField(primary_key=True)
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="deliveries")
    lane = models.CharField(max_length=30)
    target = models.CharField(max_length=100)
    subject_id = models.UUIDField()
    version = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=DeliveryStatus, default=DeliveryStatus.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    queued_at = models.DateTimeField(default=timezone.now)
    available_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True)
    token = models.UUIDField(null=True)
    last_error = models.TextField(blank=True, default="")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["event", "target"], name="delivery_once_per_target"),
            models.CheckConstraint(
                condition=~Q(status=DeliveryStatus.CLAIMED) | Q(lease_until__isnull=False, token__isnull=False),
                name="delivery_claim_has_lease",
            ),
        ]
        indexes = [
            models.Index(fields=["target", "subject_id", "version"], name="delivery_open_in_order", condition=_OPEN),
            models.Index(fields=["lane", "target", "available_at"], name="delivery_open", condition=_OPEN),
            models.Index(fields=["lane", "queued_at"], name="delivery_waiting", condition=_OPEN),
            models.Index(fields=["target"], name="delivery_claimed", condition=Q(status="claimed")),
            models.Index(fields=["finished_at"], name="delivery_finished", condition=Q(status="done")),
            models.Index(fields=["-id"], name="delivery_dead", condition=Q(status="dead")),
            models.Index(fields=["target", "-id"], name="delivery_dead_of_target", condition=Q(status="dead")),
        ]

    def __str__(self) -> str:
        return f"{self.target} ← event {self.event_id}"
