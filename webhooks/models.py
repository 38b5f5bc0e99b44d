from __future__ import annotations

import datetime as dt
from typing import ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django_fsm import FSMField, FSMModelMixin

from core.ids import new_id
from core.log import Viewer
from core.models import Client, ClientKind, Event, Versioned
from core.models.text import EmailField, IdentifierField, IdentifiersField, LineField
from core.operations import transition
from core.relay import Target
from core.triggers import kept
from webhooks.statuses import ENDPOINT_MOVES, HEARING, DisabledReason, EndpointStatus, Outcome, Payload

PREFIX = "endpoint"
TESTED = "endpoint.tested"

_BEGINS_ACTIVE = """
IF NEW.status <> 'active' THEN
    RAISE EXCEPTION 'an endpoint begins active' USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""
# Whoever signs with a secret that is over would be trusted for longer than was said.
_ENDS_ONCE = """
IF OLD.expires_at IS NOT NULL AND (NEW.expires_at IS NULL OR NEW.expires_at > OLD.expires_at) THEN
    RAISE EXCEPTION 'a secret of an endpoint ends when it was said to, or sooner' USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""


class EndpointQuerySet(models.QuerySet["Endpoint"]):
    def locked(self) -> Self:
        return self.select_for_update(no_key=True, of=("self",))

    def of_client(self, client_id: object) -> Self:
        """Those that the client has, without the removed."""
        return self.filter(client_id=client_id).exclude(status=EndpointStatus.REMOVED)

    def hearing(self) -> Self:
        return self.filter(status__in=HEARING)

    def left_alone(self, now: dt.datetime) -> Self:
        """Those that nothing is delivered to now, though it is kept for them."""
        return self.filter(Q(status=EndpointStatus.PAUSED) | Q(status=EndpointStatus.ACTIVE, next_try_at__gt=now))

    def failing(self) -> Self:
        return self.filter(status=EndpointStatus.ACTIVE, failing_since__isnull=False)


class Endpoint(FSMModelMixin, Versioned):
    """Where a client is told what happens: a URL, and which events.

    How it fares (`failures` and what follows) changes without events of its own.
    """

    subject_type: ClassVar[str] = "endpoint"

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+")
    url = IdentifierField("URL", max_length=2000)
    description = LineField(max_length=200, blank=True, default="")
    event_types = IdentifiersField(
        models.CharField(max_length=60), default=list, blank=True, help_text="`order.*` names all of a noun; none: all."
    )
    payload = models.CharField(max_length=4, choices=Payload, default=Payload.THIN)
    notify = EmailField("notices go to", max_length=254, blank=True, default="")
    status = FSMField(default=EndpointStatus.ACTIVE, choices=EndpointStatus.choices, protected=True, max_length=8)
    failures = models.PositiveIntegerField(default=0, editable=False, help_text="One after the other, up to now.")
    failing_since = models.DateTimeField(null=True, editable=False)
    next_try_at = models.DateTimeField(null=True, editable=False, help_text="Nothing is sent before.")
    last_error = models.CharField(max_length=300, blank=True, default="", editable=False)
    delivered_at = models.DateTimeField(null=True, editable=False, help_text="When it last took something, about.")
    disabled_at = models.DateTimeField(null=True, editable=False)
    disabled_reason = models.CharField(max_length=8, choices=DisabledReason, blank=True, default="", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = EndpointQuerySet.as_manager()

    class Meta:
        verbose_name = "webhook endpoint"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(url__regex=r"^https?://[^ ]+$"), name="endpoint_url_is_of_http"),
            models.CheckConstraint(condition=Q(payload__in=Payload.values), name="endpoint_payload_known"),
            models.CheckConstraint(
                condition=Q(failures=0, failing_since=None, next_try_at=None, last_error="")
                | (Q(failures__gte=1, failing_since__isnull=False) & ~Q(last_error="")),
                name="endpoint_failing_says_why",
            ),
            models.CheckConstraint(
                condition=Q(status="disabled", disabled_at__isnull=False, disabled_reason__in=DisabledReason.values)
                | (~Q(status="disabled") & Q(disabled_at=None, disabled_reason="")),
                name="endpoint_disabled_for_a_reason",
            ),
        ]
        indexes = [models.Index(fields=["client", "-id"], name="endpoint_of_client")]
        triggers = [
            *kept("endpoint"),
            pgtrigger.ReadOnly(name="endpoint_is_of_one_client", fields=["id", "client", "created_at"]),
            pgtrigger.FSM(name="endpoint_status_moves", field="status", transitions=ENDPOINT_MOVES),
            pgtrigger.Trigger(
                name="endpoint_begins_active",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func=_BEGINS_ACTIVE,
            ),
        ]

    def __str__(self) -> str:
        return self.url

    @property
    def key(self) -> str:
        """Under which the relay knows it."""
        return f"{PREFIX}:{self.pk}"

    @property
    def target(self) -> Target:
        """It needs `client`."""
        viewer = Viewer(self.client_id, of_all=self.client.kind != ClientKind.STOREFRONT)
        return Target(self.key, tuple(self.event_types) or ("*",), viewer=viewer, also=(TESTED, self.pk))

    def is_left_alone(self, now: dt.datetime) -> bool:
        waits = self.next_try_at is not None and self.next_try_at > now
        return self.status == EndpointStatus.PAUSED or (self.status == EndpointStatus.ACTIVE and waits)

    @transition(status, source=EndpointStatus.ACTIVE, target=EndpointStatus.PAUSED, label="Pause")
    def pause(self) -> None:
        """What happens is kept for it, and sent once it goes on."""

    @transition(
        status, source=[EndpointStatus.PAUSED, EndpointStatus.DISABLED], target=EndpointStatus.ACTIVE, label="Resume"
    )
    def resume(self) -> None:
        """It is sent what happens, and what was kept."""
        self.disabled_at, self.disabled_reason = None, ""
        self.fare_well()

    @transition(status, source=EndpointStatus.ACTIVE, target=EndpointStatus.DISABLED, label="Disable", advised=False)
    def disable(self, reason: DisabledReason, *, at: dt.datetime) -> None:
        """Nothing is kept for it any more."""
        self.disabled_at, self.disabled_reason = at, reason

    @transition(
        status,
        source=[EndpointStatus.ACTIVE, EndpointStatus.PAUSED, EndpointStatus.DISABLED],
        target=EndpointStatus.REMOVED,
        label="Remove",
        advised=False,
    )
    def remove(self) -> None:
        """For ever."""
        self.disabled_at, self.disabled_reason = None, ""

    def fares_well(self, since: dt.datetime) -> bool:
        """Whether it took something since then, and failed at nothing afterwards."""
        return self.failures == 0 and self.delivered_at is not None and self.delivered_at >= since

    def fare_well(self) -> None:
        """It took something, or starts anew."""
        self.failures, self.failing_since, self.next_try_at, self.last_error = 0, None, None, ""

    def fail(self, error: str, *, at: dt.datetime, next_try_at: dt.datetime | None) -> None:
        self.failures += 1
        self.failing_since = self.failing_since or at
        self.last_error, self.next_try_at = error[:300], next_try_at


