"""AWS SQS and SNS by boto3, FIFO: a subject's events in order, a repetition within five minutes kept once."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import unquote

import boto3
from botocore.config import Config

from core.events import Envelope
from core.sinks.adapters.base import CONFIRM_SECONDS, CONNECT_SECONDS, Batch, Unconfirmed
from core.sinks.cloudevents import CONTENT_TYPE, structured
from core.sinks.configuration import SinkSettings

_MOST, _LARGEST = 10, 256 * 1024
"""Messages and bytes that AWS takes at once."""

_OVERHEAD = 512
"""Bytes of a message beside its body: its attributes count, too."""


class _Fifo:
    """The body is the whole CloudEvent: a message of SQS has ten attributes at most, fewer than the binary mode needs.

    Keys stand in the address (`sqs://KEY:SECRET@region/…`), or are what boto3 finds: the machine's role.
    """

    service: str
    body: str
    """What the service calls a message's text."""

    def __init__(self, settings: SinkSettings) -> None:
        self._client: Any = boto3.client(
            self.service,
            region_name=settings.address.hostname,
            aws_access_key_id=unquote(settings.address.username or "") or None,
            aws_secret_access_key=unquote(settings.address.password or "") or None,
            endpoint_url=settings.options.get("endpoint"),
            config=Config(
                connect_timeout=CONNECT_SECONDS,
                read_timeout=CONNECT_SECONDS,
                # The worker tries again, from its position.
                retries={"total_max_attempts": 1},
            ),
        )

    def send(self, batch: Batch) -> int:
        """As far as it comes in the time that a batch may take."""
        until = time.monotonic() + CONFIRM_SECONDS - CONNECT_SECONDS
        confirmed = None
        for chunk in _chunks([(position, event, structured(event)) for position, event in batch]):
            if confirmed is not None and time.monotonic() > until:
                break
            try:
                answer = self._send([self._entry(number, event, body) for number, (_, event, body) in enumerate(chunk)])
            except Exception as error:
                raise Unconfirmed(f"{type(error).__name__}: {error}", confirmed=confirmed) from error
            failed = {int(entry["Id"]): entry for entry in answer.get("Failed", [])}
            for number, (position, _, _) in enumerate(chunk):
                if number in failed:
                    reason = f"{failed[number]['Code']}: {failed[number].get('Message', '')}"
                    raise Unconfirmed(reason, confirmed=confirmed)
                confirmed = position
        assert confirmed is not None  # noqa: S101 - a batch has one event at least
        return confirmed

    def close(self) -> None:
        self._client.close()

    def _entry(self, number: int, event: Envelope, body: bytes) -> dict[str, Any]:
        attributes = {"content-type": CONTENT_TYPE, "type": event.type}
        return {
            "Id": str(number),
            self.body: body.decode(),
            "MessageGroupId": str(event.subject_id),
            "MessageDeduplicationId": str(event.id),
            "MessageAttributes": {
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
            },
        }

    def _send(self, entries: Sequence[dict[str, Any]]) -> dict[str, Any]:
        raise NotImplementedError


class Sqs(_Fifo):
    """`sqs://eu-west-1/orders.fifo`."""

    service, body = "sqs", "MessageBody"

    def __init__(self, settings: SinkSettings) -> None:
        super().__init__(settings)
        self._queue = self._client.get_queue_url(QueueName=settings.path)["QueueUrl"]

    def _send(self, entries: Sequence[dict[str, Any]]) -> dict[str, Any]:
        answer: dict[str, Any] = self._client.send_message_batch(QueueUrl=self._queue, Entries=entries)
        return answer


class Sns(_Fifo):
    """`sns://eu-west-1/arn:aws:sns:eu-west-1:123456789012:orders.fifo`."""

    service, body = "sns", "Message"

    def __init__(self, settings: SinkSettings) -> None:
        super().__init__(settings)
        self._topic = settings.path

    def _send(self, entries: Sequence[dict[str, Any]]) -> dict[str, Any]:
        answer: dict[str, Any] = self._client.publish_batch(TopicArn=self._topic, PublishBatchRequestEntries=entries)
        return answer


def _chunks(messages: Sequence[tuple[int, Envelope, bytes]]) -> Iterator[list[tuple[int, Envelope, bytes]]]:
    """In order, each as large as AWS takes it."""
    chunk: list[tuple[int, Envelope, bytes]] = []
    size = 0
    for message in messages:
        more = len(message[2]) + _OVERHEAD
        if chunk and (len(chunk) == _MOST or size + more > _LARGEST):
            yield chunk
            chunk, size = [], 0
        chunk.append(message)
        size += more
    yield chunk
