"""What the database itself holds of instalments, whatever the code above it does."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from orders.instalments.models import Instalment
from orders.models import Order
from tests.factories.orders import pay
from tests.factories.shipping import an_order_on_account
from tests.factories.storefronts import a_storefront
from tests.factories.watching import refused_by_the_database

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()


def day(count: int) -> dt.date:
    return TODAY + dt.timedelta(days=count)


def insert(order: Order, *rows: tuple[int, int, int, int]) -> None:
    """(position, days from now, amount, what the later ones come to) of each, in one statement."""
    Instalment.objects.bulk_create(
        Instalment(order=order, position=position, due_on=day(due), amount=amount, later=later)
        for position, due, amount, later in rows
    )


@pytest.fixture
def order() -> Order:
    return an_order_on_account()


@pytest.mark.parametrize(
    "rows",
    [
        [(1, 1, 0.5, 0)],
        [(1, 1, 1.5, 0)],
        [(1, 1, 0.5, 0.25), (2, 2, 0.5, 0)],
        [(1, 2, 0.5, 0.5), (2, 2, 0.5, 0)],
        [(1, 3, 0.5, 0.5), (2, 2, 0.5, 0)],
        [(2, 1, 1, 0)],
        [(1, 1, 0.5, 0.5), (3, 2, 0.5, 0)],
    ],
    ids=["too little", "too much", "wrong sum", "same day", "earlier day", "no first", "a gap"],
)
def test_only_a_whole_schedule_that_comes_to_what_is_due_is_taken(
    order: Order, rows: list[tuple[int, int, float, float]]
) -> None:
    with refused_by_the_database("instalments come one after another, and together to what is to be paid"):
        insert(
            order,
            *((n, due, round(amount * order.total), round(later * order.total)) for n, due, amount, later in rows),
        )


def test_a_schedule_is_taken_with_and_without_what_is_paid(order: Order) -> None:
    pay(order, 1_000)
    insert(order, (1, 1, order.total, 0))
    Instalment.objects.all().delete()
    insert(order, (1, 1, order.total - 1_000, 0))
    Instalment.objects.all().delete()
    with refused_by_the_database("together to what is to be paid"):
        insert(order, (1, 1, order.total - 1_001, 0))


def test_one_more_beside_a_whole_schedule_is_refused(order: Order) -> None:
    insert(order, (1, 1, order.total, 0))
    with refused_by_the_database("instalments come one after another"):
        insert(order, (2, 2, 1, 0))


@pytest.mark.parametrize(
    ("row", "constraint"),
    [
        ((1, 1, 0, 0), "instalment_amount_positive"),
        ((1, 1, 1, -1), "instalment_amount_positive"),
        ((0, 1, 1, 0), "instalment_position_range"),
        ((61, 1, 1, 0), "instalment_position_range"),
    ],
)
def test_figures_out_of_range_are_refused(order: Order, row: tuple[int, int, int, int], constraint: str) -> None:
    with refused_by_the_database(constraint):
        insert(order, row)


def test_an_instalment_is_never_changed_nor_taken_out_alone_nor_truncated() -> None:
    order = an_order_on_account(a_storefront(days_to_pay=3))
    Instalment.objects.all().delete()
    insert(order, (1, 1, 1_000, order.total - 1_000), (2, 2, order.total - 1_000, 0))
    with refused_by_the_database("Cannot update rows from orders_instalment"):
        Instalment.objects.filter(position=1).update(due_on=day(0))
    with refused_by_the_database("the instalments of an order are replaced together"):
        Instalment.objects.filter(position=2).delete()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # What is pending would be refused first.
    with refused_by_the_database("never truncated"), connection.cursor() as cursor:
        cursor.execute("TRUNCATE orders_instalment")


def test_a_position_is_there_once(order: Order) -> None:
    insert(order, (1, 1, order.total, 0))
    with refused_by_the_database("instalment_position_once"):
        insert(order, (1, 2, order.total, 0))
