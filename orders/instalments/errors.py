from __future__ import annotations

from core.errors import DomainError


class InstalmentsOff(DomainError):
    """Together they are more or less than what is due."""

    code = "instalments_off"
    title = "Instalments don't come to what is due"
