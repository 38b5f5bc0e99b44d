"""What there is to do with people, roles, API clients and the machinery."""

from core.authority import StandardRole, declare, declare_scope
from core.models import ClientKind

EVENTS_READ = declare_scope(
    "events:read", "Follow the log of events and see their schemas", ClientKind.STOREFRONT, ClientKind.BACK_OFFICE
)

CLIENTS_VIEW = declare(
    "clients.view", "See API clients and their keys", "core.client", "core.apikey", roles=[StandardRole.MANAGER]
)
CLIENTS_CREATE = declare("clients.create", "Create API clients", "core.client")
KEYS_ISSUE = declare("keys.issue", "Issue API keys", "core.apikey")
KEYS_REVOKE = declare("keys.revoke", "Revoke API keys", "core.apikey", roles=[StandardRole.MANAGER])

PEOPLE_VIEW = declare(
    "people.view",
    "See people, their roles and their attempts to sign in",
    "core.user",
    "core.role",
    "core.rolelimit",
    "axes.accessattempt",
    "axes.accesslog",
    roles=[StandardRole.MANAGER],
)
PEOPLE_CREATE = declare("people.create", "Create people", "core.user")
PEOPLE_EDIT = declare("people.edit", "Change people's user names, names and e-mails", "core.user")
PEOPLE_ASSIGN = declare("people.assign", "Give people roles and take them away", "core.user")
PEOPLE_ACTIVATE = declare("people.activate", "Activate and deactivate people", "core.user")
PEOPLE_UNLOCK = declare(
    "people.unlock", "Let people in again who are locked out", "core.user", roles=[StandardRole.MANAGER]
)
PEOPLE_SET_PASSWORD = declare("people.set_password", "Set other people's passwords", "core.user")
PEOPLE_MAKE_SUPERUSER = declare("people.make_superuser", "Make people superusers, or end that")

ROLES_CREATE = declare("roles.create", "Create roles", "core.role")
ROLES_EDIT = declare("roles.edit", "Change what roles may do", "core.role")
ROLES_LIMIT = declare("roles.limit", "Set the money limits of roles", "core.role")

SYSTEM_VIEW = declare(
    "system.view",
    "See events, deliveries, sent messages and remembered answers",
    "core.event",
    "core.delivery",
    "core.message",
    "core.idempotencyrecord",
    "core.logentry",
    "core.outboxentry",
    "core.relay",
    "core.sink",
    "core.sinkhour",
    "core.consumedpartition",
    scope=EVENTS_READ,
    roles=[StandardRole.MANAGER],
)
JOBS_VIEW = declare(
    "jobs.view", "See jobs and the rows that they rejected", "core.job", "core.rejectedrow",
    roles=[StandardRole.MANAGER],
)  # fmt: skip
JOBS_MANAGE = declare("jobs.manage", "Pause, resume and cancel jobs", "core.job", roles=[StandardRole.MANAGER])
SINKS_MANAGE = declare(
    "sinks.manage", "Pause, resume and reposition event sinks", "core.sink", roles=[StandardRole.MANAGER]
)
CONSUMERS_VIEW = declare(
    "consumers.view", "See messages that consumers refused, and what they say", "core.refusedmessage",
    roles=[StandardRole.MANAGER],
)  # fmt: skip
CONSUMERS_MANAGE = declare(
    "consumers.manage", "Try refused messages again, set them aside, and reposition consumers",
    "core.consumedpartition", "core.refusedmessage",
    roles=[StandardRole.MANAGER],
)  # fmt: skip
VERSIONS_VIEW = declare(
    "versions.view",
    "See what orders, customers and shipments said as of each version",
    "core.versiondocument",
    roles=[StandardRole.MANAGER],
)
MESSAGES_SEND = declare(
    "messages.send", "Send an e-mail again whose sending ended uncertainly", "core.message",
    roles=[StandardRole.SUPPORT_AGENT, StandardRole.MANAGER],
)  # fmt: skip
DELIVERIES_REPLAY = declare("deliveries.replay", "Replay dead letters", "core.delivery", roles=[StandardRole.MANAGER])
