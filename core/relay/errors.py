from __future__ import annotations

from core.errors import DomainError


class Undeliverable(DomainError):
    """Raised by a handler that no repeat will help: the delivery is a dead letter at once."""

    code = "undeliverable"
    title = "Undeliverable"


class HeldBack(Exception):
    """Raised by a source whose target is to be left alone: nothing was attempted, and nor is the rest of its batch."""
