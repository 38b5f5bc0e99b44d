"""Takes batches of a topic from Kafka. Where it goes on is what the database says, never what the group committed."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from django.db import close_old_connections
from django.utils import timezone

from core.consumers.batches import OUTAGES, Place, Worked, work_batch
from core.consumers.configuration import EARLIEST, ConsumerSettings
from core.consumers.messages import Message, MessageKind, kind_of
from core.consumers.queries import places_of
from core.kafka import kafka_connection
from core.models import ConsumedPartition
from core.stopping import Stop

logger = structlog.get_logger("consumers")

LOOK = 5.0
"""Seconds between two looks at the rows: somebody may have moved a partition of which nothing comes."""

_ASKED_WITHIN = 10.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_GLANCE = 0.5
_PLACE_LOST = KafkaError._AUTO_OFFSET_RESET  # noqa: SLF001 - the library has no other name for it
_ADVICE = "Kafka has no message there: {}. What was between is lost; move the partition to where it is to go on."


class TopicConsumer:
    """One member of a consumer's group, of one thread."""

    def __init__(self, settings: ConsumerSettings, stop: Stop, kind: MessageKind | None = None) -> None:
        self._settings = settings
        self._stop = stop
        self._kind = kind or kind_of(settings.kind)
        self._places: dict[int, Place] = {}
        self._lost: dict[int, str] = {}
        self._failures = 0
        self._postponed: list[Message] = []
        self._looked = time.monotonic()
        self._kafka = Consumer(
            {
                **kafka_connection(settings.address, settings.options),
                "group.id": f"quartermaster.{settings.name}",
                "enable.auto.commit": False,
                "enable.auto.offset.store": False,
                # Where it goes on is always told; where Kafka has nothing there, somebody is to know.
                "auto.offset.reset": "error",
                "isolation.level": "read_committed",
                "session.timeout.ms": 10_000,
            }
        )

    def join(self) -> None:
        """Take the share of the partitions that the group gives it."""
        self._kafka.subscribe([self._settings.path], on_assign=self._begin, on_revoke=self._end)

    def run(self, told: Callable[[Worked], None] = lambda _worked: None) -> None:
        """Until it is asked to stop; the batch at work is finished before."""
        self.join()
        try:
            while not self._stop.asked:
                worked = self.take_batch()
                if worked is not None:
                    told(worked)
        finally:
            self._kafka.close()

    def take_batch(self) -> Worked | None:
        """Take and work a batch, or the one that was postponed; None when none came, or it is postponed."""
        messages = self._postponed or self._take()
        close_old_connections()
        try:
            worked = self._work(messages) if messages else None
            self._look()
        except OUTAGES as error:
            self._wait(messages, error)
            return None
        self._failures, self._postponed = 0, []
        return worked

    def close(self) -> None:
        self._kafka.close()

    @property
    def partitions(self) -> set[int]:
        """Those that it has now."""
        return set(self._places)

    def _take(self) -> list[Message]:
        taken = []
        each: Any
        for each in self._kafka.consume(self._settings.batch, timeout=self._settings.wait):
            error = each.error()
            if error is None:
                taken.append(Message(each.topic(), each.partition(), each.offset(), each.key(), each.value()))
            else:
                self._note(error, each.partition())
        return [message for message in taken if message.partition in self._places]

    def _note(self, error: KafkaError, partition: int) -> None:
        if error.code() == _PLACE_LOST:
            self._lost[partition] = _ADVICE.format(error.str())
            logger.error("partition_stuck", **self._named(partition), reason=error.str())
        else:
            reason = self._settings.without_secrets(error.str())
            logger.warning("kafka_failed", consumer=self._settings.name, reason=reason)

    def _work(self, messages: Sequence[Message]) -> Worked:
        began = time.perf_counter()
        ends = {number: self._end_of(number) for number in {each.partition for each in messages}}
        worked = work_batch(self._settings.name, self._kind, messages, dict(self._places), ends)
        logger.info(
            "batch_worked", consumer=self._settings.name, topic=self._settings.path, done=worked.done,
            refused=worked.refused, skipped=worked.skipped, ms=round((time.perf_counter() - began) * 1000, 1),
            behind=sum(max(end - worked.places[number].next_offset, 0) for number, end in ends.items()),
        )  # fmt: skip
        self._follow(worked.places)
        return worked

    def _follow(self, places: Mapping[int, Place]) -> None:
        """Go on where the rows say, which others may have moved."""
        moved = [number for number, place in places.items() if place.repositions != self._places[number].repositions]
        self._places |= places
        for number in moved:
            self._lost.pop(number, None)
            logger.info("partition_moved", **self._named(number), next_offset=places[number].next_offset)
        if moved:
            self._assign(self._kafka)

    def _look(self) -> None:
        if time.monotonic() - self._looked < LOOK:
            return
        self._looked = time.monotonic()
        self._follow(places_of(self._settings.name, self._settings.path, self._places))
        rows = ConsumedPartition.objects.filter(consumer=self._settings.name, topic=self._settings.path)
        for number in self._places:
            rows.filter(partition=number).update(
                end_offset=self._end_of(number), seen_at=timezone.now(), last_error=self._lost.get(number, "")
            )

    def _wait(self, messages: list[Message], error: BaseException) -> None:
        """The batch is kept for the next try; this consumer stays in its group during the pause."""
        self._failures += 1
        pause = random.uniform(0, min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**self._failures))  # noqa: S311 - no secret
        logger.warning(
            "batch_postponed", consumer=self._settings.name, messages=len(messages), pause=round(pause, 2),
            reason=f"{type(error).__name__}: {error}",
        )  # fmt: skip
        self._postponed = messages
        self._pause(pause)

    def _pause(self, seconds: float) -> None:
        """A rebalance meanwhile empties what is postponed: whoever has its partitions then begins with it."""
        held = self._kafka.assignment()
        self._kafka.pause(held)
        ends = time.monotonic() + seconds
        while not self._stop.asked and (left := ends - time.monotonic()) > 0:
            self._kafka.poll(min(left, _GLANCE))
        with suppress(KafkaException):  # those that another consumer has by now
            self._kafka.resume(held)

    def _assign(self, kafka: Any) -> None:
        """All partitions, from their places on. Not by seek(), which a partition refuses that has lost its place."""
        topic = self._settings.path
        kafka.assign([TopicPartition(topic, number, place.next_offset) for number, place in self._places.items()])

    def _begin(self, kafka: Any, partitions: list[TopicPartition]) -> None:
        """Kafka has given these to this consumer."""
        numbers = [each.partition for each in partitions]
        self._places = self._places_of(kafka, numbers)
        self._lost.clear()
        found = [
            TopicPartition(self._settings.path, number, self._places[number].next_offset) for number in self._places
        ]
        kafka.assign(found)
        logger.info("partitions_assigned", consumer=self._settings.name, partitions=sorted(self._places))

    def _places_of(self, kafka: Any, numbers: Sequence[int]) -> dict[int, Place]:
        """From the rows, which are made for partitions that were never begun. Waits until they are to be had."""
        failures = 0
        while not self._stop.asked:
            try:
                known = places_of(self._settings.name, self._settings.path, numbers)
                new = [number for number in numbers if number not in known]
                if new:
                    self._make(kafka, new)
                    known |= places_of(self._settings.name, self._settings.path, new)
                return known
            except (*OUTAGES, KafkaException) as error:
                failures += 1
                logger.warning("places_missed", consumer=self._settings.name, reason=str(error))
                self._stop.wait(min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**failures))
        return {}

    def _make(self, kafka: Any, numbers: Sequence[int]) -> None:
        rows = []
        for number in numbers:
            partition = TopicPartition(self._settings.path, number)
            low, high = kafka.get_watermark_offsets(partition, timeout=_ASKED_WITHIN)
            begin = low if self._settings.begin == EARLIEST else high
            row = ConsumedPartition(consumer=self._settings.name, topic=self._settings.path, partition=number)
            row.next_offset, row.end_offset, row.seen_at = begin, high, timezone.now()
            rows.append(row)
        ConsumedPartition.objects.bulk_create(rows, ignore_conflicts=True)

    def _end(self, _kafka: Any, _partitions: list[TopicPartition]) -> None:
        """They are another consumer's: what is at hand of them is left to the rows, which say what is worked."""
        self._places, self._postponed = {}, []

    def _end_of(self, number: int) -> int:
        """Where the partition ends, as far as this consumer was told."""
        _, high = self._kafka.get_watermark_offsets(TopicPartition(self._settings.path, number), cached=True)
        return max(int(high), 0)

    def _named(self, number: int) -> dict[str, Any]:
        return {"consumer": self._settings.name, "topic": self._settings.path, "partition": number}
