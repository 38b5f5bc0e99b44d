"""What may be read of endpoints."""

from __future__ import annotations

import uuid

from django.db.models import Q, QuerySet
from django.utils import timezone

from core.errors import NotFound
from core.models import Delivery
from webhooks.models import Attempt, Endpoint, EndpointSecret
from webhooks.sealing import unseal
from webhooks.sending import secret_bytes


def endpoints_of(client_id: uuid.UUID) -> QuerySet[Endpoint]:
    return Endpoint.objects.of_client(client_id)


def endpoint_of(client_id: uuid.UUID, endpoint_id: uuid.UUID) -> Endpoint:
    """Raises NotFound, also for another client's and for one that was removed."""
    found = endpoints_of(client_id).filter(pk=endpoint_id).first()
    if found is None:
        raise NotFound("There is no such endpoint.")
    return found


def attempts_of(endpoint_id: uuid.UUID) -> QuerySet[Attempt]:
    return Attempt.objects.filter(endpoint_id=endpoint_id)


def undelivered_of(endpoint: Endpoint) -> QuerySet[Delivery]:
    """What waits for it, and what was given up. Each has an index; what is done, by far the most, has none."""
    found = Delivery.objects.filter(Q(status__in=["pending", "claimed"]) | Q(status="dead"), target=endpoint.key)
    return found.select_related("event")


def signing_secrets(endpoint_id: uuid.UUID) -> list[bytes]:
    """Those that sign now, the newest first."""
    now = timezone.now()
    valid = EndpointSecret.objects.filter(Q(expires_at=None) | Q(expires_at__gt=now), endpoint_id=endpoint_id)
    return [secret_bytes(unseal(sealed)) for sealed in valid.order_by("-id").values_list("sealed", flat=True)]
