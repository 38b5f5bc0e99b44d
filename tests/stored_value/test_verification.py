"""One planted, altered or deleted row of stored value is found and named, whatever its column and kind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F

from core.ids import new_id
from core.models import Event
from stored_value.actions import adjust
from stored_value.models import StoredValue, StoredValueEntry
from stored_value.queries import Discrepancy, stored_value_discrepancies
from stored_value.statuses import OF_ORDERS, EntryKind
from stored_value.tasks import reconcile_stored_value
from tests.factories.core import ACTOR, a_client
from tests.factories.stored_value import a_gift_card, plant

pytestmark = pytest.mark.django_db

TOLD_BY_NOTHING = {"id", "note", "reference", "created_at"}
"""Columns of an entry that nothing else tells."""

COLUMNS = [field.name for field in StoredValueEntry._meta.concrete_fields if field.name not in TOLD_BY_NOTHING]


@contextmanager
def as_superuser() -> Iterator[None]:
    """No trigger, no CHECK and no uniqueness holds."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        for model in (StoredValue, StoredValueEntry):
            for constraint in model._meta.constraints:
                cursor.execute(f"ALTER TABLE {model._meta.db_table} DROP CONSTRAINT IF EXISTS {constraint.name}")
        yield
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


@pytest.fixture
def card() -> StoredValue:
    card = a_gift_card(amount=5_000)
    return adjust(card.pk, amount=-200, note="Less", actor=ACTOR)


def found() -> list[Discrepancy]:
    return stored_value_discrepancies()


def test_what_was_done_by_actions_adds_up(card: StoredValue) -> None:
    assert found() == []


@pytest.mark.parametrize("change", [1, -1])
def test_an_altered_balance_is_named(card: StoredValue, change: int) -> None:
    with as_superuser():
        StoredValue.objects.filter(pk=card.pk).update(balance=F("balance") + change)
    (wrong,) = found()
    assert str(wrong) == f"stored value {card.pk}: balance is {4_800 + change}, the ledger says 4800"
    assert wrong.off == 1


@pytest.mark.parametrize("kind", EntryKind.values)
def test_a_planted_entry_of_any_kind_is_named(card: StoredValue, kind: str) -> None:
    of_order = {"order_id": new_id(), "payment_id": new_id()} if kind in OF_ORDERS else {}
    amount = -7 if kind in {"redeem", "expire"} else 7
    entry = plant(card, kind, amount, **of_order)
    (wrong,) = found()
    assert str(wrong) == (
        f"stored value {card.pk}: amount of the entry at version {entry.version} is {amount}, its event says 0"
    )
    assert wrong.off == 7


@pytest.mark.parametrize("kind", EntryKind.values)
def test_one_planted_as_superuser_is_named_twice(card: StoredValue, kind: str) -> None:
    with as_superuser():
        plant(card, kind, 7)
    assert sorted(each.what for each in found()) == ["amount", "balance"]


def test_an_entry_and_one_that_undoes_it_planted_together_are_named(card: StoredValue) -> None:
    plant(card, "adjust", 7)
    plant(card, "adjust", -7)
    assert [each.stored for each in found()] == ["7", "-7"]


def test_a_deleted_entry_is_named(card: StoredValue) -> None:
    with as_superuser():
        StoredValueEntry.objects.filter(stored_value=card, kind="adjust")._raw_delete("default")
    assert {(each.what, each.stored, each.expected) for each in found()} == {
        ("balance", "4800", "5000"), ("amount", "0", "-200"),
    }  # fmt: skip


@pytest.mark.parametrize("column", COLUMNS)
def test_whichever_column_of_an_entry_is_altered_it_is_named(card: StoredValue, column: str) -> None:
    others: dict[str, object] = {
        "client": a_client("Other").pk, "stored_value": a_gift_card().pk, "kind": "expire", "amount": -9,
        "version": 77, "order_id": new_id(), "payment_id": new_id(),
    }  # fmt: skip
    with as_superuser():
        StoredValueEntry.objects.filter(stored_value=card, kind="adjust").update(
            **{column: others.get(column, "other")}
        )
    assert found()


def test_an_event_without_its_entry_is_named(card: StoredValue) -> None:
    event = Event.objects.filter(subject_id=card.pk).latest("version")
    with as_superuser():
        Event.objects.filter(pk=event.pk).update(type="stored_value.expired")
    (wrong,) = found()
    assert (wrong.what, wrong.stored, wrong.expected) == ("kind", "adjust", "expire")


def test_the_clock_says_so_and_changes_nothing(card: StoredValue) -> None:
    plant(card, "adjust", 7)
    assert reconcile_stored_value() is False


@pytest.mark.django_db(transaction=True)
def test_the_command_names_it_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    card = a_gift_card()
    call_command("verify")
    plant(card, "adjust", 7)
    with pytest.raises(CommandError, match="do not add up"):
        call_command("verify")
    told = capsys.readouterr().out
    assert "0 orders, 0 units off, 7 cents off" in told
    assert f"stored value {card.pk}: amount of the entry" in told
