"""What must be so before something may be done to a gift card or store credit.

Each docstring is the line in docs/transitions.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.transitions import Blocker, already

if TYPE_CHECKING:
    from stored_value.models import StoredValue


def not_disabled(stored: StoredValue) -> Blocker | None:
    """It is not disabled."""
    if stored.disabled_at is None:
        return None
    return already(f"The {stored.noun} was disabled already ({stored.disabled_at:%Y-%m-%d %H:%M} UTC).")


def is_disabled(stored: StoredValue) -> Blocker | None:
    """It is disabled."""
    return already(f"The {stored.noun} is not disabled.") if stored.disabled_at is None else None


def not_expired(stored: StoredValue) -> Blocker | None:
    """Its last day is not over."""
    if not stored.is_expired():
        return None
    return Blocker(
        f"The {stored.noun} expired; its last day was {stored.expires_on:%Y-%m-%d}.",
        "Nothing: issue another one, or give store credit.",
    )
