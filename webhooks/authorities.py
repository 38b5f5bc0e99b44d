"""What there is to do with the endpoints of webhooks."""

from core.authority import StandardRole, declare, declare_scope
from core.models import ClientKind

_HEARERS = (ClientKind.STOREFRONT, ClientKind.BACK_OFFICE)

READ = declare_scope("webhooks:read", "See webhook endpoints and what they were sent", *_HEARERS)
WRITE = declare_scope("webhooks:write", "Make, change, pause, test and remove webhook endpoints", *_HEARERS)

VIEW = declare(
    "webhooks.view",
    "See webhook endpoints and what they were sent",
    "webhooks.endpoint",
    "webhooks.endpointsecret",
    "webhooks.attempt",
    scope=READ,
    roles=[StandardRole.SUPPORT_AGENT, StandardRole.MANAGER],
)
MANAGE = declare(
    "webhooks.manage",
    "Make, change, pause, test and remove webhook endpoints, and send them events again",
    "webhooks.endpoint",
    scope=WRITE,
    roles=[StandardRole.MANAGER],
)