class EndpointSecret(models.Model):
    """What an endpoint's requests are signed with, sealed. While one is replaced, those before it sign too."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="secrets")
    sealed = models.TextField(editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, editable=False, help_text="None of the newest, which lasts.")

    class Meta:
        verbose_name = "secret of an endpoint"
        verbose_name_plural = "secrets of endpoints"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint"], condition=Q(expires_at=None), name="endpoint_has_one_lasting_secret"
            ),
            models.CheckConstraint(condition=~Q(("sealed__startswith", "whsec_")), name="endpoint_secret_is_sealed"),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="endpoint_secret_is_as_made", fields=["id", "endpoint", "sealed", "created_at"]),
            pgtrigger.Trigger(
                name="endpoint_secret_ends_once",
                operation=pgtrigger.UpdateOf("expires_at"),  # type: ignore[no-untyped-call]
                when=pgtrigger.Before,
                func=_ENDS_ONCE,
            ),
        ]

    def __str__(self) -> str:
        return f"secret of {self.created_at:%Y-%m-%d %H:%M}"


class Attempt(models.Model):
    """One request to an endpoint and what came of it, kept for 30 days. What could be somebody's is not in it."""

    id = models.BigAutoField(primary_key=True)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="attempts", db_index=False)
    event = models.ForeignKey(Event, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    event_type = models.CharField(max_length=60)
    outcome = models.CharField(max_length=9, choices=Outcome)
    status_code = models.PositiveSmallIntegerField(null=True, help_text="Of the answer; none where there was none.")
    error_code = models.CharField(max_length=30, blank=True, default="")
    error = models.CharField(max_length=300, blank=True, default="")
    address = models.GenericIPAddressField(null=True, help_text="The one that was asked, if any was.")
    milliseconds = models.PositiveIntegerField()
    request_headers = models.JSONField(default=dict)
    request_body = models.TextField()
    response_headers = models.JSONField(default=dict)
    response_body = models.TextField(blank=True, default="")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "attempt to deliver"
        verbose_name_plural = "attempts to deliver"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="delivered", status_code__gte=200, status_code__lt=300, error="")
                | (Q(outcome="refused", status_code__isnull=False) & ~Q(error=""))
                | (Q(outcome="not_sent", status_code=None) & ~Q(error_code="")),
                name="attempt_outcome_says_what_came",
            ),
        ]
        indexes = [
            models.Index(fields=["endpoint", "-id"], name="attempt_of_endpoint"),
            models.Index(fields=["endpoint", "made_at"], name="attempt_by_hour"),
            models.Index(fields=["endpoint", "-id"], name="attempt_not_taken", condition=~Q(outcome="delivered")),
            models.Index(fields=["made_at"], name="attempt_by_age"),
        ]
        triggers = [pgtrigger.Protect(name="attempt_is_as_made", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.event_type} → {self.status_code or self.error_code}"
