"""A batch of messages in one transaction with the offsets of its partitions: all of it is so, or nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError
from django.utils import timezone
from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests
from rest_framework.exceptions import APIException

from core.actors import Actor
from core.consumers.messages import Message, MessageKind, code_of, reason_of, said_by
from core.errors import DomainError
from core.models import KEPT_BYTES, ConsumedPartition, RefusedMessage
from core.request_ids import bind_request_id
from core.transactions import StartOver, part, starting_over, unit_of_work

logger = structlog.get_logger("consumers")

OUTAGES = (OperationalError, InterfaceError, PoolTimeout, PoolClosed, TooManyRequests, StartOver)
"""What is nobody's fault and over some time: the database is away, or others were at the same rows."""


@dataclass(frozen=True)
class Place:
    """How far a partition is, as its row says. Whoever sees other `repositions` than before goes by the row."""

    next_offset: int
    repositions: int


@dataclass(frozen=True)
class Worked:
    """What came of a batch. `places` are those of its partitions now; `skipped` were worked before, or not yet due."""

    done: int = 0
    refused: int = 0
    skipped: int = 0
    places: Mapping[int, Place] = field(default_factory=dict)


def actor_of(consumer: str) -> Actor:
    """On whose behalf a consumer acts."""
    return Actor.system(f"consumer {consumer}")


def work_batch(
    consumer: str, kind: MessageKind, messages: Sequence[Message], known: Mapping[int, Place], ends: Mapping[int, int]
) -> Worked:
    """Work the messages, which are of one topic and whose partitions are all in `known`.

    `known` is how far the caller took each partition to be: a message that another consumer has worked meanwhile is
    skipped, and so are all of a partition that somebody has moved back. `ends` are where partitions end. Raises one of
    OUTAGES, and then nothing was done.
    """
    first = messages[0]
    on = _On(consumer, kind, known, ends)
    with bind_request_id(f"{first.topic}-{first.partition}-{first.offset}"[-128:]):
        try:
            return starting_over(lambda: _work(on, messages))
        except OUTAGES:
            raise
        except Exception as error:  # as of a constraint that is checked by the commit
            if len(messages) > 1:
                return _one_by_one(on, messages)
            logger.error("message_failed", **_place_of(first), exc_info=error)
            refused = (first, error)
            return starting_over(lambda: _work(on, messages, refused))


@dataclass(frozen=True)
class _On:
    """What work_batch is told beside the messages."""

    consumer: str
    kind: MessageKind
    known: Mapping[int, Place]
    ends: Mapping[int, int]


def _one_by_one(on: _On, messages: Sequence[Message]) -> Worked:
    """Each in a transaction of its own."""
    places, done, refused, skipped = dict(on.known), 0, 0, 0
    for each in messages:
        worked = work_batch(on.consumer, on.kind, [each], places, on.ends)
        done, refused, skipped = done + worked.done, refused + worked.refused, skipped + worked.skipped
        places |= worked.places
    return Worked(done, refused, skipped, places)


def _work(on: _On, messages: Sequence[Message], failed: tuple[Message, Exception] | None = None) -> Worked:
    """`failed` is a message that isn't tried any more, the only one."""
    with unit_of_work():
        rows = _lock(on.consumer, messages)
        due = [each for each in messages if _is_due(each, rows[each.partition], on.known[each.partition])]
        refused = [failed] if failed and due else work_on(on.kind, due, actor_of(on.consumer))
        _keep(refused, rows)
        _move(rows, due, on.ends)
        places = {number: Place(row.next_offset, row.repositions) for number, row in rows.items()}
    return Worked(len(due) - len(refused), len(refused), len(messages) - len(due), places)


def _lock(consumer: str, messages: Sequence[Message]) -> dict[int, ConsumedPartition]:
    """The rows by the partition's number; another consumer that has the partition for a moment waits here."""
    rows = ConsumedPartition.objects.locked().filter(
        consumer=consumer, topic=messages[0].topic, partition__in={each.partition for each in messages}
    )
    return {row.partition: row for row in rows}


def _is_due(message: Message, row: ConsumedPartition, known: Place) -> bool:
    return message.offset >= row.next_offset and row.repositions == known.repositions


def work_on(kind: MessageKind, messages: Sequence[Message], actor: Actor) -> list[tuple[Message, Exception]]:
    """Within a unit of work: what each says is done, or nothing of it. Returns those that are refused, and why."""
    refused: list[tuple[Message, Exception]] = []
    said: list[tuple[Message, Any]] = []
    for message in messages:
        try:
            said.append((message, said_by(message.value, kind)))
        except (DomainError, APIException) as error:
            refused.append((message, error))
    return refused + _work_said(kind, said, actor)


def _work_said(kind: MessageKind, said: Sequence[tuple[Message, Any]], actor: Actor) -> list[tuple[Message, Exception]]:
    if not said:
        return []
    try:
        with part():
            refusals = kind.work([each for _, each in said], actor)
    except OUTAGES:
        raise
    except Exception as error:
        if len(said) > 1:
            return [refusal for each in said for refusal in _work_said(kind, [each], actor)]
        message = said[0][0]
        if not isinstance(error, DomainError | APIException):
            logger.error("message_failed", **_place_of(message), exc_info=error)
        return [(message, error)]
    paired = zip(said, refusals, strict=True)
    return [(message, refusal) for (message, _), refusal in paired if refusal is not None]


def _place_of(message: Message) -> dict[str, Any]:
    return {"topic": message.topic, "partition": message.partition, "offset": message.offset}


def _keep(refused: Collection[tuple[Message, Exception]], rows: Mapping[int, ConsumedPartition]) -> None:
    RefusedMessage.objects.bulk_create(_refused(message, error, rows[message.partition]) for message, error in refused)


def _refused(message: Message, error: Exception, partition: ConsumedPartition) -> RefusedMessage:
    value = message.value or b""
    return RefusedMessage(
        partition=partition,
        offset=message.offset,
        repositions=partition.repositions,
        code=code_of(error)[:60],
        reason=reason_of(error),
        key=(message.key or b"")[:KEPT_BYTES],
        value=value[:KEPT_BYTES],
        size=len(value),
    )


def _move(rows: Mapping[int, ConsumedPartition], due: Sequence[Message], ends: Mapping[int, int]) -> None:
    now = timezone.now()
    for message in due:
        row = rows[message.partition]
        row.next_offset = max(row.next_offset, message.offset + 1)
        row.worked_at, row.last_error = now, ""
    for number, row in rows.items():
        row.end_offset, row.seen_at = max(ends.get(number, 0), row.next_offset), now
    ConsumedPartition.objects.bulk_update(
        rows.values(), ["next_offset", "end_offset", "worked_at", "seen_at", "last_error"]
    )
