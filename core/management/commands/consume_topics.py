"""Consumes the topics of KAFKA_CONSUMERS until it is asked to stop, or tells how far their consumers are."""

from __future__ import annotations

import threading
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from core.consumers.configuration import ConsumerSettings
from core.consumers.queries import standings
from core.stopping import Stop


class Command(BaseCommand):
    help = (
        "Consume the topics of KAFKA_CONSUMERS, or of those consumers that are named, until SIGTERM. Run as many as "
        "are needed: Kafka shares the partitions out among them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help="of KAFKA_CONSUMERS; all of them without any")
        parser.add_argument("--lag", action="store_true", help="only tell how far behind each is")

    def handle(self, *, names: Sequence[str], lag: bool, **_options: Any) -> None:
        consumers = _named(names)
        if lag:
            self._tell(consumers)
        else:
            _consume(consumers)

    def _tell(self, consumers: Sequence[ConsumerSettings]) -> None:
        wanted = {each.name for each in consumers}
        for each in standings():
            if each.name in wanted:
                seen = f"{each.seen_at:%Y-%m-%d %H:%M:%S %Z}" if each.seen_at else "never"
                self.stdout.write(
                    f"{each.name}: {each.lag} behind, seen {seen}, {each.stuck} stuck, {each.refused} refused"
                )


def _named(names: Sequence[str]) -> list[ConsumerSettings]:
    known = settings.KAFKA_CONSUMERS
    unknown = [name for name in names if name not in known]
    if unknown or not known:
        there = ", ".join(known) or "none"
        raise CommandError(f"KAFKA_CONSUMERS has no {unknown[0]}; there are {there}." if unknown else _NONE)
    return [known[name] for name in names or known]


_NONE = "Set KAFKA_CONSUMERS to name=kafka://host:9092/topic, with spaces between several."


def _consume(consumers: Sequence[ConsumerSettings]) -> None:
    """Each in a thread of its own, so that none waits for another; when one ends by a fault, all end."""
    from core.consumers.consuming import TopicConsumer  # the library is an extra

    stop = Stop()
    faults: list[BaseException] = []

    def run(each: ConsumerSettings) -> None:
        try:
            TopicConsumer(each, stop).run()
        except BaseException as error:
            faults.append(error)
            stop.ask()

    with stop.on_signals():
        threads = [threading.Thread(target=run, args=(each,), name=each.name) for each in consumers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    if faults:
        raise faults[0]
