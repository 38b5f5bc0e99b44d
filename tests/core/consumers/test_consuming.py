"""Topics consumed from librdkafka's own cluster: from where the database says, and each message once."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
from django.db import OperationalError
from structlog.testing import capture_logs

from core.consumers import batches
from core.consumers.actions import reposition_partition
from core.consumers.consuming import TopicConsumer
from core.models import ConsumedPartition
from core.stopping import Stop
from tests.core.children import ROOT, environment, wait_until
from tests.core.consumers.conftest import Send, Take, take_until
from tests.core.consumers.topics import a_consumer, a_topic, names, offsets, refusals
from tests.factories.core import ACTOR

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_topic_is_worked_from_its_beginning_and_each_message_once(brokers: str, send: Send, consuming: Take) -> None:
    topic = a_topic()
    send(topic, "Ann", "Bob")
    send(topic, "Cid", partition=1)
    settings = a_consumer(brokers, topic)
    first = consuming(settings, 0, 1, 2)
    take_until(first, lambda: len(names()) == 3)
    assert offsets() == {0: 2, 1: 1, 2: 0}
    first.close()
    send(topic, "Dan")
    again = consuming(settings, 0, 1, 2)
    take_until(again, lambda: offsets()[0] == 3)
    assert names() == ["Ann", "Bob", "Cid", "Dan"]


def test_one_bad_message_holds_up_nobody(brokers: str, send: Send, consuming: Take) -> None:
    topic = a_topic()
    send(topic, "Ann")
    send(topic, value=b"no json")
    send(topic, "Bob")
    take_until(consuming(a_consumer(brokers, topic), 0), lambda: offsets()[0] == 3)
    assert (names(), refusals()) == (["Ann", "Bob"], [(1, "not_json")])


def test_a_new_consumer_may_begin_with_what_comes_next(brokers: str, send: Send, consuming: Take) -> None:
    topic = a_topic()
    send(topic, "Ann")
    consumer = consuming(a_consumer(brokers, topic, "&from=latest"), 0)
    send(topic, "Bob")
    take_until(consumer, lambda: offsets()[0] == 2)
    assert names() == ["Bob"]


def test_a_database_that_is_away_loses_nothing(
    brokers: str, send: Send, consuming: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = a_topic()
    send(topic, "Ann", "Bob")
    failures = [OperationalError("server closed the connection"), OperationalError("could not serialize access")]
    work = batches.work_batch

    def fail(*args: object) -> object:
        if failures:
            raise failures.pop()
        return work(*args)  # type: ignore[arg-type]

    monkeypatch.setattr("core.consumers.consuming.work_batch", fail)
    monkeypatch.setattr("core.consumers.consuming._FIRST_PAUSE", 0.01)
    with capture_logs() as logs:
        consumer = consuming(a_consumer(brokers, topic), 0)
        take_until(consumer, lambda: len(names()) == 2)
        send(topic, "Cid")
        take_until(consumer, lambda: len(names()) == 3)
    assert [log["messages"] for log in logs if log["event"] == "batch_postponed"] == [2, 2]
    assert (names(), offsets()[0]) == (["Ann", "Bob", "Cid"], 3)


def test_a_partition_that_somebody_moves_back_goes_on_there(
    brokers: str, send: Send, consuming: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.consumers.consuming.LOOK", 0.0)
    topic = a_topic()
    send(topic, "Ann", "Bob")
    consumer = consuming(a_consumer(brokers, topic), 0)
    take_until(consumer, lambda: offsets()[0] == 2)
    reposition_partition(ConsumedPartition.objects.get(partition=0).pk, to=1, actor=ACTOR)
    take_until(consumer, lambda: offsets()[0] == 2 and len(names()) == 3)
    assert names() == ["Ann", "Bob", "Bob"]


def test_a_place_that_kafka_has_no_more_is_told_and_left_to_people(
    brokers: str, send: Send, consuming: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.consumers.consuming.LOOK", 0.0)
    topic = a_topic()
    send(topic, "Ann")
    first = consuming(a_consumer(brokers, topic), 0)
    take_until(first, lambda: offsets()[0] == 1)
    first.close()
    ConsumedPartition.objects.filter(partition=0).update(next_offset=50)
    stuck = ConsumedPartition.objects.stuck()
    with capture_logs():
        consumer = consuming(a_consumer(brokers, topic), 0)
        take_until(consumer, stuck.exists)
    row = stuck.get()
    assert "move the partition to where it is to go on" in row.last_error
    reposition_partition(row.pk, to=1, actor=ACTOR)
    send(topic, "Bob")
    take_until(consumer, lambda: offsets()[0] == 2)
    assert (names(), stuck.exists()) == (["Ann", "Bob"], False)


@pytest.mark.slow
def test_partitions_go_to_another_consumer_and_back_with_nothing_lost_or_doubled(
    brokers: str, send: Send, consuming: Take
) -> None:
    topic = a_topic()
    settings = a_consumer(brokers, topic, "&batch=3")
    sent = [f"n{number:02}" for number in range(40)]
    for number, name in enumerate(sent[:20]):
        send(topic, name, partition=number % 4)
    first = consuming(settings)
    second = consuming(settings)

    def share() -> bool:
        first.take_batch()
        second.take_batch()
        return len(first.partitions) == len(second.partitions) == 2

    take_until(first, share)
    for number, name in enumerate(sent[20:]):
        send(topic, name, partition=number % 4)
    take_until(first, lambda: bool(second.take_batch()) and len(names()) > 30)
    second.close()
    take_until(first, lambda: len(names()) == 40)
    assert names() == sent
    assert offsets() == {0: 10, 1: 10, 2: 10, 3: 10}


@pytest.mark.slow
def test_one_that_is_asked_to_stop_ends_after_its_batch(brokers: str, send: Send) -> None:
    topic, stop = a_topic(), Stop()
    send(topic, "Ann", "Bob")
    TopicConsumer(a_consumer(brokers, topic, "&batch=1"), stop).run(stop.ask)
    assert (names(), offsets()[0]) == (["Ann"], 1)


def killed_in_its_second_batch(brokers: str, topic: str, *how: str) -> None:
    command = [sys.executable, "-m", "tests.core.consumers.dying", brokers, topic, *how]
    assert subprocess.run(command, cwd=ROOT, env=environment(), timeout=60).returncode == -signal.SIGKILL
    assert offsets()[0] == 3


@pytest.mark.slow
def test_a_consumer_that_is_killed_between_work_and_commit_has_done_nothing_of_the_batch(
    brokers: str, send: Send, consuming: Take
) -> None:
    topic, sent = a_topic(), [f"n{number}" for number in range(9)]
    send(topic, *sent)
    killed_in_its_second_batch(brokers, topic)
    assert names() == sent[:3]
    take_until(consuming(a_consumer(brokers, topic), 0), lambda: offsets()[0] == 9)
    assert names() == sent


@pytest.mark.slow
def test_with_offsets_outside_of_the_transaction_it_would_do_the_batch_twice(
    brokers: str, send: Send, consuming: Take
) -> None:
    """The control."""
    topic, sent = a_topic(), [f"n{number}" for number in range(9)]
    send(topic, *sent)
    killed_in_its_second_batch(brokers, topic, "OUTSIDE")
    take_until(consuming(a_consumer(brokers, topic), 0), lambda: offsets()[0] == 9)
    assert names() == sorted([*sent, *sent[3:6]])


@pytest.mark.slow
def test_the_command_consumes_until_it_is_told_to_end(brokers: str, send: Send) -> None:
    topic = a_topic()
    send(topic, value=b"no json")
    named = environment(KAFKA_CONSUMERS=f"customers=kafka://{brokers}/{topic}")
    with subprocess.Popen([sys.executable, "manage.py", "consume_topics"], cwd=ROOT, env=named) as process:
        try:
            wait_until(lambda: refusals() == [(0, "not_json")])
        finally:
            process.terminate()
        assert process.wait(20) == 0
    assert offsets()[0] == 1
