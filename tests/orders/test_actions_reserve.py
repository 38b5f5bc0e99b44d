"""Backorders: what waits, what is refused, and who is served first when stock arrives."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.models import Client, Event
from core.operations import OperationRefused
from inventory.actions import create_location, update_location, update_variant
from inventory.errors import OutOfStock
from inventory.models import Location, Variant
from orders.actions import (
    NewLine,
    Served,
    cancel_order,
    create_draft,
    expire_reservation,
    place_draft,
    place_order,
    release_order,
    reopen_order,
    serve_backorders,
)
from orders.models import Order, OrderLine
from orders.queries import servable_orders
from orders.queries.verification.units import units_off
from orders.tasks import serve_waiting
from tests.factories.core import a_client, timeline
from tests.factories.inventory import stock_up
from tests.factories.orders import ACTOR, assert_everything_adds_up, new_order, pay, reload, stock
from tests.factories.watching import nothing_changes, refused

pytestmark = pytest.mark.django_db


def let_wait(*skus: str, policy: str = "backorder") -> None:
    for pk in Variant.objects.filter(sku__in=skus).values_list("pk", flat=True):
        update_variant(pk, {"stock_policy": policy}, actor=ACTOR)


def buy(units: Mapping[str, int], client: Client | None = None, **fields: Any) -> Order:
    return place_order(new_order(units, **fields), client_id=(client or a_client()).pk, actor=ACTOR)


def units(order: Order) -> dict[str, tuple[int, int]]:
    """SKU → (reserved, backordered)."""
    return {line.sku: (line.reserved, line.backordered) for line in reload(order).lines.all()}


def told(order: Order, type_: str) -> list[int]:
    """The units of each line in the order's last event of this type."""
    event = Event.objects.filter(subject_id=order.pk, type=type_).latest("version")
    return [unit["quantity"] for unit in event.data["units"]]


class TestPlacing:
    @pytest.mark.parametrize("policy", ["backorder", "preorder"])
    def test_what_nobody_has_is_backordered_when_the_variant_lets_it_wait(self, policy: str) -> None:
        stock_up({"A": 1, "B": 2})
        let_wait("A", policy=policy)
        order = buy({"A": 3, "B": 2})
        assert order.status == "placed"
        assert units(order) == {"A": (1, 2), "B": (2, 0)}
        assert timeline(order.pk) == ["order.created", "inventory.reserved", "inventory.backordered"]
        assert told(order, "inventory.backordered") == [2]
        assert_everything_adds_up()

    def test_an_order_of_which_nothing_is_there_waits_as_a_whole(self) -> None:
        stock_up({"A": 1})
        let_wait("A")
        buy({"A": 1})
        order = buy({"A": 2})
        assert units(order) == {"A": (0, 2)}
        assert timeline(order.pk) == ["order.created", "inventory.backordered"]
        assert_everything_adds_up()

    def test_one_variant_that_is_refused_refuses_the_whole_order_and_names_only_itself(self) -> None:
        stock_up({"A": 1, "B": 1, "C": 1})
        let_wait("A")
        client = a_client()
        with refused(OutOfStock) as refusal:
            buy({"A": 3, "B": 2, "C": 1}, client)
        assert refusal.value.context["shortages"] == [{"sku": "B", "requested": 2, "available": 1}]

    def test_lines_of_one_sku_take_what_there_is_in_their_order(self) -> None:
        stock_up({"A": 3})
        let_wait("A")
        order = buy({}, lines=[NewLine("A", 2), NewLine("A", 2, unit_price=1)])
        assert [(line.reserved, line.backordered) for line in reload(order).lines.all()] == [(2, 0), (1, 1)]
        assert_everything_adds_up()

    def test_it_costs_one_statement_more_than_an_order_of_what_is_there(self) -> None:
        stock_up({"A": 1, "B": 9})
        let_wait("A")
        client = a_client()
        buy({"B": 1}, client)  # loads the rules of the storefront, which are remembered
        counts = []
        for each in ({"B": 1}, {"A": 3}):
            with CaptureQueriesContext(connection) as queries:
                buy(each, client)
            counts.append(len(queries))
        assert counts[1] == counts[0] + 1

    def test_stock_of_an_inactive_location_is_not_there(self) -> None:
        stock_up({"A": 5})
        let_wait("A")
        update_location(Location.objects.get().pk, {"active": False}, actor=ACTOR)
        assert units(buy({"A": 2})) == {"A": (0, 2)}


class TestDrafts:
    def test_a_draft_waits_too_and_asks_again_when_it_is_placed(self) -> None:
        stock_up({"A": 1})
        let_wait("A")
        draft = create_draft(new_order({"A": 3}), client_id=a_client().pk, actor=ACTOR)
        assert units(draft) == {"A": (1, 2)}
        stock_up({"A": 1})
        place_draft(draft.pk, actor=ACTOR)
        assert units(draft) == {"A": (2, 1)}
        assert timeline(draft.pk).count("inventory.backordered") == 1
        assert_everything_adds_up()

    def test_an_expired_draft_waits_for_nothing(self) -> None:
        stock_up({"A": 1})
        let_wait("A")
        draft = create_draft(new_order({"A": 3}), client_id=a_client().pk, actor=ACTOR)
        assert expire_reservation(draft.pk, now=timezone.now() + dt.timedelta(days=1), actor=ACTOR)
        assert units(draft) == {"A": (0, 0)}
        assert servable_orders(10) == []
        assert_everything_adds_up()
        place_draft(draft.pk, actor=ACTOR)
        assert units(draft) == {"A": (1, 2)}
        assert_everything_adds_up()


