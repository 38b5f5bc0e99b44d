"""What we say to whoever looks after an endpoint, from templates/webhooks/email/."""

from __future__ import annotations

from core.events import Envelope
from core.messages import send_once
from webhooks.models import Endpoint
from webhooks.statuses import DisabledReason


def send_notice(event: Envelope) -> bool:
    """Tell the address that the endpoint names that it was disabled, once. Returns whether it was sent now."""
    endpoint = Endpoint.objects.select_related("client").get(pk=event.subject_id)
    if not endpoint.notify:
        return False
    return send_once(
        event_id=event.id,
        kind="endpoint_disabled",
        recipient=endpoint.notify,
        template="webhooks/email/disabled",
        context={
            "endpoint": endpoint,
            "client": endpoint.client.name,
            "reason": DisabledReason(event.data["reason"]).label,
            "given_up": event.data["given_up"],
        },
    )
