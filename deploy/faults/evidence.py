"""What is found after a run: in the database, and with all whom the product told something."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes
from email.header import decode_header, make_header
from io import StringIO
from typing import Any
from urllib.parse import urlsplit

import amqp
import redis
from django.core.management import CommandError, call_command
from django.db import connection

from deploy.fakes.gateway import Books
from deploy.faults.lives import Life
from deploy.faults.shop import HEARD, Shop
from deploy.faults.system import SINKS_NAME, Beside

_LIVES = """
    SELECT o.external_ref, o.id::text, o.status,
        (SELECT count(*) FROM shipping_shipment s WHERE s.order_id = o.id AND s.status <> 'cancelled')
    FROM orders_order o WHERE o.client_id = %s"""
_EVENTS = """
    SELECT e.id::text, e.type, e.subject_id::text, e.version, e.client_id IS NOT DISTINCT FROM %s, l.position
    FROM core_event e LEFT JOIN core_logentry l ON l.event_id = e.id ORDER BY l.position"""
_STOCK = "SELECT sum(on_hand)::int, sum(reserved)::int FROM inventory_stocklevel"
_UNCERTAIN = "SELECT id::text FROM core_message WHERE status = 'uncertain'"


@dataclass(frozen=True)
class Order:
    """A row of an order, with how many shipments it has."""

    ref: str
    pk: str
    status: str
    shipments: int


@dataclass(frozen=True)
class Recorded:
    """An event as the database has it. `is_heard`: endpoints are told of it."""

    pk: str
    subject: str
    version: int
    position: int | None
    is_heard: bool


@dataclass(frozen=True)
class Heard:
    """An event as somebody was told it; not taken: it was answered with a failure."""

    pk: str
    subject: str
    version: int
    is_taken: bool = True
    is_verified: bool = True


@dataclass(frozen=True)
class Mail:
    message_id: str
    to: str
    subject: str


@dataclass(frozen=True)
class Asked:
    """A call that the gateway carried out, once for all repetitions under its key."""

    order: str
    kind: str
    amount: int
    outcome: str


@dataclass
class Evidence:
    """`stock` is (on hand, reserved), `verified` what the product's own check says."""

    lives: Sequence[Life]
    orders: list[Order]
    mails: list[Mail]
    uncertain: set[str]
    """Ids of the e-mails of which the product itself says that nobody knows whether they were sent."""
    asked: list[Asked]
    stock: tuple[int, int]
    events: list[Recorded]
    receivers: list[list[Heard]]
    """The last one failed."""
    sinks: Mapping[str, list[Heard]]
    verified: str = ""
    verified_well: bool = True
    open: Mapping[str, int] = field(default_factory=dict)
    """What is not done in time, in words, and how much of it."""


def gather(lives: Sequence[Life], shop: Shop, around: Beside, left: Mapping[str, int]) -> Evidence:
    receivers, sinks = [receiver.requests() for receiver in around.receivers], _sinks(around)
    # Where not all is done in time, the database, read afterwards, knows whatever they were told.
    verified, verified_well = _verified()
    on_hand, reserved = next(iter(_rows(_STOCK)))
    return Evidence(
        lives=lives,
        orders=[Order(*row) for row in _rows(_LIVES, shop.client)],
        mails=[_mail(raw) for raw in around.mail.raw],
        uncertain={row[0] for row in _rows(_UNCERTAIN)},
        asked=list(_asked(around.gateway.books)),
        stock=(on_hand, reserved),
        events=[_recorded(*row) for row in _rows(_EVENTS, shop.client)],
        receivers=[[_webhook(each) for each in requests] for requests in receivers],
        sinks=sinks,
        verified=verified,
        verified_well=verified_well,
        open=left,
    )


def _rows(statement: str, *values: uuid.UUID) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _recorded(pk: str, kind: str, subject: str, version: int, is_ours: bool, position: int | None) -> Recorded:
    return Recorded(pk, subject, version, position, is_ours and kind.startswith(HEARD))


def _verified() -> tuple[str, bool]:
    said = StringIO()
    try:
        call_command("verify", stdout=said)
    except CommandError:
        return said.getvalue().strip(), False
    return said.getvalue().strip(), True


def _mail(raw: bytes) -> Mail:
    mail = message_from_bytes(raw)
    message_id, to, subject = (str(make_header(decode_header(mail[name]))) for name in ("Message-ID", "To", "Subject"))
    return Mail(str(uuid.UUID(message_id.strip("<>").partition("@")[0])), to, subject)


def _asked(books: Books) -> Iterator[Asked]:
    for key, call in books.calls.items():
        yield Asked(call["order_id"], call["kind"], call["amount"], books.answers[key]["outcome"])


def _webhook(request: Mapping[str, Any]) -> Heard:
    """Its id is the one in the header, by which receivers tell repetitions."""
    body = json.loads(request["body"])
    is_verified = request["verified"] and request["id"] == body["id"]
    return Heard(str(request["id"]), body["subject"], int(body["sequence"]), request["does"] == "ok", is_verified)


def _sinks(around: Beside) -> dict[str, list[Heard]]:
    found = {"Redis stream": _stream()}
    return found if around.rabbitmq is None else {**found, "RabbitMQ": _queue(around.rabbitmq.url)}


def _stream() -> list[Heard]:
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        entries: Any = client.xrange(SINKS_NAME)
        return [_of_sink(fields[b"event"]) for _, fields in entries]


def _queue(url: str) -> list[Heard]:
    address, found = urlsplit(url), []
    with amqp.Connection(host=f"{address.hostname}:{address.port}") as client:
        channel = client.channel()
        while (message := channel.basic_get(SINKS_NAME, no_ack=True)) is not None:
            found.append(_of_sink(message.body))
    return found


def _of_sink(body: bytes | str) -> Heard:
    event = json.loads(body)
    return Heard(event["id"], event["subject"], int(event["sequence"]))
