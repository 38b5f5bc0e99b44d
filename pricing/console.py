"""What the console's pages of prices share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.authority import find_authority
from core.console.parts import form_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from core.models import User


def preview_links(person: User | AnonymousUser, **filled_in: object) -> list[tuple[str, str]]:
    """The (label, address) of the form that tells what a customer would pay; none for who may not open it."""
    place = find_authority("orders.place")
    if place is None or not place.held_by(person):
        return []
    return [("What would a customer pay?", form_of("orders.order", "add", **filled_in))]
