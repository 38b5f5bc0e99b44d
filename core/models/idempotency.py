from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.models.clients import Client
from core.models.made import MadeByKeyword
from core.models.people import User


class IdempotencyRecord(MadeByKeyword):
    """The result that a retried request, or a form sent again, gets again, for seven days."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, null=True, related_name="+", db_index=False, verbose_name="person"
    )
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "key"], name="idempotency_key_once_per_client"),
            models.UniqueConstraint(
                fields=["user", "key"], name="idempotency_key_once_per_person", condition=Q(user__isnull=False)
            ),
            models.CheckConstraint(
                condition=Q(client__isnull=False, user=None) | Q(client=None, user__isnull=False),
                name="idempotency_key_has_one_owner",
            ),
        ]
        indexes = [models.Index(fields=["created_at"], name="idempotency_by_age")]

    def __str__(self) -> str:
        return self.key
