"""Models that name no business noun: API clients, events with their deliveries, remembered responses."""

from core.models.caused import Caused
from core.models.clients import ApiKey, Client, ClientKind
from core.models.events import Delivery, DeliveryStatus, Event
from core.models.idempotency import IdempotencyRecord
from core.models.messages import Message, MessageStatus
from core.models.versioned import Versioned

__all__ = [
    "ApiKey",
    "Caused",
    "Client",
    "ClientKind",
    "Delivery",
    "DeliveryStatus",
    "Event",
    "IdempotencyRecord",
    "Message",
    "MessageStatus",
    "Versioned",
]
