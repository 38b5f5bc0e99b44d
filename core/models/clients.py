from __future__ import annotations

import datetime as dt
import hashlib

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from core.ids import new_id
from core.models.text import IdentifierField
from core.models.versioned import Versioned
from core.triggers import kept

_MODE_OF_CLIENT = """
IF NEW.mode <> (SELECT c.mode FROM core_client c WHERE c.id = NEW.client_id) THEN
    RAISE EXCEPTION 'a key has the mode of its client' USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""


class ClientKind(models.TextChoices):
    STOREFRONT = "storefront", "Storefront"
    CARRIER = "carrier", "Carrier"
    WAREHOUSE = "warehouse", "Warehouse"
    BACK_OFFICE = "back_office", "Back office"


class KeyMode(models.TextChoices):
    LIVE = "live", "Live"
    TEST = "test", "Test"


class Client(Versioned):
    """A caller of the API. Customers and orders belong to one storefront; a client sees its own and nothing else.

    Its kind and mode are for ever: what its keys may do depends on them.
    """

    subject_type = "client"

    name = IdentifierField(max_length=100, unique=True)
    kind = models.CharField(max_length=20, choices=ClientKind, default=ClientKind.STOREFRONT)
    mode = models.CharField(max_length=4, choices=KeyMode, default=KeyMode.LIVE)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(Lower("name"), name="client_name_once_in_any_case"),
            models.CheckConstraint(condition=Q(kind__in=ClientKind.values), name="client_kind_known"),
            models.CheckConstraint(condition=Q(mode__in=KeyMode.values), name="client_mode_known"),
        ]
        triggers = [pgtrigger.ReadOnly(name="client_is_of_one_kind", fields=["kind", "mode"])]

    def __str__(self) -> str:
        return self.name


def owner_key() -> models.ForeignKey[Client | None, Client | None]:
    """The storefront that a permanent row belongs to; empty for what all share.

    Written into the row and without a constraint, so that its table can be distributed by it (decision 9). Clients are
    never deleted.
    """
    return models.ForeignKey(
        Client, on_delete=models.DO_NOTHING, null=True, related_name="+", db_index=False, db_constraint=False
    )


class ApiKey(models.Model):
    """A credential of a client. Only its SHA-256 is stored; the secret is shown once, when the key is made."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="keys")
    mode = models.CharField(max_length=4, choices=KeyMode, default=KeyMode.LIVE)
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
        constraints = [
            models.CheckConstraint(condition=Q(prefix__regex=r"^[0-9a-f]{12}$"), name="key_prefix_is_hexadecimal"),
            models.CheckConstraint(condition=Q(("secret_sha256__regex", r"^[0-9a-f]{64}$")), name="key_keeps_a_digest"),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="key_is_as_issued", fields=["client", "mode", "prefix", "secret_sha256", "scopes", "created_at"]
            ),
            pgtrigger.Trigger(
                name="key_mode_of_client", when=pgtrigger.Before, operation=pgtrigger.Insert, func=_MODE_OF_CLIENT
            ),
            *kept("key"),
        ]

    def __str__(self) -> str:
        return f"{self.public_part}…"

    @property
    def public_part(self) -> str:
        """What a key begins with, which may be shown and searched for; the secret follows after a dot."""
        return f"qm_{self.mode}_{self.prefix}"

    @staticmethod
    def digest(secret: str) -> str:
        """What is stored instead of the secret."""
        return hashlib.sha256(secret.encode()).hexdigest()

    def is_usable(self, now: dt.datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)
