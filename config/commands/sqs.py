"""Commands from Amazon SQS: FIFO queues, so that commands of one group come one after the other."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

from config.commands.consuming import LineLost
from config.commands.messages import Message
from config.commands.table import QUEUES
from config.commands.working import shortened
from core.stopping import Stop

RECEIVES = 20
"""After so many SQS itself puts a message to the dead letters: for what kills its consumer before it can count."""

HIDDEN = 60
"""Seconds that a message is kept from others. Renewed while it is at work."""

LARGEST = 256 * 1024
"""Bytes of a message with its attributes."""

_LISTENS = 1
_ROOM_FOR_ATTRIBUTES = 8 * 1024
_queue_name = re.compile(r"[A-Za-z0-9_-]{1,75}(\.fifo)?").fullmatch


class SqsLine:
    """Receives from the queues in turn; while a message is at work a second thread keeps it from others."""

    def __init__(self, client: Any, prefix: str) -> None:
        self._client = client
        self._prefix = prefix
        self._urls: dict[str, str] = {}
        for queue in QUEUES:
            self._ensure(queue)
        self._turn = -1
        self._held: dict[str, Any] | None = None
        self._lock = threading.Lock()

    def next(self) -> Message | None:
        for _ in QUEUES:
            self._turn = (self._turn + 1) % len(QUEUES)
            message = self._receive(QUEUES[self._turn])
            if message is not None:
                self._hold(message)
                return message
        return None

    def reply(self, message: Message, reply: bytes) -> bool:
        url = self._find(_attribute(message.receipt, "ReplyTo"))
        if url is None:
            return False
        if len(reply) > LARGEST - _ROOM_FOR_ATTRIBUTES:
            reply = shortened(reply)
        correlation = _attribute(message.receipt, "CorrelationId")
        attributes = {"CorrelationId": _text(correlation)} if correlation else {}
        # Each delivery's reply is a message of its own, or one to a repeat would be taken for the first and dropped.
        once = f"{message.receipt['MessageId']}.{message.earlier}"
        self._send(url, reply.decode(), attributes, group=_group(message.receipt), once=once)
        return True

    def done(self, message: Message) -> None:
        self._let_go()
        with as_lost():
            self._client.delete_message(
                QueueUrl=self._urls[message.queue], ReceiptHandle=message.receipt["ReceiptHandle"]
            )

    def bury(self, message: Message, reason: str) -> None:
        attributes = {
            name: _text(value) for name in ("ReplyTo", "CorrelationId") if (value := _attribute(message.receipt, name))
        }
        attributes |= {"Reason": _text(reason), "Deliveries": _text(str(message.earlier + 1))}
        once, url = message.receipt["MessageId"], self._urls[dead_letters_of(message.queue)]
        self._send(url, message.receipt["Body"], attributes, group=_group(message.receipt), once=once)
        self.done(message)

    def again(self, message: Message, pause: float) -> None:
        self._let_go()
        with as_lost():
            self._client.change_message_visibility(
                QueueUrl=self._urls[message.queue],
                ReceiptHandle=message.receipt["ReceiptHandle"],
                VisibilityTimeout=round(pause),
            )

    def keep_held(self, ended: threading.Event) -> None:
        """Until it ended: renew for how long the message at work is kept from others."""
        while not ended.wait(HIDDEN / 3):
            with self._lock, suppress(LineLost), as_lost():
                if self._held is not None:
                    self._client.change_message_visibility(**self._held, VisibilityTimeout=HIDDEN)

    def _receive(self, queue: str) -> Message | None:
        with as_lost():
            answer = self._client.receive_message(
                QueueUrl=self._urls[queue],
                MaxNumberOfMessages=1,
                WaitTimeSeconds=_LISTENS,
                VisibilityTimeout=HIDDEN,
                AttributeNames=["ApproximateReceiveCount", "MessageGroupId"],
                MessageAttributeNames=["All"],
            )
        received = answer.get("Messages", [])
        return _read(queue, received[0]) if received else None

    def _hold(self, message: Message) -> None:
        with self._lock:
            self._held = {
                "QueueUrl": self._urls[message.queue], "ReceiptHandle": message.receipt["ReceiptHandle"]
            }  # fmt: skip

    def _let_go(self) -> None:
        with self._lock:
            self._held = None

    def _send(self, url: str, body: str, attributes: dict[str, Any], *, group: str, once: str) -> None:
        fifo = {"MessageGroupId": group, "MessageDeduplicationId": once} if url.endswith(".fifo") else {}
        with as_lost():
            self._client.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=attributes, **fifo)

    def _find(self, name: str) -> str | None:
        """The address of a queue of ours by its name; a sender names no address, which could be anybody's."""
        if not _queue_name(name):
            return None
        with as_lost():
            try:
                return str(self._client.get_queue_url(QueueName=name)["QueueUrl"])
            except self._client.exceptions.QueueDoesNotExist:
                return None

    def _ensure(self, queue: str) -> None:
        """Queues that somebody made already keep what they are set to."""
        dead = dead_letters_of(queue)
        self._urls[dead] = self._find(self._name(dead)) or self._create(dead, {})
        arn = self._attributes(self._urls[dead])["QueueArn"]
        redrive = orjson.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": RECEIVES}).decode()
        self._urls[queue] = self._find(self._name(queue)) or self._create(queue, {"RedrivePolicy": redrive})

    def _create(self, queue: str, attributes: dict[str, str]) -> str:
        fifo = {"FifoQueue": "true", "MessageRetentionPeriod": "1209600"}
        with as_lost():
            made = self._client.create_queue(QueueName=self._name(queue), Attributes={**fifo, **attributes})
        return str(made["QueueUrl"])

    def _attributes(self, url: str) -> dict[str, str]:
        with as_lost():
            told: dict[str, str] = self._client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        return told

    def _name(self, queue: str) -> str:
        return f"{self._prefix}{queue}.fifo"


def dead_letters_of(queue: str) -> str:
    """SQS takes no full stop in a name."""
    return f"{queue}_dead"


@contextmanager
def connect(url: str, prefix: str, _stop: Stop) -> Iterator[SqsLine]:
    """A line, with the queues made where they are not. `url`: sqs://<region>, with ?endpoint= where it isn't Amazon's.

    Raises LineLost.
    """
    import boto3  # an extra, which who uses RabbitMQ goes without

    parts = urlsplit(url)
    endpoint = parse_qs(parts.query).get("endpoint", [None])[0]
    with as_lost():
        client = boto3.client("sqs", region_name=parts.hostname, endpoint_url=endpoint)
        line = SqsLine(client, prefix)
    ended = threading.Event()
    keeper = threading.Thread(target=line.keep_held, args=(ended,), name="visibility", daemon=True)
    keeper.start()
    try:
        yield line
    finally:
        ended.set()
        keeper.join(1)


@contextmanager
def as_lost() -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError, OSError) as error:
        raise LineLost(f"{type(error).__name__}: {error}") from error


def _read(queue: str, received: dict[str, Any]) -> Message:
    return Message(
        queue,
        received["Body"].encode(),
        _attribute(received, "Authorization"),
        bool(_attribute(received, "ReplyTo")),
        int(received["Attributes"]["ApproximateReceiveCount"]) - 1,
        received,
    )


def _attribute(received: dict[str, Any], name: str) -> str:
    return str(received.get("MessageAttributes", {}).get(name, {}).get("StringValue", ""))


def _group(received: dict[str, Any]) -> str:
    return str(received["Attributes"].get("MessageGroupId", "commands"))


def _text(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}
