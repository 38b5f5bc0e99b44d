"""Sinks for tests, and a log to send them."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils import timezone

from core.brokers import needs_host
from core.ids import new_id
from core.models import Event, Sink
from core.relay import fan_out
from core.sinks.adapters import KINDS, Batch, Unconfirmed
from core.sinks.configuration import Kind, SinkSettings, parse_sinks
from tests.core.children import ROOT, environment

SUBJECTS = 3


class Remembering:
    """An adapter that keeps what it is sent, by the host of its address, and does what `behaviour` says."""

    sent: ClassVar[dict[str, list[tuple[int, uuid.UUID]]]] = {}
    closed: ClassVar[list[str]] = []

    def __init__(self, settings: SinkSettings) -> None:
        self.host = str(settings.address.hostname)
        if self.host == "down":
            raise ConnectionRefusedError("nobody listens at memory://ann:pa%20ss@down")

    def send(self, batch: Batch) -> int:
        kept = self.sent.setdefault(self.host, [])
        if self.host == "hangs":
            time.sleep(60)
        if self.host == "full-after-two":
            kept += [(position, event.id) for position, event in batch[:2]]
            raise Unconfirmed("full", confirmed=batch[1][0])
        kept += [(position, event.id) for position, event in batch]
        return batch[-1][0]

    def close(self) -> None:
        self.closed.append(self.host)


MEMORY = Kind(adapter="tests.core.sinks.sinks.Remembering", modes=("structured",), check=needs_host)


def a_sink_of(url: str, name: str = "test") -> SinkSettings:
    """As EVENT_SINKS would have it; `memory://` is Remembering's."""
    kinds: Mapping[str, Kind] = {**KINDS, "memory": MEMORY}
    return parse_sinks(f"{name}={url}", kinds)[name]


def logged(count: int, type_: str = "order.created", data: dict[str, Any] | None = None) -> list[Event]:
    """That many more events of three subjects, in the log; they are returned in its order."""
    subjects = [new_id() for _ in range(SUBJECTS)]
    versions = dict.fromkeys(subjects, 0)
    events = []
    for number in range(count):
        subject = subjects[number % SUBJECTS]
        versions[subject] += 1
        events.append(
            Event(
                type=type_,
                subject_type="order",
                subject_id=subject,
                version=versions[subject],
                data=data or {"number": number},
                actor_kind="system",
                actor_id="test",
                actor_name="test",
                request_id="r-1",
            )
        )
    Event.objects.bulk_create(events)
    while fan_out():
        pass
    return events


def die_after_the_second_batch(sink: SinkSettings) -> None:
    """A worker's process is killed between the broker's confirmation and the position moved; its lease runs out."""
    command = [sys.executable, "-m", "tests.core.sinks.dying", sink.address.geturl()]
    assert subprocess.run(command, cwd=ROOT, env=environment(), timeout=60).returncode == -signal.SIGKILL
    assert row().token is not None
    Sink.objects.update(lease_until=timezone.now())


def ids(events: list[Event]) -> list[str]:
    return [str(event.id) for event in events]


def row(name: str = "test") -> Sink:
    return Sink.objects.get(name=name)
