from __future__ import annotations

from django.db import models
from django.utils import timezone

from core.ids import new_id


class MessageStatus(models.TextChoices):
    OWED = "owed", "Owed"
    SENT = "sent", "Sent"
    UNCERTAIN = "uncertain", "Uncertain"


class Message(models.Model):
    """An e-mail owed because of one event. One row per event and kind, so that a repeated event sends nothing twice.

    It is uncertain when the mail server had all of it and never said whether it keeps it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    event_id = models.UUIDField()
    kind = models.CharField(max_length=60)
    recipient = models.CharField(max_length=254)
    subject = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=MessageStatus, default=MessageStatus.OWED)
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["event_id", "kind"], name="message_once_per_event"),
            models.CheckConstraint(
                condition=models.Q(status=MessageStatus.SENT, sent_at__isnull=False)
                | models.Q(~models.Q(status=MessageStatus.SENT), sent_at__isnull=True),
                name="message_sent_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["-id"], name="message_uncertain", condition=models.Q(status=MessageStatus.UNCERTAIN))
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.recipient}"
