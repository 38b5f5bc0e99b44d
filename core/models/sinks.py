from __future__ import annotations

from typing import ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils import timezone

from core.models.text import IdentifierField
from core.models.versioned import Versioned
from core.triggers import kept

# What the broker has confirmed is not sent again, unless somebody asked for it, which counts one repositioning; and no
# sink is past an event that there isn't yet, which it would never be sent.
_ONWARD = """
IF NEW.position < OLD.position AND NEW.repositions <> OLD.repositions + 1 THEN
    RAISE EXCEPTION 'sink % goes back from % to % by hand alone', OLD.name, OLD.position, NEW.position
        USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""
_WITHIN_LOG = """
IF NEW.position > (SELECT COALESCE(max(e.position), 0) FROM core_logentry e) THEN
    RAISE EXCEPTION 'sink % is past the end of the log at %', NEW.name, NEW.position USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""


_WHOLE_HOUR = Func(Value("hour"), F("hour"), Value("UTC"), function="date_trunc", output_field=models.DateTimeField())


class SinkQuerySet(models.QuerySet["Sink"]):
    def locked(self) -> Self:
        return self.select_for_update(no_key=True, of=("self",))

    def failing(self) -> Self:
        return self.filter(failing_since__isnull=False, paused_at=None)


class Sink(Versioned):
    """How far the broker of that name in EVENT_SINKS has confirmed the log, and who is at it.

    A worker holds a row by its `token` until `lease_until`. What people do to a sink has events; what it is sent, none.
    """

    subject_type: ClassVar[str] = "sink"

    name = IdentifierField(max_length=40, unique=True, editable=False)
    position = models.BigIntegerField(default=0, editable=False, help_text="In the log: the last one confirmed.")
    repositions = models.PositiveIntegerField(
        default=0, editable=False, help_text="How often somebody moved it by hand."
    )
    token = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    failures = models.PositiveIntegerField(default=0, editable=False, help_text="One after the other, up to now.")
    failing_since = models.DateTimeField(null=True, editable=False)
    last_error = models.TextField(blank=True, default="", editable=False)
    next_try_at = models.DateTimeField(null=True, editable=False)
    confirmed_at = models.DateTimeField(null=True, editable=False, help_text="When the broker last confirmed anything.")
    paused_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = SinkQuerySet.as_manager()

    class Meta:
        verbose_name = "event sink"
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(name__regex=r"^[a-z][a-z0-9_-]*$"), name="sink_name_is_plain"),
            models.CheckConstraint(condition=Q(position__gte=0), name="sink_position_from_none"),
            models.CheckConstraint(
                condition=Q(token=None, lease_until=None) | Q(token__isnull=False, lease_until__isnull=False),
                name="sink_lease_has_a_holder",
            ),
            models.CheckConstraint(
                condition=Q(failures=0, failing_since=None, next_try_at=None, last_error="")
                | (Q(failures__gte=1, failing_since__isnull=False, next_try_at__isnull=False) & ~Q(last_error="")),
                name="sink_failing_says_why",
            ),
        ]
        triggers = [
            *kept("sink"),
            pgtrigger.ReadOnly(name="sink_is_of_one_name", fields=["name", "created_at"]),
            pgtrigger.Trigger(
                name="sink_goes_onward",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(new__position__lt=pgtrigger.F("old__position")),
                func=_ONWARD,
            ),
            pgtrigger.Trigger(
                name="sink_within_log",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("position"),  # type: ignore[no-untyped-call]
                func=_WITHIN_LOG,
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SinkHour(models.Model):
    """What a sink did in an hour of UTC: events that its broker confirmed, and tries that failed. Kept for 30 days."""

    id = models.BigAutoField(primary_key=True)
    sink = models.ForeignKey(Sink, on_delete=models.PROTECT, related_name="hours", db_index=False)
    hour = models.DateTimeField()
    events = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "hour of a sink"
        verbose_name_plural = "hours of sinks"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["sink", "hour"], name="sink_hour_once"),
            models.CheckConstraint(condition=Q(hour=_WHOLE_HOUR), name="sink_hour_is_whole"),
        ]
        indexes = [models.Index(fields=["hour"], name="sink_hour_by_age")]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H:00} UTC"
