"""Models that name no business noun: API clients, events and their deliveries, versions, remembered responses."""

from core.models.clients import ApiKey, Client, ClientKind
from core.models.events import Delivery, DeliveryStatus, Event
from core.models.idempotency import IdempotencyRecord
from core.models.messages import Message, MessageStatus
from core.models.versioned import Versioned
from core.models.versions import VersionDocument

__all__ = [
    "ApiKey",
    "Client",
    "ClientKind",
    "Delivery",
    "DeliveryStatus",
    "Event",
    "IdempotencyRecord",
    "Message",
    "MessageStatus",
    "VersionDocument",
    "Versioned",
]
