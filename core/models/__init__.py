"""Models that name no business noun: API clients, events with their deliveries, remembered responses, jobs."""

from core.models.clients import ApiKey, Client, ClientKind
from core.models.events import Delivery, DeliveryStatus, Event
from core.models.idempotency import IdempotencyRecord
from core.models.jobs import JOB_MOVES, Job, JobStatus, RejectedRow
from core.models.messages import Message, MessageStatus
from core.models.versioned import Versioned

__all__ = [
    "JOB_MOVES",
    "ApiKey",
    "Client",
    "ClientKind",
    "Delivery",
    "DeliveryStatus",
    "Event",
    "IdempotencyRecord",
    "Job",
    "JobStatus",
    "Message",
    "MessageStatus",
    "RejectedRow",
    "Versioned",
]
