"""SQS and SNS FIFO, by moto's server; read by boto3."""

from __future__ import annotations

import json
import secrets
import socket
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from core.sinks.actions import reposition_sink
from core.sinks.adapters import aws
from core.sinks.configuration import SinkSettings
from core.sinks.working import work
from tests.core.sinks.sinks import a_sink_of, die_after_the_second_batch, ids, logged, row
from tests.factories.core import ACTOR

pytestmark = pytest.mark.django_db(transaction=True)

REGION = "eu-west-1"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host.replace('0.0.0.0', '127.0.0.1')}:{port}"  # noqa: S104
    server.stop()


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


@pytest.fixture
def sqs(endpoint: str) -> Any:
    return boto3.client("sqs", region_name=REGION, endpoint_url=endpoint)


@pytest.fixture
def queue(sqs: Any) -> str:
    """Its address."""
    name = f"test-{secrets.token_hex(6)}.fifo"
    url: str = sqs.create_queue(QueueName=name, Attributes={"FifoQueue": "true"})["QueueUrl"]
    return url


def a_sink(endpoint: str, queue: str, options: str = "") -> SinkSettings:
    return a_sink_of(f"sqs://KEY:a%2Fsecret@{REGION}/{queue.rpartition('/')[2]}?endpoint={endpoint}{options}")


def received(sqs: Any, queue: str) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    while True:
        answer = sqs.receive_message(
            QueueUrl=queue, MaxNumberOfMessages=10, AttributeNames=["All"], MessageAttributeNames=["All"]
        )
        if not answer.get("Messages"):
            return messages
        for message in answer["Messages"]:
            messages.append(message)
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])


def received_ids(sqs: Any, queue: str) -> list[str]:
    return [json.loads(message["Body"])["id"] for message in received(sqs, queue)]


def test_a_receiver_gets_every_event_once_in_order(endpoint: str, sqs: Any, queue: str) -> None:
    events = logged(45)
    assert work(a_sink(endpoint, queue)) == 45
    assert received_ids(sqs, queue) == ids(events)


def test_a_message_is_the_whole_event_in_the_group_of_its_subject(endpoint: str, sqs: Any, queue: str) -> None:
    [event] = logged(1)
    work(a_sink(endpoint, queue))
    [message] = received(sqs, queue)
    assert json.loads(message["Body"]) == event.envelope().as_cloudevent()
    assert message["Attributes"]["MessageGroupId"] == str(event.subject_id)
    assert message["Attributes"]["MessageDeduplicationId"] == str(event.id)
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert attributes == {"content-type": "application/cloudevents+json; charset=utf-8", "type": "order.created"}


def test_events_sent_again_at_once_are_there_once(endpoint: str, sqs: Any, queue: str) -> None:
    events = logged(5)
    work(a_sink(endpoint, queue))
    reposition_sink(row().pk, after=2, actor=ACTOR)
    assert work(a_sink(endpoint, queue)) == 3
    assert received_ids(sqs, queue) == ids(events)


def test_large_events_go_in_smaller_batches(endpoint: str, sqs: Any, queue: str) -> None:
    events = [logged(1, data={"blob": str(number) * 100_000})[0] for number in range(6)]
    assert work(a_sink(endpoint, queue)) == 6
    assert received_ids(sqs, queue) == ids(events)


def test_what_takes_too_long_is_left_to_the_next_batch(
    endpoint: str, sqs: Any, queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aws, "CONFIRM_SECONDS", 0.0)
    events = logged(25)
    assert work(a_sink(endpoint, queue)) == 25
    assert received_ids(sqs, queue) == ids(events)
    assert row().position == 25


@pytest.mark.slow
def test_after_a_kill_every_event_is_there_once(endpoint: str, sqs: Any, queue: str) -> None:
    events = logged(50)
    sink = a_sink(endpoint, queue, "&batch=20")
    die_after_the_second_batch(sink)
    assert row().position == 20
    assert work(sink) == 30
    assert received_ids(sqs, queue) == ids(events)


def test_a_topic_hands_every_event_to_its_queue_in_order(endpoint: str, sqs: Any, queue: str) -> None:
    sns = boto3.client("sns", region_name=REGION, endpoint_url=endpoint)
    topic = sns.create_topic(Name=f"test-{secrets.token_hex(6)}.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    raw = {"RawMessageDelivery": "true"}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=raw)
    events = logged(25)
    assert work(a_sink_of(f"sns://{REGION}/{topic}?endpoint={endpoint}")) == 25
    messages = received(sqs, queue)
    assert [json.loads(message["Body"])["id"] for message in messages] == ids(events)
    assert json.loads(messages[0]["Body"]) == events[0].envelope().as_cloudevent()
    assert messages[0]["Attributes"]["MessageGroupId"] == str(events[0].subject_id)


def test_a_queue_that_is_not_there_is_a_failure(endpoint: str) -> None:
    logged(1)
    assert work(a_sink(endpoint, "nobody.fifo")) == 0
    assert "QueueDoesNotExist" in row().last_error or "NonExistentQueue" in row().last_error
    assert row().position == 0


def test_a_server_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws, "CONNECT_SECONDS", 0.2)
    logged(1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert work(a_sink(f"http://127.0.0.1:{silent.getsockname()[1]}", "x.fifo")) == 0
    assert "Read timeout" in row().last_error
