"""Models that name no business noun: people, API clients, events and their deliveries, versions, responses."""

from core.models.caused import Caused
from core.models.clients import ApiKey, Client, ClientKind, KeyMode, owner_key
from core.models.consumed import KEPT_BYTES, ConsumedPartition, HeardKey, RefusedMessage
from core.models.events import Event
from core.models.idempotency import IdempotencyRecord
from core.models.jobs import JOB_MOVES, Job, JobStatus, RejectedRow
from core.models.log import LogEntry
from core.models.made import MadeByKeyword
from core.models.messages import Message, MessageStatus
from core.models.outbox import Delivery, DeliveryStatus, OutboxEntry
from core.models.people import Role, RoleLimit, User
from core.models.relay import RELAY_ID, Relay
from core.models.rulesets import Ruleset
from core.models.sinks import Sink, SinkHour
from core.models.versioned import Versioned
from core.models.versions import VersionDocument

__all__ = [
    "JOB_MOVES",
    "KEPT_BYTES",
    "RELAY_ID",
    "ApiKey",
    "Caused",
    "Client",
    "ClientKind",
    "ConsumedPartition",
    "Delivery",
    "DeliveryStatus",
    "Event",
    "HeardKey",
    "IdempotencyRecord",
    "Job",
    "JobStatus",
    "KeyMode",
    "LogEntry",
    "MadeByKeyword",
    "Message",
    "MessageStatus",
    "OutboxEntry",
    "RefusedMessage",
    "RejectedRow",
    "Relay",
    "Role",
    "RoleLimit",
    "Ruleset",
    "Sink",
    "SinkHour",
    "User",
    "VersionDocument",
    "Versioned",
    "owner_key",
]
