"""What requests are signed with."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db.models import Q
from django.utils import timezone

from core.actors import Actor
from core.errors import InvalidInput
from core.operations import performs, require
from core.outbox import record
from core.transactions import action, step
from webhooks.events import EndpointSecretRotated
from webhooks.locking import lock_endpoint
from webhooks.models import Endpoint, EndpointSecret
from webhooks.operations import ROTATE_SECRET
from webhooks.sealing import seal
from webhooks.sending import new_secret

OVERLAP_HOURS = 24
MOST_OVERLAP_HOURS = 168
MOST_SECRETS = 5
"""That sign at the same time: each makes the signature's header longer."""


@performs(ROTATE_SECRET)
@action
def rotate_secret(
    endpoint_id: uuid.UUID,
    *,
    overlap_hours: int = OVERLAP_HOURS,
    client_id: uuid.UUID | None = None,
    actor: Actor,
    expected_version: int | None = None,
) -> tuple[Endpoint, str]:
    """A new secret, which can be shown only now. Those before sign beside it for so many hours, 0 for not at all.

    Raises NotFound, StaleVersion, InvalidInput, OperationRefused for an endpoint that was removed.
    """
    if not 0 <= overlap_hours <= MOST_OVERLAP_HOURS:
        told = f"The secrets before sign for 0 to {MOST_OVERLAP_HOURS} hours more."
        raise InvalidInput.at("/overlap_hours", "out_of_range", told)
    endpoint = lock_endpoint(endpoint_id, client_id, expected_version)
    require(endpoint, ROTATE_SECRET)
    until = timezone.now() + dt.timedelta(hours=overlap_hours)
    _end_others(endpoint, until)
    secret, text = add_secret(endpoint)
    record(EndpointSecretRotated(secret.pk, until), subject=endpoint, actor=actor)
    endpoint.save(update_fields=["version"])
    return endpoint, text


@step
def add_secret(endpoint: Endpoint) -> tuple[EndpointSecret, str]:
    """The lasting secret of an endpoint that has none, and its text."""
    text = new_secret()
    return EndpointSecret.objects.create(endpoint=endpoint, sealed=seal(text)), text


def _end_others(endpoint: Endpoint, until: dt.datetime) -> None:
    now = timezone.now()
    signing = endpoint.secrets.filter(Q(expires_at=None) | Q(expires_at__gt=until))
    signing.update(expires_at=until)
    kept = list(endpoint.secrets.filter(expires_at__gt=now).order_by("-id").values_list("pk", flat=True))
    endpoint.secrets.filter(pk__in=kept[MOST_SECRETS - 1 :]).update(expires_at=now)
