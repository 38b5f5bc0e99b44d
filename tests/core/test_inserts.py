"""Rows of several models inserted in one statement are the rows that the ORM would have inserted."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from core.actors import Actor
from core.ids import new_id
from core.inserts import adopt, insert_last, insert_together
from core.models import Client, Event, IdempotencyRecord
from core.outbox import record
from core.transactions import UnitOfWorkError, action, unit_of_work
from orders.events import OrderPlaced
from orders.models import Order, OrderLine
from orders.payments.models import LedgerEntry
from tests.factories.core import CAUSE, EventFactory, a_client, cause
from tests.factories.orders import EmptyOrderFactory

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2026, 1, 31, 12, 0, 0, 123456, tzinfo=dt.UTC)


def an_unsaved_order(client: Client, **fields: Any) -> Order:
    given = {"currency": "EUR", "status": "placed", "version": 1, "created_at": NOON, **fields}
    return EmptyOrderFactory.build(client=client, **given)


def an_unsaved_event(order: Order, version: int = 1) -> Event:
    return EventFactory.build(subject_id=order.pk, version=version, data={"a": None})


@pytest.fixture
def client_() -> Client:
    return a_client("shop")


def test_every_value_arrives_as_it_was_given(client_: Client) -> None:
    order = an_unsaved_order(
        client_,
        email='ada"\\ü€@example.com',
        tags=["a b", 'c"d', "{}"],
        metadata={"deep": {"list": [1, None, "x"]}},
        shipping_address={"city": "Zürich"},
    )
    insert_together(order)
    stored = Order.objects.get(pk=order.pk)
    for field in Order._meta.concrete_fields:
        assert getattr(stored, field.attname) == getattr(order, field.attname), field.name


def test_rows_of_several_models_take_one_statement(client_: Client) -> None:
    order = an_unsaved_order(client_)
    entry = LedgerEntry(order=order, kind="charged", amount=5, **CAUSE)
    with CaptureQueriesContext(connection) as queries:
        insert_together(order, an_unsaved_event(order), entry, an_unsaved_event(order, 2))
    assert len(queries) == 1
    assert LedgerEntry.objects.get().order == order
    assert list(Event.objects.order_by("version").values_list("version", flat=True)) == [1, 2]


def test_an_instance_learns_what_the_database_gave_it_and_can_be_saved(client_: Client) -> None:
    orders = [an_unsaved_order(client_), an_unsaved_order(client_)]
    insert_together(*orders)
    assert [order.number for order in orders] == [Order.objects.get(pk=order.pk).number for order in orders]
    orders[0].email = "new@example.com"
    orders[0].save(update_fields=["email"])
    assert Order.objects.get(pk=orders[0].pk).email == "new@example.com"
    assert orders[0].stored_version == 1


def test_a_broken_constraint_refuses_every_row(client_: Client) -> None:
    first = an_unsaved_order(client_, external_ref="once")
    insert_together(first)
    second = an_unsaved_order(client_, external_ref="once")
    with pytest.raises(IntegrityError, match="order_ref_once_per_client"), transaction.atomic():
        insert_together(an_unsaved_event(second), second)
    assert not Event.objects.exists()
    assert Order.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_row_whose_foreign_key_is_missing_is_refused_at_commit(client_: Client) -> None:
    line = OrderLine(
        order_id=new_id(), variant_id=new_id(), position=1, sku="A", name="A", unit_price=1, total=1, quantity=1
    )
    with pytest.raises(IntegrityError):
        insert_together(line)
    assert not OrderLine.objects.exists()


def test_bytes_arrive_as_they_were_given(client_: Client) -> None:
    body = bytes(range(256))
    insert_together(IdempotencyRecord(client=client_, key="k", fingerprint="f", status=201, body=body))
    assert bytes(IdempotencyRecord.objects.get().body) == body


def test_nothing_to_insert_asks_nothing() -> None:
    with CaptureQueriesContext(connection) as queries:
        insert_together()
    assert len(queries) == 0


def test_adopted_rows_are_the_relation_s_own_and_nobody_reads_them_again(client_: Client) -> None:
    order = an_unsaved_order(client_)
    entries = [LedgerEntry(order=order, kind="charged", amount=amount, **cause()) for amount in (7, 5)]
    insert_together(order, *entries)
    with CaptureQueriesContext(connection) as queries:
        adopt(order, "ledger", entries)
        told = list(order.ledger.all())
    assert len(queries) == 0
    assert [id(entry) for entry in told] == [id(entry) for entry in entries]


def test_adopting_one_relation_leaves_another_as_it_was_loaded(client_: Client) -> None:
    order = an_unsaved_order(client_)
    insert_together(order)
    loaded = Order.objects.prefetch_related("lines").get()
    with CaptureQueriesContext(connection) as queries:
        adopt(loaded, "ledger", [])
        assert (list(loaded.lines.all()), list(loaded.ledger.all())) == ([], [])
    assert len(queries) == 0


def test_what_is_adopted_again_takes_the_place_of_what_was(client_: Client) -> None:
    order = an_unsaved_order(client_)
    first, second = [LedgerEntry(order=order, kind="charged", amount=amount, **cause()) for amount in (7, 5)]
    insert_together(order, first, second)
    adopt(order, "ledger", [first])
    adopt(order, "ledger", [first, second])
    assert list(order.ledger.all()) == [first, second]


class Taken(Exception):
    pass


@action
def make_order(client: Client, *, seen: list[bool], **fields: Any) -> Order:
    order = an_unsaved_order(client, version=0, **fields)
    insert_last(order, refusals={"order_ref_once_per_client": Taken})
    record(OrderPlaced(money={}), subject=order, actor=Actor.system("test"))
    seen.append(Order.objects.filter(pk=order.pk).exists())
    return order


@action
def make_clients(*names: str) -> None:
    insert_last(*(Client(name=name) for name in names), refusals={"another_constraint": Taken})


@pytest.mark.django_db(transaction=True)
class TestInsertLast:
    def test_rows_events_and_what_the_opener_adds_take_one_statement_before_the_commit(self, client_: Client) -> None:
        seen: list[bool] = []
        with CaptureQueriesContext(connection) as queries, unit_of_work():
            order = make_order(client_, seen=seen)
            insert_last(IdempotencyRecord(client=client_, key="k", fingerprint="f", status=201, body=b"{}"))
            assert order.is_new
        assert [query["sql"].split()[0] for query in queries] == ["BEGIN", "SELECT", "WITH", "COMMIT"]
        assert seen == [False]
        stored = Order.objects.get()
        assert (stored.pk, stored.version, stored.number) == (order.pk, 1, order.number)
        assert not order.is_new
        assert (order.stored_version, Event.objects.get().subject_id) == (1, order.pk)
        assert IdempotencyRecord.objects.get().key == "k"

    def test_a_refused_row_is_told_by_its_constraint_and_nothing_stays(self, client_: Client) -> None:
        first = make_order(client_, seen=[], external_ref="once")

        def again() -> None:
            with unit_of_work():
                make_order(client_, seen=[], external_ref="once")
                insert_last(IdempotencyRecord(client=client_, key="k", fingerprint="f", status=201, body=b"{}"))

        with pytest.raises(Taken) as caught:
            again()
        assert isinstance(caught.value.__cause__, IntegrityError)
        assert Order.objects.get().pk == first.pk
        assert Event.objects.get().subject_id == first.pk
        assert not IdempotencyRecord.objects.exists()

    def test_a_constraint_that_nobody_named_is_raised_as_it_is(self) -> None:
        with pytest.raises(IntegrityError):
            make_clients("North", "North")
        assert not Client.objects.exists()

    def test_outside_an_action_it_is_refused(self, client_: Client) -> None:
        with pytest.raises(UnitOfWorkError):
            insert_last(an_unsaved_order(client_))
        assert not Order.objects.exists()
