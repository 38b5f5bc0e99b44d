"""Orders of the book: added once, changed in their place, removed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.errors import InvalidInput, NotFound, StaleVersion
from core.models import Event
from core.operations import OperationRefused
from tests.factories.core import a_client, timeline
from tests.factories.trading import (
    ACTOR,
    a_book_order,
    a_trade,
    an_imported_order,
    assert_the_book_adds_up,
    change,
    levels,
    new_book_order,
    queue,
    reload,
    remove,
    total,
)
from tests.factories.watching import nothing_changes, refused
from trading.actions import add_order, change_order, is_order_id, remove_order
from trading.errors import BookOrderExists
from trading.models import BookOrder
from trading.queries import history_of

pytestmark = pytest.mark.django_db


def events(order: BookOrder) -> list[tuple[str, int, dict[str, Any]]]:
    return list(history_of(order).order_by("version").values_list("type", "version", "data"))


class TestAdding:
    def test_it_is_in_the_book_as_it_was_entered(self) -> None:
        client = a_client()
        new = new_book_order(id="X-1", side="Sell", amount=12, price=25, source="desk 4")
        added = add_order(new, client_id=client.pk, actor=ACTOR)
        order = reload(added)
        assert (order.ref, order.public_id, order.instrument.symbol, order.side) == ("X-1", "X-1", "JPM", "Sell")
        assert (order.amount, order.filled, order.price, order.rank) == (12, 0, 25, -25)
        assert (order.entered_amount, order.entered_price, order.source) == (12, 25, "desk 4")
        assert (order.status, order.closed_at, order.book_import_id, order.version) == ("open", None, None, 1)
        assert (added.pk, added.queue, added.version, added.status) == (order.pk, order.queue, 1, "open")
        assert (levels("Sell"), total("Sell")) == ([(25, 12, 1)], 12)

    def test_its_event_tells_of_it_and_who_added_it(self) -> None:
        order = a_book_order(id=17, amount=3, price=4, source="desk")
        data = {"symbol": "JPM", "side": "Buy", "amount": 3, "price": 4}
        assert events(order) == [("book_order.added", 1, data)]
        event = history_of(order).get()
        assert (event.actor_kind, event.actor_name, event.subject_type) == ("system", "test", "book_order")

    def test_the_same_again_changes_nothing_and_is_answered_the_same(self) -> None:
        client, new = a_client(), new_book_order()
        first = add_order(new, client_id=client.pk, actor=ACTOR)
        with nothing_changes():
            again = add_order(new, client_id=client.pk, actor=ACTOR)
        assert again.pk == first.pk
        assert told(again) == told(first)

    @pytest.mark.parametrize("status", ["open", "partially_filled", "filled", "removed"])
    def test_the_same_again_is_answered_as_it_was_added_whatever_became_of_it(self, status: str) -> None:
        client = a_client()
        order = a_book_order(client, status=status)
        new = new_book_order(id=order.ref)
        with nothing_changes():
            again = add_order(new, client_id=client.pk, actor=ACTOR)
        assert (again.status, again.amount, again.filled, again.version) == ("open", 10, 0, 1)

    @pytest.mark.parametrize(
        ("other", "differing"),
        [
            ({"symbol": "OTHER"}, ["symbol"]),
            ({"side": "Sell"}, ["side"]),
            ({"amount": 11}, ["amount"]),
            ({"price": 21}, ["price"]),
            ({"source": "x"}, ["source"]),
            ({"amount": 1, "price": 1}, ["amount", "price"]),
        ],
    )
    def test_another_under_its_id_is_refused_and_the_difference_named(
        self, other: dict[str, Any], differing: list[str]
    ) -> None:
        client, new = a_client(), new_book_order()
        add_order(new, client_id=client.pk, actor=ACTOR)
        with refused(BookOrderExists) as caught:
            add_order(replace(new, **other), client_id=client.pk, actor=ACTOR)
        assert caught.value.context == {"id": new.id, "differing": differing}

    def test_what_counts_is_what_was_entered_not_what_it_is_now(self) -> None:
        client, new = a_client(), new_book_order()
        order = add_order(new, client_id=client.pk, actor=ACTOR)
        change(order, amount=3, price=30)
        with nothing_changes():
            again = add_order(new, client_id=client.pk, actor=ACTOR)
        assert (again.amount, again.price) == (10, 20)
        with refused(BookOrderExists):
            add_order(replace(new, amount=3, price=30), client_id=client.pk, actor=ACTOR)

    def test_an_id_belongs_to_its_client(self) -> None:
        new = new_book_order()
        one, two = (add_order(new, client_id=a_client().pk, actor=ACTOR) for _ in range(2))
        assert one.pk != two.pk
        assert levels() == [(20, 20, 2)]

    def test_a_number_and_its_digits_are_one_id(self) -> None:
        client = a_client()
        first = add_order(new_book_order(id=7), client_id=client.pk, actor=ACTOR)
        with nothing_changes():
            again = add_order(new_book_order(id="7"), client_id=client.pk, actor=ACTOR)
        assert (again.pk, again.public_id) == (first.pk, 7)

    def test_a_reserved_symbol_is_refused(self) -> None:
        client = a_client()
        with refused(InvalidInput):
            add_order(new_book_order(symbol="orders"), client_id=client.pk, actor=ACTOR)

    def test_a_loaded_order_is_the_same_as_an_added_one(self) -> None:
        order = an_imported_order(amount=5, price=6)
        new = new_book_order(id=order.ref, amount=5, price=6)
        with nothing_changes():
            assert add_order(new, client_id=order.client_id, actor=ACTOR).version == 0
        with refused(BookOrderExists):
            add_order(replace(new, price=7), client_id=order.client_id, actor=ACTOR)

    @pytest.mark.parametrize("ref", ["1", "a", "...", "A" * 64, "x#?%&=", "~", "!"])
    def test_ids(self, ref: str) -> None:
        assert is_order_id(ref)

    @pytest.mark.parametrize("ref", ["", ".", "..", "A" * 65, "a/b", "a b", "é", "\n", "a\n", "\0"])
    def test_what_is_no_id(self, ref: str) -> None:
        assert not is_order_id(ref)


class TestChanging:
    def test_a_smaller_amount_keeps_its_place(self) -> None:
        first, second = a_book_order(amount=10), a_book_order(amount=10)
        changed = change(first, amount=4)
        assert queue() == [(first.ref, 4, 20), (second.ref, 10, 20)]
        assert (changed.version, changed.queue, changed.filled) == (2, first.queue, 0)
        assert (levels(), total()) == ([(20, 14, 2)], 14)
        data = {"changes": {"amount": [10, 4]}, "requeued": False}
        assert events(first)[1:] == [("book_order.changed", 2, data)]

    def test_a_larger_amount_goes_to_the_end_of_the_queue_at_its_price(self) -> None:
        first, second = a_book_order(amount=10), a_book_order(amount=10)
        change(first, amount=11)
        assert queue() == [(second.ref, 10, 20), (first.ref, 11, 20)]
        data = {"changes": {"amount": [10, 11]}, "requeued": True}
        assert events(first)[1:] == [("book_order.changed", 2, data)]

    def test_a_new_price_goes_to_the_end_of_the_queue_at_that_price(self) -> None:
        moved, first, second = a_book_order(price=21), a_book_order(price=20), a_book_order(price=20)
        change(moved, price=20)
        assert queue() == [(first.ref, 10, 20), (second.ref, 10, 20), (moved.ref, 10, 20)]
        assert (levels(), total()) == ([(20, 30, 3)], 30)

    def test_a_price_and_back_is_a_place_lost(self) -> None:
        first, second = a_book_order(), a_book_order()
        change(first, price=30)
        change(first, price=20)
        assert queue() == [(second.ref, 10, 20), (first.ref, 10, 20)]

    def test_a_new_price_with_a_smaller_amount_is_a_new_place(self) -> None:
        order = a_book_order(amount=10, price=20)
        change(order, price=19, amount=2)
        data = {"changes": {"price": [20, 19], "amount": [10, 2]}, "requeued": True}
        assert events(order)[1:] == [("book_order.changed", 2, data)]
        assert levels() == [(19, 2, 1)]

    @pytest.mark.parametrize("changes", [{}, {"amount": 10}, {"price": 20}, {"amount": 10, "price": 20}])
    def test_a_change_to_what_it_is_changes_nothing(self, changes: dict[str, int]) -> None:
        first = a_book_order(amount=10, price=20)
        a_book_order()
        with nothing_changes():
            assert change(first, **changes).version == 1

    def test_an_order_filled_in_part_keeps_what_was_taken(self) -> None:
        order = a_book_order(amount=10, status="partially_filled")
        changed = change(order, amount=20, price=22)
        assert (changed.status, changed.amount, changed.filled, changed.entered_amount) == (
            "partially_filled", 20, 1, 10,
        )  # fmt: skip
        assert_the_book_adds_up()

    @pytest.mark.parametrize("status", ["filled", "removed"])
    def test_out_of_the_book_nothing_changes(self, status: str) -> None:
        order = a_book_order(status=status)
        with refused(OperationRefused) as caught:
            change(order, amount=1)
        assert (caught.value.context["state"], caught.value.context["operation"]) == (status, "change")
        with refused(OperationRefused):
            change(order, amount=order.amount, price=order.price)

    def test_a_stale_version_is_refused(self) -> None:
        order = a_book_order()
        with refused(StaleVersion):
            change_order(order.ref, {"amount": 1}, client_id=order.client_id, actor=ACTOR, expected_version=2)
        change_order(order.ref, {"amount": 1}, client_id=order.client_id, actor=ACTOR, expected_version=1)

    def test_anothers_order_is_not_found(self) -> None:
        order = a_book_order()
        stranger = a_client()
        with refused(NotFound):
            change_order(order.ref, {"amount": 1}, client_id=stranger.pk, actor=ACTOR)

    def test_a_loaded_order_begins_its_history_with_its_first_change(self) -> None:
        order = an_imported_order(amount=5, price=6)
        assert (order.version, timeline(order.pk)) == (0, [])
        change_order(order.ref, {"amount": 4}, client_id=order.client_id, actor=ACTOR, expected_version=0)
        assert events(order) == [("book_order.changed", 1, {"changes": {"amount": [5, 4]}, "requeued": False})]
        assert_the_book_adds_up()


class TestRemoving:
    def test_it_leaves_the_book_and_stays_on_record(self) -> None:
        order, other = a_book_order(amount=10), a_book_order(amount=3)
        remove(order)
        gone = reload(order)
        assert (gone.status, gone.amount, gone.filled, gone.version) == ("removed", 10, 0, 2)
        assert gone.closed_at is not None
        assert queue() == [(other.ref, 3, 20)]
        assert (levels(), total()) == ([(20, 3, 1)], 3)
        data = {"amount": 10, "changes": {"status": ["open", "removed"]}}
        assert events(order)[1:] == [("book_order.removed", 2, data)]

    def test_what_was_taken_of_it_stays_taken(self) -> None:
        order = a_book_order(amount=10, status="partially_filled")
        remove(order)
        gone = reload(order)
        assert (gone.status, gone.amount, gone.filled) == ("removed", 9, 1)
        assert (levels(), total()) == ([], 0)
        assert events(order)[-1][2]["changes"] == {"status": ["partially_filled", "removed"]}
        assert_the_book_adds_up()

    def test_once_it_is_filled_it_is_not_removed(self) -> None:
        order = a_book_order(status="filled")
        with refused(OperationRefused) as caught:
            remove(order)
        assert caught.value.context["state"] == "filled"

    def test_once_it_is_removed_it_stays_so(self) -> None:
        order = a_book_order(status="removed")
        with nothing_changes():
            assert remove(order).status == "removed"

    def test_a_stale_version_and_anothers_order_are_refused(self) -> None:
        order = a_book_order()
        with refused(StaleVersion):
            remove_order(order.ref, client_id=order.client_id, actor=ACTOR, expected_version=9)
        stranger = a_client()
        with refused(NotFound):
            remove_order(order.ref, client_id=stranger.pk, actor=ACTOR)

    def test_a_loaded_order_is_removed_and_filled_like_any_other(self) -> None:
        order = an_imported_order(amount=5, price=6)
        a_trade(amount=2)
        remove(order)
        assert [(type_, version) for type_, version, _ in events(order)] == [
            ("book_order.filled", 1),
            ("book_order.removed", 2),
        ]
        assert_the_book_adds_up()

    def test_its_id_stays_taken(self) -> None:
        order = a_book_order(status="removed")
        with refused(BookOrderExists):
            add_order(new_book_order(id=order.ref, amount=11), client_id=order.client_id, actor=ACTOR)


def test_the_history_of_an_order_is_gap_free_and_names_everyone() -> None:
    order = a_book_order(amount=10)
    change(order, amount=8)
    a_trade(amount=3)
    remove(order)
    told = list(
        Event.objects.filter(subject_id=order.pk).order_by("version").values_list("version", "type", "actor_name")
    )
    assert told == [
        (1, "book_order.added", "test"),
        (2, "book_order.changed", "test"),
        (3, "book_order.filled", "test"),
        (4, "book_order.removed", "test"),
    ]
    assert reload(order).version == 4


def told(order: BookOrder) -> dict[str, Any]:
    """Everything that its answer tells."""
    names = ("public_id", "side", "amount", "price", "source", "status", "filled", "entered_amount", "entered_price")
    more = ("book_import_id", "version", "created_at", "closed_at")
    return {name: getattr(order, name) for name in (*names, *more)}
