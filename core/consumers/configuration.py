"""KAFKA_CONSUMERS: which topics are consumed. Read with the settings, so that a mistake ends the start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.brokers import (
    Address,
    BadAddress,
    Option,
    named,
    needs_brokers_and_topic,
    number,
    one_of,
    read_options,
    require_library,
    require_name,
    split,
)
from core.kafka import EXTRA, LIBRARY, SASL, SCHEMES

EARLIEST, LATEST = "earliest", "latest"
LARGEST_BATCH = 1000
_OPTIONS = {
    "batch": Option(f"a number from 1 to {LARGEST_BATCH}", lambda text: number(text, 1, LARGEST_BATCH)),
    "wait": Option("milliseconds from 1 to 10000", lambda text: number(text, 1, 10_000)),
    "from": Option(f"{EARLIEST} or {LATEST}", lambda text: one_of(text, (EARLIEST, LATEST))),
    "sasl": SASL,
}


class BadConsumer(ValueError):
    """What is wrong with KAFKA_CONSUMERS, and how it is to be, in words."""


@dataclass(frozen=True)
class ConsumerSettings(Address):
    """A consumer as KAFKA_CONSUMERS has it; its `path` is the topic.

    `kind` is its kind of message, by its module. A batch is worked once it has `batch` messages, or after `wait`
    seconds. `begin` says where a partition is begun that it never saw.
    """

    kind: str
    batch: int
    wait: float
    begin: str
    options: Mapping[str, Any]


def parse_consumers(text: str, kinds: Mapping[str, str]) -> dict[str, ConsumerSettings]:
    """The consumers by name of `stock=kafka://host:9092/topic …`, or the same as JSON. `kinds` are the kinds of
    messages by the names of their consumers. Raises BadConsumer.
    """
    try:
        return {name: _consumer(name, url, kinds) for name, url in named(text)}
    except BadAddress as error:
        raise BadConsumer(str(error)) from None


def _consumer(name: str, url: object, kinds: Mapping[str, str]) -> ConsumerSettings:
    require_name(name)
    if name not in kinds:
        raise BadConsumer(f"{name!r} is no kind of message; there are {', '.join(sorted(kinds))}.")
    try:
        address = split(url)
        if address.scheme not in SCHEMES:
            raise BadAddress(f"it is consumed from {'://… or '.join(SCHEMES)}://… alone.")
        require_library(address.scheme, LIBRARY, EXTRA)
        needs_brokers_and_topic(address)
        read = read_options(address.query, _OPTIONS)
    except ValueError as error:
        raise BadConsumer(f"Consumer {name!r}: {error}") from None
    return ConsumerSettings(
        name=name,
        address=address,
        kind=kinds[name],
        batch=read.pop("batch", 500),
        wait=read.pop("wait", 500) / 1000,
        begin=read.pop("from", EARLIEST),
        options=read,
    )
