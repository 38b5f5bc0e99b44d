from __future__ import annotations

import datetime as dt

import pgtrigger
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from core.actors import Actor
from core.ids import new_id
from core.models import Caused
from core.models.text import LineField
from orders.models.order import Order
from orders.querysets import HoldQuerySet
from orders.statuses import HoldReason

LIFTED = ("lifted_at", "lifted_version", "lifted_by_kind", "lifted_by_id", "lifted_by_name")
"""The columns that lifting a hold sets."""


class Hold(Caused):
    """Something to settle first.

    It refuses release and dispatch and destroys no state; past its expiry it holds nothing. Its actor placed it and
    answers for it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="holds")
    reason = models.CharField(max_length=20, choices=HoldReason)
    note = LineField(max_length=500, blank=True, default="")
    placed_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by_kind = models.CharField(max_length=10, blank=True, default="")
    lifted_by_id = models.CharField(max_length=64, blank=True, default="")
    lifted_by_name = models.CharField(max_length=150, blank=True, default="")
    lifted_version = models.PositiveIntegerField(
        null=True, blank=True, help_text="Of the order: the event of this version tells of the lifting."
    )

    objects = HoldQuerySet.as_manager()

    class Meta(Caused.Meta):
        ordering = ["-placed_at"]
        constraints = [
            *Caused.Meta.constraints,
            models.UniqueConstraint(
                "order",
                "reason",
                Case(When(reason=HoldReason.OTHER, then=F("note")), default=Value("")),
                condition=Q(lifted_at=None),
                name="hold_once_for_one_reason",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_version=None, lifted_by_kind="")
                | (Q(lifted_at__isnull=False, lifted_version__gt=F("version")) & ~Q(lifted_by_kind="")),
                name="hold_lifted_names_its_cause",
            ),
        ]
        indexes = [
            models.Index(fields=["order"], name="hold_open_of_order", condition=Q(lifted_at=None)),
            models.Index(
                fields=["expires_at"],
                name="hold_open_by_expiry",
                condition=Q(lifted_at=None, expires_at__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="hold_names_its_cause",
                fields=["id", "order", "reason", "actor_kind", "actor_id", "actor_name", "version", "placed_at"],
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} hold"

    def lift(self, actor: Actor, *, at: dt.datetime, version: int) -> None:
        """It is settled; the event of this version of the order tells of it."""
        self.lifted_at, self.lifted_version = at, version
        self.lifted_by_kind, self.lifted_by_id, self.lifted_by_name = actor.kind, actor.id, actor.name

    @property
    def lifted_by(self) -> Actor | None:
        """Who lifted it, if anybody has."""
        if self.lifted_at is None:
            return None
        return Actor.of(self.lifted_by_kind, self.lifted_by_id, self.lifted_by_name)

    def is_in_force(self, now: dt.datetime) -> bool:
        """Neither lifted nor past its expiry."""
        return self.lifted_at is None and (self.expires_at is None or self.expires_at > now)
