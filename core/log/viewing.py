"""Who may see which events of the log."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from core.event_types import find_event_type
from core.events import Audience


@dataclass(frozen=True)
class Viewer:
    """A client of the API; `of_all` for one of a kind that works for all storefronts."""

    client_id: uuid.UUID
    of_all: bool = False

    def sees(self, event_type: str, owner: uuid.UUID | None) -> bool:
        """Whether it is told of events of this type whose subject is the owner's, None for what all share."""
        audience = audience_of(event_type)
        if owner == self.client_id:
            return audience is not Audience.NOBODY
        return self.of_all and audience is Audience.SELLERS


def audience_of(event_type: str) -> Audience:
    """Nobody, of what no class tells."""
    found = find_event_type(event_type)
    return Audience.NOBODY if found is None else found.audience
