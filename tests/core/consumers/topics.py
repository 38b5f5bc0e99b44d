"""A kind of message for tests, whose effect shows when it happens twice, and batches of it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from typing import Any

from django.db import OperationalError

from core.actors import Actor
from core.clients import create_client
from core.consumers.batches import Place
from core.consumers.configuration import ConsumerSettings, parse_consumers
from core.consumers.messages import Message, MessageKind, Refusals
from core.errors import DomainError, InvalidInput
from core.ids import new_id
from core.models import Client, ConsumedPartition, RefusedMessage
from core.transactions import part

TOPIC = "things"


def read(value: Any) -> str:
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        raise InvalidInput.at("/name", "required", "Write a name.")
    return str(value["name"])


def work(batch: Sequence[str], actor: Actor) -> Refusals:
    """Makes a client of each name, another one each time; some names are refused, or go wrong."""
    return [_make(name, actor) for name in batch]


def _make(name: str, actor: Actor) -> DomainError | None:
    try:
        with part():
            create_client(name=f"{name} {new_id()}", actor=actor)
            if name == "bug":
                raise ZeroDivisionError("a secret")
            if name == "outage":
                raise OperationalError("deadlock detected")
            if name == "refused":
                raise InvalidInput("Nobody is called so.")
    except InvalidInput as error:
        return error
    return None


THINGS = MessageKind("thing", read, work)
DOTTED = "tests.core.consumers.topics.THINGS"


def a_consumer(brokers: str, topic: str, options: str = "") -> ConsumerSettings:
    """As KAFKA_CONSUMERS would have it."""
    return parse_consumers(f"things=kafka://{brokers}/{topic}?wait=50{options}", {"things": DOTTED})["things"]


def a_message(offset: int, name: str | None = None, *, partition: int = 0, value: bytes | None = None) -> Message:
    body = value if name is None else json.dumps({"name": name}).encode()
    return Message(TOPIC, partition, offset, b"key", body)


def at(next_offset: int, repositions: int = 0) -> Place:
    return Place(next_offset, repositions)


def a_topic() -> str:
    return f"test-{secrets.token_hex(6)}"


def names() -> list[str]:
    """The names that had their effect, once for each time."""
    return sorted(name.rpartition(" ")[0] for name in Client.objects.values_list("name", flat=True))


def offsets() -> dict[int, int]:
    """The next offset of each partition."""
    return dict(ConsumedPartition.objects.values_list("partition", "next_offset"))


def refusals() -> list[tuple[int, str]]:
    return list(RefusedMessage.objects.order_by("offset").values_list("offset", "code"))
