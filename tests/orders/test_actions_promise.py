"""The day that is promised for units that wait: at placing, anew, and by hand."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from core.errors import InvalidInput, StaleVersion
from core.ids import new_id
from core.models import Event
from core.operations import OperationRefused
from orders.actions import (
    cancel_order,
    change_promise,
    create_draft,
    expire_reservation,
    place_draft,
    renew_reservation,
    reopen_order,
)
from orders.models import Order, OrderLine
from orders.queries import verification
from orders.tasks import serve_waiting
from tests.factories.core import a_client, timeline
from tests.factories.inventory import stock_up, that_waits
from tests.factories.orders import (
    ACTOR,
    a_placed_order,
    a_waiting_order,
    as_of,
    assert_everything_adds_up,
    new_order,
    reload,
)
from tests.factories.storefronts import a_storefront
from tests.factories.watching import nothing_changes, refused

pytestmark = pytest.mark.django_db


def today(zone: str = "UTC") -> dt.date:
    return timezone.localdate(timezone=ZoneInfo(zone))


def days(count: int, zone: str = "UTC") -> dt.date:
    return today(zone) + dt.timedelta(days=count)


def promises(order: Order) -> dict[str, dt.date | None]:
    return {line.sku: line.promised_on for line in reload(order).lines.all()}


class TestPlacing:
    def test_what_waits_is_promised_after_the_days_of_restocking_and_what_is_there_is_not(self) -> None:
        order = a_waiting_order({"A": 3, "B": 2}, {"B": 2}, restock_days=9)
        assert promises(order) == {"A": days(9), "B": None}
        assert_everything_adds_up()

    def test_where_nobody_says_when_nothing_is_promised(self) -> None:
        assert promises(a_waiting_order({"A": 3}, {}, restock_days=None)) == {"A": None}

    def test_a_preorder_is_promised_for_its_first_day_and_later_as_anything_else(self) -> None:
        for sku, first in (("A", days(40)), ("B", today())):
            that_waits(sku, stock_policy="preorder", available_from=first, restock_days=7)
        assert promises(a_placed_order(units={"A": 1, "B": 1}, stocked=False)) == {"A": days(40), "B": days(7)}

    def test_the_days_count_from_the_storefront_s_own_today(self) -> None:
        for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
            order = a_waiting_order({"A": 1}, {}, client=a_storefront(time_zone=zone), restock_days=1)
            assert promises(order) == {"A": days(1, zone)}

    def test_its_first_document_tells_the_promise(self) -> None:
        order = a_waiting_order({"A": 3}, {"A": 1}, restock_days=9)
        assert timeline(order.pk) == ["order.created", "inventory.reserved", "inventory.backordered"]
        for version in (1, 2, 3):
            assert as_of(order, version)["lines"][0]["promised_on"] == days(9).isoformat()


class TestVerifying:
    @pytest.mark.parametrize("planted", [dt.date(2031, 1, 2), None])
    def test_a_day_that_nobody_was_told_is_found(self, planted: dt.date | None) -> None:
        order = a_waiting_order({"A": 3, "B": 1}, {"B": 1}, restock_days=9)
        OrderLine.objects.filter(order=order, sku="A").update(promised_on=planted)
        (found,) = verification.discrepancies_of(verified(order))
        assert str(found) == (
            f"order #{order.number}: A promised day is {planted or 'none'}, "
            f"its version document says {days(9)} (1 columns off)"
        )

    def test_a_day_for_a_line_that_was_promised_nothing_is_found(self) -> None:
        order = a_waiting_order({"A": 3}, {"A": 3})
        OrderLine.objects.filter(order=order).update(promised_on=dt.date(2031, 1, 2))
        (found,) = verification.discrepancies_of(verified(order))
        assert (found.what, found.stored, found.expected) == ("A promised day", "2031-01-02", "none")


def verified(order: Order) -> list[Order]:
    return list(Order.objects.filter(pk=order.pk).prefetch_related("lines", "payments"))


class TestAnew:
    def test_a_draft_is_promised_anew_when_it_is_placed(self) -> None:
        that_waits("A", restock_days=9)
        draft = create_draft(new_order({"A": 2}), client_id=a_client().pk, actor=ACTOR)
        assert promises(draft) == {"A": days(9)}
        that_waits("A", restock_days=30)
        place_draft(draft.pk, actor=ACTOR)
        assert promises(draft) == {"A": days(30)}
        assert_everything_adds_up()

    def test_a_draft_of_which_all_is_there_by_then_is_promised_nothing(self) -> None:
        that_waits("A", restock_days=9)
        draft = create_draft(new_order({"A": 2}), client_id=a_client().pk, actor=ACTOR)
        stock_up({"A": 2})
        place_draft(draft.pk, actor=ACTOR)
        assert promises(draft) == {"A": None}
        assert_everything_adds_up()

    def test_a_renewed_reservation_is_promised_anew(self) -> None:
        that_waits("A", restock_days=9)
        draft = create_draft(new_order({"A": 2}), client_id=a_client().pk, actor=ACTOR)
        expire_reservation(draft.pk, now=timezone.now() + dt.timedelta(days=1), actor=ACTOR)
        that_waits("A", restock_days=None)
        renew_reservation(draft.pk, actor=ACTOR)
        assert promises(draft) == {"A": None}
        assert_everything_adds_up()

    def test_a_cancelled_order_keeps_what_was_told_and_a_reopened_one_is_promised_anew(self) -> None:
        order = a_waiting_order({"A": 2}, {}, restock_days=9)
        cancel_order(order.pk, reason="No", actor=ACTOR)
        assert promises(order) == {"A": days(9)}
        that_waits("A", restock_days=20)
        reopen_order(order.pk, actor=ACTOR)
        assert promises(order) == {"A": days(20)}
        assert_everything_adds_up()

    def test_what_was_told_stays_when_the_units_come(self) -> None:
        order = a_waiting_order({"A": 2}, {}, restock_days=9)
        for _ in range(2):
            stock_up({"A": 1})
            serve_waiting()
            assert promises(order) == {"A": days(9)}
        assert reload(order).lines.get().reserved == 2


class TestChanging:
    def test_the_new_day_is_kept_with_an_event_and_a_version(self) -> None:
        order = a_waiting_order({"A": 2, "B": 1}, {}, restock_days=9)
        line = order.lines.get(sku="A")
        changed = change_promise(order.pk, line_id=line.pk, promised_on=days(12), actor=ACTOR)
        assert promises(order) == {"A": days(12), "B": days(9)}
        event = Event.objects.latest("version")
        assert (event.type, event.version) == ("order.promise_changed", changed.version)
        assert event.data == {
            "line_id": str(line.pk),
            "variant_id": str(line.variant_id),
            "was": days(9).isoformat(),
            "promised_on": days(12).isoformat(),
        }
        said = as_of(changed, changed.version)["lines"]
        assert [each["promised_on"] for each in said] == [days(12).isoformat(), days(9).isoformat()]
        assert_everything_adds_up()

    def test_the_same_day_again_changes_nothing_even_when_the_units_came_meanwhile(self) -> None:
        order = a_waiting_order({"A": 1}, {})
        line = order.lines.get()
        change_promise(order.pk, line_id=line.pk, promised_on=days(12), actor=ACTOR)
        with nothing_changes():
            change_promise(order.pk, line_id=line.pk, promised_on=days(12), actor=ACTOR)
        stock_up({"A": 1})
        serve_waiting()
        with nothing_changes():
            change_promise(order.pk, line_id=line.pk, promised_on=days(12), actor=ACTOR)

    def test_today_can_be_promised_and_yesterday_cannot_as_it_is_where_the_storefront_is(self) -> None:
        zone = "Pacific/Kiritimati"
        order = a_waiting_order({"A": 1}, {}, client=a_storefront(time_zone=zone))
        line_id = order.lines.get().pk
        with refused(InvalidInput) as refusal:
            change_promise(order.pk, line_id=line_id, promised_on=days(-1, zone), actor=ACTOR)
        assert [(each.pointer, each.code) for each in refusal.value.errors] == [("/promised_on", "in_the_past")]
        change_promise(order.pk, line_id=line_id, promised_on=today(zone), actor=ACTOR)
        assert promises(order) == {"A": today(zone)}

    def test_a_line_that_doesn_t_wait_or_isn_t_the_order_s_is_refused(self) -> None:
        order = a_waiting_order({"A": 1, "B": 1}, {"B": 1})
        for line_id, code in ((order.lines.get(sku="B").pk, "nothing_waits"), (new_id(), "unknown_line")):
            with refused(InvalidInput) as refusal:
                change_promise(order.pk, line_id=line_id, promised_on=days(12), actor=ACTOR)
            assert [(each.pointer, each.code) for each in refusal.value.errors] == [("/line_id", code)]

    def test_an_order_that_waits_for_nothing_is_refused(self) -> None:
        order = a_placed_order()
        with refused(OperationRefused) as refusal:
            change_promise(order.pk, line_id=order.lines.all()[0].pk, promised_on=days(12), actor=ACTOR)
        assert refusal.value.detail == "No unit of the order waits for stock."

    def test_a_draft_is_refused(self) -> None:
        that_waits("A")
        draft = create_draft(new_order({"A": 2}), client_id=a_client().pk, actor=ACTOR)
        with refused(OperationRefused) as refusal:
            change_promise(draft.pk, line_id=draft.lines.get().pk, promised_on=days(12), actor=ACTOR)
        assert refusal.value.detail == "The order is a draft; days are promised as it is placed."

    def test_an_outdated_caller_changes_nothing(self) -> None:
        order = a_waiting_order({"A": 1}, {})
        line_id = order.lines.get().pk
        with refused(StaleVersion):
            change_promise(order.pk, line_id=line_id, promised_on=days(12), actor=ACTOR, expected_version=1)
