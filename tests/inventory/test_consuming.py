"""Stock levels by messages: what was counted is on hand, the latest count of each level, and each fault by its name."""

from __future__ import annotations

import datetime as dt
from typing import Any

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.consumers.batches import work_on
from core.consumers.messages import Message, code_of
from core.models import Event
from core.transactions import unit_of_work
from inventory.consuming import STOCK_LEVELS
from inventory.models import StockMovement
from inventory.queries import stock_discrepancies
from tests.factories.core import ACTOR
from tests.factories.inventory import stock, stock_up
from tests.factories.orders import a_placed_order, reload
from tests.factories.watching import nothing_changes

pytestmark = pytest.mark.django_db

NOW = timezone.now()


def a_count(on_hand: Any, sku: str = "MUG", minutes: int = 0, **members: Any) -> bytes:
    said = {
        "type": "stock.level", "schema_version": 1, "location": "MAIN", "sku": sku, "on_hand": on_hand,
        "as_of": (NOW + dt.timedelta(minutes=minutes)).isoformat(), "source": "wms-1", "reason": "Cycle count",
    }  # fmt: skip
    return orjson.dumps({name: value for name, value in {**said, **members}.items() if value is not ...})


def worked(*values: bytes) -> list[tuple[int, str]]:
    """The refusals, by the message's place."""
    messages = [Message("t", 0, place, None, value) for place, value in enumerate(values)]
    with unit_of_work():
        refused = work_on(STOCK_LEVELS, messages, ACTOR)
    assert stock_discrepancies() == []
    return sorted((message.offset, code_of(error)) for message, error in refused)


def test_what_was_counted_is_on_hand_with_source_and_reason() -> None:
    variants = stock_up({"MUG": 10, "CUP": 3})
    assert worked(a_count(7), a_count(5, "cup"), a_count(10, "MUG", -5)) == []
    assert stock() == {("MUG", "MAIN"): (7, 0), ("CUP", "MAIN"): (5, 0)}
    moves = StockMovement.objects.filter(kind="adjust").order_by("on_hand")
    assert list(moves.values_list("on_hand", "note")) == [(-3, "wms-1: Cycle count"), (2, "wms-1: Cycle count")]
    told = Event.objects.get(subject_id=variants["MUG"].pk, type="inventory.adjusted")
    assert (told.data["change"], told.data["on_hand"], told.data["movements"]) == (-3, 7, [str(moves[0].pk)])


def test_a_level_that_is_not_there_yet_is_made() -> None:
    stock_up({"CUP": 1})
    stock_up({"MUG": 1}, location="SHOP")
    assert worked(a_count(4)) == []
    assert stock()["MUG", "MAIN"] == (4, 0)


def test_what_is_no_newer_than_what_was_heard_has_no_effect() -> None:
    stock_up({"MUG": 10})
    worked(a_count(7))
    for late in (a_count(7), a_count(9), a_count(9, minutes=-1), a_count(9, "mug", location="main")):
        with nothing_changes():
            assert worked(late) == []
    worked(a_count(9, minutes=1))
    assert stock()["MUG", "MAIN"] == (9, 0)


BAD = [
    (a_count(5, "NONE"), "unknown_sku"),
    (a_count(5, location="NONE"), "unknown_location"),
    (a_count(-1), "min_value"),
    (a_count("5"), "invalid"),
    (a_count(5, colour="red"), "unknown_field"),
    (a_count(5, schema_version=2), "max_value"),
    (a_count(5, type="stock.gone"), "invalid_choice"),
    (a_count(5, as_of="yesterday"), "invalid"),
    (a_count(5, minutes=60), "as_of_to_come"),
    (a_count(5, reason=...), "required"),
    (a_count(5, source="a\nb"), "line_break"),
    (b"[]", "invalid"),
]


@pytest.mark.parametrize(("value", "code"), BAD)
def test_each_fault_is_refused_by_its_name_and_changes_nothing(value: bytes, code: str) -> None:
    stock_up({"MUG": 10})
    with nothing_changes():
        assert worked(value) == [(0, code)]
    assert worked(value, a_count(6)) == [(0, code)]
    assert stock()["MUG", "MAIN"] == (6, 0)


def test_a_refused_count_is_not_heard_so_that_it_can_be_tried_again() -> None:
    assert worked(a_count(5)) == [(0, "unknown_sku")]
    stock_up({"MUG": 10})
    assert worked(a_count(5)) == []
    assert stock()["MUG", "MAIN"] == (5, 0)


def test_where_fewer_are_counted_than_are_reserved_the_youngest_orders_wait() -> None:
    stock_up({"MUG": 10, "CUP": 10})
    first, second = (a_placed_order(units={"MUG": 4}) for _ in range(2))
    assert worked(a_count(9, "CUP"), a_count(5)) == []
    assert stock() == {("MUG", "MAIN"): (5, 5), ("CUP", "MAIN"): (9, 0)}
    assert [reload(order).lines.get().backordered for order in (first, second)] == [0, 3]


def test_a_batch_takes_as_many_statements_however_many_levels() -> None:
    skus = [f"S{number}" for number in range(30)]
    stock_up(dict.fromkeys(skus, 1))
    with CaptureQueriesContext(connection) as few:
        worked(*[a_count(5, sku) for sku in skus[:2]])
    with CaptureQueriesContext(connection) as many:
        worked(*[a_count(6, sku, 1) for sku in skus])
    assert len(few) == len(many)
