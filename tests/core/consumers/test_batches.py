"""A batch and its offsets are one: worked once, whoever comes again, and nothing holds up what is beside it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from structlog.testing import capture_logs

from core.consumers import batches
from core.consumers.batches import Place, Worked, work_batch
from core.consumers.messages import Message, MessageKind
from core.models import KEPT_BYTES, ConsumedPartition, Event, RefusedMessage
from tests.concurrency.racing import at_once
from tests.core.consumers.topics import THINGS, TOPIC, a_message, at, names, offsets, refusals
from tests.factories.core import a_partition
from tests.factories.watching import nothing_changes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def partitions() -> None:
    for number in (0, 1):
        a_partition(consumer="things", topic=TOPIC, partition=number, next_offset=5)


def worked(*messages: Message, known: Place | None = None, kind: MessageKind = THINGS) -> Worked:
    places = {number: known or at(5) for number in (0, 1)}
    return work_batch("things", kind, messages, places, {0: 100, 1: 200})


def test_a_batch_has_its_effects_and_moves_the_partitions_that_it_is_of() -> None:
    done = worked(a_message(5, "Ann"), a_message(7, "Bob"), a_message(9, "Cid", partition=1))
    assert done == Worked(3, 0, 0, {0: at(8), 1: at(10)})
    assert names() == ["Ann", "Bob", "Cid"]
    assert offsets() == {0: 8, 1: 10}
    assert dict(ConsumedPartition.objects.values_list("partition", "end_offset")) == {0: 100, 1: 200}
    causes = set(Event.objects.values_list("type", "actor_name", "request_id"))
    assert causes == {("client.created", "consumer things", "things-0-5")}


def test_what_was_worked_is_not_worked_again_by_anybody() -> None:
    worked(a_message(5, "Ann"), a_message(6, "Bob"))
    assert worked(a_message(5, "Ann"), a_message(6, "Bob"), a_message(7, "Cid")) == Worked(1, 0, 2, {0: at(8)})
    assert names() == ["Ann", "Bob", "Cid"]


@pytest.mark.parametrize("known", [at(5), at(9)])
def test_nothing_is_worked_of_a_partition_that_somebody_has_moved_by_hand(known: Place) -> None:
    ConsumedPartition.objects.update(next_offset=2, repositions=1)
    assert worked(a_message(9, "Ann"), known=known) == Worked(0, 0, 1, {0: at(2, 1)})
    assert (names(), offsets()[0]) == ([], 2)


BAD = [
    (b"no json", "not_json"),
    (b"\xff", "not_utf8"),
    (b'{"name": "A", "name": "B"}', "duplicate_key"),
    (b"[" * 40, "too_deep"),
    (b'"' + b"x" * 1024 * 1024 + b'"', "body_too_large"),
    (b"{}", "required"),
    (None, "no_value"),
    (b'{"name": "refused"}', "invalid_input"),
    (b'{"name": "bug"}', "failed"),
]


@pytest.mark.parametrize(("value", "code"), BAD)
def test_a_bad_message_is_kept_with_its_reason_and_those_beside_it_are_worked(value: bytes | None, code: str) -> None:
    with capture_logs():
        done = worked(a_message(5, "Ann"), a_message(6, value=value), a_message(7, "Bob"))
    assert (done.done, done.refused, offsets()[0]) == (2, 1, 8)
    kept = RefusedMessage.objects.get()
    assert (kept.offset, kept.code, bytes(kept.key), kept.size) == (6, code, b"key", len(value or b""))
    assert bytes(kept.value) == (value or b"")[:KEPT_BYTES]
    assert "secret" not in kept.reason
    assert names() == ["Ann", "Bob"]


def test_what_a_refused_message_had_done_before_it_was_refused_is_undone() -> None:
    with capture_logs() as logs:
        worked(a_message(5, "bug"))
    assert (names(), refusals()) == ([], [(5, "failed")])
    assert not Event.objects.exists()
    assert [(log["event"], log["offset"]) for log in logs] == [("message_failed", 5)]


def test_an_outage_leaves_all_as_it_was_for_the_next_try() -> None:
    with nothing_changes(), pytest.raises(OperationalError):
        worked(a_message(5, "Ann"), a_message(6, "outage"))
    assert worked(a_message(5, "Ann"), a_message(6, "Bob")).done == 2
    assert names() == ["Ann", "Bob"]


def test_what_the_commit_refuses_is_that_message_s_alone() -> None:
    """As a deferred constraint does."""

    def work(batch: Sequence[str], actor: Any) -> list[None]:
        refusals = THINGS.work(batch, actor)
        if "late" in batch:
            with connection.cursor() as cursor:
                cursor.execute("CREATE TEMP TABLE IF NOT EXISTS late (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
                cursor.execute("INSERT INTO late VALUES (1), (1)")
        return [None for _ in refusals]

    with capture_logs():
        done = worked(
            a_message(5, "Ann"), a_message(6, "late"), a_message(7, "Bob"), kind=MessageKind("x", THINGS.read, work)
        )
    assert (done.done, done.refused, refusals(), names()) == (2, 1, [(6, "failed")], ["Ann", "Bob"])


def test_two_consumers_that_have_a_partition_for_a_moment_work_each_message_once() -> None:
    messages = [a_message(5, "Ann"), a_message(6, "Bob")]
    at_once(*[lambda: worked(*messages)] * 4)
    assert (names(), offsets()[0]) == (["Ann", "Bob"], 7)


def test_without_the_lock_they_would_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: rows read without a lock, all before any of them has moved."""
    together = threading.Barrier(4)

    def read(consumer: str, messages: Sequence[Message]) -> dict[int, ConsumedPartition]:
        rows = ConsumedPartition.objects.filter(consumer=consumer, partition__in={each.partition for each in messages})
        found = {row.partition: row for row in rows}
        together.wait(10)
        return found

    monkeypatch.setattr(batches, "_lock", read)
    at_once(*[lambda: worked(a_message(5, "Ann"))] * 4)
    assert names() == ["Ann"] * 4


def test_a_batch_takes_as_many_statements_for_its_offsets_however_large() -> None:
    kind = MessageKind("x", THINGS.read, lambda batch, _: [None] * len(batch))
    with CaptureQueriesContext(connection) as small:
        worked(a_message(5, "Ann"), kind=kind)
    with CaptureQueriesContext(connection) as large:
        worked(*[a_message(number, "Ann") for number in range(6, 60)], kind=kind)
    assert len(small) == len(large) == 6
