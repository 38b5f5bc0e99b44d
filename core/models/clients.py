from __future__ import annotations

import datetime as dt
import hashlib

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from core.ids import new_id


class ClientKind(models.TextChoices):
    STOREFRONT = "storefront", "Storefront"
    CARRIER = "carrier", "Carrier"
    WAREHOUSE = "warehouse", "Warehouse"
    BACK_OFFICE = "back_office", "Back office"


class Client(models.Model):
    """A caller of the API. Customers and orders belong to one storefront; a client sees its own and nothing else."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=20, choices=ClientKind, default=ClientKind.STOREFRONT)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ApiKey(models.Model):
    """A credential of a client. Only its SHA-256 is stored; the secret is shown once, when the key is made."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="keys")
    prefix = models.CharField(max_length=12, unique=True)
    secret_sha256 = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=50), default=list)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = "API key"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.prefix}…"

    @staticmethod
    def digest(secret: str) -> str:
        """What is stored instead of the secret."""
        return hashlib.sha256(secret.encode()).hexdigest()

    def is_usable(self, now: dt.datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)
