"""Rules that a process remembers until their mark changes."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection, transaction

from core.rulesets import Remembered, mark_of
from taxes.models import TaxClass

pytestmark = pytest.mark.django_db


def marks_after(*statements: str) -> list[uuid.UUID | None]:
    marks = [mark_of("prices")]
    for statement in statements:
        with connection.cursor() as cursor:
            cursor.execute(statement)
        marks.append(mark_of("prices"))
    return marks


def test_every_statement_that_writes_a_rule_renews_the_mark_whoever_makes_it() -> None:
    TaxClass.objects.create(code="books", name="Books")
    marks = marks_after(
        "UPDATE taxes_taxclass SET name = 'Printed books' WHERE code = 'books'",
        "UPDATE taxes_taxclass SET name = 'Books' WHERE code = 'books'",
    )
    assert None not in marks
    assert len(set(marks)) == 3


def test_what_was_rolled_back_leaves_no_mark_that_is_given_again() -> None:
    TaxClass.objects.create(code="books", name="Books")
    before = mark_of("prices")
    seen = []
    for name in ("One", "Two"):
        point = transaction.savepoint()
        TaxClass.objects.filter(code="books").update(name=name)
        seen.append(mark_of("prices"))
        transaction.savepoint_rollback(point)
    assert mark_of("prices") == before
    assert len({before, *seen}) == 3


class TestRemembering:
    def test_rules_are_loaded_once_per_storefront_and_mark(self) -> None:
        loaded: list[uuid.UUID] = []

        def load(client_id: uuid.UUID) -> int:
            loaded.append(client_id)
            return len(loaded)

        rules = Remembered(load)
        one, other, first, second = (uuid.uuid4() for _ in range(4))
        assert [rules.of(one, None), rules.of(one, None), rules.of(one, first), rules.of(one, first)] == [1, 1, 2, 2]
        assert [rules.of(other, first), rules.of(one, first), rules.of(one, second)] == [3, 2, 4]
        assert loaded == [one, one, other, one]

    def test_those_that_were_not_asked_for_longest_are_forgotten(self) -> None:
        loaded: list[uuid.UUID] = []
        rules = Remembered(loaded.append, at_most=2)
        one, two, three = (uuid.uuid4() for _ in range(3))
        for client_id in (one, two, one, three, one, two):
            rules.of(client_id, None)
        assert loaded == [one, two, three, two]