class TestWaiting:
    def test_release_says_what_is_backordered_and_to_receive_it(self) -> None:
        stock_up({"A": 1, "B": 2})
        let_wait("A")
        order = buy({"A": 3, "B": 2})
        pay(order)
        with refused(OperationRefused) as refusal:
            release_order(order.pk, actor=ACTOR)
        assert refusal.value.detail == "Units are backordered (A: 1 of 3 reserved)."
        assert refusal.value.unblock == (
            "Receive 2 of A: arriving stock is reserved for the orders that were placed first. "
            "Or release what is there."
        )
        assert refusal.value.context["unblock_by"] == ["variant.receive", "release_part"]
        stock_up({"A": 2})
        serve_waiting()
        assert release_order(order.pk, actor=ACTOR).status == "processing"

    def test_a_cancelled_order_waits_no_more_and_a_reopened_one_waits_again(self) -> None:
        stock_up({"A": 1})
        let_wait("A")
        order = buy({"A": 3})
        cancel_order(order.pk, reason="No", actor=ACTOR)
        assert units(order) == {"A": (0, 0)}
        assert_everything_adds_up()
        reopen_order(order.pk, actor=ACTOR)
        assert units(order) == {"A": (1, 2)}
        assert_everything_adds_up()

    def test_a_variant_that_is_refused_from_now_on_lets_those_wait_that_do(self) -> None:
        stock_up({"A": 1})
        let_wait("A")
        order = buy({"A": 3})
        let_wait("A", policy="refuse")
        stock_up({"A": 1})
        served = serve_backorders(order.pk, actor=ACTOR)
        assert (served.units, served.lacking) == (1, frozenset({reload(order).lines.get().variant_id}))
        assert units(order) == {"A": (2, 1)}

    @pytest.mark.parametrize("change", [{"backordered": 1}, {"backordered": 0}])
    def test_the_self_check_finds_a_wrong_figure(self, change: dict[str, int]) -> None:
        stock_up({"A": 1})
        let_wait("A")
        order = buy({"A": 3})
        OrderLine.objects.filter(order=order).update(**change)
        (found,) = units_off([reload(order)])
        assert (found.what, found.stored, found.expected) == ("A backordered", change["backordered"], 2)


class TestServing:
    def test_arriving_stock_goes_to_the_orders_that_were_placed_first(self) -> None:
        stock_up({"A": 1})
        let_wait("A")
        buy({"A": 1})
        first, second, third = (buy({"A": 2}) for _ in range(3))
        stock_up({"A": 3})
        assert serve_waiting() == 3
        assert [units(each)["A"] for each in (first, second, third)] == [(2, 0), (1, 1), (0, 2)]
        assert timeline(first.pk)[-2:] == ["inventory.reserved", "order.backorder_filled"]
        assert told(second, "order.backorder_filled") == [1]
        assert "order.backorder_filled" not in timeline(third.pk)
        with nothing_changes():
            assert serve_waiting() == 0
        assert_everything_adds_up()

    def test_the_order_is_that_of_placing_and_drafts_come_last(self) -> None:
        stock_up({"A": 1})
        let_wait("A")
        buy({"A": 1})
        draft = create_draft(new_order({"A": 1}), client_id=a_client().pk, actor=ACTOR)
        later, earlier = buy({"A": 1}), buy({"A": 1}, placed_at=timezone.now() - dt.timedelta(days=1))
        stock_up({"A": 9})
        assert [each.order_id for each in servable_orders(10)] == [earlier.pk, later.pk, draft.pk]
        assert [each.order_id for each in servable_orders(1)] == [earlier.pk]

    def test_an_order_is_served_of_the_variants_alone_that_are_named(self) -> None:
        stock_up({"A": 1, "B": 1})
        let_wait("A", "B")
        buy({"A": 1, "B": 1})
        order = buy({"A": 1, "B": 2})
        variants = stock_up({"A": 1, "B": 1})
        served = serve_backorders(order.pk, of={variants["B"].pk}, actor=ACTOR)
        assert (served.units, served.lacking) == (1, frozenset({variants["B"].pk}))
        assert units(order) == {"A": (0, 1), "B": (1, 1)}
        assert Event.objects.get(type="order.backorder_filled").data["waiting"] == 2
        assert_everything_adds_up()

    def test_an_order_of_two_skus_is_served_no_sooner_than_those_before_it(self) -> None:
        stock_up({"A": 1, "B": 1})
        let_wait("A", "B")
        buy({"A": 1, "B": 1})
        before, both = buy({"B": 1}), buy({"A": 1, "B": 1})
        stock_up({"A": 1, "B": 1})
        serve_waiting()
        assert units(before) == {"B": (1, 0)}
        assert units(both) == {"A": (1, 0), "B": (0, 1)}

    def test_what_a_cancelled_order_gives_back_serves_the_next(self) -> None:
        stock_up({"A": 2})
        let_wait("A")
        holder, waiting = buy({"A": 2}), buy({"A": 2})
        cancel_order(holder.pk, reason="No", actor=ACTOR)
        assert serve_waiting() == 2
        assert units(waiting) == {"A": (2, 0)}
        assert stock() == {"A": (2, 2)}

    def test_stock_of_a_location_that_opens_serves_them(self) -> None:
        stock_up({"A": 1})
        let_wait("A")
        order = buy({"A": 3})
        attic = create_location(code="ATTIC", name="Attic", active=False, actor=ACTOR)
        stock_up({"A": 5}, location="ATTIC")
        assert serve_waiting() == 0
        update_location(attic.pk, {"active": True}, actor=ACTOR)
        assert serve_waiting() == 2
        assert units(order) == {"A": (3, 0)}

    def test_serving_an_order_that_waits_for_nothing_changes_nothing(self) -> None:
        stock_up({"A": 3})
        order = buy({"A": 1})
        with nothing_changes():
            assert serve_backorders(order.pk, actor=ACTOR) == Served(0, frozenset())
