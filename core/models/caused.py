from __future__ import annotations

from django.db import models
from django.db.models import Q

from core.actors import Actor
from core.models.made import MadeByKeyword


class Caused(MadeByKeyword):
    """A permanent row that names its cause: who acted, and the event of its subject that tells of it, by its version.

    So what an object had as of its version n is the sum of its rows up to n.
    """

    actor_kind = models.CharField(max_length=10)
    actor_id = models.CharField(max_length=64)
    actor_name = models.CharField(max_length=150)
    version = models.PositiveIntegerField(help_text="Of the subject: the event of this version tells of the row.")

    class Meta:
        abstract = True
        constraints = [models.CheckConstraint(condition=Q(version__gte=1), name="%(class)s_version_from_one")]

    @property
    def actor(self) -> Actor:
        return Actor.of(self.actor_kind, self.actor_id, self.actor_name)
