"""Orders of storefronts with rules of sourcing: where their units come from, what counts as there, what they keep."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.models import Client, Event
from inventory.actions import update_location, update_variant
from inventory.errors import OutOfStock
from inventory.models import Location, Reservation, Variant
from inventory.queries import Sourcing, shortages
from orders.actions import (
    NewLine,
    cancel_order,
    create_draft,
    expire_reservation,
    place_draft,
    place_order,
    reopen_order,
    serve_backorders,
)
from orders.checks import stock_is_there
from orders.models import Order, SourcingPlan
from orders.queries import servable_orders
from orders.tasks import serve_waiting
from tests.core.api.conftest import Caller
from tests.factories.core import a_client, read
from tests.factories.inventory import a_location, stock_up
from tests.factories.orders import ACTOR, ADDRESS, assert_everything_adds_up, new_order, reload
from tests.factories.staff import a_superuser, browser_of, object_page, told
from tests.factories.storefronts import a_storefront, sells
from tests.factories.watching import nothing_changes, refused

pytestmark = pytest.mark.django_db

IN_BERLIN = {**ADDRESS, "country": "DE", "postal_code": "10999"}


def rules(*names: str) -> list[dict[str, Any]]:
    return [{"rule": name, "parameters": {}} for name in names]


def shop(*names: str) -> Client:
    return a_storefront(sourcing=rules(*names))


def place(code: str, units: Mapping[str, int], **fields: Any) -> Location:
    location = a_location(code, **fields)
    stock_up(units, location=code)
    return location


def buy(client: Client, units: Mapping[str, int], **fields: Any) -> Order:
    return place_order(new_order(units, **fields), client_id=client.pk, actor=ACTOR)


def let_wait(*skus: str) -> None:
    for pk in Variant.objects.filter(sku__in=skus).values_list("pk", flat=True):
        update_variant(pk, {"stock_policy": "backorder"}, actor=ACTOR)


def kept(order: Order) -> dict[str, int]:
    """Location → units that it keeps for the order."""
    rows = Reservation.objects.filter(order_id=order.pk).order_by("location__code")
    return dict(rows.values_list("location__code", "quantity"))


def units(order: Order) -> dict[str, tuple[int, int]]:
    """SKU → (reserved, backordered)."""
    return {line.sku: (line.reserved, line.backordered) for line in reload(order).lines.all()}


def passed_over(plan: SourcingPlan) -> dict[str, str]:
    return {each["location_code"]: each["reason"] for each in plan.passed_over}


class TestPlacing:
    def test_units_come_from_the_nearest_location_and_the_order_keeps_why(self) -> None:
        place("MUNICH", {"A": 5}, priority=1, country="DE", postal_code="80331")
        place("POTSDAM", {"A": 5}, priority=2, country="DE", postal_code="14467")
        order = buy(shop("nearest"), {"A": 3}, shipping_address=IN_BERLIN)
        assert kept(order) == {"POTSDAM": 3}
        plan = SourcingPlan.objects.get(order=order)
        assert (plan.rules, plan.why) == (["nearest"], "3 of 3 units in 1 parcel: the nearest first.")
        assert [(each["location_code"], each["units"][0]["quantity"]) for each in plan.parcels] == [("POTSDAM", 3)]
        assert (passed_over(plan), plan.short) == ({"MUNICH": "further_away"}, [])
        event = Event.objects.get(subject_id=order.pk, version=plan.version)
        assert event.type == "inventory.reserved"
        assert_everything_adds_up()

    def test_lines_of_one_sku_share_the_parcels_in_their_order(self) -> None:
        place("EAST", {"A": 2}, priority=1)
        place("WEST", {"A": 4}, priority=2)
        lines = [NewLine("A", 3), NewLine("A", 3, unit_price=1)]
        order = buy(shop("priority"), {}, lines=lines)
        assert kept(order).keys() == {"EAST", "WEST"}
        assert [(line.reserved, line.backordered) for line in reload(order).lines.all()] == [(3, 0), (3, 0)]
        assert_everything_adds_up()

    def test_the_destination_is_nowhere_in_what_is_kept(self) -> None:
        place("POTSDAM", {"A": 5}, country="DE", postal_code="14467")
        order = buy(shop("nearest"), {"A": 3}, shipping_address=IN_BERLIN)
        plan = SourcingPlan.objects.filter(order=order).values().get()
        assert "10999" not in str(plan)

    def test_what_is_short_in_one_place_is_refused_and_says_so(self) -> None:
        place("EAST", {"A": 2})
        place("WEST", {"A": 3})
        client = shop("never_split")
        with refused(OutOfStock) as refusal:
            buy(client, {"A": 4})
        assert refusal.value.context["shortages"] == [{"sku": "A", "requested": 4, "available": 3}]
        assert refusal.value.detail == (
            "Not enough stock in one place, and the storefront never splits an order (A: 4 requested, 3 available)."
        )
        assert not SourcingPlan.objects.exists()

    def test_what_is_short_in_one_place_waits_for_that_place_where_it_may(self) -> None:
        place("EAST", {"A": 2})
        west = place("WEST", {"A": 3})
        let_wait("A")
        order = buy(shop("never_split"), {"A": 4})
        assert (kept(order), units(order)) == ({"WEST": 3}, {"A": (3, 1)})
        assert passed_over(SourcingPlan.objects.get()) == {"EAST": "too_little"}
        assert (servable_orders(5), serve_backorders(order.pk, actor=ACTOR).units) == ([], 0)
        stock_up({"A": 1}, location=west.code)
        assert [each.order_id for each in servable_orders(5)] == [order.pk]
        assert serve_waiting() == 1
        assert (kept(order), units(order)) == ({"WEST": 4}, {"A": (4, 0)})
        assert [plan.why for plan in SourcingPlan.objects.all()] == [
            "3 of 4 units in 1 parcel: from one location only.",
            "1 of 1 units in 1 parcel: from one location only.",
        ]
        assert_everything_adds_up()

    def test_what_the_shop_floor_keeps_is_not_sold(self) -> None:
        place("SHOP", {"A": 5}, shop_floor_units=3)
        client, plain = shop("reserve_for_shop_floor"), a_client("Plain")
        with refused(OutOfStock) as refusal:
            buy(client, {"A": 3})
        assert refusal.value.context["shortages"] == [{"sku": "A", "requested": 3, "available": 2}]
        assert kept(buy(client, {"A": 2})) == {"SHOP": 2}
        with refused(OutOfStock):
            buy(client, {"A": 1})
        assert kept(buy(plain, {"A": 3})) == {"SHOP": 3}

    def test_a_storefront_without_rules_keeps_no_plan(self) -> None:
        place("EAST", {"A": 5})
        buy(a_client(), {"A": 3})
        assert not SourcingPlan.objects.exists()

    def test_rules_cost_one_statement_whatever_is_ordered(self) -> None:
        place("EAST", {"A": 9, "B": 9})
        place("WEST", {"A": 90, "B": 90})
        clients = [a_client("Plain"), shop("fewest_parcels")]
        counts = []
        for client, wanted in [
            (each, wanted) for each in clients for wanted in ({"A": 1}, {"A": 1}, {"A": 20, "B": 3})
        ]:
            with CaptureQueriesContext(connection) as queries:
                buy(client, wanted)
            counts.append(len(queries))
        plain, ruled = counts[1], counts[4]
        assert (counts[2], counts[5]) == (plain, ruled)
        assert ruled == plain + 1

    def test_rules_that_change_hold_from_the_next_order_on(self) -> None:
        place("EAST", {"A": 9}, priority=1)
        place("WEST", {"A": 9}, priority=2, country="DE")
        client = shop("priority")
        assert kept(buy(client, {"A": 1}, shipping_address=IN_BERLIN)) == {"EAST": 1}
        sells(client, sourcing=rules("nearest"))
        assert kept(buy(client, {"A": 1}, shipping_address=IN_BERLIN)) == {"WEST": 1}


class TestAfterwards:
    def test_a_draft_holds_by_the_rules_and_again_when_it_is_placed(self) -> None:
        place("EAST", {"A": 2}, priority=1)
        place("WEST", {"A": 5}, priority=2)
        draft = create_draft(new_order({"A": 3}), client_id=shop("never_split").pk, actor=ACTOR)
        assert kept(draft) == {"WEST": 3}
        expire_reservation(draft.pk, now=timezone.now() + dt.timedelta(days=1), actor=ACTOR)
        assert kept(draft) == {}
        place_draft(draft.pk, actor=ACTOR)
        assert kept(draft) == {"WEST": 3}
        assert draft.sourcing_plans.count() == 2
        assert_everything_adds_up()

    def test_a_reopened_order_is_planned_anew_or_refused_as_its_button_says(self) -> None:
        place("EAST", {"A": 2})
        west = place("WEST", {"A": 3})
        client = shop("never_split")
        order = buy(client, {"A": 3})
        cancel_order(order.pk, reason="No", actor=ACTOR)
        taken = buy(client, {"A": 1}) if kept(buy(client, {"A": 2})) == {"EAST": 2} else None
        assert taken is not None
        assert kept(taken) == {"WEST": 1}
        with refused(OutOfStock) as refusal:
            reopen_order(order.pk, actor=ACTOR)
        foreseen = stock_is_there(reload(order))
        assert foreseen is not None
        assert foreseen.reason == refusal.value.detail
        stock_up({"A": 1}, location=west.code)
        reopen_order(order.pk, actor=ACTOR)
        assert kept(order) == {"WEST": 3}

    def test_a_storefront_with_rules_has_the_shop_floors_units_wait_for_others(self) -> None:
        place("SHOP", {"A": 5}, shop_floor_units=5)
        let_wait("A")
        ruled = buy(shop("reserve_for_shop_floor"), {"A": 2})
        assert units(ruled) == {"A": (0, 2)}
        with nothing_changes():
            assert (servable_orders(5), serve_waiting()) == ([], 0)
        update_location(Location.objects.get().pk, {"shop_floor_units": 4}, actor=ACTOR)
        assert serve_waiting() == 1
        assert units(ruled) == {"A": (1, 1)}

    def test_one_waiting_storefront_does_not_stand_in_the_way_of_another(self) -> None:
        place("SHOP", {"A": 1}, shop_floor_units=4)
        let_wait("A")
        buy(a_client("Other"), {"A": 1})
        ruled, plain = buy(shop("reserve_for_shop_floor"), {"A": 2}), buy(a_client("Plain"), {"A": 2})
        stock_up({"A": 2}, location="SHOP")
        assert [each.order_id for each in servable_orders(5)] == [plain.pk]
        assert serve_waiting() == 2
        assert (units(ruled), units(plain)) == ({"A": (0, 2)}, {"A": (2, 0)})

    def test_shortages_are_those_that_reserving_refuses(self) -> None:
        place("EAST", {"A": 2, "B": 1})
        place("WEST", {"A": 1, "B": 2})
        order = Order(client=a_client())
        ids = dict(Variant.objects.values_list("sku", "pk"))
        found = shortages({ids["A"]: 2, ids["B"]: 2}, order_id=order.pk, sourcing=Sourcing(("never_split",)))
        assert [(each.sku, each.requested, each.available) for each in found] == [("B", 2, 1)]
        assert shortages({ids["A"]: 3, ids["B"]: 3}, order_id=order.pk) == []


class TestQuotes:
    def quoted(self, client: Client, *wanted: tuple[str, int]) -> list[tuple[int, str]]:
        body = {"currency": "EUR", "lines": [{"sku": sku, "quantity": count} for sku, count in wanted]}
        quote = read(Caller(client, ("orders:read",)).post("/api/v1/quotes/", body, idempotency_key=""))
        return [(line["available"], line["stock"]) for line in quote["lines"]]

    def test_what_the_shop_floor_keeps_is_not_available(self) -> None:
        place("SHOP", {"A": 5}, shop_floor_units=3)
        place("MAIN", {"A": 1})
        assert self.quoted(shop("reserve_for_shop_floor"), ("A", 2)) == [(3, "in_stock")]
        assert self.quoted(a_client("Plain"), ("A", 2)) == [(6, "in_stock")]

    def test_an_order_that_is_not_split_has_what_one_location_has(self) -> None:
        place("EAST", {"A": 3, "B": 1})
        place("WEST", {"A": 1, "B": 3})
        client = shop("never_split")
        assert self.quoted(client, ("A", 3)) == [(3, "in_stock")]
        assert self.quoted(client, ("A", 4)) == [(3, "out_of_stock")]
        assert self.quoted(client, ("A", 1), ("B", 3)) == [(1, "in_stock"), (3, "in_stock")]
        assert sorted(self.quoted(client, ("A", 2), ("B", 3))) == [(1, "out_of_stock"), (3, "in_stock")]


class TestWhatIsKept:
    @pytest.fixture
    def order(self) -> Order:
        place("EAST", {"A": 2}, priority=1)
        place("WEST", {"A": 5}, priority=2)
        return buy(shop("priority", "never_split"), {"A": 3})

    def test_it_is_in_the_orders_document_when_asked_for(self, order: Order) -> None:
        caller = Caller(order.client, ("orders:read",))
        plain = read(caller.get(f"/api/v1/orders/{order.pk}/"))
        assert "sourcing" not in plain
        (plan,) = read(caller.get(f"/api/v1/orders/{order.pk}/?expand=sourcing"))["sourcing"]
        assert plan["rules"] == ["priority", "never_split"]
        assert plan["parcels"][0]["location_code"] == "WEST"
        assert [each["reason"] for each in plan["passed_over"]] == ["too_little"]
        (listed,) = read(caller.get("/api/v1/orders/?expand=sourcing"))["results"]
        assert listed["sourcing"] == [plan]

    def test_nobody_else_sees_it(self, order: Order) -> None:
        stranger = Caller(a_client("Stranger"), ("orders:read",))
        assert stranger.get(f"/api/v1/orders/{order.pk}/?expand=sourcing").status_code == 404
        assert read(stranger.get("/api/v1/orders/?expand=sourcing"))["results"] == []

    def test_a_list_takes_one_statement_for_the_plans_of_all_its_orders(self, order: Order) -> None:
        caller = Caller(order.client, ("orders:read",))
        counts = []
        for _ in range(3):
            with CaptureQueriesContext(connection) as queries:
                read(caller.get("/api/v1/orders/?expand=sourcing"))
            counts.append(len(queries))
            stock_up({"A": 3}, location="WEST")
            buy(order.client, {"A": 1})
        assert counts[1] == counts[2]

    def test_the_orders_page_tells_it(self, order: Order) -> None:
        page = told(browser_of(a_superuser()).get(object_page("orders.order", order.pk)))
        assert "WEST 3 × A 3 of 3 units in 1 parcel: the lowest priority number first, then from one location" in page
        assert "EAST Nothing It has 2 of 3 units." in page

    @pytest.mark.parametrize("statement", ["UPDATE {} SET why = 'x'", "DELETE FROM {}", "TRUNCATE {}"])
    def test_it_is_for_ever(self, order: Order, statement: str) -> None:
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement.format("orders_sourcingplan"))
        assert SourcingPlan.objects.get().order_id == order.pk

    @pytest.mark.parametrize(
        "fields",
        [
            {"rules": []},
            {"rules": [1]},
            {"parcels": {}},
            {"parcels": [{"location_id": "x", "location_code": "x", "units": []}]},
            {"parcels": [{"location_id": "x", "location_code": "x", "units": [{"sku": "A", "quantity": 0}]}]},
            {"parcels": [{"location_code": "x", "units": [{"sku": "A", "quantity": 1}]}]},
            {"short": [{"sku": "A"}]},
            {"short": [{"sku": "A", "quantity": -1}]},
            {"passed_over": [{"location_id": "x", "location_code": "x", "reason": "inactive"}]},
            {"passed_over": "none"},
            {"version": 0},
        ],
        ids=lambda fields: orjson.dumps(fields).decode(),
    )
    def test_the_database_refuses_what_has_not_its_form(self, order: Order, fields: dict[str, Any]) -> None:
        sound = SourcingPlan.objects.values(
            "order_id", "rules", "why", "parcels", "short", "passed_over", "version", "actor_kind", "actor_id"
        ).get()
        SourcingPlan.objects.create(**sound)
        with pytest.raises(IntegrityError), transaction.atomic():
            SourcingPlan.objects.create(**{**sound, **fields})
        assert SourcingPlan.objects.count() == 2
