"""What guards its rows guards its table: whoever refuses DELETE refuses TRUNCATE."""

from __future__ import annotations

import pgtrigger
import pytest
from django.db import DatabaseError, connection, transaction

from core.ids import new_id
from core.models import Event

KEPT = sorted(
    {
        model._meta.db_table
        for model, trigger in pgtrigger.registered()
        if not isinstance(trigger, pgtrigger.ReadOnly) and "DELETE" in str(trigger.operation)
    }
)
FOR_EVER = sorted(
    {
        model._meta.db_table
        for model, trigger in pgtrigger.registered()
        if isinstance(trigger, pgtrigger.Protect) and {"UPDATE", "DELETE"} <= set(str(trigger.operation).split(" OR "))
    }
)


def truncate(tables: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {tables}")


def test_the_ledgers_and_the_trades_are_for_ever() -> None:
    assert {
        "inventory_stockmovement",
        "orders_ledgerentry",
        "orders_sourcingplan",
        "stored_value_storedvalueentry",
        "trading_fill",
        "trading_trade",
    } <= set(FOR_EVER)
    assert {"core_event", "core_versiondocument", "orders_order", "shipping_shipment", *FOR_EVER} <= set(KEPT)


@pytest.mark.django_db
@pytest.mark.parametrize("table", KEPT)
def test_a_table_whose_rows_are_kept_is_not_truncated(table: str) -> None:
    with pytest.raises(DatabaseError, match="never truncated"):
        truncate(f"{table} CASCADE")


@pytest.mark.django_db
def test_nor_by_way_of_a_table_that_may_be() -> None:
    with pytest.raises(DatabaseError, match="never truncated"):
        truncate("core_client CASCADE")


@pytest.mark.django_db
def test_a_table_whose_rows_may_go_is_truncated() -> None:
    truncate("core_idempotencyrecord")


@pytest.mark.django_db
def test_a_session_cannot_have_its_triggers_passed_by() -> None:
    event = Event.objects.create(type="x", subject_type="x", subject_id=new_id(), version=1)
    names = [trigger.get_pgid(model) for model, trigger in pgtrigger.registered()]
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pgtrigger.ignore', %s, true)", ["{" + ",".join(names) + "}"])
    with pytest.raises(DatabaseError, match="Cannot update or delete rows"), transaction.atomic():
        event.delete()
    assert Event.objects.get() == event
