"""Commands from RabbitMQ: quorum queues, publisher confirms, one message of each queue at a time."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import amqp
from kombu import Connection

from config.commands.consuming import LineLost
from config.commands.messages import Message
from config.commands.table import QUEUES
from core.stopping import Stop

HEARTBEAT = 20
"""Seconds after twice of which either end takes the other for dead."""

DELIVERY_LIMIT = 20
"""Of the queues, for what kills its consumer before it can count: twice what working.TRIES allows."""

_LISTENS = 1.0
_CONFIRMED_WITHIN = 10.0
_PERSISTENT = 2
_KEPT = ("content_type", "content_encoding", "correlation_id", "reply_to", "message_id", "timestamp", "type", "app_id")
"""Properties of a message that its dead letter has too. Of headers it has none: one of them is the key."""
_PATIENCE = {"connect_timeout": 5, "read_timeout": 20, "write_timeout": 20}


class RabbitLine:
    """py-amqp's connections are of one thread at a time, so each use of this one is under a lock: a second thread keeps
    the heartbeat while a command is at work."""

    def __init__(self, connection: Any, prefix: str, stop: Stop) -> None:
        self._lock = threading.Lock()
        self._stop = stop
        self._prefix = prefix
        self._connection = connection
        self._waiting: deque[Message] = deque()
        self._returned = False
        self._channel = connection.channel()
        self._channel.events["basic_return"].add(self._note_return)
        self._channel.basic_qos(0, 1, False)
        for queue in QUEUES:
            self._declare(queue)
            self._channel.basic_consume(
                prefix + queue, callback=lambda message, queue=queue: self._waiting.append(_read(queue, message))
            )

    def next(self) -> Message | None:
        if not self._waiting:
            self._drain(_LISTENS)
        return self._waiting.popleft() if self._waiting else None

    def reply(self, message: Message, reply: bytes) -> bool:
        properties = message.receipt.properties
        return self._publish(
            properties["reply_to"],
            amqp.Message(
                reply, content_type="application/json", delivery_mode=_PERSISTENT,
                **({"correlation_id": properties["correlation_id"]} if "correlation_id" in properties else {}),
            ),
        )  # fmt: skip

    def done(self, message: Message) -> None:
        with self._using():
            self._channel.basic_ack(message.receipt.delivery_tag)

    def bury(self, message: Message, reason: str) -> None:
        properties = {name: value for name, value in message.receipt.properties.items() if name in _KEPT}
        headers = {"reason": reason, "deliveries": message.earlier + 1}
        buried = amqp.Message(message.body, **properties, delivery_mode=_PERSISTENT, application_headers=headers)
        if not self._publish(f"{self._prefix}{message.queue}.dead", buried):
            raise LineLost(f"the queue {message.queue}.dead is gone")  # declared again with the next connection
        self.done(message)

    def again(self, message: Message, pause: float) -> None:
        self._stop.wait(pause)
        with self._using():
            # Of the two ways to say so, the one that every version of RabbitMQ counts as a delivery that failed.
            self._channel.basic_reject(message.receipt.delivery_tag, requeue=True)

    def keep_alive(self, ended: threading.Event) -> None:
        """Until it ended, or the connection."""
        with suppress(LineLost):
            while not ended.wait(HEARTBEAT / 4):
                self._drain(0.01)

    def _declare(self, queue: str) -> None:
        dead = f"{self._prefix}{queue}.dead"
        quorum = {"x-queue-type": "quorum"}
        self._channel.queue_declare(dead, durable=True, auto_delete=False, arguments=quorum)
        arguments = {
            **quorum, "x-delivery-limit": DELIVERY_LIMIT,
            "x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead,
        }  # fmt: skip
        self._channel.queue_declare(self._prefix + queue, durable=True, auto_delete=False, arguments=arguments)

    def _publish(self, queue: str, message: amqp.Message) -> bool:
        """Whether the broker has put it into a queue of that name."""
        with self._using():
            self._returned = False
            self._channel.basic_publish(
                message, exchange="", routing_key=queue, mandatory=True, confirm_timeout=_CONFIRMED_WITHIN
            )
            return not self._returned

    def _note_return(self, *_: Any) -> None:
        self._returned = True

    def _drain(self, seconds: float) -> None:
        """Read what the broker sends, heartbeats too, and send one when it is time."""
        with self._using():
            with suppress(TimeoutError):
                self._connection.drain_events(timeout=seconds)
            self._connection.heartbeat_tick()

    @contextmanager
    def _using(self) -> Iterator[None]:
        with self._lock, as_lost():
            yield


@contextmanager
def connect(url: str, prefix: str, stop: Stop) -> Iterator[RabbitLine]:
    """A line, with the queues declared and a heartbeat. Raises LineLost."""
    connection = Connection(url, heartbeat=HEARTBEAT, transport_options={"confirm_publish": True, **_PATIENCE})
    ended = threading.Event()
    heartbeat = None
    try:
        with as_lost():
            # What kombu gives as `connection` anew each time may be another one, which knows nothing of the channel.
            line = RabbitLine(connection.connect(), prefix, stop)
        heartbeat = threading.Thread(target=line.keep_alive, args=(ended,), name="heartbeat", daemon=True)
        heartbeat.start()
        yield line
    finally:
        ended.set()
        if heartbeat is not None:
            heartbeat.join(_LISTENS)
        with suppress(LineLost), as_lost():
            connection.release()


@contextmanager
def as_lost() -> Iterator[None]:
    try:
        yield
    except (amqp.exceptions.AMQPError, OSError) as error:
        raise LineLost(f"{type(error).__name__}: {error}") from error


def _read(queue: str, message: Any) -> Message:
    """Headers are their sender's to make, so that nothing is sure of them."""
    headers = {name.lower(): value for name, value in (message.properties.get("application_headers") or {}).items()}
    authorization, count = headers.get("authorization"), headers.get("x-delivery-count")
    return Message(
        queue,
        message.body if isinstance(message.body, bytes) else b"",  # of an empty one it is a text
        authorization if isinstance(authorization, str) else "",
        bool(message.properties.get("reply_to")),
        count if isinstance(count, int) else 0,
        message,
    )
