"""Which schemes EVENT_SINKS may have. A broker's library is imported once a sink of its kind is at work."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import cast

from django.utils.module_loading import import_string

from core.brokers import Option, needs_brokers_and_topic, needs_host, number, word, yes_or_no
from core.kafka import EXTRA, LIBRARY, SASL
from core.sinks.adapters.base import Adapter
from core.sinks.configuration import BINARY, STRUCTURED, Kind, SinkSettings, needs_fifo, needs_host_and_path

_YES_OR_NO = Option("yes or no", yes_or_no)
_RABBITMQ = Kind(
    adapter="core.sinks.adapters.rabbitmq.RabbitMQ",
    modes=(STRUCTURED, BINARY),
    check=needs_host,
    options={
        "queue": Option("the name of a queue to declare", word),
        "mandatory": _YES_OR_NO,
        "vhost": Option("the name of a virtual host", word),
    },
)
_REDIS = Kind(
    adapter="core.sinks.adapters.redis_streams.RedisStream",
    modes=(STRUCTURED, BINARY),
    check=needs_host_and_path("stream"),
    options={
        "maxlen": Option("how many events to keep, from 1 on", partial(number, least=1, most=10**12)),
        "db": Option("the number of a database", partial(number, least=0, most=10**6)),
    },
)

_KAFKA = Kind(
    adapter="core.sinks.adapters.kafka.Kafka",
    modes=(STRUCTURED, BINARY),
    check=needs_brokers_and_topic,
    options={"sasl": SASL},
    library=LIBRARY,
    extra=EXTRA,
)
_NATS = Kind(
    adapter="core.sinks.adapters.nats_jetstream.JetStream",
    modes=(STRUCTURED, BINARY),
    check=needs_host_and_path("subject"),
    options={"stream": Option("the name of a stream to make", word)},
    library="nats",
    extra="nats",
)
_ENDPOINT = Option("the URL of a server that stands for AWS", word)
_SQS = Kind(
    adapter="core.sinks.adapters.aws.Sqs",
    modes=(STRUCTURED,),
    check=needs_fifo,
    options={"endpoint": _ENDPOINT},
    library="boto3",
    extra="aws",
)
_SNS = replace(_SQS, adapter="core.sinks.adapters.aws.Sns")

KINDS = {
    "amqp": _RABBITMQ,
    "amqps": _RABBITMQ,
    "kafka": _KAFKA,
    "kafkas": _KAFKA,
    "nats": _NATS,
    "nats+tls": _NATS,
    "redis": _REDIS,
    "rediss": _REDIS,
    "sns": _SNS,
    "sqs": _SQS,
}


def connect(settings: SinkSettings) -> Adapter:
    """Raises whatever the broker's library does."""
    return cast("Adapter", import_string(settings.kind.adapter)(settings))
