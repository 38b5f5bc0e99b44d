"""Numbers of documents under racing threads: without gaps, whatever is rolled back, and each once.

The controls run with the protection off: then numbers are missing, or the database alone refuses one twice.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Max

from core.models import Client
from documents.actions import issue_credit_note, issue_invoice
from documents.models import Document, DocumentSeries
from orders.actions import Asked, refund_items
from orders.models import Order
from tests.concurrency.racing import at_once, race
from tests.factories.core import a_client, cause
from tests.factories.inventory import stock_up
from tests.factories.orders import ACTOR, TOTAL, UNITS, a_placed_order

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 12


class GivenUp(Exception):
    """What rolls an invoice back after it had its number."""


def orders_of(client: Client, count: int) -> list[Order]:
    stock_up({sku: quantity * count for sku, quantity in UNITS.items()})
    return [a_placed_order(client, stocked=False) for _ in range(count)]


def plant(order: Order, **fields: object) -> Document:
    return Document.objects.create(
        client_id=order.client_id, order=order, kind="invoice", year=2026, language="en", currency=order.currency,
        total=TOTAL, content={}, **{**cause(), **fields},
    )  # fmt: skip


def issue_and_give_up(order: Order) -> None:
    with transaction.atomic():
        plant(order)
        raise GivenUp


def numbers() -> list[int]:
    return sorted(Document.objects.values_list("number", flat=True))


def test_numbers_have_no_gaps_whatever_is_rolled_back_between() -> None:
    orders = orders_of(a_client(), 36)
    attempts = [
        partial(issue_and_give_up if position % 3 == 0 else plant, order) for position, order in enumerate(orders)
    ]

    outcomes = race(attempts, threads=THREADS)

    assert sum(isinstance(each, GivenUp) for each in outcomes) == 12
    assert numbers() == list(range(1, 25))
    assert DocumentSeries.objects.get().last_number == 24


def test_invoices_of_one_storefront_that_are_issued_at_once_are_numbered_one_after_the_other() -> None:
    orders = orders_of(a_client(), 24)
    outcomes = race([partial(issue_invoice, order.pk, actor=ACTOR) for order in orders], threads=THREADS)
    assert {type(each).__name__ for each in outcomes} == {"Document"}
    assert numbers() == list(range(1, 25))


def test_an_order_that_is_asked_for_its_invoice_and_its_note_by_many_has_one_of_each() -> None:
    (order,) = orders_of(a_client(), 1)
    invoices = race([partial(issue_invoice, order.pk, actor=ACTOR)] * THREADS, threads=THREADS)
    refund = refund_items(order.pk, asked=Asked(goodwill=5), reason="other", actor=ACTOR)
    noted = race([partial(issue_credit_note, order.pk, refund_id=refund.pk, actor=ACTOR)] * THREADS, threads=THREADS)
    assert len({each.pk for each in invoices if isinstance(each, Document)}) == 1
    assert len({each.pk for each in noted if isinstance(each, Document)}) == 1
    assert Document.objects.count() == 2


@pytest.fixture
def numbered_by_a_sequence() -> Iterator[None]:
    """The protection off: a number is the next of a sequence, which no rollback gives back."""
    with _numbered_by("NEW.number := nextval('numbers_of_a_test'); NEW.printed := NEW.number; RETURN NEW;"):
        yield


@pytest.fixture
def numbered_by_whoever_asks() -> Iterator[None]:
    """The protection off: a number is what the statement says."""
    with _numbered_by("NEW.printed := NEW.number; RETURN NEW;"):
        yield


class _numbered_by:  # noqa: N801 - used as a function
    def __init__(self, body: str) -> None:
        self.body = body

    def __enter__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgname LIKE 'pgtrigger_document_takes_its_number%'")
            (self.name,) = cursor.fetchone()
            cursor.execute(f"ALTER TABLE documents_document DISABLE TRIGGER {self.name}")
            cursor.execute("CREATE SEQUENCE numbers_of_a_test")
            cursor.execute(
                f"CREATE FUNCTION numbering_of_a_test() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN {self.body} END$$"
            )
            cursor.execute(
                "CREATE TRIGGER numbering_of_a_test BEFORE INSERT ON documents_document "
                "FOR EACH ROW EXECUTE FUNCTION numbering_of_a_test()"
            )

    def __exit__(self, *_: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER numbering_of_a_test ON documents_document")
            cursor.execute("DROP FUNCTION numbering_of_a_test()")
            cursor.execute("DROP SEQUENCE numbers_of_a_test")
            cursor.execute(f"ALTER TABLE documents_document ENABLE TRIGGER {self.name}")


def test_control_a_sequence_leaves_gaps(numbered_by_a_sequence: None) -> None:
    *given_up, kept = orders_of(a_client(), 5)
    race([partial(issue_and_give_up, order) for order in given_up], threads=4)
    plant(kept)
    assert numbers() == [5]


def number_by_reading(order: Order, both_read: threading.Barrier) -> None:
    with transaction.atomic():
        last = Document.objects.aggregate(last=Max("number"))["last"] or 0
        both_read.wait(10)
        plant(order, number=last + 1)


def test_control_without_the_counter_the_database_alone_refuses_a_number_twice(numbered_by_whoever_asks: None) -> None:
    both_read = threading.Barrier(2)
    outcomes = at_once(*[partial(number_by_reading, order, both_read) for order in orders_of(a_client(), 2)])
    (failed,) = [outcome for outcome in outcomes if outcome is not None]
    assert isinstance(failed, IntegrityError)
    assert "document_number_once" in str(failed)
    assert numbers() == [1]
