from __future__ import annotations

from core.errors import DomainError


class Undeliverable(DomainError):
    """Raised by a handler that no repeat will help: the delivery is a dead letter at once."""

    code = "undeliverable"
    title = "Undeliverable"
