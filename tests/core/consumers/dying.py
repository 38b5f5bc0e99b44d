"""A consumer in a process of its own that dies between work and commit: python -m tests.core.consumers.dying BROKERS
TOPIC. With OUTSIDE it notes offsets after the commit, as consumers do that commit to Kafka, and dies before it has."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import django
from confluent_kafka import TopicPartition
from django.db import transaction


def main(brokers: str, topic: str, outside: bool) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from core.consumers import batches
    from core.consumers.consuming import TopicConsumer
    from core.stopping import Stop
    from tests.core.consumers.topics import a_consumer

    move, moved = batches._move, []

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def move_or_die(rows: Mapping[int, Any], due: Sequence[Any], ends: Mapping[int, int]) -> None:
        moved.append(due)
        if len(moved) < 2:
            move(rows, due, ends)
        elif outside:
            transaction.on_commit(die)
        else:
            move(rows, due, ends)
            die()

    batches._move = move_or_die
    consumer = TopicConsumer(a_consumer(brokers, topic, "&batch=3"), Stop())
    consumer._begin(consumer._kafka, [TopicPartition(topic, 0)])
    while True:
        consumer.take_batch()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], "OUTSIDE" in sys.argv)
