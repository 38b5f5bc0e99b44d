"""Models that name no business noun: people, API clients, events with their deliveries, remembered responses."""

from core.models.clients import ApiKey, Client, ClientKind, KeyMode
from core.models.events import Delivery, DeliveryStatus, Event
from core.models.idempotency import IdempotencyRecord
from core.models.messages import Message, MessageStatus
from core.models.people import Role, RoleLimit, User
from core.models.versioned import Versioned

__all__ = [
    "ApiKey",
    "Client",
    "ClientKind",
    "Delivery",
    "DeliveryStatus",
    "Event",
    "IdempotencyRecord",
    "KeyMode",
    "Message",
    "MessageStatus",
    "Role",
    "RoleLimit",
    "User",
    "Versioned",
]
