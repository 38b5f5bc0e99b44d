"""Files of orders imported at once: each invoice becomes one order, and its units are received once."""

from __future__ import annotations

import io
import threading
from functools import partial
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

import pytest

from core.jobs.actions import open_job, queue_job
from core.jobs.kinds import Outcome
from core.jobs.running import run_job
from core.models import Client, Job, RejectedRow
from customers.models import Customer
from inventory.actions import NewVariant, StockItem, ensure_catalogue, receive
from inventory.models import StockLevel, StockMovement, Variant
from orders.actions import NewLine, NewOrder, place_order
from orders.errors import DuplicateReference
from orders.imports.kind import ORDER_IMPORT
from orders.imports.placing import Target, bring_in
from orders.imports.reading import Invoice, read_invoices
from orders.models import Order
from orders.statuses import PaymentTerms
from tests.concurrency.racing import at_once
from tests.factories.core import a_client
from tests.factories.inventory import a_location
from tests.factories.orders import ACTOR, assert_everything_adds_up, stock

pytestmark = pytest.mark.django_db(transaction=True)

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
INVOICES = 8
FILE = "\n".join(
    [HEADER]
    + [f"{number},{sku},N,{number},12-01-2010 09:00,2.50,9,UK" for number in range(1, INVOICES + 1) for sku in "ABC"]
)
UNITS = dict.fromkeys("ABC", (sum(range(1, INVOICES + 1)),) * 2)


def opened(at: int) -> BinaryIO:
    return io.BytesIO(FILE.encode()[at:])


def a_queued_job(client: Client) -> Job:
    options = {"location": "MAIN", "time_zone": "Europe/London"}
    job = open_job(ORDER_IMPORT, name="orders.csv", client_id=client.pk, actor=ACTOR, options=options)
    return queue_job(job.pk, total=INVOICES, actor=ACTOR)


def run(job: Job) -> Job:
    return run_job(job.pk, open_at=opened, actor=ACTOR)


def test_the_same_file_three_times_at_once_is_brought_in_once() -> None:
    a_location()
    client = a_client()

    outcomes = at_once(*[partial(run, a_queued_job(client)) for _ in range(3)])

    jobs = [outcome for outcome in outcomes if isinstance(outcome, Job)]
    assert [job.status for job in jobs] == ["finished"] * 3, outcomes
    assert sum(job.added for job in jobs) == INVOICES
    assert sum(job.unchanged for job in jobs) == 2 * INVOICES
    assert not RejectedRow.objects.exists()
    assert (Order.objects.count(), Customer.objects.count(), Variant.objects.count()) == (INVOICES, 1, 3)
    assert stock() == UNITS
    assert_everything_adds_up()


def test_files_of_two_storefronts_with_the_same_new_products_are_both_brought_in() -> None:
    a_location()

    outcomes = at_once(*[partial(run, a_queued_job(a_client())) for _ in range(2)])

    assert [(outcome.added, outcome.rejected) for outcome in outcomes if isinstance(outcome, Job)] == [
        (INVOICES, 0),
        (INVOICES, 0),
    ], outcomes
    assert stock() == {sku: (2 * units, 2 * units) for sku, (units, _) in UNITS.items()}
    assert_everything_adds_up()


def test_an_order_that_the_storefront_places_meanwhile_under_the_number_is_found_by_the_invoice() -> None:
    place = a_location()
    ids = ensure_catalogue([NewVariant(sku, "N", {"GBP": 250}) for sku in "ABC"], actor=ACTOR)
    for turn in range(5):
        client = a_client()
        receive([StockItem(variant, place.pk, 1) for variant in ids.values()], actor=ACTOR)
        target = Target(client.pk, place.pk, ACTOR)

        brought, placed = at_once(
            partial(bring_in, first_invoice(), target), partial(place_order, as_order(first_invoice()), **to(client))
        )

        assert isinstance(brought, Outcome), brought
        assert brought.added + isinstance(placed, Order) == 1, (brought, placed)
        if not brought.added:
            assert [row.code for row in brought.rejected] == ["order_exists"] * 3
        assert Order.objects.count() == turn + 1
    assert_everything_adds_up()


def test_control_receiving_what_was_short_a_moment_ago_receives_it_twice() -> None:
    place = a_location()
    client = a_client()
    ids = ensure_catalogue([NewVariant(sku, "N", {"GBP": 250}) for sku in "ABC"], actor=ACTOR)
    looked = threading.Barrier(2)

    def receive_then_place() -> Order:
        short = [StockItem(ids[line.sku], place.pk, line.quantity) for line in first_invoice().lines]
        assert not StockLevel.objects.exists()
        looked.wait(10)
        receive(short, actor=ACTOR)
        return place_order(as_order(first_invoice()), **to(client))

    outcomes = at_once(receive_then_place, receive_then_place)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["DuplicateReference", "Order"]
    assert any(isinstance(outcome, DuplicateReference) for outcome in outcomes)
    assert stock() == dict.fromkeys("ABC", (2, 1))
    assert StockMovement.objects.filter(kind="receive").count() == 6


def first_invoice() -> Invoice:
    (first, *_) = read_invoices(opened, ZoneInfo("Europe/London")).orders
    return first


def as_order(invoice: Invoice) -> NewOrder:
    """As a storefront would place it itself."""
    lines = [NewLine(line.sku, line.quantity) for line in invoice.lines]
    return NewOrder(
        currency="GBP",
        lines=lines,
        email="ann@example.com",
        external_ref=invoice.number,
        payment_terms=PaymentTerms.ON_ACCOUNT,
    )


def to(client: Client) -> dict[str, Any]:
    return {"client_id": client.pk, "actor": ACTOR}
