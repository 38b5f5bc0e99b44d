"""What happened to storefronts. Names of settings, never their values: some are somebody's address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.events import DomainEvent


@dataclass(frozen=True)
class StorefrontUpdated(DomainEvent):
    type: ClassVar[str] = "storefront.updated"
    changed: list[str]
