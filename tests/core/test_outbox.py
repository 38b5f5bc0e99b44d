from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import ClassVar

import pytest

from core.actors import Actor
from core.events import DomainEvent
from core.models import Event, Versioned
from core.outbox import record
from core.request_ids import bind_request_id
from core.transactions import UnitOfWorkError, action
from inventory.models import Product
from orders.models import Order
from tests.factories.core import a_client
from tests.factories.orders import an_empty_order

pytestmark = pytest.mark.django_db

ACTOR = Actor("staff", "7", "alice")
THEN = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.timezone(dt.timedelta(hours=2)))


@dataclass(frozen=True)
class Happened(DomainEvent):
    type: ClassVar[str] = "test.happened"
    what: str
    who: uuid.UUID | None = None
    when: dt.datetime | None = None


@dataclass(frozen=True)
class Changed(DomainEvent):
    type: ClassVar[str] = "test.changed"
    schema_version: ClassVar[int] = 3


@action
def tell(order: Order, *what: str, fail: bool = False) -> Order:
    locked = Order.objects.locked().get(pk=order.pk)
    for each in what:
        record(Happened(each), subject=locked, actor=ACTOR)
    if fail:
        raise ValueError("no")
    return locked


@action
def tell_of_new(order: Order) -> None:
    record(Happened("made"), subject=order, actor=ACTOR)
    order.save(force_insert=True)
    record(Happened("more"), subject=order, actor=ACTOR)


@action
def tell_of_two(first: Order, second: Order) -> None:
    record(Happened("first"), subject=first, actor=ACTOR)
    record(Happened("second"), subject=second, actor=ACTOR)


@pytest.fixture
def order(db: None) -> Order:
    return an_empty_order()


def told(order: Order) -> list[tuple[int, str]]:
    rows = Event.objects.filter(subject_id=order.pk).order_by("version")
    return [(event.version, event.data["what"]) for event in rows]


def test_each_event_is_the_next_version_of_its_subject(order: Order) -> None:
    tell(order, "one", "two")
    locked = tell(order, "three")
    assert told(order) == [(1, "one"), (2, "two"), (3, "three")]
    assert (locked.version, Order.objects.get(pk=order.pk).version) == (3, 3)


def test_a_new_subject_is_told_of_before_and_after_it_is_inserted() -> None:
    order = Order(client=a_client(), currency="EUR")
    tell_of_new(order)
    assert told(order) == [(1, "made"), (2, "more")]
    assert Order.objects.get(pk=order.pk).version == 2


def test_two_subjects_have_versions_of_their_own(order: Order) -> None:
    other = an_empty_order()
    tell(order, "one")
    tell_of_two(Order.objects.get(pk=order.pk), other)
    assert told(order) == [(1, "one"), (2, "first")]
    assert told(other) == [(1, "second")]


def test_what_a_fact_changed_beside_its_subject_has_a_new_version_and_no_event(order: Order) -> None:
    other = an_empty_order()

    @action
    def tell_also() -> None:
        record(Happened("one"), subject=Order.objects.get(pk=order.pk), also=other, actor=ACTOR)

    tell_also()
    assert told(order) == [(1, "one")]
    assert told(other) == []
    assert list(Order.objects.order_by("pk").values_list("version", flat=True)) == [1, 1]


def test_a_failed_action_records_nothing_and_keeps_the_version(order: Order) -> None:
    with pytest.raises(ValueError, match="no"):
        tell(order, "one", fail=True)
    assert (told(order), Order.objects.get(pk=order.pk).version) == ([], 0)
    tell(order, "two")
    assert told(order) == [(1, "two")]


def test_nothing_is_recorded_outside_an_action(order: Order) -> None:
    with pytest.raises(UnitOfWorkError):
        record(Happened("one"), subject=order, actor=ACTOR)
    assert told(order) == []


def test_an_event_keeps_its_actor_its_request_and_its_data(order: Order) -> None:
    who = uuid.uuid4()

    @action
    def tell_all() -> None:
        record(Happened("one", who, THEN), subject=order, actor=ACTOR)

    with bind_request_id("abc-123"):
        tell_all()
    event = Event.objects.get(subject_id=order.pk)
    assert (event.actor_kind, event.actor_id, event.actor_name, event.request_id) == ("staff", "7", "alice", "abc-123")
    assert event.data == {"what": "one", "who": str(who), "when": "2026-01-02T01:04:05Z"}


def test_an_event_reads_as_a_cloudevent(order: Order) -> None:
    tell(order, "one")
    event = Event.objects.get(subject_id=order.pk)
    told_outside = event.envelope().as_cloudevent()
    assert told_outside == {
        "specversion": "1.0",
        "id": str(event.pk),
        "type": "test.happened",
        "source": "/orders",
        "subject": str(order.pk),
        "time": event.occurred_at.isoformat().replace("+00:00", "Z"),
        "sequence": "1",
        "datacontenttype": "application/json",
        "dataschema": "urn:quartermaster:event:test.happened:1",
        "clientid": str(order.client_id),
        "actor": "staff:7",
        "requestid": "",
        "data": {"what": "one", "who": None, "when": None},
    }


def test_an_event_names_the_owner_of_its_subject_and_the_version_of_its_schema(order: Order) -> None:
    @action
    def change(subject: Versioned) -> None:
        record(Changed(), subject=subject, actor=ACTOR)

    shared = Product.objects.create(name="Mug")
    change(order)
    change(shared)
    of_order, of_product = Event.objects.order_by("id")
    assert (of_order.client_id, of_order.schema_version) == (order.client_id, 3)
    assert (of_product.client_id, of_product.schema_version) == (None, 3)
    told_outside = of_product.envelope().as_cloudevent()
    assert told_outside["dataschema"] == "urn:quartermaster:event:test.changed:3"
    assert "clientid" not in told_outside


def test_the_name_of_the_actor_is_not_published(order: Order) -> None:
    tell(order, "one")
    event = Event.objects.get(subject_id=order.pk)
    assert event.actor_name == "alice"
    assert "alice" not in str(event.envelope().as_cloudevent())
