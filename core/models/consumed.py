from __future__ import annotations

from typing import ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.models.text import IdentifierField
from core.models.versioned import Versioned
from core.triggers import kept

KEPT_BYTES = 64 * 1024
"""Of a refused message's value; a longer one is cut."""

# What was worked is not worked again, unless somebody asked for it, which counts one repositioning.
_ONWARD = """
IF NEW.next_offset < OLD.next_offset AND NEW.repositions <> OLD.repositions + 1 THEN
    RAISE EXCEPTION 'partition % of % goes back from % to % by hand alone',
        OLD.partition, OLD.topic, OLD.next_offset, NEW.next_offset USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""
# What somebody is owed to forget may go; what was said is never said otherwise.
_ONLY_FORGOTTEN = """
IF OLD.settled_at IS NOT NULL AND NEW.settled_at IS DISTINCT FROM OLD.settled_at THEN
    RAISE EXCEPTION 'a refused message is settled once' USING ERRCODE = 'check_violation';
END IF;
IF NOT OLD.forgotten AND NEW.forgotten THEN
    RETURN NEW;
END IF;
IF (NEW.key, NEW.value, NEW.reason, NEW.forgotten) IS DISTINCT FROM (OLD.key, OLD.value, OLD.reason, OLD.forgotten) THEN
    RAISE EXCEPTION 'a refused message stays as it came, or is forgotten' USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""
_LATER = """
IF NEW.as_of <= OLD.as_of THEN
    RAISE EXCEPTION 'what was heard as of % is not replaced by what was so at %', OLD.as_of, NEW.as_of
        USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""


class ConsumedPartitionQuerySet(models.QuerySet["ConsumedPartition"]):
    def locked(self) -> Self:
        return self.order_by("pk").select_for_update(no_key=True, of=("self",))

    def stuck(self) -> Self:
        return self.exclude(last_error="")


class ConsumedPartition(Versioned):
    """How far a consumer has worked one partition of its topic.

    It moves in the transaction of the work itself: what is below `next_offset` has had its effect, or was refused.
    """

    subject_type: ClassVar[str] = "consumed_partition"

    consumer = IdentifierField(max_length=40, editable=False, help_text="Its name in KAFKA_CONSUMERS.")
    topic = IdentifierField(max_length=249, editable=False)
    partition = models.PositiveIntegerField(editable=False)
    next_offset = models.BigIntegerField(editable=False, help_text="Of the message that is worked next.")
    end_offset = models.BigIntegerField(
        default=0, editable=False, help_text="Where the partition ended when it was last looked at."
    )
    repositions = models.PositiveIntegerField(
        default=0, editable=False, help_text="How often somebody moved it by hand."
    )
    last_error = models.TextField(blank=True, default="", editable=False, help_text="Why nothing is taken from it.")
    worked_at = models.DateTimeField(null=True, editable=False)
    seen_at = models.DateTimeField(null=True, editable=False, help_text="When its end was last looked at.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ConsumedPartitionQuerySet.as_manager()

    class Meta:
        ordering = ["consumer", "topic", "partition"]
        constraints = [
            models.UniqueConstraint(
                fields=["consumer", "topic", "partition"], name="consumed_partition_once_per_consumer"
            ),
            models.CheckConstraint(
                condition=Q(next_offset__gte=0, end_offset__gte=0), name="consumed_partition_from_none"
            ),
        ]
        triggers = [
            *kept("consumed_partition"),
            pgtrigger.ReadOnly(
                name="consumed_partition_is_of_one_topic", fields=["consumer", "topic", "partition", "created_at"]
            ),
            pgtrigger.Trigger(
                name="consumed_partition_goes_onward",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(new__next_offset__lt=pgtrigger.F("old__next_offset")),
                func=_ONWARD,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition} of {self.consumer}"

    @property
    def lag(self) -> int:
        """How many offsets it was behind when its end was last looked at."""
        return max(self.end_offset - self.next_offset, 0)


class RefusedMessageQuerySet(models.QuerySet["RefusedMessage"]):
    def locked(self) -> Self:
        return self.select_for_update(no_key=True, of=("self",))

    def waiting(self) -> Self:
        return self.filter(settled_at=None)


class RefusedMessage(Versioned):
    """A message that had no effect, why, and what it said: until it is settled, or kept long enough.

    `key`, `value` and `reason` may name people, so that they are emptied then. `code` and where it was stay.
    """

    subject_type: ClassVar[str] = "refused_message"

    partition = models.ForeignKey(ConsumedPartition, on_delete=models.PROTECT, related_name="refused", db_index=False)
    offset = models.BigIntegerField(editable=False)
    repositions = models.PositiveIntegerField(
        editable=False, help_text="Of its partition as it came: after another one the same offset may come again."
    )
    code = models.CharField(max_length=60, editable=False)
    reason = models.CharField(max_length=1000, editable=False)
    key = models.BinaryField(default=b"", editable=False)
    value = models.BinaryField(default=b"", editable=False)
    size = models.PositiveIntegerField(editable=False, help_text="Of the value as it came, in bytes.")
    refused_at = models.DateTimeField(default=timezone.now, editable=False)
    settled_at = models.DateTimeField(null=True, editable=False, help_text="When it was worked, or set aside.")
    forgotten = models.BooleanField(default=False, editable=False)

    objects = RefusedMessageQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["partition", "repositions", "offset"], name="refused_message_once"),
            models.CheckConstraint(condition=~Q(code=""), name="refused_message_has_a_code"),
            models.CheckConstraint(
                condition=Q(forgotten=False) | Q(key=b"", value=b"", reason=""), name="refused_message_forgets_all"
            ),
            models.CheckConstraint(
                condition=Q(settled_at=None) | Q(forgotten=True), name="refused_message_settled_is_forgotten"
            ),
        ]
        indexes = [
            models.Index(fields=["-id"], name="refused_message_waiting", condition=Q(settled_at=None)),
            models.Index(fields=["refused_at"], name="refused_message_told", condition=Q(forgotten=False)),
        ]
        triggers = [
            *kept("refused_message"),
            pgtrigger.ReadOnly(
                name="refused_message_is_what_it_is",
                fields=["partition", "offset", "repositions", "code", "size", "refused_at"],
            ),
            pgtrigger.Trigger(
                name="refused_message_only_forgets",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=_ONLY_FORGOTTEN,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partition.topic}/{self.partition.partition}/{self.offset}"

    @property
    def is_cut(self) -> bool:
        """Whether only its beginning is kept."""
        return self.size > KEPT_BYTES


class HeardKey(models.Model):
    """As of when a kind of message was last heard of a key: what is older, or as old, has no effect any more.

    Keys may name people, so that only their digest is here.
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=60, editable=False)
    key = models.UUIDField(editable=False, help_text="A digest.")
    as_of = models.DateTimeField(editable=False)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="heard_key_once_per_kind")]
        triggers = [
            pgtrigger.Trigger(
                name="heard_key_goes_onward", when=pgtrigger.Before, operation=pgtrigger.Update, func=_LATER
            ),
            pgtrigger.ReadOnly(name="heard_key_is_of_one_kind", fields=["kind", "key"]),
            *kept("heard_key"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} as of {self.as_of}"
