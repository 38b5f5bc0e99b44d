"""What can be done to an endpoint."""

from __future__ import annotations

from core.operations import Operation, Route, declare_operations, makes
from webhooks import authorities, checks
from webhooks.models import Endpoint

EDIT = Operation(
    "edit", "Edit", authorities.MANAGE, checks=(checks.not_removed,), route=Route("PATCH", "webhook-endpoint")
)
PAUSE = makes(Endpoint.pause, authority=authorities.MANAGE, route=Route("POST", "webhook-endpoint-pause"))
RESUME = makes(Endpoint.resume, authority=authorities.MANAGE, route=Route("POST", "webhook-endpoint-resume"))
SEND_TEST = Operation(
    "send_test",
    "Send a test",
    authorities.MANAGE,
    checks=(checks.is_active,),
    route=Route("POST", "webhook-endpoint-send-test"),
)
REPLAY = Operation(
    "replay", "Send again", authorities.MANAGE, checks=(checks.hears,), route=Route("POST", "webhook-endpoint-replay")
)
ROTATE_SECRET = Operation(
    "rotate_secret",
    "Rotate the secret",
    authorities.MANAGE,
    checks=(checks.not_removed,),
    route=Route("POST", "webhook-endpoint-rotate-secret"),
)
REMOVE = makes(Endpoint.remove, authority=authorities.MANAGE, route=Route("DELETE", "webhook-endpoint"))
DISABLE = makes(Endpoint.disable, by_itself="It is disabled when it answers 410, or takes nothing for three days.")

declare_operations(Endpoint, EDIT, PAUSE, RESUME, SEND_TEST, REPLAY, ROTATE_SECRET, REMOVE, DISABLE)
