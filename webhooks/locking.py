from __future__ import annotations

import uuid

from core.errors import NotFound, StaleVersion
from core.transactions import step
from webhooks.models import Endpoint
from webhooks.statuses import EndpointStatus


@step
def lock_endpoint(endpoint_id: uuid.UUID, client_id: uuid.UUID | None, expected_version: int | None) -> Endpoint:
    """`client_id` is the client that asks, None for a person. A client knows nothing of one that was removed.

    Raises NotFound, StaleVersion.
    """
    endpoint = Endpoint.objects.locked().select_related("client").filter(pk=endpoint_id).first()
    is_hidden = (
        client_id is not None
        and endpoint is not None
        and (endpoint.client_id != client_id or endpoint.status == EndpointStatus.REMOVED)
    )
    if endpoint is None or is_hidden:
        raise NotFound("There is no such endpoint.")
    if expected_version is not None and expected_version != endpoint.version:
        raise StaleVersion(expected=expected_version, actual=endpoint.version)
    return endpoint
