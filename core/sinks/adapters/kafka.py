"""Kafka by confluent-kafka: an idempotent producer; the subject's id is the key, so that its events stay in order."""

from __future__ import annotations

from functools import partial

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from core.events import Envelope
from core.kafka import kafka_connection
from core.sinks.adapters.base import CONFIRM_SECONDS, CONNECT_SECONDS, Batch, Unconfirmed
from core.sinks.cloudevents import CONTENT_TYPE, binary, structured
from core.sinks.configuration import STRUCTURED, SinkSettings

_MILLISECONDS = 1000


class Kafka:
    """`kafka://host:9092,other:9092/topic`; kafkas:// by TLS, with user and password by SASL.

    An event is confirmed when all replicas in sync have it. What the producer repeats by itself, the broker keeps once;
    a batch that is sent again after a failure or by another worker is there twice.
    """

    def __init__(self, settings: SinkSettings) -> None:
        self._structured = settings.mode == STRUCTURED
        self._topic = settings.path
        self._errors: list[str] = []
        self._producer = Producer({**_connection(settings), "error_cb": self._note})

    def send(self, batch: Batch) -> int:
        refused: dict[int, str] = {}
        confirmed: set[int] = set()
        self._errors.clear()
        for position, event in batch:
            value, headers = self._message(event)
            settle = partial(_settle, position, confirmed, refused)
            try:
                self._producer.produce(
                    self._topic, value, key=str(event.subject_id), headers=headers, on_delivery=settle
                )
            except KafkaException as error:  # as of one that is too large; what comes after it is to wait
                refused[position] = error.args[0].str()
                break
        self._producer.flush(CONFIRM_SECONDS)
        return self._end_of(batch, confirmed, refused)

    def close(self) -> None:
        """Nothing is waited for: what wasn't confirmed is sent again."""
        self._producer.purge()

    def _end_of(self, batch: Batch, confirmed: set[int], refused: dict[int, str]) -> int:
        last = None
        for position, _ in batch:
            if position not in confirmed:
                reason = refused.get(position) or " ".join(self._errors[-1:])
                raise Unconfirmed(reason or f"Nothing was confirmed for {CONFIRM_SECONDS:g} s.", confirmed=last)
            last = position
        return batch[-1][0]

    def _message(self, event: Envelope) -> tuple[bytes, dict[str, str | bytes | None]]:
        if self._structured:
            return structured(event), {"content-type": CONTENT_TYPE}
        attributes, content_type, data = binary(event, "ce_")
        return data, {**attributes, "content-type": content_type}

    def _note(self, error: KafkaError) -> None:
        """What the library tells of the connection while it tries again."""
        self._errors.append(error.str())


def _settle(position: int, confirmed: set[int], refused: dict[int, str], error: KafkaError | None, _: Message) -> None:
    if error is None:
        confirmed.add(position)
    else:
        refused[position] = error.str()


def _connection(settings: SinkSettings) -> dict[str, object]:
    return {
        **kafka_connection(settings.address, settings.options),
        "enable.idempotence": True,
        "compression.type": "lz4",
        "linger.ms": 5,
        "message.timeout.ms": int(CONFIRM_SECONDS * _MILLISECONDS),
        "socket.connection.setup.timeout.ms": int(CONNECT_SECONDS * _MILLISECONDS),
    }
