from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.models.versioned import Versioned

RELAY_ID = uuid.UUID(int=1)


class Relay(Versioned):
    """The one subject of what people do to deliveries and e-mails. Its row is made with its first event."""

    subject_type: ClassVar[str] = "relay"

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=RELAY_ID), name="relay_is_one")]

    def __str__(self) -> str:
        return "the relay"
