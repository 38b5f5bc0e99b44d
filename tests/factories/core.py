"""API clients, their keys and jobs, and what the outbox has of a subject."""

from __future__ import annotations

import itertools
import secrets
import uuid
from collections.abc import Sequence
from typing import Any, TypeVar

import orjson
from django.db.models import Model
from django.http import HttpResponse
from django.utils import timezone
from factory.declarations import LazyAttribute, LazyAttributeSequence, LazyFunction, SelfAttribute, SubFactory
from factory.django import DjangoModelFactory

from core.actors import Actor
from core.jobs.actions import open_job, queue_job
from core.models import ApiKey, Client, ClientKind, ConsumedPartition, Event, Job, RefusedMessage, Sink

ACTOR = Actor.system("test")

CAUSE: dict[str, Any] = {**Actor.system("test").columns(), "version": 1}
"""What a permanent row that a test plants says of its cause: the first event of its subject."""

_versions = itertools.count(100)


def cause() -> dict[str, Any]:
    """The same of an event that never was, another one each time."""
    return {**CAUSE, "version": next(_versions)}


def given(**fields: Any) -> dict[str, Any]:
    """The fields that aren't None; a factory fills in the others."""
    return {name: value for name, value in fields.items() if value is not None}


Row = TypeVar("Row", bound=Model)


class ActionFactory(DjangoModelFactory[Row]):
    """Makes its rows through an action of the product, which keeps true what must hold among them."""

    class Meta:
        abstract = True

    @classmethod
    def _create(cls, model_class: type[Row], *args: Any, **kwargs: Any) -> Row:  # noqa: ARG003
        return cls.act(*args, **kwargs)

    @classmethod
    def act(cls, *args: Any, **fields: Any) -> Row:
        raise NotImplementedError


class ClientFactory(DjangoModelFactory[Client]):
    class Meta:
        model = Client

    kind = ClientKind.STOREFRONT
    name = LazyAttributeSequence(lambda client, number: f"{client.kind} no. {number}")


class ApiKeyFactory(DjangoModelFactory[ApiKey]):
    """A key whose secret is "secret", made without an event, whether or not its scopes exist and fit."""

    class Meta:
        model = ApiKey

    client = SubFactory(ClientFactory)
    mode = SelfAttribute("client.mode")
    prefix = LazyFunction(lambda: secrets.token_hex(6))
    secret_sha256 = LazyFunction(lambda: ApiKey.digest("secret"))


class JobFactory(ActionFactory[Job]):
    class Meta:
        model = Job

    kind = "test"
    name = "orders.csv"
    client = SubFactory(ClientFactory)
    total = None

    @classmethod
    def act(cls, kind: str, client: Client, total: int | None, **fields: Any) -> Job:
        job = open_job(kind, client_id=client.pk, actor=ACTOR, **fields)
        return job if total is None else queue_job(job.pk, total=total, actor=ACTOR)


class EventFactory(DjangoModelFactory[Event]):
    """An event that no action recorded: without an outbox entry, of a subject that need not exist."""

    class Meta:
        model = Event

    type = "order.created"
    subject_type = "order"
    subject_id = LazyFunction(uuid.uuid4)
    version = 1
    actor_kind = "system"
    actor_id = "test"
    actor_name = "test"
    request_id = LazyAttribute(lambda event: f"request-{event.version}")


class SinkFactory(DjangoModelFactory[Sink]):
    class Meta:
        model = Sink

    name = LazyAttributeSequence(lambda _, number: f"sink{number}")


class ConsumedPartitionFactory(DjangoModelFactory[ConsumedPartition]):
    class Meta:
        model = ConsumedPartition

    consumer = "stock_levels"
    topic = LazyAttributeSequence(lambda _, number: f"topic{number}")
    partition = 0
    next_offset = 0


class RefusedMessageFactory(DjangoModelFactory[RefusedMessage]):
    class Meta:
        model = RefusedMessage

    partition = SubFactory(ConsumedPartitionFactory)
    offset = 0
    repositions = SelfAttribute("partition.repositions")
    code = "not_json"
    reason = "It is not JSON."
    value = b"?"
    size = LazyAttribute(lambda message: len(message.value))


def a_client(name: str = "", kind: str = ClientKind.STOREFRONT, **fields: Any) -> Client:
    return ClientFactory.create(kind=kind, **given(name=name or None), **fields)


def clients(count: int) -> list[Client]:
    return ClientFactory.create_batch(count)


def a_key(client: Client, scopes: Sequence[str]) -> tuple[ApiKey, str]:
    """A key of these scopes and its text."""
    key = ApiKeyFactory.create(client=client, scopes=sorted(set(scopes)))
    return key, f"{key.public_part}.secret"


def a_job(kind: str = "test", client: Client | None = None, *, total: int | None = None, **fields: Any) -> Job:
    """A job that waits for its file, or one that is queued if `total` says how much there is to do."""
    return JobFactory.create(kind=kind, total=total, **given(client=client), **fields)


def an_event(subject: uuid.UUID | None = None, version: int = 1, type_: str = "order.created") -> Event:
    """One that no action recorded."""
    return EventFactory.create(version=version, type=type_, **given(subject_id=subject))


def a_sink(name: str = "", **fields: Any) -> Sink:
    """How far a sink is that no worker has seen."""
    return SinkFactory.create(**given(name=name or None), **fields)


def a_failing_sink(name: str) -> Sink:
    now = timezone.now()
    return a_sink(name, failures=1, failing_since=now, next_try_at=now, last_error="ConnectionRefusedError: nobody")


def a_partition(**fields: Any) -> ConsumedPartition:
    """How far a consumer is that has worked nothing yet."""
    return ConsumedPartitionFactory.create(**fields)


def a_refused_message(**fields: Any) -> RefusedMessage:
    return RefusedMessageFactory.create(**fields)


def timeline(subject_id: uuid.UUID) -> list[str]:
    """The types of a subject's events, oldest first."""
    return list(Event.objects.filter(subject_id=subject_id).order_by("version").values_list("type", flat=True))


def read(response: HttpResponse, status: int = 200) -> Any:
    """The JSON of a response that has this status."""
    assert response.status_code == status, response.content
    return orjson.loads(response.content)
