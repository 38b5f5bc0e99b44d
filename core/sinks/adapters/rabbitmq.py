"""RabbitMQ by py-amqp: a topic exchange, the event's type as routing key, publisher confirms for whole batches."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any
from urllib.parse import unquote

import amqp

from core.events import Envelope
from core.sinks.adapters.base import CONFIRM_SECONDS, CONNECT_SECONDS, Batch, Unconfirmed
from core.sinks.cloudevents import CONTENT_TYPE, binary, structured
from core.sinks.configuration import STRUCTURED, SinkSettings

EXCHANGE = "order_exchange"
_PREFIX = "cloudEvents:"
_HEARTBEAT = 30
"""Seconds; a connection is idle for a few at most, so that none has to be sent by hand."""

_PERSISTENT = 2


class RabbitMQ:
    """`amqp://user:password@host/exchange?queue=…&mandatory=yes`.

    A confirmation says that each queue the event was routed to has it: a quorum queue on most nodes' disks. An event
    that no queue is bound for is confirmed, too, and gone: the exchange is a place to listen at. With `mandatory`, one
    that nobody would get is a failure, and the sink waits.
    """

    def __init__(self, settings: SinkSettings) -> None:
        self._structured = settings.mode == STRUCTURED
        self._mandatory: bool = settings.options.get("mandatory", False)
        self._exchange = settings.path or EXCHANGE
        self._connection: Any = _connection(settings)
        self._connection.connect()
        self._channel = self._connection.channel()
        self._declare(settings.options.get("queue", ""))
        self._channel.confirm_select()
        self._tag = 0
        self._open: set[int] = set()
        self._refused: set[int] = set()
        self._returned: set[str] = set()
        self._channel.events["basic_ack"].add(self._on_ack)
        self._channel.events["basic_nack"].add(self._on_nack)
        self._channel.events["basic_return"].add(self._on_return)

    def send(self, batch: Batch) -> int:
        self._refused.clear()
        self._returned.clear()
        tags = [self._publish(event) for _, event in batch]
        self._wait()
        confirmed = None
        for tag, (position, event) in zip(tags, batch, strict=True):
            if str(event.id) in self._returned:
                raise Unconfirmed(f"No queue is bound to {self._exchange} for {event.type}.", confirmed=confirmed)
            if tag in self._refused:
                raise Unconfirmed(f"The broker refused event {event.id}; is a queue full?", confirmed=confirmed)
            confirmed = position
        return batch[-1][0]

    def close(self) -> None:
        with suppress(Exception):
            self._connection.close()

    def _declare(self, queue: str) -> None:
        """The exchange; with `queue`, a quorum queue of all events, whose rejected ones end in `<queue>.dead`."""
        self._channel.exchange_declare(self._exchange, "topic", durable=True, auto_delete=False)
        if not queue:
            return
        dead, quorum = f"{queue}.dead", {"x-queue-type": "quorum"}
        self._channel.exchange_declare(dead, "fanout", durable=True, auto_delete=False)
        self._channel.queue_declare(dead, durable=True, auto_delete=False, arguments=quorum)
        self._channel.queue_bind(dead, dead)
        arguments = {**quorum, "x-dead-letter-exchange": dead}
        self._channel.queue_declare(queue, durable=True, auto_delete=False, arguments=arguments)
        self._channel.queue_bind(queue, self._exchange, "#")

    def _publish(self, event: Envelope) -> int:
        """Returns its number among those of the channel, by which the broker answers."""
        headers: dict[str, str] = {}
        if self._structured:
            content_type, body = CONTENT_TYPE, structured(event)
        else:
            headers, content_type, body = binary(event, _PREFIX)
        message = amqp.Message(
            body,
            content_type=content_type,
            delivery_mode=_PERSISTENT,
            message_id=str(event.id),
            type=event.type,
            application_headers=headers,
        )
        self._tag += 1
        self._open.add(self._tag)
        self._channel.basic_publish(message, self._exchange, event.type, mandatory=self._mandatory)
        return self._tag

    def _wait(self) -> None:
        """Until each has its answer. Raises Unconfirmed when that takes too long."""
        until = time.monotonic() + CONFIRM_SECONDS
        while self._open:
            left = until - time.monotonic()
            if left <= 0:
                raise Unconfirmed(f"The broker confirmed nothing for {CONFIRM_SECONDS:g} s.")
            with suppress(TimeoutError):
                self._connection.drain_events(timeout=left)

    def _on_ack(self, tag: int, multiple: bool) -> None:
        self._open -= self._meant(tag, multiple)

    def _on_nack(self, tag: int, multiple: bool) -> None:
        refused = self._meant(tag, multiple)
        self._refused |= refused
        self._open -= refused

    def _meant(self, tag: int, multiple: bool) -> set[int]:
        return {each for each in self._open if each <= tag} if multiple else {tag}

    def _on_return(self, _error: Exception, _exchange: str, _key: str, message: amqp.Message) -> None:
        """Before the confirmation of what nobody gets."""
        self._returned.add(message.properties["message_id"])


def _connection(settings: SinkSettings) -> Any:
    address = settings.address
    port = address.port or (5671 if address.scheme == "amqps" else 5672)
    return amqp.Connection(
        host=f"{address.hostname}:{port}",
        userid=unquote(address.username or "guest"),
        password=unquote(address.password or "guest"),
        virtual_host=settings.options.get("vhost", "/"),
        ssl=address.scheme == "amqps",
        heartbeat=_HEARTBEAT,
        connect_timeout=CONNECT_SECONDS,
        read_timeout=CONFIRM_SECONDS,
        write_timeout=CONFIRM_SECONDS,
    )
