"""Commands by SQS, of moto's server, sent by boto3 alone."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from config.commands import sqs
from config.commands.consuming import LineLost, settle, take_one
from config.commands.sqs import SqsLine, connect
from config.commands.working import Outcome, work_on
from core.models import Client
from core.stopping import Stop
from orders.models import Order
from tests.config.commands.conftest import SCOPES
from tests.core.children import wait_until
from tests.factories.core import a_key
from tests.factories.inventory import stock_up
from tests.factories.orders import an_order, stock
from tests.factories.watching import nothing_changes

REGION = "eu-central-1"
ORDER = {"currency": "EUR", "lines": [{"sku": "A", "quantity": 3}]}
OWN = "own"
"""In place of the name of a queue: that of the sender."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def line(address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[SqsLine]:
    """Queues of the test's own."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "k")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    with connect(f"sqs://{REGION}?endpoint={address}", f"t{uuid.uuid4().hex[:8]}_", Stop()) as line:
        yield line


class Sender:
    def __init__(self, address: str, prefix: str, token: str) -> None:
        self._sqs: Any = boto3.client(
            "sqs", region_name=REGION, endpoint_url=address, aws_access_key_id="k", aws_secret_access_key="s"
        )
        self._prefix = prefix
        self._token = token
        self._replies_name = f"{prefix}replies"
        self.replies: str = self._sqs.create_queue(QueueName=self._replies_name)["QueueUrl"]

    def url(self, queue: str) -> str:
        return str(self._sqs.get_queue_url(QueueName=f"{self._prefix}{queue}.fifo")["QueueUrl"])

    def send(
        self, command: str, request_id: str, *, queue: str = "order_commands", reply_to: str = OWN, **members: Any
    ) -> None:
        self.send_raw(
            json.dumps({"command": command, "request_id": request_id, **members}), queue=queue, reply_to=reply_to
        )

    def send_raw(self, body: str, *, queue: str = "order_commands", reply_to: str = OWN) -> None:
        reply_to = self._replies_name if reply_to == OWN else reply_to
        attributes = {"Authorization": f"Bearer {self._token}", "ReplyTo": reply_to, "CorrelationId": "c-1"}
        self._sqs.send_message(
            QueueUrl=self.url(queue),
            MessageBody=body,
            MessageGroupId="g",
            MessageDeduplicationId=str(uuid.uuid4()),
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items() if value
            },
        )

    def reply(self) -> dict[str, Any]:
        message = self._take(self.replies)
        assert message is not None, "there is no reply"
        assert message["MessageAttributes"]["CorrelationId"]["StringValue"] == "c-1"
        told: dict[str, Any] = json.loads(message["Body"])
        return told

    def dead_letter(self) -> dict[str, Any] | None:
        return self._take(self.url("order_commands_dead"))

    def left(self) -> int:
        """Messages of the queue of commands, taken by somebody or not."""
        told = self._sqs.get_queue_attributes(QueueUrl=self.url("order_commands"), AttributeNames=["All"])["Attributes"]
        return int(told["ApproximateNumberOfMessages"]) + int(told["ApproximateNumberOfMessagesNotVisible"])

    def _take(self, url: str) -> dict[str, Any] | None:
        messages: list[dict[str, Any]] = self._sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"]).get(
            "Messages", []
        )
        for message in messages:
            self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return messages[0] if messages else None


@pytest.fixture
def sender(address: str, line: SqsLine, storefront: Client) -> Sender:
    return Sender(address, line._prefix, a_key(storefront, SCOPES)[1])


def test_a_repeated_command_acts_once_and_gets_the_same_reply(line: SqsLine, sender: Sender) -> None:
    stock_up({"A": 5})
    told = []
    for _ in range(2):
        sender.send("order.create", "r-1", data=ORDER)
        assert take_one(line)
        told.append(sender.reply())
    assert (told[0]["status"], told[0]["body"]["id"]) == (201, str(Order.objects.get().pk))
    assert (told[1], stock(), sender.left()) == (told[0], {"A": (5, 3)}, 0)


def test_requests_are_answered(line: SqsLine, sender: Sender) -> None:
    sender.send("order.list", "r-1", queue="order_requests")
    assert take_one(line)
    assert sender.reply()["body"] == {"results": [], "next": None, "previous": None}


def test_a_refusal_is_told_and_is_no_dead_letter(line: SqsLine, sender: Sender, storefront: Client) -> None:
    order = an_order("shipped", storefront)
    sender.send("order.cancel", "r-1", order_id=str(order.pk), data={"reason": "No"})
    with nothing_changes():
        take_one(line)
    assert (sender.reply()["status"], sender.dead_letter(), sender.left()) == (409, None, 0)


@pytest.mark.parametrize("reply_to", ["", "no-such-queue", "http://127.0.0.1:9/queue"])
def test_one_that_nobody_can_be_told_is_a_dead_letter(
    line: SqsLine, sender: Sender, storefront: Client, reply_to: str
) -> None:
    order = an_order("shipped", storefront)
    sender.send("order.cancel", "r-1", order_id=str(order.pk), data={"reason": "No"}, reply_to=reply_to)
    take_one(line)
    letter = sender.dead_letter()
    assert letter is not None
    assert letter["MessageAttributes"]["Reason"]["StringValue"].startswith("The API answered 409 operation_refused: ")
    assert sender.left() == 0


def test_what_is_no_command_is_a_dead_letter_with_the_reason_and_without_the_key(line: SqsLine, sender: Sender) -> None:
    sender.send_raw("{")
    take_one(line)
    letter = sender.dead_letter()
    assert letter is not None
    assert set(letter["MessageAttributes"]) == {"Reason", "Deliveries", "ReplyTo", "CorrelationId"}
    assert letter["MessageAttributes"]["Reason"]["StringValue"].startswith("It is no command. The body is not JSON")
    assert (letter["Body"], sender.reply()["status"], sender.left()) == ("{", 400, 0)


def test_a_message_that_is_to_be_tried_again_counts_its_deliveries(line: SqsLine, sender: Sender) -> None:
    stock_up({"A": 5})
    sender.send("order.create", "r-1", data=ORDER)
    first = line.next()
    assert first is not None
    settle(line, first, Outcome(pause=0))
    again = line.next()
    assert again is not None
    assert (first.earlier, again.earlier) == (0, 1)
    settle(line, again, work_on(again))
    assert sender.reply()["status"] == 201


def test_a_message_at_work_is_kept_from_others_as_long_as_that_takes(
    line: SqsLine, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqs, "HIDDEN", 1)
    sender.send("order.list", "r-1")
    message = line.next()
    assert message is not None
    ended = threading.Event()
    keeper = threading.Thread(target=line.keep_held, args=(ended,))
    keeper.start()
    assert [line._receive("order_commands") for _ in range(2)] == [None, None]  # each listens for a second
    ended.set()
    keeper.join()
    line._let_go()
    wait_until(lambda: line._receive("order_commands") is not None)


def test_the_queue_has_a_last_resort(line: SqsLine) -> None:
    policy = json.loads(line._attributes(line._urls["order_commands"])["RedrivePolicy"])
    assert policy["maxReceiveCount"] == sqs.RECEIVES
    assert policy["deadLetterTargetArn"].endswith("order_commands_dead.fifo")


def test_a_reply_that_is_too_long_tells_what_was_done(line: SqsLine, sender: Sender) -> None:
    sender.send("order.list", "r-1")
    message = line.next()
    assert message is not None
    long = {"request_id": "r-1", "ok": True, "status": 200, "etag": None, "retry_after": None, "body": "x" * 300_000}
    settle(line, message, Outcome(json.dumps(long).encode()))
    assert sender.reply() == {**long, "body": None, "body_too_large": True}


def test_a_broker_that_does_not_answer_is_a_lost_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "k")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(LineLost), connect(f"sqs://{REGION}?endpoint=http://127.0.0.1:9", "", Stop()):
        pass
