"""What the database holds of the books, whoever writes."""

from __future__ import annotations

import pytest
from django.db import connection, models

from books.models import Posting, PostingLine
from core.ids import new_id
from tests.factories.core import a_client, cause
from tests.factories.orders import a_placed_order
from tests.factories.watching import refused_by_the_database

pytestmark = pytest.mark.django_db


def a_posting() -> Posting:
    return Posting.objects.create(
        client=a_client(), subject_type="order", subject_id=new_id(), kind="captured", currency="EUR", **cause()
    )


def enter(posting: Posting, **amounts: int) -> None:
    PostingLine.objects.bulk_create(
        PostingLine(posting=posting, account=account, amount=amount) for account, amount in amounts.items()
    )


def settle() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_lines_that_do_not_come_to_nothing() -> None:
    with refused_by_the_database("come to nothing together"):
        enter(a_posting(), cash=5, receivable=-4)


def test_a_posting_without_lines() -> None:
    with refused_by_the_database("a posting has lines"):
        a_posting()
        settle()


def test_lines_that_come_later_though_they_balance() -> None:
    posting = a_posting()
    enter(posting, cash=5, receivable=-5)
    settle()
    with refused_by_the_database("all of its lines at once"):
        enter(posting, goods=-1, discounts=1)


def test_a_line_that_moves_nothing() -> None:
    with refused_by_the_database("posting_line_moves_something"):
        enter(a_posting(), cash=0)


@pytest.mark.parametrize("model", [Posting, PostingLine])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_a_change_of_what_was_posted(model: type[models.Model], statement: str) -> None:
    a_placed_order()
    with refused_by_the_database("posting"), connection.cursor() as cursor:
        cursor.execute(statement.format(model._meta.db_table))
