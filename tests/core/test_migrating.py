"""A migration settles text that an older version let be otherwise, and leaves the rest as it is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import Model

from core.migrating import BLOCK, BLOCKS, IDENTIFIER, IDENTIFIERS, LINE, LINES, Settled, mend_text
from customers.models import Customer
from orders.models import Order, OrderNote
from tests.factories.core import a_client, cause
from tests.factories.customers import a_customer
from tests.factories.orders import a_placed_order
from tests.factories.watching import nothing_changes

pytestmark = pytest.mark.django_db


def mend(model: type[Model], column: str, how: Settled) -> None:
    label, name = model._meta.app_label, model._meta.model_name
    mend_text(label, **{str(name): {column: how}}).code(apps, None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("model", "column", "how", "before", "after"),
    [
        (Customer, "name", LINE, " Flat 3\r\n12 High\u202e St, Cafe\u0301 ", "Flat 3 12 High St, Caf\u00e9"),
        (Customer, "external_ref", IDENTIFIER, "\ufeffR\u200b-1\n", "R-1"),
        (OrderNote, "body", BLOCK, "One\r\nTwo\x1b[31m", "One\nTwo [31m"),
        (Order, "shipping_address", LINES, {"line1": "Flat 3\n12 High St"}, {"line1": "Flat 3 12 High St"}),
        (Order, "metadata", BLOCKS, {"k\u200b": "One\r\nTwo\u0007"}, {"k": "One\nTwo"}),
        (Order, "tags", IDENTIFIERS, ["v\u00adip", "e\u0301"], ["vip", "\u00e9"]),
    ],
)
def test_text_of_an_older_version_is_settled(
    model: type[Model], column: str, how: Settled, before: Any, after: Any
) -> None:
    a_customer(a_client(), external_ref="R-0")
    order = a_placed_order()
    OrderNote.objects.create(order=order, body="x", **cause())
    table = model._meta.db_table
    stored = json.dumps(before) if isinstance(before, dict) else before
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_is_settled")
        cursor.execute(f"UPDATE {table} SET {column} = %s", [stored])
    mend(model, column, how)
    assert [getattr(row, column) for row in model._default_manager.all()] == [after]
    with nothing_changes():
        mend(model, column, how)
