"""What people do to partitions and refused messages, and how what messages said is forgotten."""

from __future__ import annotations

import datetime as dt
import uuid

from django.conf import settings
from django.utils import timezone

from core.actors import Actor
from core.authorities import CONSUMERS_MANAGE
from core.consumers.batches import work_on
from core.consumers.events import MessageSetAside, MessageWorked, PartitionRepositioned
from core.consumers.messages import Message, code_of, kind_of, reason_of
from core.errors import DomainError, InvalidInput, NotFound, StaleVersion
from core.limits import require
from core.models import ConsumedPartition, RefusedMessage
from core.outbox import record
from core.transactions import action, step
from core.transitions import Blocker

KEPT_FOR = dt.timedelta(days=30)
"""How long it is kept what a refused message said that nobody has settled."""


class StillRefused(DomainError):
    """A message that was tried again had no effect again."""

    code = "still_refused"
    title = "Still refused"


class NotToBeTriedAgain(DomainError):
    """Nothing is left of the message that could be worked."""

    code = "not_to_be_tried_again"
    title = "Not to be tried again"


@action
def reposition_partition(
    partition_id: uuid.UUID, *, to: int, actor: Actor, expected_version: int | None = None
) -> ConsumedPartition:
    """Work the message at the offset `to` next: behind where it is, messages are worked again; ahead, those between
    never are. Where it is already, it stays. Raises NotFound, StaleVersion, InvalidInput.
    """
    require(CONSUMERS_MANAGE, actor)
    row = ConsumedPartition.objects.locked().filter(pk=partition_id).first()
    if row is None:
        raise NotFound("There is no such partition.")
    _require_version(row.version, expected_version)
    if not 0 <= to <= row.end_offset:
        known = f"The partition was seen to end at {row.end_offset}; 0 is before the first message."
        raise InvalidInput.at("/to", "offset_unknown", known)
    if to != row.next_offset:
        moved = PartitionRepositioned(row.consumer, row.topic, row.partition, before=row.next_offset, after=to)
        record(moved, subject=row, actor=actor)
        row.next_offset, row.repositions, row.last_error = to, row.repositions + 1, ""
        row.save(update_fields=["next_offset", "repositions", "last_error"])
    return row


@action
def try_again(message_id: uuid.UUID, *, actor: Actor, expected_version: int | None = None) -> RefusedMessage:
    """Work a refused message now, on behalf of who asks. One that is settled stays as it is.

    One that is older by now than what was heard of its key is settled without an effect. Raises NotFound,
    StaleVersion, NotToBeTriedAgain, StillRefused.
    """
    require(CONSUMERS_MANAGE, actor)
    row = _lock(message_id, expected_version)
    if row.settled_at is not None:
        return row
    blocker = why_not_again(row)
    if blocker is not None:
        raise NotToBeTriedAgain(blocker.reason, unblock=blocker.unblock)
    kind = kind_of(settings.CONSUMER_KINDS[row.partition.consumer])
    message = Message(row.partition.topic, row.partition.partition, row.offset, bytes(row.key), bytes(row.value))
    for _, error in work_on(kind, [message], actor):
        raise StillRefused(
            reason_of(error), unblock="Mend what it names, or set the message aside.", why=code_of(error)
        )
    return _settle(row, MessageWorked(*_where(row)), actor)


@action
def set_aside(message_id: uuid.UUID, *, actor: Actor, expected_version: int | None = None) -> RefusedMessage:
    """It is to have no effect, and what it said is forgotten. One that is settled stays as it is.

    Raises NotFound, StaleVersion.
    """
    require(CONSUMERS_MANAGE, actor)
    row = _lock(message_id, expected_version)
    return row if row.settled_at is not None else _settle(row, MessageSetAside(*_where(row)), actor)


def why_not_again(row: RefusedMessage) -> Blocker | None:
    """Why a refused message can't be tried again; None when it can."""
    if row.settled_at is not None:
        return Blocker("The message is settled.", "Nothing to do.", done=True)
    if row.forgotten:
        return Blocker("What it said is forgotten.", "Have it sent again.")
    if row.is_cut:
        return Blocker("It is too large to be kept whole.", "Have it sent again, smaller.")
    if row.size == 0:
        return Blocker("The message has no value.", "Set it aside.")
    if row.partition.consumer not in settings.CONSUMER_KINDS:
        return Blocker("Its kind of message is known no more.", "Set it aside.")
    return None


def forget_old(now: dt.datetime) -> int:
    """Forget what refused messages said that were kept long enough; returns how many."""
    old = RefusedMessage.objects.filter(forgotten=False, refused_at__lt=now - KEPT_FOR)
    return old.update(key=b"", value=b"", reason="", forgotten=True)


@step
def _lock(message_id: uuid.UUID, expected_version: int | None) -> RefusedMessage:
    row = RefusedMessage.objects.locked().select_related("partition").filter(pk=message_id).first()
    if row is None:
        raise NotFound("There is no such message.")
    _require_version(row.version, expected_version)
    return row


@step
def _settle(row: RefusedMessage, told: MessageWorked | MessageSetAside, actor: Actor) -> RefusedMessage:
    record(told, subject=row, actor=actor)
    row.settled_at = timezone.now()
    row.key, row.value, row.reason, row.forgotten = b"", b"", "", True
    row.save(update_fields=["settled_at", "key", "value", "reason", "forgotten"])
    return row


def _where(row: RefusedMessage) -> tuple[str, str, int, int]:
    return row.partition.consumer, row.partition.topic, row.partition.partition, row.offset


def _require_version(actual: int, expected: int | None) -> None:
    if expected is not None and expected != actual:
        raise StaleVersion(expected=expected, actual=actual)
