"""What happened to offers. That an order uses them, or gives them back, is part of that order's timeline."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, ClassVar

from core.events import DomainEvent


@dataclass(frozen=True)
class OfferCreated(DomainEvent):
    type: ClassVar[str] = "offer.created"
    code: str
    kind: str


@dataclass(frozen=True)
class OfferUpdated(DomainEvent):
    """`changed`: the names of the fields that have new values."""

    type: ClassVar[str] = "offer.updated"
    changed: list[str]


@dataclass(frozen=True)
class OfferEnded(DomainEvent):
    type: ClassVar[str] = "offer.ended"


@dataclass(frozen=True)
class OfferCodesAdded(DomainEvent):
    """How many, and never which: who knows a code can use it."""

    type: ClassVar[str] = "offer.codes_added"
    count: int
    generated: bool


@dataclass(frozen=True)
class OfferCodeUpdated(DomainEvent):
    type: ClassVar[str] = "offer.code_updated"
    code_id: uuid.UUID
    changed: list[str]


@dataclass(frozen=True)
class OffersUsed(DomainEvent):
    """Of an order. `offers`: one {offer_id, code_id} each; an automatic offer has no code."""

    type: ClassVar[str] = "offer.used"
    offers: list[dict[str, Any]]


@dataclass(frozen=True)
class OffersGivenBack(DomainEvent):
    type: ClassVar[str] = "offer.given_back"
    offers: list[dict[str, Any]]
