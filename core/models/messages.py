from __future__ import annotations

from django.db import models
from django.utils import timezone

from core.ids import new_id


class MessageStatus(models.TextChoices):
    SENDING = "sending", "Sending"
    SENT = "sent", "Sent"


class Message(models.Model):
    """An e-mail owed because of one event. One row per event and kind, so that a repeated event sends nothing twice."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    event_id = models.UUIDField()
    kind = models.CharField(max_length=60)
    recipient = models.CharField(max_length=254)
    subject = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=MessageStatus, default=MessageStatus.SENDING)
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["event_id", "kind"], name="message_once_per_event")]

    def __str__(self) -> str:
        return f"{self.kind} to {self.recipient}"
